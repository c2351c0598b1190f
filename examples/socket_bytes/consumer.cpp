// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: reads the bytes where the socket put them, and checks their checksum.
#include <samepage/channel/bytes_consumer.hpp>

#include <boost/crc.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <iostream>
#include <span>
#include <string>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "packets";
    samepage::bytes_consumer packets(name,
                                     {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});

    boost::crc_32_type crc;
    std::size_t bytes = 0;
    while (auto batch = packets.take()) { // a range of records, of any size each
        for (const std::span<const std::byte> packet : batch) {
            crc.process_bytes(packet.data(), packet.size());
            bytes += packet.size();
        }
    }

    // The last four bytes are the CRC-32 of all before them; then the CRC-32 of everything is this, whatever was sent.
    const bool intact = crc.checksum() == 0x2144'df1c;
    std::cout << "took " << bytes << " bytes, checksum " << (intact ? "right" : "WRONG") << std::endl;
    if (const auto why = packets.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the packets ended early: " << to_string(why) << '\n';
        return 1;
    }
    return intact ? 0 : 1;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
