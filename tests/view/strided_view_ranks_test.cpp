// SPDX-License-Identifier: BSL-1.0
// strided_view_ranks_test.cpp: views of no dimension and of several: what they are, and the ranges they are.
#include <samepage/view/geometry.hpp>
#include <samepage/view/strided_view.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
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

using scalar = strided_view<int, 0>;
using matrix = strided_view<int, 2>;
using cube = strided_view<int, 3>;
using read_only = strided_view<const int, 2>;
using rows = matrix::iterator;

struct pixel {
    std::uint8_t red, green, blue;
    std::array<float, 3> weights;
};

template <class T, std::size_t Rank>
constexpr bool is_a_cheap_view = std::is_trivially_copyable_v<strided_view<T, Rank>>&&
                                     std::is_trivially_destructible_v<strided_view<T, Rank>> &&
                                 (Rank == 0 || sizeof(strided_view<T, Rank>) == (1 + 2 * Rank) * sizeof(void*));

} // namespace

static_assert(is_a_cheap_view<int, 0> && is_a_cheap_view<int, 1> && is_a_cheap_view<const pixel, 2>);
static_assert(is_a_cheap_view<double, 5>);
static_assert(std::ranges::view<matrix> && std::ranges::view<read_only> && std::ranges::view<cube>);
static_assert(std::ranges::random_access_range<matrix> && std::ranges::random_access_range<const cube>);
static_assert(std::ranges::sized_range<matrix> && std::ranges::common_range<matrix>);
static_assert(std::ranges::borrowed_range<matrix> && std::ranges::borrowed_range<cube>);
static_assert(!std::ranges::range<scalar>);
static_assert(std::is_same_v<std::ranges::range_value_t<cube>, matrix>);
static_assert(std::is_same_v<std::ranges::range_reference_t<matrix>, strided_view<int>>);
static_assert(std::random_access_iterator<rows> && std::sized_sentinel_for<rows, rows>);
static_assert(std::is_same_v<std::iterator_traits<rows>::iterator_category, std::input_iterator_tag>);
static_assert(std::is_trivially_copyable_v<rows>);

static_assert(std::is_convertible_v<matrix, read_only> && !std::is_convertible_v<read_only, matrix>);
static_assert(!std::is_convertible_v<matrix, cube> && !std::is_convertible_v<matrix, strided_view<int>>);
static_assert(std::is_convertible_v<int (&)[2][3], matrix> && std::is_convertible_v<int (&)[2][3], read_only>);
static_assert(std::is_convertible_v<const int (&)[2][3], read_only> &&
              !std::is_convertible_v<const int (&)[2][3], matrix>);
static_assert(!std::is_convertible_v<int (&)[2][3], cube> && !std::is_convertible_v<float (&)[2][3], matrix>);
static_assert(std::is_convertible_v<std::vector<std::array<int, 3>>&, matrix>);
static_assert(std::is_convertible_v<std::span<const std::array<int, 3>>, read_only>);
static_assert(!std::is_convertible_v<std::span<const std::array<int, 3>>, matrix>);
static_assert(!std::is_convertible_v<std::vector<std::array<int, 3>>, read_only>, "it would dangle at once");
static_assert(!std::is_convertible_v<std::vector<int>&, matrix>);
static_assert(std::is_default_constructible_v<matrix> && !std::is_default_constructible_v<scalar>);

BOOST_AUTO_TEST_SUITE(strided_views_of_any_rank)

BOOST_AUTO_TEST_CASE(a_view_made_of_nothing_has_no_rows_and_is_contiguous)
{
    constexpr matrix none;
    static_assert(none.empty() && none.item_count() == 0 && none.nbytes() == 0 && none.is_c_contiguous());
    BOOST_TEST((none.begin() == none.end()));
    BOOST_TEST(none.span().empty());
}

BOOST_AUTO_TEST_CASE(it_knows_its_shape_strides_and_bytes)
{
    std::array<std::int64_t, 12> all{};
    const strided_view<std::int64_t, 2> view{&all[4], {2, 3}, {32, -16}};
    static_assert(view.ndim() == 2 && view.itemsize() == 8);
    BOOST_TEST((view.shape() == std::array<std::size_t, 2>{2, 3}));
    BOOST_TEST((view.strides() == std::array<std::ptrdiff_t, 2>{32, -16}));
    BOOST_TEST(view.size() == 2U);
    BOOST_TEST(view.item_count() == 6U);
    BOOST_TEST(view.nbytes() == 48U);
    BOOST_TEST(view.data() == &all[4]);
    BOOST_TEST(!view.empty());
    const samepage::geometry geometry{view.itemsize(), view.shape(), view.strides()};
    BOOST_TEST(geometry.offset_of({1, 2}) == 0);
}

BOOST_AUTO_TEST_CASE(without_strides_the_last_index_runs_fastest)
{
    std::array<std::int16_t, 24> all{};
    const strided_view<std::int16_t, 3> view{all.data(), {2, 3, 4}};
    BOOST_TEST((view.strides() == std::array<std::ptrdiff_t, 3>{24, 8, 2}));
    BOOST_TEST(view.is_c_contiguous());
}

BOOST_AUTO_TEST_CASE(arrays_of_arrays_are_seen_where_they_lie)
{
    int of_c[2][3]{};
    const matrix in_c = of_c;
    BOOST_TEST((in_c.shape() == std::array<std::size_t, 2>{2, 3}));
    BOOST_TEST(&in_c(1, 2) == &of_c[1][2]);

    std::array<std::array<std::array<int, 4>, 3>, 2> of_std{};
    const cube in_std = of_std;
    BOOST_TEST((in_std.shape() == std::array<std::size_t, 3>{2, 3, 4}));
    BOOST_TEST(&in_std(1, 2, 3) == &of_std[1][2][3]);

    std::vector<std::array<int, 2>> pairs(5);
    const read_only in_pairs = pairs;
    BOOST_TEST((in_pairs.shape() == std::array<std::size_t, 2>{5, 2}));
    BOOST_TEST(&in_pairs(4, 1) == &pairs[4][1]);

    const strided_view<std::array<int, 2>> of_pairs = pairs; // Rank 1 is of the pairs themselves
    BOOST_TEST(of_pairs.size() == 5U);
}

BOOST_AUTO_TEST_CASE(rank_zero_is_one_element)
{
    int only = 7;
    const scalar view{&only, {}};
    BOOST_TEST(view.item_count() == 1U);
    BOOST_TEST(view.nbytes() == sizeof(int));
    BOOST_TEST((view.is_c_contiguous() && view.is_f_contiguous()));
    BOOST_TEST(&view() == &only);
    BOOST_TEST(&view.at() == &only);
    BOOST_TEST(view.span().size() == 1U);
    int sum = 0;
    view.for_each([&](int value) { sum += value; });
    BOOST_TEST(sum == 7);
}

BOOST_AUTO_TEST_CASE(elements_are_found_by_an_index_for_each_dimension)
{
    int all[3][4]{};
    const matrix view{&all[2][0], {3, 2}, {-16, 8}}; // rows from below, every second column
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
            BOOST_TEST(&view(i, j) == &all[2 - i][2 * j]);
            BOOST_TEST(&view.at(i, j) == &all[2 - i][2 * j]);
            BOOST_TEST(&view[i][j] == &all[2 - i][2 * j]);
            BOOST_TEST(&view.begin()[static_cast<std::ptrdiff_t>(i)][j] == &all[2 - i][2 * j]);
        }
    }
    BOOST_TEST(&view.at(-1, -2) == &all[0][0]);
}

BOOST_AUTO_TEST_CASE(a_checked_access_names_the_dimension)
{
    int all[2][3]{};
    const matrix view = all;
    const auto says = [](const std::string& words) {
        return [words](const std::out_of_range& fault) { return fault.what() == words; };
    };
    BOOST_CHECK_EXCEPTION(static_cast<void>(view.at(0, 3)), std::out_of_range,
                          says("index 3 in dimension 1 of size 3: expected -3 to 2"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(view.at(-3, 0)), std::out_of_range,
                          says("index -3 in dimension 0 of size 2: expected -2 to 1"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(view.at(std::size_t{2})), std::out_of_range,
                          says("index 2 in dimension 0 of size 2: expected -2 to 1"));
    BOOST_CHECK_EXCEPTION(static_cast<void>(view.at(0U, std::numeric_limits<std::size_t>::max())), std::out_of_range,
                          says("index 18446744073709551615 in dimension 1 of size 3: expected -3 to 2"));
    BOOST_CHECK_THROW(static_cast<void>(view.at(std::int8_t{-128}, 0)), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(matrix{}.at(0, 0)), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(view.at(samepage::all, 3)), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(it_is_a_range_of_its_rows)
{
    int all[3][2]{{1, 2}, {3, 4}, {5, 6}};
    const matrix view = all;
    std::vector<int> sums;
    for (const auto row : view) {
        sums.push_back(std::accumulate(row.begin(), row.end(), 0));
    }
    BOOST_TEST(sums == (std::vector<int>{3, 7, 11}), boost::test_tools::per_element());
    BOOST_TEST((view.end() - view.begin() == 3));
    BOOST_TEST(&view.front()[1] == &all[0][1]);
    BOOST_TEST(&view.back()[1] == &all[2][1]);
    BOOST_TEST(&(*std::ranges::next(view.begin(), 2))[0] == &all[2][0]);
    const auto highest = std::ranges::max_element(view, {}, [](auto row) { return row[1]; });
    BOOST_TEST((highest - view.begin() == 2));
    for (auto row : view(samepage::slice{2, {}})) {
        std::ranges::fill(row, 9);
    }
    BOOST_TEST(all[2][0] == 9);
}

BOOST_AUTO_TEST_CASE(its_iterator_moves_both_ways)
{
    int all[3][1]{{0}, {1}, {2}};
    auto where = matrix{all}.begin();
    BOOST_TEST((*++where)[0] == 1);
    BOOST_TEST((*where++)[0] == 1);
    BOOST_TEST((*where--)[0] == 2);
    BOOST_TEST((*--where)[0] == 0);
    BOOST_TEST((*(where += 2))[0] == 2);
    BOOST_TEST((*(where -= 1))[0] == 1);
    BOOST_TEST((*(1 + where))[0] == 2);
    BOOST_TEST((*(where - 1))[0] == 0);
    BOOST_TEST((where < where + 1));
    BOOST_TEST((rows{} == rows{}));
}

BOOST_AUTO_TEST_CASE(a_subview_is_of_the_first_dimension)
{
    int all[4][2]{};
    const auto middle = matrix{all}.subview(1, 2);
    BOOST_TEST((middle.shape() == std::array<std::size_t, 2>{2, 2}));
    BOOST_TEST(&middle(0, 0) == &all[1][0]);
    BOOST_TEST(matrix{all}.subview(4, 0).empty());
}

BOOST_AUTO_TEST_CASE(contiguous_is_by_cpythons_rules)
{
    std::array<int, 24> all{};
    const auto view = [&](std::array<std::size_t, 2> shape, std::array<std::ptrdiff_t, 2> strides) {
        return matrix{all.data(), shape, strides};
    };
    BOOST_TEST((view({2, 3}, {12, 4}).is_c_contiguous() && !view({2, 3}, {12, 4}).is_f_contiguous()));
    BOOST_TEST((!view({2, 3}, {4, 8}).is_c_contiguous() && view({2, 3}, {4, 8}).is_f_contiguous()));
    BOOST_TEST((view({2, 3}, {12, 4}).is_contiguous() && view({2, 3}, {4, 8}).is_contiguous()));
    BOOST_TEST(!view({2, 3}, {16, 4}).is_contiguous());
    BOOST_TEST((view({1, 3}, {400, 4}).is_c_contiguous() && view({1, 3}, {400, 4}).is_f_contiguous()));
    BOOST_TEST((view({0, 3}, {400, 400}).is_c_contiguous() && view({0, 3}, {400, 400}).is_f_contiguous()));
}

BOOST_AUTO_TEST_CASE(contiguous_elements_are_a_span_in_c_order)
{
    int all[2][3]{};
    const matrix view = all;
    BOOST_TEST(view.span().data() == &all[0][0]);
    BOOST_TEST(view.span().size() == 6U);
    BOOST_TEST(view.span_if_contiguous().has_value());
    BOOST_TEST(!view.transpose().span_if_contiguous().has_value());
    BOOST_TEST(view.transpose().transpose().span().size() == 6U);
}

BOOST_AUTO_TEST_CASE(for_each_visits_in_c_order_however_they_lie)
{
    int all[2][3]{{0, 1, 2}, {3, 4, 5}};
    const auto visited = [](auto view) {
        std::vector<int> seen;
        view.for_each([&](int value) { seen.push_back(value); });
        return seen;
    };
    BOOST_TEST(visited(matrix{all}) == (std::vector{0, 1, 2, 3, 4, 5}), boost::test_tools::per_element());
    BOOST_TEST(visited(matrix{all}.transpose()) == (std::vector{0, 3, 1, 4, 2, 5}), boost::test_tools::per_element());
    BOOST_TEST(visited(strided_view<int>{&all[1][2], 3, -8}) == (std::vector{5, 3, 1}),
               boost::test_tools::per_element());
    BOOST_TEST(visited(matrix{&all[0][0], {2, 2}, {12, 8}}) == (std::vector{0, 2, 3, 5}),
               boost::test_tools::per_element());
    BOOST_TEST(visited(matrix{}).empty());
    matrix{all}.for_each([](int& value) { value = 7; });
    BOOST_TEST(all[1][2] == 7);
}

BOOST_AUTO_TEST_CASE(elements_larger_than_their_alignment_may_lie_at_any_multiple_of_it)
{
    struct padded {
        std::complex<double> value;
        double other;
    };
    std::array<padded, 3> all{};
    const auto values = strided_view{all}.field(&padded::value);
    BOOST_TEST(values.stride_bytes() == 24);
    for (std::size_t i = 0; i < all.size(); ++i) {
        BOOST_TEST(&values[i] == &all[i].value);
        BOOST_TEST(std::addressof(values.begin()[static_cast<std::ptrdiff_t>(i)]) == &all[i].value);
    }
    BOOST_TEST(!values.is_contiguous());
    BOOST_TEST(strided_view<padded>{all}.is_contiguous());
}

BOOST_AUTO_TEST_CASE(a_stride_is_given_back_as_it_came)
{
    alignas(8) std::array<std::byte, 240> bytes{};
    const auto strides = [&]<class T>(T* data, std::ptrdiff_t by) {
        return strided_view<T, 2>{data, {3, 3}, {by, -by}}.strides();
    };
    for (const std::ptrdiff_t by : {0, 8, 16, 24, 40, -8}) {
        const std::array<std::ptrdiff_t, 2> given{by, -by};
        auto* const middle = &bytes[120];
        BOOST_TEST((strides(reinterpret_cast<std::uint8_t*>(middle), by) == given));
        BOOST_TEST((strides(reinterpret_cast<float*>(middle), by) == given));
        BOOST_TEST((strides(reinterpret_cast<std::int64_t*>(middle), by) == given));
        BOOST_TEST((strides(reinterpret_cast<pixel*>(middle), by) == given));
    }
}

BOOST_AUTO_TEST_SUITE_END()
