// SPDX-License-Identifier: BSL-1.0
// late_lanes_test.cpp: a consumer that is there before a producer maps that one's ring when it first looks at it; the
// ring is like those that it found.
#include "support/mapped.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

using samepage::demand;

namespace {

constexpr std::size_t ring_bytes = std::size_t{1} << 16U;
constexpr std::array wants{demand::lossless, demand::lossy};

} // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(demand)

BOOST_AUTO_TEST_SUITE(late_lanes)

BOOST_DATA_TEST_CASE(payloads_are_aligned_to_pages_there_too, boost::unit_test::data::make(wants), what)
{
    const support::scratch_channel channel;
    const samepage::channel_options options{.capacity_bytes = ring_bytes, .payload_alignment = 4096};
    samepage::bytes_producer first{channel.name(), options};
    samepage::bytes_consumer from{channel.name(), {.wants = what}};
    samepage::bytes_producer late{channel.name(), options};
    for (unsigned i = 0; i != 40; ++i) { // over the wrap
        auto slot = late.loan(1000 + i);
        slot.bytes().front() = static_cast<std::byte>(i);
        slot.publish();
        const auto batch = from.try_take();
        BOOST_REQUIRE(batch.size() == 1U);
        BOOST_TEST(batch.lane() == late.lane());
        BOOST_TEST(batch.number() == i);
        BOOST_TEST(batch.front().size() == 1000 + i);
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(batch.front().data()) % 4096 == 0U);
        BOOST_TEST((batch.front().front() == static_cast<std::byte>(i)));
    }
}

BOOST_DATA_TEST_CASE(records_may_be_larger_than_a_page_there_too, boost::unit_test::data::make(wants), what)
{
    using wide = std::array<std::uint64_t, 640>; // 5,120 bytes: not a divisor of the ring's
    const support::scratch_channel channel;
    samepage::producer<wide> first{channel.name(), {.capacity_bytes = ring_bytes}};
    samepage::consumer<wide> from{channel.name(), {.wants = what}};
    samepage::producer<wide> late{channel.name()};
    for (std::uint64_t i = 0; i != 40; ++i) {
        auto slot = late.loan();
        slot->fill(i);
        slot.publish();
        const auto batch = from.try_take();
        BOOST_REQUIRE(batch.size() == 1U);
        BOOST_TEST(batch.number() == i);
        wide expected{};
        expected.fill(i);
        BOOST_TEST(*batch.begin() == expected, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(its_pages_are_filled_and_locked_as_asked)
{
    const support::scratch_channel channel;
    samepage::producer<std::uint64_t> first{channel.name(), {.capacity_bytes = ring_bytes}};
    samepage::consumer<std::uint64_t> plain{channel.name()};
    samepage::consumer<std::uint64_t> filled{channel.name(), {.memory = {.prefault = true}}};
    samepage::consumer<std::uint64_t> locked{channel.name(), {.memory = {.lock = true}}};
    samepage::producer<std::uint64_t> late{channel.name()};
    auto slot = late.loan();
    *slot = 1;
    slot.publish();
    const auto ring_of = [](samepage::consumer<std::uint64_t>& from) {
        const auto batch = from.try_take();
        BOOST_REQUIRE(batch);
        return support::mapping_at(&*batch.begin());
    };
    BOOST_TEST(ring_of(plain).present < ring_bytes);
    BOOST_TEST(ring_of(filled).present == ring_bytes);
    BOOST_TEST(ring_of(locked).is_locked);
}

BOOST_AUTO_TEST_SUITE_END()
