// SPDX-License-Identifier: BSL-1.0
// message_copy_test.cpp: messages of one's own: bounded, checked, and apart from the ring.
#include "allocation_counter.hpp"
#include "sample_messages.hpp"
#include "spoilt_channel.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_copy.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <utility>

using samepage::message_consumer;
using samepage::message_copy;
using samepage::outcome;
using samples::Sample;

static_assert(std::is_nothrow_move_constructible_v<message_copy<Sample>>);
static_assert(std::is_nothrow_move_assignable_v<message_copy<Sample>>);
static_assert(!std::is_copy_constructible_v<message_copy<Sample>>);

BOOST_FIXTURE_TEST_SUITE(message_copies, spoilt_channel)

BOOST_AUTO_TEST_CASE(a_copy_outlives_its_message_and_its_consumer)
{
    auto consumer = std::make_unique<message_consumer<Sample>>(name);
    publish(sample(5));
    const auto copy = consumer->take().copy();
    consumer.reset();
    BOOST_REQUIRE(copy);
    BOOST_TEST((copy.why() == outcome::ok));
    BOOST_TEST(copy.fault() == "");
    BOOST_TEST(sample_messages::difference(copy.root(), 5) == "");
    BOOST_TEST(copy.bytes().size() == sample(5).size() * 8);
}

BOOST_AUTO_TEST_CASE(what_is_read_of_a_copy_does_not_lie_in_the_ring)
{
    message_consumer<Sample> consumer{name};
    publish(sample(5));
    const auto message = consumer.take();
    const auto copy = message.copy();
    const auto info = consumer.info();
    const auto in_ring = [&](std::span<const std::byte> bytes) {
        return bytes.data() >= info.ring && bytes.data() < info.ring + 2 * info.capacity_bytes;
    };
    BOOST_TEST(in_ring(message.bytes()));
    BOOST_TEST(!in_ring(copy.bytes()));
    BOOST_TEST(!in_ring(std::as_bytes(std::span{copy.root().getText().begin(), copy.root().getText().size()})));
}

BOOST_AUTO_TEST_CASE(a_copy_is_checked_also_if_its_consumer_does_not_check)
{
    message_consumer<Sample> consumer{name, {}, {.check = false}};
    auto words = sample(5);
    pointer(words, 0) = 1 | std::uint64_t{2} << 32U | std::uint64_t{100000} << 35U;
    publish(words);
    const auto message = consumer.take();
    BOOST_TEST(static_cast<bool>(message));
    const auto copy = message.copy();
    BOOST_TEST(!copy);
    BOOST_TEST((copy.why() == outcome::corrupt));
    BOOST_TEST(contains(copy.fault(), "Sample.text"), copy.fault());
    BOOST_TEST(copy.bytes().size() == words.size() * 8);
}

BOOST_AUTO_TEST_CASE(a_record_beyond_the_bound_is_not_copied)
{
    message_consumer<Sample> consumer{name};
    const auto words = sample(5);
    publish(words);
    const auto message = consumer.take();
    const auto copy = message.copy(words.size() * 8 - 1);
    BOOST_TEST((copy.why() == outcome::too_large));
    BOOST_TEST(copy.bytes().empty());
    BOOST_TEST(copy.fault() == "");
    BOOST_TEST(static_cast<bool>(message.copy(words.size() * 8)));
}

BOOST_AUTO_TEST_CASE(the_copy_of_no_message_says_why_there_is_none)
{
    message_consumer<Sample> consumer{name};
    BOOST_TEST((consumer.try_take().copy().why() == outcome::empty));
    message_copy<Sample> copy;
    BOOST_TEST((copy.why() == outcome::empty));
    producer.close();
    BOOST_TEST((consumer.take().copy_into(copy) == outcome::closed));
    BOOST_TEST((copy.why() == outcome::closed));
}

BOOST_AUTO_TEST_CASE(copies_into_one_that_is_there_use_its_memory_again)
{
    message_consumer<Sample> consumer{name};
    for (int i = 0; i < 3; ++i) {
        publish(sample(200)); // a large one
        publish(sample(5));
    }
    auto copy = consumer.take().copy();
    const auto* const first = copy.bytes().data();
    for (int i = 0; i < 5; ++i) {
        const auto message = consumer.take();
        const allocation_counter allocations;
        const auto why = message.copy_into(copy);
        BOOST_TEST(allocations.count() == 0U);
        BOOST_TEST((why == outcome::ok));
        BOOST_TEST(copy.bytes().data() == first);
        BOOST_TEST(sample_messages::difference(copy.root(), i % 2 == 0 ? 5 : 200) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_copy_that_failed_is_used_again_by_one_that_does_not)
{
    const auto words = sample(5);
    auto spoilt = words;
    spoilt[1] = ~std::uint64_t{0};
    message_copy<Sample> copy;
    BOOST_TEST((copy.assign(std::as_bytes(std::span{spoilt})) == outcome::corrupt));
    BOOST_TEST((copy.assign(std::as_bytes(std::span{words}), {}, 8) == outcome::too_large));
    BOOST_TEST((copy.assign(std::as_bytes(std::span{words})) == outcome::ok));
    BOOST_TEST(copy.fault() == "");
    BOOST_TEST(sample_messages::difference(copy.root(), 5) == "");
}

BOOST_AUTO_TEST_CASE(moving_a_copy_leaves_what_was_read_of_it_valid)
{
    message_copy<Sample> copy;
    const auto words = sample(5);
    copy.assign(std::as_bytes(std::span{words}));
    const auto root = copy.root();
    auto moved = std::move(copy);
    BOOST_TEST(sample_messages::difference(root, 5) == "");
    BOOST_TEST((copy.why() == outcome::empty)); // NOLINT(bugprone-use-after-move): as it says
    message_copy<Sample> assigned;
    assigned = std::move(moved);
    BOOST_TEST(sample_messages::difference(root, 5) == "");
    BOOST_TEST(sample_messages::difference(assigned.root(), 5) == "");
}

BOOST_AUTO_TEST_CASE(bytes_of_any_alignment_are_copied)
{
    const auto words = sample(5);
    std::vector<std::byte> bytes(words.size() * 8 + 8);
    for (std::size_t offset = 0; offset < 8; ++offset) {
        std::memcpy(bytes.data() + offset, words.data(), words.size() * 8);
        message_copy<Sample> copy;
        BOOST_TEST((copy.assign(std::span{bytes}.subspan(offset, words.size() * 8)) == outcome::ok));
        BOOST_TEST(sample_messages::difference(copy.root(), 5) == "");
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_message_are_corrupt)
{
    message_copy<Sample> copy;
    for (std::size_t bytes = 0; bytes < 40; ++bytes) {
        const std::vector<std::byte> garbage(bytes, std::byte{0xA5});
        BOOST_TEST((copy.assign(garbage) == outcome::corrupt));
        BOOST_TEST(contains(copy.fault(), "stream header"));
    }
}

BOOST_AUTO_TEST_CASE(who_changes_the_record_later_changes_no_copy)
{
    auto words = sample(5);
    message_copy<Sample> copy;
    copy.assign(std::as_bytes(std::span{words}));
    std::fill(words.begin(), words.end(), ~std::uint64_t{0});
    BOOST_TEST(sample_messages::difference(copy.root(), 5) == "");
}

BOOST_AUTO_TEST_SUITE_END()
