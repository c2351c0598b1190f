// SPDX-License-Identifier: BSL-1.0
// standing.hpp: what the others must be able to do while somebody stands still, wherever he does.
#pragma once

#include "torture/actors.hpp"

#include <algorithm>
#include <chrono>

namespace torture {

/// Another producer publishes, other consumers take it, some come and go, and one dies whom nobody may hide.
/// @param bound  the one that stands is a lossless consumer: others go on for what room it leaves.
/// @return the longest time that the other producer waited for room that was due to it.
template <class Kind>
std::chrono::nanoseconds others_go_on(world<Kind>& in, bool bound)
{
    using clock = std::chrono::steady_clock;
    constexpr std::chrono::seconds patience{5};
    const auto due = world<Kind>::lap_records * in.larger_by * 5 / 2;
    typename Kind::producer other{in.name(), in.producing()};
    const unsigned lane = other.lane();
    const unsigned joined = other.consumer_count();
    leave_dead_consumer<Kind>(in);
    std::chrono::nanoseconds longest{0};
    const auto begin = clock::now();
    for (std::uint64_t published = 0; published < due; ++published) {
        auto slot = Kind::try_lend(other);
        if (!slot) {
            in.lossless->drain();
            const auto asked = clock::now();
            slot = Kind::lend_for(other, bound ? std::chrono::milliseconds{1} : patience);
            longest = std::max<std::chrono::nanoseconds>(longest, clock::now() - asked);
        }
        if (slot) {
            publish<Kind>(other, slot);
        } else if (bound && other.consumer_count() <= joined) {
            break; // no room but what it keeps
        } else {
            demand_that(bound && clock::now() - begin < patience,
                        "the other producer goes on, not " + std::string{to_string(slot.why())} + ", with " +
                            std::to_string(other.consumer_count()) + " consumers");
            --published;
        }
    }
    longest = bound ? clock::now() - begin : longest;
    demand_that(other.consumer_count() <= joined, "the dead consumer is found");
    in.lossless->drain();
    demand_that(in.lossless->seen().next(lane) == other.next_number(), "the other consumer sees all of it");
    {
        observer<Kind> comes{in.name(), in.consuming(demand::lossless, start::newest)};
        if (auto slot = Kind::try_lend(other)) {
            publish<Kind>(other, slot);
        }
        comes.drain();
        demand_that(comes.seen().next(lane) == other.next_number() && comes.seen().said().good(),
                    "who joins sees what is published");
    }
    in.lossless->drain();
    const auto& said = in.lossless->seen().said();
    demand_that(said.good(), "the other consumer: " + said.first);
    return longest;
}

} // namespace torture
