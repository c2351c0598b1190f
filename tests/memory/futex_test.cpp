// SPDX-License-Identifier: BSL-1.0
// futex_test.cpp: a word of a shared page wakes sleepers of other processes, with nobody looking again by himself.
#include "support/child.hpp"
#include "support/pages.hpp"
#include "support/scratch.hpp"

#include <samepage/memory/futex.hpp>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

using namespace std::chrono_literals;
using samepage::memory::futex_wait;
using samepage::memory::futex_wake;

namespace {

namespace bip = boost::interprocess;

/// Two words of a file: what sleepers sleep on, and how many do.
struct shared_words {
    explicit shared_words(const std::string& path)
        : region(bip::file_mapping(path.c_str(), bip::read_write), bip::read_write),
          bell(static_cast<std::atomic<std::uint32_t>*>(region.get_address())),
          asleep(bell + 1)
    {
    }
    bip::mapped_region region;
    std::atomic<std::uint32_t>* bell;
    std::atomic<std::uint32_t>* asleep;
};

struct word_file {
    support::scratch_directory place;
    std::string path = (place.path() / "words").string();

    word_file()
    {
        std::ofstream{path};
        std::filesystem::resize_file(path, 4096);
    }
};

/// Whether process `pid` sleeps in a system call.
bool sleeps(::pid_t pid)
{
    std::ifstream from("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(from, text);
    return text.find(") S ") != std::string::npos;
}

} // namespace

SAMEPAGE_CHILD(sleeps_on_a_word)
{
    const shared_words words{told.at(0)};
    ++*words.asleep;
    while (words.bell->load() == 0) { // an hour: nothing but a wake ends it in time
        futex_wait(*words.bell, 0, 1h);
    }
    parent.say("woken");
}

BOOST_AUTO_TEST_SUITE(futexes)

BOOST_AUTO_TEST_CASE(a_wake_reaches_all_sleepers_of_other_processes)
{
    const word_file file;
    const shared_words words{file.path};
    support::child one{"sleeps_on_a_word", {file.path}};
    support::child other{"sleeps_on_a_word", {file.path}};
    support::until([&] { return words.asleep->load() == 2 && sleeps(one.pid()) && sleeps(other.pid()); });
    words.bell->store(1);
    futex_wake(*words.bell);
    BOOST_TEST(one.hear() == "woken");
    BOOST_TEST(other.hear() == "woken");
}

BOOST_AUTO_TEST_CASE(a_word_that_has_changed_is_not_slept_on)
{
    const std::atomic<std::uint32_t> word{1};
    futex_wait(word, 0, 1h); // the watchdog ends it if it sleeps
    BOOST_TEST(word.load() == 1U);
}

BOOST_AUTO_TEST_CASE(a_limit_ends_the_sleep)
{
    const std::atomic<std::uint32_t> word{0};
    for (const std::chrono::nanoseconds limit : {-1ns, 0ns, 1ns, 20'000'000ns}) {
        futex_wait(word, 0, limit);
    }
    BOOST_TEST(word.load() == 0U);
}

BOOST_AUTO_TEST_CASE(a_wake_with_nobody_there_is_well)
{
    std::atomic<std::uint32_t> word{0};
    futex_wake(word);
    BOOST_TEST(word.load() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
