// SPDX-License-Identifier: BSL-1.0
// step.cpp: death at every instruction of every operation, and of two at once; shared out among processes.
#include "support/child.hpp"
#include "support/scratch.hpp"
#include "torture/parts.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <sstream>

#include <unistd.h>

namespace torture {
namespace {

constexpr std::uint64_t full_edge = 50; ///< of a grid: 2500 points
constexpr std::uint64_t ci_edge = 8;
constexpr std::uint64_t ci_every = 54; ///< steps
constexpr double most_wait_ms = 50;
constexpr std::uint64_t stands_full = 1;
constexpr std::uint64_t stands_ci = 90;

/// Points by operation.
using counts = std::map<std::string, std::uint64_t>;

void hear(support::child& from, report& to, counts& points, double& waited_ms)
{
    for (;;) {
        std::istringstream said{from.hear()};
        std::string verb;
        said >> verb;
        if (verb == "done") {
            return;
        }
        if (verb == "violation") {
            to.fail(said.str().substr(verb.size() + 1));
            continue;
        }
        if (verb == "waited") {
            double longest = 0;
            said >> longest;
            waited_ms = std::max(waited_ms, longest);
            continue;
        }
        std::uint64_t count = 0;
        std::string name;
        std::getline(said >> count >> std::ws, name);
        points[name] += count;
    }
}

/// For looking into one operation: those whose name has this.
std::string only()
{
    const char* const told = std::getenv("SAMEPAGE_TORTURE_ONLY"); // NOLINT(concurrency-mt-unsafe)
    return told != nullptr ? told : "";
}

} // namespace

void step(const settings& how, report& to)
{
    const auto workers = static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_ONLN));
    const auto steps_apart = [&](std::uint64_t full, std::uint64_t ci) {
        return std::to_string(std::max<std::uint64_t>((how.ci ? ci : full) * 100 / how.scale_percent, 1));
    };
    std::uint64_t edge = how.ci ? ci_edge : full_edge;
    while (edge > 1 && edge * edge > how.amount(full_edge * full_edge, ci_edge * ci_edge)) {
        --edge;
    }
    const support::scratch_directory scratch;
    std::vector<std::unique_ptr<support::child>> children;
    for (std::uint64_t i = 0; i < workers; ++i) {
        const auto own = scratch.path() / std::to_string(i); // what the dead left there is removed in some operations
        std::filesystem::create_directory(own);
        children.push_back(std::make_unique<support::child>(
            "torture_stepper", support::words{std::to_string(i), std::to_string(workers), steps_apart(1, ci_every),
                                              steps_apart(stands_full, stands_ci), std::to_string(edge),
                                              std::to_string(how.seed), own, only()}));
    }
    counts points;
    double waited_ms = 0;
    for (const auto& each : children) {
        hear(*each, to, points, waited_ms);
    }
    std::uint64_t single = 0;
    std::uint64_t both = 0;
    std::uint64_t standing = 0;
    for (const auto& [name, count] : points) {
        to.add({"step: " + name, "points", static_cast<double>(count)});
        (name.find(" x ") != std::string::npos        ? both
         : name.find("standing") != std::string::npos ? standing
                                                      : single) += count;
    }
    to.add({"step: deaths at an instruction", "points", static_cast<double>(single)});
    to.add({"step: deaths beside a paused peer", "points", static_cast<double>(both)});
    to.add({"step: one stands still, others go on", "points", static_cast<double>(standing)});
    to.add({"step: others' longest wait for room beside one that stands still", "ms", waited_ms, relation::at_most,
            most_wait_ms});
}

} // namespace torture
