// SPDX-License-Identifier: BSL-1.0
// hostile_schema_test.cpp: schemas in a channel whose checksum is right and whose bytes are not what a compiler makes.
#include "sample_messages.hpp"
#include "schema_file.hpp"

#include <samepage/channel/message_check.hpp>
#include <samepage/channel/message_description.hpp>
#include <samepage/channel/message_plan.hpp>
#include <samepage/channel/read_limits.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/dynamic.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace proto = capnp::schema;
using samepage::errc;
using samepage::message_description;
using samepage::ring::described_type;

namespace {

described_type described(capnp::StructSchema schema)
{
    message_description description{schema};
    const auto type = description.type();
    return {.kind = samepage::ring::record_kind::framed,
            .alignment = 8,
            .format = std::string{type.format},
            .detail = std::string{type.detail}};
}

std::vector<capnp::word> words_of(std::string_view bytes)
{
    std::vector<capnp::word> words(bytes.size() / sizeof(capnp::word));
    std::memcpy(words.data(), bytes.data(), words.size() * sizeof(capnp::word));
    return words;
}

struct stored_parts {
    proto::Type::Builder root;
    capnp::List<proto::Node>::Builder nodes;

    [[nodiscard]] proto::Node::Builder node(std::string_view name)
    {
        for (auto each : nodes) {
            if (name == each.getDisplayName().cStr()) {
                return each;
            }
        }
        throw std::runtime_error("no node " + std::string{name});
    }
};

/// A schema of versions/, changed by `change`.
described_type changed(std::string_view file, std::string_view type, auto&& change)
{
    const schema_file parsed{file};
    auto made = described(parsed.type(type));
    const auto words = words_of(made.detail);
    capnp::FlatArrayMessageReader reader{kj::arrayPtr(words.data(), words.size())};
    capnp::MallocMessageBuilder builder{1U << 16U}; // one segment
    builder.setRoot(reader.getRoot<capnp::AnyPointer>());
    auto pointers = builder.getRoot<capnp::AnyStruct>().getPointerSection();
    change(stored_parts{pointers[0].getAs<proto::Type>(), pointers[1].getAs<capnp::List<proto::Node>>()});
    const auto bytes = capnp::messageToFlatArray(builder);
    made.detail.assign(reinterpret_cast<const char*>(bytes.begin()), bytes.asBytes().size());
    return made;
}

/// What a consumer that reads by the channel's schema is told of it; nothing if it may join.
std::string told(const described_type& found)
{
    message_description any;
    const auto refused = any.judge(found);
    if (refused) {
        BOOST_TEST((refused->code == errc::corrupt));
    }
    return refused ? refused->found : "";
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

void fill_any(capnp::DynamicStruct::Builder into, int depth)
{
    for (const auto field : into.getSchema().getFields()) {
        try {
            const auto type = field.getType();
            if (type.isStruct() && depth > 0) {
                fill_any(field.getProto().isGroup() ? into.get(field).as<capnp::DynamicStruct>()
                                                    : into.init(field).as<capnp::DynamicStruct>(),
                         depth - 1);
            } else if (type.isList() || type.isText() || type.isData()) {
                into.init(field, 3);
            } else if (type.isInt64() || type.isUInt64() || type.isFloat64()) {
                into.set(field, 1);
            } else if (type.isBool()) {
                into.set(field, true);
            }
        } catch (const kj::Exception&) { // what the dynamic API refuses is well
        }
    }
}

/// Reads and builds by a schema that was let in: whatever it says, no byte outside of the message may be touched.
void use(capnp::StructSchema schema)
{
    try {
        capnp::MallocMessageBuilder sample;
        sample_messages::fill(sample.initRoot<samples::Sample>(), 3);
        const auto words = capnp::messageToFlatArray(sample);
        capnp::FlatArrayMessageReader reader{words, {.traversalLimitInWords = 1U << 16U, .nestingLimit = 20}};
        static_cast<void>(kj::str(reader.getRoot<capnp::DynamicStruct>(schema)));
    } catch (const kj::Exception&) {
    }
    try {
        const samepage::message_plan plan{schema};
        capnp::MallocMessageBuilder sample;
        sample_messages::fill(sample.initRoot<samples::Sample>(), 4);
        const auto words = capnp::messageToFlatArray(sample);
        capnp::FlatArrayMessageReader reader{words};
        static_cast<void>(check_message(plan, reader, samepage::read_limits{}.for_check(words.asBytes().size())));
    } catch (const samepage::error& refused) {
        BOOST_TEST((refused.code() == errc::malformed));
    }
    try {
        capnp::MallocMessageBuilder built;
        fill_any(built.initRoot<capnp::DynamicStruct>(schema), 3);
    } catch (const kj::Exception&) {
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_schemas)

BOOST_AUTO_TEST_CASE(an_unchanged_schema_is_let_in)
{
    BOOST_TEST(told(changed("first", "Order", [](stored_parts) {})) == "");
    BOOST_TEST(told(changed("defaults", "Defaults", [](stored_parts) {})) == "");
}

// The loader multiplies in 32 bits: these offsets come out as 0.
BOOST_AUTO_TEST_CASE(a_field_outside_of_its_struct_is_corrupt_also_where_the_loaders_arithmetic_overflows)
{
    for (const std::uint32_t offset : {3U, (1U << 26U) - 1, ~0U}) {
        BOOST_TEST(contains(told(changed("first", "Order",
                                         [&](stored_parts parts) {
                                             parts.node("Order").getStruct().getFields()[0].getSlot().setOffset(offset);
                                         })),
                            "Order: field id lies outside"));
    }
    BOOST_TEST(contains(told(changed("first", "Order",
                                     [](stored_parts parts) {
                                         parts.node("Order").getStruct().getFields()[4].getSlot().setOffset(~0U);
                                     })),
                        "Order: field note lies outside"));
}

// The loader writes the members that do not fit behind its own array.
BOOST_AUTO_TEST_CASE(a_union_of_more_or_fewer_members_than_it_says_is_corrupt)
{
    for (const unsigned count : {0U, 3U, 9U, 65535U}) {
        BOOST_TEST(contains(told(changed("union_added", "Order",
                                         [&](stored_parts parts) {
                                             parts.node("Order").getStruct().setDiscriminantCount(
                                                 static_cast<std::uint16_t>(count));
                                         })),
                            "Order: a union whose members"));
    }
    BOOST_TEST(
        contains(told(changed("union_added", "Order",
                              [](stored_parts parts) { parts.node("Order").getStruct().setDiscriminantOffset(~0U); })),
                 "Order: a union whose members"));
}

BOOST_AUTO_TEST_CASE(groups_in_a_circle_or_of_others_or_larger_than_their_struct_are_corrupt)
{
    const auto group_with = [](auto change) {
        return told(changed("group_made", "Order",
                            [&](stored_parts parts) { change(parts.node("Order"), parts.node("Order.amount")); }));
    };
    using node = proto::Node::Builder;
    BOOST_TEST(contains(group_with([](node, node group) { group.setScopeId(group.getId()); }), "a group that"));
    BOOST_TEST(contains(group_with([](node, node group) { group.setScopeId(1); }), "a group that"));
    BOOST_TEST(
        contains(group_with([](node, node group) { group.getStruct().setDataWordCount(9000); }), "a group that"));
    BOOST_TEST(contains(group_with([](node, node group) { group.getStruct().setPointerCount(9000); }), "a group that"));
    BOOST_TEST(contains(group_with([](node, node group) { group.getStruct().setIsGroup(false); }), "a group that"));
    BOOST_TEST(contains(group_with([](node order, node) {
                            auto fields = order.getStruct().getFields();
                            const auto group = fields[5].getGroup().getTypeId();
                            fields[4].initGroup().setTypeId(group); // a second time
                        }),
                        "a group that"));
}

BOOST_AUTO_TEST_CASE(a_type_that_is_missing_or_of_another_kind_is_corrupt)
{
    const auto with_type = [](auto change) {
        return told(changed("first", "Order", [&](stored_parts parts) {
            change(parts.node("Order").getStruct().getFields()[2].getSlot().getType());
        }));
    };
    BOOST_TEST(contains(with_type([](proto::Type::Builder type) { type.initStruct().setTypeId(7); }), "not there"));
    BOOST_TEST(contains(with_type([](proto::Type::Builder type) { type.initStruct().setTypeId(0xb1f0c0c43f1a6e01); }),
                        "of another kind"));
    BOOST_TEST(contains(with_type([](proto::Type::Builder type) { type.setInt8(); }), "Value did not match type"));
    BOOST_TEST(
        contains(with_type([](proto::Type::Builder type) { type.initAnyPointer().initParameter().setScopeId(1); }),
                 "uses parameters"));
}

// Schema::getShortDisplayName() would hand out what lies behind it.
BOOST_AUTO_TEST_CASE(a_name_that_is_shorter_than_its_prefix_is_corrupt)
{
    const auto with_prefix = [](unsigned bytes) {
        return told(changed("first", "Order",
                            [&](stored_parts parts) { parts.node("Level").setDisplayNamePrefixLength(bytes); }));
    };
    BOOST_TEST(with_prefix(5) == "");
    BOOST_TEST(contains(with_prefix(6), "Level: a name that is shorter"));
    BOOST_TEST(contains(with_prefix(~0U), "Level: a name that is shorter"));
}

BOOST_AUTO_TEST_CASE(nodes_twice_or_out_of_order_or_of_another_root_are_corrupt)
{
    BOOST_TEST(contains(told(changed("first", "Order", [](stored_parts parts) { parts.nodes[1].setId(1); })),
                        "not in the order"));
    BOOST_TEST(contains(
        told(changed("first", "Order", [](stored_parts parts) { parts.nodes[1].setId(parts.nodes[0].getId()); })),
        "not in the order"));
    BOOST_TEST(contains(
        told(changed("first", "Order",
                     [](stored_parts parts) { parts.root.getStruct().setTypeId(parts.node("Level").getId()); })),
        "of another type than"));
    BOOST_TEST(contains(told(changed("first", "Order", [](stored_parts parts) { parts.root.setText(); })), "root"));
}

BOOST_AUTO_TEST_CASE(lists_without_bytes_are_no_way_to_make_anyone_count_for_hours)
{
    const auto refused = told(changed("defaults", "Defaults", [](stored_parts parts) {
        for (auto field : parts.node("Defaults").getStruct().getFields()) {
            if (std::string_view{field.getName().cStr()} == "nothings") {
                field.getSlot().initDefaultValue().initList().initAs<capnp::List<capnp::Void>>((1U << 29U) - 1);
            }
        }
    }));
    BOOST_TEST(!refused.empty());
}

BOOST_AUTO_TEST_CASE(pointers_that_share_what_they_point_to_are_corrupt)
{
    // A pointer list in which each pointer leads to the next list, twice: 2^20 leaves in 40 words.
    std::vector<std::uint64_t> words{std::uint64_t{1} << 32U}; // stream header, its length below
    const auto list_at = [](std::uint64_t offset) { return offset << 2U | 1U | std::uint64_t{6 | 2U << 3U} << 32U; };
    words.push_back(std::uint64_t{2} << 48U); // the root: a struct of two pointers, right behind
    words.push_back(list_at(1));
    words.push_back(list_at(0));
    for (int level = 0; level < 20; ++level) {
        words.push_back(list_at(1));
        words.push_back(list_at(0));
    }
    words.push_back(0);
    words.push_back(0);
    words[0] = std::uint64_t{words.size() - 1} << 32U;
    const schema_file parsed{"first"};
    auto found = described(parsed.type("Order"));
    found.detail.assign(reinterpret_cast<const char*>(words.data()), words.size() * 8);
    BOOST_TEST(!told(found).empty());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_message_are_corrupt)
{
    const schema_file parsed{"first"};
    auto found = described(parsed.type("Order"));
    const auto good = found.detail;
    for (const std::string_view bytes : {"x", "12345678", "1234567890123456"}) {
        found.detail = bytes;
        BOOST_TEST(!told(found).empty());
    }
    for (std::size_t size = 1; size < good.size(); ++size) {
        found.detail = good.substr(0, size);
        BOOST_TEST_REQUIRE(!told(found).empty());
    }
}

BOOST_AUTO_TEST_CASE(mutated_schemas_are_refused_or_harmless)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    const auto below = [&](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
    };

    const schema_file defaults{"defaults"};
    const schema_file grouped{"group_made"};
    struct subject {
        explicit subject(capnp::StructSchema schema) : description(schema), sound(described(schema)) {}
        message_description description;
        described_type sound;
    };
    std::array subjects{subject{capnp::Schema::from<samples::Sample>()}, subject{defaults.type("Defaults")},
                        subject{grouped.type("Order")}, subject{grouped.type("Boxes")}};
    unsigned let_in = 0;
    unsigned joined = 0;
    constexpr int rounds = 20000;
    for (int round = 0; round < rounds; ++round) {
        auto& subject = subjects[below(subjects.size())];
        auto found = subject.sound;
        for (auto changes = 1 + below(4); changes > 0; --changes) {
            const auto at = below(found.detail.size());
            switch (below(4)) {
            case 0: found.detail[at] = static_cast<char>(found.detail[at] ^ (1 << below(8))); break;
            case 1: found.detail[at] = static_cast<char>(below(256)); break;
            case 2: { // a whole word, small or all ones
                const std::uint64_t word = below(2) == 0 ? ~std::uint64_t{0} : below(64);
                std::memcpy(found.detail.data() + at / 8 * 8, &word, 8);
                break;
            }
            default: { // a word from elsewhere
                std::uint64_t word = 0;
                std::memcpy(&word, found.detail.data() + below(found.detail.size()) / 8 * 8, 8);
                std::memcpy(found.detail.data() + at / 8 * 8, &word, 8);
            }
            }
        }
        BOOST_TEST_CONTEXT("seed " << seed << ", round " << round)
        {
            const auto refused = subject.description.judge(found);
            joined += refused ? 0U : 1U;
            BOOST_TEST_REQUIRE((!refused || refused->code == errc::corrupt || refused->code == errc::wrong_type));
            message_description any;
            if (const auto corrupt = any.judge(found)) {
                BOOST_TEST_REQUIRE((corrupt->code == errc::corrupt));
            } else {
                ++let_in;
                use(any.schema());
            }
        }
    }
    BOOST_TEST_MESSAGE(let_in << " of " << rounds << " were sound, " << joined << " compatible");
    BOOST_TEST(let_in > 0U);
    BOOST_TEST(let_in < static_cast<unsigned>(rounds));
}

BOOST_AUTO_TEST_SUITE_END()
