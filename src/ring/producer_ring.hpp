// SPDX-License-Identifier: BSL-1.0
// producer_ring.hpp: the ring that a producer writes to, the one that it is to have, and the one that it left.
// Thread safety: one thread at a time, the producer's.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"
#include "memory/page_care.hpp"

#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/hardware.hpp>
#include <samepage/ring/layout.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

namespace samepage::ring {

class producer_ring {
public:
    struct mapped {
        std::byte* bytes = nullptr; ///< mapped twice
        std::uint64_t ring = 0;     ///< ring_place
    };

    /// Sees to the pages of a ring that we move to, given its bytes once. @throws error: then we do not.
    using care = std::function<void(const memory::page_range& once)>;

    /// Maps the lane's ring; nothing is touched or reserved. @pre We hold the lane's lock.
    /// @param given  where it is mapped twice already; nullptr: nowhere.
    /// Lifetime: what is referred to stays where it is.
    /// @throws error corrupt, system
    producer_ring(const memory::channel_place& place, const memory::file& data, const data_header& header,
                  lane_words<hardware>& words, care see_to, std::byte* given = nullptr);

    [[nodiscard]] mapped present() const noexcept { return {given_ != nullptr ? given_ : present_.data(), ring_}; }

    /// Somebody wants the lane to have another ring, and it may.
    [[nodiscard]] bool is_to_move() const noexcept
    {
        return words_->wanted_ring.load(std::memory_order_relaxed) != 0 && old_ring_ == 0 && given_ == nullptr;
    }
    /// The same, and it is a larger one.
    [[nodiscard]] bool is_to_grow() const noexcept
    {
        return is_to_move() && ring_place::capacity_bytes(words_->wanted_ring.load(std::memory_order_relaxed)) >
                                   ring_place::capacity_bytes(ring_);
    }
    /// Takes up what is wanted. Nothing: it is not wanted any more, or cannot be mapped. moved() or stayed() follows.
    [[nodiscard]] std::optional<mapped> begin_move() noexcept;
    void moved() noexcept;
    void stayed() noexcept;

    /// The ring that the lane had before, if its pages are still kept; bytes: where it is mapped.
    [[nodiscard]] std::optional<mapped> left() const noexcept;
    /// Gives its pages back, once nobody looks at it any more.
    /// @param cell_of  cell_of(slot): the cell of a consumer slot for this lane.
    void let_go_of_left(memory::ownership_locks& locks, unsigned slots,
                        const std::function<cell_words<hardware>&(unsigned)>& cell_of) noexcept;

private:
    [[nodiscard]] memory::mirrored_mapping make(std::uint64_t ring) const;

    const memory::channel_place* place_;
    const memory::file* data_;
    const data_header* header_;
    lane_words<hardware>* words_;
    care see_to_;
    std::uint64_t ring_ = 0;
    std::byte* given_; ///< a lane that cannot move: nobody can map the data for writing any more
    memory::mirrored_mapping present_;
    std::uint64_t next_ring_ = 0; ///< what we would move to: kept while we cannot
    memory::mirrored_mapping next_;
    std::uint64_t refused_ring_ = 0; ///< could not be mapped, locked or filled as asked
    std::chrono::steady_clock::time_point refused_at_{};
    std::uint64_t old_ring_ = 0;
    memory::mirrored_mapping old_;
};

} // namespace samepage::ring
