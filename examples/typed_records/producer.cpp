// SPDX-License-Identifier: BSL-1.0
// producer.cpp: publishes records of a type, one at a time and many at a time.
#include "quote.hpp"

#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

quote quote_number(std::uint64_t number)
{
    const auto cents = static_cast<std::int64_t>(10'000 + number % 100);
    return {number, {cents}, {cents + 5}, number % 2 == 0 ? side::buy : side::sell};
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "typed-quotes";
    samepage::producer<quote> quotes(name); // creates the channel, or joins it

    // A consumer that comes later joins at the newest record, so wait for it if it is to see the first one.
    while (quotes.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    std::uint64_t number = 0;
    while (number < 1000) {
        auto slot = quotes.loan(); // a slot in the shared pages; waits while the ring is full
        *slot = quote_number(number++);
        slot.publish(); // without this the record is never seen
    }

    while (number < 100'000) {
        auto many = quotes.loan(256); // or 256 of them, an array in the ring
        if (!many) {                  // more than the ring holds, or closed: why() says which
            throw std::runtime_error("no loan of 256 quotes: " + std::string(to_string(many.why())));
        }
        std::size_t filled = 0;
        while (filled < many.size() && number < 100'000) {
            many[filled++] = quote_number(number++);
        }
        many.publish(filled); // trims: the rest goes back
    }

    quotes.close(); // consumers take what is left, then their take() is false
    std::cout << "published " << number << " quotes" << std::endl;

    // A channel outlives its processes; who is joined already keeps reading.
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
