// SPDX-License-Identifier: BSL-1.0
// proc_text.cpp: reading the text files of /proc, again and again.
#include "proc_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include <fcntl.h>

namespace demo {

proc_file::proc_file(std::string path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)), text_(4096, '\0')
{
    if (file_.get() < 0) {
        throw std::system_error(errno, std::generic_category(), "open " + path_);
    }
}

std::string_view proc_file::read()
{
    std::size_t used = 0;
    for (;;) {
        if (used == text_.size()) {
            text_.resize(2 * text_.size());
        }
        const ssize_t got = ::pread(file_.get(), text_.data() + used, text_.size() - used, static_cast<off_t>(used));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            throw std::system_error(errno, std::generic_category(), "read " + path_);
        }
        if (got == 0) {
            return std::string_view(text_).substr(0, used);
        }
        used += static_cast<std::size_t>(got);
    }
}

std::string_view next_line(std::string_view& text)
{
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

std::string_view next_word(std::string_view& text)
{
    constexpr std::string_view blanks = " \t\n";
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    const std::size_t end = std::min(text.find_first_of(blanks), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(end);
    return word;
}

void skip_words(std::string_view& text, int count)
{
    for (; count > 0; --count) {
        static_cast<void>(next_word(text));
    }
}

} // namespace demo
