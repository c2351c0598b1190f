// SPDX-License-Identifier: BSL-1.0
// producer.cpp: publishes a record each millisecond for some seconds, so that there is something to watch.
#include "sample.hpp"

#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

int main(int count, char** arguments)
try {
    using namespace std::chrono_literals;
    const std::string name = count > 1 ? arguments[1] : "watched";
    constexpr std::uint64_t samples = 3000;

    samepage::producer<sample> out(name);
    while (out.consumer_count() == 0) {
        std::this_thread::sleep_for(1ms);
    }
    auto next = std::chrono::steady_clock::now();
    for (std::uint64_t number = 0; number < samples; ++number) {
        if (auto slot = out.loan()) {
            *slot = {number, std::sin(static_cast<double>(number) / 100)};
            slot.publish();
        }
        std::this_thread::sleep_until(next += 1ms);
    }
    out.close();
    std::cout << "published " << samples << " samples" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
