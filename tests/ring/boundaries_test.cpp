// SPDX-License-Identifier: BSL-1.0
// boundaries_test.cpp: the producer's memory of where its records began.
#include <samepage/ring/lane_writer.hpp>

#include <boost/test/unit_test.hpp>

using samepage::ring::boundaries;

namespace {

constexpr samepage::ring::boundary otherwise{999, 99};

/// 100, 200, … 500; a tenth of them are the numbers.
boundaries five_places()
{
    boundaries passed;
    for (std::uint64_t at = 100; at <= 500; at += 100) {
        passed.remember({at, at / 10}, 50);
    }
    return passed;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_boundaries)

BOOST_AUTO_TEST_CASE(the_first_at_or_beyond_a_place_is_found)
{
    const boundaries passed = five_places();
    BOOST_TEST(passed.first_from(0, otherwise).place == 100U);
    BOOST_TEST(passed.first_from(200, otherwise).place == 200U);
    BOOST_TEST(passed.first_from(201, otherwise).place == 300U);
    BOOST_TEST(passed.first_from(501, otherwise).place == 999U);
    BOOST_TEST(passed.first_from(201, otherwise).number == 30U);
}

BOOST_AUTO_TEST_CASE(the_last_at_or_below_a_place_is_found)
{
    boundaries passed = five_places();
    BOOST_TEST(passed.last_to(99, otherwise).place == 999U);
    BOOST_TEST(passed.last_to(100, otherwise).place == 100U);
    BOOST_TEST(passed.last_to(299, otherwise).number == 20U);
    BOOST_TEST(passed.last_to(1000, otherwise).place == 500U);
    passed.forget_all();
    BOOST_TEST(passed.last_to(1000, otherwise).place == 999U);
}

BOOST_AUTO_TEST_CASE(places_closer_than_the_spacing_are_not_kept)
{
    boundaries passed;
    passed.remember({100, 100 / 10}, 50);
    passed.remember({149, 149 / 10}, 50);
    passed.remember({150, 150 / 10}, 50);
    BOOST_TEST(passed.first_from(101, otherwise).place == 150U);
}

BOOST_AUTO_TEST_CASE(forgotten_places_are_gone)
{
    boundaries passed;
    passed.remember({100, 100 / 10}, 1);
    passed.remember({200, 200 / 10}, 1);
    passed.forget_below(150);
    BOOST_TEST(passed.first_from(0, otherwise).place == 200U);
    passed.forget_below(1000);
    BOOST_TEST(passed.first_from(0, otherwise).place == 999U);
}

BOOST_AUTO_TEST_CASE(more_than_it_can_hold_loses_only_the_oldest)
{
    boundaries passed;
    for (std::uint64_t at = 0; at < 100; ++at) {
        passed.remember({at, at / 10}, 1);
    }
    BOOST_TEST(passed.first_from(0, otherwise).place == 68U);
    BOOST_TEST(passed.first_from(99, otherwise).place == 99U);
}

BOOST_AUTO_TEST_SUITE_END()
