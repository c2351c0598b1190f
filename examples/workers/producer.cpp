// SPDX-License-Identifier: BSL-1.0
// producer.cpp: publishes jobs, for whichever worker is free.
#include "job.hpp"

#include <samepage/channel/producer.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "jobs";
    constexpr std::uint64_t jobs = 20'000;
    samepage::producer<job> out(name, {.capacity_bytes = 1U << 14U});
    while (out.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (std::uint64_t number = 0; number < jobs; ++number) {
        auto slot = out.loan();
        if (!slot) {
            throw std::runtime_error("no room: " + std::string(to_string(slot.why())));
        }
        *slot = {.number = number, .square_of = number % 1000};
        slot.publish();
    }
    out.close();
    std::cout << "published " << jobs << " jobs" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
