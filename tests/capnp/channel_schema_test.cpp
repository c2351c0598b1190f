// SPDX-License-Identifier: BSL-1.0
// channel_schema_test.cpp: what schema a channel carries, which versions of it may join, and what each then reads.
#include "sample_messages.hpp"
#include "schema_file.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/channel_schema.hpp>
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/channel_type.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/dynamic.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <boxes.capnp.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using capnp::DynamicStruct;
using samepage::channel_schema;
using samepage::message_consumer;
using samepage::message_producer;
using samepage::outcome;
using samples::Sample;

namespace {

struct fixture {
    fixture() = default;
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() { samepage::remove_channel(name); }

    std::string name = "test-schema-" + std::to_string(::getpid());
};

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::string refusal(const auto& attach, samepage::errc code = samepage::errc::wrong_type)
{
    try {
        attach();
    } catch (const samepage::error& refused) {
        BOOST_TEST((refused.code() == code));
        return refused.what();
    }
    return "not refused";
}

/// Whether a consumer that knows `reader` may join a channel that a producer made who knows `writer`; the same must be
/// so the other way round, and for producers. The words, if not.
std::string joining(const std::string& name, capnp::StructSchema writer, capnp::StructSchema reader)
{
    std::vector<std::string> told;
    for (const auto& [first, second] : {std::pair{writer, reader}, std::pair{reader, writer}}) {
        const message_producer<DynamicStruct> producer{name, first};
        told.push_back(refusal([&, &own = second] { const message_consumer<DynamicStruct> joined{name, own}; }));
        told.push_back(refusal([&, &own = second] { const message_producer<DynamicStruct> joined{name, own}; }));
        samepage::remove_channel(name);
    }
    for (const auto& each : told) {
        BOOST_TEST((each == "not refused") == (told.front() == "not refused"), each);
    }
    return told.front();
}

std::string joining(const std::string& name, const std::string& writer, const std::string& reader,
                    const std::string& type = "Order")
{
    const auto name_in = [&](const std::string& file) {
        return file == "renamed" && type == "Order" ? std::string{"Ticket"} : type;
    };
    const schema_file one{writer};
    const schema_file other{reader};
    return joining(name, one.type(name_in(writer)), other.type(name_in(reader)));
}

schema_file newer_samples()
{
    return schema_file::of_text(schema_file::text_at(SAMEPAGE_TEST_SCHEMA),
                                {{"  spread @26", "  extra @27 :Text = \"none\";\n  spread @26"}});
}

std::string text_of(DynamicStruct::Reader message)
{
    return kj::str(message).cStr();
}

/// What a consumer that knows `reader` makes of the message that `build` makes by `writer`.
std::string read(const std::string& name, const schema_file& writer, const schema_file& reader, auto&& build)
{
    message_producer<DynamicStruct> producer{name, writer.type("Order")};
    message_consumer<DynamicStruct> consumer{name, reader.type("Order")};
    auto draft = producer.loan();
    build(draft.root());
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    auto text = text_of(consumer.take().root());
    samepage::remove_channel(name);
    return text;
}

void fill(DynamicStruct::Builder order)
{
    order.set("id", 5);
    order.set("side", "ask");
    auto sizes = order.init("sizes", 2).as<capnp::DynamicList>();
    sizes.set(0, 10);
    sizes.set(1, 20);
    order.set("note", "urgent");
    order.init("best").as<DynamicStruct>().set("price", 1.5);
}

/// Another process: message_peer, which has generated code for Sample.
class sample_process {
public:
    sample_process(std::string role, std::string channel, unsigned count)
    {
        std::string program = SAMEPAGE_TEST_PEER;
        std::string number = std::to_string(count);
        std::array<char*, 5> arguments{program.data(), role.data(), channel.data(), number.data(), nullptr};
        BOOST_REQUIRE_EQUAL(::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ), 0);
    }
    sample_process(const sample_process&) = delete;
    sample_process& operator=(const sample_process&) = delete;
    ~sample_process() { wait(); }

    /// Its exit status; -1 if it was killed.
    int wait()
    {
        if (pid_ > 0) {
            ::waitpid(pid_, &status_, 0);
            pid_ = 0;
        }
        return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
    }

private:
    ::pid_t pid_ = 0;
    int status_ = 0;
};

constexpr auto filled =
    R"((id = 5, side = ask, best = (price = 1.5, quantity = 0), sizes = [10, 20], note = "urgent", count = 7))";

} // namespace

BOOST_FIXTURE_TEST_SUITE(channel_schemas, fixture)

BOOST_AUTO_TEST_CASE(a_channel_carries_every_type_that_its_root_reaches)
{
    const message_producer<Sample> producer{name};
    const channel_schema schema{name};
    BOOST_TEST(schema.root().getProto().getId() == capnp::typeId<Sample>());
    std::vector<std::string> names;
    for (const auto type : schema.types()) {
        names.emplace_back(type.getProto().getDisplayName().cStr());
    }
    std::sort(names.begin(), names.end());
    const std::vector<std::string> expected{"Level", "Sample", "Sample.origin", "Sample.payload", "Side"};
    BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_readable_format_says_nothing_of_the_fields)
{
    const message_producer<Sample> producer{name};
    const message_consumer<Sample> consumer{name};
    BOOST_TEST(producer.info().format == samepage::describe_messages<Sample>());
    BOOST_TEST(consumer.info().format == samepage::describe_messages<Sample>());
}

BOOST_AUTO_TEST_CASE(no_path_of_the_machine_that_compiled_a_schema_gets_into_a_channel)
{
    const message_producer<Sample> producer{name};
    const auto stored = samepage::ring::read_channel_type(name);
    BOOST_TEST(contains(stored.detail, "Sample.payload"));
    BOOST_TEST(!contains(stored.detail, ".capnp"));
    BOOST_TEST(!contains(stored.detail, "/"));
}

BOOST_AUTO_TEST_CASE(the_same_schema_is_the_same_bytes_whoever_compiled_it)
{
    std::string compiled;
    {
        const message_producer<Sample> producer{name};
        compiled = samepage::ring::read_channel_type(name).detail;
        samepage::remove_channel(name);
    }
    const auto file = schema_file::of_text(schema_file::text_at(SAMEPAGE_TEST_SCHEMA));
    const message_producer<DynamicStruct> producer{name, file.type("Sample")};
    BOOST_TEST((samepage::ring::read_channel_type(name).detail == compiled));
}

BOOST_AUTO_TEST_CASE(the_bytes_are_a_message_of_the_schema_in_the_layout_document)
{
    const auto document = schema_file::text_at(SAMEPAGE_LAYOUT_DOCUMENT);
    const auto begin = document.find("@0x", document.find("```capnp"));
    const auto file = schema_file::of_text(document.substr(begin, document.find("```", begin) - begin));

    const message_producer<Sample> producer{name};
    const auto stored = samepage::ring::read_channel_type(name).detail;
    std::vector<capnp::word> words(stored.size() / sizeof(capnp::word));
    std::memcpy(words.data(), stored.data(), stored.size());
    capnp::FlatArrayMessageReader reader{kj::arrayPtr(words.data(), words.size())};
    const auto root = reader.getRoot<DynamicStruct>(file.type("ChannelSchema"));
    const auto id = root.get("root").as<DynamicStruct>().get("struct").as<DynamicStruct>().get("typeId");
    BOOST_TEST(id.as<std::uint64_t>() == capnp::typeId<Sample>());
    BOOST_TEST(root.get("nodes").as<capnp::DynamicList>().size() == 5U);
    BOOST_TEST(contains(kj::str(root).cStr(), "name = \"quantity\""));
}

BOOST_AUTO_TEST_CASE(the_argument_of_a_generic_type_is_part_of_the_schema)
{
    using boxes::Box;
    using boxes::Thing;
    BOOST_TEST(samepage::describe_messages<Box<capnp::Text>>().ends_with(" Box(Text)"));
    BOOST_TEST(samepage::describe_messages<Box<capnp::List<Box<Thing>>>>().ends_with(" Box(List(Box(Thing)))"));
    BOOST_TEST(samepage::describe_messages<Box<>>().ends_with(" Box"));

    message_producer<Box<Thing>> producer{name};
    message_consumer<DynamicStruct> consumer{name};
    auto draft = producer.loan();
    draft.root().initValue().setNumber(3);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(text_of(consumer.take().root()) == "(value = (number = 3))");
    const auto told = refusal([&] { const message_consumer<Box<capnp::Text>> other{name}; });
    BOOST_TEST(contains(told, "Box(Text)"), told);
    BOOST_TEST(contains(told, "Box(Thing)"), told);
    BOOST_TEST(contains(told, "parameter T of Box: Text here, Thing in the channel"), told);
}

BOOST_AUTO_TEST_CASE(a_type_inside_a_generic_one_has_its_arguments_too)
{
    using Lid = boxes::Box<boxes::Thing>::Lid;
    message_producer<Lid> producer{name};
    message_consumer<DynamicStruct> consumer{name};
    auto draft = producer.loan();
    draft.root().initValue().setNumber(4);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(text_of(consumer.take().root()) == "(value = (number = 4))");
    const auto told = refusal([&] { const message_consumer<boxes::Box<capnp::Text>::Lid> other{name}; });
    BOOST_TEST(contains(told, "Text here, Thing in the channel"), told);
}

BOOST_AUTO_TEST_CASE(types_that_only_an_argument_leads_to_are_there)
{
    message_producer<boxes::Shelf> producer{name};
    message_consumer<DynamicStruct> consumer{name};
    auto draft = producer.loan();
    draft.root().initThings().initValue().setNumber(6);
    draft.root().initBoxes(1)[0].initValue().setValue("deep");
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(text_of(consumer.take().root()) ==
               R"((things = (value = (number = 6)), boxes = [(value = (value = "deep"))]))");
}

BOOST_AUTO_TEST_CASE(an_unbound_generic_type_fits_a_bound_one)
{
    const message_producer<boxes::Box<>> producer{name};
    const message_consumer<boxes::Box<boxes::Thing>> consumer{name};
    BOOST_TEST(consumer.info().inode == producer.info().inode);
}

BOOST_AUTO_TEST_CASE(versions_that_capnp_calls_compatible_join_in_either_order)
{
    for (const char* version : {"first", "field_added", "renamed", "enumerant_added", "union_added", "group_made",
                                "list_of_structs", "parameter_added"}) {
        BOOST_TEST_CONTEXT(version)
        {
            BOOST_TEST(joining(name, "first", version) == "not refused");
        }
    }
    BOOST_TEST(joining(name, "field_added", "renamed") == "not refused");
    BOOST_TEST(joining(name, "first", "parameter_added", "Boxes") == "not refused");
}

BOOST_AUTO_TEST_CASE(others_are_refused_with_the_place_and_both_sides)
{
    struct expectation {
        const char* version;
        const char* words;
    };
    constexpr std::array expectations{
        expectation{"type_changed", "Level.price: Float32 here, Float64 in the channel"},
        expectation{"ordinals_changed", "Level.quantity (price in the channel): UInt32 here, Float64 in the channel"},
        expectation{"default_changed", "Order.count: default 8 here, default 7 in the channel"},
        expectation{"enum_replaced", "Order.side: Phase here, Side in the channel"},
        expectation{"struct_list_changed", "Order.sizes: List(Size) here, List(UInt32) in the channel"},
        expectation{"kind_changed", "Level: an enum here, a struct in the channel"},
        expectation{"union_moved", "Order.note: member 1 of the union here, in no union in the channel"},
    };
    for (const auto& [version, words] : expectations) {
        const auto told = joining(name, "first", version);
        BOOST_TEST(contains(told, words), version << ": " << told);
        BOOST_TEST(contains(told, "\"capnp:b1f0c0c43f1a6e03 Order\""), told);
    }
}

BOOST_AUTO_TEST_CASE(other_arguments_of_a_field_s_type_are_refused_and_named)
{
    const auto told = joining(name, "first", "arguments_changed", "Boxes");
    BOOST_TEST(contains(told, "Boxes.texts, parameter T of Box: List(Text) here, Text in the channel"), told);
    BOOST_TEST(contains(told, "Order here, Level in the channel"), told);
}

BOOST_AUTO_TEST_CASE(upgrades_and_downgrades_of_one_type_do_not_mix)
{
    const auto told = joining(name, "field_added", "parameter_added");
    BOOST_TEST(contains(told, "Level: neither is the newer one: 1 parameter here, 0 in the channel, but "
                              "2 fields here, 3 in the channel"),
               told);
}

BOOST_AUTO_TEST_CASE(another_id_is_another_type_with_both_names)
{
    const auto told = joining(name, "first", "other_id");
    BOOST_TEST(contains(told, "expected messages \"capnp:b1f0c0c43f1a6e08 Order\""), told);
    BOOST_TEST(contains(told, "found messages \"capnp:b1f0c0c43f1a6e03 Order\""), told);
}

BOOST_AUTO_TEST_CASE(a_refused_joiner_leaves_nothing_behind)
{
    const schema_file first{"first"};
    const schema_file changed{"type_changed"};
    message_producer<DynamicStruct> producer{name, first.type("Order"), {.max_producers = 2, .max_consumers = 1}};
    for (int attempt = 0; attempt < 3; ++attempt) {
        refusal([&] { const message_consumer<DynamicStruct> refused{name, changed.type("Order")}; });
        refusal([&] { const message_producer<DynamicStruct> refused{name, changed.type("Order")}; });
    }
    BOOST_TEST(producer.consumer_count() == 0U);
    const message_consumer<DynamicStruct> consumer{name, first.type("Order")};
    const message_producer<DynamicStruct> second{name, first.type("Order")};
    BOOST_TEST(second.info().lane == 1U);
}

BOOST_AUTO_TEST_CASE(an_older_reader_sees_what_it_knows)
{
    const schema_file first{"first"};
    const schema_file newer{"field_added"};
    BOOST_TEST(read(name, newer, first, [](DynamicStruct::Builder order) {
                   fill(order);
                   order.set("venue", "XLON");
               }) == filled);
}

BOOST_AUTO_TEST_CASE(a_newer_reader_sees_defaults_where_an_older_writer_had_nothing)
{
    const schema_file first{"first"};
    const schema_file newer{"field_added"};
    message_producer<DynamicStruct> producer{name, first.type("Order")};
    message_consumer<DynamicStruct> consumer{name, newer.type("Order")};
    auto draft = producer.loan();
    fill(draft.root());
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(message.root().get("venue").as<capnp::Text>().cStr() == "XETR");
    BOOST_TEST(message.root().get("id").as<unsigned>() == 5U);
    BOOST_TEST(message.root().get("best").as<DynamicStruct>().get("hidden").as<unsigned>() == 0U);
}

BOOST_AUTO_TEST_CASE(an_enumerant_that_a_reader_does_not_know_is_a_number)
{
    const schema_file first{"first"};
    const schema_file newer{"enumerant_added"};
    BOOST_TEST(contains(read(name, newer, first, [](DynamicStruct::Builder order) { order.set("side", "cross"); }),
                        "side = (2)"));
}

BOOST_AUTO_TEST_CASE(a_field_is_read_as_the_union_or_group_that_it_became_part_of)
{
    const schema_file first{"first"};
    const schema_file united{"union_added"};
    const schema_file grouped{"group_made"};
    BOOST_TEST(contains(read(name, first, united, fill), R"(note = "urgent")"));
    BOOST_TEST(contains(read(name, united, first, fill), R"(note = "urgent")"));
    BOOST_TEST(contains(read(name, first, grouped, fill), "amount = (count = 7)"));
    BOOST_TEST(
        contains(read(name, grouped, first,
                      [](DynamicStruct::Builder order) { order.get("amount").as<DynamicStruct>().set("count", 9); }),
                 "count = 9"));
}

BOOST_AUTO_TEST_CASE(a_list_of_numbers_is_read_as_the_structs_it_became_and_back)
{
    const schema_file first{"first"};
    const schema_file newer{"list_of_structs"};
    BOOST_TEST(
        contains(read(name, first, newer, fill), "sizes = [(shares = 10, venue = 0), (shares = 20, venue = 0)]"));
    BOOST_TEST(contains(read(name, newer, first,
                             [](DynamicStruct::Builder order) {
                                 auto sizes = order.init("sizes", 1).as<capnp::DynamicList>();
                                 sizes[0].as<DynamicStruct>().set("shares", 30);
                             }),
                        "sizes = [30]"));
}

BOOST_AUTO_TEST_CASE(a_producer_of_another_version_joins_and_the_channel_keeps_its_creators_schema)
{
    const schema_file first{"first"};
    const schema_file newer{"field_added"};
    message_producer<DynamicStruct> creator{name, first.type("Order")};
    message_producer<DynamicStruct> other{name, newer.type("Order")};
    message_consumer<DynamicStruct> consumer{name};
    BOOST_TEST(consumer.schema().getFields().size() == first.type("Order").getFields().size());
    BOOST_TEST(other.schema().getFields().size() == newer.type("Order").getFields().size());
    auto draft = other.loan();
    fill(draft.root());
    draft.root().set("venue", "XLON");
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(text_of(consumer.take().root()) == filled);
}

BOOST_AUTO_TEST_CASE(generated_code_reads_a_newer_version_of_its_schema_and_writes_for_one)
{
    const auto newer = newer_samples();
    message_producer<DynamicStruct> producer{name, newer.type("Sample")};
    message_consumer<Sample> consumer{name};
    message_producer<Sample> older{name};
    message_consumer<DynamicStruct> watcher{name};

    auto draft = producer.loan();
    capnp::MallocMessageBuilder elsewhere;
    sample_messages::fill(elsewhere.initRoot<Sample>(), 77);
    draft.builder().setRoot(elsewhere.getRoot<Sample>().asReader());
    draft.root().set("extra", "more");
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(sample_messages::difference(consumer.take().root(), 77) == "");
    BOOST_TEST(watcher.take().root().get("extra").as<capnp::Text>().cStr() == "more");

    auto second = older.loan();
    sample_messages::fill(second.root(), 78);
    BOOST_REQUIRE((second.publish() == outcome::ok));
    BOOST_TEST(sample_messages::difference(consumer.take().root(), 78) == "");
    BOOST_TEST(watcher.take().root().get("extra").as<capnp::Text>().cStr() == "none");
}

BOOST_AUTO_TEST_CASE(a_consumer_without_generated_code_reads_every_field)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> generated{name};
    message_consumer<DynamicStruct> dynamic{name};
    for (const std::uint32_t seed : {0U, 1U, 2U, 3U, 5000U}) {
        auto draft = producer.loan(8192);
        sample_messages::fill(draft.root(), seed);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto expected = generated.take();
        const auto message = dynamic.take();
        BOOST_REQUIRE(message);
        BOOST_TEST(text_of(message.root()) == kj::str(expected.root()).cStr());
    }
    BOOST_TEST(dynamic.schema().getFields().size() == capnp::Schema::from<Sample>().getFields().size());
}

BOOST_AUTO_TEST_CASE(a_consumer_without_generated_code_reads_what_another_process_built)
{
    constexpr std::uint32_t count = 500;
    sample_process producer("produce", name, count);
    message_consumer<DynamicStruct> consumer{name, {.wait_for_channel = 60s}};
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        const auto message = consumer.take();
        BOOST_REQUIRE(message);
        capnp::MallocMessageBuilder expected;
        sample_messages::fill(expected.initRoot<Sample>(), seed);
        BOOST_REQUIRE_EQUAL(text_of(message.root()), kj::str(expected.getRoot<Sample>().asReader()).cStr());
    }
    BOOST_TEST((consumer.take().why() == outcome::closed));
    BOOST_TEST(producer.wait() == 0);
}

BOOST_AUTO_TEST_CASE(another_process_with_older_generated_code_reads_a_newer_version)
{
    constexpr std::uint32_t count = 500;
    const auto newer = newer_samples();
    message_producer<DynamicStruct> producer{name, newer.type("Sample")};
    sample_process consumer("consume", name, count);
    while (producer.consumer_count() == 0) {
        std::this_thread::yield();
    }
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        capnp::MallocMessageBuilder elsewhere;
        sample_messages::fill(elsewhere.initRoot<Sample>(), seed);
        auto draft = producer.loan(8192);
        draft.builder().setRoot(elsewhere.getRoot<Sample>().asReader());
        draft.root().set("extra", "more");
        BOOST_REQUIRE((draft.publish() == outcome::ok));
    }
    producer.close();
    BOOST_TEST(consumer.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_producer_without_generated_code_builds_what_generated_code_reads)
{
    const auto file = schema_file::of_text(schema_file::text_at(SAMEPAGE_TEST_SCHEMA));
    message_producer<DynamicStruct> producer{name, file.type("Sample")};
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan();
    draft.root().set("text", "by name");
    draft.root().init("best").as<DynamicStruct>().set("price", 2.5);
    draft.root().get("payload").as<DynamicStruct>().set("count", 4);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(sample_messages::view(message.root().getText()) == "by name");
    BOOST_TEST(message.root().getBest().getPrice() == 2.5);
    BOOST_TEST(message.root().getPayload().getCount() == 4U);
}

BOOST_AUTO_TEST_CASE(a_blob_is_lent_by_a_producer_without_generated_code)
{
    message_producer<DynamicStruct> producer{name, capnp::Schema::from<Sample>()};
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan();
    draft.init_blob("blob", 3)[2] = std::byte{9};
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(consumer.take().root().getBlob()[2] == 9);
}

BOOST_AUTO_TEST_CASE(the_channels_schema_lives_as_long_as_the_consumer_wherever_it_moves)
{
    message_producer<Sample> producer{name};
    message_consumer<DynamicStruct> first{name};
    auto draft = producer.loan();
    sample_messages::fill(draft.root(), 9);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    message_consumer<DynamicStruct> consumer = std::move(first);
    auto message = consumer.take();
    const auto moved = std::move(message);
    BOOST_TEST(moved.root().get("number").as<int>() == -9);
}

BOOST_AUTO_TEST_CASE(an_interface_in_a_message_is_carried_in_the_schema_and_reads_as_null)
{
    const schema_file file{"interface"};
    message_producer<DynamicStruct> producer{name, file.type("Offer")};
    message_consumer<DynamicStruct> consumer{name};
    auto draft = producer.loan();
    draft.root().set("number", 3);
    draft.root().set("text", "for sale");
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    BOOST_TEST(!message.root().has("service"));
    BOOST_TEST(text_of(message.root()) == R"((number = 3, text = "for sale"))");
    std::vector<std::string> names;
    const channel_schema schema{name};
    for (const auto type : schema.types()) {
        names.emplace_back(type.getProto().getDisplayName().cStr());
    }
    const std::vector<std::string> expected{"Offer", "Base", "Service"};
    BOOST_TEST(names == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(defaults_of_every_kind_are_read_from_the_channel)
{
    const schema_file file{"defaults"};
    message_producer<DynamicStruct> producer{name, file.type("Defaults")};
    message_consumer<DynamicStruct> consumer{name};
    BOOST_REQUIRE((producer.loan().publish() == outcome::ok));
    const auto message = consumer.take();
    capnp::MallocMessageBuilder empty;
    const auto expected = empty.initRoot<DynamicStruct>(file.type("Defaults")).asReader();
    for (const auto field : file.type("Defaults").getFields()) {
        const std::string field_name = field.getProto().getName().cStr();
        BOOST_TEST(kj::str(message.root().get(field_name.c_str())).cStr() == kj::str(expected.get(field)).cStr(),
                   field_name);
    }
}

BOOST_AUTO_TEST_CASE(raw_bytes_of_a_channel_of_messages_are_taken_under_its_format)
{
    message_producer<Sample> producer{name};
    samepage::bytes_consumer consumer{name, {}, samepage::describe_messages<Sample>()};
    auto draft = producer.loan();
    draft.root().setSequence(11);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto batch = consumer.take();
    samepage::page_reader reader{batch.front()};
    BOOST_TEST(reader.getRoot<Sample>().getSequence() == 11U);
    const auto told = refusal([&] { const samepage::bytes_consumer other{name}; });
    BOOST_TEST(contains(told, samepage::describe_messages<Sample>()), told);
}

BOOST_AUTO_TEST_CASE(a_channel_that_only_names_its_type_is_taken_at_its_word_but_has_no_schema_to_read_by)
{
    const samepage::bytes_producer producer{name, {}, samepage::describe_messages<Sample>()};
    const message_consumer<Sample> consumer{name};
    const auto told = refusal([&] { const message_consumer<DynamicStruct> other{name}; });
    BOOST_TEST(contains(told, "without one"), told);
    BOOST_TEST(contains(refusal([&] { const channel_schema schema{name}; }), "without one"));
    const message_consumer<DynamicStruct> given{name, capnp::Schema::from<Sample>()};
    BOOST_TEST(given.schema().getProto().getId() == capnp::typeId<Sample>());
}

BOOST_AUTO_TEST_CASE(a_channel_of_other_records_has_no_schema)
{
    const samepage::producer<std::uint64_t> numbers{name};
    BOOST_TEST(contains(refusal([&] { const channel_schema schema{name}; }), "a channel of messages"));
    const auto told = refusal([&] { const message_consumer<DynamicStruct> consumer{name}; });
    BOOST_TEST(contains(told, "found records, format \"Q\""), told);
    refusal([&] { const channel_schema schema{name + "-none"}; }, samepage::errc::not_found);
}

BOOST_AUTO_TEST_SUITE_END()
