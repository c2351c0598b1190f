// SPDX-License-Identifier: BSL-1.0
// geometry_test.cpp: shapes and strides: which may be, what they reach, in which order.
#include <samepage/view/geometry.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

using samepage::byte_extent;
using samepage::geometry;
using samepage::geometry_error;
using samepage::item_order;

static_assert(std::is_copy_assignable_v<geometry> && !std::is_nothrow_copy_assignable_v<geometry>); // it may allocate
static_assert(std::is_nothrow_move_constructible_v<geometry> && std::is_nothrow_move_assignable_v<geometry>);

namespace {

using sizes = std::vector<std::size_t>;
using strides = std::vector<std::ptrdiff_t>;

constexpr auto most = std::numeric_limits<std::ptrdiff_t>::max();
constexpr auto least = std::numeric_limits<std::ptrdiff_t>::min();

sizes shape_of(const geometry& of)
{
    return {of.shape().begin(), of.shape().end()};
}

strides strides_of(const geometry& of)
{
    return {of.strides().begin(), of.strides().end()};
}

geometry make(std::size_t itemsize, const sizes& shape, const strides& by)
{
    return {itemsize, shape, by};
}

/// Whether the call throws an Error that says these words.
template <class Error = geometry_error, class Call>
bool refuses(Call call, const std::string& words)
{
    try {
        call();
    } catch (const Error& fault) {
        const std::string said = fault.what();
        BOOST_TEST(said.find(words) != std::string::npos, "said: " << said);
        return true;
    }
    return false;
}

std::vector<std::ptrdiff_t> offsets(const geometry& of, item_order order)
{
    std::vector<std::ptrdiff_t> all;
    of.visit_offsets(order, [&](std::ptrdiff_t offset_bytes) { all.push_back(offset_bytes); });
    return all;
}

std::size_t runs(const geometry& of, item_order order = item_order::c)
{
    std::size_t count = 0;
    of.visit_runs(order, [&](std::ptrdiff_t, std::size_t, std::ptrdiff_t) { ++count; });
    return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(geometries)

BOOST_AUTO_TEST_CASE(made_of_nothing_it_is_no_bytes_in_one_dimension)
{
    const geometry none;
    BOOST_TEST(none.ndim() == 1U);
    BOOST_TEST(none.empty());
    BOOST_TEST(none.nbytes() == 0U);
    BOOST_TEST((none == geometry::c_order(1, {0})));
}

BOOST_AUTO_TEST_CASE(in_c_order_the_last_index_runs_fastest)
{
    const auto matrix = geometry::c_order(8, {2, 3, 4});
    BOOST_TEST(shape_of(matrix) == (sizes{2, 3, 4}), boost::test_tools::per_element());
    BOOST_TEST(strides_of(matrix) == (strides{96, 32, 8}), boost::test_tools::per_element());
    BOOST_TEST(matrix.item_count() == 24U);
    BOOST_TEST(matrix.nbytes() == 192U);
    BOOST_TEST(matrix.itemsize() == 8U);
}

BOOST_AUTO_TEST_CASE(in_f_order_the_first_index_runs_fastest)
{
    const auto matrix = geometry::f_order(8, {2, 3, 4});
    BOOST_TEST(strides_of(matrix) == (strides{8, 16, 48}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_dimensions_are_one_item)
{
    const auto scalar = geometry::c_order(8, {});
    BOOST_TEST(scalar.ndim() == 0U);
    BOOST_TEST(scalar.item_count() == 1U);
    BOOST_TEST(!scalar.empty());
    BOOST_TEST(scalar.nbytes() == 8U);
    BOOST_TEST((scalar.extent() == byte_extent{0, 8}));
    BOOST_TEST((scalar.is_c_contiguous() && scalar.is_f_contiguous()));
    BOOST_TEST(scalar.offset_of({}) == 0);
    BOOST_TEST(offsets(scalar, item_order::c).size() == 1U);
}

BOOST_AUTO_TEST_CASE(more_than_four_dimensions_are_copied_and_moved_like_few)
{
    const auto wide = geometry::c_order(1, {2, 1, 2, 1, 2, 1, 2});
    auto copy = wide;
    BOOST_TEST((copy == wide));
    BOOST_TEST(copy.shape().data() != wide.shape().data());
    const auto moved = std::move(copy);
    BOOST_TEST((moved == wide));
    copy = geometry::c_order(4, {3});
    BOOST_TEST((copy == geometry::c_order(4, {3})));
    copy = moved;
    BOOST_TEST((copy == wide));
    auto& itself = copy;
    copy = itself;
    BOOST_TEST((copy == wide));
    copy = std::move(itself);
    BOOST_TEST((copy == wide));
}

BOOST_AUTO_TEST_CASE(sixty_four_dimensions_are_the_most)
{
    const sizes at_most(64, 1);
    BOOST_TEST(geometry::c_order(1, at_most).ndim() == 64U);
    const sizes too_many(65, 1);
    BOOST_TEST(refuses([&] { static_cast<void>(geometry::c_order(1, too_many)); },
                       "expected at most 64 dimensions, found 65"));
    BOOST_TEST(refuses([&] { make(1, too_many, strides(65, 1)); }, "expected at most 64 dimensions, found 65"));
}

BOOST_AUTO_TEST_CASE(equal_are_same_item_size_shape_and_strides)
{
    const auto one = make(4, {2, 3}, {12, 4});
    BOOST_TEST((one == geometry::c_order(4, {2, 3})));
    BOOST_TEST((one != make(2, {2, 3}, {12, 4})));
    BOOST_TEST((one != make(4, {3, 2}, {12, 4})));
    BOOST_TEST((one != make(4, {2, 3}, {12, 8})));
    BOOST_TEST((one != make(4, {2, 3, 1}, {12, 4, 4})));
}

// ---- from outside ----

BOOST_AUTO_TEST_CASE(as_many_strides_as_sizes_are_wanted)
{
    BOOST_TEST(refuses(
        [] {
            make(4, {2, 3}, {4});
        },
        "expected as many strides as sizes, found shape (2, 3) and strides (4,)"));
}

BOOST_AUTO_TEST_CASE(a_negative_size_is_refused_and_its_dimension_named)
{
    BOOST_TEST(refuses([] { make(4, {2, static_cast<std::size_t>(-3)}, {4, 4}); }, "in dimension 1, found -3"));
    // Zero elsewhere is no excuse.
    BOOST_TEST(refuses([] { make(4, {0, static_cast<std::size_t>(-3)}, {4, 4}); }, "in dimension 1, found -3"));
}

BOOST_AUTO_TEST_CASE(an_item_size_beyond_every_address_is_refused)
{
    BOOST_TEST(refuses([] { make(static_cast<std::size_t>(-8), {}, {}); }, "expected an item size of at most"));
}

BOOST_AUTO_TEST_CASE(more_bytes_than_fit_are_refused_whatever_the_strides)
{
    const std::size_t half = std::size_t{1} << 32;
    BOOST_TEST(refuses([&] { make(1, {half, half}, {0, 0}); }, "found more with dimension 1"));
    BOOST_TEST(refuses([&] { make(8, {std::size_t{1} << 60}, {0}); }, "found more with dimension 0"));
    BOOST_TEST(refuses([&] { make(0, {half, half}, {0, 0}); }, "found more with dimension 1"));
    BOOST_TEST(refuses([&] { static_cast<void>(geometry::c_order(1, {half, half})); }, "found more with dimension 1"));
    BOOST_TEST(make(1, {static_cast<std::size_t>(most)}, {1}).nbytes() == static_cast<std::size_t>(most));
}

BOOST_AUTO_TEST_CASE(strides_that_reach_beyond_what_fits_are_refused)
{
    BOOST_TEST(refuses([] { make(1, {3}, {most}); }, "found more with dimension 0"));
    BOOST_TEST(refuses([] { make(1, {2, 2}, {most - 1, most - 1}); }, "found more with dimension 1"));
    BOOST_TEST(refuses([] { make(1, {2, 2}, {most - 1, -most}); }, "found more with dimension 1"));
    BOOST_TEST(refuses([] { make(1, {2}, {least}); }, "found more with dimension 0"));
    BOOST_TEST(refuses([] { make(2, {2}, {most - 1}); }, "found more with dimension 0"));
    BOOST_TEST((make(1, {2}, {most - 1}).extent() == byte_extent{0, most}));
    BOOST_TEST((make(1, {2}, {1 - most}).extent() == byte_extent{1 - most, 1}));
}

BOOST_AUTO_TEST_CASE(a_stride_that_is_never_walked_may_be_any)
{
    BOOST_TEST((make(4, {1, 1}, {least, most}).extent() == byte_extent{0, 4}));
    BOOST_TEST((make(4, {0, 7}, {least, most}).extent() == byte_extent{0, 0}));
    BOOST_TEST(make(4, {0, std::size_t{1} << 62, std::size_t{1} << 62}, {1, 1, 1}).nbytes() == 0U);
    BOOST_TEST(geometry::c_order(4, {0, std::size_t{1} << 62, std::size_t{1} << 62}).empty());
}

BOOST_AUTO_TEST_CASE(an_extent_counts_both_ways_from_item_zero)
{
    BOOST_TEST((make(4, {3, 2}, {-12, 4}).extent() == byte_extent{-24, 8}));
    BOOST_TEST((make(4, {3, 2}, {0, 0}).extent() == byte_extent{0, 4}));
    BOOST_TEST((make(4, {3}, {2}).extent() == byte_extent{0, 8})); // overlapping items
}

BOOST_AUTO_TEST_CASE(items_have_to_lie_in_the_memory)
{
    const auto within = [](std::size_t memory, std::ptrdiff_t offset, const sizes& shape, const strides& by) {
        return geometry::within(memory, offset, 4, shape, by);
    };
    BOOST_TEST(within(24, 0, {2, 3}, {12, 4}).nbytes() == 24U);
    BOOST_TEST(within(32, 8, {2, 3}, {12, 4}).nbytes() == 24U);
    BOOST_TEST(within(12, 8, {3}, {-4}).nbytes() == 12U);
    BOOST_TEST(within(4, 0, {1000}, {0}).item_count() == 1000U);
    BOOST_TEST(within(4, 0, {}, {}).item_count() == 1U);

    BOOST_TEST(refuses([&] { within(23, 0, {2, 3}, {12, 4}); }, "expected bytes 0 to 23, found 0 to 24"));
    BOOST_TEST(refuses([&] { within(31, 8, {2, 3}, {12, 4}); }, "expected bytes 0 to 31, found 8 to 32"));
    BOOST_TEST(refuses([&] { within(12, 7, {3}, {-4}); }, "expected bytes 0 to 12, found -1 to 11"));
    BOOST_TEST(refuses([&] { within(3, 0, {}, {}); }, "expected bytes 0 to 3, found 0 to 4"));
    BOOST_TEST(refuses([&] { within(64, -4, {2}, {4}); }, "from offset -4"));
    BOOST_TEST(refuses([&] { within(64, most, {2}, {4}); }, "found 9223372036854775807 to beyond any"));
    BOOST_TEST(refuses([&] { within(64, least, {2}, {4}); }, "expected bytes 0 to 64"));
}

BOOST_AUTO_TEST_CASE(no_items_lie_anywhere_in_the_memory_and_not_outside)
{
    const auto nothing = [](std::ptrdiff_t offset) {
        return geometry::within(8, offset, 4, sizes{0, 5}, strides{1000, -1000});
    };
    BOOST_TEST(nothing(0).empty());
    BOOST_TEST(nothing(8).empty());
    BOOST_TEST(refuses([&] { nothing(9); }, "expected bytes 0 to 8, found 9 to 9"));
    BOOST_TEST(refuses([&] { nothing(-1); }, "expected bytes 0 to 8, found -1 to -1"));
}

// ---- contiguity: CPython's PyBuffer_IsContiguous ----

BOOST_AUTO_TEST_CASE(a_matrix_is_contiguous_in_its_own_order)
{
    const auto rows = geometry::c_order(4, {2, 3});
    BOOST_TEST((rows.is_c_contiguous() && !rows.is_f_contiguous()));
    const auto columns = geometry::f_order(4, {2, 3});
    BOOST_TEST((!columns.is_c_contiguous() && columns.is_f_contiguous()));
    for (const auto& each : {rows, columns}) {
        BOOST_TEST(each.is_contiguous());
        BOOST_TEST(each.is_contiguous(item_order::c) == each.is_c_contiguous());
        BOOST_TEST(each.is_contiguous(item_order::f) == each.is_f_contiguous());
    }
    BOOST_TEST(!make(4, {2, 3}, {16, 4}).is_contiguous());
    BOOST_TEST(!make(4, {3}, {-4}).is_contiguous());
    BOOST_TEST(!make(4, {3}, {0}).is_contiguous());
}

BOOST_AUTO_TEST_CASE(the_stride_of_a_dimension_of_size_one_does_not_matter)
{
    const auto one_row = make(4, {1, 3}, {-77, 4});
    BOOST_TEST((one_row.is_c_contiguous() && one_row.is_f_contiguous()));
    const auto between = make(4, {2, 1, 3}, {12, 99, 4});
    BOOST_TEST((between.is_c_contiguous() && !between.is_f_contiguous()));
    BOOST_TEST(make(4, {1}, {0}).is_c_contiguous());
    BOOST_TEST(!make(4, {2, 1}, {8, 4}).is_c_contiguous());
}

BOOST_AUTO_TEST_CASE(no_items_are_contiguous)
{
    for (const auto& shape : {sizes{0, 3}, sizes{3, 0}, sizes{2, 0, 2}}) {
        const auto none = make(4, shape, strides(shape.size(), 100));
        BOOST_TEST((none.is_c_contiguous() && none.is_f_contiguous()));
    }
    const auto no_bytes = make(0, {2, 3}, {5, 7});
    BOOST_TEST((no_bytes.is_c_contiguous() && no_bytes.is_f_contiguous()));
}

// ---- indices ----

BOOST_AUTO_TEST_CASE(an_index_for_each_dimension_is_an_offset)
{
    const auto matrix = make(4, {2, 3}, {100, -4});
    BOOST_TEST(matrix.offset_of({0, 0}) == 0);
    BOOST_TEST(matrix.offset_of({1, 2}) == 92);
    BOOST_TEST(matrix.offset_of({-1, -3}) == 100);
    BOOST_TEST(matrix.offset_of({-2, -1}) == -8);
}

BOOST_AUTO_TEST_CASE(an_index_outside_names_dimension_size_and_what_would_do)
{
    const auto matrix = geometry::c_order(4, {2, 3});
    using out = std::out_of_range;
    BOOST_TEST(refuses<out>(
        [&] {
            static_cast<void>(matrix.offset_of({0, 3}));
        },
        "index 3 in dimension 1 of size 3: expected -3 to 2"));
    BOOST_TEST(refuses<out>(
        [&] {
            static_cast<void>(matrix.offset_of({-3, 0}));
        },
        "index -3 in dimension 0 of size 2: expected -2 to 1"));
    BOOST_TEST(refuses<out>(
        [&] {
            static_cast<void>(matrix.offset_of({0, least}));
        },
        "index -9223372036854775808 in dimension 1"));
    BOOST_TEST(refuses<out>(
        [&] {
            static_cast<void>(geometry::c_order(4, {2, 0}).offset_of({1, 0}));
        },
        "index 0 in dimension 1 of size 0: expected no index, there are no items"));
}

BOOST_AUTO_TEST_CASE(more_or_fewer_indices_than_dimensions_are_refused)
{
    const auto matrix = geometry::c_order(4, {2, 3});
    BOOST_TEST(refuses([&] { static_cast<void>(matrix.offset_of({0})); },
                       "expected 2 indices, one for each dimension, found 1"));
    BOOST_TEST(refuses([&] { static_cast<void>(matrix.offset_of({0, 0, 0})); }, "found 3"));
    BOOST_TEST(refuses([&] { static_cast<void>(matrix.offset_of({})); }, "found 0"));
}

// ---- orders ----

BOOST_AUTO_TEST_CASE(items_are_visited_in_the_order_asked_for)
{
    const auto matrix = make(1, {2, 3}, {10, -2});
    BOOST_TEST(offsets(matrix, item_order::c) == (strides{0, -2, -4, 10, 8, 6}), boost::test_tools::per_element());
    BOOST_TEST(offsets(matrix, item_order::f) == (strides{0, 10, -2, 8, -4, 6}), boost::test_tools::per_element());
    const auto cube = geometry::c_order(1, {2, 2, 2});
    BOOST_TEST(offsets(cube, item_order::c) == (strides{0, 1, 2, 3, 4, 5, 6, 7}), boost::test_tools::per_element());
    BOOST_TEST(offsets(cube, item_order::f) == (strides{0, 4, 2, 6, 1, 5, 3, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(any_order_is_that_of_fortran_only_where_the_items_lie_so)
{
    BOOST_TEST((geometry::f_order(1, {2, 2}).resolve(item_order::any) == item_order::f));
    BOOST_TEST((geometry::c_order(1, {2, 2}).resolve(item_order::any) == item_order::c));
    BOOST_TEST((make(1, {2, 2}, {9, 3}).resolve(item_order::any) == item_order::c));
    BOOST_TEST((make(1, {2, 2}, {3, 9}).resolve(item_order::any) == item_order::c));
    BOOST_TEST((geometry::c_order(1, {4}).resolve(item_order::any) == item_order::c));
    BOOST_TEST((geometry::c_order(1, {2, 2}).resolve(item_order::f) == item_order::f));
    BOOST_TEST(offsets(geometry::f_order(1, {2, 2}), item_order::any) == (strides{0, 1, 2, 3}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_is_visited_where_nothing_is)
{
    BOOST_TEST(offsets(geometry::c_order(1, {2, 0, 3}), item_order::c).empty());
    BOOST_TEST(offsets(geometry::c_order(1, {0}), item_order::f).empty());
}

BOOST_AUTO_TEST_CASE(dimensions_that_follow_each_other_are_one_run)
{
    BOOST_TEST(runs(geometry::c_order(4, {5, 1, 6, 7})) == 1U);
    BOOST_TEST(runs(geometry::f_order(4, {5, 6, 7}), item_order::f) == 1U);
    BOOST_TEST(runs(geometry::c_order(4, {5, 6}), item_order::f) == 6U);
    BOOST_TEST(runs(make(4, {2, 5, 6}, {1000, 48, 8})) == 2U);
    BOOST_TEST(runs(make(4, {2, 5, 6}, {-240, -48, -8})) == 1U);
    BOOST_TEST(runs(make(4, {5, 6}, {0, 0})) == 1U);
    BOOST_TEST(runs(make(4, {5, 6}, {0, 4})) == 5U);
}

BOOST_AUTO_TEST_CASE(a_visit_ends_when_told_so)
{
    const auto rows = make(1, {4, 2}, {10, 1});
    std::size_t seen = 0;
    const auto until = [&](std::size_t last) {
        seen = 0;
        return rows.visit_runs(item_order::c,
                               [&](std::ptrdiff_t, std::size_t, std::ptrdiff_t) { return ++seen != last; });
    };
    BOOST_TEST(!until(2));
    BOOST_TEST(seen == 2U);
    BOOST_TEST(until(5));
    BOOST_TEST(seen == 4U);
}

BOOST_AUTO_TEST_SUITE_END()
