// SPDX-License-Identifier: BSL-1.0
// quote.hpp: the record, shared by producer and consumer.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

enum class side : std::uint8_t { buy, sell };
BOOST_DESCRIBE_ENUM(side, buy, sell)

struct price {
    std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(price, (), (cents))

// Any trivially copyable struct will do; the description tells the library its members. Both sides' descriptions must
// agree: a consumer of another type is refused.
struct quote {
    std::uint64_t number;
    price bid;
    price ask;
    side last_trade;
};
BOOST_DESCRIBE_STRUCT(quote, (), (number, bid, ask, last_trade))
