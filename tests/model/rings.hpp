// SPDX-License-Identifier: BSL-1.0
// rings.hpp: the rings that a consumer looks at in the model: src/ring/consumer_rings.cpp, without the mapping.
#pragma once

#include "model/channel.hpp"

#include <samepage/ring/ring_looks.hpp>

#include <array>
#include <cstdint>

namespace model {

template <class Kind>
class consumer_rings final : public ring::ring_source {
public:
    explicit consumer_rings(channel<Kind>& where) : channel_(&where) {}

    /// consumer_rings::look_at(), of the lanes that may move. @pre slot is ours
    void look_at(unsigned slot)
    {
        slot_ = slot;
        for_each([&](unsigned lane) {
            rings_[lane] = ring::choose_ring(channel_->words(lane), channel_->cell(slot, lane));
        });
    }
    /// 0: the lane's only one
    [[nodiscard]] std::uint64_t ring(unsigned lane) const { return rings_[lane]; }

    [[nodiscard]] ring::mapped_ring map(unsigned lane, std::uint64_t ring) noexcept override
    {
        if (!channel_->is_ring(ring)) {
            return {.why = outcome::corrupt};
        }
        rings_[lane] = ring;
        return {.bytes = channel_->bytes_of(ring), .why = outcome::ok};
    }
    void forget_old(unsigned lane) noexcept override { ring::look_only_at(channel_->cell(slot_, lane), rings_[lane]); }
    void leave() noexcept
    {
        for_each([&](unsigned lane) { ring::look_only_at(channel_->cell(slot_, lane), 0); });
    }

private:
    template <class Does>
    void for_each(Does&& does)
    {
        for (unsigned lane = 0; lane < channel_->lanes(); ++lane) {
            if (channel_->may_move(lane)) {
                does(lane);
            }
        }
    }

    channel<Kind>* channel_;
    unsigned slot_ = 0;
    std::array<std::uint64_t, lanes_at_most> rings_{};
};

} // namespace model
