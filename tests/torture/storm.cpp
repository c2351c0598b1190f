// SPDX-License-Identifier: BSL-1.0
// storm.cpp: two channels, a storm on each; figures of both together.
#include "support/child.hpp"
#include "support/scratch.hpp"
#include "torture/kinds.hpp"
#include "torture/parts.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

namespace torture {
namespace {

constexpr std::uint64_t full_kills = 100'000;
constexpr std::uint64_t ci_kills = 2'000;

struct findings {
    std::map<std::string, std::uint64_t> counts;
    std::vector<double> progress_ms;
};

void hear(support::child& from, report& to, findings& found)
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
        } else if (verb == "progress") {
            said >> found.progress_ms.emplace_back();
        } else if (verb == "count") {
            std::uint64_t count = 0;
            std::string name;
            std::getline(said >> count >> std::ws, name);
            found.counts[name] += count;
        }
    }
}

} // namespace

void storm(const settings& how, report& to)
{
    const std::uint64_t kills = how.amount(full_kills, ci_kills);
    const support::scratch_directory scratch;
    std::vector<std::unique_ptr<support::child>> strikers;
    for (const char* const kind : {dense::name, framed::name}) {
        strikers.push_back(std::make_unique<support::child>(
            "torture_striker",
            support::words{kind, std::to_string((kills + 1) / 2),
                           std::to_string(support::scatter(how.seed + strikers.size())), scratch.path()}));
    }
    findings found;
    for (const auto& each : strikers) {
        hear(*each, to, found);
    }
    const auto add = [&](const char* name, relation held_to, double bound) {
        to.add({std::string{"storm: "} + name, "", static_cast<double>(found.counts[name]), held_to, bound});
    };
    add("kills", relation::at_least, static_cast<double>(kills));
    for (const char* const name : {"stops", "records published", "records looked at", "losses told of"}) {
        add(name, relation::none, 0);
    }
    for (const char* const name : {"lost", "duplicated", "torn", "wrong loss counts"}) {
        add(name, relation::equal, 0);
    }
    auto& times = found.progress_ms;
    if (!times.empty()) {
        std::sort(times.begin(), times.end());
        to.add({"storm: progress after a kill, median", "ms", times[times.size() / 2]});
        to.add({"storm: progress after a kill, 99th of 100", "ms", times[times.size() * 99 / 100]});
        to.add({"storm: progress after a kill, worst", "ms", times.back()});
    }
}

} // namespace torture
