// SPDX-License-Identifier: BSL-1.0
// named_consumer_test.cpp: a consumer with a name goes on where the last one of that name stopped, however it ended.
#include "process/kept.hpp"
#include "support/refusal.hpp"

#include <samepage/ring/remove_channel.hpp>
#include <samepage/ring/remove_consumer.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>

#include <unistd.h>

using namespace std::chrono_literals;
using process::always;
using process::dense;
using process::framed;
using process::publish;
using samepage::demand;
using samepage::errc;
using samepage::outcome;
using samepage::start;
using support::refusal;
using support::says;

namespace {

template <class Kind>
struct setting : process::keeping_channel<Kind> {
    explicit setting(std::chrono::nanoseconds wait_for_absent = always, bool lossless = true)
        : process::keeping_channel<Kind>(wait_for_absent, 4, lossless)
    {
    }

    typename Kind::consumer named(const std::string& name, demand wants = demand::lossless,
                                  start from = start::newest) const
    {
        return typename Kind::consumer{this->channel.name(), {.name = name, .from = from, .wants = wants}};
    }
};

/// Takes and releases so many, one by one; the first must have that number.
template <class Consumer>
void take_from(Consumer& from, std::uint64_t first, std::uint64_t count, std::uint64_t lost = 0)
{
    for (auto number = first; number != first + count; ++number) {
        auto batch = from.try_take(1);
        BOOST_REQUIRE_EQUAL(batch.why(), outcome::ok);
        BOOST_REQUIRE_EQUAL(batch.number(), number);
        BOOST_REQUIRE_EQUAL(batch.lost(), number == first ? lost : 0);
    }
}

/// Takes records one by one, as long as it lives, and says so before and after it releases each.
template <class Kind>
void take_and_tell(support::lines& parent, const support::words& told)
{
    typename Kind::consumer from{
        told.at(0),
        {.name = told.at(1), .from = start::oldest, .wants = told.at(2) == "lossy" ? demand::lossy : demand::lossless}};
    parent.say("ready");
    for (;;) {
        auto batch = from.take(1);
        support::require(batch.why() == outcome::ok, "a record comes");
        const auto number = std::to_string(batch.number());
        parent.say("took " + number + ' ' + std::to_string(batch.lost()));
        batch.release();
        parent.say("released " + number);
    }
}

} // namespace

SAMEPAGE_CHILD(dense_taker)
{
    take_and_tell<dense>(parent, told);
}
SAMEPAGE_CHILD(framed_taker)
{
    take_and_tell<framed>(parent, told);
}

SAMEPAGE_CHILD(sleeps_with_a_name)
{
    const dense::consumer from{told.at(0), {.name = told.at(1)}};
    parent.say("ready");
    static_cast<void>(parent.hear());
}

BOOST_AUTO_TEST_SUITE(named_consumers)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_next_of_its_name_goes_on_behind_what_was_released, Kind, process::kinds)
{
    setting<Kind> here;
    {
        auto first = here.named("log");
        here.up_to(10);
        take_from(first, 0, 3);
        const auto held = first.try_take(2);
        BOOST_TEST(held.number() == 3U);
        first.close(); // what it holds counts as not taken
    }
    here.up_to(20);
    auto second = here.named("log", demand::lossless, start::newest); // which counts for the first time only
    take_from(second, 3, 17);
    BOOST_TEST(second.try_take().why() == outcome::empty);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(batches_released_out_of_order_are_gone_on_from_at_the_oldest_that_was_held, Kind,
                              process::kinds)
{
    setting<Kind> here;
    {
        auto first = here.named("log");
        here.up_to(4);
        auto one = first.try_take(1);
        const auto two = first.try_take(1);
        auto three = first.try_take(1);
        three.release();
        one.release();
        first.close();
    }
    auto second = here.named("log");
    take_from(second, 1, 3);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_producer_waits_for_an_absent_one_and_loses_nothing_of_it, Kind, process::kinds)
{
    setting<Kind> here;
    here.named("log").close();
    const auto published = process::fill_up<Kind>(here.to, 0);
    BOOST_TEST(Kind::loan_for(here.to, 50ms, published).why() == outcome::timed_out);
    auto back = here.named("log");
    take_from(back, 0, published);
    publish<Kind>(here.to, published);
    take_from(back, published, 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(after_the_channels_patience_it_is_passed_over_and_told_what_it_lost, Kind, process::kinds)
{
    setting<Kind> here{50ms};
    {
        auto log = here.named("log");
        here.up_to(5);
        take_from(log, 0, 5);
    }
    const auto full = process::fill_up<Kind>(here.to, 5);
    const auto begin = std::chrono::steady_clock::now();
    publish<Kind>(here.to, full); // waits, and goes on
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 10s));
    here.up_to(3 * full);
    auto back = here.named("log");
    auto batch = back.try_take(1);
    BOOST_TEST(batch.lost() > 0U);
    BOOST_TEST(batch.number() == 5U + batch.lost());
    const auto next = batch.number() + 1;
    batch.release();
    take_from(back, next, 3 * full - next);
    BOOST_TEST(Kind::loan_for(here.to, 1s, 3 * full).why() == outcome::ok); // and it binds the producer again
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_it_lost_is_told_again_until_it_released_a_record, Kind, process::kinds)
{
    setting<Kind> here{0ns};
    here.named("log").close();
    here.up_to(1000);
    std::optional<std::uint64_t> lost;
    for (int i = 0; i < 3; ++i) {
        auto log = here.named("log");
        const auto batch = log.try_take(1);
        log.close(); // holds it still
        BOOST_TEST(batch.number() == batch.lost());
        BOOST_TEST(batch.lost() == lost.value_or(batch.lost()));
        lost = batch.lost();
    }
    BOOST_TEST(*lost > 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_patience_at_all_never_stops_the_producer, Kind, process::kinds)
{
    setting<Kind> here{0ns};
    here.named("log").close();
    here.up_to(3000);
    BOOST_TEST(here.to.next_number() == 3000U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_killed_one_is_waited_for_as_one_that_closed, Kind, process::kinds)
{
    setting<Kind> here;
    support::child taker{std::string{Kind::consumer_role} == "dense_consumer" ? "dense_taker" : "framed_taker",
                         {here.channel.name(), "log", "lossless"}};
    taker.expect("ready");
    taker.kill();
    const auto published = process::fill_up<Kind>(here.to, 0);
    BOOST_TEST(Kind::loan_for(here.to, 50ms, published).why() == outcome::timed_out);
    auto back = here.named("log");
    take_from(back, 0, published);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lossy_one_learns_exactly_what_it_missed, Kind, process::kinds)
{
    setting<Kind> here{always, false};
    {
        auto first = here.named("log", demand::lossy);
        here.up_to(7);
        take_from(first, 0, 4);
    }
    here.up_to(6);
    {
        auto second = here.named("log", demand::lossy);
        take_from(second, 4, 2); // nothing was overwritten
    }
    here.up_to(5000);
    auto third = here.named("log", demand::lossy);
    auto batch = third.try_take(1);
    BOOST_TEST(batch.number() == 6U + batch.lost());
    BOOST_TEST(batch.lost() > 4000U);
}

// Those that it passed over to get at the newest one are neither lost nor handed out.
BOOST_AUTO_TEST_CASE_TEMPLATE(who_held_the_newest_one_goes_on_with_it, Kind, process::kinds)
{
    for (const demand wants : {demand::lossy, demand::lossless}) {
        setting<Kind> here{always};
        std::uint64_t number = 0;
        std::uint64_t lost = 0;
        {
            auto first = here.named("log", wants);
            here.up_to(4);
            take_from(first, 0, 1);
            here.up_to(wants == demand::lossy ? 3000 : 30);
            const auto batch = first.try_take_latest();
            number = batch.number();
            lost = batch.lost();
            first.close(); // holds it still
        }
        BOOST_TEST(number == here.to.next_number() - 1);
        auto second = here.named("log", wants);
        const auto batch = second.try_take(1);
        BOOST_TEST(batch.number() == number);
        BOOST_TEST(batch.lost() == lost);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lanes_that_were_taken_in_its_absence_are_there_from_their_first_record, Kind,
                              process::kinds)
{
    setting<Kind> here;
    here.named("log").close();
    typename Kind::producer other{here.channel.name()};
    publish<Kind>(other, 0);
    publish<Kind>(here.to, 0);
    auto back = here.named("log");
    unsigned lanes = 0;
    for (int i = 0; i < 2; ++i) {
        const auto batch = back.try_take(1);
        BOOST_TEST(batch.number() == 0U);
        lanes |= 1U << batch.lane();
    }
    BOOST_TEST(lanes == 3U);
}

BOOST_AUTO_TEST_CASE(it_may_become_lossy_and_lossless_again)
{
    setting<dense> here;
    here.named("log").close();
    here.up_to(3);
    {
        auto lossy = here.named("log", demand::lossy);
        take_from(lossy, 0, 1);
    }
    here.up_to(5000); // nobody is waited for
    auto lossless = here.named("log");
    const auto batch = lossless.try_take(1);
    BOOST_TEST(batch.number() == 1U + batch.lost());
    BOOST_TEST(batch.lost() > 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_killed_lossy_one_comes_back_lossless, Kind, process::kinds)
{
    setting<Kind> here;
    support::child taker{std::string{Kind::consumer_role} == "dense_consumer" ? "dense_taker" : "framed_taker",
                         {here.channel.name(), "log", "lossy"}};
    taker.expect("ready");
    taker.kill();
    here.up_to(3);
    auto back = here.named("log");
    take_from(back, 0, 3);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(whoever_comes_after_one_that_died_joining_anew_is_told_what_is_gone, Kind, process::kinds)
{
    setting<Kind> here{0ns};
    here.up_to(2);
    here.named("log", demand::lossless, start::oldest).close();
    here.up_to(1000);
    const support::pages pages{here.to.info()};
    pages.control().consumers[0].settled = static_cast<std::uint32_t>(samepage::ring::settlement::known);
    pages.control().joined = 1; // as one leaves it that dies behind announcing itself
    auto back = here.named("log");
    const auto batch = back.try_take(1);
    BOOST_TEST(batch.why() == outcome::ok);
    BOOST_TEST(batch.number() == batch.lost());
    BOOST_TEST(batch.lost() > 0U);
}

BOOST_AUTO_TEST_CASE(a_live_one_keeps_its_name_also_while_it_is_stopped)
{
    const support::scratch_channel channel;
    const dense::producer to{channel.name()};
    support::child sleeper{"sleeps_with_a_name", {channel.name(), "log"}};
    sleeper.expect("ready");
    sleeper.stop();
    const auto fault = refusal(errc::consumer_exists, [&] { dense::consumer{channel.name(), {.name = "log"}}; });
    BOOST_TEST(says(fault, "process id " + std::to_string(sleeper.pid())));
    refusal(errc::consumer_exists, [&] { samepage::remove_consumer(channel.name(), "log"); });
    const dense::consumer other{channel.name(), {.name = "other"}};
}

BOOST_AUTO_TEST_CASE(slots_kept_for_names_are_nobody_elses)
{
    setting<dense> here;
    here.named("one").close();
    here.named("two").close();
    const dense::consumer third{here.channel.name()};
    const dense::consumer fourth{here.channel.name()};
    const auto fault = refusal(errc::too_many_consumers, [&] { dense::consumer{here.channel.name()}; });
    BOOST_TEST(says(fault, "2 of them by names or groups"));
    refusal(errc::too_many_consumers, [&] { here.named("three"); });
    here.named("two"); // its own
    BOOST_TEST(samepage::remove_consumer(here.channel.name(), "one"));
    const dense::consumer fifth{here.channel.name()};
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_forgotten_one_binds_no_producer_and_begins_anew, Kind, process::kinds)
{
    setting<Kind> here;
    here.named("log").close();
    const auto published = process::fill_up<Kind>(here.to, 0);
    std::jthread remover{[&] {
        std::this_thread::sleep_for(20ms);
        samepage::remove_consumer(here.channel.name(), "log");
    }};
    publish<Kind>(here.to, published); // waits until then
    BOOST_TEST(!samepage::remove_consumer(here.channel.name(), "log"));
    auto anew = here.named("log");
    BOOST_TEST(anew.try_take().why() == outcome::empty);
    publish<Kind>(here.to, published + 1);
    take_from(anew, published + 1, 1);
}

BOOST_AUTO_TEST_CASE(names_are_short_words)
{
    setting<dense> here;
    for (const std::string& name : {std::string(64, 'x'), std::string{"a/b"}, std::string{".."}, std::string{" "}}) {
        refusal(errc::invalid_name, [&] { here.named(name); });
        refusal(errc::invalid_name, [&] { samepage::remove_consumer(here.channel.name(), name); });
    }
    here.named(std::string(63, 'x'));
    refusal(errc::not_found, [&] { samepage::remove_consumer(here.channel.name() + "-none", "log"); });
    refusal(errc::invalid_argument, [&] { dense::producer{here.channel.name() + "-2", {.wait_for_absent = -1ns}}; });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(killed_at_any_moment_it_misses_nothing_and_sees_nothing_again_that_it_released, Kind,
                              process::kinds)
{
    constexpr int lives = 40;
    setting<Kind> here;
    here.named("log").close();
    std::jthread producing{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (auto slot = Kind::loan_for(here.to, 10ms, here.to.next_number())) {
                Kind::write(slot, here.to.next_number());
                slot.publish();
            }
        }
    }};
    std::mt19937 random{7};
    std::uint64_t next = 0; // what must come next, or, if the release was not told, perhaps the one after it
    bool perhaps = false;
    for (int life = 0; life < lives; ++life) {
        support::child taker{std::string{Kind::consumer_role} == "dense_consumer" ? "dense_taker" : "framed_taker",
                             {here.channel.name(), "log", "lossless"}};
        taker.expect("ready");
        const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds{random() % 3000};
        while (std::chrono::steady_clock::now() < end) {
            std::istringstream line{taker.hear()};
            std::string verb;
            std::uint64_t number = 0;
            std::uint64_t lost = 0;
            line >> verb >> number >> lost;
            if (verb == "took") {
                BOOST_REQUIRE(number == next || (perhaps && number == next + 1));
                BOOST_REQUIRE_EQUAL(lost, 0U);
                next = number;
                perhaps = true;
            } else {
                next = number + 1;
                perhaps = false;
            }
        }
        taker.kill();
        for (bool more = true; more;) { // what it said before it died
            try {
                std::istringstream line{taker.hear()};
                std::string verb;
                std::uint64_t number = 0;
                line >> verb >> number;
                next = verb == "took" ? number : number + 1;
                perhaps = verb == "took";
            } catch (const std::exception&) {
                more = false;
            }
        }
    }
    BOOST_TEST(next > static_cast<std::uint64_t>(lives));
}

BOOST_AUTO_TEST_SUITE_END()
