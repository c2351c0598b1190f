// SPDX-License-Identifier: BSL-1.0
// main.cpp: samepage_model: runs the scenarios, and the mutants against them.
#include "model/mutants.hpp"
#include "model/scenarios.hpp"
#include "model/search.hpp"
#include "model/sources.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

using namespace model;

namespace {

struct settings {
    std::vector<std::string> patterns;
    bool list = false;
    bool full = false;
    bool mutants = false;
    std::vector<std::string> mutant_patterns;
    double seconds = 0;
    std::uint64_t whole = 0; ///< executions: tries to explore each scenario so
    std::uint64_t seed = 1;
    std::string json;
    std::string replay;
};

/// Budgets of one scenario, in executions.
constexpr std::uint64_t quick_executions = 4'000;
constexpr std::uint64_t full_in_order = 100'000;
constexpr std::uint64_t full_at_random = 200'000;
constexpr std::uint64_t most_of_a_whole = 2'000'000;

struct totals {
    std::uint64_t executions = 0;
    std::uint64_t steps = 0;
    unsigned violations = 0;
    unsigned exhausted = 0;
    unsigned ran = 0;
    unsigned mutants = 0;
    unsigned caught = 0;
    unsigned harmless = 0;
    unsigned noticed = 0;    ///< of the harmless
    unsigned unfinished = 0; ///< scenarios that were to be explored whole
};

bool wanted(const std::string& name, const std::vector<std::string>& patterns)
{
    return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                           [&](auto& one) { return name.find(one) != std::string::npos; });
}

void show(const scenario& which, const report& found)
{
    std::printf("\n%s: %s\n", which.name.c_str(), found.violation.c_str());
    const auto program = which.make();
    std::string trace;
    the_engine().replay(*program, found.choices, trace);
    std::printf("%s\nagain with: samepage_model --replay \"%s: %s\"\n\n", trace.c_str(), which.name.c_str(),
                found.choices.c_str());
}

exploration explore(const scenario& which, const settings& how)
{
    const auto program = which.make();
    exploration all;
    if (how.whole != 0 || is_explored_whole(which)) {
        const std::uint64_t most = how.whole != 0 ? how.whole : how.full ? most_of_a_whole : quick_executions;
        if (!explore_in_order(*program, most, all) || all.sum.exhausted || how.whole != 0) {
            return all;
        }
    } else if (!explore_deviations(*program, how.full ? full_in_order : quick_executions, all) || all.sum.exhausted) {
        return all;
    }
    limits bounds{.executions = how.full ? full_at_random : quick_executions, .random = true, .seed = how.seed};
    if (how.seconds > 0) {
        bounds.executions = ~std::uint64_t{0};
        bounds.seconds = how.seconds;
    }
    explore_at_random(*program, bounds, all);
    return all;
}

void run_scenario(const scenario& which, const settings& how, totals& sum)
{
    const exploration all = explore(which, how);
    const report& found = all.sum;
    const std::string explored = found.exhausted       ? "all"
                                 : all.deviations >= 0 ? "to " + std::to_string(all.deviations)
                                                       : "bound";
    std::printf("%-30s %10llu %10llu  %-9s %5u %9llu %8.0f  %s\n", which.name.c_str(),
                static_cast<unsigned long long>(all.in_order), static_cast<unsigned long long>(all.at_random),
                explored.c_str(), found.longest, static_cast<unsigned long long>(found.deaths),
                static_cast<double>(found.executions + found.redundant) / (found.seconds + 1e-9) / 1000,
                found.violation.empty() ? "-" : found.violation.c_str());
    std::fflush(stdout);
    sum.executions += found.executions;
    sum.steps += found.steps;
    ++sum.ran;
    sum.exhausted += found.exhausted ? 1U : 0U;
    sum.unfinished += how.full && is_explored_whole(which) && !found.exhausted ? 1U : 0U;
    if (!found.violation.empty()) {
        ++sum.violations;
        show(which, found);
    }
}

void run_scenarios(const settings& how, totals& sum)
{
    std::printf("%-30s %10s %10s  %-9s %5s %9s %8s  %s\n", "scenario", "in order", "at random", "explored", "steps",
                "deaths", "k exec/s", "violation");
    for (const scenario& one : scenarios()) {
        if (wanted(one.name, how.patterns)) {
            run_scenario(one, how, sum);
        }
    }
    std::printf("\n%u scenarios, %u of them in full; %llu executions of %llu steps; %u violations; seed %llu\n",
                sum.ran, sum.exhausted, static_cast<unsigned long long>(sum.executions),
                static_cast<unsigned long long>(sum.steps), sum.violations, static_cast<unsigned long long>(how.seed));
}

/// The first violation in a scenario, within a modest budget.
report try_on(const scenario& which, std::uint64_t seed, std::uint64_t executions)
{
    const auto program = which.make();
    exploration all;
    if (explore_deviations(*program, executions / 4, all) && !all.sum.exhausted) {
        explore_at_random(*program, {.executions = executions, .random = true, .seed = seed}, all);
    }
    return all.sum;
}

struct catcher {
    const scenario* by = nullptr;
    std::string violation;
    std::uint64_t executions = 0;
    bool met = false;
};

/// @param likely, others  executions of the scenario that the mutant names, and of each other one.
catcher look_for_catcher(const mutant& one, const settings& how, std::uint64_t likely, std::uint64_t others)
{
    activate(one);
    std::vector<const scenario*> order;
    for (const scenario& which : scenarios()) {
        if (which.name == one.caught_by) {
            order.insert(order.begin(), &which);
        } else if (others != 0) {
            order.push_back(&which);
        }
    }
    catcher result;
    for (const scenario* const which : order) {
        const report found = try_on(*which, how.seed, which->name == one.caught_by ? likely : others);
        result.executions += found.executions;
        if (!found.violation.empty()) {
            result.by = which;
            result.violation = found.violation;
            break;
        }
    }
    result.met = the_mutant.was_met();
    deactivate();
    return result;
}

void run_mutants(const settings& how, totals& sum)
{
    std::printf("\n| mutant | caught by | as | after executions |\n|---|---|---|---:|\n");
    for (const mutant& one : mutants()) {
        if (!wanted(one.name, how.mutant_patterns)) {
            continue;
        }
        const catcher found = look_for_catcher(one, how, 100'000, 1'500);
        std::printf("| %s | %s | %s | %llu |\n", one.name.c_str(),
                    found.by != nullptr ? ("`" + found.by->name + "`").c_str() : "-",
                    found.by != nullptr ? found.violation.c_str()
                    : found.met         ? "SURVIVES"
                                        : "NEVER REACHED",
                    static_cast<unsigned long long>(found.executions));
        std::fflush(stdout);
        ++sum.mutants;
        sum.caught += found.by != nullptr ? 1U : 0U;
    }
    std::printf("\n%u mutants, %u caught\n", sum.mutants, sum.caught);
}

void run_harmless(const settings& how, totals& sum)
{
    std::printf("\n| harmless change | why | executions without a violation |\n|---|---|---:|\n");
    for (const auto& [one, why] : harmless_changes()) {
        if (!wanted(one.name, how.mutant_patterns)) {
            continue;
        }
        const catcher found =
            how.full ? look_for_catcher(one, how, 100'000, 2'000) : look_for_catcher(one, how, 8'000, 0);
        std::printf("| %s | %s | %s%llu |\n", one.name.c_str(), why.c_str(),
                    found.by != nullptr
                        ? ("NOTICED by `" + found.by->name + "`: " + found.violation + ", after ").c_str()
                    : found.met ? ""
                                : "NEVER REACHED, ",
                    static_cast<unsigned long long>(found.executions));
        std::fflush(stdout);
        ++sum.harmless;
        sum.noticed += found.by != nullptr || !found.met ? 1U : 0U;
    }
    std::printf("\n%u harmless changes, %u noticed or never reached\n", sum.harmless, sum.noticed);
}

int replay(const std::string& text)
{
    const auto colon = text.find(':');
    for (const scenario& one : scenarios()) {
        if (one.name == text.substr(0, colon)) {
            const auto program = one.make();
            std::string trace;
            const report found = the_engine().replay(*program, text.substr(colon + 1), trace);
            std::printf("%s", trace.c_str());
            return found.violation.empty() ? 0 : 1;
        }
    }
    std::fprintf(stderr, "samepage_model: --replay wants \"SCENARIO: CHOICES\"\n");
    return 2;
}

} // namespace

/// What the shipped code asserts is a violation like any other.
extern "C" [[noreturn]] void __assert_fail(const char* expression, const char* file, unsigned line,
                                           const char* /*function*/) noexcept
{
    the_engine().fail(std::string{"assertion failed: "} + expression + ", " + file + ":" + std::to_string(line));
}

namespace {

constexpr const char* usage = R"(usage: samepage_model [OPTION…] [PART OF A SCENARIO'S NAME…]
Runs samepage's protocol through every order and stale read that C++ allows.
  --list            the scenarios
  --full            some ten minutes and ten million executions instead of a minute
  --whole N         explores each scenario depth first, up to N executions: which are small enough?
  --seconds N       of random executions, for each scenario that is not explored in full
  --seed N          of the random executions
  --mutants [PART…] mutants of the protocol instead: which are caught, by what; those whose names contain a part;
                    and harmless changes, which nothing may notice
  --json FILE       the figures
  --replay TEXT     "SCENARIO: CHOICES", one execution, step by step
)";

settings parsed(int argc, char** argv)
{
    settings how;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const auto value = [&] {
            if (i + 1 == argc) {
                throw std::invalid_argument(word + " wants a value");
            }
            return std::string{argv[++i]};
        };
        if (word == "--list") {
            how.list = true;
        } else if (word == "--full") {
            how.full = true;
        } else if (word == "--mutants") {
            how.mutants = true;
        } else if (word == "--whole") {
            how.whole = std::stoull(value());
        } else if (word == "--seconds") {
            how.seconds = std::stod(value());
        } else if (word == "--seed") {
            how.seed = std::stoull(value());
        } else if (word == "--json") {
            how.json = value();
        } else if (word == "--replay") {
            how.replay = value();
        } else if (word.starts_with("-")) {
            throw std::invalid_argument(word == "--help" ? "" : "no option " + word);
        } else {
            (how.mutants ? how.mutant_patterns : how.patterns).push_back(word);
        }
    }
    return how;
}

void write_json(const totals& sum, const settings& how)
{
    std::ofstream out(how.json);
    const char* separator = "[";
    const auto row = [&](const std::string& name, const std::string& unit, std::uint64_t value, std::uint64_t bound,
                         const std::string& relation) {
        out << separator << "\n {\"name\":\"" << name << "\",\"unit\":\"" << unit << "\",\"value\":" << value
            << ",\"bound\":" << bound << ",\"relation\":\"" << relation << "\"}";
        separator = ",";
    };
    if (sum.ran != 0) {
        row("model executions", "executions", sum.executions, how.full ? 10'000'000 : 1'000'000, ">=");
        row("model violations", "violations", sum.violations, 0, "==");
        row("model scenarios that should have been explored whole", "scenarios", sum.unfinished, 0, "==");
    }
    if (sum.mutants != 0) {
        row("model mutants caught", "mutants", sum.caught, 15, ">=");
        row("model mutants that survive", "mutants", sum.mutants - sum.caught, 0, "==");
        row("model harmless changes that are noticed", "changes", sum.noticed, 0, "==");
    }
    out << "\n]\n";
}

int run(const settings& how)
{
    if (how.list) {
        for (const scenario& one : scenarios()) {
            std::printf("%-30s %s\n", one.name.c_str(), one.what.c_str());
        }
        return 0;
    }
    if (!how.replay.empty()) {
        return replay(how.replay);
    }
    totals sum;
    if (!how.mutants || how.full) {
        run_scenarios(how, sum);
    }
    if (how.mutants) {
        run_mutants(how, sum);
        run_harmless(how, sum);
    }
    if (!how.json.empty()) {
        write_json(sum, how);
    }
    const bool good = sum.violations == 0 && sum.unfinished == 0 && sum.caught == sum.mutants && sum.noticed == 0;
    return good ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(parsed(argc, argv));
    } catch (const std::exception& caught) {
        std::fprintf(stderr, "samepage_model: %s\n%s", caught.what(), usage);
        return 2;
    }
}
