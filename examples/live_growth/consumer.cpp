// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: three consumers of everything; meanwhile the channel's rings grow from 1 to 64 MiB.
#include "event.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <array>
#include <atomic>
#include <chrono>
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

/// What one of them saw; shared with the process that started it.
struct report {
    std::atomic<std::uint64_t> seen{0};
    std::atomic<std::uint64_t> lost{0};
    std::atomic<std::uint64_t> twice{0};
    std::atomic<std::uint64_t> wrong{0}; ///< out of order, or not what was published
    std::atomic<std::uint64_t> ring_bytes{0};
};

void follow(const std::string& channel, report& into)
{
    samepage::consumer<event> in(channel, {.from = samepage::start::oldest, .wait_for_channel = 10s});
    std::uint64_t next = 0;
    while (const auto batch = in.take(1000)) {
        for (const event& each : batch) {
            into.lost += each.number > next ? each.number - next : 0;
            into.twice += each.number < next ? 1U : 0U;
            into.wrong += each.value != each.number * each.number ? 1U : 0U;
            next = each.number + 1;
        }
        into.seen += batch.size();
        into.ring_bytes = in.info().capacity_bytes;
    }
}

::pid_t start(const std::string& channel, report& into)
{
    const ::pid_t child = ::fork();
    if (child == 0) {
        try {
            follow(channel, into);
        } catch (const std::exception& problem) {
            std::cerr << "consumer: " << problem.what() << std::endl;
            ::_exit(1);
        }
        ::_exit(0);
    }
    return child;
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string channel = count > 1 ? arguments[1] : "growing";
    using reports = std::array<report, 3>;
    void* const pages = ::mmap(nullptr, sizeof(reports), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) {
        throw std::runtime_error("no memory for the reports");
    }
    auto& all = *new (pages) reports;
    std::array<::pid_t, 3> children{};
    for (std::size_t i = 0; i != children.size(); ++i) {
        children[i] = start(channel, all[i]);
    }
    while (all[0].seen < events / 3) { // under load
        std::this_thread::sleep_for(100us);
    }
    samepage::change_channel(channel, {.capacity_bytes = std::size_t{64} << 20U});
    report sum;
    for (std::size_t i = 0; i != children.size(); ++i) {
        ::waitpid(children[i], nullptr, 0);
        sum.lost += all[i].lost + (events - all[i].seen - all[i].lost);
        sum.twice += all[i].twice;
        sum.wrong += all[i].wrong;
    }
    samepage::remove_channel(channel);
    std::cout << "3 consumers: " << all[0].seen << " records each, " << sum.lost << " lost, " << sum.twice << " twice, "
              << sum.wrong << " out of order, in rings of " << all[0].ring_bytes / 1024 << " KiB" << std::endl;
    return sum.lost == 0 && sum.twice == 0 && sum.wrong == 0 ? 0 : 1;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
