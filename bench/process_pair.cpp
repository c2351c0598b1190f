// SPDX-License-Identifier: BSL-1.0
// process_pair.cpp: forking, pinning, ordering bursts over a socket, and killing by pid who does not answer.
#include "process_pair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <system_error>

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

namespace {

struct order {
    std::size_t row_index;
    std::uint64_t count;
};

struct answer {
    double seconds = 0;
    bool own_clock = false;
    std::optional<double> limit_seconds;
    long preemptions = 0;
    std::array<char, 480> problem{}; ///< empty if all went well
};

volatile std::sig_atomic_t caught_signal = 0;

[[noreturn]] void fail_system(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

long preemptions_so_far()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nivcsw;
}

answer run_burst(const row& what, std::uint64_t count, site& here)
{
    const std::unique_ptr<side> mine = here.who() == role::a ? what.a(here) : what.b(here);
    here.meet();
    here.remove_names();
    mine->go(what.warm_up);
    answer result;
    here.meet();
    const long preempted = preemptions_so_far();
    const auto begin = std::chrono::steady_clock::now();
    mine->go(count);
    const auto end = std::chrono::steady_clock::now();
    result.preemptions = preemptions_so_far() - preempted;
    const auto own = mine->own_clock();
    result.own_clock = own.has_value();
    result.limit_seconds = mine->limits_clock();
    result.seconds = own.value_or(std::chrono::duration<double>(end - begin).count());
    here.meet();
    return result;
}

[[noreturn]] void serve(role who, int socket, const std::vector<row>& rows, meeting_point& meeting,
                        const std::filesystem::path& directory)
{
    for (order next{}; ::recv(socket, &next, sizeof next, 0) == sizeof next;) {
        answer result;
        try {
            site here(who, meeting, directory);
            result = run_burst(rows[next.row_index], next.count, here);
        } catch (const std::exception& problem) {
            std::strncpy(result.problem.data(), problem.what(), result.problem.size() - 1);
        }
        if (::send(socket, &result, sizeof result, MSG_NOSIGNAL) != sizeof result) {
            break;
        }
    }
    ::_exit(0); // the parent is gone, or wants no more
}

} // namespace

void catch_interrupts()
{
    // Blocked but while the parent waits for a burst; the children never see them.
    sigset_t these;
    ::sigemptyset(&these);
    struct sigaction action {};
    action.sa_handler = [](int signal) { caught_signal = signal; };
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        ::sigaddset(&these, signal);
        ::sigaction(signal, &action, nullptr);
    }
    ::sigprocmask(SIG_BLOCK, &these, nullptr);
}

process_pair::process_pair(const std::vector<row>& rows, processor_pair where, bool realtime,
                           const std::filesystem::path& directory)
    : rows_(&rows), where_(where), realtime_(realtime), directory_(&directory)
{
    void* const shared =
        ::mmap(nullptr, sizeof(meeting_point), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        fail_system("mmap");
    }
    meeting_ = new (shared) meeting_point{};
}

process_pair::~process_pair()
{
    stop();
    ::munmap(meeting_, sizeof(meeting_point));
}

void process_pair::start()
{
    meeting_->arrived_a.store(0, std::memory_order_relaxed);
    meeting_->arrived_b.store(0, std::memory_order_relaxed);
    std::fflush(nullptr);
    const pid_t parent = ::getpid();
    for (const role who : {role::a, role::b}) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
            fail_system("socketpair");
        }
        const pid_t pid = ::fork();
        if (pid < 0) {
            fail_system("fork");
        }
        if (pid != 0) {
            ::close(ends[1]);
            processes_[static_cast<std::size_t>(who)] = {pid, ends[0]};
            continue;
        }
        // In the child. It ends with its parent, however that ends, and holds no end of the other's socket.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) {
            ::_exit(0);
        }
        ::close(ends[0]);
        ::close(processes_[0].socket);
        try {
            pin_to(who == role::a ? where_.a : where_.b);
            if (realtime_) {
                run_ahead();
            }
        } catch (const std::exception& problem) {
            answer result;
            std::strncpy(result.problem.data(), problem.what(), result.problem.size() - 1);
            static_cast<void>(::send(ends[1], &result, sizeof result, MSG_NOSIGNAL));
            ::_exit(1);
        }
        serve(who, ends[1], *rows_, *meeting_, *directory_);
    }
}

void process_pair::stop() noexcept
{
    for (process& each : processes_) {
        if (each.pid > 0) {
            ::kill(each.pid, SIGKILL);
            while (::waitpid(each.pid, nullptr, 0) < 0 && errno == EINTR) {
            }
            ::close(each.socket);
        }
        each = {};
    }
}

void process_pair::fail(const std::string& what)
{
    stop();
    throw burst_failed(what);
}

std::string process_pair::describe_end(process& of)
{
    int status = 0;
    ::kill(of.pid, SIGKILL); // closing its socket is the end of it, whether or not it has got that far
    while (::waitpid(of.pid, &status, 0) < 0 && errno == EINTR) {
    }
    of.pid = -1;
    ::close(of.socket);
    return WIFSIGNALED(status)
               ? fmt::format("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)))
               : fmt::format("ended with status {}", WEXITSTATUS(status));
}

burst_result process_pair::run(std::size_t row_index, std::uint64_t count)
{
    if (processes_[0].pid < 0) {
        start();
    }
    const order next{row_index, count};
    for (const process& each : processes_) {
        static_cast<void>(::send(each.socket, &next, sizeof next, MSG_NOSIGNAL)); // a dead one is found by reading
    }
    const auto deadline = std::chrono::steady_clock::now() + watchdog;
    std::array<std::optional<answer>, 2> answers;
    while (!answers[0] || !answers[1]) {
        std::array<pollfd, 2> watched{};
        for (std::size_t i = 0; i < 2; ++i) {
            watched[i] = {answers[i] ? -1 : processes_[i].socket, POLLIN, 0};
        }
        const auto left = std::max<std::chrono::nanoseconds>(deadline - std::chrono::steady_clock::now(), {});
        const timespec limit{static_cast<time_t>(left / std::chrono::seconds{1}),
                             static_cast<long>((left % std::chrono::seconds{1}).count())};
        sigset_t none;
        ::sigemptyset(&none);
        const int ready = ::ppoll(watched.data(), watched.size(), &limit, &none);
        if (caught_signal != 0) {
            stop();
            throw interrupted(caught_signal);
        }
        if (ready == 0) {
            const char* const who = answers[0] ? "side B" : answers[1] ? "side A" : "both sides";
            fail(fmt::format("{} hung: not back within {} s; killed", who, watchdog.count()));
        }
        for (std::size_t i = 0; ready > 0 && i < 2; ++i) {
            const char* const name = i == 0 ? "side A" : "side B";
            if (watched[i].revents == 0) {
                continue;
            }
            answer& got = answers[i].emplace();
            if (::recv(processes_[i].socket, &got, sizeof got, 0) != sizeof got) {
                fail(fmt::format("{} {}", name, describe_end(processes_[i])));
            }
            if (got.problem[0] != '\0') {
                fail(fmt::format("{}: {}", name, got.problem.data()));
            }
        }
    }
    const double seconds =
        answers[0]->own_clock ? answers[0]->seconds : std::max(answers[0]->seconds, answers[1]->seconds);
    return {seconds, answers[0]->limit_seconds, answers[0]->preemptions + answers[1]->preemptions};
}

} // namespace bench
