// SPDX-License-Identifier: BSL-1.0
// report_test.cpp: what is said of figures from a machine that was not quiet.
#define BOOST_TEST_MODULE bench_report
#include "report.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace bench;

namespace {

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// Two limits, a row against each; both rows miss their targets.
struct missed_targets {
    std::vector<row> rows{
        {"limit/one", unit::nanoseconds, 8, 1, 0, nullptr, nullptr},
        {"rtt/one", unit::nanoseconds, 8, 1, 0, nullptr, nullptr, "limit/one", 1.5},
        {"limit/other", unit::nanoseconds, 8, 1, 0, nullptr, nullptr},
        {"rtt/other", unit::nanoseconds, 8, 1, 0, nullptr, nullptr, "limit/other", 1.5},
    };
    std::vector<result> results{
        {&rows[0], nullptr, "", 100, 90, 110, {}},
        {&rows[1], &rows[0], "", 200, 190, 210, 2.0},
        {&rows[2], nullptr, "", 100, 90, 110, {}},
        {&rows[3], &rows[2], "", 200, 190, 210, 2.0},
    };
    discarded_bursts bursts{.counted = 20};

    [[nodiscard]] std::string shown() const
    {
        const quiet machine = judge_machine(results, bursts);
        return warning(machine, bursts) + table(results, machine);
    }
};

std::string line_of(const std::string& text, std::string_view row)
{
    const auto begin = text.find(std::string{"\n"}.append(row)) + 1;
    return text.substr(begin, text.find('\n', begin) - begin);
}

} // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_FIXTURE_TEST_CASE(on_a_quiet_machine_a_missed_target_is_missed, missed_targets)
{
    bursts.preemptions = 19;
    BOOST_TEST(shown().starts_with("row "));
    BOOST_TEST(line_of(shown(), "rtt/one").ends_with("MISSED"));
    BOOST_TEST(!has(shown(), "unclear"));
}

BOOST_FIXTURE_TEST_CASE(where_others_ran_it_is_unclear_and_that_is_said_first, missed_targets)
{
    bursts.preemptions = 400;
    BOOST_TEST(shown().starts_with("THE MACHINE WAS NOT QUIET"));
    BOOST_TEST(has(shown(), "400 times during 20 bursts"));
    BOOST_TEST(line_of(shown(), "rtt/one").ends_with("unclear"));
    BOOST_TEST(line_of(shown(), "rtt/other").ends_with("unclear"));
}

BOOST_FIXTURE_TEST_CASE(a_limit_that_changed_makes_only_its_own_rows_unclear, missed_targets)
{
    results[0].most = 300;
    BOOST_TEST(shown().starts_with("THE MACHINE WAS NOT QUIET"));
    BOOST_TEST(has(shown(), "more than threefold meanwhile: limit/one\n"));
    BOOST_TEST(line_of(shown(), "rtt/one").ends_with("unclear"));
    BOOST_TEST(line_of(shown(), "rtt/other").ends_with("MISSED"));
}

BOOST_FIXTURE_TEST_CASE(a_row_of_ours_that_spreads_is_no_excuse, missed_targets)
{
    results[1].most = 2000;
    BOOST_TEST(shown().starts_with("row "));
    BOOST_TEST(line_of(shown(), "rtt/one").ends_with("MISSED"));
}

BOOST_FIXTURE_TEST_CASE(a_target_that_is_met_stays_met, missed_targets)
{
    bursts.preemptions = 400;
    results[1].ratio = 1.2;
    BOOST_TEST(line_of(shown(), "rtt/one").ends_with("met"));
}

BOOST_AUTO_TEST_CASE(a_bound_holds_for_the_longest_burst)
{
    const row death{.name = "death/one", .unit = unit::milliseconds, .bytes_each = 8, .records_each = 1, .bound = 50};
    std::vector<result> results{{&death, nullptr, "", 10, 9, 49, {}}};
    BOOST_TEST(line_of(table(results, quiet{}), "death/one").ends_with("<= 50   met, the longest"));
    results[0].most = 51;
    BOOST_TEST(line_of(table(results, quiet{}), "death/one").ends_with("<= 50   MISSED, the longest"));
}

BOOST_AUTO_TEST_CASE(a_row_of_ours_that_is_held_against_nothing_is_no_limit)
{
    const row age{.name = "age/one", .unit = unit::nanoseconds, .bytes_each = 8, .records_each = 1};
    const std::vector<result> results{{&age, nullptr, "", 10, 1, 100, {}}};
    BOOST_TEST(judge_machine(results, {.counted = 1}).of_all());
}

BOOST_AUTO_TEST_SUITE_END()
