// SPDX-License-Identifier: BSL-1.0
// strided_view_assertions_test.cpp: a caller's bug stops the program, in builds with assertions.
// Assertions are on in this file whatever the build. Views are of types of its own, so that no function of it is
// mistaken for another file's.
#undef NDEBUG
#include "../support/aborts.hpp"

#include <samepage/view/strided_view.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>

using support::aborts;

namespace {

struct element {
    int value;
    char letter; // at any address aligned, so that only the member pointer can be at fault
    char other;
};

using view_of_elements = samepage::strided_view<element>;

struct three_elements {
    std::array<element, 3> all{};
    view_of_elements view = all;
    view_of_elements every_second{all.data(), 2, 2 * sizeof(element)};
};

} // namespace

BOOST_AUTO_TEST_SUITE(strided_view_assertions)

BOOST_FIXTURE_TEST_CASE(within_bounds_nothing_stops, three_elements)
{
    BOOST_TEST(!aborts([&] { static_cast<void>(view[2]); }));
    BOOST_TEST(!aborts([&] { static_cast<void>(view.subview(3, 0)); }));
    BOOST_TEST(!aborts([&] { static_cast<void>(view.span()); }));
}

BOOST_FIXTURE_TEST_CASE(an_index_of_size_or_more_stops, three_elements)
{
    BOOST_TEST(aborts([&] { static_cast<void>(view[3]); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view[static_cast<std::size_t>(-1)]); }));
}

BOOST_AUTO_TEST_CASE(the_ends_of_an_empty_view_stop)
{
    BOOST_TEST(aborts([] { static_cast<void>(view_of_elements{}.front()); }));
    BOOST_TEST(aborts([] { static_cast<void>(view_of_elements{}.back()); }));
}

BOOST_FIXTURE_TEST_CASE(a_subview_that_ends_beyond_the_view_stops, three_elements)
{
    BOOST_TEST(aborts([&] { static_cast<void>(view.subview(4, 0)); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view.subview(1, 3)); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view.subview(1, static_cast<std::size_t>(-1))); }));
}

BOOST_FIXTURE_TEST_CASE(a_span_of_what_is_not_contiguous_stops, three_elements)
{
    BOOST_TEST(aborts([&] { static_cast<void>(every_second.span()); }));
}

BOOST_FIXTURE_TEST_CASE(a_field_by_a_null_member_pointer_stops, three_elements)
{
    char element::*const none = nullptr;
    BOOST_TEST(aborts([&] { static_cast<void>(view.field(none)); }));
}

BOOST_FIXTURE_TEST_CASE(an_unaligned_view_stops, three_elements)
{
    auto* const bytes = reinterpret_cast<std::byte*>(all.data());
    BOOST_TEST(aborts([&] { static_cast<void>(view_of_elements{reinterpret_cast<element*>(bytes + 1), 1, 8}); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view_of_elements{all.data(), 2, 6}); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view_of_elements{nullptr, 1, 8}); }));
}

// Indices of a type of this file's own, too: what walks over a selection is not made for an element.
using index_of_this_file = signed char;

struct two_rows_of_three {
    element all[2][3]{};
    samepage::strided_view<element, 2> view = all;
    static constexpr index_of_this_file last_row = 1, last = 2, behind = 3, before = -1;
};

BOOST_FIXTURE_TEST_CASE(within_each_dimension_nothing_stops, two_rows_of_three)
{
    BOOST_TEST(!aborts([&] { static_cast<void>(view(last_row, last)); }));
    BOOST_TEST(!aborts([&] { static_cast<void>(view(samepage::all, last)); }));
    BOOST_TEST(!aborts([&] { static_cast<void>(view[1][2]); }));
}

BOOST_FIXTURE_TEST_CASE(an_index_outside_its_dimension_stops, two_rows_of_three)
{
    BOOST_TEST(aborts([&] { static_cast<void>(view(last_row, behind)); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view(last, last)); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view(samepage::all, behind)); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view(last)); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view[2]); }));
}

BOOST_FIXTURE_TEST_CASE(an_unchecked_index_is_never_counted_from_the_end, two_rows_of_three)
{
    BOOST_TEST(aborts([&] { static_cast<void>(view(before, last)); }));
    BOOST_TEST(aborts([&] { static_cast<void>(view(before)); }));
}

BOOST_FIXTURE_TEST_CASE(a_span_of_columns_stops, two_rows_of_three)
{
    BOOST_TEST(aborts([&] { static_cast<void>(view.transpose().span()); }));
    BOOST_TEST(!aborts([&] { static_cast<void>(view.span()); }));
}

BOOST_FIXTURE_TEST_CASE(an_unaligned_dimension_stops, two_rows_of_three)
{
    using matrix = samepage::strided_view<element, 2>;
    auto* const first = &all[0][0];
    BOOST_TEST(!aborts([&] { static_cast<void>(matrix{first, {1, 2}, {6, 8}}); }));
    BOOST_TEST(aborts([&] { static_cast<void>(matrix{first, {2, 1}, {6, 8}}); }));
    BOOST_TEST(aborts([&] { static_cast<void>(matrix{nullptr, {1, 1}}); }));
    BOOST_TEST(!aborts([&] { static_cast<void>(matrix{nullptr, {1, 0}}); }));
}

BOOST_AUTO_TEST_SUITE_END()
