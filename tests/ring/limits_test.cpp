// SPDX-License-Identifier: BSL-1.0
// limits_test.cpp: time limits of every length become moments of the steady clock.
#include <samepage/ring/endpoint.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace limits = samepage::ring::limits;
using std::chrono::steady_clock;
using std::chrono::system_clock;

namespace {

bool has_passed(steady_clock::time_point limit)
{
    return limit <= steady_clock::now();
}

} // namespace

BOOST_AUTO_TEST_SUITE(time_limits)

BOOST_AUTO_TEST_CASE(a_span_that_is_negative_however_large_has_passed)
{
    BOOST_TEST(has_passed(limits::after(std::chrono::hours::min())));
    BOOST_TEST(has_passed(limits::after(std::chrono::nanoseconds{-1})));
}

BOOST_AUTO_TEST_CASE(a_span_beyond_the_clock_is_its_last_moment)
{
    BOOST_TEST((limits::after(std::chrono::hours::max()) == steady_clock::time_point::max()));
    BOOST_TEST((limits::after(std::chrono::nanoseconds::max()) == steady_clock::time_point::max()));
}

BOOST_AUTO_TEST_CASE(a_moment_in_the_past_however_early_has_passed)
{
    BOOST_TEST(has_passed(limits::at(steady_clock::time_point::min())));
    BOOST_TEST(has_passed(limits::at(system_clock::time_point::min())));
}

BOOST_AUTO_TEST_CASE(a_moment_of_another_clock_keeps_its_distance)
{
    const auto limit = limits::at(system_clock::now() + std::chrono::hours{1});
    BOOST_TEST((limit > steady_clock::now() + std::chrono::minutes{59}));
    BOOST_TEST((limit < steady_clock::now() + std::chrono::minutes{61}));
}

BOOST_AUTO_TEST_SUITE_END()
