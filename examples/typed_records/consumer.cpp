// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: takes the records in batches, read in the producer's pages.
#include "quote.hpp"

#include <samepage/channel/consumer.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "typed-quotes";
    samepage::consumer<quote> quotes(name, {.from = samepage::start::oldest, // the first record still there
                                            .wait_for_channel = std::chrono::seconds(30)});

    std::uint64_t seen = 0;
    std::uint64_t buys = 0;
    std::int64_t best_ask = INT64_MAX;
    while (auto batch = quotes.take()) { // all that is there; waits for at least one record
        for (const quote& one : batch) { // each lies where the producer wrote it
            if (one.number != seen++) {
                std::cerr << "consumer: expected quote " << seen - 1 << ", found " << one.number << '\n';
                return 1;
            }
            buys += one.last_trade == side::buy ? 1 : 0;
            best_ask = std::min(best_ask, one.ask.cents);
        }
    } // the pages go back to the ring, and the producer may write there again

    std::cout << "took " << seen << " quotes, " << buys << " after a buy, best ask " << best_ask << std::endl;
    // Closed, or did the producer die? try_take() never waits, and says why there is nothing.
    if (const auto why = quotes.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the quotes ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
