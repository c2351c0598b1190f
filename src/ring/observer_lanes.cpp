// SPDX-License-Identifier: BSL-1.0
// observer_lanes.cpp: a lane: its producer, its records, its pace since the last look.
#include "ring/observer_pages.hpp"
#include "ring/ring_space.hpp"

#include <algorithm>

namespace samepage {
namespace {

using steady = std::chrono::steady_clock;

} // namespace

void observer::channel_pages::judge(unsigned lane, observed_lane& found) const
{
    const auto& words = lane_words(lane);
    const std::uint64_t byte = ring::lock_byte::producer + lane;
    bool alive = control_file_.held_elsewhere(byte);
    const std::uint32_t state = words.state.load(std::memory_order_acquire);
    if (!alive && state == static_cast<std::uint32_t>(ring::lane_state::open)) {
        alive = control_file_.held_elsewhere(byte); // or it was taken and opened in between
    }
    if (alive) {
        found.condition = lane_condition::open;
    } else if (state == static_cast<std::uint32_t>(ring::lane_state::closed)) {
        found.condition = lane_condition::closed;
    } else {
        found.condition = lane_condition::died;
        if (state > static_cast<std::uint32_t>(ring::lane_state::died)) {
            found.contradiction = "a state of " + std::to_string(state);
        }
    }
    found.producer_pid = words.producer_pid.load(std::memory_order_relaxed);
    found.since = time_of(words.since_ns.load(std::memory_order_relaxed));
    found.asleep = alive && (control().sleeping_producers.load(std::memory_order_relaxed) >> lane & 1) != 0;
}

void observer::channel_pages::compare(memory_of_lane now, observed_lane& found)
{
    memory_of_lane& last = before_[found.lane];
    if (last.known) {
        const double seconds = std::chrono::duration<double>(now.looked - last.looked).count();
        record_rate rate;
        if (seconds > 0 && now.head >= last.head) {
            rate.bytes_per_second = static_cast<double>(now.head - last.head) / seconds;
            if (now.published && last.published && *now.published >= *last.published) {
                rate.records_per_second = static_cast<double>(*now.published - *last.published) / seconds;
            }
        }
        found.rate = rate;
    }
    const bool moved = !last.known || last.head != now.head;
    now.unmoved = moved ? now.looked : last.unmoved;
    now.moved = !moved ? last.moved : last.known ? std::optional{last.before} : std::nullopt;
    now.known = true;
    if (found.published ? *found.published != 0 : found.head != 0) {
        record_age age{.at_least = now.looked - now.unmoved};
        if (now.moved) {
            age.at_most = now.looked - *now.moved;
        }
        found.newest = age;
    }
    last = now;
}

ring::observed_pages observer::channel_pages::pages_of(unsigned lane) const
{
    const std::uint64_t ring = lane_words(lane).ring.load(std::memory_order_acquire);
    // Of a damaged page: as the header has it.
    const std::uint64_t at =
        ring::is_possible_ring(place_, data_, header_, ring) ? ring : ring::first_ring(header_, lane);
    auto geometry = geometry_;
    geometry.capacity_bytes = ring::ring_place::capacity_bytes(at);
    return {.place = &place_,
            .data = &data_,
            .ring = ring,
            .ring_offset = ring::ring_place::offset(at),
            .geometry = geometry};
}

void observer::channel_pages::look_at_lane(unsigned lane, observation& into)
{
    ring::observed_pages pages = pages_of(lane);
    std::vector<cell_sight> cells; // before head: no cursor is above what it saw then
    for (const observed_consumer& each : into.consumers) {
        cells.push_back(look_at_cell(each, lane, pages.geometry.capacity_bytes));
    }
    const auto& words = lane_words(lane);
    memory_of_lane now;
    now.before = steady::now();
    ring::lane_sight sight = ring::look_at_lane(words, pages);
    if (words.ring.load(std::memory_order_acquire) != pages.ring) { // it went to another meanwhile, and to no third one
        pages = pages_of(lane);
        sight = ring::look_at_lane(words, pages);
    }
    now.looked = steady::now();
    now.head = sight.head;
    now.published = sight.published;

    observed_lane found;
    found.lane = lane;
    found.capacity_bytes = pages.geometry.capacity_bytes;
    if (const std::uint64_t wanted = words.wanted_ring.load(std::memory_order_relaxed); wanted != 0) {
        found.wanted_bytes = ring::ring_place::capacity_bytes(wanted);
    }
    judge(lane, found);
    found.head = sight.head;
    found.horizon = sight.horizon;
    found.published = sight.published;
    found.kept_bytes = sight.head - sight.horizon;
    if (sight.published && sight.number) {
        found.kept = *sight.published - std::min(*sight.number, *sight.published);
    }
    found.gaps = words.gaps_made.load(std::memory_order_relaxed);
    found.gap_bytes = std::min(words.gap_bytes.load(std::memory_order_relaxed), sight.head);
    if (found.contradiction.empty()) {
        found.contradiction = sight.contradiction;
    }
    compare(now, found);
    for (std::size_t i = 0; i != cells.size(); ++i) {
        observed_consumer& each = into.consumers[i];
        const bool bound = each.joined && each.wants == demand::lossless && cells[i].cursor != ring::unbound;
        each.places.push_back(bound ? lossless_place(each, cells[i].cursor, lane, sight, pages)
                                    : lossy_place(each, cells[i], lane, sight, pages));
        const observed_place& place = each.places.back();
        if (bound) {
            found.unreleased_bytes = std::max(found.unreleased_bytes, *place.lag_bytes);
        }
        found.held_bytes += place.held_bytes.value_or(0);
    }
    found.fullness = static_cast<double>(found.unreleased_bytes) / static_cast<double>(found.capacity_bytes);
    into.lanes.push_back(std::move(found));
}

} // namespace samepage
