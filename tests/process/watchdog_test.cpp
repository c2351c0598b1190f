// SPDX-License-Identifier: BSL-1.0
// watchdog_test.cpp: the watchdog of the tests, watched.
#include "support/forked.hpp"
#include "support/watchdog.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <string>

#include <unistd.h>

namespace {

constexpr unsigned least_seconds = 3; ///< it divides them by three

/// What a process and its children say on their standard error, until all of them are gone, and its exit status.
template <class Body>
std::string errors_of(Body&& body, int& status)
{
    std::array<int, 2> ends{};
    BOOST_REQUIRE_EQUAL(::pipe(ends.data()), 0);
    support::forked child{[&] {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        return body();
    }};
    ::close(ends[1]);
    std::string text;
    std::array<char, 256> some{};
    for (;;) {
        const auto bytes = ::read(ends[0], some.data(), some.size());
        if (bytes <= 0) {
            break;
        }
        text.append(some.data(), static_cast<std::size_t>(bytes));
    }
    ::close(ends[0]);
    status = child.wait();
    return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(watchdog)

// It says where everybody stood, before it ends them.
BOOST_AUTO_TEST_CASE(a_case_that_hangs_is_ended_with_its_children)
{
    int status = 0;
    const std::string said = errors_of(
        [] {
            support::watchdog::begin_case("waits for nobody", least_seconds);
            const support::forked child{[] {
                for (;;) {
                    ::pause();
                }
                return 0;
            }};
            for (;;) {
                ::pause();
            }
            return 0;
        },
        status);
    BOOST_TEST(status == 97);
    BOOST_TEST(said.find("\"waits for nobody\" hangs") != std::string::npos, said);
    const auto process = said.find("/proc/");
    BOOST_REQUIRE_MESSAGE(process != std::string::npos, said);
    const auto pid = std::stoi(said.substr(process + std::string{"/proc/"}.size()));
    BOOST_TEST(said.find("/stat: " + std::to_string(pid) + " (") != std::string::npos, said);
    BOOST_TEST(said.find("(pause+") != std::string::npos, said); // of its own calls, the one that it stood in
}

// A machine that is suspended for longer than a case has finds one alarm due afterwards, however long it was.
BOOST_AUTO_TEST_CASE(one_late_alarm_ends_nothing)
{
    int status = 0;
    const std::string said = errors_of(
        [] {
            support::watchdog::begin_case("goes on", least_seconds);
            ::raise(SIGALRM);
            ::raise(SIGALRM);
            support::watchdog::end_case();
            return 0;
        },
        status);
    BOOST_TEST(status == 0);
    BOOST_TEST(said.empty(), said);
}

BOOST_AUTO_TEST_SUITE_END()
