// SPDX-License-Identifier: BSL-1.0
// sleeps.cpp: the two calls through which the library sleeps, with a look at how they end.
#include "torture/sleeps.hpp"

#include "support/watchdog.hpp"

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <ctime>
#include <system_error>
#include <thread>

#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace torture {
namespace {

std::atomic<bool> clock_stands{false};
std::atomic<waking> last{waking::none};
constexpr std::int64_t endless_seconds = 1'000'000;

/// @return as the kernel does: an error is negative
long raw_call(long number, long a, long b, long c, long d, long e, long f) noexcept
{
    long result = 0;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    return result;
}

long done(long result) noexcept
{
    if (result < 0 && result > -4096) {
        errno = static_cast<int>(-result);
        return -1;
    }
    return result;
}

void note_end(long result) noexcept
{
    last.store(result == -ETIMEDOUT ? waking::clock
               : result == -EINTR   ? waking::by_hand
                                    : waking::bell,
               std::memory_order_relaxed);
}

bool waits(long number, long operation) noexcept
{
    return number == SYS_futex && (operation & FUTEX_CMD_MASK) == FUTEX_WAIT;
}

} // namespace

waking last_waking() noexcept
{
    return last.load(std::memory_order_relaxed);
}

void forget_sleeps() noexcept
{
    last.store(waking::none, std::memory_order_relaxed);
}

void stop_clock() noexcept
{
    struct ::sigaction heard {};
    heard.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &heard, nullptr); // without SA_RESTART: it ends a system call
    clock_stands.store(true, std::memory_order_relaxed);
}

without_clock::without_clock() noexcept
{
    stop_clock();
}

without_clock::~without_clock()
{
    clock_stands.store(false, std::memory_order_relaxed);
}

void end_slice(::pid_t whose) noexcept
{
    ::kill(whose, SIGUSR1);
}

::pid_t sleeper::begin()
{
    const ::pid_t pid = ::fork();
    if (pid == -1) {
        throw std::system_error(errno, std::system_category(), "fork");
    }
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    } else {
        support::watchdog::watch_child(pid);
    }
    return pid;
}

void sleeper::end(int status) noexcept
{
    ::_exit(status);
}

sleeper::~sleeper()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
        support::watchdog::forget_child(pid_);
    }
}

bool sleeper::wait(std::chrono::seconds patience, bool by_hand)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    while (pid_ > 0) {
        int status = 0;
        if (::waitpid(pid_, &status, WNOHANG) == pid_) {
            support::watchdog::forget_child(pid_);
            pid_ = -1;
            status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        } else if (std::chrono::steady_clock::now() > end) {
            return false;
        } else {
            if (by_hand) {
                end_slice(pid_);
            }
            std::this_thread::sleep_for(std::chrono::microseconds{100});
        }
    }
    return status_ == 0;
}

bool sleeper::wakes(std::chrono::seconds patience)
{
    return wait(patience, false);
}

bool sleeper::wakes_by_itself(std::chrono::seconds patience)
{
    return wait(patience, true);
}

} // namespace torture

// In place of the C library's, which the library under test calls.
extern "C" {

long syscall(long number, ...) noexcept // NOLINT(cert-dcl50-cpp): its declaration is the C library's
{
    std::va_list more;
    va_start(more, number);
    const long a = va_arg(more, long);
    const long b = va_arg(more, long);
    const long c = va_arg(more, long);
    long d = va_arg(more, long);
    const long e = va_arg(more, long);
    const long f = va_arg(more, long);
    va_end(more);
    const bool one = torture::waits(number, b);
    if (!one && number != SYS_futex_waitv) {
        return torture::done(torture::raw_call(number, a, b, c, d, e, f));
    }
    ::timespec endless{};
    endless.tv_sec = torture::endless_seconds; // futex: from now on; futex_waitv: after the machine's start
    if (torture::clock_stands.load(std::memory_order_relaxed)) {
        if (!one) {
            ::clock_gettime(CLOCK_MONOTONIC, &endless);
            endless.tv_sec += torture::endless_seconds;
        }
        d = reinterpret_cast<long>(&endless);
    }
    const long result = torture::raw_call(number, a, b, c, d, e, f);
    if (!one && (result == -ENOSYS || result == -EPERM)) { // the library looks each millisecond then
        torture::clock_stands.store(false, std::memory_order_relaxed);
        return torture::done(result);
    }
    torture::note_end(result);
    return torture::done(result);
}

int timerfd_settime(int descriptor, int flags, const ::itimerspec* to, ::itimerspec* before) noexcept
{
    static constexpr ::itimerspec never{};
    const auto* const when = torture::clock_stands.load(std::memory_order_relaxed) ? &never : to;
    return static_cast<int>(torture::done(torture::raw_call(
        SYS_timerfd_settime, descriptor, flags, reinterpret_cast<long>(when), reinterpret_cast<long>(before), 0, 0)));
}

} // extern "C"
