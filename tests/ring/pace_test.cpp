// SPDX-License-Identifier: BSL-1.0
// pace_test.cpp: a stream is gathered, an answer is never waited for longer than it takes.
#include <samepage/ring/pace.hpp>

#include <boost/test/unit_test.hpp>

namespace {

/// Counts pauses instead of making them.
struct counting {
    static inline unsigned pauses = 0;
    static void pause() { ++pauses; }
};

using pace = samepage::ring::pace<counting>;

/// One look of a consumer that is caught up, which finds `count` records after `polls` polls that found none.
/// @return the pauses before it.
unsigned look(pace& subject, std::size_t count, unsigned polls = 0)
{
    counting::pauses = 0;
    subject.before_look();
    for (unsigned i = 0; i < polls; ++i) {
        subject.came_early();
    }
    subject.came(count);
    return counting::pauses;
}

unsigned looks_until_a_wait(pace& subject, std::size_t count)
{
    unsigned looks = 0;
    while (subject.pauses() == 0) {
        look(subject, count);
        BOOST_REQUIRE_LT(++looks, 1'000'000U);
    }
    return looks;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_pace)

BOOST_AUTO_TEST_CASE(a_stream_is_waited_for_ever_longer_up_to_the_most)
{
    pace subject{128};
    looks_until_a_wait(subject, 100);
    BOOST_TEST(look(subject, 100) == 32U);
    BOOST_TEST(look(subject, 150) == 64U);
    BOOST_TEST(look(subject, 225) == 128U);
    BOOST_TEST(look(subject, 225) == 128U);
}

BOOST_AUTO_TEST_CASE(a_longer_wait_that_brings_no_more_ends_it)
{
    pace subject{128};
    looks_until_a_wait(subject, 100);
    BOOST_TEST(look(subject, 100) == 32U);
    BOOST_TEST(look(subject, 149) == 64U);
    BOOST_TEST(subject.pauses() == 0U);
}

BOOST_AUTO_TEST_CASE(records_slower_than_one_in_four_pauses_end_it)
{
    pace subject{128};
    looks_until_a_wait(subject, 4);
    BOOST_TEST(look(subject, 4) == 32U); // what the line's way back may hide
    BOOST_TEST(look(subject, 11) == 64U);
    BOOST_TEST(subject.pauses() == 0U);
}

BOOST_AUTO_TEST_CASE(records_that_took_many_polls_are_never_waited_for)
{
    pace subject{128};
    for (int i = 0; i < 100'000; ++i) {
        BOOST_REQUIRE_EQUAL(look(subject, 1, pace::at_once + 1), 0U);
        BOOST_REQUIRE_EQUAL(look(subject, 5, 5 * pace::at_once + 1), 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_few_polls_for_many_records_are_a_stream)
{
    pace subject{128};
    for (unsigned i = 0; i < pace::shortest; ++i) {
        BOOST_REQUIRE_EQUAL(look(subject, 5, 5 * pace::at_once), 0U);
    }
    BOOST_TEST(subject.pauses() != 0U);
}

BOOST_AUTO_TEST_CASE(a_wait_that_brings_little_is_the_last_for_twice_as_many_looks)
{
    pace subject{128};
    unsigned before = looks_until_a_wait(subject, 1);
    for (int i = 0; i < 5; ++i) {
        look(subject, 1);
        BOOST_TEST(subject.pauses() == 0U);
        const unsigned next = looks_until_a_wait(subject, 1);
        BOOST_TEST(next == 2 * before);
        before = next;
    }
}

BOOST_AUTO_TEST_CASE(attempts_never_become_rarer_than_the_longest)
{
    pace subject{128};
    for (int i = 0; i < 50; ++i) {
        looks_until_a_wait(subject, 1);
        look(subject, 1);
    }
    BOOST_TEST(looks_until_a_wait(subject, 1) == pace::longest);
}

BOOST_AUTO_TEST_CASE(a_wait_after_which_nothing_was_there_ends_it)
{
    pace subject{128};
    looks_until_a_wait(subject, 1000);
    look(subject, 1000, 1);
    BOOST_TEST(subject.pauses() == 0U);
}

BOOST_AUTO_TEST_CASE(request_and_reply_are_hardly_ever_waited_for_however_short_the_longest_wait)
{
    for (const unsigned most : {1U, 8U, 20U, 21U, 64U}) {
        pace subject{most};
        unsigned waited = 0;
        for (int i = 0; i < 100'000; ++i) {
            waited += look(subject, 1) != 0 ? 1U : 0U;
        }
        BOOST_TEST(waited < 50U);
    }
}

BOOST_AUTO_TEST_CASE(a_window_of_requests_ends_it_although_it_comes_at_once)
{
    pace subject{128};
    looks_until_a_wait(subject, 32);
    for (int i = 0; i < 3 && subject.pauses() != 0; ++i) {
        look(subject, 32); // never more than the 32 that are under way
    }
    BOOST_TEST(subject.pauses() == 0U);
}

BOOST_AUTO_TEST_CASE(a_stream_is_forgiven_one_wait_that_did_not_pay_and_not_two)
{
    pace subject{128};
    looks_until_a_wait(subject, 100);
    for (const std::size_t count : {100U, 200U, 400U, 400U}) {
        look(subject, count);
    }
    look(subject, 1);
    BOOST_TEST(subject.pauses() == 64U);
    look(subject, 100);
    BOOST_TEST(subject.pauses() == 128U);
    look(subject, 400);
    look(subject, 1, 3);
    BOOST_TEST(subject.pauses() == 64U);
    look(subject, 1);
    BOOST_TEST(subject.pauses() == 0U);
}

BOOST_AUTO_TEST_CASE(with_no_pauses_allowed_there_is_never_one)
{
    pace subject{0};
    for (int i = 0; i < 100'000; ++i) {
        BOOST_REQUIRE_EQUAL(look(subject, 1000), 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
