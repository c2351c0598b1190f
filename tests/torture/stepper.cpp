// SPDX-License-Identifier: BSL-1.0
// stepper.cpp: a process that makes its share of the points.
#include "support/child.hpp"
#include "support/watchdog.hpp"
#include "torture/operations.hpp"
#include "torture/standing.hpp"

#include <fmt/format.h>

#include <exception>
#include <filesystem>

#include <sched.h>
#include <unistd.h>

namespace torture {
namespace {

constexpr unsigned point_seconds = 30;        ///< then it hangs
constexpr std::uint64_t most_steps = 400'000; ///< of one operation
constexpr std::uint64_t long_steps = 2'000;
constexpr std::uint64_t longest_steps = 20'000; ///< a loop over 64 files' names makes so many
constexpr std::uint64_t violations_told = 3;    ///< of one operation; then on to the next

/// A worker's share.
struct share {
    std::uint64_t index = 0;
    std::uint64_t workers = 1;
    std::uint64_t every = 1;        ///< of the steps, so many-th
    std::uint64_t stands_every = 1; ///< of the steps at which a victim stands still
    std::uint64_t edge = 1;         ///< of the sweep's grid, in points
    std::uint64_t seed = 0;
    std::filesystem::path directory;
    std::string only; ///< operations whose name has it
};

template <class Kind>
class stepping {
public:
    /// @param results  lines for the parent, who may be listening to another one meanwhile: to be said in the end. A
    ///                 violation is said at once.
    stepping(support::lines& parent, std::vector<std::string>& results, const share& mine)
        : parent_(parent), results_(results), mine_(mine), random_(mine.seed)
    {
    }

    void run()
    {
        for (const auto& each : operations<Kind>()) {
            run(each, fmt::format("{}: {}", Kind::name, each.victim.name));
        }
        for (const auto& each : operations<Kind>()) {
            if (each.standing != in_the_way::of_all) {
                run(standstill{each}, fmt::format("{}: {}, standing still", Kind::name, each.victim.name));
            }
        }
        for (const auto& each : duels<Kind>()) {
            run(each, fmt::format("{}: {} x {}", Kind::name, each.victim.name, each.peer.name));
        }
        results_.push_back(fmt::format("waited {:.3f}", longest_wait_));
    }

private:
    /// An operation in which the victim stands still, and goes on in the end.
    struct standstill {
        const operation<Kind>& what;
    };

    /// What a child is told.
    struct context {
        const actor<Kind>& who;
        world<Kind>& in;
    };

    /// A child that does its part in the world, led to the begin of its operation.
    struct process : context, traced {
        process(const actor<Kind>& what, world<Kind>& where, note_page& notes)
            : context{what, where}, traced(&act, static_cast<context*>(this), notes)
        {
            what.lead(where, *this);
        }
        static void act(void* of)
        {
            const auto& told = *static_cast<context*>(of);
            told.who.body(told.in);
        }
    };

    template <class What>
    void run(const What& what, const std::string& name)
    {
        if (name.find(mine_.only) == std::string::npos) {
            return;
        }
        name_ = name;
        points_ = violations_ = 0;
        try {
            make_points(what);
        } catch (const std::exception& fault) {
            parent_.say(fmt::format("violation {}: {}", name_, fault.what()));
        }
        results_.push_back(fmt::format("points {} {}", points_, name_));
    }

    /// Makes one point. @return false: enough is wrong with this operation
    template <class Point>
    bool make_point(const std::string& place, Point&& point)
    {
        watched_ = name_ + ", " + place;
        support::watchdog::begin_case(watched_.c_str(), point_seconds);
        notes_.clear();
        ++points_;
        try {
            point();
        } catch (const std::exception& fault) {
            parent_.say(fmt::format("violation {}: {}", watched_, fault.what()));
            return ++violations_ < violations_told;
        }
        return true;
    }

    // ---- one operation ----

    void make_points(const operation<Kind>& what)
    {
        const way path = walk(what);
        const auto make = [&](std::uint64_t at) {
            return make_point(fmt::format("step {} of {}", at, path.steps()), [&] { cut_off(what, path, at); });
        };
        const std::uint64_t every = mine_.every * (path.steps() > longest_steps                   ? 50
                                                   : mine_.every > 1 && path.steps() > long_steps ? 2
                                                                                                  : 1);
        for (std::uint64_t at = mine_.seed % every + mine_.index * every; at < path.steps();
             at += mine_.workers * every) {
            if (!make(at)) {
                return;
            }
        }
        if (mine_.index == 0) { // and once whole
            make(path.steps());
        }
    }

    [[nodiscard]] way walk(const operation<Kind>& what)
    {
        world<Kind> in{mine_.directory, what.most_consumers};
        what.before(in);
        process victim{what.victim, in, notes_};
        return checked(way{victim, what.victim.which, most_steps});
    }

    void cut_off(const operation<Kind>& what, const way& path, std::uint64_t at)
    {
        world<Kind> in{mine_.directory, what.most_consumers};
        what.before(in);
        process victim{what.victim, in, notes_};
        const std::uint64_t least = in.lossless ? in.seen() : 0;
        in.finished = advance(victim, path, at) == halt::trap;
        victim.kill();
        what.after(in, least, what.more);
    }

    // ---- one that stands still ----

    void make_points(const standstill& still)
    {
        const operation<Kind>& what = still.what;
        const way path = walk(what);
        // Long ones, which make system calls rather than steps of the protocol, are looked at less closely.
        const std::uint64_t every = mine_.stands_every * (path.steps() > long_steps ? 4 : 1);
        for (std::uint64_t at = mine_.seed % every + mine_.index * every; at < path.steps();
             at += mine_.workers * every) {
            if (!make_point(fmt::format("step {} of {}", at, path.steps()), [&] { stand(what, path, at); })) {
                return;
            }
        }
    }

    void stand(const operation<Kind>& what, const way& path, std::uint64_t at)
    {
        constexpr unsigned others = 3; // besides those that the operation has
        world<Kind> in{mine_.directory, what.most_consumers + others, 3};
        what.before(in);
        process victim{what.victim, in, notes_};
        if (!in.lossless) {
            in.open_observers();
        }
        advance(victim, path, at);
        const auto waited = others_go_on(in, what.standing == in_the_way::of_producers);
        longest_wait_ = std::max(longest_wait_, std::chrono::duration<double, std::milli>(waited).count());
        demand_that(!in.asleep || in.asleep->wakes_by_itself(), "the sleeper goes on by itself");
        finish(victim);
        in.lossless->drain();
        in.aftermath(in.seen(), in.seen());
    }

    // ---- two at once ----

    /// Both stand at their begins; a peer that is to die as well is not there yet.
    struct stage {
        stage(const duel<Kind>& what, const std::filesystem::path& directory, note_page& notes)
            : in(directory, what.most_consumers)
        {
            what.before(in);
            if (what.peer_leads) {
                peer.emplace(what.peer, in, notes);
            }
            victim.emplace(what.victim, in, notes);
            if (!what.peer_leads && !what.peer_dies) {
                peer.emplace(what.peer, in, notes);
            }
        }
        world<Kind> in;
        std::optional<process> victim;
        std::optional<process> peer;
    };

    void make_points(const duel<Kind>& what)
    {
        const way victims = walk_victim(what);
        const way peers = walk_peer(what, victims);
        const auto at = [&](std::uint64_t cell, const way& path) {
            return (cell * path.steps() + random_.below(path.steps())) / mine_.edge;
        };
        for (std::uint64_t cell = 0; cell < mine_.edge * mine_.edge; ++cell) {
            const std::uint64_t i = at(cell / mine_.edge, victims);
            const std::uint64_t j = at(cell % mine_.edge, peers);
            if (cell % mine_.workers == mine_.index &&
                !make_point(fmt::format("steps {} and {} of {} and {}", i, j, victims.steps(), peers.steps()),
                            [&] { cut_off(what, victims, i, peers, j); })) {
                break;
            }
        }
    }

    [[nodiscard]] way walk_victim(const duel<Kind>& what)
    {
        stage both{what, mine_.directory, notes_};
        return checked(way{*both.victim, what.victim.which, most_steps});
    }

    [[nodiscard]] way walk_peer(const duel<Kind>& what, const way& victims)
    {
        stage both{what, mine_.directory, notes_};
        if (what.peer_dies) {
            advance(*both.victim, victims, victims.steps() / 2);
            both.victim->kill();
            both.peer.emplace(what.peer, both.in, notes_);
        }
        return checked(way{*both.peer, what.peer.which, most_steps});
    }

    void cut_off(const duel<Kind>& what, const way& victims, std::uint64_t i, const way& peers, std::uint64_t j)
    {
        stage both{what, mine_.directory, notes_};
        const std::uint64_t least = both.in.lossless ? both.in.seen() : 0;
        halt how = halt::step;
        if (!what.peer_dies) {
            how = advance(*both.peer, peers, j);
        }
        if (what.victim_may_fail) {
            victims.lead(*both.victim, i);
        } else {
            advance(*both.victim, victims, i);
        }
        both.victim->kill();
        if (what.peer_dies) {
            both.peer.emplace(what.peer, both.in, notes_);
            advance(*both.peer, peers, j);
            both.peer->kill();
        } else {
            if (how == halt::step) {
                how = both.peer->go();
            }
            demand_that(how == halt::trap, "the peer comes to its end: " + both.peer->words());
            if (!what.peer_stays) {
                finish(*both.peer);
            }
        }
        if (!both.in.lossless) {
            both.in.open_producer();
            both.in.open_observers();
        }
        both.in.aftermath(least, least + what.more, what.second_lane);
        if (what.peer_stays) {
            finish(*both.peer);
        }
    }

    // ---- what both have in common ----

    static way checked(way path)
    {
        demand_that(path.complete(), fmt::format("it ends within {} steps", path.steps()));
        return path;
    }

    static halt advance(process& who, const way& path, std::uint64_t steps)
    {
        const halt how = path.lead(who, steps);
        demand_that(how == halt::step || how == halt::trap, "it fails by itself: " + who.words());
        return how;
    }

    static void finish(process& who)
    {
        const bool well = who.finish();
        demand_that(well, "it goes on, and ends well: " + who.words());
    }

    support::lines& parent_;
    std::vector<std::string>& results_;
    share mine_;
    support::random_numbers random_;
    note_page notes_;
    std::string name_;
    std::string watched_;
    std::uint64_t points_ = 0;
    std::uint64_t violations_ = 0;
    double longest_wait_ = 0;
};

} // namespace
} // namespace torture

SAMEPAGE_CHILD(torture_stepper)
{
    const torture::share mine{.index = std::stoull(told.at(0)),
                              .workers = std::stoull(told.at(1)),
                              .every = std::stoull(told.at(2)),
                              .stands_every = std::stoull(told.at(3)),
                              .edge = std::stoull(told.at(4)),
                              .seed = std::stoull(told.at(5)),
                              .directory = told.at(6),
                              .only = told.at(7)};
    ::cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(mine.index % static_cast<std::uint64_t>(::sysconf(_SC_NPROCESSORS_ONLN)), &one);
    ::sched_setaffinity(0, sizeof one, &one); // led and leader take turns: best on one processor
    std::vector<std::string> results;
    torture::stepping<torture::dense>(parent, results, mine).run();
    torture::stepping<torture::framed>(parent, results, mine).run();
    support::watchdog::end_case();
    for (const auto& each : results) {
        parent.say(each);
    }
    parent.say("done");
}
