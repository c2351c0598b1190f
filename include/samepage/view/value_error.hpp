// SPDX-License-Identifier: BSL-1.0
// value_error.hpp: a value that an item cannot hold.
#pragma once

#include <samepage/core/error.hpp>

namespace samepage {

/// What write_value() throws. what() names the field, what it can hold and what it was given:
/// "write 'inner.lots': invalid argument: expected an integer from -128 to 127, found 300".
class value_error : public error {
public:
    using error::error;
};

} // namespace samepage
