// SPDX-License-Identifier: BSL-1.0
// group_test.cpp: consumers of a group take distinct records, and what one of them left is handed on.
#include "process/kept.hpp"
#include "support/refusal.hpp"

#include <samepage/channel/wait_any.hpp>
#include <samepage/ring/remove_consumer.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

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
struct pool : process::keeping_channel<Kind> {
    explicit pool(std::chrono::nanoseconds wait_for_absent = always, unsigned most_consumers = 8)
        : process::keeping_channel<Kind>(wait_for_absent, most_consumers)
    {
    }

    typename Kind::consumer member(demand wants = demand::lossless, start from = start::newest) const
    {
        return typename Kind::consumer{this->channel.name(), {.group = "workers", .from = from, .wants = wants}};
    }
};

template <class Kind>
std::string worker_role()
{
    return std::is_same_v<Kind, dense> ? "dense_worker" : "framed_worker";
}

/// Hands on what comes until nothing more does, and `enough` agrees: who is dead is found only now and then, and on a
/// busy machine later.
template <class Consumer, class See, class Enough>
void take_all(Consumer& from, See&& see, Enough&& enough)
{
    for (const auto limit = std::chrono::steady_clock::now() + 10s;;) {
        if (const auto batch = from.take_for(100ms)) {
            see(batch);
        } else if (enough()) {
            return;
        } else {
            BOOST_REQUIRE(std::chrono::steady_clock::now() < limit);
        }
    }
}

/// Takes records, as long as it lives, and says which before it releases them.
template <class Kind>
void work(support::lines& parent, const support::words& told)
{
    typename Kind::consumer from{told.at(0), {.group = "workers", .from = start::oldest}};
    parent.say("ready");
    for (;;) {
        const auto batch = from.take(3);
        if (!batch) {
            parent.say("end " + std::string{to_string(batch.why())});
            return;
        }
        for (std::uint64_t i = 0; i < batch.size(); ++i) {
            parent.say(std::to_string(batch.number() + i) + (batch.redelivered() ? " again" : " first"));
        }
    }
}

/// A child that holds one batch of `most` records until it is killed.
template <class Kind>
void hold(support::lines& parent, const support::words& told)
{
    typename Kind::consumer from{told.at(0), {.group = "workers", .from = start::oldest}};
    const auto batch = from.take(std::stoul(told.at(1)));
    parent.say(std::to_string(batch.number()));
    static_cast<void>(parent.hear());
}

} // namespace

SAMEPAGE_CHILD(dense_worker)
{
    work<dense>(parent, told);
}
SAMEPAGE_CHILD(framed_worker)
{
    work<framed>(parent, told);
}
SAMEPAGE_CHILD(dense_holder)
{
    hold<dense>(parent, told);
}
SAMEPAGE_CHILD(framed_holder)
{
    hold<framed>(parent, told);
}

BOOST_AUTO_TEST_SUITE(groups)

BOOST_AUTO_TEST_CASE_TEMPLATE(members_take_distinct_records_and_together_all, Kind, process::kinds)
{
    pool<Kind> here;
    auto one = here.member();
    auto two = here.member();
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < 50; ++i) {
        here.up_to(2 * (i + 1));
        for (auto* each : {&one, &two}) {
            const auto batch = each->try_take(1);
            BOOST_REQUIRE_EQUAL(batch.why(), outcome::ok);
            BOOST_TEST(!batch.redelivered());
            BOOST_TEST(seen.insert(batch.number()).second);
        }
    }
    BOOST_TEST(*seen.rbegin() == 99U);
    BOOST_TEST(one.try_take().why() == outcome::empty);
    BOOST_TEST(two.try_take().why() == outcome::empty);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(records_are_whole_in_a_group_too, Kind, process::kinds)
{
    pool<Kind> here;
    auto one = here.member();
    auto two = here.member();
    support::follower seen;
    for (std::uint64_t end = 7; end < 3000; end += 7) {
        here.up_to(end);
        for (auto* from : {&one, &two}) {
            while (const auto batch = from->try_take(2)) {
                Kind::follow(batch, seen);
            }
        }
    }
    BOOST_TEST(seen.next() == here.to.next_number());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_group_binds_the_producer_by_what_any_member_holds, Kind, process::kinds)
{
    pool<Kind> here;
    auto one = here.member();
    auto two = here.member();
    const auto published = process::fill_up<Kind>(here.to, 0);
    auto first = one.try_take(1);
    BOOST_TEST(first.number() == 0U);
    while (two.try_take()) {
    }
    BOOST_TEST(Kind::try_loan(here.to, published).why() == outcome::full); // the oldest is held
    first.release();
    BOOST_TEST(Kind::try_loan(here.to, published).why() == outcome::ok);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_killed_member_held_is_handed_to_another_and_marked, Kind, process::kinds)
{
    pool<Kind> here;
    auto survivor = here.member();
    here.up_to(10);
    support::child holder{std::is_same_v<Kind, dense> ? "dense_holder" : "framed_holder", {here.channel.name(), "3"}};
    BOOST_TEST(holder.hear_number() == 0U);
    auto before = survivor.try_take(1);
    BOOST_TEST(before.number() == 3U);
    holder.kill();
    // Records that nobody had, before or behind those of the dead one: its death is seen within a slice.
    support::follower seen{0};
    std::uint64_t rest = 0;
    auto more = survivor.take_for(5s, 100);
    for (; more; more = survivor.take_for(1s, 100)) {
        if (more.redelivered()) {
            BOOST_TEST(more.number() == 0U);
            BOOST_TEST(more.size() == 3U);
            Kind::follow(more, seen);
        } else {
            rest += more.size();
        }
    }
    BOOST_TEST(more.why() == outcome::timed_out);
    BOOST_TEST(seen.seen() == 3U);
    BOOST_TEST(rest == 6U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_member_held_when_it_closed_is_handed_on_as_well, Kind, process::kinds)
{
    pool<Kind> here;
    auto one = here.member();
    auto two = here.member();
    here.up_to(2);
    const auto held = one.try_take(2);
    one.close();
    const auto again = two.take_for(5s);
    BOOST_TEST(again.redelivered());
    BOOST_TEST(again.number() == 0U);
    BOOST_TEST(again.size() == 2U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_comes_after_all_have_died_gets_what_they_held_and_the_rest, Kind, process::kinds)
{
    pool<Kind> here{always, 3}; // the group and two members: a third finds no other slot
    here.member().close();
    here.up_to(9);
    {
        support::child one{std::is_same_v<Kind, dense> ? "dense_holder" : "framed_holder", {here.channel.name(), "2"}};
        BOOST_TEST(one.hear_number() == 0U);
        support::child two{std::is_same_v<Kind, dense> ? "dense_holder" : "framed_holder", {here.channel.name(), "3"}};
        BOOST_TEST(two.hear_number() == 2U);
    }
    auto back = here.member();
    std::map<std::uint64_t, bool> seen;
    take_all(
        back,
        [&](const auto& batch) {
            for (std::uint64_t i = 0; i < batch.size(); ++i) {
                seen[batch.number() + i] = batch.redelivered();
            }
        },
        [&] { return seen.size() >= 9; });
    BOOST_TEST(seen.size() == 9U);
    for (const auto& [number, again] : seen) {
        BOOST_TEST(again == (number < 5));
    }
    auto other = here.member(); // both slots are free again
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_group_of_nobody_is_waited_for_as_the_creator_said, Kind, process::kinds)
{
    {
        pool<Kind> here;
        here.member().close();
        const auto published = process::fill_up<Kind>(here.to, 0);
        BOOST_TEST(Kind::loan_for(here.to, 50ms, published).why() == outcome::timed_out);
    }
    pool<Kind> here{30ms};
    auto alive = here.member();
    const auto published = process::fill_up<Kind>(here.to, 0);
    BOOST_TEST(Kind::loan_for(here.to, 200ms, published).why() == outcome::timed_out); // somebody is there
    alive.close();
    publish<Kind>(here.to, published);
    here.up_to(3 * published);
    auto back = here.member();
    auto batch = back.try_take(1);
    BOOST_TEST(batch.lost() > 0U);
    BOOST_TEST(batch.lost() == batch.number());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_group_beside_others_takes_nothing_from_them, Kind, process::kinds)
{
    pool<Kind> here;
    typename Kind::consumer plain{here.channel.name()};
    typename Kind::consumer named{here.channel.name(), {.name = "log"}};
    auto one = here.member();
    auto two = here.member();
    here.up_to(10);
    std::size_t shared = 0;
    for (auto* each : {&one, &two}) {
        shared += each->try_take(5).size();
    }
    BOOST_TEST(shared == 10U);
    std::size_t whole = 0;
    while (const auto batch = plain.try_take()) {
        whole += batch.size();
    }
    while (const auto batch = named.try_take()) {
        whole += batch.size();
    }
    BOOST_TEST(whole == 20U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lossy_group_stops_no_producer_and_counts_its_losses_once, Kind, process::kinds)
{
    pool<Kind> here;
    auto one = here.member(demand::lossy);
    auto two = here.member(demand::lossy);
    std::uint64_t taken = 0;
    std::uint64_t lost = 0;
    std::mt19937 random{3};
    for (std::uint64_t end = 0; end < 20'000; end += random() % 900) {
        here.up_to(end);
        for (auto* each : {&one, &two, &one}) {
            const auto batch = each->try_take(random() % 5 + 1);
            taken += batch.size();
            lost += batch.lost();
        }
    }
    while (const auto batch = two.try_take()) {
        taken += batch.size();
        lost += batch.lost();
    }
    BOOST_TEST(lost > 0U);
    BOOST_TEST(taken + lost == here.to.next_number());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_lossy_member_left_is_handed_on_or_counted, Kind, process::kinds)
{
    pool<Kind> here;
    auto one = here.member(demand::lossy);
    auto two = here.member(demand::lossy);
    here.up_to(4);
    const auto held = one.try_take(2);
    one.close();
    const auto again = two.take_for(5s);
    BOOST_TEST(again.redelivered());
    BOOST_TEST(again.number() == 0U);

    auto three = here.member(demand::lossy);
    auto rest = three.try_take(2);
    BOOST_TEST(rest.number() == 2U);
    three.close(); // and now it is overwritten
    here.up_to(5000);
    std::this_thread::sleep_for(20ms);
    std::uint64_t lost = 0;
    std::uint64_t taken = 0;
    take_all(
        two,
        [&](const auto& batch) {
            BOOST_TEST(!batch.redelivered());
            lost += batch.lost();
            taken += batch.size();
        },
        [&] { return lost + taken + 2U >= 5000U; });
    BOOST_TEST(lost + taken + 2U == 5000U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lossy_member_that_inherits_more_than_it_may_hold_gets_it_one_by_one, Kind,
                              process::kinds)
{
    pool<Kind> here;
    typename Kind::consumer dies{here.channel.name(), {.group = "workers", .wants = demand::lossy, .held = 3}};
    here.up_to(5);
    const auto first = dies.try_take(1);
    const auto second = dies.try_take(1);
    const auto third = dies.try_take(1);
    dies.close();
    typename Kind::consumer back{here.channel.name(), {.group = "workers", .wants = demand::lossy, .held = 1}};
    for (std::uint64_t number = 0; number < 3; ++number) {
        const auto again = back.try_take();
        BOOST_TEST(again.redelivered());
        BOOST_TEST(again.number() == number);
        BOOST_TEST(again.lost() == 0U);
        BOOST_TEST(back.try_take().why() == outcome::too_many_held);
    }
    BOOST_TEST(back.try_take(2).number() == 3U);
    BOOST_TEST(back.try_take().why() == outcome::empty);
}

BOOST_AUTO_TEST_CASE(a_group_is_lossless_or_lossy_as_a_whole)
{
    pool<dense> here;
    auto one = here.member();
    BOOST_TEST(says(refusal(errc::invalid_argument, [&] { here.member(demand::lossy); }), "a lossless group"));
    BOOST_TEST(says(refusal(errc::invalid_argument,
                            [&] {
                                dense::consumer{here.channel.name(), {.name = "workers"}};
                            }),
                    "which is a group"));
    const dense::consumer named{here.channel.name(), {.name = "log"}};
    BOOST_TEST(says(refusal(errc::invalid_argument,
                            [&] {
                                dense::consumer{here.channel.name(), {.group = "log"}};
                            }),
                    "a consumer alone"));
    refusal(errc::invalid_argument, [&] { dense::consumer{here.channel.name(), {.name = "a", .group = "b"}}; });
    refusal(errc::invalid_argument, [&] { dense::consumer{here.channel.name(), {.group = "b", .held = 17}}; });
    refusal(errc::invalid_name, [&] { dense::consumer{here.channel.name(), {.group = "b/c"}}; });
}

BOOST_AUTO_TEST_CASE(nobody_else_gets_the_slot_of_one_who_died_in_its_turn)
{
    pool<dense> here{always, 3};
    auto one = here.member();
    here.up_to(2);
    auto dies = here.member();
    const support::pages pages{here.to.info()};
    dies.close();
    pages.control().consumers[0].turn = 3; // as if it had died as it left
    pages.control().grouped.fetch_or(4);
    refusal(errc::too_many_consumers, [&] { dense::consumer{here.channel.name()}; });
    BOOST_TEST(one.try_take().size() == 2U); // finds that it is dead
    const dense::consumer other{here.channel.name()};
}

BOOST_AUTO_TEST_CASE(a_group_is_forgotten_once_nobody_is_in_it)
{
    pool<dense> here{always, 4};
    auto one = here.member();
    refusal(errc::consumer_exists, [&] { samepage::remove_consumer(here.channel.name(), "workers"); });
    here.up_to(3);
    const auto held = one.try_take();
    one.close();
    BOOST_TEST(samepage::remove_consumer(here.channel.name(), "workers"));
    here.up_to(5000); // nobody is waited for
    std::vector<dense::consumer> others;
    for (int i = 0; i < 4; ++i) {
        others.emplace_back(here.channel.name());
    }
}

BOOST_AUTO_TEST_CASE(more_than_a_member_may_hold_is_refused_to_it_alone)
{
    pool<dense> here;
    dense::consumer one{here.channel.name(), {.group = "workers", .held = 2}};
    auto two = here.member();
    here.up_to(5);
    auto first = one.try_take(1);
    const auto second = one.try_take(1);
    BOOST_TEST(one.try_take(1).why() == outcome::too_many_held);
    BOOST_TEST(two.try_take(1).number() == 2U);
    first.release();
    BOOST_TEST(one.try_take(1).number() == 3U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(members_that_wait_are_woken_by_records_and_by_the_end, Kind, process::kinds)
{
    pool<Kind> here;
    std::atomic<std::uint64_t> taken = 0;
    std::atomic<int> ended = 0;
    std::vector<std::jthread> workers;
    std::atomic<int> ready = 0;
    for (int i = 0; i < 3; ++i) {
        workers.emplace_back([&] {
            typename Kind::consumer from{here.channel.name(),
                                         {.group = "workers", .wait = samepage::wait_policy::sleep()}};
            ++ready;
            for (;;) {
                const auto batch = from.take(1);
                if (!batch) {
                    ended += batch.why() == outcome::closed ? 1 : 0;
                    return;
                }
                taken += batch.size();
            }
        });
    }
    while (ready != 3) {
        std::this_thread::yield();
    }
    here.up_to(2000);
    here.to.close();
    workers.clear();
    BOOST_TEST(taken == 2000U);
    BOOST_TEST(ended == 3);
}

BOOST_AUTO_TEST_CASE(one_wait_and_a_descriptor_wake_for_a_group_too)
{
    pool<dense> here;
    auto one = here.member();
    BOOST_TEST(one.arm());
    here.up_to(1);
    one.disarm();
    BOOST_TEST(!one.arm());
    const auto batch = one.try_take();
    BOOST_TEST(batch.number() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(whoever_is_killed_every_record_is_worked_on_and_only_those_handed_on_again, Kind,
                              process::kinds)
{
    constexpr auto length = 2500ms;
    pool<Kind> here;
    here.member().close();
    struct times {
        int first = 0;
        int again = 0;
    };
    std::mutex mutex;
    std::map<std::uint64_t, times> seen;
    const auto count = [&](const std::string& line) {
        std::istringstream words{line};
        std::uint64_t number = 0;
        std::string how;
        if (words >> number >> how) {
            const std::scoped_lock lock{mutex};
            (how == "again" ? seen[number].again : seen[number].first) += 1;
        }
    };
    {
        std::atomic<bool> over = false;
        std::vector<std::jthread> keepers;
        for (unsigned keeper = 0; keeper < 4; ++keeper) {
            keepers.emplace_back([&, keeper] {
                std::mt19937 random{keeper};
                while (!over) {
                    support::child worker{worker_role<Kind>(), {here.channel.name()}};
                    worker.expect("ready");
                    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{random() % 120};
                    std::jthread killer{[&] {
                        std::this_thread::sleep_until(end);
                        worker.send(SIGKILL);
                    }};
                    try {
                        for (;;) {
                            count(worker.hear());
                        }
                    } catch (const std::exception&) { // it is dead
                    }
                }
            });
        }
        const auto end = std::chrono::steady_clock::now() + length;
        while (std::chrono::steady_clock::now() < end) {
            if (auto slot = Kind::loan_for(here.to, 20ms, here.to.next_number())) {
                Kind::write(slot, here.to.next_number());
                slot.publish();
            }
        }
        over = true;
    }
    auto last = here.member();
    take_all(
        last,
        [&](const auto& batch) {
            for (std::uint64_t i = 0; i < batch.size(); ++i) {
                count(std::to_string(batch.number() + i) + (batch.redelivered() ? " again" : " first"));
            }
        },
        [&] { return seen.size() >= here.to.next_number(); });
    BOOST_TEST(here.to.next_number() > 100U);
    BOOST_TEST(seen.size() == here.to.next_number());
    std::uint64_t twice = 0;
    std::uint64_t marked = 0;
    for (const auto& [number, each] : seen) {
        twice += each.first > 1 ? 1 : 0;
        marked += each.again > 0 ? 1 : 0;
    }
    BOOST_TEST(twice == 0U);
    BOOST_TEST(marked > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
