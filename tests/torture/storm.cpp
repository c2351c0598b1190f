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

/// Of the sleeps after which there was what was slept for: the waker died, or was stopped or put off for the whole
/// sleep, between publishing and ringing.
constexpr double most_unrung_percent = 5;
constexpr double most_median_ms = 10; ///< a slice
constexpr double most_worst_ms = 50;

#ifdef SAMEPAGE_SANITIZED // times are no longer the library's
constexpr auto held_to_times = relation::none;
#else
constexpr auto held_to_times = relation::at_most;
#endif

struct findings {
    std::map<std::string, std::uint64_t> counts;
    std::map<std::string, std::vector<double>> times_ms;
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
        } else if (verb == "after-kill" || verb == "beside-stopped") {
            said >> found.times_ms[verb].emplace_back();
        } else if (verb == "count") {
            std::uint64_t count = 0;
            std::string name;
            std::getline(said >> count >> std::ws, name);
            found.counts[name] += count;
        }
    }
}

/// Sleeps for a record or for room, after which it was there.
void add_sleeps(const std::string& what, std::map<std::string, std::uint64_t>& counts, report& to)
{
    const std::string name = "sleeps for " + what + " ended by ";
    const auto rung = static_cast<double>(counts[name + "a bell"]);
    const auto unrung = static_cast<double>(counts[name + "the clock"]);
    to.add({"storm: " + name + "a bell", "", rung});
    to.add({"storm: " + name + "the clock, though it was there", "%", 100 * unrung / std::max(rung + unrung, 1.0),
            held_to_times, most_unrung_percent});
}

void add_times(const std::string& what, std::vector<double>& times_ms, report& to)
{
    if (times_ms.empty()) {
        return;
    }
    std::sort(times_ms.begin(), times_ms.end());
    const std::string name = "storm: " + what;
    to.add({name + ", times measured", "", static_cast<double>(times_ms.size())});
    to.add({name + ", median", "ms", times_ms[times_ms.size() / 2], held_to_times, most_median_ms});
    to.add({name + ", 99th of 100", "ms", times_ms[times_ms.size() * 99 / 100]});
    to.add({name + ", worst", "ms", times_ms.back(), held_to_times, most_worst_ms});
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
    for (const std::string what : {"a record", "room"}) {
        add_sleeps(what, found.counts, to);
    }
    add_times("progress after a kill", found.times_ms["after-kill"], to);
    add_times("progress beside a stopped one", found.times_ms["beside-stopped"], to);
}

} // namespace torture
