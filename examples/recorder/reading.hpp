// SPDX-License-Identifier: BSL-1.0
// reading.hpp: what the channel carries.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

struct reading {
    std::uint64_t number;
    double value;
};
BOOST_DESCRIBE_STRUCT(reading, (), (number, value))
