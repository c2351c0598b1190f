// SPDX-License-Identifier: BSL-1.0
// membership_test.cpp: one producer at a time, as many consumers as there are slots, and who may come when.
#include "process/peers.hpp"
#include "support/refusal.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <vector>

#include <unistd.h>

using namespace std::chrono_literals;
using process::consumer_process;
using process::dense;
using process::producer_process;
using samepage::errc;
using samepage::outcome;
using support::refusal;
using support::says;

SAMEPAGE_CHILD(waits_for_a_channel)
{
    parent.say("waiting");
    process::dense::consumer to{told.at(0), {.wait_for_channel = 1h}};
    parent.say("joined");
    support::require(static_cast<bool>(to.take()), "a record comes");
    parent.say("took");
}

BOOST_AUTO_TEST_SUITE(membership)

// ---- producers ----

BOOST_AUTO_TEST_CASE_TEMPLATE(one_producer_too_many_is_refused_with_the_first_ones_process_id, Kind, process::kinds)
{
    const support::scratch_channel channel;
    const process::sole_producer_process<Kind> first{channel};
    const auto fault = refusal(errc::producer_exists, [&] { typename Kind::producer{channel.name()}; });
    BOOST_TEST(says(fault, "process id " + std::to_string(first.pid())));
}

BOOST_AUTO_TEST_CASE(one_too_many_of_the_same_process_is_refused_too)
{
    const support::scratch_channel channel;
    const dense::producer first{channel.name(), {.max_producers = 2}};
    const dense::producer second{channel.name()};
    const auto fault = refusal(errc::producer_exists, [&] { dense::producer{channel.name()}; });
    const std::string pid = std::to_string(::getpid());
    BOOST_TEST(says(fault, pid + ", " + pid));
}

BOOST_AUTO_TEST_CASE(a_refused_producer_does_the_first_one_no_harm)
{
    const support::scratch_channel channel;
    process::sole_producer_process<dense> first{channel};
    dense::consumer to{channel.name()};
    for (int i = 0; i < 3; ++i) {
        refusal(errc::producer_exists, [&] { dense::producer{channel.name()}; });
    }
    first.say("publish 1");
    BOOST_TEST((to.take().why() == outcome::ok));
    BOOST_TEST((to.take_for(30ms).why() == outcome::timed_out)); // neither closed nor died
}

BOOST_AUTO_TEST_CASE(a_stopped_producer_keeps_its_place)
{
    const support::scratch_channel channel;
    process::sole_producer_process<dense> first{channel};
    first.stop();
    refusal(errc::producer_exists, [&] { dense::producer{channel.name()}; });
}

BOOST_AUTO_TEST_CASE(a_killed_producers_place_is_free)
{
    const support::scratch_channel channel;
    producer_process<dense> first{channel};
    first.kill();
    dense::producer{channel.name()};
}

BOOST_AUTO_TEST_CASE(a_closed_producers_place_is_free_though_the_handle_lives)
{
    const support::scratch_channel channel;
    dense::producer first{channel.name()};
    first.close();
    dense::producer second{channel.name()};
    BOOST_TEST((first.try_loan().why() == outcome::closed));
    BOOST_TEST((first.loan().why() == outcome::closed));
    BOOST_TEST((second.try_loan().why() == outcome::ok));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_loan_published_after_the_close_does_not_disturb_the_successor, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer first{channel.name()};
    typename Kind::consumer to{channel.name()};
    auto late = Kind::loan(first, 666);
    Kind::write(late, 666);
    first.close();
    producer_process<Kind> second{channel};
    second.say("publish 10");
    second.expect("published");
    late.publish();
    second.say("publish 10");
    second.expect("published");
    support::follower seen{0};
    BOOST_TEST((process::follow<Kind>(to, seen, 20) == outcome::ok));
}

BOOST_AUTO_TEST_CASE(a_producer_that_joins_takes_the_channel_as_it_is)
{
    const support::scratch_channel channel;
    dense::producer{channel.name(), {.capacity_bytes = 8192, .max_consumers = 1}};
    const dense::producer second{channel.name(), {.capacity_bytes = 1U << 20U, .max_consumers = 64}};
    BOOST_TEST(second.info().capacity_bytes == 8192U);
    const dense::consumer only{channel.name()};
    refusal(errc::too_many_consumers, [&] { dense::consumer{channel.name()}; });
}

// ---- consumers ----

BOOST_AUTO_TEST_CASE(the_65th_consumer_is_refused)
{
    const support::scratch_channel channel;
    dense::producer from{channel.name()};
    std::vector<std::unique_ptr<dense::consumer>> all;
    for (unsigned i = 0; i < 64; ++i) {
        all.push_back(std::make_unique<dense::consumer>(channel.name()));
        BOOST_TEST(from.consumer_count() == i + 1);
    }
    const auto fault = refusal(errc::too_many_consumers, [&] { dense::consumer{channel.name()}; });
    BOOST_TEST(says(fault, "64"));
    process::publish<dense>(from, 0);
    for (auto& each : all) {
        BOOST_TEST(each->take().size() == 1U);
    }
    all.erase(all.begin() + 17);
    dense::consumer{channel.name()};
}

BOOST_AUTO_TEST_CASE(places_of_killed_consumers_are_used_again)
{
    const support::scratch_channel channel;
    producer_process<dense> from{channel, process::small_ring, "", 2};
    consumer_process<dense> stays{channel};
    for (int round = 0; round < 20; ++round) {
        consumer_process<dense> dies{channel};
        refusal(errc::too_many_consumers, [&] { dense::consumer{channel.name()}; });
        dies.kill();
    }
    const dense::consumer last{channel.name()};
    const support::pages words{last.info()};
    BOOST_TEST(words.joined() == 2U);
    refusal(errc::too_many_consumers, [&] { dense::consumer{channel.name()}; });
}

BOOST_AUTO_TEST_CASE(whoever_takes_a_dead_consumers_place_starts_afresh)
{
    const support::scratch_channel channel;
    dense::producer from{channel.name(), {.capacity_bytes = 4096, .max_consumers = 1}};
    {
        consumer_process<dense> dies{channel};
        process::publish<dense>(from, 0);
        dies.say("hold");
        dies.expect("holding");
        dies.kill();
    }
    process::publish<dense>(from, 1);
    dense::consumer to{channel.name()};
    BOOST_TEST((to.try_take().why() == outcome::empty));
    process::publish<dense>(from, 2);
    BOOST_TEST(to.take().front().number == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_that_leaves_no_longer_holds_the_producer_up, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = 4096}};
    consumer_process<Kind> to{channel};
    auto next = process::fill_up<Kind>(from, 0);
    to.say("close");
    to.expect("closed");
    BOOST_TEST(from.consumer_count() == 0U);
    for (const auto end = next + 1000; next < end; ++next) {
        const auto slot = Kind::try_loan(from, next);
        BOOST_TEST_REQUIRE(static_cast<bool>(slot));
    }
}

BOOST_AUTO_TEST_CASE(a_producer_without_consumers_never_waits)
{
    const support::scratch_channel channel;
    dense::producer from{channel.name(), {.capacity_bytes = 4096}};
    for (std::uint64_t number = 0; number < 100'000; ++number) {
        auto slot = from.try_loan();
        BOOST_TEST_REQUIRE(static_cast<bool>(slot));
        *slot = support::tick_of(number);
        slot.publish();
    }
}

// ---- a channel that is not there yet ----

BOOST_AUTO_TEST_CASE(a_consumer_waits_for_a_channel_if_told_to)
{
    const support::scratch_channel channel;
    support::child early{"waits_for_a_channel", {channel.name()}};
    early.expect("waiting");
    dense::producer from{channel.name()};
    early.expect("joined");
    process::publish<dense>(from, 0);
    early.expect("took");
}

BOOST_AUTO_TEST_CASE(a_channel_that_does_not_come_in_time_is_not_found)
{
    const support::scratch_channel channel;
    const auto begin = std::chrono::steady_clock::now();
    const auto fault = refusal(errc::not_found, [&] { dense::consumer(channel.name(), {.wait_for_channel = 40ms}); });
    BOOST_TEST(says(fault, "found none within 40 ms"));
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 40ms));
}

BOOST_AUTO_TEST_CASE(a_consumer_that_waits_for_a_channel_is_refused_one_of_another_type)
{
    const support::scratch_channel channel;
    samepage::bytes_producer{channel.name()};
    refusal(errc::wrong_type, [&] { dense::consumer(channel.name(), {.wait_for_channel = 1h}); });
}

BOOST_AUTO_TEST_SUITE_END()
