// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: computes with the columns of an order book's levels, where the producer built them.
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_copy.hpp>
#include <samepage/channel/message_views.hpp>
#include <samepage/view/buffer_error.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>

#include <book.capnp.h>

namespace {

// What every struct of a list has in the same place is a column: a strided view of the page.
std::uint64_t quantity_of(capnp::List<Level>::Reader levels)
{
    const auto column = samepage::column_view(levels, "quantity");
    const auto quantities = column.view<const std::uint64_t>();
    return std::accumulate(quantities.begin(), quantities.end(), std::uint64_t{0});
}

// Of one level at least.
std::int64_t highest(capnp::List<Level>::Reader levels)
{
    return std::ranges::max(samepage::column_view(levels, "price").view<const std::int64_t>());
}

std::int64_t lowest(capnp::List<Level>::Reader levels)
{
    return std::ranges::min(samepage::column_view(levels, "price").view<const std::int64_t>());
}

std::ptrdiff_t count_of(Side side, capnp::List<Change>::Reader changes)
{
    const auto column = samepage::column_view(changes, "side"); // enumerants are numbers of 16 bits
    return std::ranges::count(column.view<const std::uint16_t>(), static_cast<std::uint16_t>(side));
}

struct totals {
    std::uint64_t added = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t traded = 0;

    void add(Change::Reader change)
    {
        switch (change.which()) { // the compiler says if a member is forgotten
        case Change::ADD: added += change.getAdd().getQuantity(); break;
        case Change::MODIFY: added += change.getModify().getTo() - change.getModify().getFrom(); break;
        case Change::CANCEL: cancelled += change.getCancel().getQuantity(); break;
        case Change::TRADE: traded += change.getTrade().getQuantity(); break;
        }
    }
};

// Not every field has a column; the refusal says why.
template <class List>
void print_refusal(const List& list, const char* field)
{
    try {
        static_cast<void>(samepage::column_view(list, field));
    } catch (const samepage::buffer_error& refused) {
        std::cout << "note: " << refused.what() << '\n';
    }
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "book";
    samepage::message_consumer<Book> books(
        name, {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});

    totals seen;
    std::ptrdiff_t of_bids = 0;
    std::uint64_t left = 0;
    std::uint64_t most = 0;
    samepage::message_copy<Book> deepest; // private memory, which outlives message and channel
    while (auto message = books.take()) {
        const auto book = message.root();
        if (book.getSequence() == 0) {
            print_refusal(book.getBids(), "orders");
            print_refusal(book.getChanges(), "trade.quantity");
        }
        for (const auto change : book.getChanges()) {
            seen.add(change);
        }
        of_bids += count_of(Side::BID, book.getChanges());
        left = quantity_of(book.getBids()) + quantity_of(book.getAsks());
        if (left > most) {
            most = left;
            message.copy_into(deepest); // the one copy here, and of few books
        }
    }

    if (!deepest) {
        throw std::runtime_error("no book with anything in it");
    }
    const auto book = deepest.root();
    const auto instrument = book.getInstrument();
    const double unit = instrument.getTicksPerUnit();
    std::cout << "deepest book of " << instrument.getSymbol().cStr() << ": number " << book.getSequence() << ", bid "
              << static_cast<double>(highest(book.getBids())) / unit << ", ask "
              << static_cast<double>(lowest(book.getAsks())) / unit << ", " << most << " in " << book.getBids().size()
              << " and " << book.getAsks().size() << " levels\n"
              << "added " << seen.added << ", cancelled " << seen.cancelled << ", traded " << seen.traded << ": leaves "
              << seen.added - seen.cancelled - seen.traded << ", the last book has " << left << "; " << of_bids
              << " changes were of bids" << std::endl;
    if (const auto why = books.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the books ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
