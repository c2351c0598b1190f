// SPDX-License-Identifier: BSL-1.0
// step.cpp: death at every instruction of every operation; the points are shared out among processes.
#include "support/child.hpp"
#include "support/scratch.hpp"
#include "support/watchdog.hpp"
#include "torture/operations.hpp"
#include "torture/parts.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <sstream>

#include <sched.h>
#include <unistd.h>

namespace torture {
namespace {

constexpr unsigned point_seconds = 30;        ///< then it hangs
constexpr std::uint64_t most_steps = 400'000; ///< of one operation
constexpr std::uint64_t ways_broken_off = 10; ///< violations of one operation by one worker; then it goes to the next

/// A worker's share.
struct share {
    std::uint64_t index = 0;
    std::uint64_t workers = 1;
    std::uint64_t every = 1; ///< of the points, so many-th
    std::uint64_t first = 0;
    std::string only; ///< operations whose name has it
};

template <class Kind>
class stepping {
public:
    stepping(support::lines& parent, const share& mine) : parent_(parent), mine_(mine) {}

    void run()
    {
        for (const auto& each : operations<Kind>()) {
            name_ = std::string{Kind::name} + ": " + each.victim.name;
            if (name_.find(mine_.only) != std::string::npos) {
                try {
                    run(each);
                } catch (const std::exception& fault) {
                    parent_.say("violation " + name_ + ": " + fault.what());
                }
            }
        }
    }

private:
    /// What a child is told.
    struct context {
        const actor<Kind>& who;
        world<Kind>& in;
    };

    static void act(void* of)
    {
        const auto& told = *static_cast<context*>(of);
        told.who.body(told.in);
    }

    void run(const operation<Kind>& what)
    {
        watch("the way of it", 0);
        const way path = walk(what);
        if (!path.complete()) {
            parent_.say("violation " + name_ + ": does not end within " + std::to_string(path.steps()) + " steps");
            return;
        }
        std::uint64_t points = 0;
        std::uint64_t violations = 0;
        for (std::uint64_t at = mine_.first + mine_.index * mine_.every; at <= path.steps();
             at += mine_.workers * mine_.every) {
            watch("step", at);
            ++points;
            try {
                cut_off(what, path, at);
            } catch (const std::exception& fault) {
                parent_.say(fmt::format("violation {}, step {} of {}: {}", name_, at, path.steps(), fault.what()));
                if (++violations == ways_broken_off) {
                    break;
                }
            }
        }
        parent_.say(fmt::format("points {} {} {}", points, path.steps(), name_));
    }

    way walk(const operation<Kind>& what)
    {
        world<Kind> in{scratch_.path(), what.most_consumers};
        what.before(in);
        context told{what.victim, in};
        traced victim{&act, &told, notes_};
        what.victim.lead(in, victim);
        return {victim, what.victim.which, most_steps};
    }

    /// One point.
    void cut_off(const operation<Kind>& what, const way& path, std::uint64_t at)
    {
        notes_.clear();
        world<Kind> in{scratch_.path(), what.most_consumers};
        what.before(in);
        context told{what.victim, in};
        traced victim{&act, &told, notes_};
        what.victim.lead(in, victim);
        const std::uint64_t least = in.lossless ? in.seen() : 0;
        const halt how = path.lead(victim, at);
        demand_that(how == halt::step || how == halt::trap, "the victim itself fails: " + victim.words());
        victim.kill();
        what.after(in, least, what.more);
    }

    void watch(const char* what, std::uint64_t at)
    {
        watched_ = fmt::format("{}, {} {}", name_, what, at);
        support::watchdog::begin_case(watched_.c_str(), point_seconds);
    }

    support::lines& parent_;
    share mine_;
    support::scratch_directory scratch_;
    note_page notes_;
    std::string name_;
    std::string watched_;
};

} // namespace
} // namespace torture

SAMEPAGE_CHILD(torture_stepper)
{
    ::cpu_set_t one;
    CPU_ZERO(&one);
    torture::share mine{.index = std::stoull(told.at(0)),
                        .workers = std::stoull(told.at(1)),
                        .every = std::stoull(told.at(2)),
                        .first = std::stoull(told.at(3)),
                        .only = told.at(4)};
    CPU_SET(mine.index % static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_ONLN)), &one);
    ::sched_setaffinity(0, sizeof one, &one); // led and leader take turns; best on one processor
    torture::stepping<torture::dense>(parent, mine).run();
    torture::stepping<torture::framed>(parent, mine).run();
    support::watchdog::end_case();
    parent.say("done");
}

namespace torture {

void step(const settings& how, report& to)
{
    const auto workers = static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_ONLN));
    const std::uint64_t every = std::max<std::uint64_t>((how.ci ? 10U : 1U) * 100 / how.scale_percent, 1);
    std::vector<std::unique_ptr<support::child>> children;
    for (std::uint64_t i = 0; i < workers; ++i) {
        children.push_back(std::make_unique<support::child>(
            "torture_stepper", support::words{std::to_string(i), std::to_string(workers), std::to_string(every),
                                              std::to_string(how.seed % every), ""}));
    }
    std::map<std::string, std::uint64_t> points;
    std::uint64_t all = 0;
    for (const auto& each : children) {
        for (;;) {
            std::istringstream said{each->hear()};
            std::string verb;
            said >> verb;
            if (verb == "done") {
                break;
            }
            if (verb == "violation") {
                to.fail(said.str().substr(verb.size() + 1));
                continue;
            }
            std::uint64_t count = 0;
            std::uint64_t steps = 0;
            said >> count >> steps;
            std::string name;
            std::getline(said >> std::ws, name);
            points[name] += count;
            all += count;
        }
    }
    for (const auto& [name, count] : points) {
        to.add({"step: " + name, "points", static_cast<double>(count)});
    }
    to.add({"step: points", "", static_cast<double>(all)});
}

} // namespace torture
