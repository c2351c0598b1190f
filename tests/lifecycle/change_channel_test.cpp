// SPDX-License-Identifier: BSL-1.0
// change_channel_test.cpp: a channel in use gets other rings and other rules; nobody attaches anew, nothing is lost.
#include "process/peers.hpp"
#include "support/child.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/observer.hpp>
#include <samepage/ring/remove_consumer.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <sys/stat.h>

using namespace std::chrono_literals;
using process::dense;
using samepage::change_channel;
using samepage::channel_changes;
using samepage::demand;
using samepage::errc;
using samepage::outcome;
using samepage::start;
using support::refusal;
using support::says;

namespace {

/// As process::framed, with records whose sizes do not follow from the ring's.
struct framed : process::framed {
    static auto loan(producer& from, std::uint64_t number) { return from.loan(support::bytes_of(number, 2000)); }
    static auto try_loan(producer& from, std::uint64_t number)
    {
        return from.try_loan(support::bytes_of(number, 2000));
    }
};
using kinds = boost::mpl::list<dense, framed>;

constexpr std::size_t small = std::size_t{1} << 14U;
constexpr std::size_t large = std::size_t{1} << 18U;

template <class Kind>
struct setting {
    support::scratch_channel channel;
    typename Kind::producer to;

    explicit setting(samepage::channel_options options = {.capacity_bytes = small}) : to(channel.name(), options) {}

    [[nodiscard]] typename Kind::consumer consumer(const samepage::consumer_options& options = {}) const
    {
        return typename Kind::consumer{channel.name(), options};
    }
    /// @return how many producers have still to move
    unsigned change(std::size_t capacity_bytes) const
    {
        return change_channel(channel.name(), {.capacity_bytes = capacity_bytes});
    }
    /// Publishes until it has moved.
    void move()
    {
        const auto before = to.info().ring_offset_bytes;
        while (to.info().ring_offset_bytes == before) {
            process::publish<Kind>(to, to.next_number());
        }
    }
    void publish_more(std::uint64_t count)
    {
        for (std::uint64_t i = 0; i != count; ++i) {
            process::publish<Kind>(to, to.next_number());
        }
    }
    [[nodiscard]] std::uint64_t reserved_bytes() const
    {
        struct ::stat found {};
        BOOST_REQUIRE_EQUAL(::stat(channel.data().c_str(), &found), 0);
        return static_cast<std::uint64_t>(found.st_blocks) * 512;
    }
};

/// Takes all that is there and checks that it goes on where `with` stands.
template <class Kind>
void take_all(typename Kind::consumer& from, support::follower& with)
{
    while (auto batch = from.try_take()) {
        Kind::follow(batch, with);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(changing_a_channel)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_ring_grows_and_records_go_on_in_order, Kind, kinds)
{
    setting<Kind> at;
    auto from = at.consumer();
    support::follower with;
    at.publish_more(5);
    BOOST_TEST(at.change(large) == 1U);
    BOOST_TEST(at.to.info().capacity_bytes == small); // nobody looked for room yet
    while (at.to.info().capacity_bytes == small) {
        process::publish<Kind>(at.to, at.to.next_number());
        take_all<Kind>(from, with);
    }
    BOOST_TEST(at.to.info().capacity_bytes == large);
    for (int i = 0; i != 3000; ++i) {
        process::publish<Kind>(at.to, at.to.next_number());
        take_all<Kind>(from, with);
    }
    BOOST_TEST(with.next() == at.to.next_number());
    BOOST_TEST(with.seen() == at.to.next_number());
    BOOST_TEST(from.info().capacity_bytes == large);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_not_taken_yet_moves_along, Kind, kinds)
{
    setting<Kind> at;
    auto from = at.consumer();
    support::follower with;
    const auto full = process::fill_up<Kind>(at.to, 0);
    BOOST_TEST(at.change(large) == 1U);
    auto more = Kind::try_loan(at.to, full); // the room is there now
    BOOST_REQUIRE(more);
    Kind::write(more, full);
    more.publish();
    BOOST_TEST(at.to.info().capacity_bytes == large);
    const auto end = process::fill_up<Kind>(at.to, full + 1);
    BOOST_TEST(end > 8 * full);
    take_all<Kind>(from, with);
    BOOST_TEST(with.seen() == end);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_held_stays_whole_and_where_it_is, Kind, kinds)
{
    for (const demand wants : {demand::lossless, demand::lossy}) {
        setting<Kind> at;
        auto from = at.consumer({.wants = wants});
        support::follower with;
        at.publish_more(3);
        auto batch = from.try_take();
        BOOST_REQUIRE(batch);
        const std::byte* const first = [&] {
            if constexpr (std::is_same_v<Kind, dense>) {
                return reinterpret_cast<const std::byte*>(batch.begin());
            } else {
                return batch.front().data();
            }
        }();
        at.change(large);
        at.move();
        at.publish_more(2);
        support::follower after(3);
        while (from.info().capacity_bytes != large) {
            const auto more = from.try_take();
            BOOST_REQUIRE(more);
            Kind::follow(more, after);
        }
        const bool stays = [&] {
            if constexpr (std::is_same_v<Kind, dense>) {
                return reinterpret_cast<const std::byte*>(batch.begin()) == first;
            } else {
                return batch.front().data() == first;
            }
        }();
        BOOST_TEST(stays);
        Kind::follow(batch, with);
        BOOST_TEST(with.seen() == 3U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_old_rings_memory_goes_back_once_nobody_looks_at_it, Kind, kinds)
{
    setting<Kind> at({.capacity_bytes = large, .max_producers = 1});
    auto from = at.consumer();
    at.publish_more(3);
    auto batch = from.try_take();
    BOOST_REQUIRE(batch);
    const auto before = at.reserved_bytes();
    at.change(4 * large);
    at.move();
    at.publish_more(1);
    auto second = from.try_take();
    BOOST_REQUIRE(second);
    second.release();
    process::fill_up<Kind>(at.to, at.to.next_number());
    BOOST_TEST(at.reserved_bytes() >= before + 4 * large); // the first batch is still held
    batch.release();
    while (from.try_take()) {
    }
    std::this_thread::sleep_for(30ms); // of looking at one's peers
    BOOST_TEST(!from.try_take());
    process::fill_up<Kind>(at.to, at.to.next_number());
    BOOST_TEST(at.reserved_bytes() == before + 3 * large);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_ring_shrinks_once_what_consumers_need_fits_it, Kind, kinds)
{
    setting<Kind> at({.capacity_bytes = large});
    auto from = at.consumer();
    support::follower with;
    const auto full = process::fill_up<Kind>(at.to, 0);
    BOOST_TEST(at.change(small) == 1U);
    BOOST_TEST(!Kind::try_loan(at.to, full));
    BOOST_TEST(at.to.info().capacity_bytes == large);
    take_all<Kind>(from, with);
    BOOST_TEST(with.seen() == full);
    while (at.to.info().capacity_bytes == large) {
        process::publish<Kind>(at.to, at.to.next_number());
        take_all<Kind>(from, with);
    }
    BOOST_TEST(at.to.info().capacity_bytes == small);
    for (int i = 0; i != 3000; ++i) {
        process::publish<Kind>(at.to, at.to.next_number());
        take_all<Kind>(from, with);
    }
    BOOST_TEST(with.seen() == at.to.next_number());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_joins_at_the_oldest_finds_what_fits_the_ring_that_shrank, Kind, kinds)
{
    setting<Kind> at({.capacity_bytes = large});
    at.publish_more(large / 16); // laps
    at.change(small);
    at.move();
    const auto kept = samepage::observer{at.channel.name()}.look().lanes.at(0).kept_bytes;
    BOOST_TEST(kept > small / 2);
    auto from = at.consumer({.from = start::oldest});
    support::follower with;
    take_all<Kind>(from, with);
    BOOST_TEST(with.next() == at.to.next_number());
    // The places from which on others join later are no further apart than the ring asks for.
    for (int i = 0; i != 300; ++i) {
        process::publish<Kind>(at.to, at.to.next_number());
        take_all<Kind>(from, with);
        BOOST_TEST(samepage::observer{at.channel.name()}.look().lanes.at(0).kept_bytes > small / 2);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lossy_consumer_goes_along_and_counts_what_it_lost, Kind, kinds)
{
    setting<Kind> at;
    auto from = at.consumer({.wants = demand::lossy});
    std::uint64_t seen = 0;
    std::uint64_t lost = 0;
    for (const std::size_t capacity : {large, small, 2 * large, small, 2 * small}) {
        at.publish_more(700);
        at.change(capacity);
        at.publish_more(700);
        std::this_thread::sleep_for(12ms);
        while (auto batch = from.try_take(3)) {
            support::follower with(batch.number());
            Kind::follow(batch, with);
            lost += batch.lost();
            seen += batch.size();
            BOOST_TEST(seen + lost == with.next());
        }
        (void)from.try_take();
    }
    at.publish_more(1);
    while (auto batch = from.try_take()) {
        lost += batch.lost();
        seen += batch.size();
    }
    BOOST_TEST(seen + lost == at.to.next_number());
    BOOST_TEST(lost != 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_joins_after_it_finds_the_oldest_and_the_newest, Kind, kinds)
{
    setting<Kind> at;
    at.publish_more(10);
    at.change(large);
    at.move();
    at.publish_more(3);
    auto oldest = at.consumer({.from = start::oldest});
    auto resumed = at.consumer({.resume = {{0, at.to.next_number() - 2}}});
    auto newest = at.consumer();
    support::follower with;
    take_all<Kind>(oldest, with);
    BOOST_TEST(with.next() == at.to.next_number());
    BOOST_TEST(with.seen() >= 10U);
    BOOST_TEST(resumed.try_take().number() == at.to.next_number() - 2);
    BOOST_TEST(newest.try_take().why() == outcome::empty);
    at.publish_more(1);
    BOOST_TEST(newest.try_take().number() == at.to.next_number() - 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_named_consumer_that_was_away_finds_everything, Kind, kinds)
{
    setting<Kind> at({.capacity_bytes = small, .wait_for_absent = std::chrono::nanoseconds::max()});
    support::follower with;
    {
        auto from = at.consumer({.name = "it"});
        at.publish_more(7);
        auto batch = from.try_take(4);
        Kind::follow(batch, with);
    }
    at.change(large);
    at.move();
    at.publish_more(500);
    auto again = at.consumer({.name = "it"});
    take_all<Kind>(again, with);
    BOOST_TEST(with.seen() == at.to.next_number());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_members_of_a_group_go_along, Kind, kinds)
{
    for (const demand wants : {demand::lossless, demand::lossy}) {
        setting<Kind> at;
        auto first = at.consumer({.group = "g", .wants = wants});
        auto second = at.consumer({.group = "g", .wants = wants});
        at.publish_more(4);
        auto held = first.try_take(2);
        BOOST_REQUIRE(held);
        at.change(large);
        at.move();
        at.publish_more(20);
        std::uint64_t next = 2;
        bool turn = false;
        for (;; turn = !turn) {
            auto batch = (turn ? first : second).try_take(1);
            if (!batch) {
                break;
            }
            BOOST_TEST(batch.number() == next);
            support::follower with(next);
            Kind::follow(batch, with);
            ++next;
        }
        BOOST_TEST(next == at.to.next_number());
        support::follower with(0);
        Kind::follow(held, with);
        BOOST_TEST(with.seen() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(lanes_without_a_producer_get_their_ring_with_the_next_one)
{
    setting<dense> at;
    at.publish_more(3);
    {
        samepage::producer<support::tick> other{at.channel.name()};
        *other.loan() = support::tick_of(0); // discarded
    }
    BOOST_TEST(at.change(large) == 1U); // of the living one
    samepage::producer<support::tick> next{at.channel.name()};
    BOOST_TEST(next.lane() == 1U);
    samepage::producer<support::tick> third{at.channel.name()}; // of a lane that nobody ever had
    for (auto* each : {&next, &third}) {
        auto from = at.consumer();
        while (each->info().capacity_bytes != large) {
            process::publish<dense>(*each, each->next_number());
            while (from.try_take()) {
            }
        }
        BOOST_TEST(each->info().capacity_bytes == large);
    }
}

BOOST_AUTO_TEST_CASE(a_change_back_before_anybody_moved_takes_the_memory_back)
{
    setting<dense> at({.capacity_bytes = small, .max_producers = 1});
    const auto before = at.reserved_bytes();
    at.change(large);
    BOOST_TEST(at.reserved_bytes() == before + large);
    at.change(2 * large);
    BOOST_TEST(at.reserved_bytes() == before + 2 * large);
    BOOST_TEST(at.change(small) == 0U);
    BOOST_TEST(at.reserved_bytes() == before);
    at.publish_more(2000);
    BOOST_TEST(at.to.info().capacity_bytes == small);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_and_changes_nothing)
{
    setting<dense> at;
    const auto try_to = [&](const channel_changes& changes) { change_channel(at.channel.name(), changes); };
    BOOST_TEST(says(refusal(errc::invalid_argument, [&] { try_to({.capacity_bytes = 0}); }),
                    "capacity_bytes from 1 to 1 TiB"));
    BOOST_TEST(says(refusal(errc::invalid_argument, [&] { try_to({.wait_for_absent = -1ns}); }), "wait_for_absent"));
    BOOST_TEST(says(refusal(errc::no_space, [&] { try_to({.capacity_bytes = std::size_t{1} << 39U}); }), "free"));
    BOOST_TEST(says(refusal(errc::not_found, [&] { (void)change_channel("no_such_channel", {}); }),
                    "start its producer first"));
    at.publish_more(3000);
    BOOST_TEST(at.to.info().capacity_bytes == small);
    samepage::observer eye{at.channel.name()};
    BOOST_TEST(eye.look().capacity_bytes == small);
}

BOOST_AUTO_TEST_CASE(lossless_consumers_can_be_forbidden_and_allowed)
{
    setting<dense> at;
    {
        auto there = at.consumer();
        BOOST_TEST(
            says(refusal(errc::invalid_argument, [&] { (void)change_channel(at.channel.name(), {.lossless = false}); }),
                 "no lossless consumer"));
        at.publish_more(1);
        BOOST_TEST(there.try_take().size() == 1U);
    }
    change_channel(at.channel.name(), {.lossless = false});
    BOOST_TEST(says(refusal(errc::invalid_argument, [&] { (void)at.consumer(); }), "a lossy consumer"));
    auto lossy = at.consumer({.wants = demand::lossy});
    change_channel(at.channel.name(), {.lossless = true});
    auto again = at.consumer();
    const auto full = process::fill_up<dense>(at.to, at.to.next_number());
    BOOST_TEST(full < 2000U); // it waits for that one
    BOOST_TEST(again.try_take().size() != 0U);
}

BOOST_AUTO_TEST_CASE(how_long_an_absent_consumer_is_waited_for_can_change)
{
    setting<dense> at({.capacity_bytes = small, .wait_for_absent = std::chrono::nanoseconds::max()});
    at.consumer({.name = "away"}).close();
    const auto full = process::fill_up<dense>(at.to, 0);
    std::this_thread::sleep_for(20ms);
    BOOST_TEST(!at.to.try_loan());
    change_channel(at.channel.name(), {.wait_for_absent = 0ns});
    std::this_thread::sleep_for(20ms);
    BOOST_TEST(!!at.to.loan_for(10s));
    BOOST_TEST(full != 0U);
}

BOOST_AUTO_TEST_CASE(who_closes_is_waited_for_as_the_channel_says_by_then)
{
    setting<dense> at({.capacity_bytes = small, .wait_for_absent = 0ns});
    auto from = at.consumer({.name = "it"});
    at.publish_more(3);
    change_channel(at.channel.name(), {.wait_for_absent = std::chrono::nanoseconds::max()});
    from.close();
    process::fill_up<dense>(at.to, at.to.next_number());
    std::this_thread::sleep_for(20ms);
    BOOST_TEST(!at.to.try_loan());
    auto again = at.consumer({.name = "it"});
    BOOST_TEST(again.try_take().lost() == 0U);
}

BOOST_AUTO_TEST_CASE(an_observer_sees_who_has_still_to_move)
{
    setting<dense> at;
    at.publish_more(5);
    samepage::observer eye{at.channel.name()};
    at.change(large);
    auto seen = eye.look();
    BOOST_TEST(seen.capacity_bytes == large);
    BOOST_REQUIRE(seen.lanes.size() == 1U);
    BOOST_TEST(seen.lanes[0].capacity_bytes == small);
    BOOST_REQUIRE(seen.lanes[0].wanted_bytes);
    BOOST_TEST(*seen.lanes[0].wanted_bytes == large);
    at.move();
    seen = eye.look();
    BOOST_TEST(seen.lanes[0].capacity_bytes == large);
    BOOST_TEST(!seen.lanes[0].wanted_bytes);
    BOOST_REQUIRE(seen.lanes[0].published);
    BOOST_TEST(*seen.lanes[0].published == at.to.next_number());
    BOOST_TEST(seen.lanes[0].contradiction.empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(whoever_is_killed_while_rings_change_nothing_is_lost, Kind, process::kinds)
{
    using namespace process;
    const auto seed = support::new_seed("whoever_is_killed_while_rings_change_nothing_is_lost");
    support::random_numbers dice{seed};
    const support::scratch_channel channel;
    auto producer = std::make_unique<producer_process<Kind>>(channel, small, "", 4, 1);
    typename Kind::consumer every{channel.name()};
    typename Kind::consumer lossy{channel.name(), {.wants = demand::lossy}};
    std::optional<typename Kind::consumer> passing;
    support::follower with(0);
    std::uint64_t told = 0;
    unsigned moves = 0;
    auto ring = every.info().ring_offset_bytes;
    const auto take_for = [&](std::chrono::microseconds span) {
        const auto end = std::chrono::steady_clock::now() + span;
        do {
            if (auto batch = every.take_for(1ms)) {
                Kind::follow(batch, with);
            }
            if (auto batch = lossy.try_take(5)) {
                BOOST_REQUIRE_EQUAL(told + batch.lost(), batch.number());
                told = batch.number() + batch.size();
                support::follower of(batch.number());
                Kind::follow(batch, of);
            }
            if (std::exchange(ring, every.info().ring_offset_bytes) != ring) {
                ++moves;
            }
        } while (std::chrono::steady_clock::now() < end);
    };
    producer->say("stream");
    for (int round = 0; round != 150; ++round) {
        change_channel(channel.name(), {.capacity_bytes = small << dice.below(5)});
        take_for(std::chrono::microseconds{dice.below(3000)});
        if (dice.below(2) == 0) {
            producer->kill();
            producer = std::make_unique<producer_process<Kind>>(channel, small, "", 4, 1);
            producer->say("stream");
        }
        if (dice.below(3) == 0) {
            passing.emplace(channel.name(), samepage::consumer_options{.from = start::oldest});
            const auto limit = std::chrono::steady_clock::now() + 10s;
            while (!passing->take_for(1ms)) { // where records are long, what the others take may have to go first
                BOOST_REQUIRE(std::chrono::steady_clock::now() < limit);
                take_for(0us);
            }
        } else {
            passing.reset();
        }
    }
    passing.reset();
    take_for(50ms);
    producer->kill();
    BOOST_TEST(follow_to_the_end<Kind>(every, with) == outcome::producer_died);
    typename Kind::producer last{channel.name()};
    BOOST_TEST(last.next_number() == with.next());
    BOOST_TEST(moves > 3U);
    BOOST_TEST(with.seen() > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
