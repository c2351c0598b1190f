// SPDX-License-Identifier: BSL-1.0
// report.cpp: what a child tells its parent, line by line.
#include "report.hpp"

#include "proc_text.hpp"

#include <charconv>
#include <stdexcept>

namespace demo {
namespace {

/// Reads all of `text`, as std::from_chars(…, value, how) does.
template <class Number, class... How>
Number all_of(std::string_view text, How... how)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, how...);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw std::runtime_error(fmt::format("not a number: '{}'", text));
    }
    return value;
}

} // namespace

void report::add_line(std::string_view line)
{
    const auto blank = line.find(' ');
    const auto value = blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1);
    values_.insert_or_assign(std::string(line.substr(0, blank)), std::string(value));
}

const std::string& report::text(std::string_view key) const
{
    const auto found = values_.find(key);
    if (found == values_.end()) {
        throw std::runtime_error(fmt::format("{} did not report {}", process_, key));
    }
    return found->second;
}

std::uint64_t report::number(std::string_view key) const
{
    return all_of<std::uint64_t>(text(key));
}

double report::real(std::string_view key) const
{
    return all_of<double>(text(key));
}

std::vector<std::uint64_t> report::hex_numbers(std::string_view key) const
{
    std::vector<std::uint64_t> numbers;
    std::string_view rest = text(key);
    for (auto word = next_word(rest); !word.empty(); word = next_word(rest)) {
        numbers.push_back(all_of<std::uint64_t>(word, 16));
    }
    return numbers;
}

void tell_traffic(const traffic& of)
{
    tell(fmt::format("{}.records", of.channel), of.records);
    tell(fmt::format("{}.bytes", of.channel), of.bytes);
    tell(fmt::format("{}.seconds", of.channel), of.seconds);
    tell(fmt::format("{}.checksum", of.channel), of.checksum);
}

} // namespace demo
