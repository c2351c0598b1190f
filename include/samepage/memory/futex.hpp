// SPDX-License-Identifier: BSL-1.0
// futex.hpp: sleeping on a word that processes share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace samepage::memory {

/// Sleeps while `word` holds `expected`, at most `limit`. Returns on a wake, on another value, on the limit, or for no
/// reason at all: the caller looks again. std::atomic::wait would not do: libstdc++ sleeps on a private futex.
void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                std::chrono::nanoseconds limit) noexcept;

/// Wakes everybody who sleeps on `word`, in any process. One system call.
void futex_wake(std::atomic<std::uint32_t>& word) noexcept;

} // namespace samepage::memory
