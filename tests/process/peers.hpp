// SPDX-License-Identifier: BSL-1.0
// peers.hpp: starting a producer or a consumer in a process of its own; peers.cpp says which orders they know.
#pragma once

#include "process/kinds.hpp"
#include "support/child.hpp"
#include "support/scratch.hpp"

#include <cstddef>
#include <string>

namespace process {

inline constexpr std::size_t small_ring = std::size_t{1} << 14U;

/// A child that has made or joined the channel. Orders: publish N, stream, fill, wait, scribble N, next, close, end.
template <class Kind>
class producer_process : public support::child {
public:
    explicit producer_process(const support::scratch_channel& channel, std::size_t capacity_bytes = small_ring,
                              const std::string& wait = "", unsigned most_consumers = 64, unsigned most_producers = 8)
        : child(Kind::producer_role, {channel.name(), std::to_string(capacity_bytes), wait,
                                      std::to_string(most_consumers), std::to_string(most_producers)})
    {
        expect("ready");
    }
    /// The number of the record that did not fit.
    std::uint64_t fill()
    {
        say("fill");
        return hear_number();
    }
};

/// The only producer its channel allows.
template <class Kind>
struct sole_producer_process : producer_process<Kind> {
    explicit sole_producer_process(const support::scratch_channel& channel)
        : producer_process<Kind>(channel, small_ring, "", 64, 1)
    {
    }
};

/// A child that has joined the channel. Orders: follow N, finish, hold (and release), wait, close, end.
template <class Kind>
class consumer_process : public support::child {
public:
    explicit consumer_process(const support::scratch_channel& channel, const std::string& from = "newest",
                              const std::string& wait = "")
        : child(Kind::consumer_role, {channel.name(), from, wait})
    {
        expect("ready");
    }
};

} // namespace process
