// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: three workers that share the jobs; one of them is killed at its work.
#include "job.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;

constexpr std::size_t jobs = 20'000;
constexpr std::size_t workers = 3;

/// What has been done, job by job; shared by the workers, and read at the end.
struct results {
    std::array<std::atomic<unsigned>, jobs> done{}; ///< how often
    std::array<std::atomic<std::uint64_t>, jobs> square{};
    std::atomic<unsigned> handed_on{0};
};

void work(const std::string& channel, results& all)
{
    samepage::consumer<job> in(channel, {.group = "workers", .from = samepage::start::oldest, .wait_for_channel = 10s});
    while (const auto batch = in.take(8)) {
        all.handed_on += batch.redelivered() ? static_cast<unsigned>(batch.size()) : 0;
        std::this_thread::sleep_for(100us); // hard work
        for (const job& one : batch) {
            all.square[one.number] = one.square_of * one.square_of;
            ++all.done[one.number];
        }
    } // the batch is released; had we died before, another worker would get it
}

::pid_t start(const std::string& channel, results& all)
{
    const ::pid_t worker = ::fork();
    if (worker == 0) {
        try {
            work(channel, all);
        } catch (const std::exception& problem) {
            std::cerr << "worker: " << problem.what() << std::endl;
            ::_exit(1);
        }
        ::_exit(0);
    }
    return worker;
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string channel = count > 1 ? arguments[1] : "jobs";
    void* const pages = ::mmap(nullptr, sizeof(results), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        throw std::runtime_error("no memory for the results");
    }
    auto& all = *new (pages) results;
    std::array<::pid_t, workers> pool{};
    for (::pid_t& worker : pool) {
        worker = start(channel, all);
    }
    while (all.done[100] == 0) { // at work
        std::this_thread::yield();
    }
    ::kill(pool[0], SIGKILL);
    for (const ::pid_t worker : pool) {
        ::waitpid(worker, nullptr, 0);
    }
    samepage::remove_channel(channel);
    std::size_t done = 0;
    std::size_t wrong = 0;
    for (std::size_t number = 0; number < jobs; ++number) {
        done += all.done[number] != 0 ? 1U : 0U;
        wrong += all.square[number] != (number % 1000) * (number % 1000) ? 1U : 0U;
    }
    std::cout << done << " jobs done, " << wrong << " wrong; handed on after a worker was killed: " << all.handed_on
              << std::endl;
    return done == jobs && wrong == 0 ? 0 : 1;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
