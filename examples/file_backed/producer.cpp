// SPDX-License-Identifier: BSL-1.0
// producer.cpp: appends entries to a channel on a disk, gets them onto it, and ends.
#include "entry.hpp"

#include <samepage/channel/producer.hpp>
#include <samepage/ring/write_back.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

int main(int count, char** arguments)
try {
    if (count < 3) {
        throw std::invalid_argument("usage: producer DIRECTORY ENTRIES");
    }
    const std::string directory = arguments[1];
    const std::uint64_t entries = std::stoull(arguments[2]);
    // The next producer goes on in this one's lane, with the next number: nobody has to say which that is.
    samepage::producer<entry> out("entries", {.max_producers = 1, .directory = directory});
    for (std::uint64_t i = 0; i < entries; ++i) {
        const std::uint64_t number = out.next_number();
        auto slot = out.loan();
        if (!slot) {
            throw std::runtime_error("no room: " + std::string(to_string(slot.why())));
        }
        *slot = {.number = number, .value = 0.5 * static_cast<double>(number)};
        slot.publish();
    }
    out.close();
    samepage::write_back("entries", directory); // from here on a power loss takes none of them
    std::cout << "published " << entries << " entries" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
