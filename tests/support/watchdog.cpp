// SPDX-License-Identifier: BSL-1.0
// watchdog.cpp: SIGALRM, since a test that hangs in a futex notices nothing else; it tells where everybody stood.
#include "support/watchdog.hpp"

#include "support/sanitized.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <execinfo.h>
#include <fcntl.h>
#include <unistd.h>

namespace support::watchdog {
namespace {

constexpr unsigned patience = sanitized ? 4 : 1;
constexpr unsigned longest_case_seconds = 120;
constexpr unsigned barks = 3; ///< that a case's time is divided by: if the machine stands still, only one is lost

// What a signal handler may read: plain memory, changed by the one thread that it interrupts.
std::array<volatile ::pid_t, 256> children{};
std::array<std::array<char, 512>, 64> files{};
const char* volatile running = "";
volatile std::sig_atomic_t barks_left = 0;
volatile std::sig_atomic_t seconds_apart = 0;

void print(const char* text) noexcept
{
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text, std::strlen(text));
}

/// One of the kernel's files about a process, as far as a line goes.
void print_file(::pid_t pid, const char* which) noexcept
{
    std::array<char, 32> path{"/proc/"};
    char* end = path.data() + std::strlen(path.data());
    end = std::to_chars(end, path.data() + path.size() - 1, pid).ptr;
    std::strcpy(end, which);
    const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    std::array<char, 160> text{};
    const auto bytes = file == -1 ? -1 : ::read(file, text.data(), text.size() - 1);
    print("  ");
    print(path.data());
    print(": ");
    print(bytes > 0 ? text.data() : "cannot be read");
    print(bytes > 0 && text[static_cast<std::size_t>(bytes) - 1] == '\n' ? "" : "\n");
    ::close(file);
}

/// What each of those who may be waited for does, and where this one stands.
void print_standing() noexcept
{
    for (const ::pid_t pid : children) {
        if (pid > 0) {
            print_file(pid, "/stat");
            print_file(pid, "/wchan");
            print_file(pid, "/syscall");
        }
    }
    std::array<void*, 64> calls{};
    ::backtrace_symbols_fd(calls.data(), ::backtrace(calls.data(), calls.size()), STDERR_FILENO);
}

extern "C" void samepage_test_bark(int)
{
    if (barks_left > 1) {
        barks_left = barks_left - 1;
        ::alarm(static_cast<unsigned>(seconds_apart));
        return;
    }
    print("watchdog: the test case \"");
    print(running);
    print("\" hangs; its processes are killed\n");
    print_standing();
    for (const ::pid_t pid : children) {
        if (pid > 0) {
            ::kill(pid, SIGKILL);
        }
    }
    for (const auto& file : files) {
        if (file.front() != '\0') {
            ::unlink(file.data());
        }
    }
    ::_exit(97);
}

} // namespace

void begin_case(const char* name, unsigned seconds)
{
    running = name;
    std::array<void*, 1> none{};
    ::backtrace(none.data(), none.size()); // loads what it needs: a signal handler must not
    struct sigaction action {};
    action.sa_handler = &samepage_test_bark;
    action.sa_flags = SA_RESTART; // all but the last one are to disturb nobody
    ::sigaction(SIGALRM, &action, nullptr);
    barks_left = static_cast<std::sig_atomic_t>(barks);
    seconds_apart = static_cast<std::sig_atomic_t>((seconds * patience + barks - 1) / barks);
    ::alarm(static_cast<unsigned>(seconds_apart));
}

void end_case()
{
    ::alarm(0);
}

void watch_self()
{
    ::alarm(longest_case_seconds * patience); // its default action ends the process
}

void watch_child(::pid_t pid)
{
    const auto free = std::find(children.begin(), children.end(), 0);
    if (free == children.end()) {
        std::fputs("watchdog: too many children\n", stderr);
        std::abort();
    }
    *free = pid;
}

void forget_child(::pid_t pid) noexcept
{
    std::replace(children.begin(), children.end(), pid, ::pid_t{0});
}

void watch_file(const std::string& path)
{
    const auto free = std::find_if(files.begin(), files.end(), [](const auto& file) { return file.front() == '\0'; });
    if (free == files.end() || path.size() >= free->size()) {
        std::fputs("watchdog: too many files, or too long a path\n", stderr);
        std::abort();
    }
    std::copy(path.begin(), path.end(), free->begin());
}

void forget_file(const std::string& path) noexcept
{
    for (auto& file : files) {
        if (path == file.data()) {
            file = {};
        }
    }
}

} // namespace support::watchdog
