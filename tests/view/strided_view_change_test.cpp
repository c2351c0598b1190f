// SPDX-License-Identifier: BSL-1.0
// strided_view_change_test.cpp: what a view of several dimensions makes other views of, moving nothing.
#include <samepage/view/geometry.hpp>
#include <samepage/view/strided_view.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

using samepage::all;
using samepage::ellipsis;
using samepage::geometry_error;
using samepage::new_axis;
using samepage::slice;
using samepage::strided_view;

namespace {

struct point {
    float x, y;
};

struct pixel {
    std::uint32_t id;
    point where;
    mutable std::uint32_t readers;
    float weights[2][3];
    std::array<std::uint16_t, 4> tags;
};

struct three_dimensions {
    int numbers[2][3][5]{}; // strides 60, 20, 4
    strided_view<int, 3> cube = numbers;
};

template <std::size_t Rank>
using sizes = std::array<std::size_t, Rank>;
template <std::size_t Rank>
using strides = std::array<std::ptrdiff_t, Rank>;

template <class View, class T, std::size_t Rank>
constexpr bool is_view_of = std::is_same_v<std::remove_cvref_t<View>, strided_view<T, Rank>>;

template <class T, std::size_t Rank>
void require(const strided_view<T, Rank>& found, const void* data, const sizes<Rank>& shape, const strides<Rank>& by)
{
    BOOST_TEST(found.data() == data);
    BOOST_TEST(found.shape() == shape, boost::test_tools::per_element());
    BOOST_TEST(found.strides() == by, boost::test_tools::per_element());
}

template <class Call>
bool refuses(Call call, const std::string& words)
{
    try {
        static_cast<void>(call());
    } catch (const geometry_error& fault) {
        const std::string said = fault.what();
        BOOST_TEST(said.find(words) != std::string::npos, "said: " << said);
        return true;
    }
    return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(strided_view_changes)

BOOST_FIXTURE_TEST_CASE(indices_take_dimensions_away, three_dimensions)
{
    static_assert(std::is_same_v<decltype(cube(0, 0, 0)), int&>);
    static_assert(is_view_of<decltype(cube(0)), int, 2> && is_view_of<decltype(cube(0, 0)), int, 1>);
    require(cube(1), &numbers[1], {3, 5}, {20, 4});
    require(cube(1, 2), &numbers[1][2], {5}, {4});
    require(cube(all, 1), &numbers[0][1], {2, 5}, {60, 4});
    require(cube.at(-1, -1), &numbers[1][2], {5}, {4});
    require(cube(), &numbers, {2, 3, 5}, {60, 20, 4});
}

BOOST_FIXTURE_TEST_CASE(slices_keep_them, three_dimensions)
{
    static_assert(is_view_of<decltype(cube(slice{}, 0)), int, 2>);
    static_assert(!noexcept(cube(slice{}, 0))&& noexcept(cube(all, 0))&& noexcept(cube(0, 0, 0)));
    require(cube(slice{1, 100}), &numbers[1], {1, 3, 5}, {60, 20, 4});
    require(cube(all, slice{{}, {}, 2}, slice{{}, {}, -1}), &numbers[0][0][4], {2, 2, 5}, {60, 40, -4});
    require(cube.at(0, slice{-2, {}}), &numbers[0][1], {2, 5}, {20, 4});
    require(cube(1, slice{3, {}}), &numbers, {0, 5}, {20, 4}); // of nothing, from wherever
    BOOST_TEST(refuses([&] { return cube(all, slice{{}, {}, 0}); }, "other than zero in dimension 1"));
}

BOOST_FIXTURE_TEST_CASE(the_ellipsis_is_what_is_not_mentioned, three_dimensions)
{
    static_assert(is_view_of<decltype(cube(0, 0, 0, ellipsis)), int, 0>);
    require(cube(ellipsis, 1), &numbers[0][0][1], {2, 3}, {60, 20});
    require(cube(1, ellipsis, 2), &numbers[1][0][2], {3}, {20});
    require(cube(1, 1, 1, ellipsis), &numbers[1][1][1], {}, {});
}

BOOST_FIXTURE_TEST_CASE(a_new_axis_adds_one, three_dimensions)
{
    require(cube(1, new_axis, ellipsis, new_axis), &numbers[1], {1, 3, 5, 1}, {0, 20, 4, 0});
    require(cube(0, 0)(new_axis), &numbers, {1, 5}, {0, 4});
}

BOOST_FIXTURE_TEST_CASE(a_step_of_minus_one_turns_round, three_dimensions)
{
    const auto turned = cube(0, 0)(slice{{}, {}, -1});
    for (std::size_t i = 0; i < 5; ++i) {
        BOOST_TEST(&turned[i] == &numbers[0][0][4 - i]);
    }
}

BOOST_FIXTURE_TEST_CASE(a_transpose_turns_dimensions_round, three_dimensions)
{
    require(cube.transpose(), &numbers, {5, 3, 2}, {4, 20, 60});
    require(cube.transpose<1, 2, 0>(), &numbers, {3, 5, 2}, {20, 4, 60});
    require(cube(0, 0).transpose(), &numbers, {5}, {4});
}

BOOST_FIXTURE_TEST_CASE(a_reshape_shows_the_same_elements_in_the_same_order, three_dimensions)
{
    static_assert(is_view_of<decltype(cube.reshape(-1)), int, 1> && is_view_of<decltype(cube.reshape()), int, 0>);
    require(cube.reshape(-1), &numbers, {30}, {4});
    require(cube.reshape(2, 15), &numbers, {2, 15}, {60, 4});
    require(cube.reshape<2>({5, -1}), &numbers, {5, 6}, {24, 4});
    require(cube(all, all, slice{{}, {}, 2}).reshape(6, 3), &numbers, {6, 3}, {20, 8});
    require(cube(0, 0, slice{0, 1}).reshape(), &numbers, {}, {});
}

BOOST_FIXTURE_TEST_CASE(a_reshape_that_cannot_be_says_why, three_dimensions)
{
    BOOST_TEST(refuses([&] { return cube.reshape(4, 7); }, "to (4, 7): expected 30 items, found 28"));
    BOOST_TEST(
        refuses([&] { return cube.transpose().reshape(30); }, "expected a stride of 60 bytes in dimension 0, found 4"));
}

BOOST_FIXTURE_TEST_CASE(a_broadcast_repeats_and_is_read_only, three_dimensions)
{
    static_assert(is_view_of<decltype(cube.broadcast_to(4, 2, 3, 5)), const int, 4>);
    require(cube.broadcast_to(4, 2, 3, 5), &numbers, {4, 2, 3, 5}, {0, 60, 20, 4});
    require(cube(0, slice{0, 1}).broadcast_to<2>({7, 5}), &numbers, {7, 5}, {0, 4});
    BOOST_TEST(refuses([&] { return cube.broadcast_to(2, 6, 5); }, "expected size 3 in dimension 1, found 6"));
    BOOST_TEST(refuses([&] { return cube.broadcast_to(-1, 2, 3, 5); }, "in dimension 0, found -1"));
    BOOST_TEST(refuses([&] { return cube.broadcast_to(std::size_t{1} << 60, 2, 3, 5); }, "found more"));
}

BOOST_AUTO_TEST_CASE(a_field_has_the_strides_of_its_elements)
{
    pixel image[2][3]{};
    const strided_view<pixel, 2> view = image;
    constexpr auto bytes = static_cast<std::ptrdiff_t>(sizeof(pixel));
    require(view.field(&pixel::where, &point::y), &image[0][0].where.y, {2, 3}, {3 * bytes, bytes});
    require(view(all, slice{{}, {}, -1}).field(&pixel::id), &image[0][2].id, {2, 3}, {3 * bytes, -bytes});
    static_assert(is_view_of<decltype(view.as_const().field(&pixel::readers)), const std::uint32_t, 2>);
    BOOST_TEST((view(slice{2, {}}).field(&pixel::id).empty()));
    BOOST_TEST((strided_view<pixel, 2>{}.field(&pixel::id).data() == nullptr));
    const strided_view<pixel, 0> one{&image[1][1], {}};
    BOOST_TEST(&one.field(&pixel::id)() == &image[1][1].id);
}

BOOST_AUTO_TEST_CASE(elements_that_are_arrays_give_their_dimensions_behind)
{
    pixel image[2]{};
    const strided_view<const pixel> view = image;
    constexpr auto bytes = static_cast<std::ptrdiff_t>(sizeof(pixel));
    const auto weights = view.field(&pixel::weights).subdivide();
    static_assert(is_view_of<decltype(weights), const float, 3>);
    require(weights, &image[0].weights, {2, 2, 3}, {bytes, 12, 4});
    const auto tags = view.field(&pixel::tags).subdivide();
    static_assert(is_view_of<decltype(tags), const std::uint16_t, 2>);
    require(tags, &image[0].tags, {2, 4}, {bytes, 2});
    BOOST_TEST(&tags(1, 3) == &image[1].tags[3]);
}

BOOST_FIXTURE_TEST_CASE(as_const_is_the_same_view_read_only, three_dimensions)
{
    static_assert(is_view_of<decltype(cube.as_const()), const int, 3>);
    require(cube.as_const(), &numbers, {2, 3, 5}, {60, 20, 4});
    require(cube.as_const().as_const(), &numbers, {2, 3, 5}, {60, 20, 4});
}

BOOST_AUTO_TEST_SUITE_END()
