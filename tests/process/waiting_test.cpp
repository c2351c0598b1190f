// SPDX-License-Identifier: BSL-1.0
// waiting_test.cpp: who waits is woken by what it waits for, and comes back when its time is up.
#include "process/peers.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace std::chrono_literals;
using process::consumer_process;
using process::producer_process;
using samepage::outcome;
using samepage::wait_policy;

namespace {

using clock = std::chrono::steady_clock;

// A sleeper looks for itself after each slice, so that it wakes up in the end though nobody rings. That somebody rings
// is seen from its bell. It may be between two slices just then: hence the rounds, one of which suffices.
constexpr int rounds = 100;

std::uint32_t bell_of(const support::pages& words, unsigned slot)
{
    return words.control().consumers[slot].bell.doorbell.load();
}

std::uint32_t producers_bell(const support::pages& words)
{
    return words.control().producer_bells[0].doorbell.load();
}

} // namespace

BOOST_AUTO_TEST_SUITE(waiting)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_take_that_is_limited_comes_back_when_its_time_is_up, Kind, process::kinds)
{
    const support::scratch_channel channel;
    const producer_process<Kind> from{channel};
    for (const auto policy : {wait_policy{}, wait_policy::busy(), wait_policy::sleep()}) {
        typename Kind::consumer to{channel.name(), {.wait = policy}};
        for (const auto span : {0ms, 1ms, 25ms}) {
            const auto begin = clock::now();
            BOOST_TEST((to.take_for(span).why() == outcome::timed_out));
            BOOST_TEST((clock::now() - begin >= span));
            BOOST_TEST((to.take_until(begin + 2 * span).why() == outcome::timed_out));
            BOOST_TEST((clock::now() - begin >= 2 * span));
        }
        BOOST_TEST((to.take_for(-1h).why() == outcome::timed_out));
        const auto begin = std::chrono::system_clock::now();
        BOOST_TEST((to.take_until(begin + 20ms).why() == outcome::timed_out));
        BOOST_TEST((std::chrono::system_clock::now() >= begin + 19ms)); // another clock than the one that is waited by
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_loan_that_is_limited_comes_back_when_its_time_is_up, Kind, process::kinds)
{
    for (const auto policy : {wait_policy{}, wait_policy::busy(), wait_policy::sleep()}) {
        const support::scratch_channel channel;
        typename Kind::producer from{channel.name(), {.capacity_bytes = 4096, .wait = policy}};
        const consumer_process<Kind> to{channel};
        const auto next = process::fill_up<Kind>(from, 0);
        for (const auto span : {0ms, 1ms, 25ms}) {
            const auto begin = clock::now();
            BOOST_TEST((Kind::loan_for(from, span, next).why() == outcome::timed_out));
            BOOST_TEST((clock::now() - begin >= span));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_there_is_given_whatever_the_limit, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    typename Kind::consumer to{channel.name()};
    for (const auto span : {std::chrono::nanoseconds{0}, std::chrono::nanoseconds{-1h}, std::chrono::nanoseconds{1h},
                            std::chrono::nanoseconds::max(), std::chrono::nanoseconds::min()}) {
        process::publish<Kind>(from, 0);
        BOOST_TEST((to.take_for(span).why() == outcome::ok));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sleeping_consumer_is_rung_by_a_publish, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    consumer_process<Kind> to{channel, "newest", "sleep"};
    const support::pages words{from.info()};
    unsigned rung = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        to.say("wait");
        to.expect("waiting");
        support::until([&] { return words.consumer_sleeps(); });
        const auto before = bell_of(words, 0);
        process::publish<Kind>(from, round);
        rung += bell_of(words, 0) != before ? 1U : 0U;
        to.expect("ok");
    }
    BOOST_TEST(rung > 0U);
    BOOST_TEST_MESSAGE("    rung " << rung << " times of " << rounds);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sleeping_producer_is_rung_by_a_release, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel, 4096, "sleep"};
    typename Kind::consumer to{channel.name()};
    support::follower seen;
    const support::pages words{to.info()};
    unsigned rung = 0;
    for (int round = 0; round < rounds; ++round) {
        from.fill();
        from.say("wait");
        from.expect("waiting");
        support::until([&] { return words.producer_sleeps(); });
        auto batch = to.take();
        Kind::follow(batch, seen);
        const auto before = producers_bell(words);
        batch.release();
        rung += producers_bell(words) != before ? 1U : 0U;
        from.expect("ok");
    }
    BOOST_TEST(rung > 0U);
    BOOST_TEST_MESSAGE("    rung " << rung << " times of " << rounds);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sleeping_producer_is_rung_by_a_consumer_that_leaves, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel, 4096, "sleep"};
    unsigned rung = 0;
    for (int round = 0; round < rounds / 4; ++round) {
        typename Kind::consumer to{channel.name()};
        const support::pages words{to.info()};
        from.fill();
        from.say("wait");
        from.expect("waiting");
        support::until([&] { return words.producer_sleeps(); });
        const auto before = producers_bell(words);
        to.close();
        rung += producers_bell(words) != before ? 1U : 0U;
        from.expect("ok");
    }
    BOOST_TEST(rung > 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sleeping_consumers_are_rung_by_a_close, Kind, process::kinds)
{
    unsigned rung = 0;
    for (int round = 0; round < rounds / 4; ++round) {
        const support::scratch_channel channel;
        typename Kind::producer from{channel.name(), {.capacity_bytes = 4096}};
        consumer_process<Kind> one{channel, "newest", "sleep"};
        consumer_process<Kind> other{channel, "newest", "sleep"};
        const support::pages words{from.info()};
        for (auto* const each : {&one, &other}) {
            each->say("wait");
            each->expect("waiting");
        }
        support::until([&] { return words.control().sleeping_consumers.load() == 3; });
        const auto before = bell_of(words, 0) + bell_of(words, 1);
        from.close();
        rung += bell_of(words, 0) + bell_of(words, 1) - before;
        one.expect("closed");
        other.expect("closed");
    }
    BOOST_TEST(rung > 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_publish_to_consumers_that_are_awake_rings_nobody, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    typename Kind::consumer to{channel.name()};
    const support::pages words{from.info()};
    for (std::uint64_t number = 0; number < 1000; ++number) {
        process::publish<Kind>(from, number);
        BOOST_TEST_REQUIRE(static_cast<bool>(to.take()));
    }
    BOOST_TEST(bell_of(words, 0) == 0U);
    BOOST_TEST(producers_bell(words) == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sleeper_that_is_stopped_and_continued_sleeps_on, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    consumer_process<Kind> to{channel, "newest", "sleep"};
    const support::pages words{from.info()};
    to.say("wait");
    to.expect("waiting");
    for (int i = 0; i < 10; ++i) {
        support::until([&] { return words.consumer_sleeps(); });
        to.stop();
        to.go_on();
    }
    process::publish<Kind>(from, 0);
    to.expect("ok");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sleeper_killed_asleep_is_no_burden_to_who_publishes, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    const support::pages words{from.info()};
    consumer_process<Kind> to{channel, "newest", "sleep"};
    to.say("wait");
    to.expect("waiting");
    support::until([&] { return words.consumer_sleeps(); });
    to.kill();
    process::publish<Kind>(from, 0);
    process::publish<Kind>(from, 1);
    BOOST_TEST(!words.consumer_sleeps());
    BOOST_TEST(bell_of(words, 0) <= 1U); // once for nothing, not at each publish
}

BOOST_AUTO_TEST_SUITE_END()
