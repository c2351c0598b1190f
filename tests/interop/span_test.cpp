// SPDX-License-Identifier: BSL-1.0
// span_test.cpp: a view whose items are neighbours is a std::span of them; another is none.
#include "../support/refusal.hpp"

#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

using samepage::all;
using samepage::slice;
using samepage::strided_view;

namespace {

struct pairs {
    std::array<std::array<int, 2>, 3> numbers{{{1, 2}, {3, 4}, {5, 6}}};

    [[nodiscard]] strided_view<int, 2> typed() { return numbers; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(spans, pairs)

BOOST_AUTO_TEST_CASE(contiguous_elements_are_a_span_of_the_same)
{
    const auto span = typed().span_if_contiguous();
    static_assert(std::is_same_v<decltype(span), const std::optional<std::span<int>>>);
    BOOST_TEST_REQUIRE(span.has_value());
    BOOST_TEST(span->data() == numbers[0].data());
    BOOST_TEST(span->size() == 6U);
    span->back() = 7;
    BOOST_TEST(numbers[2][1] == 7);
}

BOOST_AUTO_TEST_CASE(read_only_elements_are_a_span_of_const_ones)
{
    static_assert(std::is_same_v<decltype(typed().as_const().span()), std::span<const int>>);
    BOOST_TEST(typed().as_const().span().size() == 6U);
}

BOOST_AUTO_TEST_CASE(elements_with_gaps_or_in_another_order_are_no_span)
{
    BOOST_TEST(!typed()(all, 0).span_if_contiguous().has_value());
    BOOST_TEST(!typed().transpose().span_if_contiguous().has_value());
    BOOST_TEST(!typed()(slice{{}, {}, -1}, all).span_if_contiguous().has_value());
    BOOST_TEST(typed()(slice{1, 3}, all).span_if_contiguous().has_value());
}

BOOST_AUTO_TEST_CASE(no_elements_are_an_empty_span)
{
    BOOST_TEST(typed()(slice{0, 0}, 0).span_if_contiguous()->empty());
}

BOOST_AUTO_TEST_CASE(a_view_of_run_time_is_a_span_by_its_type_or_of_bytes)
{
    const auto view = samepage::view_of(numbers);
    BOOST_TEST((view.view<int, 2>().span().data() == numbers[0].data()));
    BOOST_TEST(view.bytes().size() == sizeof numbers);
    view.writable_bytes()[0] = std::byte{9};
    BOOST_TEST(numbers[0][0] == 9);
    const auto column = view(all, 1);
    static_cast<void>(support::refusal(samepage::errc::buffer_refused, [&] { static_cast<void>(column.bytes()); }));
    BOOST_TEST(!column.view<int>().span_if_contiguous().has_value());
}

BOOST_AUTO_TEST_CASE(a_span_is_a_view)
{
    std::vector<int> many{1, 2, 3};
    const std::span<const int> span{many};
    BOOST_TEST((samepage::view_of(span).data() == reinterpret_cast<const std::byte*>(many.data())));
    BOOST_TEST(samepage::view_of(span).is_readonly());
    BOOST_TEST(strided_view<const int>{span}.back() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
