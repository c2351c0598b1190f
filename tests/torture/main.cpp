// SPDX-License-Identifier: BSL-1.0
// main.cpp: the torture run's command line, and the table of its parts.
#include "support/child.hpp"
#include "torture/parts.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr std::array all_parts{
    torture::part{"model", "the protocol through every order and stale read", &torture::model},
    torture::part{"step", "death at every instruction, and the sweep of two operations", &torture::step},
    torture::part{"storm", "random kills, stops and restarts of producers and consumers", &torture::storm},
    torture::part{"corrupt", "damaged headers, lanes and control words", &torture::corrupt},
    torture::part{"pool", "workers of a group, one killed every 100 ms", &torture::pool},
    torture::part{"restarts", "a channel on disk, all processes killed at once", &torture::restarts},
    torture::part{"lives", "names, a group, rings that change, channels made anew, in a storm", &torture::lives},
    torture::part{"peers", "stopped, elsewhere, without room, many, of another user", &torture::peers},
};

std::vector<const torture::part*> choose(const std::vector<std::string>& names)
{
    std::vector<const torture::part*> chosen;
    for (const auto& each : all_parts) {
        if (names.empty() || std::find(names.begin(), names.end(), each.name) != names.end()) {
            chosen.push_back(&each);
        }
    }
    return chosen;
}

torture::outcome_of_part run(const torture::part& which, const torture::settings& how)
{
    fmt::print("\n{}: {}\n", which.name, which.what);
    std::fflush(stdout);
    torture::outcome_of_part result{&which, {}};
    const auto begin = std::chrono::steady_clock::now();
    try {
        which.run(how, result.said);
    } catch (const std::exception& fault) {
        result.said.fail(std::string{which.name} + " ended early: " + fault.what());
    }
    const std::chrono::duration<double> span = std::chrono::steady_clock::now() - begin;
    result.said.add({.name = std::string{which.name} + ": time", .unit = "s", .value = span.count()});
    return result;
}

void write_file(const std::string& path, const std::string& text)
{
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error(fmt::format("could not write {}", path));
    }
}

int torment(const std::vector<std::string>& names, const torture::settings& how, const std::string& json_file)
{
    fmt::print("seed {}: --seed {} for this run again\n", how.seed, how.seed);
    std::vector<torture::outcome_of_part> results;
    bool good = true;
    for (const auto* const each : choose(names)) {
        results.push_back(run(*each, how));
        good = good && results.back().said.good();
    }
    fmt::print("{}", torture::summary(results));
    if (!json_file.empty()) {
        write_file(json_file, torture::json(results));
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

} // namespace

int main(int argc, char** argv)
{
    int status = EXIT_FAILURE;
    if (support::run_as_child(argc, argv, status)) {
        return status;
    }
    torture::settings how{.seed = std::random_device{}()};
    std::vector<std::string> names;
    std::string json_file;
    std::string about = "Kills, stops and misleads processes that share channels, and looks at who is left. Parts:";
    std::vector<std::string> known;
    for (const auto& each : all_parts) {
        about += fmt::format("\n  {:<8} {}", each.name, each.what);
        known.emplace_back(each.name);
    }
    CLI::App app{about};
    app.add_option("part", names, "the parts to run; default: all")->check(CLI::IsMember(known));
    app.add_flag("--ci", how.ci, "a shorter run, for every change");
    app.add_option("--json", json_file, "writes the figures to this file as well");
    app.add_option("--seed", how.seed, "of everything random; default: a new one");
    app.add_option("--scale", how.scale_percent, "per cent of the run")->check(CLI::Range(1, 10'000));
    CLI11_PARSE(app, argc, argv);
    try {
        return torment(names, how, json_file);
    } catch (const std::exception& problem) {
        fmt::print(stderr, "samepage_torture: {}\n", problem.what());
        return EXIT_FAILURE;
    }
}
