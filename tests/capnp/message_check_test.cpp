// SPDX-License-Identifier: BSL-1.0
// message_check_test.cpp: what a check refuses, what it lets through, and how it counts.
#define BOOST_TEST_MODULE capnp_check
#include "allocation_counter.hpp"
#include "check_samples.hpp"
#include "whole_message.hpp"

#include <samepage/channel/message_check.hpp>
#include <samepage/channel/page_reader.hpp>
#include <samepage/channel/read_limits.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/schema-loader.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace checks;
using samepage::message_fault;
using samepage::message_plan;
using samepage::page_reader;
using samepage::plan_of;
using samepage::read_limits;
using kind = samepage::message_fault::kind;

namespace {

/// A stream message of one segment, whose words may be changed.
class record {
public:
    template <class Schema, class Fill>
    static record of(Fill fill)
    {
        capnp::MallocMessageBuilder builder(4096);
        fill(builder.initRoot<Schema>());
        const auto flat = capnp::messageToFlatArray(builder);
        record made;
        made.words.resize(flat.size());
        std::memcpy(made.words.data(), flat.begin(), flat.asBytes().size());
        return made;
    }

    std::vector<std::uint64_t> words; ///< the root pointer is words[1]

    /// Pointer `slot` of the root struct, as its root pointer has it.
    [[nodiscard]] std::uint64_t& pointer(std::size_t slot) { return words[2 + (words[1] >> 32U & 0xFFFFU) + slot]; }

    [[nodiscard]] message_fault check(const message_plan& plan, const capnp::ReaderOptions& limits) const
    {
        page_reader reader(std::as_bytes(std::span{words}));
        BOOST_REQUIRE(reader);
        return check_message(plan, reader, limits);
    }
    template <class Schema>
    [[nodiscard]] message_fault check(const capnp::ReaderOptions& limits = {}) const
    {
        return check(*plan_of<Schema>(), limits);
    }
};

kind fault_of(const message_fault& fault)
{
    return fault.what;
}

std::ostream& print(std::ostream& out, kind what)
{
    return out << static_cast<int>(what);
}

capnp::ReaderOptions nested(int deep)
{
    capnp::ReaderOptions limits;
    limits.nestingLimit = deep;
    return limits;
}

capnp::ReaderOptions words(std::uint64_t most)
{
    capnp::ReaderOptions limits;
    limits.traversalLimitInWords = most;
    return limits;
}

/// The least traversal limit with which `passes`.
std::uint64_t least_words(const auto& passes)
{
    std::uint64_t low = 0;
    std::uint64_t high = 1 << 20;
    while (low < high) {
        const auto middle = (low + high) / 2;
        if (passes(words(middle))) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

constexpr std::uint64_t list_of(std::uint64_t size, std::uint64_t count, std::int32_t offset = 0)
{
    return 1 | std::uint64_t{static_cast<std::uint32_t>(offset) << 2U} | size << 32U | count << 35U;
}

} // namespace

namespace samepage {
static std::ostream& boost_test_print_type(std::ostream& out, message_fault::kind what)
{
    return print(out, what);
}
} // namespace samepage

BOOST_AUTO_TEST_SUITE(message_check)

BOOST_AUTO_TEST_CASE(a_sound_message_has_no_fault_and_no_words)
{
    const auto sound = record::of<All>([](All::Builder all) { check_samples::fill(all, 5); });
    const auto fault = sound.check<All>();
    BOOST_TEST(!fault);
    BOOST_TEST((fault.why() == samepage::outcome::ok));
    BOOST_TEST(fault.text(*plan_of<All>()) == "");
}

BOOST_AUTO_TEST_CASE(a_null_root_is_sound)
{
    auto empty = record::of<All>([](All::Builder) {});
    empty.words[1] = 0;
    BOOST_TEST(!empty.check<All>());
}

BOOST_AUTO_TEST_CASE(a_text_ends_with_NUL_and_data_need_not)
{
    auto message = record::of<Node>([](Node::Builder node) {
        node.setLabel("1234567"); // its NUL ends a word
        node.getKind().initBlob(8)[7] = 9;
    });
    BOOST_TEST(!message.check<Node>());
    const auto place = 2 + (message.words[1] >> 32U & 0xFFFFU) + (message.words[1] >> 48U); // behind the root
    message.words[place] |= std::uint64_t{1} << 56U;
    BOOST_TEST(fault_of(message.check<Node>()) == kind::not_terminated);
    message.words[place] = 0;
    message.pointer(0) = list_of(2, 0, 1); // of no bytes, not even the NUL
    BOOST_TEST(fault_of(message.check<Node>()) == kind::not_terminated);
    message.pointer(1) = list_of(2, 0, 1);
    message.pointer(0) = 0;
    BOOST_TEST(!message.check<Node>());
}

BOOST_AUTO_TEST_CASE(a_member_of_a_union_is_checked_as_what_is_set)
{
    auto message = record::of<Node>([](Node::Builder node) { node.getKind().setText("text"); });
    auto& discriminant = message.words[2];
    const auto as = [&](std::uint64_t which) {
        discriminant = which;
        return fault_of(message.check<Node>());
    };
    BOOST_TEST(as(Node::Kind::TEXT) == kind::none);
    BOOST_TEST(as(Node::Kind::BLOB) == kind::none);
    BOOST_TEST(as(Node::Kind::CHILD) == kind::not_a_struct);
    BOOST_TEST(as(Node::Kind::CHILDREN) == kind::none); // bytes are read as structs of one byte
    BOOST_TEST(as(Node::Kind::NUMBERS) == kind::elements_too_small);
    BOOST_TEST(as(Node::Kind::BITS) == kind::none);
    BOOST_TEST(as(Node::Kind::ANY) == kind::none);
    BOOST_TEST(as(Node::Kind::TEXTS) == kind::elements_too_small);
    BOOST_TEST(as(Node::Kind::LEAF) == kind::none);
    BOOST_TEST(as(99) == kind::none); // a newer schema's
    message.pointer(1) = list_of(2, 999);
    BOOST_TEST(as(Node::Kind::LEAF) == kind::out_of_bounds); // nobody reads it, but a copy would
}

BOOST_AUTO_TEST_CASE(a_union_within_a_member_of_a_union_asks_for_both)
{
    auto message = record::of<Node>([](Node::Builder node) {
        node.getKind().initPair().setFirst("1st");
        node.getKind().getPair().getSecond().initSmall();
    });
    BOOST_TEST(!message.check<Node>());
    BOOST_REQUIRE((message.words[2] & 0xFFFFU) == Node::Kind::PAIR);
    message.pointer(2) = list_of(2, 0);
    BOOST_TEST(fault_of(message.check<Node>()) == kind::not_a_struct);
    message.words[2] = Node::Kind::LEAF | (message.words[2] & ~std::uint64_t{0xFFFF}); // `small` is set still, pair not
    BOOST_TEST(!message.check<Node>());
}

BOOST_AUTO_TEST_CASE(lists_that_grew_into_structs_are_read_by_either_schema)
{
    const auto old = record::of<Old>([](Old::Builder each) { check_samples::fill(each); });
    const auto grown = record::of<New>([](New::Builder each) { check_samples::fill(each, 3); });
    BOOST_TEST(!old.check<Old>());
    BOOST_TEST(!old.check<New>());
    BOOST_TEST(!grown.check<New>());
    BOOST_TEST(!grown.check<Old>());
}

BOOST_AUTO_TEST_CASE(bits_neither_become_structs_nor_come_from_them)
{
    auto bits = record::of<All>([](All::Builder all) { all.initBools(9); });
    BOOST_TEST(!bits.check<All>());
    bits.pointer(11) = bits.pointer(1); // smalls; the place does not matter
    bits.pointer(1) = 0;
    BOOST_TEST(fault_of(bits.check<All>()) == kind::out_of_bounds);
    bits.pointer(11) = list_of(1, 9, 0);
    BOOST_TEST(fault_of(bits.check<All>()) == kind::bits);
    auto structs = record::of<All>([](All::Builder all) { all.initSmalls(2); });
    std::swap(structs.pointer(1), structs.pointer(11));
    structs.pointer(1) += 10U << 2U;
    BOOST_TEST(fault_of(structs.check<All>()) == kind::bits);
}

BOOST_AUTO_TEST_CASE(generic_types_are_checked_as_they_are_bound)
{
    auto message = record::of<All>([](All::Builder all) {
        all.initAnyBox().getValue().setAs<capnp::Text>("text");
        all.getAnyBox().initBoth().setB("b");
    });
    BOOST_TEST(!message.check<All>());
    const auto put_as = [&](std::size_t slot) {
        auto changed = message;
        changed.pointer(slot) = message.pointer(26) + ((26U - slot) << 2U);
        changed.pointer(26) = 0;
        return fault_of(changed.check<All>());
    };
    BOOST_TEST(put_as(23) == kind::none);               // Box(Text)
    BOOST_TEST(put_as(24) == kind::not_a_struct);       // Box(Node)
    BOOST_TEST(put_as(25) == kind::elements_too_small); // Box(List(Int32))
}

BOOST_AUTO_TEST_CASE(an_interface_is_null_or_a_capability)
{
    auto message = record::of<All>([](All::Builder) {});
    message.pointer(21) = 3 | std::uint64_t{7} << 32U;
    BOOST_TEST(!message.check<All>());
    message.pointer(21) = 3 | 4;
    BOOST_TEST(fault_of(message.check<All>()) == kind::not_a_capability);
    message.pointer(21) = list_of(2, 0);
    BOOST_TEST(fault_of(message.check<All>()) == kind::not_a_capability);
    message.pointer(21) = 0;
    message.pointer(18) = 3 | 4; // AnyPointer
    BOOST_TEST(fault_of(message.check<All>()) == kind::unknown_pointer);
}

BOOST_AUTO_TEST_CASE(pointers_that_the_schema_does_not_know_are_sound_too)
{
    auto message = record::of<New>([](New::Builder grown) { check_samples::fill(grown, 3); });
    BOOST_TEST(!message.check<Old>());
    message.pointer(5) = list_of(7, 1000); // extra
    BOOST_TEST(fault_of(message.check<Old>()) == kind::out_of_bounds);
}

BOOST_AUTO_TEST_CASE(nesting_counts_as_readers_count_it)
{
    const auto message = record::of<Node>([](Node::Builder node) { // 1 to 20
        for (int depth = 1; depth < 20; ++depth) {
            node = node.getKind().initChild();
        }
        node.setLabel("a text is no level");
    });
    BOOST_TEST(!message.check<Node>(nested(20)));
    BOOST_TEST(fault_of(message.check<Node>(nested(19))) == kind::too_deep);
    const auto list = record::of<Node>([](Node::Builder node) { node.getKind().initChildren(1); });
    BOOST_TEST(!list.check<Node>(nested(3))); // struct, list, its element
    BOOST_TEST(fault_of(list.check<Node>(nested(2))) == kind::too_deep);
}

BOOST_AUTO_TEST_CASE(no_check_goes_deeper_than_the_stack_has_room_for)
{
    auto circle = record::of<Node>([](Node::Builder node) { node.getKind().initChild(); });
    const auto back = 2 + (circle.words[1] >> 32U & 0xFFFFU); // from behind the pointer to the root's first word
    circle.pointer(1) = (circle.words[1] & ~std::uint64_t{0xFFFFFFFF}) | static_cast<std::uint32_t>(-(back << 2U));
    const auto fault = circle.check<Node>(nested(INT_MAX));
    BOOST_TEST(fault_of(fault) == kind::too_deep);
}

BOOST_AUTO_TEST_CASE(words_count_as_readers_count_them)
{
    for (const auto& messages : {check_samples::messages(), check_samples::scattered_messages()}) {
        for (const auto& message : messages) {
            if (message.type < 2) { // with AnyPointers, whose landing pads the reading program counts twice
                continue;
            }
            const auto& schema = check_samples::types()[message.type].schema;
            const message_plan plan{schema};
            const auto bytes = std::as_bytes(std::span{message.words});
            const auto by_readers = least_words([&](const capnp::ReaderOptions& limits) {
                try {
                    page_reader reader(bytes, limits);
                    static_cast<void>(whole_message::sum_of(reader, schema));
                    return true;
                } catch (const kj::Exception&) {
                    return false;
                }
            });
            const auto by_check = least_words([&](const capnp::ReaderOptions& limits) {
                page_reader reader(bytes);
                return !check_message(plan, reader, limits);
            });
            BOOST_TEST(by_check == by_readers);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_message_of_parts_that_are_pointed_to_once_has_no_more_words_than_its_record)
{
    for (const auto& messages : {check_samples::messages(), check_samples::scattered_messages()}) {
        for (const auto& message : messages) {
            if (message.type == 4) { // without elements of nothing
                const auto bytes = std::as_bytes(std::span{message.words});
                page_reader reader(bytes);
                const auto limits = read_limits{.least_words = 0}.for_check(bytes.size());
                BOOST_TEST(!check_message(*plan_of<samples::Sample>(), reader, limits));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(elements_without_size_count_too)
{
    auto voids = record::of<All>([](All::Builder all) { all.initVoids(3); });
    BOOST_TEST(!voids.check<All>(words(1000)));
    voids.pointer(0) = list_of(0, 0x1FFFFFFF);
    BOOST_TEST(fault_of(voids.check<All>(words(1000))) == kind::too_much);
    auto empties = record::of<All>([](All::Builder all) { all.initEmpties(3); });
    BOOST_TEST(!empties.check<All>(words(1000)));
    empties.words.back() |= 2000U << 2U; // the tag
    BOOST_TEST(fault_of(empties.check<All>(words(1000))) == kind::too_much);
}

// Defaults, and what lies beside elements that grew, count as levels too.
BOOST_AUTO_TEST_CASE(every_nesting_limit_has_the_readers_verdict)
{
    auto messages = check_samples::messages();
    messages.push_back({0, record::of<All>([](All::Builder) {}).words}); // nothing but defaults
    messages.push_back({2, record::of<New>([](New::Builder grown) { grown.initNames(1)[0].initOther(1); }).words});
    for (const auto& message : messages) {
        for (std::size_t type = 0; type < check_samples::types().size(); ++type) {
            const auto& schema = check_samples::types()[type].schema;
            const message_plan plan{schema};
            if (type != message.type && (type != 3 || message.type != 2)) { // its own, or New as Old
                continue;
            }
            for (int deep = 0; deep < 14; ++deep) {
                page_reader reader(std::as_bytes(std::span{message.words}), nested(deep));
                bool throws = false;
                try {
                    static_cast<void>(whole_message::sum_of(reader, schema));
                } catch (const kj::Exception&) {
                    throws = true;
                }
                BOOST_TEST(static_cast<bool>(check_message(plan, reader, nested(deep))) == throws);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_fault_says_where_it_is_what_was_expected_and_what_to_do)
{
    auto message = record::of<Node>([](Node::Builder node) { node.getKind().initPair().setFirst("1st"); });
    message.pointer(1) = list_of(4, 1);
    const auto fault = message.check<Node>();
    BOOST_TEST((fault.why() == samepage::outcome::corrupt));
    BOOST_TEST(fault.segment == 0U);
    BOOST_TEST(fault.word == 3U); // root pointer, 1 word of data, label
    const auto text = fault.text(*plan_of<Node>());
    for (const auto* part : {"Node.kind.pair.first", "word 3 of segment 0", "expected a list of bytes",
                             "found a list of 1 4-byte numbers", "look at its producer"}) {
        BOOST_TEST(contains(text, part), text);
    }
    const auto thrown = fault.as_error(*plan_of<Node>(), "quotes");
    BOOST_TEST((thrown.code() == samepage::errc::malformed));
    BOOST_TEST(contains(thrown.what(), "'quotes'"), thrown.what());
}

BOOST_AUTO_TEST_CASE(a_loaded_schema_gives_the_plan_of_the_compiled_one)
{
    capnp::SchemaLoader loader;
    loader.loadCompiledTypeAndDependencies<All>();
    const message_plan loaded{loader.get(capnp::typeId<All>()).asStruct()};
    auto message = record::of<All>([](All::Builder all) { check_samples::fill(all, 7); });
    BOOST_TEST(!message.check(loaded, {}));
    for (std::size_t i = 2; i < message.words.size(); ++i) {
        auto changed = message;
        changed.words[i] ^= 0x0000000800000001U;
        const auto by_loaded = changed.check(loaded, {});
        BOOST_TEST(by_loaded.what == changed.check<All>().what);
        BOOST_TEST(by_loaded.text(loaded) == changed.check<All>().text(*plan_of<All>()));
    }
}

BOOST_AUTO_TEST_CASE(a_loaded_schema_that_contradicts_itself_is_refused)
{
    // A list of numbers as default of a list of texts.
    capnp::MallocMessageBuilder builder;
    builder.setRoot(capnp::Schema::from<All>().getProto());
    auto node = builder.getRoot<capnp::schema::Node>();
    for (auto field : node.getStruct().getFields()) {
        if (field.getName() == "presets") {
            auto number = field.getSlot().getDefaultValue().getList().initAs<capnp::List<bool>>(3);
            number.set(1, true);
        }
    }
    capnp::SchemaLoader loader;
    loader.loadCompiledTypeAndDependencies<Small>();
    const auto loaded = loader.loadOnce(node.asReader()).asStruct();
    try {
        const message_plan plan{loaded};
        BOOST_ERROR("not refused");
    } catch (const samepage::error& refused) {
        BOOST_TEST((refused.code() == samepage::errc::malformed));
        BOOST_TEST(contains(refused.what(), "'All'"), refused.what());
    }
}

BOOST_AUTO_TEST_CASE(a_check_allocates_nothing)
{
    const auto message = record::of<All>([](All::Builder all) { check_samples::fill(all, 5); });
    auto spoilt = message;
    spoilt.pointer(7) = list_of(7, 1000);
    const auto& plan = *plan_of<All>();
    const allocation_counter allocations;
    page_reader reader(std::as_bytes(std::span{message.words}));
    const bool sound = !check_message(plan, reader, {});
    page_reader spoilt_reader(std::as_bytes(std::span{spoilt.words}));
    const bool faulty = static_cast<bool>(check_message(plan, spoilt_reader, {}));
    BOOST_TEST(allocations.count() == 0U);
    BOOST_TEST(sound);
    BOOST_TEST(faulty);
}

BOOST_AUTO_TEST_SUITE_END()
