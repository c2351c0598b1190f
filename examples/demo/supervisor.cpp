// SPDX-License-Identifier: BSL-1.0
// supervisor.cpp: one producer and two consumer processes, listened to and ended in every case.
#include "supervisor.hpp"

#include "proc_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace demo {
namespace {

/// From here on the signals that ask a process to stop are read, so that everything is cleared away first.
descriptor catch_stop_signals()
{
    sigset_t stop;
    sigemptyset(&stop);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        sigaddset(&stop, signal);
    }
    sigprocmask(SIG_BLOCK, &stop, nullptr);
    return descriptor{signalfd(-1, &stop, SFD_CLOEXEC)};
}

deadline limit_of(const settings& asked)
{
    constexpr double slow_disk_bytes_per_second = 10e6;
    const std::chrono::duration<double> allowed(asked.timeout_seconds + 2 * asked.seconds +
                                                static_cast<double>(asked.file_bytes) / slow_disk_bytes_per_second);
    return std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(allowed);
}

} // namespace

supervisor::supervisor(const settings& asked) : limit_(limit_of(asked)), signals_(catch_stop_signals())
{
    start("producer", asked, "producer");
    for (unsigned i = 1; i <= consumer_count; ++i) {
        start(fmt::format("consumer {}", i), asked, "consumer");
    }
}

void supervisor::start(const std::string& name, const settings& asked, const std::string& role)
{
    child_process process(name, {"--role", role, "--parent", std::to_string(::getpid()), "--seconds",
                                 fmt::to_string(asked.seconds), "--samples", std::to_string(asked.samples),
                                 "--snapshots", std::to_string(asked.snapshots), "--", asked.file});
    report told(name);
    told.add_line(fmt::format("pid {}", process.pid()));
    members_.push_back({std::move(process), std::move(told)});
}

void supervisor::wait_for_state(std::string_view state)
{
    listen_until([&](const member& one) { return one.told.has("state") && one.told.text("state") == state; });
}

void supervisor::send_line(const std::string& line)
{
    for (member& one : members_) {
        one.process.write(line + "\n");
    }
}

void supervisor::finish()
{
    finishing_ = true;
    for (member& one : members_) {
        one.process.end_input();
    }
    listen_until([](const member& one) { return one.ended; });
}

std::vector<report> supervisor::reports() const
{
    std::vector<report> all;
    std::ranges::transform(members_, std::back_inserter(all), &member::told);
    return all;
}

template <class Predicate>
void supervisor::listen_until(const Predicate& holds_for_member)
{
    while (!std::ranges::all_of(members_, holds_for_member)) {
        listen();
    }
}

void supervisor::listen()
{
    std::vector<pollfd> waiting{{signals_.get(), POLLIN, 0}};
    for (const member& one : members_) {
        waiting.push_back({one.ended ? -1 : one.process.socket(), POLLIN, 0});
    }
    const int ready = ::poll(waiting.data(), waiting.size(), milliseconds_until(limit_));
    if (ready == 0) {
        throw std::runtime_error("the processes hang: not done in time");
    }
    if (ready < 0 && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(), "poll");
    }
    if ((waiting.front().revents & POLLIN) != 0) {
        throw std::runtime_error("stopped by a signal");
    }
    for (std::size_t i = 0; i < members_.size(); ++i) {
        if (waiting[i + 1].revents != 0) {
            hear(members_[i]);
        }
    }
}

void supervisor::hear(member& from)
{
    if (!from.process.read(from.text)) {
        const pid_t pid = from.process.pid();
        const int status = from.process.wait();
        from.ended = true;
        if (status != 0 || !finishing_) {
            throw std::runtime_error(fmt::format("{} (pid {}) {}", from.process.name(), pid, describe_status(status)));
        }
        return;
    }
    std::string_view text = from.text;
    while (text.find('\n') != std::string_view::npos) {
        from.told.add_line(next_line(text));
    }
    from.text.erase(0, from.text.size() - text.size());
}

} // namespace demo
