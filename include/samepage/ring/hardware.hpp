// SPDX-License-Identifier: BSL-1.0
// hardware.hpp: the policy the protocol ships with: the processor's atomics, the kernel's futexes and locks.
#pragma once

#include <samepage/core/atomics.hpp>
#include <samepage/core/outcome.hpp>
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

/// A ring as it lies in this process.
struct mapped_ring {
    const std::byte* bytes = nullptr; ///< nullptr: it could not be mapped
    outcome why = outcome::unmapped;  ///< ok; unmapped; corrupt: no ring can lie there
};

/// What maps a consumer's rings, and unmaps them.
class ring_source {
public:
    virtual ~ring_source() = default;
    /// Maps `ring` (ring_place) of a lane; the one before stays mapped until forget_old().
    [[nodiscard]] virtual mapped_ring map(unsigned lane, std::uint64_t ring) noexcept = 0;
    /// Nobody in this process looks at the lane's earlier rings any more.
    virtual void forget_old(unsigned lane) noexcept = 0;
};

/// hardware_atomics, and what else the steps ask for: locks, bells, rings, clear(), copy(), sleep(), wake(), now(). A
/// checker brings its own.
struct hardware : hardware_atomics {
    using locks = memory::ownership_locks;
    using bells = descriptor_bells;
    using rings = ring_source;
    using clock = std::chrono::steady_clock;

    static void sleep(const word<std::uint32_t>& bell, std::uint32_t expected, std::chrono::nanoseconds limit) noexcept
    {
        memory::futex_wait(bell, expected, limit);
    }
    static void wake(word<std::uint32_t>& bell) noexcept { memory::futex_wake(bell); }
    /// Plain stores of zero, wide ones: to bytes that nobody reads before a later release.
    static void clear(std::byte* bytes, std::size_t count) noexcept { std::memset(bytes, 0, count); }
    /// Plain stores, likewise.
    static void copy(std::byte* to, const std::byte* from, std::size_t count) noexcept { std::memcpy(to, from, count); }
    [[nodiscard]] static clock::time_point now() noexcept { return clock::now(); }
};

} // namespace samepage::ring
