// SPDX-License-Identifier: BSL-1.0
// damaged_pages_test.cpp: an observer looks at pages that no honest process made: it ends, and says what is wrong.
#include "support/pages.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/observer.hpp>

#include <boost/test/unit_test.hpp>

#include <cstring>
#include <string>
#include <vector>

using samepage::errc;
using samepage::observation;
using samepage::observer;
using support::tick;

namespace {

namespace fs = std::filesystem;
namespace ring = samepage::ring;
constexpr std::size_t ring_bytes = 4096;
constexpr auto nowhere = std::uint64_t{1} << 63U;

/// A channel whose producer, lossless and lossy consumer all have something.
struct dense_channel {
    support::scratch_channel name;
    samepage::producer<tick> made{name.name(),
                                  {.capacity_bytes = ring_bytes,
                                   .max_producers = 2,
                                   .max_consumers = 4,
                                   .room_for_producers = 2,
                                   .room_for_consumers = 4}};
    samepage::consumer<tick> reading{name.name(), {.from = samepage::start::oldest}};
    samepage::consumer<tick> losing{name.name(), {.from = samepage::start::oldest, .wants = samepage::demand::lossy}};
    samepage::batch<tick> held = publish_and_hold();
    support::pages pages{made.info()};
    observer looking{name.name()};

    [[nodiscard]] samepage::batch<tick> publish_and_hold()
    {
        for (std::uint64_t i = 0; i != 100; ++i) {
            auto slot = made.loan();
            *slot = support::tick_of(i);
            slot.publish();
        }
        return losing.take(3);
    }
    [[nodiscard]] ring::cell_words<samepage::hardware_atomics>& cell(unsigned slot) const
    {
        const std::size_t bytes = ring::cell_bytes<samepage::hardware_atomics>(7);
        return *reinterpret_cast<ring::cell_words<samepage::hardware_atomics>*>(pages.cells() + slot * 2 * bytes);
    }
    [[nodiscard]] ring::hold_words<samepage::hardware_atomics>& hold(unsigned slot) const
    {
        return *reinterpret_cast<ring::hold_words<samepage::hardware_atomics>*>(&cell(slot) + 1);
    }
};

/// What holds of any look, whatever the pages hold.
void check_bounds(const observation& seen)
{
    BOOST_REQUIRE_LE(seen.lanes.size(), seen.most_lanes);
    BOOST_REQUIRE_LE(seen.consumers.size(), seen.most_consumers);
    for (const auto& lane : seen.lanes) {
        BOOST_REQUIRE_LE(lane.head, ring::most_position);
        BOOST_REQUIRE_LE(lane.horizon, lane.head);
        BOOST_REQUIRE_LE(lane.kept_bytes, seen.capacity_bytes);
        BOOST_REQUIRE_LE(lane.unreleased_bytes, seen.capacity_bytes);
        BOOST_REQUIRE_LE(lane.fullness, 1);
        BOOST_REQUIRE_GE(lane.fullness, 0);
        BOOST_REQUIRE_LE(lane.gap_bytes, lane.head);
        BOOST_REQUIRE_LE(lane.held_bytes, seen.most_consumers * ring::most_holds * seen.capacity_bytes);
    }
    for (const auto& each : seen.consumers) {
        BOOST_REQUIRE_EQUAL(each.places.size(), seen.lanes.size());
        for (std::size_t i = 0; i != each.places.size(); ++i) {
            BOOST_REQUIRE_LE(each.places[i].lag_bytes.value_or(0), seen.lanes[i].head);
            BOOST_REQUIRE_LE(each.places[i].lag.value_or(0), seen.lanes[i].head);
        }
    }
}

bool says(const std::string& contradiction, std::string_view text)
{
    return contradiction.find(text) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(observing_damage)

BOOST_AUTO_TEST_CASE(terms_that_no_channel_can_have_are_said_and_cut)
{
    const dense_channel channel;
    auto& terms = channel.pages.terms();
    const auto looks = [&](std::string_view text) {
        observer fresh{channel.name.name()};
        const auto seen = fresh.look();
        check_bounds(seen);
        BOOST_TEST(says(seen.contradiction, text));
        BOOST_TEST(seen.capacity_bytes == ring_bytes);
        BOOST_TEST((seen.most_lanes >= 1 && seen.most_lanes <= 2));
        BOOST_TEST((seen.most_consumers >= 1 && seen.most_consumers <= 4));
    };
    BOOST_TEST(observer{channel.name.name()}.look().contradiction == "");
    terms.max_producers.store(3);
    looks("3 producers at a time, with room for 2");
    terms.max_producers.store(2);
    terms.max_consumers.store(0);
    looks("0 consumers at a time, with room for 4");
    terms.max_consumers.store(4);
    terms.capacity_bytes.store(ring_bytes + 1);
    looks("a capacity of 4097 bytes");
}

BOOST_AUTO_TEST_CASE(a_head_where_no_lane_gets_is_said_and_cut)
{
    const dense_channel channel;
    for (const std::uint64_t head : {nowhere, ~std::uint64_t{0}, ring::most_position + 1}) {
        channel.pages.lane().head.store(head);
        observer fresh{channel.name.name()};
        const auto seen = fresh.look();
        check_bounds(seen);
        BOOST_TEST(says(seen.lanes.front().contradiction, "head at " + std::to_string(head)));
        BOOST_TEST(!seen.lanes.front().published);
    }
}

BOOST_AUTO_TEST_CASE(a_horizon_that_contradicts_head_is_said_and_cut)
{
    const dense_channel channel;
    observer looking{channel.name.name()};
    channel.pages.lane().horizon.store(ring_bytes * 8);
    BOOST_TEST(says(looking.look().lanes.front().contradiction, "above head"));
    check_bounds(looking.look());
    channel.pages.lane().horizon.store(0);
    channel.pages.lane().head.store(sizeof(tick) * 1000);
    BOOST_TEST(says(looking.look().lanes.front().contradiction, "more than a ring below head"));
    check_bounds(looking.look());
    channel.pages.lane().head.store(sizeof(tick) * 100 + 1);
    BOOST_TEST(says(looking.look().lanes.front().contradiction, "where a record can begin"));
    channel.pages.lane().head.store(sizeof(tick) * 100);
    channel.pages.lane().horizon.store(sizeof(tick) * 50); // which has no mark
    BOOST_TEST(says(looking.look().lanes.front().contradiction, "no mark"));
}

BOOST_AUTO_TEST_CASE(hostile_cursors_and_holds_are_said_and_cut)
{
    const dense_channel channel;
    observer looking{channel.name.name()};
    for (const std::uint64_t cursor : {nowhere, ~std::uint64_t{0} - 1, std::uint64_t{ring_bytes * 40}}) {
        channel.cell(0).cursor.store(cursor);
        const auto seen = looking.look();
        check_bounds(seen);
        BOOST_TEST(says(seen.consumers[0].contradiction, "above head"));
        BOOST_TEST(seen.consumers[0].places.front().lag_bytes.value() == 0U);
    }
    channel.cell(0).cursor.store(7);
    BOOST_TEST(says(looking.look().consumers[0].contradiction, "where no record can begin"));
    BOOST_TEST(!looking.look().consumers[0].places.front().lag);
    channel.cell(0).cursor.store(0);
    BOOST_TEST(looking.look().consumers[0].contradiction == "");
    BOOST_TEST(looking.look().consumers[0].places.front().lag.value() == 100U);

    channel.hold(1).begin.store(ring::held | 480);
    channel.hold(1).end.store(24);
    BOOST_TEST(says(looking.look().consumers[1].contradiction, "ends before it begins"));
    channel.hold(1).begin.store(ring::held);
    channel.hold(1).end.store(ring::most_position);
    check_bounds(looking.look());
    channel.hold(1).end.store(~std::uint64_t{0});
    BOOST_TEST(says(looking.look().consumers[1].contradiction, "where no lane gets"));
}

BOOST_AUTO_TEST_CASE(gaps_that_cannot_be_are_said)
{
    const dense_channel channel;
    observer looking{channel.name.name()};
    auto& lane = channel.pages.lane();
    for (const std::uint64_t count : {std::uint64_t{1}, std::uint64_t{128}, nowhere, ~std::uint64_t{0}}) {
        lane.gap_count.store(count);
        lane.gaps[(count - 1) % ring::gaps_kept].begin.store(240);
        lane.gaps[(count - 1) % ring::gaps_kept].end.store(100);
        const auto seen = looking.look();
        check_bounds(seen);
        BOOST_TEST(says(seen.lanes.front().contradiction, "gaps"));
        BOOST_TEST(!seen.lanes.front().published);
    }
    lane.gap_bytes.store(~std::uint64_t{0});
    check_bounds(looking.look());
}

BOOST_AUTO_TEST_CASE(bits_of_slots_and_lanes_that_there_are_not_are_left_out)
{
    const dense_channel channel;
    channel.pages.control().joined.store(~std::uint64_t{0});
    const std::uint64_t all = ~std::uint64_t{0};
    const auto header = support::read_data_header(channel.name.data());
    support::overwrite(channel.name.data(), header.lane_offset, &all, sizeof all);
    const auto seen = observer{channel.name.name()}.look();
    BOOST_TEST(seen.consumers.size() == 4U);
    BOOST_TEST(!seen.consumers[3].alive);
    BOOST_TEST(seen.lanes.size() == 2U);
    check_bounds(seen);
}

BOOST_AUTO_TEST_CASE(a_lane_that_is_only_said_to_be_there_takes_no_memory)
{
    const support::scratch_channel channel;
    samepage::bytes_producer made{channel.name(),
                                  {.capacity_bytes = 1 << 20, .max_producers = 2, .room_for_producers = 2}};
    const std::uint64_t both = 3;
    const auto header = support::read_data_header(channel.data());
    support::overwrite(channel.data(), header.lane_offset, &both, sizeof both);
    const std::uint64_t far = 1 << 19;
    const auto lane = header.lane_offset + 2 * std::uint64_t{header.page_bytes};
    support::overwrite(channel.data(), lane + offsetof(ring::lane_words<samepage::hardware_atomics>, head), &far, 8);
    observer looking{channel.name()};
    const auto before = looking.look().reserved_bytes;
    const auto seen = looking.look();
    BOOST_TEST(seen.lanes.size() == 2U);
    BOOST_TEST(seen.reserved_bytes == before);
}

BOOST_AUTO_TEST_CASE(files_that_were_cut_off_are_refused_before_they_are_touched)
{
    for (const bool data : {true, false}) {
        const support::scratch_channel channel;
        {
            samepage::producer<tick> made{channel.name()};
        }
        observer looking{channel.name()};
        fs::resize_file(data ? channel.data() : channel.control(), 4096);
        const auto fault = support::refusal(errc::corrupt, [&] { static_cast<void>(looking.look()); });
        BOOST_TEST(support::says(fault, "truncated"));
    }
}

BOOST_AUTO_TEST_CASE(looking_ends_within_bounds_whatever_the_words_hold)
{
    support::random_numbers random{support::new_seed("observing noise")};
    for (const bool framed : {false, true}) {
        const support::scratch_channel channel;
        const samepage::channel_options options{.capacity_bytes = ring_bytes,
                                                .max_producers = 2,
                                                .max_consumers = 3,
                                                .room_for_producers = 2,
                                                .room_for_consumers = 3,
                                                .max_held = 3};
        if (framed) {
            samepage::bytes_producer made{channel.name(), options};
            for (int i = 0; i != 300; ++i) {
                made.loan(random.below(200)).publish();
            }
        } else {
            samepage::producer<tick> made{channel.name(), options};
            for (int i = 0; i != 300; ++i) {
                made.loan().publish();
            }
        }
        const auto header = support::read_data_header(channel.data());
        const auto control_bytes = fs::file_size(channel.control());
        observer looking{channel.name()};
        // Small words make places that could be; large ones do not.
        const auto noise = [&] {
            const std::uint64_t word = random();
            switch (random.below(5)) {
            case 0: return word;
            case 1: return word % (2 * ring_bytes);
            case 2: return word % (2 * ring_bytes) & ~std::uint64_t{7};
            case 3: return word % 4;
            default: return (word % ring_bytes) | nowhere;
            }
        };
        for (int round = 0; round != 3000; ++round) {
            const auto words = header.lane_offset + header.page_bytes;
            const std::uint64_t lane = words + random.below(2) * header.page_bytes;
            for (int i = 0; i != 8; ++i) {
                const std::uint64_t value = noise();
                const std::uint64_t place = random.below(3) == 0 ? random.below(52) * 8 : random.below(340) * 8;
                support::overwrite(channel.data(), lane + place, &value, 8);
                const std::uint64_t said = noise();
                const std::uint64_t control = 4096 + random.below((control_bytes - 4096) / 8) * 8;
                support::overwrite(channel.control(), control, &said, 8);
                const std::uint64_t cell = 4096 + 24960 + random.below(12 * 8) * 8;
                support::overwrite(channel.control(), cell, &said, 8);
            }
            const std::uint64_t joined = random();
            support::overwrite(channel.control(), 4096, &joined, 8);
            const std::uint64_t lanes = random();
            support::overwrite(channel.data(), header.lane_offset, &lanes, 8);
            check_bounds(looking.look());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
