// SPDX-License-Identifier: BSL-1.0
// frame.hpp: the record, shared by producer and consumer: two matrices.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

struct frame {
    std::uint64_t number;
    double rotation[3][3]; // since the frame before
    float image[4][6];     // brightness, row by row
};
BOOST_DESCRIBE_STRUCT(frame, (), (number, rotation, image))
