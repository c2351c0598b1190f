// SPDX-License-Identifier: BSL-1.0
// main.cpp: a user's program: one record of bytes, from a producer to a consumer over a ring.
#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include <unistd.h>

int main()
try {
    constexpr std::string_view text = "twelve bytes";
    const std::string name = "package_bytes_" + std::to_string(::getpid());
    bool same = false;
    {
        samepage::bytes_producer packets{name};
        samepage::bytes_consumer reader{name};
        auto packet = packets.loan(100);
        std::memcpy(packet.data(), text.data(), text.size());
        packet.publish(text.size());
        const auto batch = reader.take();
        const auto bytes = batch.front();
        same = bytes.size() == text.size() && std::memcmp(bytes.data(), text.data(), text.size()) == 0;
    }
    samepage::remove_channel(name);
    std::puts(same ? "pkg-config: one record, taken as it was published" : "pkg-config: another record came");
    return same ? 0 : 1;
} catch (const std::exception& fault) {
    std::fputs(fault.what(), stderr);
    return 1;
}
