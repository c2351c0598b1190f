// SPDX-License-Identifier: BSL-1.0
// exchange_test.cpp: exchange, compare_exchange and locks that one waits for, as the engine makes them.
#include "model/litmus.hpp"

#include <boost/test/unit_test.hpp>

using namespace model;

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

struct explored {
    report how;
    std::set<std::array<std::uint64_t, 8>> outcomes;
    [[nodiscard]] bool found(const std::array<std::uint64_t, 8>& outcome) const { return outcomes.contains(outcome); }
};

explored explore(std::vector<litmus::body> bodies, unsigned mortal = 0)
{
    litmus what(std::move(bodies), mortal);
    const report found = the_engine().explore(what, {});
    return {found, what.outcomes};
}

/// x[at] from 0 to `value`. @return value, or 8 + what was found
std::uint64_t exchanged(litmus& l, unsigned at, std::uint64_t value, std::memory_order order = relaxed)
{
    std::uint64_t expected = 0;
    return l.x[at].compare_exchange_strong(expected, value, order) ? value : 8 + expected;
}

} // namespace

BOOST_AUTO_TEST_SUITE(exchanges)

BOOST_AUTO_TEST_CASE(of_two_that_compare_and_exchange_one_succeeds)
{
    const auto what =
        explore({[](litmus& l) { l.r[0] = exchanged(l, 0, 1); }, [](litmus& l) { l.r[1] = exchanged(l, 0, 2); }});
    BOOST_TEST(what.how.exhausted);
    BOOST_TEST(what.outcomes.size() == 2U);
    BOOST_TEST(what.found({1, 8 + 1}));
    BOOST_TEST(what.found({8 + 2, 2}));
}

BOOST_AUTO_TEST_CASE(a_failed_one_may_read_an_older_value_and_a_success_never_does)
{
    const auto what = explore({[](litmus& l) {
                                   for (const std::uint64_t value : {1U, 2U, 0U, 3U}) {
                                       l.x[0].exchange(value, relaxed);
                                   }
                               },
                               [](litmus& l) { l.r[0] = exchanged(l, 0, 4); }});
    BOOST_TEST(what.how.exhausted);
    BOOST_TEST(what.found({8 + 1}));
    BOOST_TEST(what.found({8 + 2}));
    BOOST_TEST(what.found({8 + 3}));
    BOOST_TEST(what.found({4}));
    BOOST_TEST(!what.found({8 + 0}));
}

BOOST_AUTO_TEST_CASE(a_success_acquires_and_a_relaxed_one_does_not)
{
    for (const auto order : {acquire, relaxed}) {
        const auto what = explore({[](litmus& l) {
                                       l.x[1].store(1, relaxed);
                                       l.x[0].store(5, release);
                                   },
                                   [=](litmus& l) {
                                       std::uint64_t expected = 5;
                                       l.r[0] = l.x[0].compare_exchange_strong(expected, 6, order) ? 1 : 0;
                                       l.r[1] = l.x[1].load(relaxed);
                                   }});
        BOOST_TEST(what.found({1, 1}));
        BOOST_TEST(what.found({1, 0}) == (order == relaxed));
        BOOST_TEST(what.found({0, 1}));
    }
}

BOOST_AUTO_TEST_CASE(a_lock_of_exchanges_keeps_two_apart)
{
    const auto here = where_in_source::current();
    for (const auto& [take, give] : {std::pair{acquire, release}, {relaxed, release}, {acquire, relaxed}}) {
        const auto holder = [=, take = take, give = give](litmus& l) {
            if (exchanged(l, 0, 1, take) == 1) {
                the_engine().plain_store(l.x[1].id(), 1, false, here);
                l.x[0].exchange(0, give);
            }
        };
        const auto found = explore({holder, holder}).how.violation;
        BOOST_TEST(found.starts_with("race") == (take == relaxed || give == relaxed), found);
    }
}

BOOST_AUTO_TEST_CASE(a_lock_that_is_waited_for_comes_with_its_release_or_its_holders_death)
{
    const auto here = where_in_source::current();
    const auto holder = [=](litmus& l) {
        the_engine().lock(0, here);
        l.x[0].store(1, relaxed);
        l.x[0].store(2, relaxed);
        the_engine().unlock(0, here);
    };
    const auto waiter = [=](litmus& l) {
        the_engine().lock(0, here);
        l.r[0] = 1 + l.x[0].load(relaxed);
        the_engine().unlock(0, here);
    };
    const auto alive = explore({holder, waiter});
    BOOST_TEST(alive.how.exhausted);
    BOOST_TEST(alive.outcomes.size() == 2U);
    BOOST_TEST(alive.found({1}));
    BOOST_TEST(alive.found({3}));
    const auto mortal = explore({holder, waiter}, 0b01);
    BOOST_TEST(mortal.how.exhausted);
    BOOST_TEST(mortal.outcomes.size() == 3U);
    BOOST_TEST(mortal.found({2}));
    const auto keeps = [=](litmus&) { the_engine().lock(0, here); };
    BOOST_TEST(explore({keeps, waiter}).how.violation.find("waits for ever for a lock") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
