// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: reads what came since the last of its name ended, and ends.
#include "entry.hpp"

#include <samepage/channel/consumer.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

int main(int count, char** arguments)
try {
    if (count < 2) {
        throw std::invalid_argument("usage: consumer DIRECTORY");
    }
    samepage::consumer<entry> in("entries",
                                 {.name = "reader", .from = samepage::start::oldest, .directory = arguments[1]});
    const std::uint64_t first = in.next().front().number;
    std::uint64_t next = first;
    std::uint64_t missed = 0;
    while (const auto batch = in.take()) { // until there is no more: no producer is there
        missed += batch.lost();
        for (const entry& one : batch) {
            missed += one.number != next || one.value != 0.5 * static_cast<double>(next) ? 1U : 0U;
            ++next;
        }
    } // released: the next reader begins behind it
    if (next == first) {
        std::cout << "read nothing new" << std::endl;
    } else {
        std::cout << "read " << first << " to " << next - 1 << ", missed " << missed << std::endl;
    }
    return missed == 0 ? 0 : 1;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
