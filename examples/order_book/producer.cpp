// SPDX-License-Identifier: BSL-1.0
// producer.cpp: keeps an order book, and publishes it whole after each few changes, with what they were.
#include <samepage/channel/message_producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include <book.capnp.h>

namespace {

struct level {
    std::uint64_t quantity = 0;
    std::uint32_t orders = 0;
};
using bids = std::map<std::int64_t, level, std::greater<>>; // by price, the best first
using asks = std::map<std::int64_t, level>;

// Changes one level of a side at random, and says how: each member of the union is one kind of change.
template <class Levels>
void change(Levels& side, std::int64_t price, std::uint64_t random, Change::Builder change)
{
    const std::uint64_t quantity = 10 + random % 90;
    change.setPrice(price);
    const auto found = side.find(price);
    if (found == side.end() || random % 4 == 0) {
        side[price].quantity += quantity;
        side[price].orders += 1;
        change.initAdd().setQuantity(quantity); // init sets which member it is, and the others are gone
        return;
    }
    level& here = found->second;
    if (random % 4 == 1) {
        here.quantity += 5;
        auto modify = change.initModify();
        modify.setFrom(quantity);
        modify.setTo(quantity + 5);
        return;
    }
    const std::uint64_t gone = here.orders == 1 ? here.quantity : std::min(quantity, here.quantity - 1);
    if (random % 4 == 2) {
        change.initCancel().setQuantity(gone);
    } else {
        auto trade = change.initTrade();
        trade.setQuantity(gone);
        trade.setBuyer("alpha");
        trade.setSeller("omega");
    }
    here.quantity -= gone;
    here.orders -= 1;
    if (here.orders == 0) {
        side.erase(found);
    }
}

template <class Levels>
void set(capnp::List<Level>::Builder list, const Levels& side)
{
    auto to = list.begin();
    for (const auto& [price, level] : side) {
        to->setPrice(price);
        to->setQuantity(level.quantity);
        to->setOrders(level.orders);
        ++to;
    }
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "book";
    samepage::message_producer<Book> books(name);
    while (books.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    bids to_buy;
    asks to_sell;
    std::mt19937 random{7}; // the same numbers everywhere
    std::uint64_t number = 0;
    while (number < 10'000) {
        auto draft = books.loan(); // no size: the message may grow, and next time finds what such messages took
        if (!draft) {
            throw std::runtime_error("no draft of a book: " + std::string(to_string(draft.why())));
        }
        auto book = draft.root();
        book.getInstrument().setSymbol("SAME");
        book.setSequence(number);
        for (auto one : book.initChanges(1 + random() % 4)) {
            const auto depth = static_cast<std::int64_t>(random() % 20);
            if (random() % 2 == 0) {
                change(to_buy, 9999 - depth, random(), one);
            } else {
                one.setSide(Side::ASK);
                change(to_sell, 10001 + depth, random(), one);
            }
        }
        // A list's size is said before its elements are set; nested ones lie behind each other in the record.
        set(book.initBids(static_cast<unsigned>(to_buy.size())), to_buy);
        set(book.initAsks(static_cast<unsigned>(to_sell.size())), to_sell);
        if (const auto why = draft.publish(); why != samepage::outcome::ok) {
            throw std::runtime_error("book not published: " + std::string(to_string(why)));
        }
        ++number;
    }

    books.close();
    std::cout << "published " << number << " books" << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
