// SPDX-License-Identifier: BSL-1.0
// format_reader.hpp: reads a format string back, as another language would, knowing nothing of the C++ type.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// A named field, at any depth: "inner.x".
struct read_field {
    std::string path;
    std::size_t offset_bytes; ///< from the start of the record
    std::size_t size_bytes;   ///< with all elements, if it is an array
};

struct read_format {
    std::size_t itemsize_bytes;
    std::vector<read_field> fields; ///< outer before inner; fields inside arrays of structs are not listed
};

/// Reads what format_of() may write: standard sizes after '<' or '>', native ones after '^' or nothing, and nothing
/// aligned. Throws std::invalid_argument at the first character that it does not know.
[[nodiscard]] read_format read(std::string_view format);
