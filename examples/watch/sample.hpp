// SPDX-License-Identifier: BSL-1.0
// sample.hpp: the record that there is to watch, shared by producer and consumer.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

struct sample {
    std::uint64_t number;
    double value;
};
BOOST_DESCRIBE_STRUCT(sample, (), (number, value))
