// SPDX-License-Identifier: BSL-1.0
// polled_descriptor.hpp: what a consumer gives to an event loop: readable once its bell rang, and once a while anyway.
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include "memory/bell_socket.hpp"

#include <chrono>

namespace samepage::ring {

/// An epoll instance over a bell and a timer. The timer is for deaths: nobody rings for a producer that died between
/// publishing and ringing, or that was the last one.
class polled_descriptor {
public:
    /// @throws error as bell_socket's, and system
    /// @param control  the channel's control file: who takes part may ring.
    polled_descriptor(const memory::channel_place& place, unsigned slot, const struct ::stat& control);

    [[nodiscard]] int get() const noexcept { return poll_.get(); }

    /// Readable at the latest after `at_most`.
    void watch(std::chrono::nanoseconds at_most) noexcept;
    /// Not readable until the bell rings.
    void quiet() noexcept;
    /// In the child of a fork.
    void abandon() noexcept;

private:
    memory::bell_socket bell_;
    memory::file timer_;
    memory::file poll_;
};

} // namespace samepage::ring
