// SPDX-License-Identifier: BSL-1.0
// consumer_rings.cpp: docs/protocol.md, "Another ring", argues the steps.
#include "ring/consumer_rings.hpp"

#include "ring/ring_space.hpp"

#include <samepage/ring/ring_looks.hpp>

#include <exception>
#include <utility>

namespace samepage::ring {

consumer_rings::consumer_rings(const memory::channel_place& place, const memory::file& data, const data_header& header,
                               const std::vector<const lane_words<hardware>*>& lanes, std::uint64_t at_once,
                               care see_to)
    : place_(&place), data_(&data), header_(&header), see_to_(std::move(see_to))
{
    lanes_.reserve(lanes.size());
    for (const auto* const words : lanes) {
        if ((at_once >> lanes_.size() & 1) == 0) {
            lanes_.push_back({words, ring_place::unknown, {}});
            continue;
        }
        const std::uint64_t ring = words->ring.load(std::memory_order_acquire); // C8
        require_possible(ring);
        lanes_.push_back({words, ring, make(ring)});
    }
}

void consumer_rings::look_at(const std::function<cell_words<hardware>*(unsigned)>& cell_of)
{
    for (unsigned lane = 0; lane < lanes_.size(); ++lane) {
        mapped& each = lanes_[lane];
        each.cell = cell_of(lane);
        const std::uint64_t ring = choose_ring(*each.words, *each.cell);
        if (each.ring != ring_place::unknown && ring != each.ring) { // it changed since we mapped it
            require_possible(ring);
            each.present = {};
            each.present = make(ring);
            each.ring = ring;
            see_to_({each.present.data(), 2 * ring_place::capacity_bytes(ring), memory::access::read_only});
        }
    }
}

void consumer_rings::require_possible(std::uint64_t ring) const
{
    if (!is_possible_ring(*place_, *data_, *header_, ring)) {
        place_->fail(errc::corrupt, "lanes whose rings lie in " + place_->data.string(),
                     "one that lies elsewhere, or has no possible capacity",
                     "remove the channel and let its producer create it anew");
    }
}

memory::mirrored_mapping consumer_rings::make(std::uint64_t ring) const
{
    return {*place_,
            *data_,
            memory::access::read_only,
            ring_place::offset(ring),
            ring_place::capacity_bytes(ring),
            header_->page_bytes};
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
        see_to_({fresh.data(), 2 * ring_place::capacity_bytes(ring), memory::access::read_only});
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
    look_only_at(*of.cell, of.ring);
}

void consumer_rings::leave() noexcept
{
    for (mapped& each : lanes_) {
        look_only_at(*each.cell, 0);
    }
}

} // namespace samepage::ring
