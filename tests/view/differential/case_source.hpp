// SPDX-License-Identifier: BSL-1.0
// case_source.hpp: cases, a line each, from a program that writes them.
#pragma once

#include <cstdio>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

#include <sys/wait.h>

namespace differential {

using fields = std::vector<std::string>;

[[nodiscard]] inline fields split(const std::string& line, char between)
{
    fields parts;
    std::istringstream from{line};
    for (std::string part; std::getline(from, part, between);) {
        parts.push_back(part);
    }
    return parts;
}

/// Python's output, read as it is written.
class piped_text : public std::streambuf {
public:
    explicit piped_text(const std::string& command) : pipe_{::popen(command.c_str(), "r")} {}
    piped_text(const piped_text&) = delete;
    piped_text& operator=(const piped_text&) = delete;
    ~piped_text() override { static_cast<void>(close()); }

    /// The exit status of the command.
    [[nodiscard]] int close()
    {
        const int status = pipe_ == nullptr ? -1 : ::pclose(pipe_);
        pipe_ = nullptr;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

protected:
    int_type underflow() override
    {
        const std::size_t count = pipe_ == nullptr ? 0 : std::fread(room_, 1, sizeof room_, pipe_);
        setg(room_, room_, room_ + count);
        return count == 0 ? traits_type::eof() : traits_type::to_int_type(room_[0]);
    }

private:
    std::FILE* pipe_;
    char room_[1 << 16];
};

} // namespace differential
