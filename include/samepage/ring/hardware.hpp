// SPDX-License-Identifier: BSL-1.0
// hardware.hpp: the policy the protocol ships with: the processor's atomics, the kernel's futexes and locks.
#pragma once

#include <samepage/core/atomics.hpp>
#include <samepage/memory/futex.hpp>
#include <samepage/memory/ownership_locks.hpp>

#include <chrono>

namespace samepage::ring {

/// hardware_atomics, and what the slow paths ask for: locks(), sleep(), wake(), now(). A checker brings its own.
struct hardware : hardware_atomics {
    using locks = memory::ownership_locks;
    using clock = std::chrono::steady_clock;

    static void sleep(const word<std::uint32_t>& bell, std::uint32_t expected, std::chrono::nanoseconds limit) noexcept
    {
        memory::futex_wait(bell, expected, limit);
    }
    static void wake(word<std::uint32_t>& bell) noexcept { memory::futex_wake(bell); }
    [[nodiscard]] static clock::time_point now() noexcept { return clock::now(); }
};

} // namespace samepage::ring
