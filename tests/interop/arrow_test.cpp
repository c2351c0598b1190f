// SPDX-License-Identifier: BSL-1.0
// arrow_test.cpp: columns and whole records are Arrow arrays of the same bytes and back. Debian 12 has no library that
// reads them, so a reader is written here by the interface's own text, of which it takes more than we write: it
// knows nothing of samepage but the structures.
#include "../support/refusal.hpp"

#include <samepage/interop/arrow.hpp>
#include <samepage/view/get_buffer.hpp>

#include <boost/describe.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using samepage::arrow_column;
using samepage::errc;
using samepage::from_arrow;
using samepage::from_arrow_batch;
using samepage::geometry;
using samepage::item_format;
using samepage::memory_view;
using samepage::slice;
using samepage::to_arrow;
using samepage::to_arrow_whole;
using samepage::view_of;
using support::says;

namespace interop_test {

struct trade {
    double price;
    std::int32_t lots;
    std::array<std::int16_t, 2> venue;
};
BOOST_DESCRIBE_STRUCT(trade, (), (price, lots, venue))

} // namespace interop_test

namespace {

using interop_test::trade;

static_assert(sizeof(void*) != 8 || (sizeof(ArrowSchema) == 72 && sizeof(ArrowArray) == 80));
static_assert(std::is_trivially_copyable_v<ArrowSchema> && std::is_trivially_copyable_v<ArrowArray>);
static_assert(!std::is_copy_constructible_v<arrow_column>);

template <class Attempt>
void refused(const char* words, Attempt&& attempt)
{
    const auto fault = support::refusal(errc::buffer_refused, attempt);
    BOOST_TEST(says(fault, words), fault.what());
}

// ---- the reader ----

std::map<std::string, std::string> metadata_of(const ArrowSchema& schema)
{
    std::map<std::string, std::string> all;
    const char* at = schema.metadata;
    const auto number = [&at] {
        std::int32_t value = 0;
        std::memcpy(&value, at, 4);
        at += 4;
        return static_cast<std::size_t>(value);
    };
    const auto text = [&] {
        const auto length = number();
        at += length;
        return std::string(at - length, length);
    };
    for (std::size_t left = at == nullptr ? 0 : number(); left != 0; --left) {
        const auto key = text();
        all[key] = text();
    }
    return all;
}

/// What the function above reads.
std::string metadata(const std::vector<std::pair<std::string, std::string>>& all)
{
    std::string text;
    const auto number = [&text](std::size_t value) {
        const auto bytes = static_cast<std::int32_t>(value);
        text.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    };
    number(all.size());
    for (const auto& [key, value] : all) {
        number(key.size());
        text += key;
        number(value.size());
        text += value;
    }
    return text;
}

template <class T>
std::string number_text(const void* buffer, std::int64_t at)
{
    T value{};
    std::memcpy(&value, static_cast<const char*>(buffer) + static_cast<std::size_t>(at) * sizeof(T), sizeof(T));
    std::ostringstream text;
    text << +value;
    return text.str();
}

/// Item `at` of the array as text: "1.5", "null", "[1, 2]", "hex".
std::string item_text(const ArrowSchema& schema, const ArrowArray& array, std::int64_t at)
{
    at += array.offset;
    const std::string type = schema.format;
    const auto* const present = static_cast<const unsigned char*>(array.buffers[0]);
    if (present != nullptr && (present[at / 8] >> (at % 8) & 1) == 0) {
        return "null";
    }
    if (type.starts_with("+w:")) {
        const auto size = std::stoll(type.substr(3));
        std::string text = "[";
        for (std::int64_t i = 0; i < size; ++i) {
            text += (i == 0 ? "" : ", ") + item_text(*schema.children[0], *array.children[0], at * size + i);
        }
        return text + "]";
    }
    const void* const data = array.buffers[1];
    if (type.starts_with("w:")) {
        const auto size = std::stoul(type.substr(2));
        std::string text(size, '\0');
        std::memcpy(text.data(), static_cast<const char*>(data) + static_cast<std::size_t>(at) * size, size);
        return text;
    }
    switch (type[0]) {
    case 'c': return number_text<std::int8_t>(data, at);
    case 'C': return number_text<std::uint8_t>(data, at);
    case 's': return number_text<std::int16_t>(data, at);
    case 'S': return number_text<std::uint16_t>(data, at);
    case 'i': return number_text<std::int32_t>(data, at);
    case 'I': return number_text<std::uint32_t>(data, at);
    case 'l': return number_text<std::int64_t>(data, at);
    case 'L': return number_text<std::uint64_t>(data, at);
    case 'f': return number_text<float>(data, at);
    case 'g': return number_text<double>(data, at);
    default: return "unknown type " + type;
    }
}

std::string array_text(const arrow_column& column)
{
    std::string text;
    for (std::int64_t i = 0; i < column.array.length; ++i) {
        text += (i == 0 ? "" : " ") + item_text(column.schema, column.array, i);
    }
    return text;
}

std::string type_text(const ArrowSchema& schema)
{
    return schema.format + (schema.n_children == 0 ? "" : " " + type_text(*schema.children[0]));
}

// ---- makers of arrays ----

/// Some doubles with a share count, as a view.
struct leased {
    std::shared_ptr<std::vector<double>> owner =
        std::make_shared<std::vector<double>>(std::vector<double>{0.5, 1.5, 2.5, 3.5});
    memory_view view{reinterpret_cast<std::byte*>(owner->data()), item_format{"d"}, geometry::c_order(8, {4}),
                     samepage::lease{std::shared_ptr{owner}}};
};

/// An array made by hand, as another library makes one: ints 0 to 9, of which a test changes what it is about.
struct foreign {
    std::array<std::int32_t, 10> numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    std::array<const void*, 2> buffers{nullptr, numbers.data()};
    int released = 0;
    ArrowSchema schema{"i", "numbers", nullptr, 0, 0, nullptr, nullptr, end<ArrowSchema>, this};
    ArrowArray array{10, 0, 0, 2, 0, buffers.data(), nullptr, nullptr, end<ArrowArray>, this};

    template <class Structure>
    static void end(Structure* one)
    {
        ++static_cast<foreign*>(one->private_data)->released;
        one->release = nullptr;
    }

    [[nodiscard]] memory_view import() { return from_arrow(&schema, &array); }

    /// Refused, and both still the caller's.
    void not_imported(const char* words)
    {
        refused(words, [this] { static_cast<void>(import()); });
        BOOST_TEST(released == 0);
        BOOST_TEST((schema.release == end<ArrowSchema> && array.release == end<ArrowArray>));
    }
};

/// Lists of three around those: the outer one of `foreign`'s structures, the ints in `inner`.
struct foreign_lists : foreign {
    foreign inner;
    std::array<ArrowSchema*, 1> schemas{&inner.schema};
    std::array<ArrowArray*, 1> arrays{&inner.array};

    foreign_lists()
    {
        schema.format = "+w:3";
        schema.n_children = 1;
        schema.children = schemas.data();
        array.length = 3;
        array.n_buffers = 1;
        array.n_children = 1;
        array.children = arrays.data();
    }
};

} // namespace

// ---- to Arrow ----

BOOST_AUTO_TEST_SUITE(arrow_export)

BOOST_AUTO_TEST_CASE(each_number_has_its_type)
{
    alignas(8) std::array<std::byte, 16> bytes{};
    for (const auto& [format, type] : std::map<std::string, std::string>{{"b", "c"},
                                                                         {"B", "C"},
                                                                         {"h", "s"},
                                                                         {"H", "S"},
                                                                         {"i", "i"},
                                                                         {"I", "I"},
                                                                         {"q", "l"},
                                                                         {"l", "l"},
                                                                         {"Q", "L"},
                                                                         {"e", "e"},
                                                                         {"f", "f"},
                                                                         {"d", "g"},
                                                                         {"8s", "w:8"}}) {
        const item_format read{format};
        const memory_view view{bytes.data(), read, geometry::c_order(read.itemsize(), {2})};
        auto column = to_arrow(view);
        BOOST_TEST(column.schema.format == type);
        BOOST_TEST(column.schema.metadata == nullptr);
        BOOST_TEST((from_arrow(std::move(column)).format() == read));
    }
}

BOOST_AUTO_TEST_CASE(a_column_is_an_array_of_the_same_bytes)
{
    const leased some;
    const auto column = to_arrow(some.view, "bid");
    BOOST_TEST(array_text(column) == "0.5 1.5 2.5 3.5");
    BOOST_TEST(column.array.buffers[1] == some.view.data());
    BOOST_TEST(column.array.buffers[0] == nullptr);
    BOOST_TEST(column.array.n_buffers == 2);
    BOOST_TEST(column.array.null_count == 0);
    BOOST_TEST(column.array.offset == 0);
    BOOST_TEST(column.array.n_children == 0);
    BOOST_TEST(column.schema.name == std::string{"bid"});
    BOOST_TEST(column.schema.flags == 0);
    BOOST_TEST(column.schema.dictionary == nullptr);
}

BOOST_AUTO_TEST_CASE(a_slice_is_an_array_too)
{
    const leased some;
    BOOST_TEST(array_text(to_arrow(some.view(slice{1, 3}))) == "1.5 2.5");
    BOOST_TEST(array_text(to_arrow(some.view(slice{2, 2}))).empty());
}

BOOST_AUTO_TEST_CASE(bytes_are_of_fixed_size)
{
    std::array<char, 6> text{'a', 'b', 'c', 'd', 'e', 'f'};
    const auto column = to_arrow(memory_view{std::as_writable_bytes(std::span{text})}.cast("3s"));
    BOOST_TEST(type_text(column.schema) == "w:3");
    BOOST_TEST(array_text(column) == "abc def");
}

BOOST_AUTO_TEST_CASE(sub_arrays_are_lists_of_fixed_size)
{
    std::array<std::array<std::array<std::int16_t, 3>, 2>, 2> all{};
    std::int16_t next = 0;
    for (auto& matrix : all) {
        for (auto& row : matrix) {
            for (auto& number : row) {
                number = next++;
            }
        }
    }
    const auto bytes = view_of(all).cast("B");
    const auto column = to_arrow(bytes.cast("(2,3)h"));
    BOOST_TEST(type_text(column.schema) == "+w:2 +w:3 s");
    BOOST_TEST(array_text(column) == "[[0, 1, 2], [3, 4, 5]] [[6, 7, 8], [9, 10, 11]]");
    BOOST_TEST(column.array.n_buffers == 1);
    BOOST_TEST(column.array.children[0]->length == 4);
    BOOST_TEST(column.array.children[0]->children[0]->length == 12);
    // Dimensions behind the first say the same.
    BOOST_TEST(array_text(to_arrow(view_of(all))) == array_text(column));
    BOOST_TEST(array_text(to_arrow(view_of(all)(slice{1, 2}))) == "[[6, 7, 8], [9, 10, 11]]");
}

BOOST_AUTO_TEST_CASE(records_go_whole_with_their_format)
{
    std::array<trade, 3> trades{{{1.5, 2, {3, 4}}, {2.5, 3, {5, 6}}, {3.5, 4, {7, 8}}}};
    auto column = to_arrow(view_of(trades), "trades");
    BOOST_TEST(type_text(column.schema) == "w:16");
    BOOST_TEST(metadata_of(column.schema).at("samepage.format") == item_format::of<trade>().text());
    BOOST_TEST(item_text(column.schema, column.array, 1)
                   .compare(0, 16, std::string(reinterpret_cast<char*>(&trades[1]), 16)) == 0);

    const auto back = from_arrow(std::move(column));
    BOOST_TEST(back.data() == view_of(trades).data());
    BOOST_TEST((back == view_of(trades)));
    BOOST_TEST(back.view<const trade>()[2].lots == 4);
}

BOOST_AUTO_TEST_CASE(arrays_of_records_are_lists_of_whole_ones)
{
    std::array<std::array<trade, 2>, 2> trades{};
    trades[1][0].lots = 7;
    auto column = to_arrow(view_of(trades));
    BOOST_TEST(type_text(column.schema) == "+w:2 w:16");
    BOOST_TEST(column.schema.metadata == nullptr);
    BOOST_TEST(metadata_of(*column.schema.children[0]).size() == 1U);
    const auto back = from_arrow(std::move(column)).subdivide();
    BOOST_TEST((back.field("lots").at<int>(1, 0) == 7));
}

BOOST_AUTO_TEST_CASE(items_of_any_format_go_whole_if_asked_to)
{
    alignas(16) std::array<std::byte, 96> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::byte>(i % 2);
    }
    for (const auto* format : {"?", ">i", "Zd", "g", "c", "4w", "5p", "P", "(2,3)h", "T{i:a:>d:b:}", "d"}) {
        const item_format read{format};
        const memory_view view{bytes.data(), read, geometry::c_order(read.itemsize(), {2})};
        auto column = to_arrow_whole(view);
        BOOST_TEST(column.schema.format == "w:" + std::to_string(read.itemsize()));
        const auto back = from_arrow(std::move(column));
        BOOST_TEST((back.format() == read), format);
        BOOST_TEST((back.to_bytes() == view.to_bytes()));
    }
}

BOOST_AUTO_TEST_CASE(dimensions_behind_the_first_are_part_of_a_whole_item)
{
    std::array<std::array<bool, 3>, 2> flags{{{true, false, true}, {false, true, false}}};
    auto column = to_arrow_whole(view_of(flags));
    BOOST_TEST(column.schema.format == std::string{"w:3"});
    BOOST_TEST((from_arrow(std::move(column)).subdivide() == view_of(flags)));
    alignas(8) std::array<std::byte, 48> bytes{};
    const memory_view nested{bytes.data(), item_format{"(2)>h"}, geometry::c_order(4, {4, 3})};
    BOOST_TEST((from_arrow(to_arrow_whole(nested)).format() == item_format{"(3,2)>h"}));
}

BOOST_AUTO_TEST_CASE(a_strided_column_is_refused_with_what_would_do)
{
    std::array<trade, 3> trades{};
    const auto attempt = [&] { static_cast<void>(to_arrow(view_of(trades).field("price"))); };
    refused("strides (16,)", attempt);
    refused("export the whole records", attempt);
    refused("copy it by to_bytes()", attempt);
    refused("strides (-16,)", [&] { static_cast<void>(to_arrow_whole(view_of(trades)(slice{{}, {}, -1}))); });
}

BOOST_AUTO_TEST_CASE(truth_values_are_refused_since_arrows_are_bits)
{
    std::array<bool, 3> flags{true, false, true};
    refused("packed eight into a byte", [&] { static_cast<void>(to_arrow(view_of(flags))); });
    BOOST_TEST(array_text(to_arrow(view_of(flags).cast("B"))) == "1 0 1");
}

BOOST_AUTO_TEST_CASE(what_arrow_has_no_type_for_is_refused)
{
    alignas(16) std::array<std::byte, 64> bytes{};
    for (const auto* format : {">i", "Zd", "g", "c", "4w", "5p", "P", "(2)>h"}) {
        const item_format read{format};
        const memory_view view{bytes.data(), read, geometry::c_order(read.itemsize(), {2})};
        refused("to_arrow_whole()", [&] { static_cast<void>(to_arrow(view)); });
    }
}

BOOST_AUTO_TEST_CASE(one_item_is_no_column)
{
    const leased some;
    refused("reshape({1})", [&] { static_cast<void>(to_arrow(some.view(0))); });
    BOOST_TEST(array_text(to_arrow(some.view(0).reshape({1}))) == "0.5");
}

BOOST_AUTO_TEST_CASE(sizes_that_arrow_cannot_count_are_refused)
{
    std::array<std::byte, 8> bytes{};
    const memory_view none{bytes.data(), item_format{"B"}, geometry::c_order(1, {0, std::size_t{1} << 31U})};
    refused("2147483648", [&] { static_cast<void>(to_arrow(none)); });
    refused("2147483648", [&] { static_cast<void>(to_arrow_whole(none)); });
    const memory_view empty{bytes.data(), item_format{"T{}"}, geometry::c_order(0, {3})};
    refused("sizes from 1", [&] { static_cast<void>(to_arrow(empty)); });
    const memory_view flat{bytes.data(), item_format{"B"}, geometry::c_order(1, {3, 0})};
    refused("sizes from 1", [&] { static_cast<void>(to_arrow(flat)); });
}

BOOST_AUTO_TEST_CASE(an_array_holds_the_lease_until_it_is_released)
{
    leased some;
    auto column = to_arrow(some.view);
    some.view.release();
    BOOST_TEST(some.owner.use_count() == 2);
    column.array.release(&column.array);
    BOOST_TEST((column.array.release == nullptr));
    BOOST_TEST(some.owner.use_count() == 1);
    BOOST_TEST((column.schema.release != nullptr)); // another life
    column.release();
    BOOST_TEST((column.schema.release == nullptr));
    column.release();
}

BOOST_AUTO_TEST_CASE(what_is_not_taken_over_is_released)
{
    leased some;
    {
        auto column = to_arrow(some.view);
        arrow_column other = std::move(column);
        BOOST_TEST((column.array.release == nullptr && column.schema.release == nullptr));
        other = to_arrow(some.view);
        BOOST_TEST(some.view.held().count() == 2U); // the view's own, and the last array's
    }
    BOOST_TEST(some.view.held().count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_structure_may_be_moved_by_its_bytes)
{
    leased some;
    ArrowArray theirs{};
    ArrowSchema their_schema{};
    {
        auto column = to_arrow(some.view.reshape({2, 2}));
        std::memcpy(&theirs, &column.array, sizeof theirs);
        std::memcpy(&their_schema, &column.schema, sizeof their_schema);
        column.array.release = nullptr;
        column.schema.release = nullptr;
    }
    BOOST_TEST(item_text(their_schema, theirs, 1) == "[2.5, 3.5]");
    theirs.release(&theirs);
    their_schema.release(&their_schema);
    BOOST_TEST(some.view.held().count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_child_that_is_taken_over_outlives_its_parent)
{
    leased some;
    ArrowArray child{};
    ArrowSchema child_schema{};
    {
        auto column = to_arrow(some.view.reshape({2, 2}));
        child = std::exchange(*column.array.children[0], {});
        child_schema = std::exchange(*column.schema.children[0], {});
    }
    some.view.release();
    BOOST_TEST(some.owner.use_count() == 2);
    BOOST_TEST(item_text(child_schema, child, 3) == "3.5");
    child.release(&child);
    child_schema.release(&child_schema);
    BOOST_TEST(some.owner.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

// ---- from Arrow ----

BOOST_FIXTURE_TEST_SUITE(arrow_import, foreign)

BOOST_AUTO_TEST_CASE(an_array_is_a_view_of_the_same_bytes)
{
    {
        const auto view = import();
        BOOST_TEST((schema.release == nullptr && array.release == nullptr));
        BOOST_TEST(released == 1); // the schema
        BOOST_TEST(view.data() == reinterpret_cast<const std::byte*>(numbers.data()));
        BOOST_TEST(view.format().text() == "i");
        BOOST_TEST(view.item_count() == 10U);
        BOOST_TEST(view.at<int>(-1) == 9);
        BOOST_TEST(view.is_readonly());
    }
    BOOST_TEST(released == 2);
}

BOOST_AUTO_TEST_CASE(the_offset_is_in_front_of_the_first_item)
{
    array.offset = 3;
    array.length = 4;
    const auto view = import();
    BOOST_TEST(view.item_count() == 4U);
    BOOST_TEST(view.at<int>(0) == 3);
}

BOOST_AUTO_TEST_CASE(offsets_of_lists_and_their_children_add_up)
{
    foreign_lists lists;
    lists.inner.array.offset = 1;
    lists.inner.array.length = 9;
    lists.array.offset = 1;
    lists.array.length = 2;
    const auto view = lists.import();
    BOOST_TEST(view.format().text() == "(3)<i");
    // Item 0 is list 1, whose first number is number 3 behind the child's own offset.
    BOOST_TEST(view.subdivide().at<int>(0, 0) == 4);
    BOOST_TEST(view.subdivide().at<int>(1, 2) == 9);
}

BOOST_AUTO_TEST_CASE(a_child_too_short_for_its_lists_is_refused)
{
    foreign_lists lists;
    lists.inner.array.length = 8;
    lists.not_imported("items 0 to 9");
}

BOOST_AUTO_TEST_CASE(a_released_child_is_refused)
{
    foreign_lists lists;
    lists.inner.array.release = nullptr;
    lists.not_imported("released");
}

BOOST_AUTO_TEST_CASE(lists_without_items_are_refused)
{
    foreign_lists lists;
    lists.schema.format = "+w:0";
    lists.not_imported("+w:0");
    lists.schema.format = "+w:three";
    lists.not_imported("+w:three");
    lists.schema.format = "+w:-1";
    lists.not_imported("+w:-1");
}

BOOST_AUTO_TEST_CASE(lists_in_lists_without_end_are_refused)
{
    foreign_lists lists;
    lists.schema.format = "+w:1";
    lists.schemas[0] = &lists.schema; // its own child
    lists.arrays[0] = &lists.array;
    lists.not_imported("at most 64 in each other");
}

BOOST_AUTO_TEST_CASE(columns_of_a_record_batch_are_taken_one_at_a_time)
{
    foreign_lists batch;
    batch.schema.format = "+s";
    batch.array.length = 10;
    batch.not_imported("from_arrow_batch()");
    BOOST_TEST(from_arrow_batch(batch.schema, batch.array, 0).at<int>(5) == 5);
    BOOST_TEST(batch.inner.released == 2);
    BOOST_TEST(batch.released == 0);
    BOOST_TEST(batch.inner.schema.release == nullptr); // its parent does not release it again
}

BOOST_AUTO_TEST_CASE(rows_and_nulls_of_a_record_batch_are_those_of_its_columns)
{
    foreign_lists batch;
    batch.schema.format = "+s";
    batch.array.offset = 2;
    batch.array.length = 3;
    const auto refused_column = [&batch](const char* words, std::size_t column = 0) {
        refused(words, [&] { static_cast<void>(from_arrow_batch(batch.schema, batch.array, column)); });
        BOOST_TEST(batch.inner.released == 0);
        BOOST_TEST(batch.inner.array.release == foreign::end<ArrowArray>);
    };
    const unsigned char present = 0b1111'0111; // row 3 is not there
    batch.buffers[0] = &present;
    batch.array.null_count = 1;
    refused_column("1 nulls");
    batch.array.null_count = 0;
    refused_column("a column below 1", 1);
    batch.array.length = 9;
    refused_column("items 2 to 11");
    batch.array.length = 3;
    batch.schema.format = "i";
    refused_column("a record batch or struct array");
    batch.schema.format = "+s";
    const auto column = from_arrow_batch(batch.schema, batch.array, 0);
    BOOST_TEST(column.item_count() == 3U);
    BOOST_TEST(column.at<int>(0) == 2);
}

BOOST_AUTO_TEST_CASE(nulls_are_refused)
{
    std::array<unsigned char, 2> present{0xF7, 0xFF}; // item 3 is not there
    buffers[0] = present.data();
    array.null_count = 1;
    not_imported("1 nulls");
    array.null_count = -1;
    not_imported("1 nulls");
}

BOOST_AUTO_TEST_CASE(nulls_outside_the_part_that_is_looked_at_do_not_matter)
{
    std::array<unsigned char, 2> present{0xF7, 0xFF};
    buffers[0] = present.data();
    array.null_count = -1;
    array.offset = 4;
    array.length = 6;
    BOOST_TEST(import().at<int>(0) == 4);
}

BOOST_AUTO_TEST_CASE(nulls_that_are_counted_and_nowhere_are_refused)
{
    array.null_count = 2;
    not_imported("2 nulls");
}

BOOST_AUTO_TEST_CASE(uncounted_nulls_without_a_bitmap_are_none)
{
    array.null_count = -1;
    BOOST_TEST(import().item_count() == 10U);
}

BOOST_AUTO_TEST_CASE(nulls_in_lists_are_refused)
{
    foreign_lists lists;
    std::array<unsigned char, 2> present{0xFF, 0xFE}; // number 8
    lists.inner.buffers[0] = present.data();
    lists.inner.array.null_count = 1;
    lists.not_imported("1 nulls");
}

BOOST_AUTO_TEST_CASE(what_is_released_or_nothing_is_refused)
{
    refused("released", [this] { static_cast<void>(from_arrow(nullptr, &array)); });
    refused("released", [this] { static_cast<void>(from_arrow(&schema, nullptr)); });
    static_cast<void>(import());
    refused("released", [this] { static_cast<void>(import()); });
    refused("released", [] { static_cast<void>(from_arrow(arrow_column{})); });
}

BOOST_AUTO_TEST_CASE(a_schema_without_a_format_is_refused)
{
    schema.format = nullptr;
    not_imported("a schema with a format");
}

BOOST_AUTO_TEST_CASE(types_that_no_view_can_have_are_refused)
{
    schema.format = "b";
    not_imported("cast the bits to uint8");
    for (const auto* type : {"u", "U", "z", "vu", "tdD", "tsn:UTC", "d:19,10", "+l", "n", "", "ii", "w", "W:3"}) {
        schema.format = type;
        not_imported("cast it to one of these");
    }
}

BOOST_AUTO_TEST_CASE(widths_that_are_none_are_refused)
{
    for (const auto* type : {"w:0", "w:-4", "w:", "w:4x", "w:99999999999"}) {
        schema.format = type;
        not_imported(type);
    }
}

BOOST_AUTO_TEST_CASE(dictionaries_are_refused)
{
    ArrowArray values{};
    array.dictionary = &values;
    not_imported("dictionary");
    array.dictionary = nullptr;
    ArrowSchema types{};
    schema.dictionary = &types;
    not_imported("dictionary");
}

BOOST_AUTO_TEST_CASE(another_number_of_buffers_or_children_is_refused)
{
    array.n_buffers = 3;
    not_imported("found 3 and 0");
    array.n_buffers = 2;
    array.n_children = 1;
    not_imported("found 2 and 1");
    array.n_children = 0;
    schema.n_children = 1;
    not_imported("in the schema 1");
    schema.n_children = 0;
    array.buffers = nullptr;
    not_imported("2 buffers");
}

BOOST_AUTO_TEST_CASE(lengths_and_offsets_that_cannot_be_are_refused)
{
    array.length = -1;
    not_imported("length -1");
    array.length = 10;
    array.offset = -1;
    not_imported("offset -1");
    array.offset = std::numeric_limits<std::int64_t>::max() - 5;
    not_imported("offset 9223372036854775802");
    array.offset = 0;
    array.length = std::numeric_limits<std::int64_t>::max() / 2;
    not_imported("memory can hold");
}

BOOST_AUTO_TEST_CASE(a_missing_buffer_is_refused_unless_nothing_is_in_it)
{
    buffers[1] = nullptr;
    not_imported("a buffer of items");
    array.length = 0;
    BOOST_TEST(import().item_count() == 0U);
}

BOOST_AUTO_TEST_CASE(other_metadata_are_passed_over)
{
    const auto pairs = metadata({{"key", "value"}, {"samepage.format", "T{hh}"}});
    schema.metadata = pairs.data();
    schema.format = "w:4";
    array.length = 2;
    const auto view = import();
    BOOST_TEST((view.format() == item_format{"T{hh}"}));
}

BOOST_AUTO_TEST_CASE(bytes_without_metadata_are_bytes)
{
    schema.format = "w:4";
    BOOST_TEST(import().format().text() == "4s");
}

BOOST_AUTO_TEST_CASE(a_format_of_another_size_is_refused)
{
    const auto pairs = metadata({{"samepage.format", "T{hh}"}});
    schema.metadata = pairs.data();
    schema.format = "w:5";
    not_imported("a format of 5 bytes");
}

BOOST_AUTO_TEST_CASE(a_format_that_cannot_be_read_is_refused)
{
    const auto pairs = metadata({{"samepage.format", "T{hh("}});
    schema.metadata = pairs.data();
    schema.format = "w:4";
    BOOST_CHECK_THROW(static_cast<void>(import()), samepage::format_error);
    BOOST_TEST(released == 0);
}

BOOST_AUTO_TEST_CASE(metadata_of_negative_lengths_are_refused)
{
    const std::string pairs("\377\377\377\377", 4);
    schema.metadata = pairs.data();
    schema.format = "w:4";
    not_imported("metadata of lengths from zero");
}

BOOST_AUTO_TEST_SUITE_END()
