// SPDX-License-Identifier: BSL-1.0
// polled_descriptor.cpp: epoll over a bell and a timerfd.
#include "ring/polled_descriptor.hpp"

#include <cerrno>
#include <cstdint>
#include <utility>

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace samepage::ring {
namespace {

void set(int timer, std::chrono::nanoseconds after) noexcept
{
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(after);
    itimerspec when{};
    when.it_value.tv_sec = static_cast<std::time_t>(seconds.count());
    when.it_value.tv_nsec = static_cast<long>((after - seconds).count());
    ::timerfd_settime(timer, 0, &when, nullptr); // a relative time that is positive, or none: cannot fail
}

} // namespace

polled_descriptor::polled_descriptor(const memory::channel_place& place, unsigned slot, const struct ::stat& control)
    : bell_(place, slot, control.st_mode & 0777U, control.st_gid),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      poll_(::epoll_create1(EPOLL_CLOEXEC))
{
    if (!timer_ || !poll_) {
        place.fail_call(timer_ ? "epoll_create1" : "timerfd_create", memory::bell_path(place, slot), errno);
    }
    for (const int each : {bell_.descriptor(), timer_.get()}) {
        epoll_event event{};
        event.events = EPOLLIN;
        if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, each, &event) != 0) {
            place.fail_call("epoll_ctl", memory::bell_path(place, slot), errno);
        }
    }
}

void polled_descriptor::watch(std::chrono::nanoseconds at_most) noexcept
{
    set(timer_.get(), at_most);
}

void polled_descriptor::quiet() noexcept
{
    set(timer_.get(), std::chrono::nanoseconds::zero()); // expirations not read yet are forgotten as well
    bell_.drain();
}

void polled_descriptor::abandon() noexcept
{
    bell_.abandon();
    ::close(timer_.release());
    ::close(poll_.release());
}

} // namespace samepage::ring
