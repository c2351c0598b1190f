// SPDX-License-Identifier: BSL-1.0
// run_program_test.cpp: programs run for their output.
#include "child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using demo::run_program;

namespace {

demo::deadline soon()
{
    return std::chrono::steady_clock::now() + std::chrono::seconds(60);
}

} // namespace

BOOST_AUTO_TEST_SUITE(run_program_for_its_output)

BOOST_AUTO_TEST_CASE(all_of_the_output_is_returned)
{
    const auto output = run_program({"sh", "-c", "for i in 1 2 3; do head -c 100000 /dev/zero; done"}, soon());
    BOOST_TEST(output.ended_well);
    BOOST_TEST(output.text.size() == 300'000U);
}

BOOST_AUTO_TEST_CASE(a_status_is_reported)
{
    const auto output = run_program({"sh", "-c", "echo some; exit 3"}, soon());
    BOOST_TEST(!output.ended_well);
    BOOST_TEST(output.text == "some\n");
    BOOST_TEST(output.problem == "sh ended with status 3");
}

BOOST_AUTO_TEST_CASE(a_signal_is_reported)
{
    const auto output = run_program({"sh", "-c", "kill -9 $$"}, soon());
    BOOST_TEST(!output.ended_well);
    BOOST_TEST(output.problem == "sh was killed by signal 9 (Killed)");
}

BOOST_AUTO_TEST_CASE(a_program_that_is_not_there_is_reported)
{
    const auto output = run_program({"no_such_program_anywhere"}, soon());
    BOOST_TEST(!output.ended_well);
    BOOST_TEST(output.problem == "no_such_program_anywhere cannot be started: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_program_that_hangs_is_killed)
{
    const auto output = run_program({"sleep", "1000"}, std::chrono::steady_clock::now());
    BOOST_TEST(!output.ended_well);
    BOOST_TEST(output.problem == "sleep did not end in time");
}

BOOST_AUTO_TEST_SUITE_END()
