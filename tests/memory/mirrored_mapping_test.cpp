// SPDX-License-Identifier: BSL-1.0
// mirrored_mapping_test.cpp: what lies across the end of a ring is contiguous.
#include "memory/mapping.hpp"
#include "support/records.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <utility>

namespace {

using samepage::memory::access;
using samepage::memory::channel_place;
using samepage::memory::mirrored_mapping;

constexpr std::size_t capacity = 8192;
constexpr std::size_t before = 4096; // the mirror begins inside the file

struct mapped {
    channel_place place{"test", "mirror", "/dev/shm"};
    samepage::memory::file file =
        samepage::memory::create_nameless(place, before + capacity + 4096, before + capacity + 4096, 0600);
    mirrored_mapping mirror{place, file, access::read_write, before, capacity};
};

std::size_t mappings()
{
    std::ifstream maps("/proc/self/maps");
    return static_cast<std::size_t>(
        std::count_if(std::istreambuf_iterator<char>{maps}, {}, [](char c) { return c == '\n'; }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(mirror)

BOOST_AUTO_TEST_CASE(each_byte_is_seen_twice_a_capacity_apart)
{
    const mapped ring;
    std::byte* const at = ring.mirror.data();
    for (std::size_t i = 0; i < capacity; ++i) {
        at[i] = static_cast<std::byte>(support::scatter(i));
    }
    BOOST_TEST(std::memcmp(at, at + capacity, capacity) == 0);
}

BOOST_AUTO_TEST_CASE(bytes_written_at_the_end_go_on_at_the_beginning)
{
    const mapped ring;
    std::byte* const at = ring.mirror.data();
    std::memcpy(at + capacity - 3, "abcdef", 6);
    BOOST_TEST(std::memcmp(at, "def", 3) == 0);
    BOOST_TEST(std::memcmp(at + 2 * capacity - 3, "abc", 3) == 0);
}

BOOST_AUTO_TEST_CASE(it_shows_the_part_of_the_file_that_was_asked_for_and_no_more)
{
    const mapped ring;
    const std::string mark = "begin";
    samepage::memory::write_at(ring.place, ring.file, std::as_bytes(std::span{mark}), before);
    BOOST_TEST(std::memcmp(ring.mirror.data(), "begin", 5) == 0);
    std::memset(ring.mirror.data(), 0xff, 2 * capacity);
    std::byte outside[2]{};
    static_cast<void>(samepage::memory::read_at(ring.place, ring.file, std::span{outside}.first(1), before - 1));
    static_cast<void>(samepage::memory::read_at(ring.place, ring.file, std::span{outside}.last(1), before + capacity));
    BOOST_TEST((outside[0] == std::byte{} && outside[1] == std::byte{}));
}

BOOST_AUTO_TEST_CASE(a_moved_mapping_stays_where_it_is)
{
    mapped ring;
    std::byte* const at = ring.mirror.data();
    const mirrored_mapping moved = std::move(ring.mirror);
    BOOST_TEST(moved.data() == at);
    std::memcpy(at + capacity - 1, "xy", 2);
    BOOST_TEST(std::memcmp(at, "y", 1) == 0);
}

BOOST_AUTO_TEST_CASE(its_address_space_is_given_back)
{
    { // once, so that what is allocated for good is there
        const mapped ring;
    }
    const auto first = mappings();
    for (int i = 0; i < 100; ++i) {
        const mapped ring;
    }
    BOOST_TEST(mappings() <= first + 2); // the heap may have grown
}

BOOST_AUTO_TEST_CASE(a_record_across_the_wrap_is_one_span_on_both_sides)
{
    const support::scratch_channel channel;
    samepage::bytes_producer made{channel.name(), {.capacity_bytes = 4096}};
    samepage::bytes_consumer joined{channel.name()};
    unsigned across = 0;
    for (std::uint64_t number = 0; number < 100; ++number) {
        auto slot = made.loan(1000);
        support::fill(slot.bytes(), number);
        slot.publish();
        const auto batch = joined.take();
        BOOST_TEST_REQUIRE(support::number_of(batch.front()) == number);
        const auto offset = static_cast<std::size_t>(batch.front().data() - joined.info().ring);
        across += offset + 1000 > 4096 ? 1 : 0;
    }
    BOOST_TEST(across > 10U);
}

BOOST_AUTO_TEST_SUITE_END()
