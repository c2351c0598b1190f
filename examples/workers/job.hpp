// SPDX-License-Identifier: BSL-1.0
// job.hpp: what the channel carries.
#pragma once

#include <boost/describe.hpp>

#include <cstdint>

struct job {
    std::uint64_t number;
    std::uint64_t square_of;
};
BOOST_DESCRIBE_STRUCT(job, (), (number, square_of))
