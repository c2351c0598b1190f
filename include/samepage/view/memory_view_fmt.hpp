// SPDX-License-Identifier: BSL-1.0
// memory_view_fmt.hpp: fmt::print("{}", view), as operator<< prints it; needs libfmt, which nothing else here does.
#pragma once

#include <samepage/view/memory_view.hpp>

#if __has_include(<fmt/ostream.h>)
#include <fmt/ostream.h>

template <>
struct fmt::formatter<samepage::memory_view> : fmt::ostream_formatter {
};
#endif
