// SPDX-License-Identifier: BSL-1.0
// geometry_error.hpp: a shape, strides or a change of them that cannot be.
#pragma once

#include <samepage/core/language.hpp>

#include <stdexcept>

namespace samepage {

/// A shape and strides that do not fit the memory or each other, or that cannot be changed as was asked. what() says
/// what was expected, what was found, and in which dimension. An index outside its dimension is std::out_of_range.
class geometry_error : public std::invalid_argument {
public:
    using std::invalid_argument::invalid_argument;
};

} // namespace samepage
