// SPDX-License-Identifier: BSL-1.0
// name_operations.cpp: operations of consumers with a name, and of members of a group.
#include "torture/name_operations.hpp"

#include "torture/actors.hpp"

#include <iterator>
#include <map>
#include <set>

namespace torture {
namespace {

using samepage::outcome;
constexpr std::uint64_t published = 4; ///< at the operation, or right before

/// What a victim of a name does in its operation, and how it ends if it is not killed: the name is forgotten, which
/// would bind the producers.
enum class ending { sees_all, has_left, was_passed_over };

template <class Kind>
void end_well(world<Kind>& in, observer<Kind>& who, ending how)
{
    if (how == ending::sees_all) {
        who.let_go();
        who.drain();
        demand_that(who.seen().said().good(), who.seen().said().first);
    }
    who.consumer().close();
    in.forget_names();
}

/// The name was there, released all, and is away.
template <class Kind>
void name_left(world<Kind>& in, demand wants)
{
    in.open_producer();
    in.open_observers();
    in.publish(7);
    in.publish(world<Kind>::lap_records * 3 / 2);
    in.expected = in.producer->next_number();
    observer<Kind> first{in.name(), in.named(wants)};
    first.drain();
}

/// The next of the name goes on with one of these, having lost nothing; then it is forgotten.
template <class Kind>
void name_goes_on(world<Kind>& in, const std::set<std::uint64_t>& with, demand wants, bool bound)
{
    {
        typename Kind::consumer back{in.name(), in.named(wants)};
        std::optional<lanes_followed> seen;
        for (;;) {
            const auto batch = back.try_take();
            if (!batch) {
                demand_that(batch.why() == outcome::empty || batch.why() == outcome::producer_died,
                            "the next of the name finds what is there, not " + std::string{to_string(batch.why())});
                break;
            }
            if (!seen) {
                const std::uint64_t from = batch.number() - batch.lost();
                demand_that(with.empty() || with.count(from) != 0,
                            "the next of the name goes on with record " + std::to_string(from) + ", not with " +
                                std::to_string(with.empty() ? 0 : *with.begin()));
                demand_that(!bound || batch.lost() == 0, "it lost nothing");
                seen.emplace(back.next(), std::vector<samepage::record_place>{{0, from}});
            }
            seen->template see<Kind>(batch, false);
        }
        const std::uint64_t end = back.next().front().number;
        demand_that(end == in.producer->next_number(), "the next of the name came to record " + std::to_string(end));
        demand_that(!seen || seen->said().good(), seen ? "the next of the name: " + seen->said().first : "");
        demand_that(seen || with.empty() || with.count(end) != 0, "the next of the name misses something");
    }
    in.forget_names();
    in.aftermath(in.producer->next_number(), in.producer->next_number());
}

template <class Kind>
actor<Kind> named_actor(const char* name, demand wants, bool comes_first, ending how,
                        std::function<void(observer<Kind>&)> prepare, std::function<void(observer<Kind>&)> act)
{
    return {.name = name,
            .which = comes_first ? counting::every : counting::inside,
            .body =
                [=](world<Kind>& in) {
                    if (!comes_first) {
                        trap();
                    }
                    observer<Kind> from{in.name(), in.named(wants)};
                    if (comes_first) {
                        trap();
                        prepare(from);
                        trap();
                        act(from);
                    }
                    trap();
                    end_well(in, from, how);
                },
            .lead =
                [=](world<Kind>& in, traced& who) {
                    come(who);
                    if (comes_first) {
                        in.publish(published);
                        come(who);
                    }
                }};
}

template <class Kind>
void add_named(std::vector<operation<Kind>>& all)
{
    const auto nothing = [](observer<Kind>&) {};
    const auto waits = [](demand wants) {
        return [wants](world<Kind>& in) {
            in.wait_for_absent = std::chrono::nanoseconds::max();
            name_left<Kind>(in, wants);
        };
    };
    const auto add = [&](const actor<Kind>& victim, auto before, auto after, demand wants) {
        all.push_back({.victim = victim,
                       .before = before,
                       .after = after,
                       .standing = wants == demand::lossless ? in_the_way::of_producers : in_the_way::of_nobody});
    };
    for (const auto wants : {demand::lossless, demand::lossy}) {
        const bool lossless = wants == demand::lossless;
        add(
            named_actor<Kind>(lossless ? "named: take and release" : "named, lossy: take and release", wants, true,
                              ending::sees_all, nothing,
                              [](observer<Kind>& from) { from.see(from.consumer().try_take(published)); }),
            waits(wants),
            [=](world<Kind>& in, std::uint64_t, std::uint64_t) {
                std::set<std::uint64_t> with{in.expected + published};
                if (!in.finished) {
                    with.insert(in.expected);
                }
                for (std::uint64_t less = 1; !lossless && less < published; ++less) {
                    with.insert(in.expected + less); // it holds no more than a sixteenth of the ring
                }
                name_goes_on(in, with, wants, true);
            },
            wants);
        add(
            named_actor<Kind>(
                lossless ? "named: leave" : "named, lossy: leave", wants, true, ending::has_left,
                [](observer<Kind>& from) { from.hold(3); }, [](observer<Kind>& from) { from.consumer().close(); }),
            waits(wants),
            [=](world<Kind>& in, std::uint64_t, std::uint64_t) { name_goes_on(in, {in.expected}, wants, true); },
            wants);
    }
    add(
        named_actor<Kind>("named: come back", demand::lossless, false, ending::sees_all, nothing, nothing),
        [=](world<Kind>& in) {
            waits(demand::lossless)(in);
            in.publish(published);
        },
        [](world<Kind>& in, std::uint64_t, std::uint64_t) { name_goes_on(in, {in.expected}, demand::lossless, true); },
        demand::lossless);
    add(
        named_actor<Kind>("named: come back, passed over", demand::lossless, false, ending::was_passed_over, nothing,
                          nothing),
        [](world<Kind>& in) {
            in.wait_for_absent = std::chrono::nanoseconds{0};
            name_left<Kind>(in, demand::lossless);
            in.publish(2 * world<Kind>::lap_records);
        },
        [](world<Kind>& in, std::uint64_t, std::uint64_t) { name_goes_on(in, {in.expected}, demand::lossless, false); },
        demand::lossless);
    add(
        named_actor<Kind>("named: come for the first time", demand::lossless, false, ending::sees_all, nothing,
                          nothing),
        [](world<Kind>& in) {
            in.wait_for_absent = std::chrono::nanoseconds::max();
            in.open_producer();
            in.open_observers();
            in.publish(7 + world<Kind>::lap_records * 3 / 2);
        },
        [](world<Kind>& in, std::uint64_t, std::uint64_t) { name_goes_on(in, {}, demand::lossless, false); },
        demand::lossless);
}

// ---- groups ----

/// As name_left(); a member of the survivors' is in the group.
template <class Kind>
void group_there(world<Kind>& in, demand wants)
{
    in.wait_for_absent = std::chrono::nanoseconds::max();
    in.open_producer();
    in.open_observers();
    in.publish(7);
    in.publish(world<Kind>::lap_records * 3 / 2);
    in.member.emplace(in.name(), in.grouped(wants));
    while (in.member->try_take()) {
    }
    in.expected = in.producer->next_number();
}

/// Of the records since, each comes to the survivor once; of `held` ones the dead may have released.
template <class Kind>
void group_goes_on(world<Kind>& in, demand wants, std::uint64_t held)
{
    const std::uint64_t end = in.producer->next_number();
    const std::uint64_t due = in.expected + held;
    std::map<std::uint64_t, int> seen;
    const auto all_there = [&] {
        return static_cast<std::uint64_t>(std::distance(seen.lower_bound(due), seen.end())) == end - due;
    };
    const auto begin = std::chrono::steady_clock::now();
    bool late = false;
    for (;;) {
        const auto batch = in.member->take_for(std::chrono::milliseconds{12});
        demand_that(static_cast<bool>(batch) || batch.why() == outcome::timed_out,
                    "a member finds what is there, not " + std::string{to_string(batch.why())});
        for (std::uint64_t i = 0; i < batch.size(); ++i) {
            demand_that(++seen[batch.number() + i] == 1,
                        "record " + std::to_string(batch.number() + i) + " comes to a member twice");
        }
        demand_that(batch.size() == 0 || batch.lost() == 0, "the group lost nothing");
        if (batch) {
            lanes_followed follows{in.member->next(), {{0, batch.number()}}};
            follows.template see<Kind>(batch, false);
            demand_that(follows.said().good(), "a member: " + follows.said().first);
        } else if (std::exchange(late, all_there())) {
            break; // once more than needed: something may come twice
        }
        demand_that(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5},
                    "what a dead member held is handed on; there are " + std::to_string(seen.size()) + " of " +
                        std::to_string(end - due));
    }
    const auto again = static_cast<std::uint64_t>(std::distance(seen.begin(), seen.lower_bound(due)));
    demand_that(seen.empty() || seen.begin()->first >= in.expected, "what the group had released does not come again");
    demand_that(wants == demand::lossy || again == 0 || (again == held && !in.finished),
                std::to_string(again) + " of the " + std::to_string(held) + " records that the dead one released");
    {
        const observer<Kind> other{in.name(), in.consuming(demand::lossless, start::newest)}; // in the dead one's slot
    }
    in.member->close();
    in.member.reset();
    in.forget_names();
    in.aftermath(end, end);
}

/// A member that takes two and dies of it.
template <class Kind>
void leave_dead_member(world<Kind>& in, demand wants)
{
    const support::forked dies{[&] {
        typename Kind::consumer from{in.name(), in.grouped(wants)};
        const auto held = from.try_take(2);
        ::kill(::getpid(), SIGKILL);
        return 0;
    }};
}

template <class Kind>
struct member_parts {
    const char* name;
    bool enters_before = true;
    bool dead_before = false; ///< one died with two records, before the victim enters
    bool dead_beside = false; ///< ... once it is there
    std::function<std::optional<typename Kind::batch>(typename Kind::consumer&)> prepare;
    std::function<void(typename Kind::consumer&, std::optional<typename Kind::batch>&)> act;
};

template <class Kind>
operation<Kind> member_operation(const member_parts<Kind>& what, demand wants, bool releases)
{
    actor<Kind> victim{.name = what.name,
                       .which = what.enters_before ? counting::every : counting::inside,
                       .body =
                           [=](world<Kind>& in) {
                               if (!what.enters_before) {
                                   trap();
                               }
                               typename Kind::consumer from{in.name(), in.grouped(wants)};
                               std::optional<typename Kind::batch> held;
                               if (what.enters_before) {
                                   trap();
                                   held = what.prepare(from);
                                   trap();
                                   what.act(from, held);
                               }
                               trap();
                           },
                       .lead =
                           [=](world<Kind>& in, traced& who) {
                               come(who);
                               if (what.enters_before) {
                                   in.publish(published);
                                   if (what.dead_beside) {
                                       leave_dead_member(in, wants);
                                   }
                                   come(who);
                               }
                           }};
    return {.victim = victim,
            .before =
                [=](world<Kind>& in) {
                    group_there(in, wants);
                    if (!what.enters_before) {
                        in.publish(published);
                    }
                    if (what.dead_before) {
                        leave_dead_member(in, wants);
                    }
                },
            .after = [=](world<Kind>& in, std::uint64_t, std::uint64_t) { group_goes_on(in, wants, releases ? 2 : 0); },
            .most_consumers = what.dead_beside ? 6U : 5U,
            .standing = wants == demand::lossless ? in_the_way::of_producers : in_the_way::of_nobody};
}

template <class Kind>
void add_members(std::vector<operation<Kind>>& all)
{
    using consumer = typename Kind::consumer;
    using batch = std::optional<typename Kind::batch>;
    const auto take_two = [](consumer& from) { return batch{from.try_take(2)}; };
    const auto none = [](consumer&) { return batch{}; };
    const auto keep_two = [](consumer& from, batch& held) { held.emplace(from.try_take(2)); };
    const auto release = [](consumer&, batch& held) { held->release(); };
    const auto leave = [](consumer& from, batch&) { from.close(); };
    for (const auto wants : {demand::lossless, demand::lossy}) {
        const bool lossless = wants == demand::lossless;
        const auto add = [&](const member_parts<Kind>& what, bool releases = false) {
            all.push_back(member_operation(what, wants, releases));
        };
        add({.name = lossless ? "group: take" : "group, lossy: take", .prepare = none, .act = keep_two});
        add({.name = lossless ? "group: release" : "group, lossy: release", .prepare = take_two, .act = release}, true);
        add({.name = lossless ? "group: leave with a batch" : "group, lossy: leave with a batch",
             .prepare = take_two,
             .act = leave});
        add({.name = lossless ? "group: leave" : "group, lossy: leave", .prepare = none, .act = leave});
        add({.name = lossless ? "group: enter" : "group, lossy: enter", .enters_before = false});
        add({.name = lossless ? "group: enter where one died" : "group, lossy: enter where one died",
             .enters_before = false,
             .dead_before = true});
        add({.name = lossless ? "group: take what a dead one held" : "group, lossy: take what a dead one held",
             .dead_beside = true,
             .prepare = none,
             .act = keep_two});
    }
}

} // namespace

template <class Kind>
std::vector<operation<Kind>> name_operations()
{
    std::vector<operation<Kind>> all;
    add_named<Kind>(all);
    add_members<Kind>(all);
    return all;
}

template std::vector<operation<dense>> name_operations();
template std::vector<operation<framed>> name_operations();

} // namespace torture
