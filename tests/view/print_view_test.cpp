// SPDX-License-Identifier: BSL-1.0
// print_view_test.cpp: views are printed as NumPy prints arrays; many more are compared with it in differential/.
#include "sample_records.hpp"

#include <samepage/view/get_buffer.hpp>
#include <samepage/view/memory_view_fmt.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <sstream>
#include <string>
#include <vector>

using samepage::memory_view;
using samepage::view_of;

namespace {

std::string printed(const memory_view& view)
{
    std::ostringstream out;
    out << view;
    return out.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(printed_views)

BOOST_AUTO_TEST_CASE(integers_are_right_aligned_in_rows)
{
    const std::vector<int> numbers{1, -20, 3, 400, 5, 6};
    BOOST_TEST(printed(view_of(numbers)) == "[  1 -20   3 400   5   6]");
    BOOST_TEST(printed(view_of(numbers).reshape({2, 3})) == "[[  1 -20   3]\n [400   5   6]]");
    BOOST_TEST(printed(view_of(numbers).reshape({2, 1, 3})) == "[[[  1 -20   3]]\n\n [[400   5   6]]]");
}

BOOST_AUTO_TEST_CASE(points_of_reals_are_one_below_the_other)
{
    const std::vector<double> numbers{1, 2.25, -10.5};
    BOOST_TEST(printed(view_of(numbers)) == "[  1.     2.25 -10.5 ]");
    BOOST_TEST(printed(view_of(std::vector<float>{0.1F, 1e10F})) == "[1.e-01 1.e+10]");
    BOOST_TEST(printed(view_of(std::vector<double>{std::nan(""), 1, -std::numeric_limits<double>::infinity()})) ==
               "[ nan   1. -inf]");
    BOOST_TEST(printed(view_of(std::vector<double>{1. / 3})) == "[0.33333333]");
}

BOOST_AUTO_TEST_CASE(truth_values_complex_numbers_and_bytes_are_written_out)
{
    BOOST_TEST(printed(view_of(std::array{true, false})) == "[ True False]");
    BOOST_TEST(printed(view_of(std::array{std::complex<double>{1, -2.5}, std::complex<double>{0.5, 1}})) ==
               "[1. -2.5j 0.5+1.j ]");
    BOOST_TEST(printed(view_of(std::string{"ab"})) == "[b'a' b'b']");
}

BOOST_AUTO_TEST_CASE(records_are_tuples_of_columns)
{
    const std::vector<sample::quote> quotes{{7, 1.5, 2}, {12, 10, 2.25}};
    BOOST_TEST(printed(view_of(quotes)) == "[( 7,  1.5, 2.  ) (12, 10. , 2.25)]");
}

BOOST_AUTO_TEST_CASE(of_more_than_a_thousand_items_three_at_each_end_are_shown)
{
    std::vector<int> numbers(1001);
    std::iota(numbers.begin(), numbers.end(), 0);
    BOOST_TEST(printed(view_of(numbers)) == "[   0    1    2 ...  998  999 1000]");
    numbers.resize(1000);
    BOOST_TEST(printed(view_of(numbers)).find("...") == std::string::npos);
    BOOST_TEST(printed(view_of(std::vector<int>(1010)).reshape({2, 505})) == "[[0 0 0 ... 0 0 0]\n [0 0 0 ... 0 0 0]]");
}

BOOST_AUTO_TEST_CASE(lines_are_wrapped_at_75_characters)
{
    std::vector<int> numbers(40, 7);
    const auto text = printed(view_of(numbers));
    BOOST_TEST(text.find('\n') == 74U);
    BOOST_TEST(text.substr(74, 3) == "\n 7");
}

BOOST_AUTO_TEST_CASE(complex_numbers_of_long_doubles_are_printed)
{
    const std::vector<std::complex<long double>> numbers{{1, 2}, {-0.5L, 0.25L}};
    BOOST_TEST(printed(view_of(numbers)) == "[ 1. +2.j   -0.5+0.25j]");
}

BOOST_AUTO_TEST_CASE(an_array_without_elements_is_one_pair_of_brackets)
{
    // Its dimensions may come from outside, and no byte stands behind their product.
    const std::array<std::byte, 1> bytes{};
    const memory_view view{bytes.data(), samepage::item_format{"T{(1000000000000,0)B:none:B:one:}"},
                           samepage::geometry::c_order(1, {1})};
    BOOST_TEST(printed(view) == "[([], 0)]");
}

BOOST_AUTO_TEST_CASE(a_thousand_times_the_least_needs_no_exponent_by_its_own_division)
{
    BOOST_TEST(printed(view_of(std::vector<double>{3.3, 3300})) == "[   3.3 3300. ]");
    BOOST_TEST(printed(view_of(std::vector<float>{0.005F, 5})) == "[0.005 5.   ]");
    BOOST_TEST(printed(view_of(std::vector<double>{0.7, 700})) == "[7.e-01 7.e+02]");
    std::array<std::byte, 4> halves{};
    const memory_view view = memory_view{std::span{halves}}.cast("e");
    view.set(0.007, 0);
    view.set(7.0, 1);
    BOOST_TEST(printed(view) == "[0.007 7.   ]");
}

BOOST_AUTO_TEST_CASE(nothing_and_a_lone_item_are_printed_too)
{
    BOOST_TEST(printed(view_of(std::vector<int>{})) == "[]");
    BOOST_TEST(printed(view_of(std::vector<double>{2.5})(0)) == "2.5");
    BOOST_TEST(printed(view_of(std::vector<double>{0.0001})(0)) == "0.0001");
    BOOST_TEST(printed(view_of(std::vector<float>{0.0001F})(0)) == "1e-04"); // 0.00009999999747…
    BOOST_TEST(printed(view_of(std::vector<float>{0})(0)) == "0.0");
}

#if __has_include(<fmt/ostream.h>)
BOOST_AUTO_TEST_CASE(fmt_prints_the_same)
{
    const auto view = view_of(std::vector<int>{1, 20});
    BOOST_TEST(fmt::format("{}", view) == printed(view));
}
#endif

BOOST_AUTO_TEST_SUITE_END()
