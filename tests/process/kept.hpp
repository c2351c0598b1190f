// SPDX-License-Identifier: BSL-1.0
// kept.hpp: a small channel whose producer waits for consumers that are away: for tests of names and of groups.
#pragma once

#include "process/peers.hpp"

#include <chrono>
#include <cstdint>

namespace process {

inline constexpr std::chrono::nanoseconds always = std::chrono::nanoseconds::max();

template <class Kind>
struct keeping_channel {
    support::scratch_channel channel;
    typename Kind::producer to;

    keeping_channel(std::chrono::nanoseconds wait_for_absent, unsigned most_consumers, bool lossless = true)
        : to(channel.name(), {.capacity_bytes = small_ring,
                              .max_consumers = most_consumers,
                              .lossless = lossless,
                              .wait_for_absent = wait_for_absent})
    {
    }

    /// Publishes records of the numbers [to.next_number(), end).
    void up_to(std::uint64_t end)
    {
        while (to.next_number() < end) {
            publish<Kind>(to, to.next_number());
        }
    }
};

} // namespace process
