// SPDX-License-Identifier: BSL-1.0
// reading.hpp: the record, shared by producer and consumer.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

struct position {
    double x, y, z;
};
BOOST_DESCRIBE_STRUCT(position, (), (x, y, z))

struct reading {
    std::uint64_t time_ns;
    position where;
    float temperature;
};
BOOST_DESCRIBE_STRUCT(reading, (), (time_ns, where, temperature))
