// SPDX-License-Identifier: BSL-1.0
// entry.hpp: what the channel carries.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

struct entry {
    std::uint64_t number;
    double value;
};
BOOST_DESCRIBE_STRUCT(entry, (), (number, value))
