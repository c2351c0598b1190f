// SPDX-License-Identifier: BSL-1.0
// kernels.hpp: how payload is written and read: the same code for our rows and for the limits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace bench {

inline void pause() noexcept
{
#if defined(__x86_64__) || defined(__i386__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#endif
}

// Payload is 64-bit words that count upward from a first one; all are written, and all are read and checked.

/// A small record, in registers and without a call.
template <std::size_t Words>
inline void write_record(std::uint64_t* to, std::uint64_t first) noexcept
{
    for (std::size_t i = 0; i < Words; ++i) {
        to[i] = first + i;
    }
}

/// @return 0 if the record is what write_record() wrote.
template <std::size_t Words>
[[nodiscard]] inline std::uint64_t differences(const std::uint64_t* from, std::uint64_t first) noexcept
{
    std::uint64_t wrong = 0;
    for (std::size_t i = 0; i < Words; ++i) {
        wrong |= from[i] ^ (first + i);
    }
    return wrong;
}

/// A large record, or an array of records.
void write_block(std::uint64_t* to, std::size_t words, std::uint64_t first) noexcept;

/// Reads it all.
[[nodiscard]] std::uint64_t sum_block(const std::uint64_t* from, std::size_t words) noexcept;

/// What sum_block() gives for a block that write_block() wrote.
[[nodiscard]] constexpr std::uint64_t expected_sum(std::size_t words, std::uint64_t first) noexcept
{
    // One of two neighbours is even.
    const std::uint64_t pairs = words % 2 == 0 ? words / 2 * (words - 1) : (words - 1) / 2 * words;
    return words * first + pairs;
}

[[noreturn]] inline void wrong_value(std::uint64_t after)
{
    throw std::runtime_error("a wrong value came after " + std::to_string(after) + " operations");
}

} // namespace bench
