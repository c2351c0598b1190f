// SPDX-License-Identifier: BSL-1.0
// mdspan_test.cpp: views are std::mdspans of the same elements and back, by a library that has mdspan.
#define BOOST_TEST_MODULE samepage_mdspan
#include <samepage/interop/mdspan.hpp>
#include <samepage/view/get_buffer.hpp>

#include <boost/describe.hpp>
#include <boost/test/included/unit_test.hpp>

#include <algorithm>
#include <array>
#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mdspan>
#include <numeric>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#ifndef _LIBCPP_VERSION
#error "this test is for libc++"
#endif

using samepage::all;
using samepage::as_mdspan;
using samepage::as_strided_view;
using samepage::slice;
using samepage::strided_view;

namespace mdspan_test {

/// A double every twelve bytes cannot be; three bytes apart, a byte can.
struct pixel {
    std::uint8_t red, green, blue;
};
BOOST_DESCRIBE_STRUCT(pixel, (), (red, green, blue))

struct sample {
    std::complex<double> value; // sixteen bytes, aligned to eight: 24 bytes apart, which is one and a half
    double weight;
};
BOOST_DESCRIBE_STRUCT(sample, (), (value, weight))

} // namespace mdspan_test

namespace {

using mdspan_test::pixel;
using mdspan_test::sample;

struct numbers {
    std::array<std::array<std::array<std::int32_t, 4>, 3>, 2> data{};

    numbers()
    {
        std::int32_t next = 0;
        strided_view<std::int32_t, 3>{data}.for_each([&next](std::int32_t& each) { each = next++; });
    }

    [[nodiscard]] strided_view<std::int32_t, 3> view() { return data; }
};

/// The same elements at the same indices, and all within what the mapping says.
template <class T>
void same_elements(const strided_view<T, 3>& view)
{
    const auto span = as_mdspan(view);
    const auto& mapping = span.mapping();
    BOOST_TEST_REQUIRE(span.rank() == 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        BOOST_TEST(span.extent(i) == static_cast<std::ptrdiff_t>(view.shape()[i]));
        BOOST_TEST(span.stride(i) == view.strides()[i]);
    }
    std::ptrdiff_t largest = -1;
    for (std::ptrdiff_t i = 0; i < span.extent(0); ++i) {
        for (std::ptrdiff_t j = 0; j < span.extent(1); ++j) {
            for (std::ptrdiff_t k = 0; k < span.extent(2); ++k) {
                BOOST_TEST((&span[i, j, k] == &view(i, j, k)));
                BOOST_TEST(mapping(i, j, k) >= 0);
                largest = std::max(largest, mapping(i, j, k));
            }
        }
    }
    BOOST_TEST(mapping.required_span_size() == largest + 1);
    const auto back = as_strided_view(span);
    static_assert(std::is_same_v<decltype(back), const strided_view<T, 3>>);
    BOOST_TEST((back.shape() == view.shape()));
    if (view.item_count() != 0) {
        BOOST_TEST(back.data() == view.data());
    }
}

using mapping_3 = samepage::byte_strided_mdspan<int, 3>::mapping_type;
static_assert(std::regular<mapping_3>);
static_assert(std::is_nothrow_copy_constructible_v<samepage::byte_accessor<int>>);
static_assert(
    std::is_convertible_v<samepage::byte_strided_mdspan<int, 3>, samepage::byte_strided_mdspan<const int, 3>>);
static_assert(
    !std::is_convertible_v<samepage::byte_strided_mdspan<const int, 3>, samepage::byte_strided_mdspan<int, 3>>);

using extents_2 = std::dextents<std::ptrdiff_t, 2>;
using mapping_2 = samepage::byte_strided::mapping<extents_2>;
static_assert(mapping_2{extents_2{3, 4}, {40, 8}}.is_unique());
static_assert(mapping_2{extents_2{3, 4}, {8, 40}}.is_unique());
static_assert(mapping_2{extents_2{3, 4}, {-32, 8}}.is_unique());
static_assert(!mapping_2{extents_2{3, 4}, {0, 8}}.is_unique());
static_assert(mapping_2{extents_2{1, 4}, {0, 8}}.is_unique());
static_assert(mapping_2{extents_2{0, 4}, {0, 0}}.is_unique());
static_assert(!mapping_2{extents_2{3, 4}, {8, 8}}.is_unique());
static_assert(mapping_2{extents_2{3, 4}, {4, 1}}.is_exhaustive());
static_assert(mapping_2{extents_2{3, 4}, {-4, 1}}.is_exhaustive());
static_assert(!mapping_2{extents_2{3, 4}, {5, 1}}.is_exhaustive());
static_assert(!mapping_2{extents_2{3, 4}, {32, 8}}.is_exhaustive());
static_assert(mapping_2{extents_2{3, 4}, {-32, 8}}.required_span_size() == 2 * 32 + 3 * 8 + 1);
static_assert(mapping_2{extents_2{3, 0}, {-32, 8}}.required_span_size() == 0);
static_assert(mapping_2{extents_2{3, 4}, {-32, 8}} != mapping_2{extents_2{3, 4}, {32, 8}});
static_assert(mapping_2{samepage::byte_strided::mapping<std::extents<std::ptrdiff_t, 3, 4>>{{}, {-32, 8}}} ==
              mapping_2{extents_2{3, 4}, {-32, 8}});

} // namespace

BOOST_FIXTURE_TEST_SUITE(mdspan, numbers)

BOOST_AUTO_TEST_CASE(a_view_is_an_mdspan_of_the_same_elements)
{
    same_elements(view());
    same_elements(view().as_const());
}

BOOST_AUTO_TEST_CASE(slices_and_transposed_views_are_too)
{
    same_elements(view()(all, slice{1, {}}, slice{{}, {}, 2}));
    same_elements(view().transpose());
}

BOOST_AUTO_TEST_CASE(negative_strides_begin_at_the_lowest_byte)
{
    same_elements(view()(slice{{}, {}, -1}, slice{{}, {}, -2}, slice{{}, {}, -1}));
    same_elements(view()(all, slice{{}, {}, -1}, all));
    const auto span = as_mdspan(view()(slice{{}, {}, -1}, all, all));
    BOOST_TEST(span.data_handle() == reinterpret_cast<std::byte*>(&data));
    BOOST_TEST(span.mapping()(0, 0, 0) == 48);
}

BOOST_AUTO_TEST_CASE(repeated_elements_are_not_unique)
{
    const auto repeated = view()(0, 0, all).broadcast_to(2, 3, 4);
    same_elements(repeated);
    BOOST_TEST(!as_mdspan(repeated).is_unique());
    BOOST_TEST(as_mdspan(view()).is_unique());
}

BOOST_AUTO_TEST_CASE(no_elements_are_an_empty_mdspan)
{
    same_elements(view()(slice{0, 0}, all, all));
    same_elements(view()(all, slice{0, 0}, slice{{}, {}, -1}));
    same_elements(strided_view<int, 3>{});
}

BOOST_AUTO_TEST_CASE(elements_are_written_through_it)
{
    as_mdspan(view())[1, 2, 3] = -5;
    BOOST_TEST(data[1][2][3] == -5);
}

BOOST_AUTO_TEST_CASE(no_dimensions_are_one_element)
{
    int number = 7;
    const auto span = as_mdspan(strided_view<int, 0>{&number, {}});
    BOOST_TEST((span[std::array<std::ptrdiff_t, 0>{}] == 7));
    BOOST_TEST(span.mapping().required_span_size() == 1);
    BOOST_TEST(as_strided_view(span).data() == &number);
}

BOOST_AUTO_TEST_CASE(columns_need_not_be_whole_elements_apart)
{
    std::array<sample, 3> samples{{{{1, 2}, 0.5}, {{3, 4}, 0.5}, {{5, 6}, 0.5}}};
    const auto values = as_mdspan(strided_view<sample>{samples}.field(&sample::value));
    BOOST_TEST(values.stride(0) == 24);
    BOOST_TEST((values[2] == std::complex<double>{5, 6}));
    std::array<std::array<pixel, 2>, 2> image{{{{{1, 2, 3}, {4, 5, 6}}}, {{{7, 8, 9}, {10, 11, 12}}}}};
    const auto green = as_mdspan(strided_view<pixel, 2>{image}.field(&pixel::green));
    BOOST_TEST(green.stride(1) == 3);
    BOOST_TEST(static_cast<int>(green[1, 0]) == 8);
}

BOOST_AUTO_TEST_CASE(a_view_of_run_time_is_an_mdspan_if_its_items_are_that)
{
    const auto bytes = samepage::view_of(data);
    const auto span = as_mdspan<const std::int32_t, 3>(bytes);
    BOOST_TEST((&span[1, 1, 1] == &data[1][1][1]));
    BOOST_CHECK_THROW(static_cast<void>(as_mdspan<float, 3>(bytes)), samepage::buffer_error);
    BOOST_CHECK_THROW(static_cast<void>(as_mdspan<std::int32_t, 2>(bytes)), samepage::buffer_error);
    BOOST_CHECK_THROW(static_cast<void>(as_mdspan<std::int32_t, 3>(bytes.as_const())), samepage::buffer_error);
}

BOOST_AUTO_TEST_CASE(the_standards_own_layouts_are_views)
{
    std::vector<double> flat(24);
    std::iota(flat.begin(), flat.end(), 0.0);
    const auto check = [](const auto& span) {
        const auto view = as_strided_view(span);
        for (int i = 0; i < static_cast<int>(span.extent(0)); ++i) {
            for (int j = 0; j < static_cast<int>(span.extent(1)); ++j) {
                BOOST_TEST((&span[i, j] == &view(i, j)));
            }
        }
    };
    using extents = std::dextents<int, 2>;
    check(std::mdspan<double, extents>{flat.data(), 4, 6});
    check(std::mdspan<const double, std::extents<std::size_t, 4, 6>>{flat.data()});
    check(
        std::mdspan<double, extents, std::layout_left>{flat.data(), std::layout_left::mapping<extents>{extents{4, 6}}});
    check(std::mdspan<double, extents, std::layout_stride>{
        flat.data(), std::layout_stride::mapping<extents>{extents{3, 2}, std::array{7, 3}}});
    const std::mdspan<double, extents> none{nullptr, 4, 0};
    BOOST_TEST((as_strided_view(none).shape() == std::array<std::size_t, 2>{4, 0}));
    BOOST_TEST((as_strided_view(none).data() == nullptr));
}

BOOST_AUTO_TEST_CASE(one_dimension_is_a_view_of_one)
{
    std::vector<double> flat{1, 2, 3};
    const auto view = as_strided_view(std::mdspan{flat.data(), 3});
    BOOST_TEST(view[2] == 3.0);
    BOOST_TEST(as_mdspan(view)[1] == 2.0);
}

BOOST_AUTO_TEST_SUITE_END()
