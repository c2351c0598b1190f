// SPDX-License-Identifier: BSL-1.0
// futex.cpp: the shared futex, which neither the standard library nor Boost offers.
#include <samepage/memory/futex.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <ctime>

#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace samepage::memory {
namespace {

using namespace std::chrono_literals;

/// FUTEX_WAIT. @return 0 when woken, or an errno.
int wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::chrono::nanoseconds limit) noexcept
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
    timespec relative{};
    relative.tv_sec = static_cast<std::time_t>(seconds.count());
    relative.tv_nsec = static_cast<long>((limit - seconds).count());
    return ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, &relative, nullptr, 0) == 0 ? 0 : errno;
}

/// A hint where to look, no more: what the sleep is about is read again by the caller, in the order that he needs.
bool as_expected(const futex_expectation& what) noexcept
{
    return what.word->load(std::memory_order_relaxed) == what.expected;
}

/// Steady time `limit` from now, which a limit of centuries does not overflow.
std::chrono::steady_clock::time_point end_of(std::chrono::nanoseconds limit) noexcept
{
    return std::chrono::steady_clock::now() + std::min<std::chrono::nanoseconds>(limit, std::chrono::hours{24 * 365});
}

/// futex_waitv for up to FUTEX_WAITV_MAX words. @return an errno, or 0
int wait_any(std::span<const futex_expectation> words, std::chrono::nanoseconds limit) noexcept
{
    std::array<::futex_waitv, FUTEX_WAITV_MAX> waiters; // NOLINT(cppcoreguidelines-pro-type-member-init): few are used
    for (std::size_t i = 0; i < words.size(); ++i) {
        waiters[i] = {};
        waiters[i].val = words[i].expected;
        waiters[i].uaddr = reinterpret_cast<std::uintptr_t>(words[i].word);
        waiters[i].flags = FUTEX_32; // without FUTEX_PRIVATE_FLAG: shared
    }
    const auto end = end_of(limit).time_since_epoch(); // the call wants an end, not a length; CLOCK_MONOTONIC is ours
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(end);
    ::__kernel_timespec absolute{};
    absolute.tv_sec = seconds.count();
    absolute.tv_nsec = std::chrono::nanoseconds{end - seconds}.count();
    return ::syscall(SYS_futex_waitv, waiters.data(), words.size(), 0, &absolute, CLOCK_MONOTONIC) >= 0 ? 0 : errno;
}

} // namespace

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::chrono::nanoseconds limit) noexcept
{
    if (limit.count() > 0) {
        wait(word, expected, limit);
    }
}

void futex_wake(std::atomic<std::uint32_t>& word) noexcept
{
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void futex_wait_any(std::span<const futex_expectation> words, std::chrono::nanoseconds limit) noexcept
{
    assert(!words.empty());
    static std::atomic<bool> refused{false}; // relaxed: whoever does not know it yet finds out as well
    if (limit.count() <= 0) {
        return;
    }
    if (words.size() <= FUTEX_WAITV_MAX && !refused.load(std::memory_order_relaxed)) {
        const int error = wait_any(words, limit);
        if (error != ENOSYS && error != EPERM) {
            return;
        }
        refused.store(true, std::memory_order_relaxed);
    }
    detail::futex_wait_any_in_slices(words, limit);
}

void detail::futex_wait_any_in_slices(std::span<const futex_expectation> words, std::chrono::nanoseconds limit) noexcept
{
    constexpr std::chrono::nanoseconds slice = 1ms;
    const auto end = end_of(limit);
    while (std::all_of(words.begin(), words.end(), as_expected)) {
        const std::chrono::nanoseconds left = end - std::chrono::steady_clock::now();
        if (left.count() <= 0 ||
            wait(*words.front().word, words.front().expected, std::min(slice, left)) != ETIMEDOUT) {
            return;
        }
    }
}

} // namespace samepage::memory
