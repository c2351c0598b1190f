// SPDX-License-Identifier: BSL-1.0
// peer.cpp: fork with a socket between, and namespaces.
#include "torture/peer.hpp"

#include "support/watchdog.hpp"

#include <samepage/core/error.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <utility>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace torture {
namespace {

constexpr unsigned longest_life_seconds = 900;
constexpr char failure_mark = '!';
constexpr std::string_view cannot = "cannot: ";

[[noreturn]] void fail_call(const char* call)
{
    throw std::system_error(errno, std::system_category(), call);
}

void write_file(const char* path, const std::string& text)
{
    std::ofstream{path} << text;
}

} // namespace

void leave_for_own(int namespaces)
{
    const auto uid = ::geteuid();
    const auto gid = ::getegid();
    if (::unshare(namespaces) == 0) {
        return;
    }
    if (::unshare(namespaces | CLONE_NEWUSER) != 0) {
        throw not_permitted("unshare: " + samepage::describe_errno(errno));
    }
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", fmt::format("{} {} 1", uid, uid));
    write_file("/proc/self/gid_map", fmt::format("{} {} 1", gid, gid));
}

peer::peer(std::string name, const body& what, where place) : name_(std::move(name))
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        fail_call("socketpair");
    }
    std::fflush(nullptr); // or the child prints it again
    direct_ = ::fork();
    if (direct_ < 0) {
        fail_call("fork");
    }
    if (direct_ == 0) {
        ::close(ends[0]);
        run(what, ends[1], place);
    }
    ::close(ends[1]);
    talk_ = std::make_unique<support::lines>(ends[0]);
    pid_ = direct_;
    if (place == where::own_pid_namespace) {
        const std::string line = talk_->hear();
        if (line.starts_with(cannot)) {
            ::waitpid(direct_, nullptr, 0);
            direct_ = -1;
            throw not_permitted(line.substr(cannot.size()));
        }
        pid_ = static_cast<::pid_t>(std::stol(line));
    }
}

peer::~peer()
{
    kill();
}

void peer::run(const body& what, int descriptor, where place)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::alarm(longest_life_seconds);
    support::lines parent{descriptor};
    int status = 0;
    try {
        if (place == where::own_pid_namespace) {
            leave_for_own(CLONE_NEWPID);
            int told[2];
            if (::pipe2(told, O_CLOEXEC) != 0) {
                fail_call("pipe2");
            }
            const ::pid_t inner = ::fork();
            if (inner < 0) {
                throw not_permitted("fork: " + samepage::describe_errno(errno));
            }
            if (inner > 0) {
                parent.say(std::to_string(inner));
                ::close(told[0]);
                ::close(told[1]); // our parent knows: it may speak itself now
                ::waitpid(inner, &status, 0);
                ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
            }
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::close(told[1]);
            char nothing = 0;
            [[maybe_unused]] const auto end = ::read(told[0], &nothing, 1);
            ::close(told[0]);
        }
        what(parent);
    } catch (const not_permitted& why) {
        parent.say(std::string{cannot} + why.what());
    } catch (const std::exception& fault) {
        status = 1;
        try {
            parent.say(failure_mark + std::string{fault.what()});
        } catch (const support::disconnected&) {
            fmt::print(stderr, "{}\n", fault.what());
        }
    }
    ::_exit(status);
}

std::string peer::hear()
{
    std::string line;
    try {
        line = talk_->hear();
    } catch (const support::disconnected&) {
        throw support::disconnected(name_ + " ended where a line was expected of it");
    }
    if (!line.empty() && line.front() == failure_mark) {
        throw std::runtime_error(name_ + ": " + line.substr(1));
    }
    if (line.starts_with(cannot)) {
        throw not_permitted(line.substr(cannot.size()));
    }
    return line;
}

void peer::expect(std::string_view line)
{
    if (const auto heard = hear(); heard != line) {
        throw std::runtime_error(fmt::format("{}: expected to hear \"{}\", heard \"{}\"", name_, line, heard));
    }
}

std::string peer::ask(std::string_view line)
{
    say(line);
    return hear();
}

void peer::stop()
{
    ::kill(pid_, SIGSTOP);
    int status = 0;
    if (pid_ != direct_ || ::waitpid(pid_, &status, WUNTRACED) != pid_ || !WIFSTOPPED(status)) {
        throw std::runtime_error(name_ + " did not stop");
    }
}

void peer::go_on() const
{
    ::kill(pid_, SIGCONT);
}

void peer::kill()
{
    if (direct_ > 0) {
        ::kill(pid_, SIGKILL); // of another namespace: its parent, our child, reaps it and ends
        ::waitpid(direct_, nullptr, 0);
        direct_ = -1;
    }
}

void peer::kill_at_work()
{
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(direct_, -1), &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0) {
        for (;;) {
            static_cast<void>(hear()); // up to what it said of its failure
        }
    }
}

void peer::end_well()
{
    int status = 0;
    ::waitpid(direct_, &status, 0);
    direct_ = -1;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw std::runtime_error(fmt::format("{} ended with wait status {:#x}", name_, status));
    }
}

void scenarios::run(const std::string& what, const std::function<void()>& body)
{
    try {
        body();
        ++shown_;
    } catch (const not_permitted& why) {
        ++skipped_;
        fmt::print("  SKIPPED {}: this machine does not permit it ({})\n", what, why.what());
    } catch (const std::exception& fault) {
        to_.fail(what + ": " + fault.what());
    }
}

} // namespace torture
