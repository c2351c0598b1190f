// SPDX-License-Identifier: BSL-1.0
// format_parser.hpp: from a PEP 3118 string to its tree, and back.
#pragma once

#include "view/format_node.hpp"

#include <string>
#include <string_view>

namespace samepage::view {

/// Throws format_error.
[[nodiscard]] format_node parse_format(std::string_view text);

/// The canonical spelling.
[[nodiscard]] std::string spell_format(const format_node& format);

} // namespace samepage::view
