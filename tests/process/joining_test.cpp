// SPDX-License-Identifier: BSL-1.0
// joining_test.cpp: where a consumer that comes late begins, quiet or under full load.
#include "process/peers.hpp"

#include <samepage/ring/observer.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>

using process::consumer_process;
using process::dense;
using process::producer_process;
using samepage::outcome;
using samepage::start;

namespace {

/// What a consumer that joins now finds, without waiting.
template <class Kind>
struct arrival {
    support::follower seen;
    outcome why = outcome::ok;

    arrival(const support::scratch_channel& channel, start from)
    {
        typename Kind::consumer to{channel.name(), {.from = from}};
        for (;;) {
            const auto batch = to.try_take();
            if (!batch) {
                why = batch.why();
                return;
            }
            Kind::follow(batch, seen);
        }
    }
};

/// Joins, takes a little, leaves; told: name, how often, seed.
template <class Kind>
void join_and_leave(support::lines& parent, const support::words& told)
{
    support::random_numbers random{std::stoull(told.at(2))};
    std::uint64_t records = 0;
    for (auto left = std::stoull(told.at(1)); left != 0; --left) {
        const bool newest = random.below(2) == 0;
        const std::uint64_t published = typename Kind::consumer(told.at(0)).next().front().number;
        typename Kind::consumer to{told.at(0), {.from = newest ? start::newest : start::oldest}};
        support::follower seen;
        for (auto batches = random.below(6); batches != 0; --batches) {
            const auto batch = to.take(1 + random.below(200));
            support::require(static_cast<bool>(batch), "the producer streams");
            Kind::follow(batch, seen);
            if (newest) {
                support::require(seen.next() - seen.seen() >= published, "newest is not older than the joining");
            }
        }
        records += seen.seen();
    }
    parent.say(std::to_string(records));
}

template <class Kind>
void many_join_under_load(const char* role, bool with_a_steady_one)
{
    const auto seed = support::new_seed("joins");
    const support::scratch_channel channel;
    producer_process<Kind> from{channel, 4096};
    std::unique_ptr<consumer_process<Kind>> steady;
    if (with_a_steady_one) {
        steady = std::make_unique<consumer_process<Kind>>(channel);
        steady->say("finish");
    }
    from.say("stream");
    from.expect("streaming");
    support::child one{role, {channel.name(), "1500", std::to_string(seed)}};
    support::child other{role, {channel.name(), "1500", std::to_string(seed + 1)}};
    BOOST_TEST(one.hear_number() + other.hear_number() > 0U);
    from.kill();
    if (with_a_steady_one) {
        BOOST_TEST(steady->hear().starts_with("producer_died "));
    }
}

} // namespace

SAMEPAGE_CHILD(joins_and_leaves_dense)
{
    join_and_leave<process::dense>(parent, told);
}
SAMEPAGE_CHILD(joins_and_leaves_framed)
{
    join_and_leave<process::framed>(parent, told);
}

BOOST_AUTO_TEST_SUITE(joining)

BOOST_AUTO_TEST_CASE_TEMPLATE(at_the_newest_only_what_comes_later_is_seen, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    for (std::uint64_t number = 0; number < 10; ++number) {
        process::publish<Kind>(from, number);
    }
    typename Kind::consumer to{channel.name()};
    BOOST_TEST((to.try_take().why() == outcome::empty));
    process::publish<Kind>(from, 10);
    support::follower seen{10};
    BOOST_TEST((process::follow<Kind>(to, seen, 1) == outcome::ok));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_the_oldest_everything_is_seen_as_long_as_it_fits, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    for (std::uint64_t number = 0; number < 100; ++number) {
        process::publish<Kind>(from, number);
    }
    const arrival<Kind> late{channel, start::oldest};
    BOOST_TEST(late.seen.seen() == 100U);
    BOOST_TEST(late.seen.next() == 100U);
    BOOST_TEST((late.why == outcome::empty));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_channel_without_records_is_empty_from_either_end, Kind, process::kinds)
{
    const support::scratch_channel channel;
    const typename Kind::producer from{channel.name()};
    BOOST_TEST((arrival<Kind>(channel, start::oldest).why == outcome::empty));
    BOOST_TEST((arrival<Kind>(channel, start::newest).why == outcome::empty));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_any_number_of_laps_the_oldest_is_the_last_ring_nearly_full, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    std::uint64_t seen_once = 0;
    for (std::uint64_t number = 0; number < 30'000; ++number) {
        process::publish<Kind>(from, number);
        if (number % 997 == 0) { // wherever the ring is just then
            const arrival<Kind> late{channel, start::oldest};
            BOOST_TEST_REQUIRE(late.seen.next() == number + 1);
            BOOST_TEST_REQUIRE(late.seen.seen() > 0U);
            seen_once = late.seen.seen();
        }
    }
    if constexpr (std::is_same_v<Kind, dense>) {
        BOOST_TEST(seen_once * sizeof(support::tick) >= process::small_ring / 2);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(at_the_oldest_beside_a_consumer_that_lags_the_rest_is_seen, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    typename Kind::consumer slow{channel.name()};
    support::follower seen;
    std::uint64_t next = 0;
    for (int lap = 0; lap < 60; ++lap) {
        next = process::fill_up<Kind>(from, next);
        const arrival<Kind> late{channel, start::oldest};
        BOOST_TEST_REQUIRE(late.seen.next() == next);
        Kind::follow(slow.take(37), seen);
    }
    next = process::fill_up<Kind>(from, next);
    from.close();
    BOOST_TEST((process::follow_to_the_end<Kind>(slow, seen) == outcome::closed));
    BOOST_TEST(seen.next() == next);
}

BOOST_AUTO_TEST_CASE(a_long_record_that_fills_the_ring_is_there_for_who_joins_at_the_oldest)
{
    for (const bool somebody_lags : {true, false}) {
        const support::scratch_channel channel;
        samepage::bytes_producer to{channel.name(), {.capacity_bytes = process::small_ring}};
        std::optional<samepage::bytes_consumer> slow;
        if (somebody_lags) {
            slow.emplace(channel.name());
        }
        const auto publish = [&](std::size_t bytes, std::uint64_t number) {
            auto slot = to.loan(bytes);
            BOOST_REQUIRE(slot);
            support::fill(slot.bytes(), number);
            slot.publish();
        };
        publish(100, 0);
        publish(process::small_ring * 3 / 4, 1);
        if (slow) {
            BOOST_TEST(slow->try_take(1).size() == 1U); // has let go of the short one, and not looked at the long one
        }
        samepage::observer eye{channel.name()};
        const auto kept = [&] { return eye.look().lanes.at(0).kept_bytes; };
        for (std::size_t more = 100; kept() > process::small_ring * 3 / 4 + 100; more += 8) {
            BOOST_REQUIRE(to.try_loan(more)); // room is made of the short one's, and given up
        }
        samepage::bytes_consumer late{channel.name(), {.from = start::oldest}};
        const auto batch = late.try_take();
        BOOST_REQUIRE_EQUAL(batch.size(), 1U);
        BOOST_TEST(batch.front().size() == process::small_ring * 3 / 4);
    }
}

BOOST_AUTO_TEST_CASE(loans_of_which_little_is_published_leave_as_much_for_who_joins)
{
    constexpr std::size_t ring = std::size_t{1} << 16U;
    const support::scratch_channel framed_channel;
    samepage::bytes_producer framed_to{framed_channel.name(), {.capacity_bytes = ring}};
    const support::scratch_channel dense_channel;
    dense::producer dense_to{dense_channel.name(), {.capacity_bytes = ring}};
    samepage::observer framed_eye{framed_channel.name()};
    samepage::observer dense_eye{dense_channel.name()};
    for (int i = 0; i != 20'000; ++i) {
        framed_to.loan(ring / 8).publish(100);
        dense_to.loan(ring / 8 / sizeof(support::tick)).publish(1);
        if (i > 10'000 && i % 100 == 0) {
            BOOST_TEST(framed_eye.look().lanes.at(0).kept_bytes > ring / 2);
            BOOST_TEST(dense_eye.look().lanes.at(0).kept_bytes > ring / 2);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_closed_producer_left_is_there_for_who_joins_at_the_oldest, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    from.say("publish 50");
    from.expect("published");
    from.say("close");
    from.expect("closed");
    const arrival<Kind> late{channel, start::oldest};
    BOOST_TEST(late.seen.seen() == 50U);
    BOOST_TEST((late.why == outcome::closed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_killed_producer_left_is_there_for_who_joins_at_the_oldest, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    from.say("publish 50");
    from.expect("published");
    from.kill();
    typename Kind::consumer to{channel.name(), {.from = start::oldest}};
    support::follower seen;
    BOOST_TEST((process::follow_to_the_end<Kind>(to, seen) == outcome::producer_died));
    BOOST_TEST(seen.seen() == 50U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_joins_holds_the_producer_up_from_there_on, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    std::uint64_t next = 0;
    for (; next < 5000; ++next) { // alone, laps of it
        process::publish<Kind>(from, next);
    }
    consumer_process<Kind> to{channel, "oldest"};
    next = process::fill_up<Kind>(from, next);
    from.close();
    to.say("finish");
    const std::string said = to.hear();
    BOOST_TEST(said.starts_with("closed "), said);
    BOOST_TEST(said.ends_with(' ' + std::to_string(next)), said);
}

BOOST_AUTO_TEST_CASE(thousands_who_join_a_dense_stream_at_full_speed_see_only_whole_records_in_order)
{
    many_join_under_load<process::dense>("joins_and_leaves_dense", false);
}

BOOST_AUTO_TEST_CASE(thousands_who_join_a_framed_stream_at_full_speed_see_only_whole_records_in_order)
{
    many_join_under_load<process::framed>("joins_and_leaves_framed", false);
}

BOOST_AUTO_TEST_CASE(thousands_who_come_and_go_cost_a_steady_consumer_of_dense_records_nothing)
{
    many_join_under_load<process::dense>("joins_and_leaves_dense", true);
}

BOOST_AUTO_TEST_CASE(thousands_who_come_and_go_cost_a_steady_consumer_of_framed_records_nothing)
{
    many_join_under_load<process::framed>("joins_and_leaves_framed", true);
}

BOOST_AUTO_TEST_SUITE_END()
