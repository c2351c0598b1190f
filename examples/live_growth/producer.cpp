// SPDX-License-Identifier: BSL-1.0
// producer.cpp: publishes as fast as it can, and says how long it stood still when its ring grew, and before.
#include "event.hpp"

#include <samepage/channel/producer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

int main(int count, char** arguments)
try {
    using clock = std::chrono::steady_clock;
    const std::string name = count > 1 ? arguments[1] : "growing";
    samepage::producer<event> out(name, {.capacity_bytes = 1U << 20U});
    while (out.consumer_count() < 3) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const auto small = out.info().capacity_bytes;
    clock::duration pause{0};
    clock::duration longest{0}; // of the other loans until then: how long it waits for its consumers anyway
    for (std::uint64_t number = 0; number < events; ++number) {
        const bool grown = pause != clock::duration::zero();
        const auto before = grown ? clock::time_point{} : clock::now();
        auto slot = out.loan(); // moves to the larger ring, once somebody wants that
        if (!slot) {
            throw std::runtime_error("no room: " + std::string(to_string(slot.why())));
        }
        if (!grown) {
            const auto took = clock::now() - before;
            if (out.capacity_records() > small / sizeof(event)) {
                pause = took;
            } else {
                longest = std::max(longest, took);
            }
        }
        *slot = {.number = number, .value = number * number};
        slot.publish();
    }
    const auto bytes = out.info().capacity_bytes;
    out.close();
    std::cout << "published " << events << " events; the ring grew from " << small / 1024 << " to " << bytes / 1024
              << " KiB in " << std::chrono::duration_cast<std::chrono::microseconds>(pause).count()
              << " us, after loans of up to " << std::chrono::duration_cast<std::chrono::microseconds>(longest).count()
              << " us" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
