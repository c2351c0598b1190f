// SPDX-License-Identifier: BSL-1.0
// hardware.hpp: the policy the protocol ships with: the processor's atomics, the kernel's futexes and locks.
#pragma once

#include <samepage/core/atomics.hpp>
#include <samepage/memory/futex.hpp>
#include <samepage/memory/ownership_locks.hpp>

#include <chrono>
#include <cstddef>
#include <cstring>

namespace samepage::ring {

/// Rings the descriptor of a consumer that polls it. Some system calls: only for who is known to sleep.
class descriptor_bells {
public:
    /// A bell that cannot be rung (no permission, no descriptor left) costs the consumer descriptor_slice, no more.
    void ring(unsigned slot) noexcept;

protected:
    descriptor_bells() = default;
    ~descriptor_bells() = default;
};

/// hardware_atomics, and what else the steps ask for: locks, bells, clear(), sleep(), wake(), now(). A checker brings
/// its own.
struct hardware : hardware_atomics {
    using locks = memory::ownership_locks;
    using bells = descriptor_bells;
    using clock = std::chrono::steady_clock;

    static void sleep(const word<std::uint32_t>& bell, std::uint32_t expected, std::chrono::nanoseconds limit) noexcept
    {
        memory::futex_wait(bell, expected, limit);
    }
    static void wake(word<std::uint32_t>& bell) noexcept { memory::futex_wake(bell); }
    /// Plain stores of zero, wide ones: to bytes that nobody reads before a later release.
    static void clear(std::byte* bytes, std::size_t count) noexcept { std::memset(bytes, 0, count); }
    [[nodiscard]] static clock::time_point now() noexcept { return clock::now(); }
};

} // namespace samepage::ring
