// SPDX-License-Identifier: BSL-1.0
// framed_lane_test.cpp: the steps on a lane of records of any size, one by one.
#include "ring/private_lane.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <set>

using namespace samepage::test;
using samepage::outcome;
using samepage::ring::start;
namespace frame = samepage::ring::frame;

namespace {

struct framed_fixture {
    private_lane lane{frames};
    started<framed_writer> writer{lane};
    framed_reader reader{lane.readable(), 0};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(framed_lane, framed_fixture)

BOOST_AUTO_TEST_CASE(a_fresh_lane_is_empty)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_TEST((reader.look(10).why == outcome::empty));
}

BOOST_AUTO_TEST_CASE(records_of_any_size_are_found_with_their_sizes)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    const std::size_t sizes[] = {0, 1, 7, 8, 9, 100};
    for (const auto bytes : sizes) {
        BOOST_REQUIRE(put(writer, bytes, bytes));
    }
    const auto found = reader.look(100);
    BOOST_REQUIRE_EQUAL(found.count, std::size(sizes));
    auto at = found.begin;
    for (const auto bytes : sizes) {
        BOOST_TEST(frame::payload_bytes(reader.header_at(at)) == bytes);
        at = frame::next(at, bytes, 8);
    }
    BOOST_TEST(at == found.end);
}

BOOST_AUTO_TEST_CASE(a_record_of_the_largest_size_passes_again_and_again)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    const auto most = frame::most_payload_bytes(frames.capacity_bytes, 8);
    for (std::uint64_t i = 0; i < 100; ++i) {
        BOOST_REQUIRE(put(writer, most, i));
        BOOST_TEST(!put(writer, 0, i));
        const auto found = reader.look(10);
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        BOOST_REQUIRE_EQUAL(std::to_integer<std::uint64_t>(reader.at(found.begin + 8)[most - 1]), i);
        reader.release(found);
    }
}

BOOST_AUTO_TEST_CASE(random_sizes_pass_over_many_laps_whole_and_in_order)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    BOOST_REQUIRE(reader.join(start::oldest));
    std::uint64_t written = 0;
    std::uint64_t read = 0;
    while (read < 50'000) {
        for (auto burst = random() % 20; burst != 0 && put(writer, random() % 600, written); --burst) {
            ++written;
        }
        const auto found = reader.look(1 + random() % 10);
        auto at = found.begin;
        for (std::size_t i = 0; i < found.count; ++i, ++read) {
            const auto bytes = frame::payload_bytes(reader.header_at(at));
            const auto* payload = reader.at(at) + frame::header_bytes;
            BOOST_REQUIRE(
                std::all_of(payload, payload + bytes, [&](std::byte b) { return b == std::byte(read & 0xff); }));
            BOOST_REQUIRE_EQUAL(frame::sequence_low(reader.header_at(at)), static_cast<std::uint32_t>(read));
            at = frame::next(at, bytes, 8);
        }
        reader.release(found);
    }
}

BOOST_AUTO_TEST_CASE(stale_headers_of_earlier_laps_are_never_taken_for_records)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 10'000; ++i) { // all of one size: headers fall on old headers and on old payloads
        BOOST_REQUIRE(put(writer, i % 3 == 0 ? 8 : 16, 0xff));
        const auto found = reader.look(10);
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        reader.release(found);
        BOOST_REQUIRE((reader.look(10).why == outcome::empty));
    }
}

BOOST_AUTO_TEST_CASE(joining_at_the_oldest_starts_at_a_record_whatever_was_overwritten)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    std::uint64_t written = 0;
    for (int round = 0; round < 500; ++round) {
        for (auto burst = random() % 30; burst != 0; --burst) {
            BOOST_REQUIRE(put(writer, random() % 300, written++));
        }
        framed_reader late{lane.readable(), 1};
        BOOST_REQUIRE(late.join(start::oldest));
        const auto found = late.look(1000);
        if (found.count != 0) {
            BOOST_REQUIRE_EQUAL(found.end, writer.next());
            BOOST_REQUIRE_EQUAL(frame::sequence_low(late.header_at(found.begin)) + found.count, written);
        } else {
            BOOST_REQUIRE_EQUAL(written, 0U);
        }
        late.leave();
    }
}

BOOST_AUTO_TEST_CASE(a_successor_counts_on_and_finds_the_record_that_head_had_not_reached)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 5; ++i) {
        BOOST_REQUIRE(put(writer, 20, i));
    }
    const auto head = lane.words().head.load();
    const auto last = lane.words().last.load();
    BOOST_REQUIRE(put(writer, 20, 5));
    const auto end = lane.words().head.load();
    const auto newest = lane.words().last.load();
    for (const auto left_last : {last, newest}) { // it died behind the commit, before or behind that store
        lane.words().head.store(head);
        lane.words().last.store(left_last);
        started<framed_writer> successor{lane};
        BOOST_TEST(successor.next() == end);
        BOOST_TEST(successor.number() == 6U);
        BOOST_TEST(lane.words().head.load() == end);
        BOOST_TEST(lane.words().last.load() == newest);
    }
    started<framed_writer> successor{lane};
    BOOST_REQUIRE(put(successor, 20, 6));
    BOOST_TEST(reader.look(10).count == 7U);
    BOOST_TEST((reader.look(10).why == outcome::empty));
}

BOOST_AUTO_TEST_CASE(an_abandoned_payload_is_never_seen_and_its_place_is_used_again)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(writer.make_room(writer.room_for(100)));
    std::memset(writer.lend(), 0xff, 100); // and the producer dies here
    started<framed_writer> successor{lane};
    BOOST_TEST((reader.look(10).why == outcome::empty));
    BOOST_REQUIRE(put(successor, 4, 1));
    BOOST_TEST(reader.look(10).count == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_larger_discarded_or_trimmed_loan_wrote_is_never_taken_for_a_header)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 50'000; ++i) {
        const std::size_t asked = random() % 1200; // on both sides of what is cleared by the block
        const auto room = writer.room_for(asked);
        BOOST_REQUIRE(writer.has_room(room) || writer.make_room(room));
        std::memset(writer.lend(), 0xff, asked);
        if (random() % 3 != 0) { // else it is discarded
            const std::size_t used = random() % 2 == 0 ? asked : random() % (asked + 1);
            writer.publish(used, used == asked);
            const auto found = reader.look(10);
            BOOST_REQUIRE_EQUAL(found.count, 1U);
            BOOST_REQUIRE_EQUAL(found.end, writer.next());
            reader.release(found);
        } else {
            writer.discard();
        }
        BOOST_REQUIRE((reader.look(10).why == outcome::empty));
    }
}

BOOST_AUTO_TEST_CASE(clearing_ahead_touches_nothing_that_is_not_released)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    std::uint64_t written = 0;
    while (put(writer, 24, written)) {
        ++written;
    }
    for (std::uint64_t read = 0; read < 5000; ++read) {
        const auto found = reader.look(1);
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        const auto* payload = reader.at(found.begin) + frame::header_bytes;
        BOOST_REQUIRE(std::all_of(payload, payload + 24, [&](std::byte b) { return b == std::byte(read & 0xff); }));
        reader.release(found);
        BOOST_REQUIRE(put(writer, 24, written++)); // the ring stays full
    }
}

BOOST_AUTO_TEST_CASE(a_header_that_no_producer_writes_is_corrupt)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(put(writer, 8, 1));
    reader.release(reader.look(1));
    auto& header = lane.writable().header(reader.cursor());
    for (const std::uint64_t bad :
         {frame::encode(1, 4096), frame::encode(1, 0xffff'fffd), frame::encode(2, 8), frame::encode(0, 8),
          std::uint64_t{1} << 32U, frame::encode_gap(0), frame::encode_gap(frames.capacity_bytes + 8)}) {
        header.store(bad);
        BOOST_TEST((reader.look(1).why == outcome::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(records_before_a_corrupt_header_are_still_handed_out)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(put(writer, 8, 1));
    lane.writable().header(writer.next()).store(frame::encode(1, 1 << 20));
    const auto found = reader.look(10);
    BOOST_TEST(found.count == 1U);
    reader.release(found);
    BOOST_TEST((reader.look(10).why == outcome::corrupt));
}

BOOST_AUTO_TEST_CASE(headers_that_lead_round_the_ring_end_the_look)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    // Every header says that the next record is there as well: a loop for a naive walk.
    for (std::uint64_t at = 0; at < frames.capacity_bytes; at += 8) {
        lane.writable().header(at).store(frame::encode(at / 8, 0));
    }
    const auto found = reader.look(1'000'000);
    BOOST_TEST(found.end - found.begin <= frames.capacity_bytes);
}

BOOST_AUTO_TEST_CASE(what_is_published_after_closing_does_not_touch_the_successor)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (const std::size_t before : {8U, 600U}) { // with a block cleared ahead, and with one place
        started<framed_writer> first{lane};
        BOOST_REQUIRE(put(first, before, 0));
        BOOST_REQUIRE(first.make_room(first.room_for(200)));
        first.close();
        started<framed_writer> successor{lane};
        BOOST_REQUIRE(put(successor, 8, 1));
        BOOST_REQUIRE(put(successor, 8, 2));
        for (const std::size_t late : {8U, 200U}) {
            first.publish(late, true);
        }
        const auto found = reader.look(10);
        BOOST_TEST(found.count == 3U);
        reader.release(found);
        BOOST_TEST(lane.words().head.load() == successor.next());
        BOOST_TEST((reader.look(10).why == outcome::empty));
    }
}

BOOST_AUTO_TEST_CASE(headers_that_lead_out_of_the_lane_stop_a_successor)
{
    const auto most = frame::most_payload_bytes(frames.capacity_bytes, 8);
    lane.writable().header(0).store(frame::encode(0, most));
    lane.writable().header(frame::next(0, most, 8)).store(frame::encode(1, most));
    framed_writer successor{lane.writable(), lane.locks()};
    BOOST_TEST(!successor.resume());
}

BOOST_AUTO_TEST_CASE(what_is_lent_can_grow_where_it_lies)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 200; ++i) { // over the wrap
        BOOST_REQUIRE(writer.make_room(writer.room_for(8)));
        std::byte* const lent = writer.lend();
        std::memset(lent, 1, 8);
        BOOST_REQUIRE(writer.extend_room(writer.room_for(1500)));
        BOOST_REQUIRE_EQUAL(writer.lend(), lent);
        std::memset(lent + 8, 2, 1492);
        writer.publish(1500, true);
        const auto found = reader.look(10);
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        const auto* const payload = reader.at(found.begin) + frame::header_bytes;
        BOOST_REQUIRE(std::all_of(payload, payload + 8, [](std::byte b) { return b == std::byte{1}; }));
        BOOST_REQUIRE(std::all_of(payload + 8, payload + 1500, [](std::byte b) { return b == std::byte{2}; }));
        reader.release(found);
    }
}

// What is held lies in the loan a lap later: it was passed meanwhile, and is let go of at the second look.
BOOST_AUTO_TEST_CASE(the_horizon_goes_to_no_place_inside_a_loan_that_could_not_grow)
{
    std::set<samepage::ring::position> begins;
    const auto publish = [&](std::size_t bytes) {
        BOOST_REQUIRE(writer.make_room(writer.room_for(bytes)));
        begins.insert(writer.next());
        writer.publish(bytes, true);
    };
    for (int i = 0; i != 200; ++i) {
        publish(100);
    }
    constexpr std::size_t lent = frames.capacity_bytes / 2;
    BOOST_REQUIRE(writer.make_room(writer.room_for(lent)));
    const auto held = *begins.lower_bound(writer.next() + 200 - frames.capacity_bytes);
    auto view = lane.writable();
    view.cell(0).cursor.store(samepage::ring::unbound);
    view.hold(0, 0).end.store(held + 108);
    view.hold(0, 0).begin.store(held | samepage::ring::held);
    lane.control().joined.store(1);
    BOOST_TEST(!writer.extend_room(writer.room_for(lent + frames.capacity_bytes / 8)));
    view.hold(0, 0).begin.store(0);
    begins.insert(writer.next());
    writer.publish(lent, true);
    for (int i = 0; i != 100; ++i) {
        publish(100);
        BOOST_REQUIRE(begins.contains(lane.words().horizon.load()));
    }
    framed_writer successor{lane.writable(), lane.locks()};
    BOOST_TEST(successor.resume());
}

BOOST_AUTO_TEST_CASE(what_is_lent_is_still_ours_when_it_cannot_grow)
{
    BOOST_REQUIRE(reader.join(start::oldest));
    BOOST_REQUIRE(put(writer, 2000, 1));
    BOOST_REQUIRE(writer.make_room(writer.room_for(1000)));
    BOOST_TEST(!writer.extend_room(writer.room_for(3000))); // what the reader has not released is in the way
    std::memset(writer.lend(), 2, 1000);
    writer.publish(1000, true);
    const auto found = reader.look(10);
    BOOST_REQUIRE_EQUAL(found.count, 2U);
    BOOST_TEST((reader.at(found.begin)[frame::header_bytes + 1999] == std::byte{1}));
    reader.release(found);
    BOOST_TEST(writer.extend_room(writer.room_for(3000)));
}

BOOST_AUTO_TEST_CASE(what_is_lent_does_not_grow_over_what_is_held_nor_jump_over_it)
{
    framed_reader holder{lane.readable(), 1, samepage::demand::lossy, 1};
    BOOST_REQUIRE(holder.join(start::oldest));
    BOOST_REQUIRE(put(writer, 100, 1));
    const auto held = holder.look(1);
    BOOST_REQUIRE_EQUAL(held.count, 1U);
    while (writer.next() < frames.capacity_bytes - 1500) {
        BOOST_REQUIRE(put(writer, 500, 2));
    }
    BOOST_REQUIRE(writer.make_room(writer.room_for(100)));
    const auto place = writer.next();
    BOOST_REQUIRE(place < frames.capacity_bytes - 500); // before what is held, which comes again a lap later
    BOOST_TEST(!writer.extend_room(writer.room_for(2500)));
    BOOST_TEST(writer.steps_over());
    BOOST_TEST(writer.next() == place);
    writer.publish(100, true);
    BOOST_TEST((holder.at(held.begin)[frame::header_bytes + 99] == std::byte{1}));
    BOOST_TEST(put(writer, 2500, 3)); // steps over it
    BOOST_TEST((holder.at(held.begin)[frame::header_bytes + 99] == std::byte{1}));
}

BOOST_AUTO_TEST_CASE(words_that_contradict_the_headers_stop_a_successor)
{
    BOOST_REQUIRE(put(writer, 8, 1));
    lane.words().head.store(writer.next() + 16); // published further than the headers reach
    framed_writer successor{lane.writable(), lane.locks()};
    BOOST_TEST(!successor.resume());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(aligned_frames)

BOOST_AUTO_TEST_CASE(page_aligned_payloads_pass_over_the_wrap)
{
    private_lane lane{{.capacity_bytes = 32768, .alignment = 4096, .record_bytes = 0}};
    started<framed_writer> writer{lane};
    framed_reader reader{lane.readable(), 0};
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 100; ++i) {
        BOOST_REQUIRE(put(writer, 5000, i));
        BOOST_REQUIRE_EQUAL(reinterpret_cast<std::uintptr_t>(reader.at(reader.cursor() + 8)) % 4096, 0U);
        const auto found = reader.look(10);
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        reader.release(found);
    }
}

BOOST_AUTO_TEST_SUITE_END()
