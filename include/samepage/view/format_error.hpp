// SPDX-License-Identifier: BSL-1.0
// format_error.hpp: a format string that cannot be read: which character, and what was expected there.
#pragma once

#include <samepage/core/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace samepage {

/// A bad format. what() is one line: "format 'T{d:bid:O:note:}': invalid format: expected …, found 'O' in column 8; …";
/// of a long text, the part around the fault. Characters that cannot be printed are spelled \x00.
class format_error : public error {
public:
    /// @param column  counts from 0; text.size() if the fault is that the text ends.
    format_error(std::string_view text, std::size_t column, std::string expected, std::string_view found,
                 std::string remedy);

    /// The whole text, as it came.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] std::size_t column() const noexcept { return column_; }

    /// What was expected at column().
    [[nodiscard]] const std::string& expected() const noexcept { return parts().expected; }

private:
    std::string text_;
    std::size_t column_;
};

} // namespace samepage
