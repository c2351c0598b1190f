// SPDX-License-Identifier: BSL-1.0
// report.cpp: figures as they come, as a table and as JSON.
#include "torture/part.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace torture {
namespace {

constexpr std::uint64_t violations_printed = 40;

const char* sign(relation of) noexcept
{
    switch (of) {
    case relation::at_most: return "<=";
    case relation::at_least: return ">=";
    case relation::equal: return "==";
    case relation::none: break;
    }
    return "";
}

const char* word(relation of) noexcept
{
    switch (of) {
    case relation::at_most: return "at_most";
    case relation::at_least: return "at_least";
    case relation::equal: return "equal";
    case relation::none: break;
    }
    return "none";
}

std::string number(double value)
{
    return value == static_cast<double>(static_cast<std::int64_t>(value)) ? fmt::format("{:.0f}", value)
                                                                          : fmt::format("{:.3f}", value);
}

std::string bound(const figure& of)
{
    return of.held_to == relation::none ? "" : fmt::format("{} {}", sign(of.held_to), number(of.bound));
}

std::string quoted(const std::string& text)
{
    std::string all = "\"";
    for (const char each : text) {
        if (each == '"' || each == '\\') {
            all += '\\';
        }
        all += each;
    }
    return all + '"';
}

} // namespace

bool holds(const figure& of) noexcept
{
    switch (of.held_to) {
    case relation::at_most: return of.value <= of.bound;
    case relation::at_least: return of.value >= of.bound;
    case relation::equal: return of.value == of.bound;
    case relation::none: break;
    }
    return true;
}

void report::add(figure what)
{
    fmt::print("  {:<52} {:>14} {}\n", what.name, number(what.value), what.unit);
    std::fflush(stdout);
    figures_.push_back(std::move(what));
}

void report::fail(const std::string& what)
{
    ++violations_;
    if (violations_ <= violations_printed) {
        fmt::print("  VIOLATION {}\n{}", what, violations_ == violations_printed ? "  (no more are printed)\n" : "");
        std::fflush(stdout);
    }
}

bool report::good() const noexcept
{
    return violations_ == 0 && std::all_of(figures_.begin(), figures_.end(), [](auto& each) { return holds(each); });
}

std::string summary(const std::vector<outcome_of_part>& all)
{
    std::string text = fmt::format("\n{:<52} {:>14} {:<8} {:<12}\n", "figure", "value", "unit", "bound");
    for (const auto& [of, said] : all) {
        for (const figure& each : said.figures()) {
            text +=
                fmt::format("{:<52} {:>14} {:<8} {:<12} {}\n", each.name, number(each.value), each.unit, bound(each),
                            each.held_to == relation::none ? ""
                            : holds(each)                  ? "PASS"
                                                           : "FAIL");
        }
        text += fmt::format("{:<52} {:>14} {:<8} {:<12} {}\n", std::string{of->name} + ": violations",
                            said.violations(), "", "== 0", said.violations() == 0 ? "PASS" : "FAIL");
    }
    return text;
}

std::string json(const std::vector<outcome_of_part>& all)
{
    std::string text;
    const auto add = [&](const figure& each) {
        text +=
            fmt::format("{}  {{\"name\": {}, \"unit\": {}, \"value\": {}, \"bound\": {}, \"relation\": \"{}\"}}",
                        text.empty() ? "" : ",\n", quoted(each.name), quoted(each.unit), each.value,
                        each.held_to == relation::none ? "null" : fmt::format("{}", each.bound), word(each.held_to));
    };
    for (const auto& [of, said] : all) {
        std::for_each(said.figures().begin(), said.figures().end(), add);
        add({.name = std::string{of->name} + ": violations",
             .unit = "",
             .value = static_cast<double>(said.violations()),
             .held_to = relation::equal});
    }
    return "[\n" + text + "\n]\n";
}

} // namespace torture
