// SPDX-License-Identifier: BSL-1.0
// dense_lane_test.cpp: the steps on a lane of equal records, one by one.
#include "ring/private_lane.hpp"

#include <functional>

using namespace samepage::test;
using samepage::outcome;
using samepage::ring::start;

namespace {

constexpr std::uint64_t capacity_records = eights.capacity_bytes / 8;

struct dense_fixture {
    private_lane lane{eights};
    started<dense_writer> writer{lane};
    dense_reader reader{lane.readable(), 0};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(dense_lane, dense_fixture)

BOOST_AUTO_TEST_CASE(a_fresh_lane_is_empty)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_TEST((reader.look(10, 8).why == outcome::empty));
}

BOOST_AUTO_TEST_CASE(what_is_published_is_found_as_one_run)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 5; ++i) {
        BOOST_REQUIRE(put(writer, 100 + i));
    }
    const auto found = reader.look(10, 8);
    BOOST_TEST(found.count == 5U);
    for (std::uint64_t i = 0; i < found.count; ++i) {
        BOOST_TEST(value_at(reader, found.begin + 8 * i) == 100 + i);
    }
}

BOOST_AUTO_TEST_CASE(a_look_hands_out_no_more_than_asked_for)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 5; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
    const auto first = reader.look(2, 8);
    BOOST_TEST(first.count == 2U);
    reader.release(first);
    const auto rest = reader.look(10, 8);
    BOOST_TEST(rest.count == 3U);
    BOOST_TEST(value_at(reader, rest.begin) == 2U);
}

BOOST_AUTO_TEST_CASE(written_but_unpublished_records_are_not_seen)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    const std::uint64_t secret = 42;
    BOOST_REQUIRE(writer.make_room(8));
    std::memcpy(writer.at(writer.next()), &secret, sizeof secret);
    BOOST_TEST((reader.look(1, 8).why == outcome::empty));
}

BOOST_AUTO_TEST_CASE(a_full_ring_has_no_room_until_the_record_in_the_way_is_released)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
    BOOST_TEST(!put(writer, 1));
    reader.release(reader.look(1, 8));
    BOOST_TEST(put(writer, 1));
    BOOST_TEST(!put(writer, 2));
}

BOOST_AUTO_TEST_CASE(the_slowest_of_several_consumers_decides)
{
    dense_reader other{lane.readable(), 5};
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(other.join(start::oldest));
    for (std::uint64_t i = 0; i < capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
    reader.release(reader.look(capacity_records, 8));
    BOOST_TEST(!put(writer, 1));
    other.release(other.look(1, 8));
    BOOST_TEST(put(writer, 1));
    other.leave();
    for (std::uint64_t i = 0; i + 1 < capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
    BOOST_TEST(!put(writer, 1));
}

BOOST_AUTO_TEST_CASE(without_consumers_the_oldest_records_are_overwritten)
{
    for (std::uint64_t i = 0; i < 10 * capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
}

BOOST_AUTO_TEST_CASE(joining_at_the_oldest_finds_every_record_still_there_in_order)
{
    for (std::uint64_t count = 1; count < 5 * capacity_records; count += 97) {
        while (writer.next() / 8 < count) {
            BOOST_REQUIRE(put(writer, writer.next() / 8));
        }
        dense_reader late{lane.readable(), 1};
        BOOST_REQUIRE(late.join(start::oldest));
        const auto found = late.look(capacity_records, 8);
        BOOST_REQUIRE_GE(found.count, std::min(count, capacity_records * 3 / 4));
        BOOST_REQUIRE_EQUAL(found.end, writer.next());
        for (auto at = found.begin; at < found.end; at += 8) {
            BOOST_REQUIRE_EQUAL(value_at(late, at), at / 8);
        }
        late.leave();
    }
}

BOOST_AUTO_TEST_CASE(joining_at_the_newest_sees_only_what_comes_later)
{
    BOOST_REQUIRE(put(writer, 1));
    BOOST_REQUIRE(reader.join(start::newest));
    BOOST_TEST((reader.look(10, 8).why == outcome::empty));
    BOOST_REQUIRE(put(writer, 2));
    const auto found = reader.look(10, 8);
    BOOST_TEST(found.count == 1U);
    BOOST_TEST(value_at(reader, found.begin) == 2U);
}

BOOST_AUTO_TEST_CASE(the_next_producer_goes_on_where_the_last_one_ended)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(put(writer, 7));
    started<dense_writer> successor{lane};
    BOOST_REQUIRE(put(successor, 8));
    const auto found = reader.look(10, 8);
    BOOST_TEST(found.count == 2U);
    BOOST_TEST(value_at(reader, found.begin + 8) == 8U);
}

BOOST_AUTO_TEST_CASE(writing_ahead_touches_nothing_that_is_not_released)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    std::uint64_t written = 0;
    while (put(writer, written)) {
        ++written;
    }
    for (std::uint64_t read = 0; read < 10'000; ++read) {
        const auto found = reader.look(1, 8);
        BOOST_REQUIRE_EQUAL(value_at(reader, found.begin), read);
        reader.release(found);
        BOOST_REQUIRE(put(writer, written++)); // the ring stays full
    }
}

BOOST_AUTO_TEST_CASE(a_successor_is_bound_by_a_cursor_that_the_horizon_has_passed)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    std::uint64_t written = 0;
    while (put(writer, written)) {
        ++written;
    }
    const auto found = reader.look(capacity_records / 5 + 3, 8); // between two of the producer's boundaries
    reader.release(found);
    while (put(writer, written)) {
        ++written;
    }
    BOOST_REQUIRE_GT(lane.words().horizon.load(), reader.cursor());
    started<dense_writer> successor{lane};
    BOOST_TEST(!put(successor, written));
    BOOST_TEST(value_at(reader, reader.cursor()) == found.end / 8);
}

BOOST_AUTO_TEST_CASE(a_successor_respects_what_a_consumer_has_not_released)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
    started<dense_writer> successor{lane};
    BOOST_TEST(!put(successor, 1));
}

BOOST_AUTO_TEST_CASE(closed_is_seen_and_a_successor_opens_again)
{
    BOOST_TEST(!reader.closed());
    writer.close();
    BOOST_TEST(reader.closed());
    started<dense_writer> successor{lane};
    BOOST_TEST(!reader.closed());
}

BOOST_AUTO_TEST_CASE(what_is_published_after_closing_does_not_touch_the_successor)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(writer.make_room(8));
    writer.close();
    started<dense_writer> successor{lane};
    BOOST_REQUIRE(put(successor, 1));
    BOOST_REQUIRE(put(successor, 2));
    writer.publish(8, 1);
    BOOST_TEST(lane.words().head.load() == 16U);
    BOOST_TEST(reader.look(10, 8).count == 2U);
}

BOOST_AUTO_TEST_CASE(a_head_that_no_producer_writes_is_corrupt)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(put(writer, 1));
    reader.release(reader.look(1, 8));
    for (const std::uint64_t head :
         {std::uint64_t{0}, std::uint64_t{9}, 8 + eights.capacity_bytes + 8, ~std::uint64_t{0}}) {
        lane.words().head.store(head);
        BOOST_TEST((reader.look(1, 8).why == outcome::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(words_that_contradict_each_other_stop_a_successor)
{
    for (const auto& [head, horizon] :
         {std::pair<std::uint64_t, std::uint64_t>{8, 16}, {7, 0}, {8192, 0}, {16, 3}, {~7ULL, ~7ULL}}) {
        lane.words().head.store(head);
        lane.words().horizon.store(horizon);
        dense_writer successor{lane.writable(), lane.locks()};
        BOOST_TEST(!successor.resume());
    }
}

BOOST_AUTO_TEST_CASE(a_hostile_cursor_gives_no_room_that_is_not_there)
{
    dense_reader victim{lane.readable(), 1};
    BOOST_REQUIRE(victim.join(start::oldest));
    BOOST_REQUIRE(reader.join(start::oldest));
    lane.writable().cell(0).cursor.store(~std::uint64_t{0} >> 1U); // claims to have read far ahead
    for (std::uint64_t i = 0; i < capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
    BOOST_TEST(!put(writer, 1));
    lane.writable().cell(1).cursor.store(12); // not a record's boundary
    BOOST_TEST(put(writer, 1));
    BOOST_TEST(lane.words().horizon.load() % 8 == 0U);
}

BOOST_AUTO_TEST_CASE(a_dead_consumer_is_found_by_its_lock_and_a_live_one_is_kept)
{
    dense_reader dead{lane.readable(), 0};
    dense_reader live{lane.readable(), 1};
    auto held = lane.other_locks();
    BOOST_REQUIRE(held.try_lock(samepage::ring::lock_byte::consumer + 1));
    BOOST_REQUIRE(dead.join(start::oldest));
    BOOST_REQUIRE(live.join(start::oldest));
    BOOST_TEST(writer.consumer_count() == 2U);
    BOOST_TEST(writer.recover_dead_consumers());
    BOOST_TEST(lane.control().joined.load() == 0b10U);
    BOOST_TEST(!writer.recover_dead_consumers());
    BOOST_TEST(!held.held_elsewhere(samepage::ring::lock_byte::consumer)); // the recoverer let go of it
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(odd_sizes)

BOOST_AUTO_TEST_CASE(records_that_do_not_divide_the_ring_are_contiguous_over_the_wrap)
{
    private_lane lane{{.capacity_bytes = 4096, .alignment = 8, .record_bytes = 24, .max_holds = 7}};
    started<dense_writer> writer{lane};
    dense_reader reader{lane.readable(), 0};
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        BOOST_REQUIRE(writer.has_room(24) || writer.make_room(24));
        const std::uint64_t record[3] = {i, ~i, i * i};
        std::memcpy(writer.at(writer.next()), record, sizeof record);
        writer.publish(sizeof record, 1);
        if (i % 50 == 49) {
            const auto found = reader.look(1000, 24);
            BOOST_REQUIRE_EQUAL(found.count, 50U);
            for (std::uint64_t k = 0; k < found.count; ++k) {
                std::uint64_t seen[3];
                std::memcpy(seen, reader.at(found.begin) + 24 * k, sizeof seen); // from the run's start: one array
                const std::uint64_t n = i - 49 + k;
                BOOST_REQUIRE(seen[0] == n && seen[1] == ~n && seen[2] == n * n);
            }
            reader.release(found);
        }
    }
}

// In the last moment somebody joins whose cursor the smaller ring has no room for.
BOOST_AUTO_TEST_CASE(a_move_that_is_refused_forgets_no_place_where_records_begin)
{
    struct moving : started<dense_writer> {
        using started::started;
        bool move(std::byte* to, std::uint64_t capacity_bytes, const std::function<void()>& meanwhile)
        {
            return change_ring(to, samepage::ring::ring_place::encode(4096, capacity_bytes), 0,
                               [&](const samepage::ring::boundary&, std::uint64_t) { meanwhile(); });
        }
    };
    private_lane here{eights};
    moving to{here};
    for (std::uint64_t i = 0; i != 2000; ++i) {
        BOOST_REQUIRE(put(to, i));
    }
    constexpr std::uint64_t smaller = 512;
    std::vector<std::byte> ring(2 * smaller);
    dense_reader late{here.readable(), 0};
    BOOST_TEST(!to.move(ring.data(), smaller, [&] { BOOST_TEST(late.join(start::oldest)); }));
    late.leave();
    for (std::uint64_t i = 0; i != 2000; ++i) {
        BOOST_REQUIRE(put(to, i));
        BOOST_REQUIRE_GT(here.words().head.load() - here.words().horizon.load(), eights.capacity_bytes / 2);
    }
}

BOOST_AUTO_TEST_SUITE_END()
