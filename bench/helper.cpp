// SPDX-License-Identifier: BSL-1.0
// helper.cpp: forking, talking over a socket, killing by pid.
#include "helper.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <system_error>

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

namespace {

struct message {
    std::uint64_t number = 0;
    std::array<char, 240> problem{}; ///< empty if all goes well
};

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// Whoever is not there any more hears nothing.
void send(int socket, const message& what) noexcept
{
    static_cast<void>(::send(socket, &what, sizeof what, MSG_NOSIGNAL));
}

} // namespace

void talk::say(std::uint64_t number) const noexcept
{
    send(socket_, {.number = number});
}

void talk::complain(const char* problem) const noexcept
{
    message what;
    std::strncpy(what.problem.data(), problem, what.problem.size() - 1);
    send(socket_, what);
}

std::uint64_t talk::hear() const
{
    message what;
    ssize_t got = 0;
    do {
        got = ::recv(socket_, &what, sizeof what, 0);
    } while (got < 0 && errno == EINTR);
    if (got != sizeof what) {
        throw std::runtime_error("a helper has ended");
    }
    if (what.problem[0] != '\0') {
        throw std::runtime_error("helper: " + std::string(what.problem.data()));
    }
    return what.number;
}

helper::helper(const std::function<void(const talk&)>& work)
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        fail("socketpair");
    }
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) {
            ::_exit(0);
        }
        ::close(ends[0]);
        const talk starter(ends[1]);
        try {
            work(starter);
        } catch (const std::exception& problem) {
            starter.complain(problem.what());
        }
        ::_exit(0);
    }
    const int error = errno;
    ::close(ends[1]);
    if (pid_ < 0) {
        ::close(ends[0]);
        errno = error;
        fail("fork");
    }
    socket_ = ends[0];
    talk_ = talk(socket_);
}

void helper::wait_for_stop()
{
    int status = 0;
    while (::waitpid(pid_, &status, WUNTRACED) < 0 && errno == EINTR) {
    }
    if (!WIFSTOPPED(status)) {
        pid_ = -1;
        static_cast<void>(talk_.hear()); // it may have said why
        throw std::runtime_error("a helper ended where it should have stopped");
    }
}

void helper::kill() noexcept
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    if (socket_ >= 0) {
        ::close(socket_);
    }
    pid_ = socket_ = -1;
}

} // namespace bench
