// SPDX-License-Identifier: BSL-1.0
// futex_test.cpp: words of a shared page wake sleepers of other processes, with nobody looking again by himself.
#include "support/child.hpp"
#include "support/denied_call.hpp"
#include "support/pages.hpp"
#include "support/scratch.hpp"

#include <samepage/memory/futex.hpp>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <sys/syscall.h>

using namespace std::chrono_literals;
using samepage::memory::futex_expectation;
using samepage::memory::futex_wait;
using samepage::memory::futex_wait_any;
using samepage::memory::futex_wake;
using samepage::memory::detail::futex_wait_any_in_slices;

namespace {

namespace bip = boost::interprocess;

/// Words of a file: what sleepers sleep on, how many do, and more to sleep on.
struct shared_words {
    explicit shared_words(const std::string& path)
        : region(bip::file_mapping(path.c_str(), bip::read_write), bip::read_write),
          bell(static_cast<std::atomic<std::uint32_t>*>(region.get_address())),
          asleep(bell + 1),
          bells(bell + 2)
    {
    }
    bip::mapped_region region;
    std::atomic<std::uint32_t>* bell;
    std::atomic<std::uint32_t>* asleep;
    std::atomic<std::uint32_t>* bells; ///< up to 1000 of them
};

struct word_file {
    support::scratch_directory place;
    std::string path = (place.path() / "words").string();

    word_file()
    {
        std::ofstream{path} << "";
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

/// So many words from `first` on, each expected to be 0.
std::vector<futex_expectation> zeros(const std::atomic<std::uint32_t>* first, std::size_t count)
{
    std::vector<futex_expectation> all;
    for (std::size_t i = 0; i < count; ++i) {
        all.push_back({first + i, 0});
    }
    return all;
}

using wait_any = void (*)(std::span<const futex_expectation>, std::chrono::nanoseconds) noexcept;

/// The way that this kernel offers, and the one without it.
constexpr std::array<wait_any, 2> both_ways{&futex_wait_any, &futex_wait_any_in_slices};

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

// Sleeps on several bells until one of them rings, in the way that it is told: by the kernel's call, in slices, or by
// the call in a process where it fails with ENOSYS or EPERM.
SAMEPAGE_CHILD(sleeps_on_any_of_three_words)
{
    const shared_words words{told.at(0)};
    if (told.at(1) == "refused") {
        support::deny_call(SYS_futex_waitv, std::stoi(told.at(2)));
    }
    const auto expected = zeros(words.bells, 3);
    ++*words.asleep;
    while (std::all_of(expected.begin(), expected.end(), [](const auto& one) { return one.word->load() == 0; })) {
        (told.at(1) == "slices" ? futex_wait_any_in_slices : futex_wait_any)(expected, 1h);
    }
    parent.say("woken");
}

// Sleeps once, and says so when that ends, whatever the words hold.
SAMEPAGE_CHILD(sleeps_once_on_many_words)
{
    const shared_words words{told.at(0)};
    const auto expected = zeros(words.bells, std::stoul(told.at(1)));
    ++*words.asleep;
    futex_wait_any(expected, 1h);
    --*words.asleep;
    parent.say("woken");
}

SAMEPAGE_CHILD(sleeps_for_ever)
{
    const shared_words words{told.at(0)};
    ++*words.asleep;
    futex_wait_any(zeros(words.bells, 2), std::chrono::nanoseconds::max());
    support::require(words.bells[0] == 1, "the sleep ended by the wake"); // a reasonless end was not seen yet
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

BOOST_AUTO_TEST_CASE(any_of_three_words_wakes_a_sleeper_of_another_process)
{
    const std::string no_call = std::to_string(ENOSYS);
    const std::string no_permission = std::to_string(EPERM);
    for (const support::words& way :
         {support::words{"call"}, {"slices"}, {"refused", no_call}, {"refused", no_permission}}) {
        for (std::size_t i = 0; i < 3; ++i) {
            const word_file file;
            const shared_words words{file.path};
            support::words told{file.path};
            told.insert(told.end(), way.begin(), way.end());
            support::child sleeper{"sleeps_on_any_of_three_words", told};
            support::until([&] { return words.asleep->load() == 1 && sleeps(sleeper.pid()); });
            words.bells[i].store(1);
            futex_wake(words.bells[i]);
            BOOST_TEST(sleeper.hear() == "woken");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_wake_ends_the_sleep_on_as_many_words_as_the_kernel_takes_though_none_changed)
{
    for (const std::size_t i : {0U, 64U, 127U}) {
        const word_file file;
        const shared_words words{file.path};
        support::child sleeper{"sleeps_once_on_many_words", {file.path, "128"}};
        support::until([&] { return words.asleep->load() == 1 && sleeps(sleeper.pid()); });
        support::until([&] { // again: the kernel calls a process asleep before it has queued it on every word
            futex_wake(words.bells[i]);
            return words.asleep->load() == 0;
        });
        BOOST_TEST(sleeper.hear() == "woken");
    }
}

BOOST_AUTO_TEST_CASE(more_words_than_the_kernel_takes_are_slept_on_too)
{
    const word_file file;
    const shared_words words{file.path};
    support::child sleeper{"sleeps_once_on_many_words", {file.path, "500"}};
    support::until([&] { return words.asleep->load() == 1 && sleeps(sleeper.pid()); });
    words.bells[499].store(1);
    futex_wake(words.bells[499]);
    BOOST_TEST(sleeper.hear() == "woken");
}

BOOST_AUTO_TEST_CASE(one_changed_word_among_several_is_not_slept_on)
{
    for (const auto wait : both_ways) {
        for (std::size_t changed = 0; changed < 3; ++changed) {
            std::array<std::atomic<std::uint32_t>, 3> words{};
            words[changed] = 1;
            wait(zeros(words.data(), 3), 1h); // the watchdog ends it if it sleeps
            BOOST_TEST(words[changed].load() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_limit_ends_the_sleep_on_several_words_and_not_before)
{
    const std::array<std::atomic<std::uint32_t>, 3> words{};
    for (const auto wait : both_ways) {
        for (const std::chrono::nanoseconds limit : {-1ns, 0ns, 1ns, 20'000'000ns}) {
            const auto begin = std::chrono::steady_clock::now();
            bool passed = false;
            for (int i = 0; i < 20 && !passed; ++i) { // a sleep may end for no reason, but not again and again
                wait(zeros(words.data(), 3), limit);
                passed = std::chrono::steady_clock::now() - begin >= limit;
            }
            BOOST_TEST(passed);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_longest_limit_there_is_sleeps_and_does_not_wrap)
{
    const word_file file;
    const shared_words words{file.path};
    support::child sleeper{"sleeps_for_ever", {file.path}};
    support::until([&] { return words.asleep->load() == 1 && sleeps(sleeper.pid()); });
    words.bells[0].store(1);
    futex_wake(words.bells[0]);
    BOOST_TEST(sleeper.hear() == "woken");
}

BOOST_AUTO_TEST_SUITE_END()
