// SPDX-License-Identifier: BSL-1.0
// producer.cpp: builds Cap'n Proto messages in the shared pages, each in the record where it will be read.
#include <samepage/channel/message_producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <trade.capnp.h>

namespace {

// Nothing here knows that it writes into a ring: a Trade::Builder is a Trade::Builder.
void set(Trade::Builder trade, std::uint32_t number)
{
    trade.setSymbol(number % 2 == 0 ? "ABC" : "XYZ");
    trade.setPrice(100 + number % 10);
    for (auto fill : trade.initFills(1 + number % 3)) {
        fill.setVenue("XETR");
        fill.setQuantity(10);
    }
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "trades";
    samepage::message_producer<Trade> trades(name);
    while (trades.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    std::uint32_t number = 0;
    while (number < 20'000) {
        auto draft = trades.loan(512); // a message builder on the ring's page, with room for 512 bytes
        if (!draft) {                  // more than the ring holds, or closed: why() says which
            throw std::runtime_error("no draft of 512 bytes: " + std::string(to_string(draft.why())));
        }
        set(draft.root(), number);
        if (draft.publish() != samepage::outcome::ok) { // trims to what was used; a message that outgrew its loan stays
            throw std::runtime_error("a trade needs " + std::to_string(draft.message_bytes()) + " bytes");
        }
        ++number;
    }

    trades.close();
    std::cout << "published " << number << " trades" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
