// SPDX-License-Identifier: BSL-1.0
// gaps_test.cpp: corners of stepping over what is held: large records, loans dropped behind a gap, gaps side by side.
#include "ring/private_lane.hpp"

#include <optional>
#include <vector>

using namespace samepage::test;
using samepage::outcome;
using samepage::ring::found_records;
using samepage::ring::start;
namespace ring = samepage::ring;

namespace {

constexpr std::uint64_t capacity_records = eights.capacity_bytes / 8;

struct gapped_lane {
    private_lane lane{eights};
    std::optional<started<dense_writer>> writer{std::in_place, lane};
    dense_reader holder{lane.readable(), 0, demand::lossy, 7};

    gapped_lane() { BOOST_REQUIRE(holder.join(start::oldest)); }

    void publish(std::uint64_t count)
    {
        for (std::uint64_t i = 0; i < count; ++i) {
            BOOST_REQUIRE(put(*writer, writer->number()));
        }
    }
    /// Publishes up to right before the place of the record at `place`, a lap or more later.
    void publish_up_to(ring::position place)
    {
        while (writer->where().geometry.offset(writer->next()) != writer->where().geometry.offset(place)) {
            publish(1);
        }
    }
    /// All that `from` finds follows from `number` on. @return the number after it
    std::uint64_t follow(dense_reader& from, std::uint64_t number)
    {
        for (;;) {
            const auto found = from.look(1000, 8);
            if (found.count == 0) {
                BOOST_TEST((found.why == outcome::empty));
                return number;
            }
            BOOST_REQUIRE_EQUAL(found.number, number);
            for (std::uint64_t i = 0; i < found.count; ++i) {
                BOOST_REQUIRE_EQUAL(value_at(from, found.begin + 8 * i), number + i);
            }
            number += found.count;
            from.release(found);
        }
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(gaps)

BOOST_AUTO_TEST_CASE(a_record_larger_than_a_sixteenth_of_the_ring_is_held_whole)
{
    constexpr ring::lane_geometry large{.capacity_bytes = 4096, .alignment = 8, .record_bytes = 1000, .max_holds = 1};
    private_lane lane{large};
    started<dense_writer> writer{lane};
    dense_reader holder{lane.readable(), 0, demand::lossy, 1};
    BOOST_REQUIRE(holder.join(start::oldest));
    const auto publish = [&] {
        BOOST_REQUIRE(writer.has_room(1000) || writer.make_room(1000));
        std::memset(writer.at(writer.next()), static_cast<int>(writer.number() + 1), 1000);
        writer.publish(1000, 1);
    };
    publish();
    const auto held = holder.look(1, 1000);
    BOOST_REQUIRE_EQUAL(held.count, 1U);
    for (int i = 0; i < 20; ++i) {
        publish();
        const auto* const bytes = holder.at(held.begin);
        BOOST_REQUIRE((std::count(bytes, bytes + 1000, std::byte{1}) == 1000));
    }
}

BOOST_AUTO_TEST_CASE(a_loan_dropped_behind_a_gap_leaves_the_whole_ring_to_lend)
{
    gapped_lane it;
    it.publish(1);
    const auto held = it.holder.look(1, 8);
    BOOST_REQUIRE_EQUAL(held.count, 1U);
    it.publish_up_to(held.begin);
    BOOST_REQUIRE(it.writer->make_room(8)); // steps over it, and nothing is published behind
    it.holder.release(held);
    BOOST_TEST(it.writer->make_room(eights.capacity_bytes));
}

BOOST_AUTO_TEST_CASE(a_lossless_consumer_that_took_everything_gives_a_gaps_bytes_back)
{
    gapped_lane it;
    dense_reader lossless{it.lane.readable(), 1};
    BOOST_REQUIRE(lossless.join(start::oldest));
    it.publish(1);
    const auto held = it.holder.look(1, 8);
    BOOST_REQUIRE_EQUAL(held.count, 1U);
    std::uint64_t next = 0;
    do {
        next = it.follow(lossless, next);
        it.publish(1);
    } while (it.writer->next() != eights.capacity_bytes);
    BOOST_REQUIRE(it.writer->make_room(8));
    BOOST_REQUIRE_EQUAL(it.writer->next(), eights.capacity_bytes + 8);
    it.holder.release(held);
    next = it.follow(lossless, next); // nothing behind the gap, and yet it goes over it
    BOOST_TEST(next == it.writer->number());
    BOOST_TEST(it.writer->make_room(eights.capacity_bytes));
}

BOOST_AUTO_TEST_CASE(gaps_side_by_side_are_passed_by_consumers_and_successors)
{
    gapped_lane it;
    it.publish(3);
    const auto first = it.holder.look(1, 8);
    it.holder.release(it.holder.look(1, 8));
    const auto third = it.holder.look(1, 8);
    BOOST_REQUIRE_EQUAL(third.begin, 16U);
    it.publish_up_to(first.begin);
    BOOST_REQUIRE(it.writer->make_room(8)); // over the first; fits before the third, and is dropped
    BOOST_REQUIRE_EQUAL(it.writer->next(), eights.capacity_bytes + 8);
    BOOST_REQUIRE(it.writer->make_room(16)); // fits behind the third only
    BOOST_REQUIRE_EQUAL(it.writer->next(), eights.capacity_bytes + 24);
    it.publish(2);
    const auto numbers = it.writer->number();
    it.writer.reset();
    it.writer.emplace(it.lane);
    BOOST_TEST(it.writer->number() == numbers);
    BOOST_TEST(it.writer->next() == eights.capacity_bytes + 40);
    it.publish(1);
    dense_reader late{it.lane.readable(), 1};
    BOOST_REQUIRE(late.join(start::oldest));
    BOOST_TEST(it.follow(late, late.next_number()) == numbers + 1);
}

BOOST_AUTO_TEST_CASE(a_lossy_consumer_that_stops_among_many_gaps_stops_nobody)
{
    constexpr ring::lane_geometry many{.capacity_bytes = 4096, .alignment = 8, .record_bytes = 8, .max_holds = 63};
    private_lane lane{many};
    started<dense_writer> writer{lane};
    dense_reader holder{lane.readable(), 0, demand::lossy, 63};
    BOOST_REQUIRE(holder.join(start::oldest));
    const auto publish = [&](int count) {
        for (int i = 0; i < count; ++i) {
            BOOST_REQUIRE(put(writer, writer.number()));
        }
    };
    publish(500);
    std::vector<found_records> held;
    for (int round = 0; round < 40; ++round) { // it holds every other record, as many as it may, and then others
        while (held.size() < 62) {
            const auto found = holder.look(1, 8);
            if (found.count == 0) {
                break;
            }
            held.push_back(found);
            const auto skipped = holder.look(1, 8);
            holder.release(skipped);
        }
        publish(70);
        for (const auto& each : held) {
            BOOST_REQUIRE_EQUAL(value_at(holder, each.begin), each.number);
            holder.release(each);
        }
        held.clear();
    }
    BOOST_TEST(lane.words().gap_count.load() > ring::gaps_kept);
}

BOOST_AUTO_TEST_CASE(a_framed_gap_that_leads_round_the_ring_is_corrupt)
{
    for (const auto wants : {demand::lossless, demand::lossy}) {
        for (const std::uint64_t bytes : {frames.capacity_bytes, frames.capacity_bytes / 2}) {
            private_lane lane{frames};
            started<framed_writer> writer{lane};
            framed_reader reader{lane.readable(), 0, wants, 1};
            BOOST_REQUIRE(reader.join(start::oldest));
            for (std::uint64_t at = 0; at < frames.capacity_bytes; at += bytes) {
                lane.writable().header(at).store(ring::frame::encode_gap(bytes));
            }
            BOOST_TEST(reader.ready());
            outcome why = outcome::empty;
            for (int i = 0; i < 10 && why == outcome::empty; ++i) {
                why = reader.look(1).why;
            }
            BOOST_TEST((why == outcome::corrupt));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_framed_gap_alone_is_given_back_by_a_lossless_consumer_that_only_asks)
{
    private_lane lane{frames};
    started<framed_writer> writer{lane};
    framed_reader holder{lane.readable(), 0, demand::lossy, 1};
    framed_reader lossless{lane.readable(), 1};
    BOOST_REQUIRE(holder.join(start::oldest));
    BOOST_REQUIRE(lossless.join(start::oldest));
    BOOST_REQUIRE(put(writer, 56, 1));
    const auto held = holder.look(1);
    BOOST_REQUIRE_EQUAL(held.count, 1U);
    const auto take_all = [&] {
        for (auto found = lossless.look(100); found.count != 0; found = lossless.look(100)) {
            lossless.release(found);
        }
    };
    while (writer.next() != frames.capacity_bytes - 64) {
        BOOST_REQUIRE(put(writer, 56, 1));
        take_all();
    }
    BOOST_REQUIRE(writer.make_room(writer.room_for(300))); // over the gap; the loan is dropped
    BOOST_REQUIRE_GT(writer.next(), frames.capacity_bytes);
    holder.release(held);
    const auto most = writer.room_for(ring::frame::most_payload_bytes(frames.capacity_bytes, 8));
    BOOST_REQUIRE(!writer.make_room(most));
    BOOST_TEST(!lossless.ready());
    BOOST_TEST(writer.make_room(most));
}

BOOST_AUTO_TEST_CASE(a_gap_whose_maker_died_before_it_counted_means_nothing)
{
    gapped_lane it;
    it.publish(1);
    auto held = it.holder.look(1, 8);
    auto& words = it.lane.words();
    while (words.gap_count.load() < ring::gaps_kept + 10) { // the place of the next one was another's before
        it.publish(capacity_records);
    }
    BOOST_REQUIRE(words.horizon.load() < words.head.load());
    auto& next = words.gaps[words.gap_count.load() % ring::gaps_kept];
    next.begin.store(it.writer->next());
    next.end.store(it.writer->next() + 8);
    dense_reader late{it.lane.readable(), 1};
    BOOST_REQUIRE(late.join(start::oldest));
    BOOST_TEST(it.follow(late, late.next_number()) == it.writer->number());
    late.leave();
    const auto numbers = it.writer->number();
    it.writer.reset();
    it.writer.emplace(it.lane); // requires that it can go on
    BOOST_TEST(it.writer->number() == numbers);
    it.publish(2 * capacity_records);
    BOOST_TEST(value_at(it.holder, held.begin) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
