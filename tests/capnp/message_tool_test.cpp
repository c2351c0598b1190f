// SPDX-License-Identifier: BSL-1.0
// message_tool_test.cpp: records for Cap'n Proto's own tools, and theirs for a channel.
#include "capnp_tool.hpp"
#include "sample_messages.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/serialize.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include <unistd.h>

using namespace std::chrono_literals;
using samepage::message_consumer;
using samepage::message_producer;
using samepage::outcome;
using sample_messages::view;
using samples::Level;
using samples::Sample;

namespace {

struct fixture {
    fixture() = default;
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() { samepage::remove_channel(name); }

    std::string name = "test-tools-" + std::to_string(::getpid());
    message_producer<Sample> producer{name, {.capacity_bytes = 65536}};
};

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::vector<std::byte> bytes_of(kj::ArrayPtr<const capnp::word> words)
{
    const auto bytes = words.asBytes();
    std::vector<std::byte> made(bytes.size());
    std::memcpy(made.data(), bytes.begin(), bytes.size());
    return made;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(message_tools, fixture)

BOOST_AUTO_TEST_CASE(records_dumped_one_behind_the_other_are_decoded_one_behind_the_other)
{
    samepage::bytes_consumer raw{name, {}, samepage::describe_messages<Sample>()};
    std::vector<std::byte> dump;
    for (std::uint64_t i = 1; i <= 3; ++i) {
        auto draft = producer.loan(64); // the third grows
        draft.root().setSequence(i);
        if (i == 3) {
            draft.root().initNames(100);
        }
        auto blob = draft.init_blob("blob", i, 64);
        std::memset(blob.data(), 'x', blob.size());
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto batch = raw.take();
        dump.insert(dump.end(), batch.front().begin(), batch.front().end());
    }
    const auto printed = capnp_decode(dump, "Sample");
    BOOST_TEST(std::ranges::count(printed, '\n') == 2);
    BOOST_TEST(contains(printed, R"(blob = "x",)"), printed);
    BOOST_TEST(contains(printed, R"(blob = "xx",)"), printed);
    BOOST_TEST(contains(printed, R"(blob = "xxx",)"), printed);
}

BOOST_AUTO_TEST_CASE(capnp_convert_makes_json_of_a_record)
{
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan();
    draft.root().setText("to JSON");
    draft.root().initLevels(2)[1].setQuantity(5);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto printed = capnp_json(consumer.take().bytes(), "Sample");
    BOOST_TEST(contains(printed, R"("text":"to JSON")"), printed);
    BOOST_TEST(contains(printed, R"("quantity":5)"), printed);
}

BOOST_AUTO_TEST_CASE(what_capnp_encode_wrote_is_published_by_one_copy_and_read_typed)
{
    message_consumer<Sample> consumer{name};
    const auto encoded = capnp_encode(R"((sequence = 7, text = "from a file", names = ["a", "b"], side = ask,
                                          payload = (level = (price = 2.5)), origin = (host = "here", port = 80)))",
                                      "Sample");
    BOOST_REQUIRE((producer.publish_copy(encoded) == outcome::ok));
    const auto message = consumer.take();
    BOOST_REQUIRE(message);
    BOOST_TEST(message.root().getSequence() == 7U);
    BOOST_TEST(view(message.root().getText()) == "from a file");
    BOOST_TEST(view(message.root().getNames()[1]) == "b");
    BOOST_TEST(message.root().getPayload().getLevel().getPrice() == 2.5);
    BOOST_TEST(view(message.root().getOrigin().getHost()) == "here");
    BOOST_TEST((message.root().getSide() == samples::Side::ASK));
    BOOST_TEST(std::ranges::equal(message.bytes(), encoded));
}

BOOST_AUTO_TEST_CASE(a_copied_message_of_several_segments_is_read)
{
    message_consumer<Sample> consumer{name};
    capnp::MallocMessageBuilder builder(8, capnp::AllocationStrategy::FIXED_SIZE);
    sample_messages::fill(builder.initRoot<Sample>(), 77);
    BOOST_REQUIRE(builder.getSegmentsForOutput().size() > 1);
    const auto flat = capnp::messageToFlatArray(builder);
    const auto why = producer.publish_copy(bytes_of(flat));
    if (builder.getSegmentsForOutput().size() <= samepage::page_reader::most_segments) {
        BOOST_REQUIRE((why == outcome::ok));
        BOOST_TEST(sample_messages::difference(consumer.take().root(), 77) == "");
    } else {
        BOOST_TEST((why == outcome::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_stream_message_is_not_published)
{
    message_consumer<Sample> consumer{name};
    auto encoded = capnp_encode("(sequence = 7)", "Sample");
    auto cut = encoded;
    cut.resize(cut.size() - 8);
    auto odd = encoded;
    odd.push_back(std::byte{0});
    auto two = encoded;
    two.insert(two.end(), encoded.begin(), encoded.end());
    for (const auto& bad : {std::vector<std::byte>{}, cut, odd, two}) {
        BOOST_TEST((producer.publish_copy(bad) == outcome::corrupt));
    }
    BOOST_TEST((producer.publish_copy(std::vector<std::byte>(1 << 20)) == outcome::too_large));
    BOOST_TEST((consumer.try_take().why() == outcome::empty));
    BOOST_TEST((producer.publish_copy(encoded) == outcome::ok));
    BOOST_TEST(consumer.take().root().getSequence() == 7U);
}

BOOST_AUTO_TEST_CASE(a_copy_waits_for_room_as_it_is_told)
{
    message_consumer<Sample> consumer{name};
    const auto encoded = capnp_encode("(sequence = 7, text = \"filler filler filler filler filler filler\")", "Sample");
    while (producer.try_publish_copy(encoded) == outcome::ok) {
    }
    BOOST_TEST((producer.try_publish_copy(encoded) == outcome::full));
    BOOST_TEST((producer.publish_copy_for(1ms, encoded) == outcome::timed_out));
}

BOOST_AUTO_TEST_CASE(drafts_between_copies_find_nothing_of_theirs)
{
    message_consumer<Sample> consumer{name};
    for (std::uint32_t seed = 0; seed < 500; ++seed) {
        auto draft = producer.loan();
        sample_messages::fill(draft.root(), seed);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        capnp::MallocMessageBuilder builder;
        sample_messages::fill(builder.initRoot<Sample>(), seed + 1);
        BOOST_REQUIRE((producer.publish_copy(bytes_of(capnp::messageToFlatArray(builder))) == outcome::ok));
        BOOST_REQUIRE_EQUAL(sample_messages::difference(consumer.take().root(), seed), "");
        BOOST_REQUIRE_EQUAL(sample_messages::difference(consumer.take().root(), seed + 1), "");
    }
}

BOOST_AUTO_TEST_SUITE_END()
