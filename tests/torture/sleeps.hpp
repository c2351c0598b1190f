// SPDX-License-Identifier: BSL-1.0
// sleeps.hpp: what ended the sleeps of a process, and sleeps that no clock ends. The C library's syscall() and
// timerfd_settime() are replaced in this program, so that the library under test is the one that ships.
// Thread safety: a process with one thread that sleeps.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include <sys/types.h>

namespace torture {

/// What ended a sleep on a futex, or on several.
enum class waking : std::uint32_t {
    none,    ///< there was none yet
    bell,    ///< a wake, or the bell had rung before it could begin
    clock,   ///< its time was over
    by_hand, ///< a signal: see end_slice()
};

/// Of this process's last sleep; none from forget_sleeps() on.
[[nodiscard]] waking last_waking() noexcept;
void forget_sleeps() noexcept;

/// From here on nothing but a bell, or end_slice(), ends a sleep of this process, nor makes its descriptor readable:
/// slices are endless, so that a wake that got lost is not made good by the clock.
void stop_clock() noexcept;

/// As stop_clock(), while this lives.
class without_clock {
public:
    without_clock() noexcept;
    without_clock(const without_clock&) = delete;
    without_clock& operator=(const without_clock&) = delete;
    ~without_clock();
};

/// Ends the sleep of a process whose clock stands, as if its slice were over. Once is not enough: it may be about to
/// fall asleep.
void end_slice(::pid_t whose) noexcept;

/// A child of fork() that sleeps until somebody wakes it. Killed when this goes.
class sleeper {
public:
    /// Runs `body` in a child whose clock stands; its result is the exit status.
    template <class Body>
    explicit sleeper(Body&& body) : pid_(begin())
    {
        if (pid_ == 0) {
            stop_clock();
            end(body());
        }
    }
    sleeper(const sleeper&) = delete;
    sleeper& operator=(const sleeper&) = delete;
    ~sleeper();

    /// Whether it ends well, and within `patience`, by bells alone.
    [[nodiscard]] bool wakes(std::chrono::seconds patience = std::chrono::seconds{5});
    /// As wakes(), with its slices ended again and again.
    [[nodiscard]] bool wakes_by_itself(std::chrono::seconds patience = std::chrono::seconds{5});

private:
    static ::pid_t begin();
    [[noreturn]] static void end(int status) noexcept;
    bool wait(std::chrono::seconds patience, bool by_hand);

    ::pid_t pid_;
    int status_ = -1;
};

} // namespace torture
