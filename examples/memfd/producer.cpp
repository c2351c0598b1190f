// SPDX-License-Identifier: BSL-1.0
// producer.cpp: a channel without a name, handed to whoever connects.
#include "reading.hpp"

#include <samepage/channel/producer.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <unistd.h>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "readings";
    samepage::producer<reading> out(name, {.memory = {.nameless = true}});

    const meeting place{name};
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener == -1 || ::bind(listener, place.get(), place.bytes) != 0 || ::listen(listener, 1) != 0) {
        throw std::runtime_error("no socket to listen at");
    }
    const int consumer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    samepage::send_channel(consumer, out.descriptors()); // as often as consumers come
    ::close(consumer);
    ::close(listener);

    while (out.consumer_count() == 0) {
        std::this_thread::yield();
    }
    constexpr std::uint64_t readings = 1000;
    for (std::uint64_t number = 0; number < readings; ++number) {
        auto slot = out.loan();
        *slot = {.number = number, .value = 0.5 * static_cast<double>(number)};
        slot.publish();
    }
    out.close();
    std::cout << "published " << readings << " readings as user " << ::getuid() << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
