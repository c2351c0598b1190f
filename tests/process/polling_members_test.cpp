// SPDX-License-Identifier: BSL-1.0
// polling_members_test.cpp: members of groups that poll, that take the newest record alone, and whose turn does not
// come.
#include "process/kept.hpp"
#include "support/refusal.hpp"

#include <samepage/channel/wait_any.hpp>
#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <unistd.h>

using namespace std::chrono_literals;
using process::always;
using process::dense;
using process::framed;
using samepage::demand;
using samepage::errc;
using samepage::outcome;
using samepage::start;
using support::refusal;
using support::says;

namespace {

template <class Kind>
typename Kind::consumer member_of(const support::scratch_channel& channel, demand wants = demand::lossless,
                                  start from = start::newest)
{
    return typename Kind::consumer{channel.name(), {.group = "workers", .from = from, .wants = wants}};
}

/// Tries until there is something else than `empty`, as an event loop does.
template <class Consumer>
outcome poll_until_it_ends(Consumer& from)
{
    const auto begin = std::chrono::steady_clock::now();
    outcome why = outcome::empty;
    while (why == outcome::empty && std::chrono::steady_clock::now() - begin < 5s) {
        why = from.try_take().why();
    }
    return why;
}

/// A group of two in which the other one has the turn, stopped in it.
template <class Kind>
struct kept_turn : process::keeping_channel<Kind> {
    explicit kept_turn(demand wants)
        : process::keeping_channel<Kind>(0ns, 8), one(member_of<Kind>(this->channel, wants))
    {
    }

    void stop() { word() = 3; } // the next member's, who lives
    void go_on() { word() = 0; }
    [[nodiscard]] auto& word() { return words.control().consumers[0].turn; } // the group's name has the first slot

    typename Kind::consumer one;
    support::pages words{this->to.info()};
};

} // namespace

BOOST_AUTO_TEST_SUITE(polling_members)

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_held_stays_whole_while_the_newest_is_taken, Kind, process::kinds)
{
    for (const demand wants : {demand::lossless, demand::lossy}) {
        const support::scratch_channel channel;
        typename Kind::producer to{channel.name(), {.capacity_bytes = std::size_t{1} << 18U}};
        auto one = member_of<Kind>(channel, wants);
        process::publish<Kind>(to, 0);
        const auto held = one.try_take(1);
        BOOST_REQUIRE_EQUAL(held.number(), 0U);
        std::atomic<bool> done{false};
        std::jthread stream{[&] {
            for (std::uint64_t number = 1; !done;) {
                if (auto slot = Kind::try_loan(to, number)) {
                    Kind::write(slot, number++);
                    slot.publish();
                }
            }
        }};
        bool whole = true;
        std::uint64_t last = 0;
        for (const auto end = std::chrono::steady_clock::now() + 300ms;
             whole && std::chrono::steady_clock::now() < end;) {
            const auto newest = one.try_take_latest();
            if (newest) {
                whole = newest.number() > last;
                last = newest.number();
            }
            support::follower seen;
            Kind::follow(held, seen);
            whole = whole && seen.next() == 1;
        }
        done = true;
        BOOST_TEST(whole);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_that_polls_learns_of_the_producers_death, Kind, process::kinds)
{
    const support::scratch_channel channel;
    process::producer_process<Kind> producer{channel};
    auto one = member_of<Kind>(channel);
    BOOST_TEST(one.try_take().why() == outcome::empty);
    producer.kill();
    BOOST_TEST(poll_until_it_ends(one) == outcome::producer_died);
    BOOST_TEST(!one.arm());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_that_polls_learns_that_the_channel_was_made_anew, Kind, process::kinds)
{
    const support::scratch_channel channel;
    const typename Kind::producer idle{channel.name(), {.capacity_bytes = process::small_ring}};
    auto one = member_of<Kind>(channel);
    samepage::remove_channel(channel.name());
    const typename Kind::producer next{channel.name(), {.capacity_bytes = process::small_ring}};
    BOOST_TEST(poll_until_it_ends(one) == outcome::retired);
}

// A lossy one holds what is in the way, and the loan that stepped over it was dropped: there is a gap behind what the
// group took, whose bytes the next loan needs.
BOOST_AUTO_TEST_CASE(a_gap_is_passed_over_in_wait_any_too)
{
    const support::scratch_channel channel;
    framed::producer to{channel.name(), {.capacity_bytes = 4096}};
    framed::consumer lossy{channel.name(), {.wants = demand::lossy}};
    auto one = member_of<framed>(channel);
    const auto put = [&](std::size_t bytes) {
        auto slot = to.try_loan(bytes);
        BOOST_REQUIRE(static_cast<bool>(slot));
        std::fill(slot.data(), slot.data() + bytes, std::byte{1});
        slot.publish();
        while (one.try_take()) {
        }
    };
    put(100);
    const auto held = lossy.try_take(1);
    BOOST_REQUIRE(static_cast<bool>(held));
    for (int i = 0; i < 20; ++i) {
        put(104);
    }
    to.try_loan(2000).discard(); // behind what is held
    std::atomic<bool> done{false};
    std::jthread waits{[&] {
        while (!done) {
            (void)samepage::wait_any_for(20s, one);
            while (one.try_take()) {
            }
        }
    }};
    std::this_thread::sleep_for(20ms);
    auto large = to.loan_for(2s, 2300);
    BOOST_TEST(large.why() == outcome::ok);
    done = true;
    to.close();
}

// What was lost and not told of is told when the group is there again, and nothing in front of it comes once more.
BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_group_that_was_passed_over_has_still_to_be_told_is_told_once, Kind, process::kinds)
{
    process::keeping_channel<Kind> here{0ns, 8};
    auto one = member_of<Kind>(here.channel);
    here.up_to(20);
    for (std::uint64_t seen = 0; seen != 20;) {
        seen += one.try_take().size();
    }
    one.close();
    support::pages pages{here.to.info()};
    const auto header = support::read_data_header(here.to.info().data_path);
    auto& saved = *reinterpret_cast<samepage::ring::saved_words<samepage::hardware_atomics>*>(
        pages.cells() + std::uint64_t{header.slot_count} * header.lane_count *
                            samepage::ring::cell_bytes<samepage::hardware_atomics>(header.max_holds));
    BOOST_REQUIRE_EQUAL(saved.entries[saved.higher()].number.load(), 20U);
    saved.entries[saved.higher()].lost = 10;             // a dead member's batch, overwritten by then
    pages.control().joined.fetch_and(~std::uint64_t{1}); // and its producer waited no longer
    auto next = member_of<Kind>(here.channel);
    here.up_to(22);
    for (std::uint64_t number : {20U, 21U}) {
        const auto batch = next.try_take(1);
        BOOST_TEST(batch.number() == number);
        BOOST_TEST(batch.lost() == (number == 20 ? 10U : 0U));
        BOOST_TEST(!batch.redelivered());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_member_that_is_stopped_in_its_turn_keeps_nobody_for_ever, Kind, process::kinds)
{
    for (const demand wants : {demand::lossless, demand::lossy}) {
        kept_turn<Kind> here{wants};
        auto other = member_of<Kind>(here.channel, wants);
        here.up_to(4);
        auto held = here.one.try_take(1);
        BOOST_REQUIRE_EQUAL(held.number(), 0U);
        here.stop();
        const auto begin = std::chrono::steady_clock::now();
        BOOST_TEST(here.one.try_take(1).why() == outcome::empty);
        BOOST_TEST(here.one.take_for(20ms, 1).why() == outcome::timed_out);
        held.release();
        BOOST_TEST((std::chrono::steady_clock::now() - begin < 2s));
        auto entering = std::async(std::launch::async, [&] {
            return refusal(errc::system, [&] { (void)member_of<Kind>(here.channel, wants); });
        });
        samepage::change_channel(here.channel.name(), {.max_consumers = 7}); // waits for the one who enters
        BOOST_TEST(says(entering.get(), "consumer slot 2, process id " + std::to_string(::getpid())));
        BOOST_TEST(here.words.joined() == (wants == demand::lossy ? 2U : 1U));
        here.go_on();
        BOOST_TEST(here.one.try_take(1).number() == 1U); // and what was given back meanwhile is
        other.close();
        here.one.close();
        auto third = member_of<Kind>(here.channel, wants);
        const auto next = third.try_take(1);
        BOOST_TEST(next.number() == 2U);
        BOOST_TEST(!next.redelivered());
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_given_back_without_the_turn_is_room_with_the_next, Kind, process::kinds)
{
    kept_turn<Kind> here{demand::lossless};
    auto other = member_of<Kind>(here.channel);
    here.up_to(4);
    auto held = here.one.try_take();
    const auto& cursor =
        reinterpret_cast<samepage::ring::cell_words<samepage::hardware_atomics>*>(here.words.cells())->cursor;
    const auto before = cursor.load();
    here.stop();
    held.release();
    BOOST_TEST(cursor.load() == before);
    here.go_on();
    BOOST_TEST(here.one.try_take().why() == outcome::empty);
    BOOST_TEST(cursor.load() == here.words.lane().head.load());
}

BOOST_AUTO_TEST_CASE(a_member_leaves_though_the_turn_does_not_come)
{
    kept_turn<dense> here{demand::lossless};
    auto other = member_of<dense>(here.channel);
    here.up_to(2);
    auto held = here.one.try_take(1);
    here.stop();
    here.one.close();
    here.go_on();
    std::string seen;
    for (const auto end = std::chrono::steady_clock::now() + 5s;
         seen.size() < 4 && std::chrono::steady_clock::now() < end;) { // it looks after the dead now and then
        if (const auto batch = other.try_take(1)) {
            seen += std::to_string(batch.number()) + (batch.redelivered() ? '!' : '.');
        }
    }
    BOOST_TEST((seen == "0!1." || seen == "1.0!"), seen);
}

BOOST_AUTO_TEST_SUITE_END()
