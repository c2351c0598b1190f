// SPDX-License-Identifier: BSL-1.0
// child.cpp: posix_spawn of /proc/self/exe, and what a child does first.
#include "support/child.hpp"

#include "support/watchdog.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <span>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {
namespace {

constexpr int child_descriptor = 3;
constexpr std::string_view child_mark = "--child";
constexpr char failure_mark = '!'; // begins the line by which a child says that it failed

std::map<std::string, role, std::less<>>& roles()
{
    static std::map<std::string, role, std::less<>> known;
    return known;
}

[[noreturn]] void fail(const char* call, int error)
{
    throw std::system_error(error, std::system_category(), call);
}

::pid_t start(const std::string& name, const words& told, int theirs)
{
    words all{"child:" + name, std::string{child_mark}, std::to_string(::getpid()), name};
    all.insert(all.end(), told.begin(), told.end());
    std::vector<char*> argv;
    for (auto& word : all) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    ::posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, theirs, child_descriptor); // without FD_CLOEXEC there
    ::pid_t pid = -1;
    const int result = ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (result != 0) {
        fail("posix_spawn", result);
    }
    return pid;
}

} // namespace

lines::~lines()
{
    ::close(descriptor_);
}

void lines::say(std::string_view line)
{
    const std::string whole = std::string{line} + '\n';
    std::string_view left = whole;
    while (!left.empty()) {
        const auto n = ::send(descriptor_, left.data(), left.size(), MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            throw disconnected("nobody there to hear \"" + std::string{line} + '"');
        }
        left.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
}

std::string lines::hear()
{
    for (;;) {
        if (const auto end = heard_.find('\n'); end != std::string::npos) {
            std::string line = heard_.substr(0, end);
            heard_.erase(0, end + 1);
            return line;
        }
        char part[4096];
        const auto n = ::recv(descriptor_, part, sizeof part, 0);
        if (n > 0) {
            heard_.append(part, static_cast<std::size_t>(n));
        } else if (n == 0 || errno != EINTR) {
            throw disconnected("the other side ended");
        }
    }
}

void lines::expect(std::string_view line)
{
    if (const auto heard = hear(); heard != line) {
        throw std::runtime_error("expected to hear \"" + std::string{line} + "\", heard \"" + heard + '"');
    }
}

role_entry::role_entry(const char* name, role body)
{
    if (!roles().emplace(name, body).second) {
        std::cerr << "two roles are called " << name << '\n';
        std::abort();
    }
}

void require(bool fact, std::string_view what, const char* file, int line)
{
    if (!fact) {
        throw std::runtime_error(std::string{file} + ':' + std::to_string(line) + ": not so: " + std::string{what});
    }
}

std::ostream& operator<<(std::ostream& to, const ending& of)
{
    return to << (of.killed ? "killed by signal " : "exited with ") << of.value;
}

child::child(std::string_view name, words told)
    : role_(name),
      descriptor_{-1, -1},
      pid_([&] {
          if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, descriptor_) != 0) {
              fail("socketpair", errno);
          }
          return start(role_, told, descriptor_[1]);
      }()),
      talk_(descriptor_[0])
{
    ::close(descriptor_[1]);
    watchdog::watch_child(pid_);
}

child::~child()
{
    kill();
}

std::string child::hear()
{
    std::string line;
    try {
        line = talk_.hear();
    } catch (const disconnected&) {
        const ending how = wait();
        throw disconnected("child '" + role_ + "' ended (" + (how.killed ? "signal " : "exit status ") +
                           std::to_string(how.value) + ") where a line was expected of it");
    }
    if (!line.empty() && line.front() == failure_mark) {
        throw std::runtime_error("child '" + role_ + "': " + line.substr(1));
    }
    return line;
}

void child::expect(std::string_view line)
{
    if (const auto heard = hear(); heard != line) {
        throw std::runtime_error("child '" + role_ + "': expected to hear \"" + std::string{line} + "\", heard \"" +
                                 heard + '"');
    }
}

void child::send(int signal) const
{
    if (!reaped_ && ::kill(pid_, signal) != 0) {
        fail("kill", errno);
    }
}

ending child::kill()
{
    if (!reaped_) {
        ::kill(pid_, SIGKILL);
    }
    return wait();
}

void child::stop()
{
    send(SIGSTOP);
    siginfo_t what{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &what, WSTOPPED | WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) {
            fail("waitid", errno);
        }
    }
    if (what.si_code != CLD_STOPPED) {
        throw disconnected("child '" + role_ + "' ended instead of stopping");
    }
}

ending child::wait()
{
    if (reaped_) {
        return ended_;
    }
    siginfo_t what{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &what, WEXITED | WNOWAIT) != 0) {
        if (errno != EINTR) {
            std::abort(); // nobody else reaps our children
        }
    }
    watchdog::forget_child(pid_); // before its id may be somebody else's
    ::waitpid(pid_, nullptr, 0);
    reaped_ = true;
    ended_ = {what.si_code != CLD_EXITED, what.si_status};
    return ended_;
}

bool run_as_child(int argc, char** argv, int& status)
{
    const std::span all{argv, static_cast<std::size_t>(argc)};
    if (all.size() < 4 || all[1] != child_mark) {
        return false;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (std::to_string(::getppid()) != all[2]) {
        status = 1; // our parent is gone already
        return true;
    }
    ::fcntl(child_descriptor, F_SETFD, FD_CLOEXEC);
    watchdog::watch_self();
    lines parent{child_descriptor};
    try {
        const auto found = roles().find(std::string_view{all[3]});
        require(found != roles().end(), std::string{"there is a role "} + all[3]);
        found->second(parent, words{all.begin() + 4, all.end()});
        status = 0;
    } catch (const std::exception& fault) {
        status = 1;
        try {
            parent.say(failure_mark + std::string{fault.what()});
        } catch (const disconnected&) {
            std::cerr << all[0] << ": " << fault.what() << '\n';
        }
    }
    return true;
}

} // namespace support
