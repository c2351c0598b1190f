// SPDX-License-Identifier: BSL-1.0
// in_child.hpp: a function in a process of its own, what it found, and how much memory that process had at most.
#pragma once

#include <array>
#include <cerrno>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace meter {

/// A child process that runs a function and hands its result back. Waited for when it goes, if not before.
template <class Result>
class in_child {
    static_assert(std::is_trivially_copyable_v<Result>, "the result goes through a pipe");

public:
    /// Forks: no other thread may be running.
    template <std::invocable Function>
    explicit in_child(Function&& function)
    {
        std::cout.flush();
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) {
            throw std::system_error{errno, std::generic_category(), "pipe"};
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            run(std::forward<Function>(function), ends[1]);
        }
        ::close(ends[1]);
        pipe_ = ends[0];
        if (pid_ < 0) {
            throw std::system_error{errno, std::generic_category(), "fork"};
        }
    }

    in_child(const in_child&) = delete;
    in_child& operator=(const in_child&) = delete;

    ~in_child()
    {
        if (pid_ > 0) {
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(pipe_);
    }

    /// What the function gave. Throws std::runtime_error if it threw, which it has then said itself. Once.
    [[nodiscard]] Result wait()
    {
        Result result{};
        const bool complete = ::read(pipe_, &result, sizeof(Result)) == static_cast<ssize_t>(sizeof(Result));
        int status = 0;
        rusage usage{};
        const bool ended = ::wait4(std::exchange(pid_, -1), &status, 0, &usage) > 0;
        if (!complete || !ended || status != 0) {
            throw std::runtime_error{"the child process failed"};
        }
        peak_memory_bytes_ = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
        return result;
    }

    /// The most that the process had in memory at a time, as the kernel counted it: its maximum resident set.
    /// @pre wait() has returned.
    [[nodiscard]] std::uint64_t peak_memory_bytes() const { return peak_memory_bytes_; }

private:
    template <class Function>
    [[noreturn]] static void run(Function&& function, int pipe)
    {
        try {
            const Result result = std::forward<Function>(function)();
            ::_exit(::write(pipe, &result, sizeof(Result)) == static_cast<ssize_t>(sizeof(Result)) ? 0 : 1);
        } catch (const std::exception& problem) {
            std::cerr << "child process: " << problem.what() << std::endl;
            ::_exit(1);
        }
    }

    pid_t pid_ = -1;
    int pipe_ = -1;
    std::uint64_t peak_memory_bytes_ = 0;
};

} // namespace meter
