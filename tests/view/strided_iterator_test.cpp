// SPDX-License-Identifier: BSL-1.0
// strided_iterator_test.cpp: distances and order come from counting, whatever the stride.
#include <samepage/view/strided_iterator.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <iterator>
#include <limits>
#include <memory>
#include <type_traits>

using samepage::strided_iterator;

static_assert(std::random_access_iterator<strided_iterator<int>>);
static_assert(std::random_access_iterator<strided_iterator<const int>>);
static_assert(!std::contiguous_iterator<strided_iterator<int>>);
static_assert(std::sized_sentinel_for<strided_iterator<int>, strided_iterator<int>>);
static_assert(std::sized_sentinel_for<strided_iterator<const int>, strided_iterator<int>>);
static_assert(std::indirectly_writable<strided_iterator<int>, int>);
static_assert(!std::indirectly_writable<strided_iterator<const int>, int>);
static_assert(std::sortable<strided_iterator<int>>);
static_assert(std::is_trivially_copyable_v<strided_iterator<int>>);
static_assert(std::is_convertible_v<strided_iterator<int>, strided_iterator<const int>>);
static_assert(!std::is_convertible_v<strided_iterator<const int>, strided_iterator<int>>);
static_assert(!std::is_convertible_v<strided_iterator<int>, strided_iterator<const long>>);
static_assert(std::is_same_v<std::iterator_traits<strided_iterator<const int>>::value_type, int>);
static_assert(
    std::is_same_v<std::iterator_traits<strided_iterator<int>>::iterator_category, std::random_access_iterator_tag>);

namespace {

constexpr std::ptrdiff_t step = 2 * sizeof(int); // every second of six

struct six_integers {
    std::array<int, 6> all{0, 1, 2, 3, 4, 5};
    strided_iterator<int> at(std::size_t index) { return {all.data(), index, step}; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(strided_iterators)

BOOST_FIXTURE_TEST_CASE(the_element_lies_index_strides_from_the_first, six_integers)
{
    BOOST_TEST(std::addressof(*at(2)) == &all[4]);
    BOOST_TEST(std::addressof(at(0)[1]) == &all[2]);
    BOOST_TEST(at(1).operator->() == &all[2]);
}

BOOST_FIXTURE_TEST_CASE(it_moves_by_elements_both_ways, six_integers)
{
    auto where = at(0);
    BOOST_TEST(*++where == 2);
    BOOST_TEST(*where++ == 2);
    BOOST_TEST(*where-- == 4);
    BOOST_TEST(*--where == 0);
    BOOST_TEST(*(where += 2) == 4);
    BOOST_TEST(*(where -= 1) == 2);
    BOOST_TEST(*(where + 1) == 4);
    BOOST_TEST(*(1 + where) == 4);
    BOOST_TEST(*(where - 1) == 0);
}

BOOST_FIXTURE_TEST_CASE(it_is_ordered_by_index, six_integers)
{
    BOOST_TEST((at(0) < at(1)));
    BOOST_TEST((at(2) >= at(2)));
    BOOST_TEST((at(1) == at(1)));
    BOOST_TEST((at(1) != at(2)));
    BOOST_TEST(((at(2) <=> at(1)) == std::strong_ordering::greater));
}

BOOST_FIXTURE_TEST_CASE(mutable_and_read_only_iterators_compare, six_integers)
{
    const strided_iterator<const int> read_only = at(1);
    BOOST_TEST((read_only == at(1)));
    BOOST_TEST((at(0) < read_only));
    BOOST_TEST((at(2) - read_only == 1));
    BOOST_TEST(std::addressof(*read_only) == &all[2]);
}

BOOST_AUTO_TEST_CASE(a_stride_of_zero_has_distances_too)
{
    int only = 7;
    const strided_iterator<int> first{&only, 0, 0};
    const auto last = first + 5;
    BOOST_TEST((last - first == 5));
    BOOST_TEST((first - last == -5));
    BOOST_TEST((first != last));
    BOOST_TEST(std::addressof(*(first + 3)) == &only);
}

BOOST_FIXTURE_TEST_CASE(a_negative_stride_orders_by_index_and_not_by_address, six_integers)
{
    const strided_iterator<int> backwards{&all[5], 0, -step};
    BOOST_TEST(*(backwards + 2) == 1);
    BOOST_TEST((backwards < backwards + 1));
    BOOST_TEST(((backwards + 2) - backwards == 2));
}

BOOST_FIXTURE_TEST_CASE(far_too_far_and_back_is_the_same_place, six_integers)
{
    constexpr auto far = std::numeric_limits<std::ptrdiff_t>::max();
    auto where = at(1);
    where += far;
    where += far;
    where -= far;
    where -= far;
    BOOST_TEST(*where == 2);
}

BOOST_AUTO_TEST_CASE(value_initialised_iterators_are_equal)
{
    BOOST_TEST((strided_iterator<int>{} == strided_iterator<int>{}));
}

BOOST_AUTO_TEST_SUITE_END()
