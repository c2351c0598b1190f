// SPDX-License-Identifier: BSL-1.0
// buffer_error.hpp: a view that cannot be had as it was asked for, or that is no longer there.
#pragma once

#include <samepage/core/error.hpp>

namespace samepage {

/// Python's BufferError and the errors of memoryview. Its code() is errc::buffer_refused (read-only bytes asked for
/// writing, a layout or a type that they do not have), errc::buffer_released (use after release) or
/// errc::buffer_exported (a release of what others still use). what() says what was expected, what was found, and what
/// would do instead.
class buffer_error : public error {
public:
    using error::error;
};

} // namespace samepage
