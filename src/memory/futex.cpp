// SPDX-License-Identifier: BSL-1.0
// futex.cpp: the shared futex, which neither the standard library nor Boost offers.
#include <samepage/memory/futex.hpp>

#include <climits>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace samepage::memory {

void futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected, std::chrono::nanoseconds limit) noexcept
{
    if (limit.count() <= 0) {
        return;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
    timespec relative{};
    relative.tv_sec = static_cast<std::time_t>(seconds.count());
    relative.tv_nsec = static_cast<long>((limit - seconds).count());
    ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, &relative, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) noexcept
{
    ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

} // namespace samepage::memory
