// SPDX-License-Identifier: BSL-1.0
// format_error.cpp: the line that tells a format's fault.
#include <samepage/view/format_error.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace samepage {
namespace {

constexpr std::size_t shown_before = 60;
constexpr std::size_t shown_behind = 20;

void append_printable(std::string& line, std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (byte >= 0x20 && byte < 0x7f) {
            line += character;
        } else {
            line += {'\\', 'x', digits[byte / 16U], digits[byte % 16U]};
        }
    }
}

/// The part of a text around a column.
std::string excerpt(std::string_view text, std::size_t column)
{
    const std::size_t from = column > shown_before ? column - shown_before : 0;
    const std::size_t to = std::min(text.size(), column + shown_behind);
    std::string line = from > 0 ? "…" : "";
    append_printable(line, text.substr(from, to - from));
    return to < text.size() ? line + "…" : line;
}

error::report report_of(std::string_view text, std::size_t column, std::string&& expected, std::string_view found,
                        std::string&& remedy)
{
    std::string what;
    append_printable(what, found);
    return {.operation = "format",
            .channel = excerpt(text, column),
            .expected = std::move(expected),
            .found = what + " in column " + std::to_string(column),
            .remedy = std::move(remedy)};
}

} // namespace

format_error::format_error(std::string_view text, std::size_t column, std::string expected, std::string_view found,
                           std::string remedy)
    : error{errc::invalid_format, report_of(text, column, std::move(expected), found, std::move(remedy))},
      text_{text},
      column_{column}
{
}

} // namespace samepage
