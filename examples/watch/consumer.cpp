// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: takes records in batches, and a little time for each: it lags, which can be watched.
#include "sample.hpp"

#include <samepage/channel/consumer.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

int main(int count, char** arguments)
try {
    using namespace std::chrono_literals;
    const std::string name = count > 1 ? arguments[1] : "watched";
    samepage::consumer<sample> in(name, {.from = samepage::start::oldest, .wait_for_channel = 30s});
    std::uint64_t seen = 0;
    while (const auto batch = in.take()) {
        seen += batch.size();
        std::this_thread::sleep_for(20ms); // as if there were work to do; the batch is held meanwhile
    }
    std::cout << "took " << seen << " samples" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
