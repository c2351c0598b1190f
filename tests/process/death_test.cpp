// SPDX-License-Identifier: BSL-1.0
// death_test.cpp: a killed process takes nothing with it but itself.
#include "process/peers.hpp"

#include <samepage/memory/ownership_locks.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <thread>

using namespace std::chrono_literals;
using process::consumer_process;
using process::producer_process;
using samepage::outcome;

namespace {

/// What a consumer follows to see that a stream goes on where it was.
template <class Kind>
struct following {
    typename Kind::consumer from;
    support::follower seen;

    explicit following(const support::scratch_channel& channel, samepage::consumer_options options = {})
        : from(channel.name(), options)
    {
    }
    outcome to_the_end() { return process::follow_to_the_end<Kind>(from, seen); }
    outcome some(std::uint64_t count) { return process::follow<Kind>(from, seen, count); }
};

enum class farewell { killed, closed };

/// A consumer that has released a part, wherever that ends; the producer fills the ring and goes; another one takes
/// over and publishes what it can. Nothing that was not released may be lost.
template <class Kind>
void hand_over_a_full_ring(farewell how)
{
    support::random_numbers random{support::new_seed("hand over")};
    for (int round = 0; round < 12; ++round) {
        const support::scratch_channel channel;
        producer_process<Kind> first{channel};
        following<Kind> reader{channel};
        first.fill();
        for (int lap = 0; lap < 3; ++lap) {
            Kind::follow(reader.from.take(1 + random.below(200)), reader.seen);
            first.fill();
        }
        if (how == farewell::killed) {
            first.kill();
        } else {
            first.say("close");
            first.expect("closed");
        }
        producer_process<Kind> second{channel};
        const auto end = second.fill();
        second.say("close");
        second.expect("closed");
        BOOST_TEST((reader.to_the_end() == outcome::closed));
        BOOST_TEST(reader.seen.next() == end);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(death)

// ---- a consumer's ----

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_killed_with_a_batch_in_hand_frees_the_full_ring, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    consumer_process<Kind> to{channel};
    process::publish<Kind>(from, 0);
    to.say("hold");
    to.expect("holding");
    const auto next = process::fill_up<Kind>(from, 1);
    BOOST_TEST((Kind::try_loan(from, next).why() == outcome::full));
    to.kill();
    support::until([&] { return static_cast<bool>(Kind::try_loan(from, next)); });
    BOOST_TEST(from.consumer_count() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_recoverer_that_stands_still_keeps_no_other_from_recovering, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    consumer_process<Kind> to{channel};
    const auto next = process::fill_up<Kind>(from, 0);
    to.kill();
    samepage::memory::ownership_locks other{::open(channel.control().c_str(), O_RDWR | O_CLOEXEC)};
    BOOST_REQUIRE(other.try_share(samepage::ring::lock_byte::consumer)); // another producer on its way to expel it
    support::until([&] { return static_cast<bool>(Kind::try_loan(from, next)); });
    BOOST_TEST(from.consumer_count() == 0U);
    const typename Kind::consumer later{channel.name()};
    BOOST_TEST(!other.held_elsewhere(samepage::ring::lock_byte::consumer)); // a new one took the next slot
    BOOST_TEST(other.held_elsewhere(samepage::ring::lock_byte::consumer + 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_producer_that_sleeps_for_room_goes_on_when_the_consumer_is_killed, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel, process::small_ring, "sleep"};
    consumer_process<Kind> to{channel};
    const support::pages words{typename Kind::consumer(channel.name()).info()};
    from.fill();
    from.say("wait");
    from.expect("waiting");
    support::until([&] { return words.producer_sleeps(); });
    to.kill();
    from.expect("ok");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_producer_that_spins_for_room_goes_on_when_the_consumer_is_killed, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel, process::small_ring, "busy"};
    consumer_process<Kind> to{channel};
    from.fill();
    from.say("wait");
    from.expect("waiting");
    to.kill();
    from.expect("ok");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_killed_among_others_costs_them_nothing, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    consumer_process<Kind> survivor{channel};
    consumer_process<Kind> victim{channel};
    survivor.say("finish");
    victim.say("finish");
    from.say("publish 30000");
    victim.kill();
    from.expect("published");
    from.say("close");
    from.expect("closed");
    survivor.expect("closed 30000 30000");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stopped_consumer_is_never_evicted_and_loses_nothing, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    consumer_process<Kind> to{channel};
    to.say("finish");
    to.stop();
    auto next = process::fill_up<Kind>(from, 0);
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST((Kind::loan_for(from, 30ms, next).why() == outcome::timed_out));
        BOOST_TEST((Kind::try_loan(from, next).why() == outcome::full));
    }
    BOOST_TEST(from.consumer_count() == 1U);
    to.go_on();
    for (const auto more = next + 2000; next < more; ++next) {
        process::publish<Kind>(from, next);
    }
    from.close();
    to.expect("closed " + std::to_string(next) + ' ' + std::to_string(next));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_stopped_with_a_batch_in_hand_finds_it_untouched, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    consumer_process<Kind> to{channel};
    process::publish<Kind>(from, 0);
    to.say("hold");
    to.expect("holding");
    to.stop();
    const auto next = process::fill_up<Kind>(from, 1);
    BOOST_TEST((Kind::loan_for(from, 30ms, next).why() == outcome::timed_out));
    to.go_on();
    to.say("release"); // and look at it
    from.close();
    to.say("finish");
    to.expect("closed " + std::to_string(next) + ' ' + std::to_string(next));
}

// ---- a producer's ----

BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_killed_producer_published_is_taken_before_its_death_is_told, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    following<Kind> reader{channel};
    const auto end = from.fill();
    from.kill();
    BOOST_TEST((reader.to_the_end() == outcome::producer_died));
    BOOST_TEST(reader.seen.seen() == end);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_death_is_told_again_and_again_until_somebody_takes_over, Kind, process::kinds)
{
    const support::scratch_channel channel;
    following<Kind> reader{(producer_process<Kind>{channel}.kill(), channel)};
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST((reader.from.take().why() == outcome::producer_died));
        support::until([&] { return reader.from.try_take().why() == outcome::producer_died; });
    }
    producer_process<Kind> successor{channel};
    support::until([&] { return reader.from.try_take().why() == outcome::empty; });
    successor.say("publish 1");
    BOOST_TEST((reader.some(1) == outcome::ok));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_that_never_waits_learns_of_the_death, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    typename Kind::consumer to{channel.name()};
    BOOST_TEST((to.try_take().why() == outcome::empty));
    from.kill();
    support::until([&] { return to.try_take().why() == outcome::producer_died; });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_that_waits_in_short_steps_learns_of_the_death, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    typename Kind::consumer to{channel.name()};
    BOOST_TEST((to.take_for(1ms).why() == outcome::timed_out));
    from.kill();
    support::until([&] { return to.take_for(1ms).why() == outcome::producer_died; });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_that_sleeps_learns_of_the_death, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    consumer_process<Kind> to{channel, "newest", "sleep"};
    const support::pages words{typename Kind::consumer(channel.name()).info()};
    to.say("wait");
    to.expect("waiting");
    support::until([&] { return words.consumer_sleeps(); });
    from.kill();
    to.expect("producer_died");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stopped_producer_is_not_dead, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    typename Kind::consumer to{channel.name()};
    from.stop();
    BOOST_TEST((to.take_for(50ms).why() == outcome::timed_out));
    BOOST_TEST((to.try_take().why() == outcome::empty));
    from.go_on();
    from.say("publish 1");
    BOOST_TEST((to.take().why() == outcome::ok));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_lent_and_not_published_dies_with_the_producer, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    following<Kind> reader{channel};
    from.say("publish 5");
    from.expect("published");
    from.say("scribble 100");
    from.expect("scribbled");
    from.kill();
    BOOST_TEST((reader.to_the_end() == outcome::producer_died));
    BOOST_TEST(reader.seen.seen() == 5U);
    producer_process<Kind> successor{channel};
    successor.say("publish 200");
    BOOST_TEST((reader.some(200) == outcome::ok));
    BOOST_TEST(reader.seen.next() == 205U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stream_goes_on_whole_through_producers_killed_at_any_moment, Kind, process::kinds)
{
    support::random_numbers random{support::new_seed("producers killed")};
    const support::scratch_channel channel;
    typename Kind::producer{channel.name(), {.capacity_bytes = 4096}};
    following<Kind> reader{channel};
    following<Kind> other{channel, {.wait = samepage::wait_policy::sleep()}};
    for (int round = 0; round < 25; ++round) {
        producer_process<Kind> from{channel, 4096, round % 2 == 0 ? "" : "sleep"};
        from.say("stream");
        from.expect("streaming");
        // The ring is small: the producer is killed publishing, or waiting for one of us.
        for (auto turns = random.below(40); turns != 0; --turns) {
            BOOST_TEST_REQUIRE((reader.some(1) == outcome::ok)); // more, and the producer might wait for the other
            while (other.seen.next() < reader.seen.next()) {
                BOOST_TEST_REQUIRE((other.some(1) == outcome::ok));
            }
        }
        from.kill();
        BOOST_TEST_REQUIRE((reader.to_the_end() == outcome::producer_died));
        BOOST_TEST_REQUIRE((other.to_the_end() == outcome::producer_died));
        BOOST_TEST_REQUIRE(reader.seen.next() == other.seen.next());
    }
    BOOST_TEST_MESSAGE("    " << reader.seen.seen() << " records from 25 producers");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_killed_producers_successor_does_not_overwrite_what_a_consumer_has_not_released, Kind,
                              process::kinds)
{
    hand_over_a_full_ring<Kind>(farewell::killed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_closed_producers_successor_does_not_overwrite_what_a_consumer_has_not_released, Kind,
                              process::kinds)
{
    hand_over_a_full_ring<Kind>(farewell::closed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_successor_does_not_touch_a_batch_that_is_held, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> first{channel};
    following<Kind> reader{channel};
    first.fill();
    reader.some(1); // everything there is, released
    first.fill();
    {
        const auto batch = reader.from.take();
        first.kill();
        producer_process<Kind> second{channel};
        second.fill();
        Kind::follow(batch, reader.seen);
        second.kill();
    }
    BOOST_TEST((reader.to_the_end() == outcome::producer_died));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_successor_recovers_the_dead_of_its_predecessors_time, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> first{channel};
    consumer_process<Kind> to{channel};
    first.fill();
    first.kill();
    to.kill();
    typename Kind::producer second{channel.name()};
    const auto next = second.next_number();
    for (std::uint64_t number = next; number < next + 2000; ++number) {
        process::publish<Kind>(second, number); // several laps
    }
    BOOST_TEST(second.consumer_count() == 0U);
}

// ---- the end of a stream without a death ----

BOOST_AUTO_TEST_CASE_TEMPLATE(after_a_close_consumers_take_what_is_left_and_then_learn_of_it, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    following<Kind> reader{channel};
    const auto end = from.fill();
    from.say("close");
    from.expect("closed");
    BOOST_TEST((reader.to_the_end() == outcome::closed));
    BOOST_TEST(reader.seen.seen() == end);
    BOOST_TEST((reader.from.take().why() == outcome::closed));
    BOOST_TEST((reader.from.try_take().why() == outcome::closed));
    BOOST_TEST((reader.from.take_for(1h).why() == outcome::closed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_producer_that_goes_without_a_word_has_closed, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    typename Kind::consumer to{channel.name()};
    from.say("end");
    BOOST_TEST(from.wait() == support::ended_well);
    BOOST_TEST((to.take().why() == outcome::closed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_a_close_the_next_producer_goes_on_with_the_next_record, Kind, process::kinds)
{
    const support::scratch_channel channel;
    following<Kind> reader{(typename Kind::producer(channel.name(), {.capacity_bytes = 4096}), channel)};
    for (std::uint64_t round = 1; round <= 5; ++round) {
        producer_process<Kind> from{channel};
        from.say("publish 100");
        BOOST_TEST((reader.some(100) == outcome::ok));
        from.expect("published");
        from.say("close");
        from.expect("closed");
        BOOST_TEST((reader.to_the_end() == outcome::closed));
        BOOST_TEST(reader.seen.next() == 100 * round);
    }
}

BOOST_AUTO_TEST_SUITE_END()
