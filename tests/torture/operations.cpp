// SPDX-License-Identifier: BSL-1.0
// operations.cpp: each operation, with the others as they are when it begins.
#include "support/pages.hpp"
#include "torture/actors.hpp"
#include "torture/life_operations.hpp"
#include "torture/name_operations.hpp"
#include "torture/ring_operations.hpp"

#include <samepage/channel/wait_any.hpp>

#include <bit>

#include <poll.h>

namespace torture {
namespace {

constexpr int patience_ms = 5000;

template <class Kind>
void nothing(world<Kind>&)
{
}

/// A producer of ours has published some, and two observers have joined.
template <class Kind>
void streaming(world<Kind>& in)
{
    in.open_producer();
    in.open_observers();
    in.publish(7);
}

/// As streaming, and the ring was gone around.
template <class Kind>
void turned(world<Kind>& in)
{
    streaming<Kind>(in);
    in.publish(world<Kind>::lap_records * 3 / 2);
}

template <class Kind>
void plain_after(world<Kind>& in, std::uint64_t least, std::uint64_t more)
{
    in.aftermath(least, least + more);
}

/// Some of the records are published already, which the lossless observer has not seen.
template <class Kind>
void consumer_after(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    in.aftermath(in.producer->next_number(), in.producer->next_number());
}

template <class Kind>
void second_lane_after(world<Kind>& in, std::uint64_t least, std::uint64_t more)
{
    in.aftermath(least, least + more, true);
}

template <class Kind>
void created_after(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    in.open_producer();
    in.open_observers();
    in.aftermath(0, 0);
}

template <class Kind>
void add_producers(std::vector<operation<Kind>>& all)
{
    all.push_back({plain_producer<Kind>(), nothing<Kind>, plain_after<Kind>, 1});
    all.push_back({plain_producer<Kind>(3), nothing<Kind>, plain_after<Kind>, 3});
    all.push_back({full_producer<Kind>(false), nothing<Kind>, plain_after<Kind>, 1});
    all.push_back({full_producer<Kind>(true), nothing<Kind>, plain_after<Kind>, 1});
    all.push_back({recoverer<Kind>("recover a dead consumer"), nothing<Kind>, plain_after<Kind>, 1});
    actor<Kind> other = plain_producer<Kind>();
    other.name = Kind::is_dense ? "publish many at once" : "publish less than was lent";
    other.body = [](world<Kind>& in) {
        typename Kind::producer to{in.name(), in.producing()};
        publish_one<Kind>(to);
        trap();
        Kind::try_publish_otherwise(to, 5);
        trap();
    };
    all.push_back({other, nothing<Kind>, plain_after<Kind>, Kind::records_otherwise(5)});
    actor<Kind> closer = plain_producer<Kind>();
    closer.name = "close";
    closer.body = [](world<Kind>& in) {
        typename Kind::producer to{in.name(), in.producing()};
        publish_one<Kind>(to);
        trap();
        to.close();
        trap();
    };
    all.push_back({closer, nothing<Kind>, plain_after<Kind>, 0});
    actor<Kind> dropper = plain_producer<Kind>();
    dropper.name = "loan and discard";
    dropper.body = [](world<Kind>& in) {
        typename Kind::producer to{in.name(), in.producing()};
        publish_one<Kind>(to);
        trap();
        {
            const auto slot = Kind::try_lend(to);
            Kind::write(slot, torn_key);
        }
        trap();
    };
    all.push_back({dropper, nothing<Kind>, plain_after<Kind>, 0});
    all.push_back({.victim = opener<Kind>("create"),
                   .before = nothing<Kind>,
                   .after = created_after<Kind>,
                   .standing = in_the_way::of_all});
    all.push_back({opener<Kind>("succeed a dead producer"), leave_dead_producer<Kind>, plain_after<Kind>, 0});
    all.push_back({opener<Kind>("take a second lane"), turned<Kind>, second_lane_after<Kind>, 0});
}

/// How a consumer sleeps.
enum class sleeping { on_its_bell, on_a_descriptor, on_several };

/// Takes one record, asleep until it comes. @return exit status
template <class Kind>
int sleep_until_one(world<Kind>& in, sleeping how)
{
    const auto options = in.consuming(demand::lossless, start::newest, samepage::wait_policy::sleep());
    std::optional<observer<Kind>> other;
    if (how == sleeping::on_several) {
        other.emplace(in.name(), options);
    }
    observer<Kind> sleeps{in.name(), options};
    auto& consumer = sleeps.consumer();
    const int descriptor = how == sleeping::on_a_descriptor ? consumer.native_handle() : -1;
    while (sleeps.seen().said().records == 0) {
        if (how == sleeping::on_a_descriptor && consumer.arm()) {
            ::pollfd rung{descriptor, POLLIN, 0};
            ::poll(&rung, 1, -1);
            consumer.disarm();
        } else if (how == sleeping::on_several) {
            static_cast<void>(samepage::wait_any(samepage::wait_policy::sleep(), consumer, other->consumer()));
        }
        if (sleeps.see(how == sleeping::on_its_bell ? consumer.take() : consumer.try_take()) != samepage::outcome::ok) {
            ::sched_yield(); // nobody publishes until the dead one has a successor
        }
    }
    return sleeps.seen().said().good() ? 0 : 1;
}

/// Publishes while a consumer sleeps, and wakes it. The sleeper's slices are endless: who lives must ring.
template <class Kind>
operation<Kind> wake_consumer(sleeping how)
{
    actor<Kind> waker = plain_producer<Kind>();
    waker.name = how == sleeping::on_its_bell       ? "publish, and wake a consumer"
                 : how == sleeping::on_a_descriptor ? "publish, and ring for who polls"
                                                    : "publish, and wake who waits for several";
    waker.which = how == sleeping::on_a_descriptor ? counting::inside : counting::every;
    const int sleepers = how == sleeping::on_several ? 2 : 1;
    waker.lead = [how, sleepers](world<Kind>& in, traced& who) {
        come(who);
        in.open_observers();
        in.lossless->drain();
        in.asleep.emplace([&in, how] { return sleep_until_one<Kind>(in, how); });
        const support::pages words{in.lossless->consumer().info()};
        support::until([&] { return std::popcount(words.control().sleeping_consumers.load()) == sleepers; });
    };
    const auto after = [sleepers](world<Kind>& in, std::uint64_t least, std::uint64_t more) {
        const support::pages words{in.lossless->consumer().info()};
        // Who claims a sleeper's bit is the one to ring.
        const bool claimed = std::popcount(words.control().sleeping_consumers.load()) != sleepers;
        in.lossless->drain();
        const bool came = in.seen() > least;
        if (in.finished) {
            demand_that(in.asleep->wakes(), "the sleeper is woken by the bell");
        } else if (came || claimed) { // that it was not woken costs it a slice of its sleep, no more
            demand_that(in.asleep->wakes_by_itself(), "the sleeper finds the record by itself");
        }
        in.aftermath(least, least + more);
        demand_that(in.finished || came || claimed || in.asleep->wakes(),
                    "the sleeper is woken by the bell for the successor's record");
    };
    return {.victim = waker,
            .before = nothing<Kind>,
            .after = after,
            .more = 1,
            .most_consumers = 4U + static_cast<unsigned>(sleepers),
            .standing = in_the_way::of_producers}; // the sleepers are
}

/// Releases while a producer sleeps for want of room, and wakes it, whose slices are endless.
template <class Kind>
operation<Kind> wake_producer()
{
    constexpr std::uint64_t records = 3;
    actor<Kind> waker = taker<Kind>("take and release, and wake a producer", demand::lossless,
                                    [](observer<Kind>& from) { from.consumer().try_take().release(); });
    waker.lead = [](world<Kind>& in, traced& who) {
        come(who);
        const support::pages words{in.lossless->consumer().info()};
        support::until([&] { return words.producer_sleeps(); });
        in.lossless->drain();
    };
    const auto before = [](world<Kind>& in) {
        in.asleep.emplace([&in] {
            typename Kind::producer to{in.name(), in.producing(samepage::wait_policy::sleep())};
            support::until([&] { return to.consumer_count() == 3; });
            fill<Kind>(to);
            for (std::uint64_t i = 0; i < records; ++i) {
                auto slot = Kind::lend(to);
                publish<Kind>(to, slot);
            }
            return 0;
        });
        in.open_observers();
    };
    const auto after = [](world<Kind>& in, std::uint64_t least, std::uint64_t more) {
        demand_that(in.finished ? in.asleep->wakes() : in.asleep->wakes_by_itself(),
                    in.finished ? "the sleeper is woken by the bell" : "the sleeper goes on by itself");
        in.aftermath(least + more, least + more);
    };
    return {.victim = waker,
            .before = before,
            .after = after,
            .more = records,
            .standing = in_the_way::of_all}; // of the sleeper; as a release it stands still elsewhere
}

template <class Kind>
void add_consumers(std::vector<operation<Kind>>& all)
{
    const auto take_some = [](observer<Kind>& from) { from.see(from.consumer().try_take(5)); };
    const auto take_latest = [](observer<Kind>& from) { from.see(from.consumer().try_take_latest(), true); };
    constexpr auto laps = world<Kind>::lap_records * 2;
    const auto add = [&](const actor<Kind>& victim, demand wants, void (*before)(world<Kind>&)) {
        all.push_back({.victim = victim,
                       .before = before,
                       .after = consumer_after<Kind>,
                       .standing = wants == demand::lossless ? in_the_way::of_producers : in_the_way::of_nobody});
    };
    const auto add_taker = [&](const char* name, demand wants, auto take, std::uint64_t more, auto before) {
        add(taker<Kind>(name, wants, take, more), wants, before);
    };
    add_taker("take and release, lossless", demand::lossless, take_some, 4, streaming<Kind>);
    add_taker("take and release, lossy", demand::lossy, take_some, 9, turned<Kind>);
    add_taker("take and release, lossy, lapped", demand::lossy, take_some, laps, turned<Kind>);
    add_taker("take the latest, lossless", demand::lossless, take_latest, 4, streaming<Kind>);
    add_taker("take the latest, lossy, lapped", demand::lossy, take_latest, laps, turned<Kind>);
    const auto add_joiner = [&](const char* name, demand wants, start from, std::uint64_t resume = 0) {
        add(joiner<Kind>(name, wants, from, resume), wants, turned<Kind>);
    };
    add_joiner("join, lossless, oldest", demand::lossless, start::oldest);
    add_joiner("join, lossless, newest", demand::lossless, start::newest);
    add_joiner("join, lossy, newest", demand::lossy, start::newest);
    add_joiner("join, lossy, resuming", demand::lossy, start::oldest, 5);
    add(joiner<Kind>("join in a dead one's slot", demand::lossless, start::oldest), demand::lossless,
        [](world<Kind>& in) {
            turned<Kind>(in);
            leave_dead_consumer<Kind>(in);
        });
    add(joiner<Kind>("join, lossy, where a lossless one died", demand::lossy, start::oldest), demand::lossy,
        [](world<Kind>& in) {
            turned<Kind>(in);
            leave_dead_consumer<Kind>(in);
        });
    add(joiner<Kind>("join, lossy, where a lossless one left", demand::lossy, start::oldest), demand::lossy,
        [](world<Kind>& in) {
            turned<Kind>(in);
            const observer<Kind> leaves{in.name(), in.consuming(demand::lossless)};
        });
    add(leaver<Kind>("leave, lossless", demand::lossless), demand::lossless, turned<Kind>);
    add(leaver<Kind>("leave, lossy", demand::lossy), demand::lossy, turned<Kind>);
}

/// As consumer_after, and the next one in the dead one's slot has a descriptor that is rung.
template <class Kind>
void poller_after(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    {
        observer<Kind> next{in.name(), in.consuming(demand::lossless, start::newest)};
        const without_clock rung_or_never;
        ::pollfd watched{next.consumer().native_handle(), POLLIN, 0};
        demand_that(next.consumer().arm(), "the next one arms its descriptor");
        in.publish(1);
        demand_that(::poll(&watched, 1, patience_ms) == 1, "the next one's descriptor is rung");
        next.consumer().disarm();
        next.drain();
        demand_that(next.seen().next(0) == in.producer->next_number(), "the next one finds the record");
    }
    in.aftermath(in.producer->next_number(), in.producer->next_number());
}

template <class Kind>
void add_waiters(std::vector<operation<Kind>>& all)
{
    const auto add = [&](const actor<Kind>& victim) {
        all.push_back({.victim = victim,
                       .before = turned<Kind>,
                       .after = poller_after<Kind>,
                       .standing = in_the_way::of_producers});
    };
    add(descriptor_maker<Kind>());
    add(armer<Kind>());
    add(disarmer<Kind>());
    add(waiter_for_any<Kind>());
}

} // namespace

template <class Kind>
std::vector<operation<Kind>> operations()
{
    std::vector<operation<Kind>> all;
    add_producers<Kind>(all);
    add_consumers<Kind>(all);
    add_waiters<Kind>(all);
    for (const auto how : {sleeping::on_its_bell, sleeping::on_a_descriptor, sleeping::on_several}) {
        all.push_back(wake_consumer<Kind>(how));
    }
    all.push_back(wake_producer<Kind>());
    for (auto& each : name_operations<Kind>()) {
        all.push_back(std::move(each));
    }
    for (auto& each : ring_operations<Kind>()) {
        all.push_back(std::move(each));
    }
    for (auto& each : life_operations<Kind>()) {
        all.push_back(std::move(each));
    }
    return all;
}

template std::vector<operation<dense>> operations();
template std::vector<operation<framed>> operations();

} // namespace torture
