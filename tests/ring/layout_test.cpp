// SPDX-License-Identifier: BSL-1.0
// layout_test.cpp: the arithmetic of frames, and that words of different writers lie apart.
#define BOOST_TEST_MODULE ring
#include <samepage/ring/layout.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>

namespace ring = samepage::ring;
namespace frame = samepage::ring::frame;

BOOST_AUTO_TEST_SUITE(layout)

BOOST_AUTO_TEST_CASE(every_payload_is_aligned_as_the_channel_chose)
{
    for (std::size_t alignment = 8; alignment <= 4096; alignment *= 2) {
        ring::position at = frame::first(alignment);
        for (std::uint64_t bytes = 0; bytes < 300; ++bytes) {
            BOOST_REQUIRE_EQUAL((at + frame::header_bytes) % alignment, 0U);
            const ring::position after = frame::next(at, bytes, alignment);
            BOOST_REQUIRE_GE(after, at + frame::header_bytes + bytes);
            BOOST_REQUIRE_LT(after, at + frame::header_bytes + bytes + alignment);
            at = after;
        }
    }
}

BOOST_AUTO_TEST_CASE(the_largest_record_and_the_header_after_it_just_fit)
{
    for (std::size_t alignment = 8; alignment <= 4096; alignment *= 2) {
        const std::uint64_t capacity = 4 * 4096;
        const ring::position at = frame::first(alignment);
        const auto taken = [&](std::uint64_t bytes) {
            return frame::next(at, bytes, alignment) + frame::header_bytes - at;
        };
        const auto most = frame::most_payload_bytes(capacity, alignment);
        BOOST_TEST(taken(most) <= capacity);
        BOOST_TEST(taken(most + 1) > capacity);
    }
}

BOOST_AUTO_TEST_CASE(a_header_carries_size_and_low_half_of_the_number_and_is_never_zero)
{
    BOOST_TEST(frame::encode(0, 0) != 0U);
    const auto header = frame::encode(0x1'2345'6789, 4321);
    BOOST_TEST(frame::payload_bytes(header) == 4321U);
    BOOST_TEST(frame::sequence_low(header) == 0x2345'6789U);
    BOOST_TEST(frame::payload_bytes(frame::encode(7, 0xffff'fffd)) == 0xffff'fffdU);
    BOOST_TEST(!frame::is_gap(frame::encode(7, 0xffff'fffd)));
}

BOOST_AUTO_TEST_CASE(a_gap_of_the_largest_ring_is_told_by_its_header)
{
    for (const std::uint64_t bytes : {std::uint64_t{8}, std::uint64_t{4096}, ring::most_framed_capacity_bytes}) {
        BOOST_TEST(frame::is_gap(frame::encode_gap(bytes)));
        BOOST_TEST(frame::gap_bytes(frame::encode_gap(bytes)) == bytes);
    }
}

BOOST_AUTO_TEST_CASE(words_of_different_writers_are_two_lines_apart)
{
    using lane = ring::lane_words<samepage::hardware_atomics>;
    using control = ring::control_words<samepage::hardware_atomics>;
    using slot = ring::consumer_slot<samepage::hardware_atomics>;
    BOOST_TEST(offsetof(lane, horizon) - offsetof(lane, head) >= 128U);
    BOOST_TEST(offsetof(control, sleeping_consumers) - offsetof(control, joined) >= 128U);
    BOOST_TEST(offsetof(control, sleeping_producers) - offsetof(control, sleeping_consumers) >= 128U);
    BOOST_TEST(offsetof(slot, bell) - offsetof(slot, pid) >= 128U);
    BOOST_TEST(offsetof(lane, gap_count) - offsetof(lane, state) >= 128U);
    BOOST_TEST(offsetof(lane, marks) - offsetof(lane, gap_count) >= 128U);
    for (const unsigned holds : {1U, 7U, 8U, 63U}) {
        BOOST_TEST(ring::cell_bytes<samepage::hardware_atomics>(holds) % 128 == 0U);
        BOOST_TEST(ring::cell_bytes<samepage::hardware_atomics>(holds) >= 16U + 16U * holds);
    }
    BOOST_TEST(sizeof(slot) % 128 == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
