// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: reads Cap'n Proto messages where the producer built them.
#include <samepage/channel/message_consumer.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

#include <trade.capnp.h>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "trades";
    samepage::message_consumer<Trade> trades(
        name, {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});

    std::uint64_t seen = 0;
    std::uint64_t of_abc = 0;
    std::uint64_t fills = 0;
    double turnover = 0;
    while (auto message = trades.take()) { // one message a take; waits for it
        const auto trade = message.root(); // a Trade::Reader onto the producer's page, until the message is released
        for (auto fill : trade.getFills()) {
            turnover += trade.getPrice() * fill.getQuantity();
            ++fills;
        }
        of_abc += trade.getSymbol() == "ABC" ? 1U : 0U;
        ++seen;
    } // the page goes back to the ring

    std::cout << "took " << seen << " trades, " << of_abc << " of ABC, " << fills << " fills, turnover "
              << static_cast<std::int64_t>(turnover) << std::endl;
    if (const auto why = trades.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the trades ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
