// SPDX-License-Identifier: BSL-1.0
// main.cpp: samepage_model: runs the scenarios, and the mutants against them.
#include "model/mutants.hpp"
#include "model/scenarios.hpp"
#include "model/sources.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

using namespace model;

namespace {

struct settings {
    std::vector<std::string> patterns;
    bool list = false;
    bool full = false;
    bool mutants = false;
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
};

bool wanted(const std::string& name, const std::vector<std::string>& patterns)
{
    return patterns.empty() ||
           std::any_of(patterns.begin(), patterns.end(), [&](auto& one) { return name.find(one) != std::string::npos; });
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
    const std::uint64_t deep = how.full ? 1'000'000 : 6'000;
    report first = the_engine().explore(*program, {.executions = deep, .seconds = how.full ? 20.0 : 1e9});
    report second;
    if (!first.exhausted && first.violation.empty()) {
        const double seconds = how.seconds > 0 ? how.seconds : 4;
        second = the_engine().explore(*program, {.executions = how.full ? ~std::uint64_t{0} : 6'000,
                                                 .seconds = how.full || how.seconds > 0 ? seconds : 1e9,
                                                 .random = true,
                                                 .seed = how.seed});
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
    sum.exhausted += first.exhausted ? 1 : 0;
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
    std::printf("\n%u scenarios, %u of them in full; %llu executions of %llu steps; %u violations; seed %llu\n", sum.ran,
                sum.exhausted, static_cast<unsigned long long>(sum.executions),
                static_cast<unsigned long long>(sum.steps), sum.violations, static_cast<unsigned long long>(how.seed));
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
extern "C" [[noreturn]] void __assert_fail(const char* expression, const char* file, unsigned line, const char* /*function*/) noexcept
{
    the_engine().fail(std::string{"assertion failed: "} + expression + ", " + file + ":" + std::to_string(line));
}

int main(int argc, char** argv)
{
    settings how;
    CLI::App app{"Runs samepage's protocol through every order and stale read that C++ allows."};
    app.add_option("scenario", how.patterns, "parts of the names of scenarios; none: all");
    app.add_flag("--list", how.list, "the scenarios");
    app.add_flag("--full", how.full, "some ten minutes instead of one");
    app.add_flag("--mutants", how.mutants, "which mutants of the protocol are caught, by what");
    app.add_option("--seconds", how.seconds, "of random executions, for each scenario that is not explored in full");
    app.add_option("--seed", how.seed, "of the random executions");
    app.add_option("--json", how.json, "file for the figures");
    app.add_option("--replay", how.replay, "\"SCENARIO: CHOICES\": one execution, step by step");
    CLI11_PARSE(app, argc, argv);

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
    run_scenarios(how, sum);
    return sum.violations == 0 ? 0 : 1;
}
