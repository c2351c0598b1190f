// SPDX-License-Identifier: BSL-1.0
// demo_process_test.cpp: the demo as people start it, and what happens when its processes die.
#include "child_process.hpp"
#include "running_demo.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace demo;

namespace {

/// A file or folder that goes when the test ends.
struct scratch {
    explicit scratch(const std::string& name)
        : path(std::filesystem::temp_directory_path() / (name + std::to_string(::getpid())))
    {
    }
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() { std::filesystem::remove_all(path); }

    std::filesystem::path path;
};

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

/// Nobody is left, nothing is left.
void check_cleared_away(const running_demo& ended, const std::vector<pid_t>& children)
{
    for (const pid_t child : children) {
        BOOST_TEST(::kill(child, 0) != 0);
    }
    BOOST_TEST(ended.files_left().empty());
}

std::vector<pid_t> all_children(const running_demo& of)
{
    auto all = of.children("consumer");
    const auto producers = of.children("producer");
    all.insert(all.end(), producers.begin(), producers.end());
    return all;
}

/// Long enough to be killed in the middle.
const std::vector<std::string> long_run{"--seconds", "300", SAMEPAGE_DEMO};

/// Kills a child in the middle: the demo fails, and says that one.
void check_death_of(std::string_view role, const std::string& name)
{
    running_demo running(long_run);
    running.wait_until_under_way();
    const auto children = all_children(running);
    const pid_t victim = running.children(role).front();
    BOOST_REQUIRE(::kill(victim, SIGKILL) == 0);
    BOOST_TEST(describe_status(running.wait()) == "ended with status 1");
    BOOST_TEST(has(running.output(), "FAILED: " + name));
    BOOST_TEST(has(running.output(), "(pid " + std::to_string(victim) + ") was killed by signal 9 (Killed)"));
    check_cleared_away(running, children);
}

std::string failure_with(const std::string& file)
{
    running_demo running({"--seconds", "0.1", "--", file});
    BOOST_TEST(describe_status(running.wait()) == "ended with status 1");
    BOOST_TEST(running.files_left().empty());
    return running.output();
}

void check_held_with(const std::filesystem::path& file, std::string_view hash)
{
    running_demo running({"--seconds", "0.1", "--", file.string()});
    BOOST_TEST(describe_status(running.wait()) == "ended with status 0");
    BOOST_TEST(has(running.output(), "consumer 1  " + std::string(hash)), running.output());
    BOOST_TEST(has(running.output(), "consumer 2  " + std::string(hash)));
    BOOST_TEST(has(running.output(), " checks held"));
    BOOST_TEST(running.files_left().empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(demo_processes)

BOOST_AUTO_TEST_CASE(an_empty_file_works)
{
    const scratch file("empty");
    std::ofstream(file.path).flush();
    check_held_with(file.path, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

BOOST_AUTO_TEST_CASE(an_odd_file_name_works)
{
    const scratch file("-a\\b\n 'c");
    std::ofstream(file.path) << "abc";
    check_held_with(file.path, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(no_time_and_no_records_work)
{
    running_demo running({"--seconds", "0", "--samples", "1", "--snapshots", "1", SAMEPAGE_DEMO});
    BOOST_TEST(describe_status(running.wait()) == "ended with status 0");
}

BOOST_AUTO_TEST_CASE(counts_limit_what_is_published)
{
    running_demo running({"--seconds", "300", "--samples", "100", "--snapshots", "3", "--verbose", SAMEPAGE_DEMO});
    BOOST_TEST(describe_status(running.wait()) == "ended with status 0");
    BOOST_TEST(has(running.output(), "consumer 2: records                expected and found 100"), running.output());
    BOOST_TEST(has(running.output(), "consumer 2: records                expected and found 3"));
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named)
{
    BOOST_TEST(has(failure_with("no/such/file"), "FAILED: cannot read 'no/such/file': No such file or directory"));
}

BOOST_AUTO_TEST_CASE(a_directory_is_refused)
{
    BOOST_TEST(has(failure_with("/proc"), "FAILED: '/proc' is no regular file"));
}

BOOST_AUTO_TEST_CASE(a_fifo_is_refused_without_waiting_for_its_writer)
{
    const scratch file("fifo");
    BOOST_REQUIRE(::mkfifo(file.path.c_str(), 0600) == 0);
    BOOST_TEST(has(failure_with(file.path.string()), "is no regular file"));
}

BOOST_AUTO_TEST_CASE(a_hash_that_differs_fails_the_demo)
{
    const scratch folder("path");
    std::filesystem::create_directory(folder.path);
    const auto program = folder.path / "sha256sum";
    std::ofstream(program) << "#!/bin/sh\necho 0123456789abcdef  file\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);

    running_demo running({"--seconds", "0.1", SAMEPAGE_DEMO}, folder.path.string() + ":/usr/bin:/bin");
    BOOST_TEST(describe_status(running.wait()) == "ended with status 1");
    BOOST_TEST(has(running.output(), "expected 0123456789abcdef, found "), running.output());
    BOOST_TEST(has(running.output(), "FAILED: 2 of 48 checks do not hold"));
}

BOOST_AUTO_TEST_CASE(without_a_compiler_the_demo_asks_for_a_file)
{
    running_demo running({}, "/nowhere");
    BOOST_TEST(describe_status(running.wait()) == "ended with status 1");
    BOOST_TEST(has(running.output(), "name a file: samepage_demo FILE"), running.output());
}

BOOST_AUTO_TEST_CASE(a_killed_producer_fails_the_demo)
{
    check_death_of("producer", "producer");
}

BOOST_AUTO_TEST_CASE(a_killed_consumer_fails_the_demo)
{
    check_death_of("consumer", "consumer ");
}

BOOST_AUTO_TEST_CASE(a_stopped_consumer_is_a_hang_and_the_watchdog_ends_it)
{
    running_demo running({"--seconds", "2", "--timeout", "1", SAMEPAGE_DEMO});
    running.wait_until_under_way();
    const auto children = all_children(running);
    BOOST_REQUIRE(::kill(running.children("consumer").front(), SIGSTOP) == 0);
    BOOST_TEST(describe_status(running.wait()) == "ended with status 1");
    BOOST_TEST(has(running.output(), "FAILED: the processes hang"), running.output());
    check_cleared_away(running, children);
}

BOOST_AUTO_TEST_CASE(a_signal_to_stop_clears_everything_away)
{
    for (const int signal : {SIGINT, SIGTERM}) {
        running_demo running(long_run);
        running.wait_until_under_way();
        const auto children = all_children(running);
        BOOST_REQUIRE(::kill(running.pid(), signal) == 0);
        BOOST_TEST(describe_status(running.wait()) == "ended with status 1");
        BOOST_TEST(has(running.output(), "FAILED: stopped by a signal"));
        check_cleared_away(running, children);
    }
}

BOOST_AUTO_TEST_CASE(no_child_outlives_a_killed_parent)
{
    running_demo running(long_run);
    running.wait_until_under_way();
    const auto children = all_children(running);
    BOOST_REQUIRE(::kill(running.pid(), SIGKILL) == 0);
    for (const pid_t child : children) {
        wait_until_gone(child);
    }
    BOOST_TEST(describe_status(running.wait()) == "was killed by signal 9 (Killed)");
}

BOOST_AUTO_TEST_SUITE_END()
