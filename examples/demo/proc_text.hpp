// SPDX-License-Identifier: BSL-1.0
// proc_text.hpp: reading the text files of /proc, again and again.
#pragma once

#include "descriptor.hpp"

#include <charconv>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace demo {

/// A file of /proc kept open: each read() makes the kernel write it anew.
class proc_file {
public:
    /// @throws std::system_error, naming the file.
    explicit proc_file(std::string path);

    /// The whole text as it is now. Lifetime: until the next read().
    /// @throws std::system_error, naming the file.
    [[nodiscard]] std::string_view read();

private:
    std::string path_;
    descriptor file_;
    std::string text_;
};

/// Cuts the first line off `text`, without its line feed.
[[nodiscard]] std::string_view next_line(std::string_view& text);

/// Cuts the first word off `text`; words are apart by blanks. Empty at the end.
[[nodiscard]] std::string_view next_word(std::string_view& text);

/// Cuts the first word off `text` and reads it as a decimal number.
/// @throws std::runtime_error if it is none: the kernel does not write what we believe it writes.
template <std::integral Number>
[[nodiscard]] Number next_number(std::string_view& text)
{
    const std::string_view word = next_word(text);
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size()) {
        throw std::runtime_error("not a number in /proc: '" + std::string(word) + "'");
    }
    return value;
}

/// Skips `count` words.
void skip_words(std::string_view& text, int count);

} // namespace demo
