// SPDX-License-Identifier: BSL-1.0
// page_builder_test.cpp: messages built in a page full of stale bytes.
#include "allocation_counter.hpp"
#include "capnp_tool.hpp"
#include "garbage_page.hpp"
#include "sample_messages.hpp"

#include <samepage/channel/page_builder.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/serialize.h>

#include <array>
#include <cstring>
#include <optional>

using samepage::outcome;
using samepage::page_builder;
using sample_messages::view;
using samples::Level;
using samples::Sample;

namespace {

// Cap'n Proto's own reader, which knows nothing of samepage.
kj::ArrayPtr<const capnp::word> words_of(std::span<const std::byte> message)
{
    return {reinterpret_cast<const capnp::word*>(message.data()), message.size() / sizeof(capnp::word)};
}

std::string difference(std::span<const std::byte> message, std::uint32_t seed)
{
    capnp::FlatArrayMessageReader reader(words_of(message));
    return sample_messages::difference(reader.getRoot<Sample>(), seed);
}

std::uint32_t header_word(std::span<const std::byte> message, std::size_t index)
{
    std::uint32_t word = 0;
    std::memcpy(&word, message.data() + index * sizeof(word), sizeof(word));
    return word;
}

} // namespace

BOOST_AUTO_TEST_SUITE(page_builders)

BOOST_AUTO_TEST_CASE(a_message_built_over_stale_bytes_reads_back_with_cap_n_protos_own_reader)
{
    for (std::uint32_t seed = 0; seed < 1000; ++seed) {
        garbage_page page(8192);
        page_builder builder(page.bytes());
        sample_messages::fill(builder.message().initRoot<Sample>(), seed);
        BOOST_REQUIRE((builder.overflow() == outcome::ok));
        BOOST_REQUIRE_EQUAL(difference(builder.finish(), seed), "");
        BOOST_REQUIRE(page.guards_intact());
    }
}

BOOST_AUTO_TEST_CASE(the_message_is_the_page_from_its_first_byte)
{
    garbage_page page(4096);
    page_builder builder(page.bytes());
    builder.message().initRoot<Sample>().setText("here");
    BOOST_TEST(builder.finish().data() == page.bytes().data());
}

BOOST_AUTO_TEST_CASE(the_first_word_is_the_stream_header_of_one_segment)
{
    garbage_page page(4096);
    page_builder builder(page.bytes());
    builder.message().initRoot<Level>().setPrice(1.5);
    const auto message = builder.finish();
    BOOST_TEST(header_word(message, 0) == 0U);
    BOOST_TEST(header_word(message, 1) == message.size() / 8 - 1);
}

BOOST_AUTO_TEST_CASE(the_message_is_trimmed_to_what_was_used)
{
    garbage_page page(1 << 20);
    page_builder builder(page.bytes());
    auto level = builder.message().initRoot<Level>(); // a root pointer and two words of data
    level.setPrice(1.5);
    BOOST_TEST(builder.finish().size() == 8U + 8U + 16U);
    BOOST_TEST(builder.message_bytes() == 8U + 8U + 16U);
}

BOOST_AUTO_TEST_CASE(no_stale_byte_is_part_of_a_message)
{
    garbage_page stale(8192);
    garbage_page zeroed(8192, 0);
    page_builder over_stale(stale.bytes());
    page_builder over_zeroed(zeroed.bytes());
    for (auto* builder : {&over_stale, &over_zeroed}) {
        sample_messages::fill(builder->message().initRoot<Sample>(), 1234);
        builder->message().getRoot<Sample>().setText("shorter"); // leaves a hole where the first text was
    }
    const auto left = over_stale.finish();
    const auto right = over_zeroed.finish();
    BOOST_TEST(std::ranges::equal(left, right));
}

BOOST_AUTO_TEST_CASE(the_message_outlives_its_builder)
{
    garbage_page page(8192);
    std::optional<page_builder> builder(std::in_place, page.bytes());
    sample_messages::fill(builder->message().initRoot<Sample>(), 77);
    const auto message = builder->finish();
    builder.reset();
    BOOST_TEST(difference(message, 77) == "");
}

BOOST_AUTO_TEST_CASE(a_message_that_fits_is_built_without_allocating)
{
    garbage_page page(8192);
    const allocation_counter allocations;
    std::size_t bytes = 0;
    {
        page_builder builder(page.bytes());
        auto sample = builder.message().initRoot<Sample>();
        sample.setText("no heap");
        sample.initNumbers(100).set(99, 1);
        sample.initLevels(10)[9].setPrice(2);
        sample.initInner().setBlob(kj::arrayPtr(reinterpret_cast<const kj::byte*>("bytes"), 5));
        bytes = builder.finish().size();
    }
    BOOST_TEST(allocations.count() == 0U);
    BOOST_TEST(bytes != 0U);
}

BOOST_AUTO_TEST_CASE(the_counter_sees_cap_n_protos_own_allocations)
{
    const allocation_counter allocations;
    capnp::MallocMessageBuilder builder;
    builder.initRoot<Sample>().setText("heap");
    BOOST_TEST(allocations.count() != 0U);
}

BOOST_AUTO_TEST_CASE(a_message_that_outgrows_its_page_still_reads_back_what_was_set)
{
    for (const std::size_t bytes : {0U, 8U, 16U, 24U, 64U, 256U, 512U, 1000U, 1024U}) {
        garbage_page page(bytes);
        page_builder builder(page.bytes());
        sample_messages::fill(builder.message().initRoot<Sample>(), 4321);
        BOOST_TEST((builder.overflow() == outcome::too_large));
        BOOST_TEST(builder.finish().empty());
        BOOST_TEST(sample_messages::difference(builder.message().getRoot<Sample>().asReader(), 4321) == "");
        BOOST_TEST(page.guards_intact());
    }
}

BOOST_AUTO_TEST_CASE(an_overflowing_message_goes_on_growing)
{
    garbage_page page(256);
    page_builder builder(page.bytes());
    auto names = builder.message().initRoot<Sample>().initNames(2000);
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        names.set(i, std::string(i % 100, 'x'));
    }
    builder.message().getRoot<Sample>().initBlob(3 << 20)[(3 << 20) - 1] = 1;
    BOOST_TEST((builder.overflow() == outcome::too_large));
    BOOST_TEST(view(names[1999].asReader()) == std::string(99, 'x'));
    BOOST_TEST(builder.message().getRoot<Sample>().getBlob()[(3 << 20) - 1] == 1);
    BOOST_TEST(page.guards_intact());
}

BOOST_AUTO_TEST_CASE(a_page_of_the_messages_size_is_enough_and_one_word_less_is_not)
{
    garbage_page roomy(8192);
    page_builder measured(roomy.bytes());
    sample_messages::fill(measured.message().initRoot<Sample>(), 99);
    const std::size_t bytes = measured.message_bytes();
    for (const std::size_t room : {bytes, bytes + 7, bytes - 8, bytes - 1}) {
        garbage_page page(room);
        page_builder builder(page.bytes());
        sample_messages::fill(builder.message().initRoot<Sample>(), 99);
        BOOST_TEST((builder.overflow() == (room < bytes ? outcome::too_large : outcome::ok)));
        BOOST_TEST(builder.finish().size() == (room < bytes ? 0 : bytes));
        BOOST_TEST(page.guards_intact());
    }
}

BOOST_AUTO_TEST_CASE(an_overflowed_message_tells_what_room_it_needs)
{
    garbage_page small(128);
    page_builder overflowing(small.bytes());
    sample_messages::fill(overflowing.message().initRoot<Sample>(), 300);
    BOOST_REQUIRE((overflowing.overflow() == outcome::too_large));

    garbage_page page(overflowing.message_bytes());
    page_builder builder(page.bytes());
    sample_messages::fill(builder.message().initRoot<Sample>(), 300);
    BOOST_TEST(difference(builder.finish(), 300) == "");
}

BOOST_AUTO_TEST_CASE(a_message_whose_root_was_never_touched_reads_as_defaults)
{
    garbage_page page(4096);
    page_builder builder(page.bytes());
    const auto message = builder.finish();
    BOOST_TEST(message.size() == page_builder::smallest_message_bytes);
    capnp::FlatArrayMessageReader reader(words_of(message));
    BOOST_TEST(reader.getRoot<Sample>().getAnswer() == 42);
    BOOST_TEST(!reader.getRoot<Sample>().hasText());
}

BOOST_AUTO_TEST_CASE(a_page_without_room_for_a_root_pointer_overflows_at_once)
{
    for (const std::size_t bytes : {0U, 1U, 8U, 15U}) {
        garbage_page page(bytes);
        page_builder builder(page.bytes());
        BOOST_TEST((builder.overflow() == outcome::too_large));
        BOOST_TEST(builder.finish().empty());
        BOOST_TEST(builder.message_bytes() == page_builder::smallest_message_bytes);
        BOOST_TEST(page.guards_intact());
    }
}

BOOST_AUTO_TEST_CASE(building_goes_on_after_finish_and_the_next_finish_has_it_all)
{
    garbage_page page(4096);
    page_builder builder(page.bytes());
    builder.message().initRoot<Sample>().setText("one");
    const std::size_t before = builder.finish().size();
    builder.message().getRoot<Sample>().initBest().setPrice(2);
    const auto message = builder.finish();
    BOOST_TEST(message.size() == before + 16);
    capnp::FlatArrayMessageReader reader(words_of(message));
    BOOST_TEST(view(reader.getRoot<Sample>().getText()) == "one");
    BOOST_TEST(reader.getRoot<Sample>().getBest().getPrice() == 2);
}

BOOST_AUTO_TEST_CASE(external_data_cannot_be_finished_in_place)
{
    alignas(8) static constexpr std::array<kj::byte, 16> elsewhere{1, 2, 3};
    garbage_page page(4096);
    page_builder builder(page.bytes());
    auto sample = builder.message().initRoot<Sample>();
    sample.adoptBlob(
        builder.message().getOrphanage().referenceExternalData(kj::arrayPtr(elsewhere.data(), elsewhere.size())));
    BOOST_TEST((builder.overflow() == outcome::too_large));
    BOOST_TEST(builder.finish().empty());
    BOOST_TEST(sample.asReader().getBlob()[2] == 3);
}

BOOST_AUTO_TEST_CASE(external_data_stays_where_it_is_when_blobs_are_asked_for_and_given_back)
{
    alignas(8) static constexpr std::array<kj::byte, 16> elsewhere{1, 2, 3};
    const auto external = [](page_builder& builder) {
        return builder.message().getOrphanage().referenceExternalData(kj::arrayPtr(elsewhere.data(), elsewhere.size()));
    };
    garbage_page page(4096);
    page_builder before(page.bytes());
    auto sample = before.message().initRoot<Sample>();
    sample.adoptBlob(external(before));
    BOOST_TEST((before.place_blob(100, 8).why == outcome::too_large));
    BOOST_TEST((before.overflow() == outcome::too_large));
    BOOST_TEST(before.finish().empty());
    BOOST_TEST(sample.asReader().getBlob()[2] == 3);

    page_builder behind(page.bytes());
    sample = behind.message().initRoot<Sample>();
    const auto place = behind.place_blob(100, 8);
    BOOST_REQUIRE((place.why == outcome::ok));
    auto blob = behind.message().getOrphanage().newOrphan<capnp::Data>(100);
    sample.adoptBlob(external(behind));
    behind.take_back(place.begin + 40, place.begin + 100);
    BOOST_TEST((behind.overflow() == outcome::too_large));
    BOOST_TEST(sample.asReader().getBlob()[2] == 3);
}

BOOST_AUTO_TEST_CASE(capnp_decode_prints_a_finished_page)
{
    garbage_page page(4096);
    page_builder builder(page.bytes());
    auto level = builder.message().initRoot<Level>();
    level.setPrice(99.5);
    level.setQuantity(12);
    BOOST_TEST(capnp_decode(builder.finish(), "Level") == "(price = 99.5, quantity = 12)");
}

BOOST_AUTO_TEST_SUITE_END()
