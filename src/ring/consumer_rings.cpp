// SPDX-License-Identifier: BSL-1.0
// consumer_rings.cpp: docs/protocol.md, "Another ring", argues the steps.
#include "ring/consumer_rings.hpp"

#include "ring/ring_space.hpp"

#include <exception>
#include <utility>

namespace samepage::ring {

consumer_rings::consumer_rings(const memory::channel_place& place, const memory::file& data, const data_header& header,
                               const std::vector<lane_words_of>& lanes)
    : place_(&place), data_(&data), header_(&header)
{
    lanes_.reserve(lanes.size());
    for (const lane_words_of& lane : lanes) {
        const std::uint64_t ring = choose(lane);
        lanes_.push_back({lane, ring, make(ring)});
    }
}

/// Says which ring we are about to look at; it is the lane's, or was until now and its pages stay.
std::uint64_t consumer_rings::choose(const lane_words_of& of) const
{
    constexpr int tries = 100; // a lane's ring changes no second time before all let go of the old one
    std::uint64_t ring = of.words->ring.load(std::memory_order_acquire);
    for (int i = 0; i < tries; ++i) {
        of.cell->ring.store(ring, std::memory_order_relaxed);
        // C9 seq_cst fence: what we look at, before our look whether it is still the lane's; meets P12: its producer
        // sees our word, or we see that it has moved.
        hardware::full_fence();
        const std::uint64_t now = of.words->ring.load(std::memory_order_acquire); // C8
        if (now == ring) {
            break;
        }
        ring = now;
    }
    if (!is_possible_ring(*place_, *data_, *header_, ring)) {
        place_->fail(errc::corrupt, "lanes whose rings lie in " + place_->data.string(),
                     "one that lies elsewhere, or has no possible capacity",
                     "remove the channel and let its producer create it anew");
    }
    return ring;
}

memory::mirrored_mapping consumer_rings::make(std::uint64_t ring) const
{
    return {*place_, *data_, memory::access::read_only, ring_place::offset(ring), ring_place::capacity_bytes(ring)};
}

mapped_ring consumer_rings::map(unsigned lane, std::uint64_t ring) noexcept
{
    mapped& of = lanes_[lane];
    try {
        if (!is_possible_ring(*place_, *data_, *header_, ring)) {
            return {.why = outcome::corrupt};
        }
        of.old.reserve(of.old.size() + 1);
        auto fresh = make(ring);
        of.old.push_back(std::exchange(of.present, std::move(fresh)));
    } catch (const std::exception&) {
        return {.why = outcome::unmapped};
    }
    of.ring = ring;
    return {.bytes = of.present.data(), .why = outcome::ok};
}

void consumer_rings::forget_old(unsigned lane) noexcept
{
    mapped& of = lanes_[lane];
    of.old.clear();
    // C10 release: pairs with H9: we look at the earlier ones no more.
    of.of.cell->ring.store(of.ring, std::memory_order_release);
}

void consumer_rings::leave() noexcept
{
    for (mapped& each : lanes_) {
        each.of.cell->ring.store(0, std::memory_order_release); // C10
    }
}

} // namespace samepage::ring
