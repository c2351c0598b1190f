// SPDX-License-Identifier: BSL-1.0
// watchdog.cpp: SIGALRM, since a test that hangs in a futex notices nothing else.
#include "support/watchdog.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <unistd.h>

namespace support::watchdog {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr unsigned patience = 4;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr unsigned patience = 4;
#else
constexpr unsigned patience = 1;
#endif
#else
constexpr unsigned patience = 1;
#endif

constexpr unsigned longest_case_seconds = 120;

// What a signal handler may read: plain memory, changed by the one thread that it interrupts.
std::array<volatile ::pid_t, 256> children{};
std::array<std::array<char, 512>, 64> files{};
const char* volatile running = "";

void print(const char* text) noexcept
{
    [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text, std::strlen(text));
}

extern "C" void samepage_test_bark(int)
{
    print("watchdog: the test case \"");
    print(running);
    print("\" hangs; its processes are killed\n");
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
    struct sigaction action {};
    action.sa_handler = &samepage_test_bark;
    ::sigaction(SIGALRM, &action, nullptr);
    ::alarm(seconds * patience);
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
