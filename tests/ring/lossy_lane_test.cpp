// SPDX-License-Identifier: BSL-1.0
// lossy_lane_test.cpp: consumers that may be lapped, and the producer that steps over what they hold, step by step.
#include "ring/private_lane.hpp"

#include <boost/mpl/list.hpp>

#include <random>
#include <vector>

using namespace samepage::test;
using samepage::outcome;
using samepage::ring::found_records;
using samepage::ring::start;
namespace frame = samepage::ring::frame;

namespace {

constexpr std::uint64_t capacity_records = eights.capacity_bytes / 8;

/// Records are their own numbers.
struct dense_kind {
    using writer = started<dense_writer>;
    using reader = dense_reader;
    static constexpr samepage::ring::lane_geometry geometry = eights;

    static bool publish(writer& to) { return put(to, to.number()); }
    static found_records look(reader& from, std::size_t most) { return from.look(most, 8); }
    static found_records look_newest(reader& from) { return from.look_newest(8); }
    static bool whole(const reader& from, const found_records& found)
    {
        for (std::uint64_t i = 0; i < found.count; ++i) {
            if (value_at(from, found.begin + 8 * i) != found.number + i) {
                return false;
            }
        }
        return true;
    }
};

/// Records of 0 to 96 bytes, each byte the low byte of their number.
struct framed_kind {
    using writer = started<framed_writer>;
    using reader = framed_reader;
    static constexpr samepage::ring::lane_geometry geometry = frames;

    static std::size_t bytes(std::uint64_t number) { return number * 37 % 97; }
    static bool publish(writer& to) { return put(to, bytes(to.number()), to.number()); }
    static found_records look(reader& from, std::size_t most) { return from.look(most); }
    static found_records look_newest(reader& from) { return from.look_newest(); }
    static bool whole(const reader& from, const found_records& found)
    {
        auto at = found.begin;
        for (std::uint64_t number = found.number; number < found.number + found.count; ++number) {
            const std::uint64_t header = from.header_at(at);
            if (header != frame::encode(number, bytes(number))) {
                return false;
            }
            for (std::size_t i = 0; i < bytes(number); ++i) {
                if (from.at(at + frame::header_bytes)[i] != std::byte(number & 0xff)) {
                    return false;
                }
            }
            at = frame::next(at, bytes(number), 8);
        }
        return at == found.end;
    }
};

using kinds = boost::mpl::list<dense_kind, framed_kind>;

template <class Kind>
struct lossy_lane {
    private_lane lane{Kind::geometry};
    typename Kind::writer writer{lane};
    typename Kind::reader reader{lane.readable(), 0, demand::lossy, 7};

    void publish(std::uint64_t count)
    {
        for (std::uint64_t i = 0; i < count; ++i) {
            BOOST_REQUIRE(Kind::publish(writer));
        }
    }
    found_records look(std::size_t most = 1'000'000) { return Kind::look(reader, most); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(lossy)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_that_keeps_up_loses_nothing, Kind, kinds)
{
    lossy_lane<Kind> it;
    BOOST_REQUIRE(it.reader.join(start::oldest));
    std::uint64_t next = 0;
    for (int i = 0; i < 5000; ++i) {
        it.publish(1);
        const auto found = it.look();
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        BOOST_REQUIRE_EQUAL(found.number, next++);
        BOOST_REQUIRE_EQUAL(found.lost, 0U);
        BOOST_REQUIRE(Kind::whole(it.reader, found));
        it.reader.release(found);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_slow_consumer_never_stops_the_producer_and_learns_exactly_what_it_lost, Kind, kinds)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    lossy_lane<Kind> it;
    BOOST_REQUIRE(it.reader.join(start::oldest));
    std::uint64_t next = 0;
    std::uint64_t lost = 0;
    for (int i = 0; i < 2000; ++i) {
        it.publish(random() % (i % 10 == 0 ? 2000 : 50));
        for (auto takes = random() % 4; takes != 0; --takes) {
            const auto found = it.look(1 + random() % 40);
            if (found.count == 0) {
                BOOST_REQUIRE((found.why == outcome::empty));
                BOOST_REQUIRE_EQUAL(next, it.writer.number());
                break;
            }
            BOOST_REQUIRE_EQUAL(found.number, next + found.lost);
            BOOST_REQUIRE(Kind::whole(it.reader, found));
            next = found.number + found.count;
            lost += found.lost;
            it.reader.release(found);
        }
    }
    BOOST_TEST(lost > 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_held_stays_whole_while_the_producer_laps_it_again_and_again, Kind, kinds)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    lossy_lane<Kind> it;
    typename Kind::reader lossless{it.lane.readable(), 1};
    typename Kind::reader other{it.lane.readable(), 2, demand::lossy, 7};
    BOOST_REQUIRE(it.reader.join(start::oldest));
    BOOST_REQUIRE(lossless.join(start::oldest));
    BOOST_REQUIRE(other.join(start::oldest));
    std::vector<found_records> held;
    std::uint64_t next = 0;
    for (int i = 0; i < 20'000; ++i) {
        it.publish(1 + random() % 8);
        for (;;) { // the lossless one sees every record once, over the gaps
            const auto found = Kind::look(lossless, 1 + random() % 20);
            if (found.count == 0) {
                BOOST_REQUIRE((found.why == outcome::empty));
                break;
            }
            BOOST_REQUIRE_EQUAL(found.number, next);
            BOOST_REQUIRE(Kind::whole(lossless, found));
            next += found.count;
            lossless.release(found);
        }
        BOOST_REQUIRE_EQUAL(next, it.writer.number());
        if (random() % 16 == 0) {
            const auto seen = Kind::look(other, 3);
            if (seen.count != 0) {
                BOOST_REQUIRE(Kind::whole(other, seen));
                other.release(seen);
            }
        }
        if (held.size() < 7 && random() % 64 == 0) {
            const auto found = it.look(1 + random() % 8);
            if (found.count != 0) {
                held.push_back(found);
            }
        }
        for (const auto& each : held) {
            BOOST_REQUIRE(Kind::whole(it.reader, each));
        }
        if (!held.empty() && random() % 300 == 0) { // in any order
            std::swap(held[random() % held.size()], held.back());
            it.reader.release(held.back());
            held.pop_back();
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(more_than_was_declared_is_too_many_held, Kind, kinds)
{
    for (const auto wants : {demand::lossy, demand::lossless}) {
        private_lane lane{Kind::geometry};
        typename Kind::writer writer{lane};
        typename Kind::reader reader{lane.readable(), 0, wants, 2};
        BOOST_REQUIRE(reader.join(start::oldest));
        for (int i = 0; i < 3; ++i) {
            BOOST_REQUIRE(Kind::publish(writer));
        }
        const auto first = Kind::look(reader, 1);
        const auto second = Kind::look(reader, 1);
        BOOST_TEST(second.count == 1U);
        BOOST_TEST((Kind::look(reader, 1).why == outcome::too_many_held));
        BOOST_TEST((Kind::look_newest(reader).why == outcome::too_many_held));
        reader.release(first);
        const auto third = Kind::look(reader, 1);
        BOOST_TEST(third.number == 2U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lossless_cursor_moves_when_the_oldest_batch_goes_whatever_the_order, Kind, kinds)
{
    private_lane lane{Kind::geometry};
    typename Kind::writer writer{lane};
    typename Kind::reader reader{lane.readable(), 0};
    BOOST_REQUIRE(reader.join(start::oldest));
    for (int i = 0; i < 3; ++i) {
        BOOST_REQUIRE(Kind::publish(writer));
    }
    const auto first = Kind::look(reader, 1);
    const auto second = Kind::look(reader, 1);
    const auto third = Kind::look(reader, 1);
    const auto& cursor = lane.readable().cell(0).cursor;
    reader.release(second);
    BOOST_TEST(cursor.load() == first.begin);
    reader.release(first);
    BOOST_TEST(cursor.load() == third.begin);
    reader.release(third);
    BOOST_TEST(cursor.load() == third.end);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_newest_is_taken_alone_and_only_once, Kind, kinds)
{
    for (const auto wants : {demand::lossy, demand::lossless}) {
        private_lane lane{Kind::geometry};
        typename Kind::writer writer{lane};
        typename Kind::reader reader{lane.readable(), 0, wants, 2};
        BOOST_REQUIRE(reader.join(start::oldest));
        BOOST_TEST((Kind::look_newest(reader).why == outcome::empty));
        std::uint64_t last = 0;
        for (const int count : {1, 5, 3, 17, 1}) {
            for (int i = 0; i < count; ++i) {
                BOOST_REQUIRE(Kind::publish(writer));
            }
            const auto found = Kind::look_newest(reader);
            BOOST_REQUIRE_EQUAL(found.count, 1U);
            BOOST_TEST(found.number == last + static_cast<unsigned>(count) - 1);
            BOOST_TEST(found.lost == 0U);
            BOOST_TEST(Kind::whole(reader, found));
            last = found.number + 1;
            reader.release(found);
            BOOST_TEST((Kind::look_newest(reader).why == outcome::empty));
            BOOST_TEST((Kind::look(reader, 1).why == outcome::empty));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_begins_at_the_newest_lost_nothing_however_often_it_was_lapped_in_joining, Kind, kinds)
{
    private_lane lane{Kind::geometry};
    typename Kind::writer writer{lane};
    typename Kind::reader reader{lane.readable(), 0, demand::lossy, 7};
    reader.prepare();
    samepage::ring::announce(lane.control(), 0);
    BOOST_REQUIRE(reader.settle());
    for (std::uint64_t i = 0; i < 3 * capacity_records; ++i) {
        BOOST_REQUIRE(Kind::publish(writer));
    }
    BOOST_REQUIRE(reader.seek_newest());
    BOOST_REQUIRE(Kind::publish(writer));
    const auto found = Kind::look(reader, 9);
    BOOST_TEST(found.number == 3 * capacity_records);
    BOOST_TEST(found.count == 1U);
    BOOST_TEST(found.lost == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_lost_before_a_newest_that_was_not_there_is_told_later, Kind, kinds)
{
    private_lane lane{Kind::geometry};
    typename Kind::writer writer{lane};
    typename Kind::reader reader{lane.readable(), 0, demand::lossy, 7};
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 9; ++i) {
        BOOST_REQUIRE(Kind::publish(writer));
    }
    BOOST_REQUIRE(writer.make_room(Kind::geometry.capacity_bytes)); // the horizon passes all of them
    BOOST_TEST((Kind::look_newest(reader).why == outcome::empty));
    BOOST_REQUIRE(Kind::publish(writer));
    const auto found = Kind::look(reader, 9);
    BOOST_TEST(found.number == 9U);
    BOOST_TEST(found.lost == 9U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_newest_is_found_over_many_laps_and_gaps, Kind, kinds)
{
    lossy_lane<Kind> it;
    typename Kind::reader holder{it.lane.readable(), 1, demand::lossy, 7};
    BOOST_REQUIRE(it.reader.join(start::oldest));
    BOOST_REQUIRE(holder.join(start::oldest));
    it.publish(40);
    const auto held = Kind::look(holder, 7);
    BOOST_REQUIRE(held.count != 0U);
    for (int i = 0; i < 3000; ++i) {
        it.publish(1 + static_cast<std::uint64_t>(i) % 150);
        const auto found = Kind::look_newest(it.reader);
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        BOOST_REQUIRE_EQUAL(found.number, it.writer.number() - 1);
        BOOST_REQUIRE(Kind::whole(it.reader, found));
        BOOST_REQUIRE(Kind::whole(holder, held));
        it.reader.release(found);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_successor_steps_over_what_is_held, Kind, kinds)
{
    lossy_lane<Kind> it;
    BOOST_REQUIRE(it.reader.join(start::oldest));
    it.publish(30);
    const auto held = it.look(9);
    BOOST_REQUIRE(held.count != 0U);
    for (int i = 0; i < 40; ++i) {
        typename Kind::writer successor{it.lane};
        BOOST_REQUIRE_EQUAL(successor.number(), 30U + 77U * static_cast<unsigned>(i));
        for (int k = 0; k < 77; ++k) {
            BOOST_REQUIRE(Kind::publish(successor));
            BOOST_REQUIRE(Kind::whole(it.reader, held));
        }
    }
    it.reader.release(held);
    const auto found = it.look(1);
    BOOST_TEST(found.number == held.number + held.count + found.lost);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(records_are_numbered_alike_for_whoever_joins_whenever, Kind, kinds)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    lossy_lane<Kind> it;
    BOOST_REQUIRE(it.reader.join(start::oldest));
    it.publish(20);
    const auto held = it.look(5); // so that there are gaps
    BOOST_REQUIRE(held.count != 0U);
    for (int i = 0; i < 500; ++i) {
        it.publish(random() % 300);
        const auto wants = random() % 2 == 0 ? demand::lossy : demand::lossless;
        typename Kind::reader late{it.lane.readable(), 1, wants, 1};
        const auto from = random() % 2 == 0 ? start::oldest : start::newest;
        BOOST_REQUIRE(late.join(from));
        if (from == start::newest) {
            it.publish(1);
        }
        const auto found = Kind::look(late, 1);
        BOOST_REQUIRE_EQUAL(found.count, 1U);
        BOOST_REQUIRE(Kind::whole(late, found)); // its number is that of its content
        late.leave();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_given_number_is_gone_to_and_what_is_gone_counts_as_lost, Kind, kinds)
{
    for (const auto wants : {demand::lossy, demand::lossless}) {
        lossy_lane<Kind> it;
        it.publish(1000);
        const std::uint64_t oldest = [&] {
            typename Kind::reader first{it.lane.readable(), 1, wants, 1};
            BOOST_REQUIRE(first.join(start::oldest));
            const auto found = Kind::look(first, 1);
            first.leave();
            return found.number;
        }();
        BOOST_REQUIRE_GT(oldest, 0U);
        for (const std::uint64_t number : {std::uint64_t{0}, oldest - 1, oldest, oldest + 3, std::uint64_t{999}}) {
            typename Kind::reader late{it.lane.readable(), 1, wants, 1};
            BOOST_REQUIRE(late.join(start::oldest));
            BOOST_REQUIRE((late.seek(number) == outcome::ok));
            const auto found = Kind::look(late, 1);
            BOOST_TEST(found.number == std::max(number, oldest));
            BOOST_TEST(found.lost == std::max(number, oldest) - number);
            late.leave();
        }
        typename Kind::reader late{it.lane.readable(), 1, wants, 1};
        BOOST_REQUIRE(late.join(start::oldest));
        BOOST_TEST((late.seek(1000) == outcome::ok));
        BOOST_TEST((late.seek(1001) == outcome::too_large));
        late.leave();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_is_lapped_while_it_joins_at_the_newest_lost_nothing, Kind, kinds)
{
    lossy_lane<Kind> it;
    it.publish(100);
    it.reader.prepare();
    samepage::ring::announce(it.lane.control(), 0);
    BOOST_REQUIRE(it.reader.settle());
    it.publish(5000);
    BOOST_REQUIRE(it.reader.seek_newest());
    it.publish(1);
    const auto found = it.look(1);
    BOOST_TEST(found.number == 5100U);
    BOOST_TEST(found.lost == 0U);
}

/// The consumer has joined, and not begun, when the horizon comes to the head: the one record there was is gone.
template <class Kind>
void join_and_lose_all(lossy_lane<Kind>& it)
{
    it.publish(1);
    it.reader.prepare();
    samepage::ring::announce(it.lane.control(), 0);
    BOOST_REQUIRE(it.reader.settle());
    BOOST_REQUIRE(it.writer.make_room(Kind::geometry.capacity_bytes));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_joins_at_the_newest_when_nothing_is_left_lost_nothing, Kind, kinds)
{
    lossy_lane<Kind> it;
    join_and_lose_all(it);
    BOOST_REQUIRE(it.reader.seek_newest());
    it.publish(1);
    const auto found = it.look(1);
    BOOST_TEST(found.number == 1U);
    BOOST_TEST(found.lost == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_goes_on_at_a_record_that_is_still_to_come_may_find_nothing_before_it, Kind, kinds)
{
    lossy_lane<Kind> it;
    join_and_lose_all(it);
    BOOST_REQUIRE((it.reader.seek(1) == outcome::ok));
    BOOST_TEST((it.reader.seek(2) == outcome::too_large));
    it.publish(1);
    const auto found = it.look(1);
    BOOST_TEST(found.number == 1U);
    BOOST_TEST(found.lost == 0U);
}

BOOST_AUTO_TEST_CASE(a_look_for_the_newest_that_finds_nothing_forgets_no_loss)
{
    lossy_lane<dense_kind> it;
    BOOST_REQUIRE(it.reader.join(start::oldest));
    it.publish(capacity_records);
    BOOST_REQUIRE(it.writer.make_room(eights.capacity_bytes)); // all of them may be overwritten now
    BOOST_TEST((it.reader.look_newest(8).why == outcome::empty));
    it.publish(1);
    const auto found = it.look(1);
    BOOST_TEST(found.number == capacity_records);
    BOOST_TEST(found.lost == capacity_records);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_is_lapped_beyond_the_number_it_goes_to_takes_the_first_there_is, Kind, kinds)
{
    lossy_lane<Kind> it;
    it.publish(10);
    BOOST_REQUIRE(it.reader.join(start::oldest));
    it.publish(3000);
    const std::uint64_t oldest = [&] {
        typename Kind::reader late{it.lane.readable(), 1, demand::lossy, 1};
        BOOST_REQUIRE(late.join(start::oldest));
        return late.next_number();
    }();
    BOOST_REQUIRE((it.reader.seek(5) == outcome::ok));
    const auto found = it.look(1);
    BOOST_TEST(found.number == oldest);
    BOOST_TEST(found.lost == oldest - 5);
    BOOST_TEST(Kind::whole(it.reader, found));
}

BOOST_AUTO_TEST_CASE(a_cursor_where_no_consumer_may_be_lossless_binds_nobody)
{
    auto geometry = eights;
    geometry.lossless = false;
    private_lane lane{geometry};
    started<dense_writer> writer{lane};
    dense_reader reader{lane.readable(), 0, demand::lossless};
    BOOST_REQUIRE(reader.join(start::oldest));
    for (std::uint64_t i = 0; i < 3 * capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
}

BOOST_AUTO_TEST_CASE(bits_of_slots_that_there_are_not_are_left_alone)
{
    auto geometry = eights;
    geometry.slot_count = 1;
    private_lane lane{geometry};
    started<dense_writer> writer{lane};
    lane.control().joined.store(~std::uint64_t{1});
    lane.readable().cell(1).cursor.store(0);
    for (std::uint64_t i = 0; i < 3 * capacity_records; ++i) {
        BOOST_REQUIRE(put(writer, i));
    }
    BOOST_TEST(writer.consumer_count() == 0U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_hold_no_honest_consumer_makes_does_not_stop_the_producer, Kind, kinds)
{
    lossy_lane<Kind> it;
    BOOST_REQUIRE(it.reader.join(start::oldest));
    const auto view = it.lane.readable();
    for (unsigned i = 0; i < 7; ++i) {
        view.hold(0, i).end.store(~std::uint64_t{0});
        view.hold(0, i).begin.store(std::uint64_t{8} * i | samepage::ring::held);
    }
    it.publish(10 * capacity_records);
    view.hold(0, 0).end.store(0);
    view.hold(0, 1).begin.store(~std::uint64_t{0});
    it.publish(10 * capacity_records);
}

BOOST_AUTO_TEST_SUITE_END()
