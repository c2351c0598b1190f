// SPDX-License-Identifier: BSL-1.0
// memory_view_test.cpp: a view whose format and shape are known at run time is what Python's memoryview is.
#include "sample_records.hpp"

#include <samepage/view/get_buffer.hpp>
#include <samepage/view/memory_view.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

using samepage::memory_view;
using samepage::view_of;

BOOST_AUTO_TEST_SUITE(memory_views)

BOOST_AUTO_TEST_CASE(smoke)
{
    std::vector<std::int32_t> numbers{1, 2, 3, 4, 5, 6};
    const auto view = view_of(numbers);
    BOOST_TEST(view.at(-1).get<std::int64_t>() == 6);
    BOOST_TEST(view.at<double>(1) == 2.0);
    const auto typed = view.view<const std::int32_t>();
    BOOST_TEST(typed.size() == 6U);
    std::ostringstream out;
    out << view.reshape({2, 3});
    BOOST_TEST(out.str() == "[[1 2 3]\n [4 5 6]]");
    BOOST_TEST((view == view_of(std::vector<double>{1, 2, 3, 4, 5, 6})));
    auto request = samepage::get_buffer(numbers, samepage::buffer_request::full);
    BOOST_TEST(request.nbytes() == 24U);
}

BOOST_AUTO_TEST_SUITE_END()
