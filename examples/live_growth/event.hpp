// SPDX-License-Identifier: BSL-1.0
// event.hpp: what the channel carries.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

inline constexpr std::uint64_t events = 3'000'000;

struct event {
    std::uint64_t number;
    std::uint64_t value;
};
BOOST_DESCRIBE_STRUCT(event, (), (number, value))
