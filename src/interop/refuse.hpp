// SPDX-License-Identifier: BSL-1.0
// refuse.hpp: why another library cannot have a view, or a view what another library gave.
#pragma once

#include <samepage/view/buffer_error.hpp>
#include <samepage/view/item_format.hpp>

#include <string>
#include <utility>

namespace samepage::interop {

[[noreturn]] inline void refuse(std::string operation, std::string expected, std::string found, std::string remedy)
{
    throw buffer_error{errc::buffer_refused,
                       {.operation = std::move(operation),
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = std::move(remedy)}};
}

[[nodiscard]] inline std::string quoted(const item_format& format)
{
    return '\'' + format.text() + '\'';
}

/// "what 7 more", without the temporaries that g++ 12 warns of.
[[nodiscard]] inline std::string with_number(std::string what, long long number, const char* more = "")
{
    what += std::to_string(number);
    what += more;
    return what;
}

} // namespace samepage::interop
