// SPDX-License-Identifier: BSL-1.0
// producer.cpp: publishes readings, a few hundred at a time.
#include "reading.hpp"

#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "readings";
    samepage::producer<reading> readings(name);
    while (readings.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    std::uint64_t number = 0;
    while (number < 64'000) {
        auto some = readings.loan(640);
        if (!some) { // more than the ring holds, or closed: why() says which
            throw std::runtime_error("no loan of 640 readings: " + std::string(to_string(some.why())));
        }
        for (reading& one : some) { // a loan is a range; write every member, the slots hold old bytes
            const auto step = static_cast<double>(number % 1000);
            one.time_ns = number * 1'000'000;
            one.where = {step, 2 * step, -step};
            one.temperature = 20.0F + static_cast<float>(number % 8);
            ++number;
        }
        some.publish();
    }

    readings.close();
    std::cout << "published " << number << " readings" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
