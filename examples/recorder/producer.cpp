// SPDX-License-Identifier: BSL-1.0
// producer.cpp: publishes readings to a channel whose recorder may be away.
#include "reading.hpp"

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
    using namespace std::chrono_literals;
    const std::string name = count > 1 ? arguments[1] : "readings";
    constexpr std::uint64_t readings = 200'000;
    // A ring of 64 KiB holds 4,096 of them: while the recorder is away longer than it takes to fill that, we wait for
    // it, a minute at most. Then it would lose some, and be told how many.
    samepage::producer<reading> out(name, {.capacity_bytes = 1U << 16U, .wait_for_absent = 1min});
    while (out.consumer_count() == 0) {
        std::this_thread::sleep_for(1ms);
    }
    for (std::uint64_t number = 0; number < readings; ++number) {
        auto slot = out.loan();
        if (!slot) {
            throw std::runtime_error("no room: " + std::string(to_string(slot.why())));
        }
        *slot = {.number = number, .value = 0.5 * static_cast<double>(number)};
        slot.publish();
    }
    out.close();
    std::cout << "published " << readings << " readings" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
