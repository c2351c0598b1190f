// SPDX-License-Identifier: BSL-1.0
// child_process.cpp: programs started as processes of their own, and what they write.
#include "child_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace demo {
namespace {

class spawn_settings {
public:
    spawn_settings()
    {
        posix_spawn_file_actions_init(&files_);
        posix_spawnattr_init(&attributes_);
        // The parent blocks some signals, and its children would inherit that.
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    }
    spawn_settings(const spawn_settings&) = delete;
    spawn_settings& operator=(const spawn_settings&) = delete;
    ~spawn_settings()
    {
        posix_spawnattr_destroy(&attributes_);
        posix_spawn_file_actions_destroy(&files_);
    }

    void connect(int ours, int theirs) { posix_spawn_file_actions_adddup2(&files_, ours, theirs); }

    /// Returns 0 or an errno.
    int spawn(pid_t& pid, const std::string& program, const std::vector<std::string>& command) const
    {
        std::vector<char*> arguments;
        std::ranges::transform(command, std::back_inserter(arguments),
                               [](const std::string& word) { return const_cast<char*>(word.c_str()); });
        arguments.push_back(nullptr);
        return posix_spawnp(&pid, program.c_str(), &files_, &attributes_, arguments.data(), environ);
    }

private:
    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
};

int wait_for(pid_t pid)
{
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/// False at the end. A signal does not end it.
bool read_some(int from, std::string& text)
{
    std::array<char, 64 * 1024> buffer{};
    ssize_t got = 0;
    do {
        got = ::read(from, buffer.data(), buffer.size());
    } while (got < 0 && errno == EINTR);
    text.append(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return got > 0;
}

} // namespace

int milliseconds_until(deadline limit)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, INT_MAX));
}

child_process::child_process(std::string name, const std::vector<std::string>& arguments) : name_(std::move(name))
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    socket_ = descriptor{ends[0]};
    const descriptor theirs{ends[1]};

    spawn_settings settings;
    settings.connect(theirs.get(), STDIN_FILENO);
    settings.connect(theirs.get(), STDOUT_FILENO);
    std::vector<std::string> command{"samepage_demo"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    if (const int problem = settings.spawn(pid_, "/proc/self/exe", command); problem != 0) {
        throw std::system_error(problem, std::generic_category(), "start " + name_);
    }
}

child_process::child_process(child_process&& other) noexcept
    : name_(std::move(other.name_)), socket_(std::move(other.socket_)), pid_(std::exchange(other.pid_, -1))
{
}

child_process::~child_process()
{
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        wait_for(pid_);
    }
}

bool child_process::read(std::string& text)
{
    return read_some(socket_.get(), text);
}

void child_process::write(std::string_view text)
{
    while (!text.empty()) {
        const ssize_t sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return;
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
}

void child_process::end_input()
{
    ::shutdown(socket_.get(), SHUT_WR);
}

int child_process::wait()
{
    return wait_for(std::exchange(pid_, -1));
}

std::string describe_status(int wait_status)
{
    if (WIFSIGNALED(wait_status)) {
        const int signal = WTERMSIG(wait_status);
        return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
    }
    return fmt::format("ended with status {}", WEXITSTATUS(wait_status));
}

program_output run_program(const std::vector<std::string>& command, deadline limit)
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    const descriptor ours{ends[0]};
    descriptor theirs{ends[1]};

    spawn_settings settings;
    settings.connect(theirs.get(), STDOUT_FILENO);
    pid_t pid = -1;
    if (const int problem = settings.spawn(pid, command.front(), command); problem != 0) {
        return {false, {}, fmt::format("{} cannot be started: {}", command.front(), std::strerror(problem))};
    }
    theirs = descriptor{}; // else the pipe never ends

    program_output output;
    pollfd waiting{ours.get(), POLLIN, 0};
    int ready = 0;
    do {
        ready = ::poll(&waiting, 1, milliseconds_until(limit));
    } while ((ready < 0 && errno == EINTR) || (ready > 0 && read_some(ours.get(), output.text)));
    if (ready == 0) {
        ::kill(pid, SIGKILL);
    }
    const int status = wait_for(pid);
    output.ended_well = ready > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!output.ended_well) {
        output.problem =
            fmt::format("{} {}", command.front(), ready == 0 ? "did not end in time" : describe_status(status));
    }
    return output;
}

} // namespace demo
