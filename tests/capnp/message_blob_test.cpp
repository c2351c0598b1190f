// SPDX-License-Identifier: BSL-1.0
// message_blob_test.cpp: large fields that are neither zeroed nor copied.
#include "allocation_counter.hpp"
#include "capnp_tool.hpp"
#include "garbage_page.hpp"
#include "sample_messages.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/message_views.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/remove_channel.hpp>
#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <unistd.h>

using samepage::blob_item;
using samepage::blob_room;
using samepage::message_blob;
using samepage::message_consumer;
using samepage::message_producer;
using samepage::outcome;
using samepage::page_builder;
using sample_messages::view;
using samples::Sample;

static_assert(blob_item<std::byte> && blob_item<float> && blob_item<std::uint64_t> && blob_item<samples::Side>);
static_assert(!blob_item<bool> && !blob_item<std::string> && !blob_item<long double> && !blob_item<int*>);

namespace {

struct fixture {
    fixture() = default;
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() { samepage::remove_channel(name); }

    std::string name = "test-blob-" + std::to_string(::getpid());
    message_producer<Sample> producer{name, {.capacity_bytes = 1 << 20}};
    message_consumer<Sample> consumer{name};
};

template <class T>
bool is_aligned(const T* data, std::size_t alignment)
{
    return reinterpret_cast<std::uintptr_t>(data) % alignment == 0;
}

/// What was refused, with which code.
std::string refusal(const auto& call, samepage::errc code)
{
    try {
        static_cast<void>(call());
    } catch (const samepage::error& refused) {
        BOOST_TEST((refused.code() == code));
        return refused.what();
    }
    return "not refused";
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(message_blobs, fixture)

BOOST_AUTO_TEST_CASE(a_blob_is_read_where_it_was_written)
{
    auto draft = producer.loan();
    auto blob = draft.init_blob("blob", 100'000);
    BOOST_REQUIRE(blob);
    BOOST_TEST(blob.size() == 100'000U);
    std::ranges::fill(blob.bytes(), std::byte{7});
    draft.root().setText("beside");
    const auto offset = blob.data() - producer.info().ring;
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    const auto found = message.root().getBlob();
    BOOST_TEST(std::ranges::count(found, 7) == 100'000);
    BOOST_TEST(reinterpret_cast<const std::byte*>(found.begin()) - consumer.info().ring == offset);
    BOOST_TEST(view(message.root().getText()) == "beside");
}

BOOST_AUTO_TEST_CASE(a_blob_is_aligned_as_asked_for_the_producer_and_for_every_reader)
{
    std::mt19937 random{1};
    for (int round = 0; round < 500; ++round) {
        const std::size_t alignment = std::size_t{8} << round % 10;
        auto draft = producer.loan();
        draft.root().setText(std::string(random() % 300, 'x'));
        auto blob = draft.init_blob("blob", 1 + random() % 20'000, alignment);
        BOOST_REQUIRE(blob);
        BOOST_REQUIRE(is_aligned(blob.data(), alignment));
        blob[0] = blob[blob.size() - 1] = std::byte{3};
        draft.root().initLevels(3)[2].setQuantity(5);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto message = consumer.take();
        const auto found = message.root().getBlob();
        BOOST_REQUIRE(is_aligned(found.begin(), alignment));
        BOOST_REQUIRE(found[0] == 3 && found[found.size() - 1] == 3);
        BOOST_REQUIRE_EQUAL(message.root().getLevels()[2].getQuantity(), 5U);
    }
}

BOOST_AUTO_TEST_CASE(a_list_of_numbers_is_a_blob_too)
{
    auto draft = producer.loan();
    auto numbers = draft.init_blob<std::uint32_t>("numbers", 1000, 64);
    BOOST_REQUIRE(numbers);
    std::iota(numbers.begin(), numbers.end(), 5U);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    const auto found = message.root().getNumbers();
    BOOST_REQUIRE_EQUAL(found.size(), 1000U);
    BOOST_TEST(found[999] == 1004U);
    const auto seen = samepage::list_view(found);
    BOOST_TEST(is_aligned(seen.data(), 64));
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_from_loan_to_publish_of_a_message_with_blobs)
{
    for (int round = 0; round < 20; ++round) {
        const allocation_counter building;
        outcome published = outcome::empty;
        {
            auto draft = producer.loan();
            auto root = draft.root();
            root.setText("meta");
            auto blob = draft.init_blob("blob", 70'000, 4096);
            blob[0] = std::byte{1};
            auto numbers = draft.init_blob<std::uint32_t>(root.initInner(), "numbers", 1000);
            numbers[0] = 2;
            root.initBest().setPrice(2);
            published = draft.publish();
        }
        const auto built = building.count();
        BOOST_TEST(built == 0U);
        BOOST_REQUIRE((published == outcome::ok));
        const allocation_counter reading;
        bool same = false;
        {
            const auto message = consumer.take();
            const auto root = message.root();
            same = root.getBlob()[0] == 1 && root.getInner().getNumbers()[0] == 2 && root.getBest().getPrice() == 2;
        }
        const auto read = reading.count();
        BOOST_TEST(read == 0U);
        BOOST_TEST(same);
    }
}

BOOST_AUTO_TEST_CASE(a_blob_is_not_zeroed_and_what_is_beside_it_is)
{
    garbage_page page(1 << 16);
    page_builder builder(page.bytes(), 512); // smaller than a Sample
    auto root = builder.message().initRoot<Sample>();
    root.setText("before");
    samepage::blob_fields known;
    const blob_room blob{builder, {Sample::Builder{root}, capnp::Schema::from<Sample>()},
                         "blob",  message_blob<std::byte>::item(),
                         10'001,  4096,
                         known};
    BOOST_REQUIRE((blob.why() == outcome::ok));
    const auto* const begin = blob.data();
    const auto is_stale = [](std::byte byte) { return byte == std::byte{0xff}; };
    BOOST_TEST(std::count_if(begin, begin + 10'000, is_stale) > 10'000 - 512); // but for what the message began with
    // The last item shares its word with what no item has.
    BOOST_TEST(std::all_of(begin + 10'001, begin + 10'008, [](std::byte b) { return b == std::byte{0}; }));
    root.initLevels(20);
    const auto message = builder.finish();
    capnp::FlatArrayMessageReader reader({reinterpret_cast<const capnp::word*>(message.data()), message.size() / 8});
    for (const auto level : reader.getRoot<Sample>().getLevels()) {
        BOOST_TEST(level.getPrice() == 0);
    }
    BOOST_TEST(std::count_if(message.data(), begin, is_stale) == 0);
    BOOST_TEST(std::count_if(begin + 10'000, message.data() + message.size(), is_stale) == 0);
    BOOST_TEST(page.guards_intact());
}

BOOST_AUTO_TEST_CASE(capnp_decode_prints_a_message_with_an_aligned_blob)
{
    auto draft = producer.loan();
    auto blob = draft.init_blob("blob", 5, 4096);
    std::memcpy(blob.data(), "abcde", 5);
    draft.root().setText("t");
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto printed = capnp_decode(consumer.take().bytes(), "Sample");
    BOOST_TEST(contains(printed, R"(blob = "abcde")"), printed);
    BOOST_TEST(contains(printed, R"(text = "t")"), printed);
}

BOOST_AUTO_TEST_CASE(a_builder_reads_and_copies_a_message_that_holds_a_blob)
{
    auto draft = producer.loan();
    draft.root().setText("text");
    auto blob = draft.init_blob("blob", 3000, 4096);
    std::ranges::fill(blob.bytes(), std::byte{4});
    BOOST_TEST(std::ranges::count(draft.root().asReader().getBlob(), 4) == 3000);
    capnp::MallocMessageBuilder copy;
    copy.setRoot(draft.root().asReader());
    BOOST_TEST(std::ranges::count(copy.getRoot<Sample>().getBlob(), 4) == 3000);
    BOOST_TEST(draft.root().totalSize().wordCount >= 375U);
}

BOOST_AUTO_TEST_CASE(a_blob_may_lie_in_any_struct_of_the_message)
{
    auto draft = producer.loan();
    draft.root().initInner().initInner().setText("deep");
    auto deep = draft.init_blob("inner.inner.blob", 9000, 512);
    BOOST_REQUIRE_EQUAL(deep.size(), 9000U);
    deep[8999] = std::byte{1};
    auto beside = draft.init_blob<std::uint32_t>(draft.root().getInner(), "numbers", 3);
    beside[2] = 2;
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(message.root().getInner().getInner().getBlob()[8999] == 1);
    BOOST_TEST(view(message.root().getInner().getInner().getText()) == "deep");
    BOOST_TEST(message.root().getInner().getNumbers()[2] == 2U);
}

BOOST_AUTO_TEST_CASE(a_blob_may_lie_in_a_struct_that_is_made_for_it_and_goes_again_if_there_is_no_room)
{
    auto draft = producer.loan();
    draft.root().setText("still here");
    BOOST_TEST((draft.init_blob("inner.inner.blob", 1 << 20).why() == outcome::too_large));
    BOOST_TEST(!draft.root().hasInner());
    refusal([&] { return draft.init_blob("inner.text", 1); }, samepage::errc::wrong_type);
    BOOST_TEST(!draft.root().hasInner());
    BOOST_CHECK_THROW(static_cast<void>(draft.init_blob("inner.inner.pixels", 1)), std::out_of_range);
    BOOST_TEST(!draft.root().hasInner());

    draft.root().initInner().setText("stays");
    BOOST_TEST((draft.init_blob("inner.inner.blob", 1 << 20).why() == outcome::too_large));
    BOOST_TEST(view(draft.root().getInner().asReader().getText()) == "stays");
    BOOST_TEST(!draft.root().getInner().hasInner());

    auto blob = draft.init_blob("inner.inner.blob", 3);
    BOOST_REQUIRE(blob);
    blob[2] = std::byte{7};
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(message.root().getInner().getInner().getBlob()[2] == 7);
    BOOST_TEST(view(message.root().getText()) == "still here");
}

BOOST_AUTO_TEST_CASE(a_short_blob_gives_the_rest_back_to_the_ring)
{
    auto draft = producer.loan();
    draft.root().setText("socket");
    auto blob = draft.init_blob("blob", 50'000);
    const auto before = draft.message_bytes();
    std::memset(blob.data(), 0xee, blob.size());
    BOOST_TEST(blob.truncate(1001));
    BOOST_TEST(blob.size() == 1001U);
    BOOST_TEST(before - draft.message_bytes() == 50'000U - 1008U);
    auto names = draft.root().initNames(2000); // where the rest was
    names.set(1999, "last");
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    const auto root = message.root();
    BOOST_REQUIRE_EQUAL(root.getBlob().size(), 1001U);
    BOOST_TEST(std::ranges::count(root.getBlob(), 0xee) == 1001);
    BOOST_TEST(view(root.getNames()[0]) == "");
    BOOST_TEST(view(root.getNames()[1999]) == "last");
    // Behind the last byte the word is zero.
    const auto* const end = root.getBlob().end();
    BOOST_TEST(std::all_of(end, end + 7, [](auto byte) { return byte == 0; }));
}

BOOST_AUTO_TEST_CASE(a_short_blob_with_something_built_behind_it_leaves_zeros)
{
    auto draft = producer.loan();
    auto blob = draft.init_blob("blob", 5000);
    std::memset(blob.data(), 0xee, blob.size());
    draft.root().setText("behind");
    BOOST_TEST(blob.truncate(10));
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(std::ranges::count(message.bytes(), std::byte{0xee}) == 10);
    BOOST_TEST(message.root().getBlob().size() == 10U);
    BOOST_TEST(view(message.root().getText()) == "behind");
}

BOOST_AUTO_TEST_CASE(a_short_blob_leaks_nothing_into_the_messages_after_it)
{
    for (std::uint32_t round = 0; round < 200; ++round) {
        {
            auto draft = producer.loan();
            auto blob = draft.init_blob("blob", 30'000);
            std::memset(blob.data(), 0xee, blob.size());
            BOOST_REQUIRE(blob.truncate(round));
            if (round % 3 == 0) {
                continue; // dropped
            }
            BOOST_REQUIRE((draft.publish() == outcome::ok));
        }
        BOOST_REQUIRE_EQUAL(consumer.take().root().getBlob().size(), round);
        auto draft = producer.loan();
        draft.root().initLevels(100);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto message = consumer.take();
        BOOST_REQUIRE_EQUAL(std::ranges::count(message.bytes(), std::byte{0xee}), 0);
    }
}

BOOST_AUTO_TEST_CASE(a_blob_whose_field_was_set_again_cannot_be_shortened)
{
    auto draft = producer.loan();
    auto blob = draft.init_blob("blob", 5000);
    draft.root().initBlob(20);
    BOOST_TEST(!blob.truncate(10));
    BOOST_TEST(draft.root().getBlob().size() == 20U);
}

BOOST_AUTO_TEST_CASE(a_blob_that_moved_to_another_field_cannot_be_shortened_by_way_of_its_old_one)
{
    auto draft = producer.loan(16); // so that the root lies in a piece that it fills, and all that follows in others
    auto root = draft.root();
    auto blob = draft.init_blob("blob", 5000);
    BOOST_REQUIRE(blob);
    std::memset(blob.data(), 0xee, blob.size());
    root.initInner().adoptBlob(root.disownBlob());
    root.initBlob(20);
    BOOST_TEST(!blob.truncate(10));
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(message.root().getBlob().size() == 20U);
    BOOST_TEST(std::ranges::count(message.root().getInner().getBlob(), 0xee) == 5000);
}

BOOST_AUTO_TEST_CASE(blobs_follow_one_another_and_growth_follows_and_precedes_them)
{
    std::mt19937 random{4};
    for (int round = 0; round < 1000; ++round) {
        auto draft = producer.loan(16 + random() % 700);
        auto at = draft.root();
        const int depth = 1 + static_cast<int>(random() % 6);
        for (int i = 0; i < depth; ++i) {
            at.setSequence(static_cast<std::uint64_t>(i));
            const auto bytes = 1 + random() % 5000;
            const std::size_t alignment = std::size_t{8} << random() % 10;
            auto blob = draft.init_blob(at, "blob", bytes, alignment);
            BOOST_REQUIRE(blob);
            BOOST_REQUIRE(is_aligned(blob.data(), alignment));
            std::memset(blob.data(), 0x40 + i, bytes);
            if (random() % 4 == 0) {
                BOOST_REQUIRE(blob.truncate(bytes / 2 + 1));
            }
            at.initNames(static_cast<capnp::uint>(random() % 50)); // may outgrow what there is
            at.setText(std::string(random() % 100, 'y'));
            at = at.initInner();
        }
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto message = consumer.take();
        samples::Sample::Reader found = message.root();
        for (int i = 0; i < depth; ++i) {
            BOOST_REQUIRE_EQUAL(found.getSequence(), static_cast<std::uint64_t>(i));
            const auto blob = found.getBlob();
            BOOST_REQUIRE(std::ranges::all_of(blob, [&](auto byte) { return byte == 0x40 + i; }));
            BOOST_REQUIRE(blob.size() != 0);
            for (const auto name_found : found.getNames()) {
                BOOST_REQUIRE_EQUAL(name_found.size(), 0U);
            }
            found = found.getInner();
        }
    }
}

BOOST_AUTO_TEST_CASE(a_field_that_is_known_from_an_earlier_message_is_found_and_checked_alike)
{
    for (int round = 0; round < 3; ++round) {
        auto draft = producer.loan();
        auto numbers = draft.init_blob<std::uint32_t>("numbers", 100, 64);
        numbers[99] = 9;
        auto bytes = draft.init_blob("blob", 33, 128);
        bytes[32] = std::byte{3};
        BOOST_TEST(is_aligned(bytes.data(), 128));
        BOOST_TEST(bytes.truncate(33));
        const auto refused =
            refusal([&] { return draft.init_blob<std::uint16_t>("numbers", 1); }, samepage::errc::wrong_type);
        BOOST_TEST(contains(refused, "List(UInt32)"), refused);
        auto inner = draft.init_blob<std::uint8_t>(draft.root().initInner(), "blob", 20);
        inner[19] = 7;
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto message = consumer.take();
        BOOST_TEST(message.root().getNumbers()[99] == 9U);
        BOOST_TEST(message.root().getBlob()[32] == 3);
        BOOST_TEST(message.root().getInner().getBlob()[19] == 7);
    }
}

BOOST_AUTO_TEST_CASE(a_blob_is_a_buffer)
{
    auto draft = producer.loan();
    auto numbers = draft.init_blob<std::uint32_t>("numbers", 10);
    auto seen = samepage::view_of(numbers);
    BOOST_TEST(!seen.is_readonly());
    BOOST_TEST(seen.shape()[0] == 10U);
    static_assert(std::ranges::contiguous_range<message_blob<float>>);
}

BOOST_AUTO_TEST_CASE(read_fills_a_blob)
{
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    BOOST_REQUIRE(file >= 0);
    auto draft = producer.loan();
    auto blob = draft.init_blob("blob", 100'000, 4096);
    const auto got = ::read(file, blob.data(), blob.size());
    ::close(file);
    BOOST_REQUIRE(got > 4);
    BOOST_REQUIRE(blob.truncate(static_cast<std::size_t>(got)));
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(std::memcmp(message.root().getBlob().begin(), "\177ELF", 4) == 0);
}

BOOST_AUTO_TEST_CASE(a_blob_beyond_the_channels_largest_record_is_a_value_and_the_message_is_as_it_was)
{
    auto draft = producer.loan();
    draft.root().setText("still here");
    draft.root().initBlob(3)[2] = 5;
    for (const std::size_t bytes : {std::size_t{1} << 20U, std::size_t{1} << 29U, std::size_t{1} << 40U, SIZE_MAX}) {
        const auto blob = draft.init_blob("blob", bytes, 4096);
        BOOST_TEST(!blob);
        BOOST_TEST((blob.why() == outcome::too_large));
        BOOST_TEST(blob.size() == 0U);
    }
    BOOST_TEST(draft.root().getBlob()[2] == 5);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(view(consumer.take().root().getText()) == "still here");
}

BOOST_AUTO_TEST_CASE(a_blob_that_finds_no_room_now_is_a_value)
{
    {
        auto first = producer.loan(0, 600'000);
        BOOST_REQUIRE(first.init_blob("blob", 600'000));
        BOOST_REQUIRE((first.publish() == outcome::ok));
    }
    auto draft = producer.try_loan();
    BOOST_TEST((draft.init_blob("blob", 600'000).why() == outcome::full));
    BOOST_TEST(draft.init_blob("blob", 300'000).size() == 300'000U);
    BOOST_TEST((draft.publish() == outcome::ok));
    BOOST_TEST((producer.try_loan(0, 600'000).why() == outcome::full));
    BOOST_TEST((producer.try_loan(0, SIZE_MAX).why() == outcome::too_large));
}

BOOST_AUTO_TEST_CASE(blobs_as_large_as_the_largest_record_never_fit_beside_a_message_however_empty_the_ring)
{
    const auto most = producer.max_message_bytes() - page_builder::smallest_message_bytes;
    BOOST_TEST((producer.try_loan(0, most + 1).why() == outcome::too_large));
    BOOST_TEST((producer.loan(0, most + 1).why() == outcome::too_large));
    BOOST_TEST((producer.loan(page_builder::smallest_message_bytes + 1, most).why() == outcome::too_large));
    BOOST_TEST(static_cast<bool>(producer.loan(0, most)));
    const auto held = producer.loan(0, most).publish();
    BOOST_TEST((held == outcome::ok));
}

BOOST_AUTO_TEST_CASE(an_empty_blob_is_a_field_of_no_items)
{
    auto draft = producer.loan();
    auto blob = draft.init_blob("blob", 0, 4096);
    BOOST_TEST(static_cast<bool>(blob));
    BOOST_TEST(blob.size() == 0U);
    BOOST_TEST(blob.truncate(0));
    BOOST_TEST(draft.root().hasBlob());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_blob_is_refused_with_the_reason)
{
    auto draft = producer.loan();
    using samepage::errc;
    const auto text = refusal([&] { return draft.init_blob("text", 10); }, errc::wrong_type);
    BOOST_TEST(contains(text, "Text"), text);
    const auto bits = refusal([&] { return draft.init_blob("flags", 10); }, errc::wrong_type);
    BOOST_TEST(contains(bits, "List(Bool)"), bits);
    const auto floats = refusal([&] { return draft.init_blob<float>("numbers", 10); }, errc::wrong_type);
    BOOST_TEST(contains(floats, "List(Float32)"), floats);
    BOOST_TEST(contains(floats, "List(UInt32)"), floats);
    const auto structs = refusal([&] { return draft.init_blob("levels", 10); }, errc::wrong_type);
    BOOST_TEST(contains(structs, "List(a struct)"), structs);
    const auto number = refusal([&] { return draft.init_blob("sequence", 10); }, errc::wrong_type);
    BOOST_TEST(contains(number, "UInt64"), number);
    const auto unset = refusal([&] { return draft.init_blob("payload.level.price", 10); }, errc::invalid_argument);
    BOOST_TEST(contains(unset, "'level', while another member of its union is set"), unset);
    BOOST_TEST(draft.root().getPayload().isNone());
    draft.root().getPayload().initLevel();
    refusal([&] { return draft.init_blob("payload.level.price", 10); }, errc::wrong_type);
    const auto within = refusal([&] { return draft.init_blob("blob.price", 10); }, errc::wrong_type);
    BOOST_TEST(contains(within, "found 'blob', Data"), within);
    for (const std::size_t alignment : {0U, 3U, 8192U}) {
        const auto odd = refusal([&] { return draft.init_blob("blob", 10, alignment); }, errc::invalid_argument);
        BOOST_TEST(contains(odd, std::to_string(alignment)), odd);
    }
    BOOST_CHECK_EXCEPTION(static_cast<void>(draft.init_blob("pixels", 10)), std::out_of_range, [](const auto& error) {
        return contains(error.what(), "no field 'pixels'") && contains(error.what(), "'blob'");
    });
    BOOST_TEST((draft.publish() == outcome::ok));
}

BOOST_AUTO_TEST_SUITE_END()
