// SPDX-License-Identifier: BSL-1.0
// change_numbers_test.cpp: a channel in use gets room for more producers and consumers, or for fewer; those that are
// there go on, and who consumes hears the new ones.
#include "process/kinds.hpp"
#include "support/forked.hpp"
#include "support/pages.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/observer.hpp>
#include <samepage/ring/remove_consumer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

using namespace std::chrono_literals;
using process::kinds;
using samepage::change_channel;
using samepage::demand;
using samepage::errc;
using support::refusal;
using support::says;

namespace {

constexpr std::size_t small = std::size_t{1} << 14U;
constexpr std::size_t large = std::size_t{1} << 18U;

template <class Kind>
struct setting {
    support::scratch_channel channel;
    std::vector<std::unique_ptr<typename Kind::producer>> producers;
    std::vector<std::unique_ptr<typename Kind::consumer>> consumers;

    explicit setting(samepage::channel_options options, std::size_t capacity_bytes = small)
        : options_(std::move(options))
    {
        options_.capacity_bytes = capacity_bytes;
        produce();
    }

    typename Kind::producer& produce()
    {
        producers.push_back(std::make_unique<typename Kind::producer>(channel.name(), options_));
        return *producers.back();
    }
    typename Kind::consumer& consume(const samepage::consumer_options& options = {})
    {
        consumers.push_back(std::make_unique<typename Kind::consumer>(channel.name(), options));
        return *consumers.back();
    }
    void allow_producers(unsigned most) const { change_channel(channel.name(), {.max_producers = most}); }
    void allow_consumers(unsigned most) const { change_channel(channel.name(), {.max_consumers = most}); }
    [[nodiscard]] samepage::observation observed() const { return samepage::observer{channel.name()}.look(); }
    /// Each producer publishes so many records.
    void publish(unsigned count) const
    {
        for (const auto& to : producers) {
            for (unsigned i = 0; i != count; ++i) {
                process::publish<Kind>(*to, to->next_number());
            }
        }
    }

private:
    samepage::channel_options options_;
};

/// The records of each lane, in order.
struct followers {
    std::array<support::follower, 64> lanes;

    [[nodiscard]] std::uint64_t seen() const
    {
        std::uint64_t all = 0;
        for (const auto& each : lanes) {
            all += each.seen();
        }
        return all;
    }
};

/// @return records that its batches said were lost
template <class Kind>
std::uint64_t take_all(typename Kind::consumer& from, followers& with)
{
    std::uint64_t lost = 0;
    while (auto batch = from.try_take()) {
        lost += batch.lost();
        Kind::follow(batch, with.lanes.at(batch.lane()));
    }
    return lost;
}

/// Stretches of this process's address space that show the channel's data file.
std::size_t mappings_of(const std::filesystem::path& path)
{
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) {
        count += line.ends_with(path.string()) ? 1U : 0U;
    }
    return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(changing_the_numbers)

BOOST_AUTO_TEST_CASE_TEMPLATE(more_producers_come_than_were_allowed_at_first, Kind, kinds)
{
    setting<Kind> at({.max_producers = 1});
    auto& lossless = at.consume();
    auto& lossy = at.consume({.wants = demand::lossy});
    const auto no = refusal(errc::producer_exists, [&] { at.produce(); });
    BOOST_TEST(says(no, "change_channel() with more max_producers"));
    at.allow_producers(3);
    BOOST_TEST(at.observed().most_lanes == 3U);
    at.produce();
    at.produce();
    refusal(errc::producer_exists, [&] { at.produce(); });
    std::array<followers, 2> seen;
    for (unsigned round = 0; round != 50; ++round) { // over the wrap
        at.publish(4);
        BOOST_TEST(take_all<Kind>(lossless, seen[0]) == 0U);
        BOOST_TEST(take_all<Kind>(lossy, seen[1]) == 0U);
    }
    for (const auto& each : seen) {
        BOOST_TEST(each.seen() == 600U);
        for (unsigned lane = 0; lane != 3; ++lane) {
            BOOST_TEST(each.lanes.at(lane).seen() == 200U);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(more_consumers_come_than_were_allowed_at_first, Kind, kinds)
{
    setting<Kind> at({.max_consumers = 1});
    at.consume();
    const auto no = refusal(errc::too_many_consumers, [&] { at.consume(); });
    BOOST_TEST(says(no, "change_channel() with more max_consumers"));
    at.allow_consumers(3);
    BOOST_TEST(at.observed().most_consumers == 3U);
    at.consume();
    at.consume();
    refusal(errc::too_many_consumers, [&] { at.consume(); });
    at.publish(5);
    for (const auto& from : at.consumers) {
        followers seen;
        take_all<Kind>(*from, seen);
        BOOST_TEST(seen.seen() == 5U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_more_than_are_allowed_all_go_on_and_none_comes, Kind, kinds)
{
    setting<Kind> at({.max_producers = 4, .max_consumers = 4});
    for (int i = 0; i != 2; ++i) {
        at.produce();
        at.consume();
    }
    at.consume();
    at.allow_producers(1);
    at.allow_consumers(1);
    at.publish(5);
    for (const auto& from : at.consumers) {
        followers seen;
        take_all<Kind>(*from, seen);
        BOOST_TEST(seen.seen() == 15U);
    }
    // The first goes, in whose place the next would be: there are still more than one.
    at.producers.erase(at.producers.begin());
    at.consumers.erase(at.consumers.begin());
    refusal(errc::producer_exists, [&] { at.produce(); });
    refusal(errc::too_many_consumers, [&] { at.consume(); });
    at.producers.clear();
    at.consumers.clear();
    at.produce();
    at.consume();
    refusal(errc::producer_exists, [&] { at.produce(); });
    refusal(errc::too_many_consumers, [&] { at.consume(); });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_that_is_kept_counts_as_there, Kind, kinds)
{
    setting<Kind> at({.max_consumers = 3});
    at.consume();
    at.consume();
    at.consume({.name = "log"});
    at.consumers.clear();
    at.allow_consumers(2);
    at.consume();
    const auto no = refusal(errc::too_many_consumers, [&] { at.consume(); });
    BOOST_TEST(says(no, "1 of them by names or groups"));
    at.consume({.name = "log"});
    at.consumers.clear();
    BOOST_TEST(samepage::remove_consumer(at.channel.name(), "log"));
    at.consume();
    at.consume();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_group_that_nobody_could_enter_is_none, Kind, kinds)
{
    setting<Kind> at({.max_consumers = 2});
    at.consume();
    refusal(errc::too_many_consumers, [&] { at.consume({.group = "pool"}); });
    BOOST_TEST(!samepage::remove_consumer(at.channel.name(), "pool"));
    at.consume();
    at.consumers.clear();
    at.consume({.group = "pool"}); // its name and its member
    at.publish(1);
    BOOST_TEST(at.consumers.front()->try_take().size() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_more_than_there_is_room_for, Kind, kinds)
{
    setting<Kind> at({.max_producers = 2, .max_consumers = 2, .room_for_producers = 5, .room_for_consumers = 6});
    const auto producers = refusal(errc::invalid_argument, [&] { at.allow_producers(6); });
    BOOST_TEST(says(producers, "max_producers from 1 to 5, for which the channel has room"));
    BOOST_TEST(says(producers, "room_for_producers"));
    const auto consumers = refusal(errc::invalid_argument, [&] { at.allow_consumers(7); });
    BOOST_TEST(says(consumers, "max_consumers from 1 to 6, for which the channel has room"));
    BOOST_TEST(says(consumers, "room_for_consumers"));
    refusal(errc::invalid_argument, [&] { at.allow_producers(0); });
    refusal(errc::invalid_argument, [&] { at.allow_consumers(0); });
    BOOST_TEST(at.observed().most_lanes == 2U);
    BOOST_TEST(at.observed().most_consumers == 2U);
    at.allow_producers(5);
    at.allow_consumers(6);
    while (at.producers.size() != 5) {
        at.produce();
    }
    while (at.consumers.size() != 6) {
        at.consume();
    }
    const auto full = refusal(errc::producer_exists, [&] { at.produce(); });
    BOOST_TEST(says(full, "create the channel with more max_producers"));
    BOOST_TEST(
        says(refusal(errc::too_many_consumers, [&] { at.consume(); }), "create the channel with more max_consumers"));
}

BOOST_AUTO_TEST_CASE(there_is_room_for_as_many_as_are_allowed_at_least)
{
    setting<process::dense> few({.max_producers = 40, .room_for_producers = 1, .room_for_consumers = 1});
    BOOST_TEST(few.observed().most_lanes == 40U);
    BOOST_TEST(few.observed().most_consumers == 64U);
    setting<process::dense> usual({.max_producers = 2, .max_consumers = 2});
    usual.allow_producers(16);
    usual.allow_consumers(64);
    refusal(errc::invalid_argument, [&] { usual.allow_producers(17); });
    setting<process::dense> all({.room_for_producers = 64});
    all.allow_producers(64);
    const auto too_many = [](samepage::channel_options options) {
        return refusal(errc::invalid_argument, [&] { setting<process::dense> at(std::move(options)); });
    };
    BOOST_TEST(says(too_many({.room_for_producers = 65}), "room_for_producers up to 64"));
    BOOST_TEST(says(too_many({.room_for_consumers = 65}), "room_for_consumers up to 64"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(names_and_groups_hear_producers_that_come_later, Kind, kinds)
{
    setting<Kind> at({.max_producers = 1});
    followers by_name;
    at.consume({.group = "pool"});
    at.consume({.group = "pool"});
    at.consume({.name = "log"});
    at.allow_producers(3);
    at.produce();
    at.publish(10);
    std::uint64_t done = 0;
    for (const unsigned member : {0U, 1U}) {
        auto batch = at.consumers[member]->try_take(3);
        BOOST_REQUIRE(batch);
        done += batch.size();
    }
    while (auto batch = at.consumers[0]->try_take(3)) {
        done += batch.size();
    }
    BOOST_TEST(done == 20U);
    take_all<Kind>(*at.consumers[2], by_name);
    BOOST_TEST(by_name.seen() == 20U);
    at.consumers.pop_back();
    at.produce(); // while the name is absent
    at.publish(10);
    auto& again = at.consume({.name = "log"});
    take_all<Kind>(again, by_name);
    BOOST_TEST(by_name.seen() == 50U);
    BOOST_TEST(by_name.lanes[2].seen() == 10U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lane_that_moved_before_anybody_looked_at_it_is_read_from_its_first_record, Kind, kinds)
{
    setting<Kind> at({.max_producers = 1});
    auto& from = at.consume();
    auto& newest = at.consume({.wants = demand::lossy});
    at.allow_producers(2);
    auto& second = at.produce();
    process::publish<Kind>(second, 0);
    change_channel(at.channel.name(), {.capacity_bytes = large});
    const auto before = second.info().ring_offset_bytes;
    while (second.info().ring_offset_bytes == before) {
        process::publish<Kind>(second, second.next_number());
    }
    process::publish<Kind>(second, second.next_number());
    followers seen;
    take_all<Kind>(from, seen);
    BOOST_TEST(seen.lanes[1].seen() == second.next_number());
    const auto batch = newest.try_take_latest();
    BOOST_REQUIRE(batch);
    BOOST_TEST(batch.number() == second.next_number() - 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_maps_the_rings_of_those_that_there_are, Kind, kinds)
{
    setting<Kind> at({.max_producers = 1});
    const auto before = mappings_of(at.channel.data());
    auto& from = at.consume();
    BOOST_TEST(mappings_of(at.channel.data()) - before == 3U); // its words, and one ring, twice
    at.allow_producers(2);
    at.produce();
    const auto with_two = mappings_of(at.channel.data());
    at.publish(1);
    followers seen;
    take_all<Kind>(from, seen);
    BOOST_TEST(seen.seen() == 2U);
    BOOST_TEST(mappings_of(at.channel.data()) - with_two == 2U);
}

BOOST_AUTO_TEST_CASE(numbers_that_nothing_has_room_for_are_refused)
{
    setting<process::dense> at({});
    const auto header = support::read_data_header(at.channel.data());
    const auto terms =
        header.lane_offset + offsetof(samepage::ring::directory_words<samepage::hardware_atomics>, terms);
    const auto forge = [&](std::size_t word, std::uint32_t number) {
        support::overwrite(at.channel.data(), terms + word, &number, sizeof number);
    };
    for (const std::uint32_t number : {0U, 17U, ~0U}) {
        forge(offsetof(samepage::ring::channel_terms, max_producers), number);
        refusal(errc::corrupt, [&] { at.produce(); });
        refusal(errc::corrupt, [&] { at.allow_producers(8); });
        BOOST_TEST(at.observed().most_lanes <= 16U);
    }
    forge(offsetof(samepage::ring::channel_terms, max_producers), 8);
    for (const std::uint32_t number : {0U, 65U, ~0U}) {
        forge(offsetof(samepage::ring::channel_terms, max_consumers), number);
        refusal(errc::corrupt, [&] { at.consume(); });
        refusal(errc::corrupt, [&] { at.allow_consumers(8); });
        BOOST_TEST(at.observed().most_consumers <= 64U);
    }
}

BOOST_AUTO_TEST_CASE(what_a_dead_member_held_of_a_lane_that_its_heir_never_looked_at_is_handed_on)
{
    for (const auto wants : {demand::lossless, demand::lossy}) {
        setting<process::dense> at({.max_producers = 2}, large);
        at.consume({.group = "pool", .wants = wants});
        auto& heir = at.consume({.group = "pool", .wants = wants});
        auto& second = at.produce();
        while (second.next_number() != 500) {
            process::publish<process::dense>(second, second.next_number());
        }
        {
            support::forked member([&] { // holds all that there is, more than a page of it, and is killed
                samepage::consumer<support::tick> from{at.channel.name(), {.group = "pool", .wants = wants}};
                const auto held = from.try_take();
                if (held.size() > 4096 / sizeof(support::tick)) {
                    ::kill(::getpid(), SIGKILL);
                }
                return 1;
            });
            BOOST_TEST(member.wait() == -1);
        }
        std::uint64_t seen = 0;
        for (auto batch = heir.take_for(5s); batch; batch = heir.take_for(1s)) {
            BOOST_TEST(batch.number() == seen);
            seen += batch.size();
        }
        BOOST_TEST(seen == 500U);
    }
}

BOOST_AUTO_TEST_CASE(what_a_lossy_consumer_holds_of_a_ring_that_became_smaller_stays_whole)
{
    setting<process::dense> at({.max_producers = 1}, large);
    auto& from = at.consume({.wants = demand::lossy});
    auto& to = *at.producers.front();
    const auto before = to.info().ring_offset_bytes;
    change_channel(at.channel.name(), {.capacity_bytes = small});
    while (to.info().ring_offset_bytes == before) {
        process::publish<process::dense>(to, to.next_number());
    }
    at.publish(5000);
    const auto held = from.try_take();
    BOOST_REQUIRE(held);
    BOOST_TEST(held.size() * sizeof(support::tick) <= small / 16);
    at.publish(5000);
    support::follower with{held.number()};
    process::dense::follow(held, with);
    BOOST_TEST(with.seen() == held.size());
}

BOOST_AUTO_TEST_CASE(a_lane_without_a_ring_is_corrupt_and_nothing_is_read)
{
    for (const auto wants : {demand::lossless, demand::lossy}) {
        setting<process::dense> at({.max_producers = 1});
        auto& from = at.consume({.wants = wants});
        const auto header = support::read_data_header(at.channel.data());
        using words = samepage::ring::lane_words<samepage::hardware_atomics>;
        const auto lane = support::lane_words_offset(header) + header.page_bytes;
        const auto forge = [&](std::uint64_t offset, std::uint64_t value) {
            support::overwrite(at.channel.data(), offset, &value, sizeof value);
        };
        forge(lane + offsetof(words, ring), ~std::uint64_t{0});
        forge(lane + offsetof(words, head), 50 * sizeof(support::tick));
        forge(header.lane_offset, 3); // the second lane is in use
        BOOST_TEST((from.try_take().why() == samepage::outcome::corrupt));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(members_of_a_group_map_no_ring_that_nobody_has, Kind, kinds)
{
    setting<Kind> at({.max_producers = 1});
    const auto reserved = at.observed().reserved_bytes;
    for (int member = 0; member != 2; ++member) {
        const auto before = mappings_of(at.channel.data());
        auto& from = at.consume({.group = "pool", .memory = {.prefault = true}});
        static_cast<void>(from.next());
        BOOST_TEST(mappings_of(at.channel.data()) - before == 3U);
    }
    BOOST_TEST(at.observed().reserved_bytes == reserved);
}

BOOST_AUTO_TEST_CASE(who_is_in_the_way_is_named_wherever_its_place_is)
{
    setting<process::dense> at({.max_producers = 2});
    at.produce();
    at.allow_producers(1);
    at.producers.erase(at.producers.begin());
    const auto no = refusal(errc::producer_exists, [&] { at.produce(); });
    BOOST_TEST(says(no, "found one with process id " + std::to_string(::getpid()) + ";"));
    BOOST_TEST(at.observed().most_bytes >= at.observed().reserved_bytes);
}

BOOST_AUTO_TEST_SUITE_END()
