// SPDX-License-Identifier: BSL-1.0
// report.cpp: medians, ratios and verdicts, laid out.
#include "report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace bench {

namespace {

const row* find(const std::vector<row>& rows, const std::string& name)
{
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const row& each) { return each.name == name; });
    return found != rows.end() ? &*found : nullptr;
}

std::optional<double> median_ratio(const row& of, const std::vector<double>& ours, const row& limit,
                                   const std::vector<double>& limits)
{
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(ours.size(), limits.size()); ++i) {
        ratios.push_back(ratio(of, ours[i], limit, limits[i]));
    }
    return ratios.empty() ? std::nullopt : std::optional(median(ratios));
}

/// Four digits that count.
std::string number(double value)
{
    const int before_the_point = value >= 1 ? static_cast<int>(std::log10(value)) + 1 : 1;
    return fmt::format("{:.{}f}", value, std::clamp(4 - before_the_point, 0, 3));
}

std::string target(const result& each, const quiet& machine)
{
    const auto verdict = [&](bool met) { return met ? "met" : machine.of(each) ? "MISSED" : "unclear"; };
    if (each.of->bound) {
        return fmt::format("<= {:<4} {}, the longest", *each.of->bound, verdict(each.most <= *each.of->bound));
    }
    if (!each.of->target) {
        return "";
    }
    return fmt::format("{} {:<4} {}", fewer_is_better(each.of->unit) ? "<=" : ">=", *each.of->target,
                       each.ratio ? verdict(meets_target(*each.of, *each.ratio)) : "?");
}

} // namespace

std::vector<result> summarise(const std::vector<row>& rows, const std::vector<std::size_t>& chosen, const session& ran)
{
    std::vector<result> results;
    for (const std::size_t index : chosen) {
        const row& of = rows[index];
        const outcome_of_row& outcome = ran.of(index);
        result& each = results.emplace_back();
        each.of = &of;
        each.limit = find(rows, of.limit);
        each.problem = outcome.problem;
        if (outcome.figures.empty()) {
            continue;
        }
        const auto [least, most] = std::minmax_element(outcome.figures.begin(), outcome.figures.end());
        each.least = *least;
        each.most = *most;
        each.median = median(outcome.figures);
        if (each.limit != nullptr) {
            const auto limit_index = static_cast<std::size_t>(each.limit - rows.data());
            each.ratio = median_ratio(of, outcome.figures, *each.limit, ran.of(limit_index).figures);
        }
    }
    return results;
}

bool quiet::of(const result& each) const
{
    return processors && std::find(restless_limits.begin(), restless_limits.end(), each.limit) == restless_limits.end();
}

quiet judge_machine(const std::vector<result>& results, const discarded_bursts& discarded)
{
    constexpr double most_spread = 3;
    quiet machine;
    machine.processors = discarded.preemptions < static_cast<long>(std::max(discarded.counted, 1U));
    for (const result& each : results) {
        if (is_limit(*each.of) && each.most > most_spread * each.least) {
            machine.restless_limits.push_back(each.of);
        }
    }
    return machine;
}

std::string warning(const quiet& machine, const discarded_bursts& discarded)
{
    if (machine.of_all()) {
        return "";
    }
    std::string text = "THE MACHINE WAS NOT QUIET, and these figures say little:\n";
    auto out = std::back_inserter(text);
    if (!machine.processors) {
        fmt::format_to(out, "  other processes ran on the two processors {} times during {} bursts\n",
                       discarded.preemptions, discarded.counted);
    }
    if (!machine.restless_limits.empty()) {
        std::vector<std::string> names;
        for (const row* const each : machine.restless_limits) {
            names.push_back(each->name);
        }
        fmt::format_to(out, "  bare limits that changed more than threefold meanwhile: {}\n", fmt::join(names, ", "));
    }
    return text + "  End what else runs, or try --realtime; a missed target is \"unclear\" here.\n\n";
}

std::string table(const std::vector<result>& results, const quiet& machine)
{
    std::string text;
    auto out = std::back_inserter(text);
    fmt::format_to(out, "{:<30} {:>8} {:<20} {:<5} {:>6}  {:<21} {}\n", "row", "median", "[min - max]", "unit", "ratio",
                   "to", "target");
    for (const result& each : results) {
        if (each.most == 0) {
            fmt::format_to(out, "{:<30} failed: {}\n", each.of->name,
                           each.of->a == nullptr ? "as the next one" : each.problem);
            continue;
        }
        const std::string range = fmt::format("[{} - {}]", number(each.least), number(each.most));
        const std::string ratio = each.ratio ? fmt::format("{:.2f}", *each.ratio) : "";
        std::string line = fmt::format("{:<30} {:>8} {:<20} {:<5} {:>6}  {:<21} {}", each.of->name, number(each.median),
                                       range, to_string(each.of->unit), ratio, each.of->limit, target(each, machine));
        line.erase(line.find_last_not_of(' ') + 1);
        fmt::format_to(out, "{}\n", line);
        if (!each.problem.empty()) {
            fmt::format_to(out, "{:<30} failed in a later repetition: {}\n", "", each.problem);
        }
    }
    return text;
}

std::string json(const std::vector<result>& results)
{
    std::string text = "[";
    const char* separator = "\n";
    for (const result& each : results) {
        if (each.most == 0) {
            continue;
        }
        // Names and units are ours: nothing in them needs escaping.
        fmt::format_to(std::back_inserter(text),
                       R"({}  {{"name": "{}", "unit": "{}", "median": {:.6g}, "min": {:.6g}, "max": {:.6g}, )"
                       R"("limit": {}, "ratio": {}}})",
                       separator, each.of->name, to_string(each.of->unit), each.median, each.least, each.most,
                       each.of->limit.empty() ? "null" : fmt::format("\"{}\"", each.of->limit),
                       each.ratio ? fmt::format("{:.4g}", *each.ratio) : "null");
        separator = ",\n";
    }
    return text + "\n]\n";
}

} // namespace bench
