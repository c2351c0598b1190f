// SPDX-License-Identifier: BSL-1.0
// message_safety_test.cpp: malformed messages taken from a channel: a value or a samepage::error, never a
// kj::Exception.
#include "allocation_counter.hpp"
#include "sample_messages.hpp"
#include "spoilt_channel.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/core/error.hpp>

#include <boost/test/unit_test.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

using samepage::message_consumer;
using samepage::outcome;
using samepage::read_limits;
using samples::Sample;

namespace {

constexpr std::uint64_t list_out_of_bounds = 1 | std::uint64_t{2} << 32U | std::uint64_t{100000} << 35U;

std::optional<samepage::error> refusal(const auto& read)
{
    try {
        read();
    } catch (const samepage::error& refused) {
        return refused;
    }
    return std::nullopt;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(message_safety, spoilt_channel)

BOOST_AUTO_TEST_CASE(a_malformed_pointer_makes_a_take_corrupt_and_the_next_one_is_read)
{
    message_consumer<Sample> consumer{name};
    auto words = sample(5);
    pointer(words, 0) = list_out_of_bounds; // text
    publish(words);
    publish(sample(6));
    {
        const auto message = consumer.take();
        BOOST_TEST(!message);
        BOOST_TEST((message.why() == outcome::corrupt));
        BOOST_TEST(message.bytes().size() == words.size() * 8);
        const auto fault = message.fault();
        BOOST_TEST(contains(fault, "Sample.text"), fault);
        BOOST_TEST(contains(fault, "expected an object that lies in its segment"), fault);
    }
    const auto message = consumer.take();
    BOOST_REQUIRE(message);
    BOOST_TEST(message.fault() == "");
    BOOST_TEST(sample_messages::difference(message.root(), 6) == "");
}

BOOST_AUTO_TEST_CASE(a_fault_moves_with_its_message)
{
    message_consumer<Sample> consumer{name};
    auto words = sample(5);
    pointer(words, 0) = list_out_of_bounds;
    publish(words);
    publish(sample(6));
    auto message = consumer.take();
    auto moved = std::move(message);
    BOOST_TEST((moved.why() == outcome::corrupt));
    BOOST_TEST(contains(moved.fault(), "Sample.text"));
    moved = consumer.take();
    BOOST_TEST(moved.fault() == "");
    BOOST_TEST(sample_messages::difference(moved.root(), 6) == "");
}

BOOST_AUTO_TEST_CASE(a_record_without_a_stream_header_has_a_fault_too)
{
    message_consumer<Sample> consumer{name};
    publish({~std::uint64_t{0}, 0, 0});
    const auto message = consumer.take();
    BOOST_TEST((message.why() == outcome::corrupt));
    BOOST_TEST(contains(message.fault(), "expected a stream header"), message.fault());
    BOOST_TEST(consumer.try_take().fault() == "");
}

BOOST_AUTO_TEST_CASE(without_a_check_a_malformed_root_is_an_error_of_ours)
{
    message_consumer<Sample> consumer{name, {}, {.check = false}};
    auto words = sample(5);
    words[1] = list_out_of_bounds;
    publish(words);
    const auto message = consumer.take();
    BOOST_REQUIRE(message);
    const auto refused = refusal([&] { static_cast<void>(message.root()); });
    BOOST_REQUIRE(refused);
    BOOST_TEST((refused->code() == samepage::errc::malformed));
    BOOST_TEST(contains(refused->what(), "non-struct pointer where struct pointer was expected"), refused->what());
    BOOST_TEST(refusal([&] { message.read([](Sample::Reader) {}); }).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_read_through_read_throws_errors_of_ours)
{
    message_consumer<Sample> consumer{name, {}, {.check = false}};
    auto words = sample(5);
    pointer(words, 0) = list_out_of_bounds;
    publish(words);
    const auto message = consumer.take();
    BOOST_TEST(message.root().getAnswer() == 42); // numbers are there
    const auto refused = refusal([&] { message.read([](Sample::Reader root) { return root.getText().size(); }); });
    BOOST_REQUIRE(refused);
    BOOST_TEST((refused->code() == samepage::errc::malformed));
    BOOST_TEST(contains(refused->what(), "out-of-bounds"), refused->what());
}

BOOST_AUTO_TEST_CASE(read_gives_what_the_program_makes_of_the_root_and_throws_what_it_throws)
{
    message_consumer<Sample> consumer{name};
    publish(sample(5));
    const auto message = consumer.take();
    BOOST_TEST(message.read([](Sample::Reader root) { return root.getAnswer(); }) == 42);
    int kept = 0;
    const int& same = message.read([&](Sample::Reader) -> int& { return kept; });
    BOOST_TEST(&same == &kept);
    const auto own = [](Sample::Reader) { throw std::out_of_range("the program's own"); };
    BOOST_CHECK_THROW(message.read(own), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(what_was_checked_may_be_read_any_number_of_times)
{
    const read_limits tight{.traversals = 1, .least_words = 1 << 14};
    auto words = sample(516); // its blob alone is 65 words
    message_consumer<Sample> consumer{name, {}, tight};
    message_consumer<Sample> unchecked{name, {}, {.traversals = 1, .least_words = 1 << 14, .check = false}};
    publish(words);
    const auto read_often = [](const auto& message) {
        std::size_t bytes = 0;
        for (int i = 0; i < 1000; ++i) {
            bytes += message.read([](Sample::Reader root) { return root.getBlob().size(); });
        }
        return bytes;
    };
    BOOST_TEST(read_often(consumer.take()) == 1000U * 516);
    BOOST_CHECK_THROW(read_often(unchecked.take()), samepage::error);
}

BOOST_AUTO_TEST_CASE(taking_and_checking_a_message_of_one_segment_allocates_nothing)
{
    message_consumer<Sample> consumer{name};
    auto words = sample(5);
    publish(words);
    BOOST_REQUIRE(consumer.take());
    publish(words);
    pointer(words, 0) = list_out_of_bounds;
    publish(words);
    const allocation_counter allocations;
    const bool sound = static_cast<bool>(consumer.take());
    const bool faulty = consumer.take().why() == outcome::corrupt;
    BOOST_TEST(allocations.count() == 0U);
    BOOST_TEST(sound);
    BOOST_TEST(faulty);
}

BOOST_AUTO_TEST_SUITE_END()
