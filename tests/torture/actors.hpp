// SPDX-License-Identifier: BSL-1.0
// actors.hpp: the processes of which operations and duels are made.
#pragma once

#include "support/forked.hpp"
#include "torture/operations.hpp"

#include <samepage/channel/wait_any.hpp>

#include <csignal>

namespace torture {

using samepage::demand;
using samepage::start;

/// Lets it come to its next trap. @throws std::runtime_error if it does not
inline void come(traced& who)
{
    demand_that(who.go() == halt::trap, "it comes to its begin: " + who.words());
}

/// Publishes as long as surely nobody needs to be asked for room.
template <class Kind>
void fill(typename Kind::producer& to)
{
    namespace frame = samepage::ring::frame;
    std::uint64_t used = 0;
    for (;;) {
        if constexpr (Kind::is_dense) {
            used += sizeof(support::tick);
        } else {
            used += frame::step(Kind::bytes(to), 8);
        }
        if (used + (Kind::is_dense ? 0 : frame::header_bytes) > world<Kind>::ring_bytes) {
            return;
        }
        auto slot = Kind::try_lend(to);
        demand_that(static_cast<bool>(slot), "there is room to fill");
        publish<Kind>(to, slot);
    }
}

template <class Kind>
void publish_one(typename Kind::producer& to)
{
    auto slot = Kind::try_lend(to);
    if (slot) {
        publish<Kind>(to, slot);
    }
}

/// A new producer publishes one record, with plenty of room.
template <class Kind>
actor<Kind> plain_producer(int records = 1)
{
    return {.name = records == 1 ? "publish" : "publish, publish, publish",
            .body =
                [records](world<Kind>& in) {
                    typename Kind::producer to{in.name(), in.producing()};
                    publish_one<Kind>(to);
                    trap();
                    for (int i = 0; i < records; ++i) {
                        publish_one<Kind>(to);
                    }
                    trap();
                },
            .lead =
                [](world<Kind>& in, traced& who) {
                    come(who);
                    in.open_observers();
                    in.lossless->drain();
                }};
}

/// A producer that used up its room publishes one record; all was taken. `held`: but for what the lossy one holds.
/// @param stubborn  and afterwards one more, which it waits for.
template <class Kind>
actor<Kind> full_producer(bool held, int records = 1, bool stubborn = false)
{
    return {.name = held ? "publish, past a hold" : "publish, advancing the horizon",
            .body =
                [records, stubborn](world<Kind>& in) {
                    typename Kind::producer to{in.name(), in.producing()};
                    trap();
                    fill<Kind>(to);
                    trap();
                    for (int i = 0; i < records; ++i) {
                        publish_one<Kind>(to);
                    }
                    trap();
                    if (stubborn) {
                        auto slot = Kind::lend_for(to, std::chrono::seconds{5});
                        demand_that(static_cast<bool>(slot), "the full producer is freed");
                        publish<Kind>(to, slot);
                    }
                },
            .lead =
                [held](world<Kind>& in, traced& who) {
                    come(who);
                    in.open_observers();
                    come(who);
                    if (held) {
                        in.lossy->hold(2);
                        in.lossy->look();
                    }
                    in.lossless->drain();
                }};
}

/// Takes; and looks afterwards at what it kept.
template <class Kind, class Take>
actor<Kind> taker(const char* name, demand wants, Take take, std::uint64_t lapped_by = 0)
{
    return {.name = name,
            .body =
                [wants, take](world<Kind>& in) {
                    observer<Kind> from{in.name(), in.consuming(wants)};
                    trap();
                    take(from);
                    trap();
                    from.let_go();
                    from.drain();
                    demand_that(from.seen().said().good(), from.seen().said().first);
                },
            .lead =
                [lapped_by](world<Kind>& in, traced& who) {
                    come(who);
                    if (lapped_by != 0) {
                        in.publish(lapped_by);
                    }
                }};
}

/// Joins. `resume`: the record to go on with, if not 0.
template <class Kind>
actor<Kind> joiner(const char* name, demand wants, start from, std::uint64_t resume = 0)
{
    return {.name = name,
            .which = counting::inside,
            .body =
                [wants, from, resume](world<Kind>& in) {
                    auto options = in.consuming(wants, from);
                    if (resume != 0) {
                        options.resume.push_back({0, resume});
                    }
                    trap();
                    observer<Kind> joined{in.name(), options};
                    trap();
                    joined.drain();
                    demand_that(joined.seen().said().good(), joined.seen().said().first);
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

/// Leaves, with a batch in its hands.
template <class Kind>
actor<Kind> leaver(const char* name, demand wants)
{
    return {.name = name,
            .body =
                [wants](world<Kind>& in) {
                    observer<Kind> from{in.name(), in.consuming(wants)};
                    from.hold(3);
                    trap();
                    from.consumer().close();
                    trap();
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

/// How long one sleeps that nobody wakes.
inline constexpr std::chrono::milliseconds short_sleep{15};

/// Waits for a record, and falls asleep over it.
template <class Kind>
actor<Kind> sleepy_consumer()
{
    return {.name = "fall asleep",
            .body =
                [](world<Kind>& in) {
                    observer<Kind> from{in.name(),
                                        in.consuming(demand::lossless, start::newest, samepage::wait_policy::sleep())};
                    trap();
                    from.keep(from.consumer().take_for(short_sleep));
                    trap();
                    from.let_go();
                    from.drain();
                    demand_that(from.seen().said().good(), from.seen().said().first);
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

/// Waits for room, falls asleep over it, and waits until it has it.
template <class Kind>
actor<Kind> sleepy_producer()
{
    auto sleepy = full_producer<Kind>(false);
    sleepy.name = "fall asleep for want of room";
    sleepy.body = [](world<Kind>& in) {
        typename Kind::producer to{in.name(), in.producing(samepage::wait_policy::sleep())};
        trap();
        fill<Kind>(to);
        trap();
        {
            auto slot = Kind::lend_for(to, short_sleep);
            if (slot) {
                publish<Kind>(to, slot);
            }
        }
        trap();
        auto slot = Kind::lend_for(to, std::chrono::seconds{5});
        demand_that(static_cast<bool>(slot), "the full producer is freed");
        publish<Kind>(to, slot);
    };
    return sleepy;
}

/// Takes part in one of the ways to wait that a user makes of several calls: does `act` once it has done `first`.
template <class Kind, class First, class Act>
actor<Kind> waiter(const char* name, counting which, First first, Act act)
{
    return {.name = name,
            .which = which,
            .body =
                [first, act](world<Kind>& in) {
                    observer<Kind> from{in.name(), in.consuming(demand::lossless, start::newest)};
                    observer<Kind> other{in.name(), in.consuming(demand::lossless, start::newest)};
                    first(from.consumer());
                    trap();
                    act(from.consumer(), other.consumer());
                    trap();
                    for (auto* const each : {&from, &other}) {
                        each->drain();
                        demand_that(each->seen().said().good(), each->seen().said().first);
                    }
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

template <class Kind>
actor<Kind> descriptor_maker()
{
    using consumer = typename Kind::consumer;
    return waiter<Kind>(
        "make a descriptor", counting::inside, [](consumer&) {},
        [](consumer& from, consumer&) { static_cast<void>(from.native_handle()); });
}

template <class Kind>
actor<Kind> armer()
{
    using consumer = typename Kind::consumer;
    return waiter<Kind>(
        "arm a descriptor", counting::every, [](consumer& from) { static_cast<void>(from.native_handle()); },
        [](consumer& from, consumer&) { static_cast<void>(from.arm()); });
}

template <class Kind>
actor<Kind> disarmer()
{
    using consumer = typename Kind::consumer;
    return waiter<Kind>(
        "disarm a descriptor", counting::every, [](consumer& from) { static_cast<void>(from.arm()); },
        [](consumer& from, consumer&) { from.disarm(); });
}

template <class Kind>
actor<Kind> waiter_for_any()
{
    using consumer = typename Kind::consumer;
    return waiter<Kind>(
        "wait for any of two", counting::every, [](consumer&) {},
        [](consumer& from, consumer& other) {
            static_cast<void>(
                samepage::wait_any_for(std::chrono::milliseconds{1}, samepage::wait_policy::sleep(), from, other));
        });
}

/// Takes over a lane, or makes the channel.
template <class Kind>
actor<Kind> opener(const char* name)
{
    return {.name = name,
            .which = counting::inside,
            .body =
                [](world<Kind>& in) {
                    const auto options = in.producing();
                    trap();
                    typename Kind::producer to{in.name(), options};
                    trap();
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

/// A consumer that joined, and died of it. It binds every producer until somebody finds that out.
template <class Kind>
void leave_dead_consumer(world<Kind>& in, demand wants = demand::lossless)
{
    const support::forked dies{[&] {
        observer<Kind> from{in.name(), in.consuming(wants)};
        from.hold(2);
        ::kill(::getpid(), SIGKILL);
        return 0;
    }};
}

/// A producer whose ring is full, and of whose consumers one is dead, finds that out.
template <class Kind>
actor<Kind> recoverer(const char* name, bool second = false)
{
    return {.name = name,
            .body =
                [](world<Kind>& in) {
                    typename Kind::producer to{in.name(), in.producing()};
                    trap();
                    fill<Kind>(to);
                    trap();
                    publish_one<Kind>(to);
                    trap();
                },
            .lead =
                [second](world<Kind>& in, traced& who) {
                    come(who);
                    if (!second) {
                        in.open_observers();
                        leave_dead_consumer<Kind>(in);
                    }
                    come(who);
                    in.lossless->drain();
                }};
}

/// Leaves a lane whose producer died, its ring once around, past a hold.
template <class Kind>
void leave_dead_producer(world<Kind>& in)
{
    note_page unheard;
    const auto dies = full_producer<Kind>(true, 3);
    struct context {
        const actor<Kind>& who;
        world<Kind>& in;
    } both{dies, in};
    traced who{[](void* of) {
                   auto& each = *static_cast<context*>(of);
                   each.who.body(each.in);
               },
               &both, unheard};
    dies.lead(in, who);
    come(who);
    who.kill();
    in.lossless->drain();
}

} // namespace torture
