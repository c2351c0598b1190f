// SPDX-License-Identifier: BSL-1.0
// outcome_test.cpp: every outcome has a word of its own.
#define BOOST_TEST_MODULE core
#include <samepage/core/outcome.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>

BOOST_AUTO_TEST_SUITE(outcomes)

BOOST_AUTO_TEST_CASE(each_outcome_has_a_word_of_its_own)
{
    std::set<std::string> words;
    for (int value = 0; value <= static_cast<int>(samepage::outcome::corrupt); ++value) {
        words.emplace(samepage::to_string(static_cast<samepage::outcome>(value)));
    }
    BOOST_TEST(words.size() == static_cast<int>(samepage::outcome::corrupt) + 1U);
    BOOST_TEST(words.count("unknown") == 0U);
}

BOOST_AUTO_TEST_CASE(the_word_is_the_name_that_programs_and_documents_use)
{
    BOOST_TEST(samepage::to_string(samepage::outcome::ok) == "ok");
    BOOST_TEST(samepage::to_string(samepage::outcome::too_large) == "too_large");
    BOOST_TEST(samepage::to_string(samepage::outcome::producer_died) == "producer_died");
    BOOST_TEST(samepage::to_string(samepage::outcome::timed_out) == "timed_out");
}

BOOST_AUTO_TEST_CASE(a_value_outside_the_enumeration_is_unknown)
{
    BOOST_TEST(samepage::to_string(static_cast<samepage::outcome>(200)) == "unknown");
}

BOOST_AUTO_TEST_SUITE_END()
