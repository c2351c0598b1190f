// SPDX-License-Identifier: BSL-1.0
// memory_view_test.cpp: a view whose format and shape are known at run time is what Python's memoryview is.
#include "../support/refusal.hpp"
#include "sample_records.hpp"

#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

using samepage::ellipsis;
using samepage::errc;
using samepage::geometry_error;
using samepage::item_format;
using samepage::item_order;
using samepage::item_value;
using samepage::memory_view;
using samepage::new_axis;
using samepage::slice;
using samepage::view_of;
using support::refusal;
using support::says;

namespace {

enum class answer : bool { no, yes };

struct answers {
    bool first;
    std::array<bool, 2> more;
    std::uint8_t number;
};
BOOST_DESCRIBE_STRUCT(answers, (), (first, more, number))

struct cube {
    std::array<std::array<std::array<int, 4>, 3>, 2> numbers{};
    memory_view view = view_of(numbers);

    cube() { std::iota(&numbers[0][0][0], &numbers[0][0][0] + 24, 0); }
};

std::string text_of(const std::vector<std::byte>& bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(memory_views)

BOOST_FIXTURE_TEST_CASE(says_what_it_is, cube)
{
    BOOST_TEST(view.format().text() == "i");
    BOOST_TEST(view.itemsize() == 4U);
    BOOST_TEST(view.ndim() == 3U);
    BOOST_TEST(view.shape()[1] == 3U);
    BOOST_TEST(view.strides()[0] == 48);
    BOOST_TEST(view.item_count() == 24U);
    BOOST_TEST(view.nbytes() == 96U);
    BOOST_TEST(!view.is_readonly());
    BOOST_TEST(view.is_c_contiguous());
    BOOST_TEST(!view.is_f_contiguous());
    BOOST_TEST(view.transpose().is_f_contiguous());
    BOOST_TEST(!view.is_contiguous(item_order::f));
    BOOST_TEST(view.bytes().size() == 96U);
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.transpose().bytes()); });
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.as_const().writable_bytes()); });
}

BOOST_AUTO_TEST_CASE(made_of_nothing_it_is_no_bytes)
{
    const memory_view view;
    BOOST_TEST(view.nbytes() == 0U);
    BOOST_TEST(view.format().text() == "B");
    BOOST_TEST(view.to_bytes().empty());
    BOOST_TEST((view == memory_view{}));
}

BOOST_FIXTURE_TEST_CASE(an_item_is_read_as_a_value_or_as_a_type, cube)
{
    BOOST_TEST(view.at(1, 2, 3).get<std::int64_t>() == 23);
    BOOST_TEST(view.at(-1, -1, -1).get<std::int64_t>() == 23);
    BOOST_TEST(view.at<int>(0, 1, 0) == 4);
    BOOST_TEST(view.at<double>(0, 1, 0) == 4.0);
    BOOST_TEST(view.at<std::uint8_t>(1, 2, 3) == 23);
    BOOST_CHECK_EXCEPTION(static_cast<void>(view.at(0, 3, 0)), std::out_of_range, [](const auto& fault) {
        return std::string_view{fault.what()} == "index 3 in dimension 1 of size 3: expected -3 to 2";
    });
    BOOST_CHECK_THROW(static_cast<void>(view.at(0, 0)), geometry_error);
    BOOST_CHECK_THROW(static_cast<void>(view.at(0, 0, std::numeric_limits<std::uint64_t>::max())), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_type_that_cannot_have_an_item_is_refused)
{
    std::vector<double> numbers{0.5, 300, -1, std::nan(""), 1e300};
    const auto view = view_of(numbers);
    const auto fault = refusal(errc::buffer_refused, [&] { static_cast<void>(view.at<int>(0)); });
    BOOST_TEST(says(fault, "item of 'd': refused: expected what 'i' can be, found 0.5"));
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.at<std::uint8_t>(1)); });
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.at<unsigned>(2)); });
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.at<int>(3)); });
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.at<float>(4)); });
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.at<bool>(1)); });
    refusal(errc::buffer_refused, [&] { static_cast<void>(view.at<sample::quote>(1)); });
    BOOST_TEST(view.at<std::int16_t>(1) == 300);
    BOOST_TEST(std::isnan(view.at<float>(3)));
    const std::vector<std::int64_t> large{(std::int64_t{1} << 53) + 1, std::numeric_limits<std::int64_t>::min()};
    refusal(errc::buffer_refused, [&] { static_cast<void>(view_of(large).at<double>(0)); });
    BOOST_TEST(view_of(large).at<double>(1) == -std::ldexp(1., 63));
    refusal(errc::buffer_refused, [&] { static_cast<void>(view_of(std::string{"a"}).at<int>(0)); });
}

BOOST_AUTO_TEST_CASE(records_are_read_whole_at_any_alignment)
{
    std::array<std::byte, 30> bytes{};
    const memory_view whole{std::span<std::byte>{bytes}};
    const auto one = whole(slice{3, 27}).cast<sample::quote>();
    one.set(item_value{item_value::record{{item_value{7U}, item_value{1.5}, item_value{2.5}}}}, 0);
    const auto quote = one.at<sample::quote>(0);
    BOOST_TEST(quote.time_ns == 7U);
    BOOST_TEST(quote.ask == 2.5);
}

BOOST_AUTO_TEST_CASE(any_byte_but_zero_is_read_as_true)
{
    std::array<std::byte, 4> bytes{std::byte{2}, std::byte{0}, std::byte{0xff}, std::byte{0x80}};
    const memory_view view{std::span<std::byte>{bytes}};
    BOOST_TEST(view.cast("?").at<bool>(0));
    BOOST_TEST((view.cast("?").at<answer>(0) == answer::yes));
    BOOST_TEST((view.cast("?").at<answer>(1) == answer::no));
    const auto all_of_it = view.cast<answers>().at<answers>(0);
    BOOST_TEST(all_of_it.first);
    BOOST_TEST(!all_of_it.more[0]);
    BOOST_TEST(all_of_it.more[1]);
    BOOST_TEST(all_of_it.number == 0x80);
}

BOOST_FIXTURE_TEST_CASE(items_are_written_in_place, cube)
{
    view.set(-5, 1, 0, -1);
    BOOST_TEST(numbers[1][0][3] == -5);
    view(0).fill(9);
    BOOST_TEST(numbers[0][2][3] == 9);
    BOOST_TEST(numbers[1][0][0] == 12);
    BOOST_CHECK_THROW(view.set(1e10, 0, 0, 0), samepage::value_error);
    BOOST_CHECK_THROW(view.set(1, 2, 0, 0), std::out_of_range);
}

BOOST_FIXTURE_TEST_CASE(read_only_items_are_not_written, cube)
{
    const auto fixed = view.as_const();
    BOOST_TEST(fixed.is_readonly());
    refusal(errc::buffer_refused, [&] { fixed.set(1, 0, 0, 0); });
    refusal(errc::buffer_refused, [&] { fixed.fill(1); });
    refusal(errc::buffer_refused, [&] { fixed.copy_from(view); });
    refusal(errc::buffer_refused, [&] { static_cast<void>(fixed.writable_data()); });
    for (const auto& each : {fixed(0), fixed.transpose(), fixed.reshape({24}), fixed.subdivide(), fixed.cast("B"),
                             view.broadcast_to({2, 2, 3, 4})}) {
        BOOST_TEST(each.is_readonly());
    }
    BOOST_TEST(numbers[0][0][1] == 1);
}

BOOST_FIXTURE_TEST_CASE(parts_are_views_of_the_same_bytes, cube)
{
    const auto part = view(1, slice{{}, {}, -1}, ellipsis, new_axis);
    BOOST_TEST(part.ndim() == 3U);
    BOOST_TEST(part.at<int>(0, 0, 0) == 20);
    BOOST_TEST(view[1][2][3].at<int>() == 23);
    BOOST_TEST(view(1, 2, 3).ndim() == 0U);
    BOOST_TEST((view[slice{1, {}}].shape()[0] == 1U));
    BOOST_CHECK_THROW(static_cast<void>(view(2)), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(view(0, 0, 0, 0)), geometry_error);
    BOOST_CHECK_THROW(static_cast<void>(view(ellipsis, ellipsis)), geometry_error);
}

BOOST_AUTO_TEST_CASE(fields_of_fields_are_columns)
{
    const item_format format{"T{h:lots:T{d:x:(2,3)>f:grid:}:inner:}"};
    std::vector<std::byte> bytes(3 * format.itemsize());
    const auto view = memory_view{std::span{bytes}}.cast(item_format{format.text()});
    const auto x = view.field("inner.x");
    x.set(2.5, 1);
    BOOST_TEST(view.field("inner").field("x").at<double>(1) == 2.5);
    const auto grid = view.field("inner.grid");
    BOOST_TEST(grid.ndim() == 1U);
    BOOST_TEST(grid.subdivide().ndim() == 3U);
    grid.subdivide().set(1.5, 2, 1, 2);
    BOOST_TEST(grid.at(2).at(1).at(2).get<double>() == 1.5);
    BOOST_CHECK_THROW(static_cast<void>(view.field("inner.y")), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(x.field("x")), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(bounds_from_outside_are_checked)
{
    std::array<std::byte, 16> bytes{};
    const auto made = [&](std::size_t count, std::ptrdiff_t stride, std::ptrdiff_t offset) {
        return memory_view::within(std::span<std::byte>{bytes}, item_format{"i"}, {&count, 1}, {&stride, 1}, offset);
    };
    BOOST_TEST(made(4, 4, 0).nbytes() == 16U);
    BOOST_TEST(made(4, -4, 12).nbytes() == 16U);
    BOOST_CHECK_THROW(made(4, 4, 1), geometry_error);
    BOOST_CHECK_THROW(made(4, -4, 8), geometry_error);
    BOOST_CHECK_THROW(made(5, 4, 0), geometry_error);
    BOOST_CHECK_THROW(made(2, std::numeric_limits<std::ptrdiff_t>::max(), 0), geometry_error);
    BOOST_CHECK_THROW(made(std::numeric_limits<std::size_t>::max(), 1, 0), geometry_error);
    BOOST_CHECK_THROW(made(1, 4, -4), geometry_error);
    BOOST_CHECK_THROW((memory_view{bytes.data(), item_format{"i"}, samepage::geometry::c_order(2, {4})}),
                      geometry_error);
}

BOOST_AUTO_TEST_CASE(views_are_equal_by_value)
{
    const std::vector<int> ints{1, 0, 3};
    const std::vector<double> reals{1, -0., 3};
    BOOST_TEST((view_of(ints) == view_of(reals)));
    BOOST_TEST((view_of(ints)(slice{{}, {}, -1}) == view_of(std::vector<std::int8_t>{3, 0, 1})));
    BOOST_TEST(!(view_of(ints) == view_of(std::vector<int>{1, 0, 4})));
    BOOST_TEST(!(view_of(ints) == view_of(ints)(slice{0, 2})));
    BOOST_TEST(!(view_of(ints)(slice{0, 2}) == view_of(ints)));
    BOOST_TEST(!(view_of(ints) == view_of(ints).reshape({1, 3})));
    BOOST_TEST(!(view_of(ints) == view_of(std::string{"\1\0\3", 3})));
    const std::vector<float> small{1, -0., 3};
    BOOST_TEST((view_of(small) == view_of(std::vector<float>{1, 0, 3})));
    BOOST_TEST(!(view_of(small) == view_of(std::vector<float>{1, 0, 4})));
    BOOST_TEST((view_of(reals)(slice{{}, {}, -1}) == view_of(std::vector<double>{3, 0, 1})));
    BOOST_TEST(!(view_of(reals)(slice{{}, {}, -1}) == view_of(std::vector<double>{3, 0, 2})));
    const std::vector<double> nans{std::nan("")};
    const auto view = view_of(nans);
    BOOST_TEST(!(view == view));
}

BOOST_AUTO_TEST_CASE(items_without_a_byte_are_equal_wherever_they_lie)
{
    const auto nothing = memory_view::within(std::span<std::byte>{}, item_format{"0s"}, std::array{std::size_t{3}},
                                             std::array{std::ptrdiff_t{0}});
    BOOST_TEST((nothing == nothing));
    BOOST_TEST((nothing == memory_view{nothing}.reshape({3})));
}

BOOST_AUTO_TEST_CASE(padding_is_not_compared)
{
    std::array<std::byte, 16> one{};
    std::array<std::byte, 16> other{};
    other[1] = std::byte{1};
    const auto records = [](std::array<std::byte, 16>& bytes) {
        return memory_view{std::span<std::byte>{bytes}}.cast("<T{B:a:xxxi:b:}");
    };
    BOOST_TEST((records(one) == records(other)));
    other[4] = std::byte{1};
    BOOST_TEST(!(records(one) == records(other)));
}

BOOST_AUTO_TEST_CASE(read_only_bytes_have_the_hash_of_their_text)
{
    const std::string text = "samepage";
    const auto view = view_of(text);
    BOOST_TEST(view.hash() == std::hash<std::string_view>{}(text));
    BOOST_TEST(view(slice{{}, {}, -1}).hash() == std::hash<std::string_view>{}("egapemas"));
    BOOST_TEST(view.cast("B", {2, 4}).transpose().hash() == std::hash<std::string_view>{}("spaamgee"));
    const std::unordered_set<memory_view> set{view, view_of(text)};
    BOOST_TEST(set.size() == 1U);
    std::string other = text;
    refusal(errc::buffer_refused, [&] { static_cast<void>(view_of(other).hash()); });
    const std::vector<int> numbers{1};
    refusal(errc::buffer_refused, [&] { static_cast<void>(view_of(numbers).hash()); });
}

BOOST_FIXTURE_TEST_CASE(bytes_are_copied_in_each_order, cube)
{
    const auto matrix = view(0, ellipsis, slice{0, 2});
    std::vector<int> copied(6);
    const auto copy = [&](item_order order, const memory_view& from) {
        from.copy_to(std::as_writable_bytes(std::span{copied}), order);
        return copied;
    };
    BOOST_TEST((copy(item_order::c, matrix) == std::vector{0, 1, 4, 5, 8, 9}));
    BOOST_TEST((copy(item_order::f, matrix) == std::vector{0, 4, 8, 1, 5, 9}));
    BOOST_TEST((copy(item_order::any, matrix) == std::vector{0, 1, 4, 5, 8, 9}));
    BOOST_CHECK_THROW(matrix.copy_to(std::as_writable_bytes(std::span{copied}).first(20)), geometry_error);
    const auto turned = view.transpose();
    BOOST_TEST((turned.to_bytes(item_order::any) == view.to_bytes()));
    BOOST_TEST((turned.to_bytes(item_order::c) != view.to_bytes()));
}

BOOST_FIXTURE_TEST_CASE(views_of_the_same_structure_are_copied_item_for_item, cube)
{
    view(0).copy_from(view(1, slice{{}, {}, -1}));
    BOOST_TEST(numbers[0][0][0] == 20);
    BOOST_TEST(numbers[0][2][3] == 15);
    const auto row = view(1, 0);
    row(slice{1, {}}).copy_from(row(slice{{}, -1})); // overlapping
    BOOST_TEST((numbers[1][0] == std::array{12, 12, 13, 14}));
    row.copy_to(view(0, 0));
    BOOST_TEST((numbers[0][0] == numbers[1][0]));
    const auto fault = refusal(errc::buffer_refused, [&] { row.copy_from(view(0, 0, slice{0, 3})); });
    BOOST_TEST(says(fault, "expected items 'i' in shape (4,), found items 'i' in shape (3,)"));
    std::vector<unsigned> others(4);
    refusal(errc::buffer_refused, [&] { row.copy_from(view_of(others)); });
}

BOOST_FIXTURE_TEST_CASE(lists_and_visits_have_every_item, cube)
{
    const auto list = view.to_list();
    BOOST_TEST(list.size() == 2U);
    BOOST_TEST(list.at(1).at(2).at(3).get<std::int64_t>() == 23);
    BOOST_TEST(view(0, 0, 1).to_list().get<std::int64_t>() == 1);
    BOOST_TEST(view(slice{0, 0}).to_list().size() == 0U);
    std::vector<int> seen;
    view(0).for_each([&](const std::byte* item) { seen.push_back(samepage::item_cast<int>(view.format(), item)); },
                     item_order::f);
    BOOST_TEST((seen == std::vector{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
}

BOOST_AUTO_TEST_CASE(hexadecimal_is_as_of_bytes)
{
    const std::string text = "\x01\xab\xcd\xef\x10";
    const auto view = view_of(text);
    BOOST_TEST(view.hex() == "01abcdef10");
    BOOST_TEST(view.hex(':') == "01:ab:cd:ef:10");
    BOOST_TEST(view.hex('_', 2) == "01_abcd_ef10");
    BOOST_TEST(view.hex('_', -2) == "01ab_cdef_10");
    BOOST_TEST(view.hex('_', 0) == "01abcdef10");
    BOOST_TEST(text_of(view(slice{{}, {}, 2}).to_bytes()) == "\x01\xcd\x10");
}

BOOST_AUTO_TEST_SUITE_END()
