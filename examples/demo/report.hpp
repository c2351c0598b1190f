// SPDX-License-Identifier: BSL-1.0
// report.hpp: what a child tells its parent, line by line: "samples.records 41233".
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// The parent's side: the latest value of each key.
class report {
public:
    explicit report(std::string process) : process_(std::move(process)) {}

    /// "key value"; the value may hold blanks.
    void add_line(std::string_view line);

    [[nodiscard]] const std::string& process() const { return process_; }
    [[nodiscard]] bool has(std::string_view key) const { return values_.contains(key); }

    /// @throws std::runtime_error if the process never told it, or no number; so do the next three.
    [[nodiscard]] const std::string& text(std::string_view key) const;
    [[nodiscard]] std::uint64_t number(std::string_view key) const;
    [[nodiscard]] double real(std::string_view key) const;
    /// Hexadecimal numbers, apart by blanks.
    [[nodiscard]] std::vector<std::uint64_t> hex_numbers(std::string_view key) const;

private:
    std::string process_;
    std::map<std::string, std::string, std::less<>> values_;
};

/// The child's side.
template <class Value>
void tell(std::string_view key, const Value& value)
{
    fmt::print("{} {}\n", key, value);
    std::fflush(stdout);
}

/// What each process tells of each channel.
struct traffic {
    std::string_view channel; ///< "samples", "processes", "bytes"
    std::uint64_t records = 0;
    std::uint64_t bytes = 0; ///< payload
    double seconds = 0;
    std::string checksum{};
};
void tell_traffic(const traffic& of);

class stopwatch {
public:
    [[nodiscard]] double seconds() const
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace demo
