// SPDX-License-Identifier: BSL-1.0
// value_text.hpp: formats and values as format_cases.py writes them.
#pragma once

#include <samepage/view/item_format.hpp>
#include <samepage/view/item_value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace differential {

/// From hexadecimal; "-" is nothing.
[[nodiscard]] std::vector<std::byte> bytes_of(std::string_view hexadecimal);
[[nodiscard]] std::string text_of(std::string_view hexadecimal);
[[nodiscard]] std::string hexadecimal(std::string_view bytes);

/// Of NumPy's lines: lists in [ ], records in { }.
[[nodiscard]] std::string nested_text(const samepage::item_value& value);

/// Of struct's lines: all scalars one after another, "-" if there are none.
[[nodiscard]] std::string flat_text(const samepage::item_value& value);

/// Fields without a name are called f0, f1, … as NumPy does.
[[nodiscard]] std::string layout_text(const samepage::item_format& format);

/// One scalar of a pack line.
[[nodiscard]] samepage::item_value value_of(std::string_view text);

} // namespace differential
