// SPDX-License-Identifier: BSL-1.0
// operations.cpp: each operation, with the others as they are when it begins.
#include "support/pages.hpp"
#include "torture/actors.hpp"

#include <poll.h>

namespace torture {
namespace {

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
    all.push_back({opener<Kind>("create"), nothing<Kind>, created_after<Kind>, 0});
    all.push_back({opener<Kind>("succeed a dead producer"), leave_dead_producer<Kind>, plain_after<Kind>, 0});
    all.push_back({opener<Kind>("take a second lane"), turned<Kind>, second_lane_after<Kind>, 0});
}

/// Takes one record, asleep until it comes. @return exit status
template <class Kind>
int sleep_until_one(world<Kind>& in, bool polls)
{
    observer<Kind> sleeps{in.name(), in.consuming(demand::lossless, start::newest, samepage::wait_policy::sleep())};
    const int descriptor = polls ? sleeps.consumer().native_handle() : -1;
    while (sleeps.seen().said().records == 0) {
        if (polls && sleeps.consumer().arm()) {
            ::pollfd rung{descriptor, POLLIN, 0};
            ::poll(&rung, 1, -1);
            sleeps.consumer().disarm();
        }
        if (sleeps.see(polls ? sleeps.consumer().try_take() : sleeps.consumer().take()) != samepage::outcome::ok) {
            ::sched_yield(); // nobody publishes until the dead one has a successor
        }
    }
    return sleeps.seen().said().good() ? 0 : 1;
}

/// Publishes while a consumer sleeps, and wakes it.
template <class Kind>
operation<Kind> wake_consumer(bool polls)
{
    actor<Kind> waker = plain_producer<Kind>();
    waker.name = polls ? "publish, and ring for who polls" : "publish, and wake a consumer";
    waker.which = polls ? counting::inside : counting::every;
    waker.lead = [polls](world<Kind>& in, traced& who) {
        come(who);
        in.open_observers();
        in.lossless->drain();
        in.sleeper.emplace([&in, polls] { return sleep_until_one<Kind>(in, polls); });
        const support::pages words{in.lossless->consumer().info()};
        support::until([&] { return words.consumer_sleeps(); });
    };
    const auto after = [](world<Kind>& in, std::uint64_t least, std::uint64_t more) {
        in.lossless->drain();
        const bool came = in.seen() > least;
        if (came) { // that it was not woken costs it a slice of its sleep, no more
            demand_that(in.sleeper->wait() == 0, "the sleeper finds the record by itself");
        }
        in.aftermath(least, least + more);
        demand_that(came || in.sleeper->wait() == 0, "the sleeper finds the successor's record");
    };
    return {.victim = waker, .before = nothing<Kind>, .after = after, .more = 1, .most_consumers = 5};
}

/// Releases while a producer sleeps for want of room, and wakes it.
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
        in.sleeper.emplace([&in] {
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
        demand_that(in.sleeper->wait() == 0, "the sleeper goes on");
        in.aftermath(least + more, least + more);
    };
    return {.victim = waker, .before = before, .after = after, .more = records};
}

template <class Kind>
void add_consumers(std::vector<operation<Kind>>& all)
{
    const auto take_some = [](observer<Kind>& from) { from.consumer().try_take(5).release(); };
    const auto take_latest = [](observer<Kind>& from) { from.consumer().try_take_latest().release(); };
    constexpr auto laps = world<Kind>::lap_records * 2;
    all.push_back({taker<Kind>("take and release, lossless", demand::lossless, take_some, 4), streaming<Kind>,
                   consumer_after<Kind>});
    all.push_back(
        {taker<Kind>("take and release, lossy", demand::lossy, take_some, 9), turned<Kind>, consumer_after<Kind>});
    all.push_back({taker<Kind>("take and release, lossy, lapped", demand::lossy, take_some, laps), turned<Kind>,
                   consumer_after<Kind>});
    all.push_back({taker<Kind>("take the latest, lossless", demand::lossless, take_latest, 4), streaming<Kind>,
                   consumer_after<Kind>});
    all.push_back({taker<Kind>("take the latest, lossy, lapped", demand::lossy, take_latest, laps), turned<Kind>,
                   consumer_after<Kind>});
    all.push_back(
        {joiner<Kind>("join, lossless, oldest", demand::lossless, start::oldest), turned<Kind>, consumer_after<Kind>});
    all.push_back(
        {joiner<Kind>("join, lossless, newest", demand::lossless, start::newest), turned<Kind>, consumer_after<Kind>});
    all.push_back(
        {joiner<Kind>("join, lossy, newest", demand::lossy, start::newest), turned<Kind>, consumer_after<Kind>});
    all.push_back(
        {joiner<Kind>("join, lossy, resuming", demand::lossy, start::oldest, 5), turned<Kind>, consumer_after<Kind>});
    all.push_back({joiner<Kind>("join in a dead one's slot", demand::lossless, start::oldest),
                   [](world<Kind>& in) {
                       turned<Kind>(in);
                       leave_dead_consumer<Kind>(in);
                   },
                   consumer_after<Kind>});
    all.push_back({leaver<Kind>("leave, lossless", demand::lossless), turned<Kind>, consumer_after<Kind>});
    all.push_back({leaver<Kind>("leave, lossy", demand::lossy), turned<Kind>, consumer_after<Kind>});
}

} // namespace

template <class Kind>
std::vector<operation<Kind>> operations()
{
    std::vector<operation<Kind>> all;
    add_producers<Kind>(all);
    add_consumers<Kind>(all);
    all.push_back(wake_consumer<Kind>(false));
    all.push_back(wake_consumer<Kind>(true));
    all.push_back(wake_producer<Kind>());
    return all;
}

template std::vector<operation<dense>> operations();
template std::vector<operation<framed>> operations();

} // namespace torture
