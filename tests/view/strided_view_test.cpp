// SPDX-License-Identifier: BSL-1.0
// strided_view_test.cpp: a view is the caller's own memory, seen with a stride.
#include <samepage/view/strided_view.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using samepage::strided_view;

namespace {

struct point {
    float x, y;
};

struct quote {
    std::uint64_t time_ns;
    double bid, ask;
    point where;
    mutable std::uint32_t readers;
    std::array<int, 2> pair;
};

struct stamped_quote : quote {
    int stamp;
};

using numbers = strided_view<double>;
using read_only = strided_view<const double>;

constexpr auto double_bytes = static_cast<std::ptrdiff_t>(sizeof(double));

} // namespace

static_assert(sizeof(numbers) == 24 && std::is_trivially_copyable_v<numbers>);
static_assert(std::ranges::view<numbers> && std::ranges::view<read_only>);
static_assert(std::ranges::random_access_range<numbers> && std::ranges::random_access_range<const numbers>);
static_assert(std::ranges::sized_range<numbers> && std::ranges::common_range<numbers>);
static_assert(std::ranges::borrowed_range<numbers> && std::ranges::viewable_range<numbers&>);
static_assert(!std::ranges::contiguous_range<numbers>, "a span of it has to be asked for");
static_assert(std::ranges::output_range<numbers, double> && !std::ranges::output_range<read_only, double>);
static_assert(std::is_same_v<std::ranges::range_reference_t<const numbers>, double&>, "constness is the element's");
static_assert(std::is_same_v<std::ranges::range_value_t<read_only>, double>);

static_assert(std::is_convertible_v<numbers, read_only> && !std::is_convertible_v<read_only, numbers>);
static_assert(!std::is_convertible_v<strided_view<stamped_quote>, strided_view<const quote>>, "strides would lie");
static_assert(std::is_convertible_v<std::vector<double>&, numbers> && std::is_convertible_v<double (&)[3], numbers>);
static_assert(std::is_convertible_v<const std::vector<double>&, read_only>);
static_assert(std::is_convertible_v<std::span<double>, numbers> &&
              std::is_convertible_v<std::span<double, 3>, read_only>);
static_assert(!std::is_convertible_v<const std::vector<double>&, numbers>);
static_assert(!std::is_convertible_v<std::span<const double>, numbers>);
static_assert(!std::is_convertible_v<std::vector<double>, read_only>, "it would dangle at once");
static_assert(!std::is_convertible_v<std::vector<float>&, numbers>);
static_assert(!std::is_convertible_v<std::deque<double>&, numbers>, "it is in pieces");
static_assert(!std::is_convertible_v<std::vector<stamped_quote>&, strided_view<quote>>);

static_assert(std::is_same_v<decltype(strided_view{std::declval<std::vector<int>&>()}), strided_view<int>>);
static_assert(std::is_same_v<decltype(strided_view{std::declval<const std::vector<int>&>()}), strided_view<const int>>);
static_assert(std::is_same_v<decltype(strided_view{std::declval<const int*>(), 1U, 4}), strided_view<const int>>);

BOOST_AUTO_TEST_SUITE(strided_views)

BOOST_AUTO_TEST_CASE(a_view_made_of_nothing_is_empty_and_contiguous)
{
    constexpr numbers none;
    static_assert(none.empty() && none.data() == nullptr && none.is_contiguous() && none.begin() == none.end());
    BOOST_TEST(none.size() == 0U);
    BOOST_TEST(none.stride_bytes() == double_bytes);
    BOOST_TEST(none.span().empty());
}

BOOST_AUTO_TEST_CASE(elements_are_the_callers_own_a_stride_apart)
{
    std::array<double, 6> all{0, 1, 2, 3, 4, 5};
    const numbers even{all.data(), 3, 2 * double_bytes};
    BOOST_TEST(even.size() == 3U);
    BOOST_TEST(even.stride_bytes() == 16);
    for (std::size_t i = 0; i < even.size(); ++i) {
        BOOST_TEST(&even[i] == &all[2 * i]);
        BOOST_TEST(&even.at(i) == &all[2 * i]);
        BOOST_TEST(std::addressof(even.begin()[static_cast<std::ptrdiff_t>(i)]) == &all[2 * i]);
    }
    BOOST_TEST(&even.front() == &all[0]);
    BOOST_TEST(&even.back() == &all[4]);
}

BOOST_AUTO_TEST_CASE(what_is_written_through_a_view_is_in_the_memory)
{
    std::array<double, 4> all{};
    std::ranges::fill(numbers(all.data(), 2, 2 * double_bytes), 1.5);
    BOOST_TEST(all == (std::array<double, 4>{1.5, 0, 1.5, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_negative_stride_walks_backwards_from_data)
{
    std::array<double, 3> all{1, 2, 3};
    const read_only backwards{&all[2], 3, -double_bytes};
    BOOST_TEST(std::ranges::equal(backwards, std::array{3.0, 2.0, 1.0}));
    BOOST_TEST(backwards.data() == &all[2]);
    BOOST_TEST(&backwards.back() == &all[0]);
    BOOST_TEST(!backwards.is_contiguous());
}

BOOST_AUTO_TEST_CASE(a_stride_of_zero_repeats_one_element)
{
    const double only = 2.5;
    const read_only thousand{&only, 1000, 0};
    BOOST_TEST((thousand.end() - thousand.begin() == 1000));
    BOOST_TEST(std::accumulate(thousand.begin(), thousand.end(), 0.0) == 2500.0);
    BOOST_TEST(&thousand.back() == &only);
}

BOOST_AUTO_TEST_CASE(a_checked_access_names_index_and_size)
{
    std::array<double, 3> all{};
    const numbers view = all;
    BOOST_CHECK_EXCEPTION(static_cast<void>(view.at(3)), std::out_of_range, [](const std::out_of_range& fault) {
        return std::string{fault.what()} == "index 3 in dimension 0 of size 3: expected -3 to 2";
    });
    BOOST_CHECK_THROW(static_cast<void>(view.at(static_cast<std::size_t>(-1))), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(numbers{}.at(0)), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(a_contiguous_range_is_seen_where_it_lies)
{
    std::vector<double> all{1, 2, 3};
    const numbers view = all;
    BOOST_TEST(view.data() == all.data());
    BOOST_TEST(view.size() == 3U);
    BOOST_TEST(view.stride_bytes() == double_bytes);
    const read_only constant = view;
    BOOST_TEST(constant.data() == all.data());
    BOOST_TEST(constant.size() == 3U);
    BOOST_TEST(constant.stride_bytes() == double_bytes);
}

BOOST_AUTO_TEST_CASE(a_subview_starts_at_its_first_and_keeps_the_stride)
{
    std::array<double, 8> all{0, 1, 2, 3, 4, 5, 6, 7};
    const numbers even{all.data(), 4, 2 * double_bytes};
    const auto middle = even.subview(1, 2);
    BOOST_TEST(middle.data() == &all[2]);
    BOOST_TEST(middle.stride_bytes() == 16);
    BOOST_TEST(std::ranges::equal(middle, std::array{2.0, 4.0}));
    BOOST_TEST(even.subview(0, 4).size() == 4U);
    BOOST_TEST(even.subview(4, 0).empty());
    BOOST_TEST(even.subview(4, 0).data() == all.data()); // never beyond the array
}

BOOST_AUTO_TEST_CASE(a_field_is_that_member_of_every_record_with_the_records_stride)
{
    std::array<quote, 3> quotes{};
    const auto ask = strided_view{quotes}.field(&quote::ask);
    static_assert(std::is_same_v<decltype(ask), const strided_view<double>>);
    BOOST_TEST(ask.size() == 3U);
    BOOST_TEST(ask.stride_bytes() == static_cast<std::ptrdiff_t>(sizeof(quote)));
    for (std::size_t i = 0; i < quotes.size(); ++i) {
        BOOST_TEST(&ask[i] == &quotes[i].ask);
    }
}

BOOST_AUTO_TEST_CASE(a_nested_field_is_named_by_its_path)
{
    std::array<quote, 3> quotes{};
    const strided_view records{quotes};
    const auto y = records.field(&quote::where, &point::y);
    static_assert(std::is_same_v<decltype(y), const strided_view<float>>);
    for (std::size_t i = 0; i < quotes.size(); ++i) {
        BOOST_TEST(&y[i] == &quotes[i].where.y);
        BOOST_TEST(&records.field(&quote::where).field(&point::y)[i] == &quotes[i].where.y);
    }
}

BOOST_AUTO_TEST_CASE(fields_of_read_only_records_are_read_only_mutable_ones_too)
{
    const std::array<quote, 2> quotes{};
    const strided_view records{quotes};
    static_assert(std::is_same_v<decltype(records.field(&quote::bid)), strided_view<const double>>);
    static_assert(std::is_same_v<decltype(records.field(&quote::where, &point::x)), strided_view<const float>>);
    static_assert(std::is_same_v<decltype(records.field(&quote::readers)), strided_view<const std::uint32_t>>);
    BOOST_TEST(&records.field(&quote::readers)[1] == &quotes[1].readers);
}

BOOST_AUTO_TEST_CASE(a_field_may_be_a_bases_or_an_array)
{
    std::array<stamped_quote, 2> quotes{};
    const auto bid = strided_view{quotes}.field(&stamped_quote::bid);
    BOOST_TEST(bid.stride_bytes() == static_cast<std::ptrdiff_t>(sizeof(stamped_quote)));
    BOOST_TEST(&bid[1] == &quotes[1].bid);
    BOOST_TEST(&strided_view{quotes}.field(&quote::pair)[1][1] == &quotes[1].pair[1]);
}

BOOST_AUTO_TEST_CASE(a_field_of_a_backwards_view_is_backwards)
{
    std::array<quote, 3> quotes{};
    const strided_view<quote> backwards{&quotes[2], 3, -static_cast<std::ptrdiff_t>(sizeof(quote))};
    BOOST_TEST(&backwards.field(&quote::ask)[2] == &quotes[0].ask);
}

BOOST_AUTO_TEST_CASE(a_field_of_no_records_is_empty)
{
    BOOST_TEST(strided_view<const quote>{}.field(&quote::where, &point::y).empty());
}

BOOST_AUTO_TEST_CASE(contiguous_elements_are_a_span)
{
    std::array<double, 4> all{1, 2, 3, 4};
    const numbers view = all;
    BOOST_TEST(view.is_contiguous());
    BOOST_TEST(view.span().data() == all.data());
    BOOST_TEST(view.span().size() == 4U);
    BOOST_TEST_REQUIRE(view.span_if_contiguous().has_value());
    BOOST_TEST(view.span_if_contiguous()->data() == all.data());
    BOOST_TEST(view.span_if_contiguous()->size() == 4U);
}

BOOST_AUTO_TEST_CASE(elements_with_room_between_are_no_span)
{
    std::array<double, 4> all{};
    const numbers even{all.data(), 2, 2 * double_bytes};
    BOOST_TEST(!even.is_contiguous());
    BOOST_TEST(!even.span_if_contiguous().has_value());
}

BOOST_AUTO_TEST_CASE(fewer_than_two_elements_are_contiguous_whatever_the_stride)
{
    std::array<double, 4> all{};
    const numbers even{all.data(), 2, 2 * double_bytes};
    BOOST_TEST(even.subview(1, 1).is_contiguous());
    BOOST_TEST(even.subview(1, 1).span().data() == &all[2]);
    BOOST_TEST(even.subview(0, 0).is_contiguous());
}

BOOST_AUTO_TEST_CASE(algorithms_of_the_library_work_on_columns)
{
    std::array<quote, 5> quotes{};
    for (std::size_t i = 0; i < quotes.size(); ++i) {
        quotes[i].bid = static_cast<double>((i * 3) % 5);
    }
    const auto bid = strided_view{quotes}.field(&quote::bid);
    BOOST_TEST(std::ranges::min(bid) == 0.0);
    BOOST_TEST((std::ranges::find(bid, 4.0) - bid.begin() == 3));
    std::ranges::sort(bid, std::greater{});
    BOOST_TEST(std::ranges::equal(bid, std::array{4.0, 3.0, 2.0, 1.0, 0.0}));
    BOOST_TEST((std::ranges::lower_bound(bid, 2.0, std::greater{}) - bid.begin() == 2));
    std::reverse(bid.begin(), bid.end());
    BOOST_TEST(quotes[4].bid == 4.0);
}

BOOST_AUTO_TEST_SUITE_END()
