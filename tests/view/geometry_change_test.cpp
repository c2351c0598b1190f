// SPDX-License-Identifier: BSL-1.0
// geometry_change_test.cpp: selections, transposes, reshapes and broadcasts that move no item, as NumPy's views are.
#include <samepage/view/geometry.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

using samepage::all;
using samepage::ellipsis;
using samepage::geometry;
using samepage::geometry_error;
using samepage::new_axis;
using samepage::selector;
using samepage::slice;

namespace {

using sizes = std::vector<std::size_t>;
using strides = std::vector<std::ptrdiff_t>;

constexpr auto most = std::numeric_limits<std::ptrdiff_t>::max();

geometry make(std::size_t itemsize, const sizes& shape, const strides& by)
{
    return {itemsize, shape, by};
}

void require(const geometry& found, const sizes& shape, const strides& by)
{
    BOOST_TEST(sizes(found.shape().begin(), found.shape().end()) == shape, boost::test_tools::per_element());
    BOOST_TEST(strides(found.strides().begin(), found.strides().end()) == by, boost::test_tools::per_element());
}

void require(const samepage::selection& found, std::ptrdiff_t offset_bytes, const sizes& shape, const strides& by)
{
    BOOST_TEST(found.offset_bytes == offset_bytes);
    require(found.geometry, shape, by);
}

template <class Error = geometry_error, class Call>
bool refuses(Call call, const std::string& words)
{
    try {
        static_cast<void>(call());
    } catch (const Error& fault) {
        const std::string said = fault.what();
        BOOST_TEST(said.find(words) != std::string::npos, "said: " << said);
        return true;
    }
    return false;
}

const geometry cube = geometry::c_order(4, {2, 3, 5}); // strides 60, 20, 4

} // namespace

BOOST_AUTO_TEST_SUITE(geometry_changes)

// ---- selections ----

BOOST_AUTO_TEST_CASE(an_index_takes_its_dimension_away)
{
    require(cube.select({1}), 60, {3, 5}, {20, 4});
    require(cube.select({-1, -2}), 80, {5}, {4});
    require(cube.select({1, 2, 3}), 112, {}, {});
    require(cube.select({all, 1}), 20, {2, 5}, {60, 4});
}

BOOST_AUTO_TEST_CASE(a_slice_keeps_its_dimension)
{
    require(cube.select({slice{1, 100}}), 60, {1, 3, 5}, {60, 20, 4});
    require(cube.select({all, slice{{}, {}, 2}, slice{{}, {}, -1}}), 16, {2, 2, 5}, {60, 40, -4});
    require(cube.select({0, slice{-2, {}}}), 20, {2, 5}, {20, 4});
}

BOOST_AUTO_TEST_CASE(the_ellipsis_is_every_dimension_that_is_not_mentioned)
{
    require(cube.select({ellipsis, 1}), 4, {2, 3}, {60, 20});
    require(cube.select({1, ellipsis, 2}), 68, {3}, {20});
    require(cube.select({1, 1, 1, ellipsis}), 84, {}, {});
    require(cube.select({ellipsis}), 0, {2, 3, 5}, {60, 20, 4});
    require(cube.select({}), 0, {2, 3, 5}, {60, 20, 4});
}

BOOST_AUTO_TEST_CASE(a_new_axis_is_of_size_one_and_stride_zero)
{
    require(cube.select({new_axis}), 0, {1, 2, 3, 5}, {0, 60, 20, 4});
    require(cube.select({1, new_axis, ellipsis, new_axis}), 60, {1, 3, 5, 1}, {0, 20, 4, 0});
    require(geometry::c_order(4, {}).select({new_axis, new_axis}), 0, {1, 1}, {0, 0});
}

BOOST_AUTO_TEST_CASE(a_selection_of_nothing_is_at_offset_zero_with_the_strides_it_would_have)
{
    require(cube.select({1, slice{3, {}}}), 0, {0, 5}, {20, 4});
    require(cube.select({slice{5, 2, 3}}), 0, {0, 3, 5}, {180, 20, 4});
    require(make(1, {0, 5}, {1, most}).select({all, slice{4, {}}}), 0, {0, 1}, {1, most});
}

BOOST_AUTO_TEST_CASE(a_step_beyond_the_dimension_takes_one_item)
{
    const auto found = cube.select({slice{{}, {}, most}});
    BOOST_TEST(found.geometry.shape()[0] == 1U);
    BOOST_TEST((found.geometry.extent() == samepage::byte_extent{0, 60}));
}

BOOST_AUTO_TEST_CASE(an_index_outside_its_dimension_is_named)
{
    using out = std::out_of_range;
    BOOST_TEST(refuses<out>([] { return cube.select({all, 3}); }, "index 3 in dimension 1 of size 3"));
    BOOST_TEST(refuses<out>([] { return cube.select({new_axis, ellipsis, -6}); }, "index -6 in dimension 2 of size 5"));
    BOOST_TEST(refuses<out>([] { return cube.select({static_cast<std::size_t>(-1)}); }, "in dimension 0 of size 2"));
}

BOOST_AUTO_TEST_CASE(a_selection_that_cannot_be_says_why)
{
    BOOST_TEST(refuses(
        [] {
            return cube.select({0, all, slice{}, 0});
        },
        "expected at most 3 indices and slices, one for each dimension, found 4"));
    BOOST_TEST(refuses([] { return geometry::c_order(4, {}).select({0}); }, "expected at most 0"));
    BOOST_TEST(refuses([] { return cube.select({ellipsis, 0, ellipsis}); }, "found a second"));
    BOOST_TEST(refuses([] { return cube.select({0, slice{{}, {}, 0}}); }, "other than zero in dimension 1"));
    const std::vector<selector> axes(62, selector{new_axis});
    BOOST_TEST(refuses([&] { return cube.select(axes); }, "expected at most 64 dimensions, found 65"));
    BOOST_TEST(cube.select(std::span{axes}.first(61)).geometry.ndim() == 64U);
}

// ---- transposes ----

BOOST_AUTO_TEST_CASE(a_transpose_turns_dimensions_round)
{
    require(cube.transpose(), {5, 3, 2}, {4, 20, 60});
    require(cube.transpose({1, 2, 0}), {3, 5, 2}, {20, 4, 60});
    require(cube.transpose({-1, 0, -2}), {5, 2, 3}, {4, 60, 20});
    require(geometry::c_order(4, {}).transpose(), {}, {});
}

BOOST_AUTO_TEST_CASE(axes_name_each_dimension_once)
{
    BOOST_TEST(refuses([] { return cube.transpose({0, 1}); }, "expected 3 axes, one for each dimension, found 2"));
    BOOST_TEST(refuses([] { return cube.transpose({0, 1, 2, 0}); }, "found 4"));
    BOOST_TEST(refuses([] { return cube.transpose({0, 1, -2}); }, "found dimension 1 twice"));
    BOOST_TEST(refuses([] { return cube.transpose({0, 1, 3}); }, "expected -3 to 2, found 3"));
    BOOST_TEST(refuses([] { return cube.transpose({0, 1, -4}); }, "expected -3 to 2, found -4"));
    BOOST_TEST(refuses([] { return cube.transpose(strides(65, 0)); }, "at most 64 dimensions, found 65"));
}

// ---- reshapes: the strides are those that NumPy 1.24 gave ----

BOOST_AUTO_TEST_CASE(contiguous_items_take_any_shape_of_as_many)
{
    require(cube.reshape({30}), {30}, {4});
    require(cube.reshape({3, 1, 10}), {3, 1, 10}, {40, 40, 4});
    require(cube.reshape({1, 30, 1}), {1, 30, 1}, {120, 4, 4});
    require(make(4, {2, 1, 3}, {12, 99, 4}).reshape({3, 2}), {3, 2}, {8, 4});
    require(geometry::c_order(4, {}).reshape({1, 1}), {1, 1}, {4, 4});
    require(geometry::c_order(4, {1, 1}).reshape(strides{}), {}, {});
}

BOOST_AUTO_TEST_CASE(the_same_shape_is_the_same_view)
{
    require(cube.transpose().reshape({5, 3, 2}), {5, 3, 2}, {4, 20, 60});
    require(make(4, {1, 3}, {99, 4}).reshape({1, 3}), {1, 3}, {99, 4});
    require(make(4, {1, 3}, {99, 4}).reshape({1, -1}), {1, 3}, {12, 4}); // found anew
}

BOOST_AUTO_TEST_CASE(one_size_may_be_found)
{
    require(cube.reshape({-1}), {30}, {4});
    require(cube.reshape({2, -1, 3}), {2, 5, 3}, {60, 12, 4});
    require(cube.reshape({30, -1}), {30, 1}, {4, 4});
    require(geometry::c_order(4, {0, 3}).reshape({-1, 7}), {0, 7}, {28, 4});
}

BOOST_AUTO_TEST_CASE(dimensions_split_and_join_where_strides_describe_it)
{
    const auto every_second = make(4, {2, 3, 4}, {200, 32, 8}); // rows of 4 follow each other, planes do not
    require(every_second.reshape({2, 12}), {2, 12}, {200, 8});
    require(every_second.reshape({2, 2, 6}), {2, 2, 6}, {200, 48, 8});
    require(every_second.reshape({1, 2, 1, 12, 1}), {1, 2, 1, 12, 1}, {400, 200, 96, 8, 8});
    require(make(4, {6}, {-4}).reshape({2, 3}), {2, 3}, {-12, -4});
    require(make(4, {4}, {0}).reshape({2, 2}), {2, 2}, {0, 0});
    require(make(4, {3, 1, 2}, {8, 1, 4}).transpose().reshape({2, 3, 1}), {2, 3, 1}, {4, 8, 8});
}

BOOST_AUTO_TEST_CASE(no_items_take_any_shape_of_none)
{
    require(make(4, {0, 3}, {77, 99}).reshape({5, 0, 2}), {5, 0, 2}, {0, 8, 4});
    BOOST_TEST(geometry::c_order(4, {0}).reshape({most, most, 0}).empty());
}

BOOST_AUTO_TEST_CASE(items_of_no_bytes_take_any_shape_of_as_many)
{
    require(make(0, {2, 3}, {5, 7}).reshape({6}), {6}, {0});
}

BOOST_AUTO_TEST_CASE(a_reshape_that_needs_a_copy_is_refused_and_the_dimension_named)
{
    BOOST_TEST(refuses([] { return cube.transpose().reshape({30}); },
                       "(5, 3, 2) with strides (4, 20, 60) to (30,) needs a copy: expected a stride of 60 bytes in "
                       "dimension 0, found 4"));
    BOOST_TEST(refuses(
        [] {
            return make(4, {2, 3, 4}, {200, 32, 8}).reshape({3, 8});
        },
        "expected a stride of 96 bytes in dimension 0, found 200"));
}

BOOST_AUTO_TEST_CASE(a_shape_of_another_number_of_items_is_refused)
{
    BOOST_TEST(refuses([] { return cube.reshape({4, 7}); }, "to (4, 7): expected 30 items, found 28"));
    BOOST_TEST(refuses([] { return cube.reshape(strides{}); }, "expected 30 items, found 1"));
    BOOST_TEST(refuses([] { return cube.reshape({0}); }, "expected 30 items, found 0"));
    BOOST_TEST(refuses([] { return cube.reshape({-1, 4}); }, "in place of -1 in dimension 0"));
    BOOST_TEST(refuses([] { return geometry::c_order(4, {0}).reshape({-1, 0}); }, "the other sizes make 0"));
    BOOST_TEST(refuses([] { return cube.reshape({-1, 2, -1}); }, "expected -1 once, found it in dimensions 0 and 2"));
    BOOST_TEST(refuses([] { return cube.reshape({-2, -15}); }, "in dimension 0, found -2"));
    BOOST_TEST(refuses([] { return cube.reshape({most, most}); }, "found more than fit"));
    // 2^32 * 2^32 wraps to nothing
    BOOST_TEST(refuses(
        [] {
            return geometry::c_order(4, {0}).reshape({std::ptrdiff_t{1} << 32, std::ptrdiff_t{1} << 32});
        },
        "found more than fit"));
    BOOST_TEST(refuses([] { return cube.reshape(strides(65, 1)); }, "at most 64 dimensions, found 65"));
}

// ---- broadcasts ----

BOOST_AUTO_TEST_CASE(a_broadcast_repeats_with_strides_of_zero)
{
    const auto row = geometry::c_order(4, {1, 3});
    require(row.broadcast_to({5, 3}), {5, 3}, {0, 4});
    require(row.broadcast_to({2, 1, 3}), {2, 1, 3}, {0, 0, 4});
    require(row.broadcast_to({0, 3}), {0, 3}, {0, 4});
    require(geometry::c_order(4, {}).broadcast_to({2, 2}), {2, 2}, {0, 0});
    require(cube.broadcast_to({2, 3, 5}), {2, 3, 5}, {60, 20, 4});
    require(geometry::c_order(4, {0}).broadcast_to({3, 0}), {3, 0}, {0, 4});
}

BOOST_AUTO_TEST_CASE(only_size_one_is_repeated)
{
    BOOST_TEST(refuses(
        [] {
            return cube.broadcast_to({2, 6, 5});
        },
        "(2, 3, 5) to (2, 6, 5): expected size 3 in dimension 1, found 6"));
    BOOST_TEST(refuses([] { return cube.broadcast_to({3, 5}); }, "expected at least 3 dimensions, found 2"));
    BOOST_TEST(refuses([] { return geometry::c_order(4, {0}).broadcast_to({1}); }, "expected size 0 in dimension 0"));
    BOOST_TEST(refuses([] { return geometry::c_order(4, {1}).broadcast_to({std::size_t{1} << 61}); }, "found more"));
    BOOST_TEST(refuses([] { return cube.broadcast_to(sizes(65, 1)); }, "at most 64 dimensions, found 65"));
}

// ---- items ----

BOOST_AUTO_TEST_CASE(a_field_is_a_part_of_every_item)
{
    const auto prices = cube.field(2, 2);
    require(prices, {2, 3, 5}, {60, 20, 4});
    BOOST_TEST(prices.itemsize() == 2U);
    BOOST_TEST(
        refuses([] { return cube.field(2, 3); }, "expected it within items of 4 bytes, found 3 bytes at offset 2"));
    BOOST_TEST(refuses([] { return cube.field(5, 0); }, "found 0 bytes at offset 5"));
    BOOST_TEST(refuses([] { return cube.field(1, static_cast<std::size_t>(-1)); }, "at offset 1"));
}

BOOST_AUTO_TEST_CASE(an_item_that_is_an_array_gives_its_dimensions_behind)
{
    const auto inner = make(24, {2}, {100}).subdivide(sizes{2, 3});
    require(inner, {2, 2, 3}, {100, 12, 4});
    BOOST_TEST(inner.itemsize() == 4U);
    require(cube.subdivide({}), {2, 3, 5}, {60, 20, 4});
    BOOST_TEST(
        refuses([] { return cube.subdivide(sizes{3}); }, "divides an item of 4 bytes, found (3,), by dimension 0"));
    BOOST_TEST(refuses([] { return cube.subdivide(sizes{2, 0}); }, "by dimension 1"));
    BOOST_TEST(refuses([] { return cube.subdivide(sizes(62, 1)); }, "at most 64 dimensions, found 65"));
}

BOOST_AUTO_TEST_SUITE_END()
