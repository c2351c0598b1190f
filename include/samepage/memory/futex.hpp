// SPDX-License-Identifier: BSL-1.0
// futex.hpp: sleeping on words that processes share.
// Thread safety: any thread, any process.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <span>

namespace samepage::memory {

/// Sleeps while `word` holds `expected`, at most `limit`. Returns on a wake, on another value, on the limit, or for no
/// reason at all: the caller looks again. std::atomic::wait would not do: libstdc++ sleeps on a private futex.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::chrono::nanoseconds limit) noexcept;

/// Wakes everybody who sleeps on `word`, in any process, be it among others. One system call.
void futex_wake(std::atomic<std::uint32_t>& word) noexcept;

/// A word, and the value with which it is slept on.
struct futex_expectation {
    const std::atomic<std::uint32_t>* word;
    std::uint32_t expected;
};

/// Sleeps while every word holds what is expected of it, at most `limit`. Returns on a wake of any of them, on another
/// value of any, on the limit, or for no reason at all: the caller looks again.
///
/// One system call (futex_waitv, Linux 5.16) for up to 128 words. With more, or where the kernel lacks the call or a
/// seccomp filter refuses it, it sleeps in slices of a millisecond on the first word and looks at all in between: it
/// then costs a thousand wakes a second, another value is seen up to a millisecond late, and a wake of any word but the
/// first only if that word's value has changed too. So change a word before waking, as ever.
/// @pre `words` is not empty, and no pointer in it is null.
void futex_wait_any(std::span<const futex_expectation> words, std::chrono::nanoseconds limit) noexcept;

namespace detail {

/// futex_wait_any() as it is without futex_waitv.
void futex_wait_any_in_slices(std::span<const futex_expectation> words, std::chrono::nanoseconds limit) noexcept;

} // namespace detail

} // namespace samepage::memory
