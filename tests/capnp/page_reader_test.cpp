// SPDX-License-Identifier: BSL-1.0
// page_reader_test.cpp: records read in place, and records that are no message.
#include "allocation_counter.hpp"
#include "garbage_page.hpp"
#include "sample_messages.hpp"

#include <samepage/channel/page_builder.hpp>
#include <samepage/channel/page_reader.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <random>
#include <vector>

using samepage::outcome;
using samepage::page_builder;
using samepage::page_reader;
using samepage::read_limits;
using sample_messages::view;
using samples::Sample;

namespace {

// A record of `words`, each of two 32-bit halves, low half first.
struct record {
    explicit record(std::vector<std::uint64_t> content) : words(std::move(content)) {}
    [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span{words}); }
    std::vector<std::uint64_t> words;
};

constexpr std::uint64_t halves(std::uint32_t low, std::uint32_t high)
{
    return low | std::uint64_t{high} << 32U;
}

// A message of many segments, as another writer may send it.
kj::Array<capnp::word> in_segments_of(capnp::uint words, std::uint32_t seed)
{
    capnp::MallocMessageBuilder builder(words, capnp::AllocationStrategy::FIXED_SIZE);
    sample_messages::fill(builder.initRoot<Sample>(), seed);
    return capnp::messageToFlatArray(builder);
}

std::span<const std::byte> bytes_of(const kj::Array<capnp::word>& words)
{
    return {reinterpret_cast<const std::byte*>(words.begin()), words.size() * sizeof(capnp::word)};
}

std::uint32_t segments_of(const kj::Array<capnp::word>& words)
{
    std::uint32_t count = 0;
    std::memcpy(&count, words.begin(), sizeof(count));
    return count + 1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(page_readers)

BOOST_AUTO_TEST_CASE(a_message_of_one_segment_is_read_in_place_without_allocating)
{
    garbage_page page(4096);
    page_builder builder(page.bytes());
    builder.message().initRoot<Sample>().setText("in place");
    const auto message = builder.finish();

    const allocation_counter allocations;
    page_reader reader(message);
    const auto text = reader.getRoot<Sample>().getText();
    const auto numbers = reader.getRoot<Sample>().getLimits();
    BOOST_TEST(allocations.count() == 0U);
    BOOST_TEST(view(text) == "in place");
    BOOST_TEST(numbers.size() == 3U);
    const auto* const first = reinterpret_cast<const std::byte*>(text.begin());
    BOOST_TEST((first > message.data() && first < message.data() + message.size()));
}

BOOST_AUTO_TEST_CASE(a_message_of_several_segments_is_read)
{
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        const auto message = in_segments_of(64, seed);
        page_reader reader(bytes_of(message));
        BOOST_REQUIRE(reader);
        BOOST_REQUIRE_EQUAL(reader.segment_count(), segments_of(message));
        BOOST_REQUIRE_EQUAL(sample_messages::difference(reader.getRoot<Sample>(), seed), "");
    }
}

BOOST_AUTO_TEST_CASE(as_many_segments_as_are_promised_are_read_and_one_more_is_corrupt)
{
    for (const std::size_t count : {page_reader::most_segments, page_reader::most_segments + 1}) {
        // The table: the count less one, then as many sizes; the segments: a null root each.
        std::vector<std::uint32_t> table{static_cast<std::uint32_t>(count - 1)};
        table.resize(1 + count, 1);
        table.resize((table.size() + 1) / 2 * 2, 0);
        std::vector<std::uint64_t> words(table.size() / 2 + count, 0);
        std::memcpy(words.data(), table.data(), table.size() * sizeof(table[0]));

        page_reader reader(std::as_bytes(std::span{words}));
        BOOST_TEST(static_cast<bool>(reader) == (count == page_reader::most_segments));
        BOOST_TEST((reader.why() == outcome::corrupt) == (count != page_reader::most_segments));
    }
}

BOOST_AUTO_TEST_CASE(a_header_that_contradicts_the_records_size_is_corrupt)
{
    const std::vector<std::pair<const char*, record>> faults{
        {"nothing", record({})},
        {"a header alone", record({halves(0, 0)})},
        {"an empty first segment", record({halves(0, 0), 0})},
        {"a segment longer than the record", record({halves(0, 2), 0})},
        {"a word after the message", record({halves(0, 1), 0, 0})},
        {"a size that wraps 32 bits", record({halves(0, 0xFFFFFFFF), 0})},
        {"a count that wraps to none", record({halves(0xFFFFFFFF, 1), 0})},
        {"a table longer than the record", record({halves(9, 1), halves(1, 1), 0})},
        {"a table and no segments", record({halves(2, 1), halves(1, 1)})},
        {"a second segment beyond the end", record({halves(1, 1), halves(1, 0), 0})},
        {"an empty first segment of two", record({halves(1, 0), halves(1, 0), 0})},
        {"sizes whose sum wraps", record({halves(2, 1), halves(0x1FFFFFFF, 0xE0000000), 0})},
        {"text", record({0x6f77206f6c6c6548ULL, 0x0a21646c72ULL})},
    };
    for (const auto& [what, bytes] : faults) {
        const page_reader reader(bytes.bytes());
        BOOST_TEST(!reader, what);
        BOOST_TEST((reader.why() == outcome::corrupt), what);
        BOOST_TEST(reader.segment_count() == 0U, what);
    }
}

BOOST_AUTO_TEST_CASE(a_record_that_is_not_whole_words_is_corrupt)
{
    const record whole({halves(0, 2), 0, 0});
    BOOST_TEST(static_cast<bool>(page_reader(whole.bytes())));
    for (std::size_t missing = 1; missing < 8; ++missing) {
        BOOST_TEST(!page_reader(whole.bytes().first(24 - missing)));
    }
    const record longer({halves(0, 1), 0, 0}); // a message of 16 bytes and some more
    for (std::size_t extra = 1; extra <= 8; ++extra) {
        BOOST_TEST(!page_reader(longer.bytes().first(16 + extra)));
    }
}

BOOST_AUTO_TEST_CASE(every_truncation_of_a_message_is_corrupt)
{
    const auto one = in_segments_of(1024, 5);
    const auto several = in_segments_of(32, 5);
    for (const auto* message : {&one, &several}) {
        const auto bytes = bytes_of(*message);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            BOOST_REQUIRE(!page_reader(bytes.first(length)));
        }
        BOOST_TEST(static_cast<bool>(page_reader(bytes)));
    }
}

BOOST_AUTO_TEST_CASE(a_header_rewritten_after_it_was_checked_changes_nothing)
{
    garbage_page page(8192);
    page_builder builder(page.bytes());
    sample_messages::fill(builder.message().initRoot<Sample>(), 8);
    page_reader reader(builder.finish());
    std::memset(page.bytes().data(), 0xFF, 8);
    BOOST_TEST(sample_messages::difference(reader.getRoot<Sample>(), 8) == "");
}

BOOST_AUTO_TEST_CASE(a_root_pointer_out_of_bounds_throws_and_does_not_crash)
{
    const record bytes({halves(0, 1), ~std::uint64_t{0}});
    page_reader reader(bytes.bytes());
    BOOST_REQUIRE(reader);
    BOOST_CHECK_THROW(static_cast<void>(reader.getRoot<Sample>()), kj::Exception);
}

// Words rewritten before they are read: every read is right, a default or an exception; the sanitizers watch the rest.
BOOST_AUTO_TEST_CASE(random_words_in_a_message_are_read_or_refused_and_never_out_of_bounds)
{
    constexpr unsigned seed = 20240607;
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random(seed);
    const auto pristine = in_segments_of(1024, 3);
    std::size_t read = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 5000; ++round) {
        std::vector<std::uint64_t> words(pristine.size());
        std::memcpy(words.data(), pristine.begin(), pristine.size() * sizeof(capnp::word));
        for (std::size_t i = 0; i <= static_cast<std::size_t>(round) % 3; ++i) {
            words[random() % words.size()] = random() >> random() % 64;
        }
        try {
            page_reader reader(std::as_bytes(std::span{words}), read_limits{.traversals = 1, .least_words = 1 << 16});
            if (!reader) {
                ++refused;
                continue;
            }
            static_cast<void>(sample_messages::difference(reader.getRoot<Sample>(), 3));
            ++read;
        } catch (const kj::Exception&) {
            ++refused;
        }
    }
    BOOST_TEST(read != 0U);
    BOOST_TEST(refused != 0U);
}

BOOST_AUTO_TEST_CASE(a_blob_may_be_fetched_again_and_again)
{
    constexpr std::uint32_t bytes = 4 << 20;
    garbage_page page(bytes + 4096);
    page_builder builder(page.bytes());
    builder.message().initRoot<Sample>().initBlob(bytes)[bytes - 1] = 9;
    const auto message = builder.finish();

    page_reader reader(message);
    std::size_t sum = 0;
    for (int i = 0; i < 10000; ++i) {
        sum += reader.getRoot<Sample>().getBlob()[bytes - 1];
    }
    BOOST_TEST(sum == 90000U);

    const auto fetch_with_cap_n_protos_default = [&] {
        page_reader strict(message, capnp::ReaderOptions{});
        for (int i = 0; i < 17; ++i) {
            static_cast<void>(strict.getRoot<Sample>().getBlob());
        }
    };
    BOOST_CHECK_THROW(fetch_with_cap_n_protos_default(), kj::Exception);
}

BOOST_AUTO_TEST_CASE(a_message_nested_beyond_the_limit_throws)
{
    garbage_page page(64 * 1024);
    page_builder builder(page.bytes());
    auto sample = builder.message().initRoot<Sample>();
    for (int depth = 1; depth < 20; ++depth) {
        sample = sample.initInner();
    }
    const auto message = builder.finish();
    const auto depth_of = [](Sample::Reader reader) {
        int depth = 1;
        for (; reader.hasInner(); reader = reader.getInner()) {
            ++depth;
        }
        return depth;
    };
    page_reader within(message, read_limits{.nesting = 20});
    page_reader beyond(message, read_limits{.nesting = 19});
    BOOST_TEST(depth_of(within.getRoot<Sample>()) == 20);
    BOOST_CHECK_THROW(depth_of(beyond.getRoot<Sample>()), kj::Exception);
}

BOOST_AUTO_TEST_CASE(the_traversal_limit_grows_with_the_record_from_cap_n_protos_own)
{
    const read_limits limits;
    BOOST_TEST(limits.for_record(16).traversalLimitInWords == capnp::ReaderOptions{}.traversalLimitInWords);
    BOOST_TEST(limits.for_record(1 << 20).traversalLimitInWords == (std::uint64_t{1} << 17U) * 16384);
    BOOST_TEST(limits.for_record(SIZE_MAX).traversalLimitInWords == UINT64_MAX);
    BOOST_TEST(limits.for_record(16).nestingLimit == capnp::ReaderOptions{}.nestingLimit);
}

BOOST_AUTO_TEST_SUITE_END()
