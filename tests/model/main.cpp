// SPDX-License-Identifier: BSL-1.0
// main.cpp: samepage_model: runs the scenarios, and the mutants against them.
#include "model/mutants.hpp"
#include "model/scenarios.hpp"
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
    std::uint64_t seed = 1;
    std::string json;
    std::string replay;
};

struct totals {
    std::uint64_t executions = 0;
    std::uint64_t steps = 0;
    unsigned violations = 0;
    unsigned exhausted = 0;
    unsigned ran = 0;
    unsigned mutants = 0;
    unsigned caught = 0;
    unsigned unexpected = 0; ///< mutants that survive and should not, or the reverse
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

void run_scenario(const scenario& which, const settings& how, totals& sum)
{
    const auto program = which.make();
    report first = the_engine().explore(*program, {.executions = how.full ? 100'000U : 4'000U});
    report second;
    if (!first.exhausted && first.violation.empty()) {
        limits bounds{.executions = how.full ? 60'000U : 4'000U, .random = true, .seed = how.seed};
        if (how.seconds > 0) {
            bounds.executions = ~std::uint64_t{0};
            bounds.seconds = how.seconds;
        }
        second = the_engine().explore(*program, bounds);
    }
    const report& bad = first.violation.empty() ? second : first;
    const std::uint64_t executions = first.executions + second.executions;
    std::printf("%-30s %10llu %10llu  %-9s %5u %9llu %8.0f  %s\n", which.name.c_str(),
                static_cast<unsigned long long>(first.executions), static_cast<unsigned long long>(second.executions),
                first.exhausted ? "all" : "bound", std::max(first.longest, second.longest),
                static_cast<unsigned long long>(first.deaths + second.deaths),
                static_cast<double>(executions + first.redundant) / (first.seconds + second.seconds + 1e-9) / 1000,
                bad.violation.empty() ? "-" : bad.violation.c_str());
    std::fflush(stdout);
    sum.executions += executions;
    sum.steps += first.steps + second.steps;
    ++sum.ran;
    sum.exhausted += first.exhausted ? 1U : 0U;
    if (!bad.violation.empty()) {
        ++sum.violations;
        show(which, bad);
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
    report found = the_engine().explore(*program, {.executions = executions / 4});
    if (found.violation.empty() && !found.exhausted) {
        const auto ran = found.executions;
        found = the_engine().explore(*program, {.executions = executions, .random = true, .seed = seed});
        found.executions += ran;
    }
    return found;
}

void run_mutants(const settings& how, totals& sum)
{
    std::printf("\n| mutant | at | caught by | as | after executions |\n|---|---|---|---|---|\n");
    for (const mutant& one : mutants()) {
        if (!wanted(one.name, how.mutant_patterns)) {
            continue;
        }
        activate(one);
        std::vector<const scenario*> order;
        for (const scenario& which : scenarios()) {
            if (which.name == one.caught_by) {
                order.insert(order.begin(), &which);
            } else if (how.full || one.survives.empty()) {
                order.push_back(&which);
            }
        }
        std::uint64_t executions = 0;
        const scenario* by = nullptr;
        report found;
        for (const scenario* const which : order) {
            const bool likely = which->name == one.caught_by;
            const std::uint64_t most = likely && one.survives.empty() ? 100'000
                                       : likely                       ? 20'000
                                       : how.full                     ? 6'000
                                                                      : 1'500;
            found = try_on(*which, how.seed, most);
            executions += found.executions;
            if (!found.violation.empty()) {
                by = which;
                break;
            }
        }
        const bool met = mutant_was_met;
        const std::string place = one.file + ":" + std::to_string(the_mutant.line);
        deactivate();
        std::printf("| %s | %s | %s | %s | %llu |\n", one.name.c_str(), place.c_str(),
                    by != nullptr ? by->name.c_str() : "-",
                    by != nullptr          ? found.violation.c_str()
                    : !met                 ? "never reached"
                    : one.survives.empty() ? "SURVIVES"
                                           : one.survives.c_str(),
                    static_cast<unsigned long long>(executions));
        std::fflush(stdout);
        ++sum.mutants;
        sum.caught += by != nullptr ? 1U : 0U;
        sum.unexpected += (by == nullptr) == one.survives.empty() ? 1U : 0U;
    }
    std::printf("\n%u mutants, %u caught\n", sum.mutants, sum.caught);
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
  --seconds N       of random executions, for each scenario that is not explored in full
  --seed N          of the random executions
  --mutants [PART…] mutants of the protocol instead: which are caught, by what; those whose names contain a part
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

void write_json(const totals& sum, const std::string& path)
{
    std::ofstream out(path);
    const char* separator = "[";
    const auto row = [&](const std::string& name, const std::string& unit, std::uint64_t value, std::uint64_t bound,
                         const std::string& relation) {
        out << separator << "\n {\"name\":\"" << name << "\",\"unit\":\"" << unit << "\",\"value\":" << value
            << ",\"bound\":" << bound << ",\"relation\":\"" << relation << "\"}";
        separator = ",";
    };
    if (sum.ran != 0) {
        row("model executions", "executions", sum.executions, 10'000'000, ">=");
        row("model violations", "violations", sum.violations, 0, "==");
    }
    if (sum.mutants != 0) {
        row("model mutants caught", "mutants", sum.caught, 15, ">=");
        row("model mutants that unexpectedly survive or are caught", "mutants", sum.unexpected, 0, "==");
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
    }
    if (!how.json.empty()) {
        write_json(sum, how.json);
    }
    return sum.violations == 0 && sum.unexpected == 0 ? 0 : 1;
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
