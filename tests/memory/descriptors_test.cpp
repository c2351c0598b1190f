// SPDX-License-Identifier: BSL-1.0
// descriptors_test.cpp: a set-up that fails half-way closes what it opened, each descriptor once.
#include "support/child.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

int closed_twice = 0; // closes of what is no open descriptor

} // namespace

// In place of the C library's, for this executable: a descriptor closed twice is somebody else's the second time.
extern "C" int close(int descriptor)
{
    const long result = ::syscall(SYS_close, descriptor);
    if (result != 0 && errno == EBADF) {
        ++closed_twice;
    }
    return static_cast<int>(result);
}

namespace {

namespace fs = std::filesystem;

std::size_t open_descriptors()
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
}

std::size_t address_space_bytes()
{
    std::size_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool address_space_can_be_limited = false; // a sanitizer's own takes terabytes
#elif defined(__has_feature)
constexpr bool address_space_can_be_limited = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool address_space_can_be_limited = true;
#endif

/// A limit of this process while it lives.
class limited_to {
public:
    limited_to(__rlimit_resource what, ::rlim_t most) : what_(what)
    {
        ::getrlimit(what_, &before_);
        const ::rlimit now{most, before_.rlim_max};
        support::require(::setrlimit(what_, &now) == 0, "the limit is set");
    }
    limited_to(const limited_to&) = delete;
    limited_to& operator=(const limited_to&) = delete;
    ~limited_to() { ::setrlimit(what_, &before_); }

private:
    __rlimit_resource what_;
    ::rlimit before_{};
};

/// Runs `attempt`, which must fail; says its code and message, or what was left open.
template <class Attempt>
void fail_cleanly(support::lines& parent, Attempt&& attempt)
{
    const auto before = open_descriptors();
    try {
        attempt();
        parent.say("it did not fail");
    } catch (const samepage::error& fault) {
        parent.say(fault.code().message() + ": " + fault.what());
    }
    parent.say(std::to_string(open_descriptors() - before) + " left open, " + std::to_string(closed_twice) +
               " closed twice");
}

constexpr std::size_t large = std::size_t{16} << 20U;

} // namespace

SAMEPAGE_CHILD(runs_out_of_address_space)
{
    fail_cleanly(parent, [&] {
        const limited_to little{RLIMIT_AS, address_space_bytes() + large / 2};
        if (told.at(0) == "produce") {
            samepage::producer<int>{told.at(1), {.capacity_bytes = large}};
        } else {
            samepage::consumer<int>{told.at(1)};
        }
    });
}

SAMEPAGE_CHILD(runs_out_of_descriptors)
{
    const auto left = std::stoul(told.at(1));
    fail_cleanly(parent, [&] {
        const int lowest = ::dup(0);
        ::close(lowest);
        const limited_to few{RLIMIT_NOFILE, static_cast<::rlim_t>(lowest) + left};
        samepage::producer<int>{told.at(0), {.capacity_bytes = 4096}};
    });
}

BOOST_AUTO_TEST_SUITE(descriptors)

BOOST_AUTO_TEST_CASE(a_producer_without_address_space_says_so_and_leaves_nothing,
                     *boost::unit_test::enable_if<address_space_can_be_limited>())
{
    const support::scratch_channel channel;
    support::child limited{"runs_out_of_address_space", {"produce", channel.name()}};
    const std::string said = limited.hear();
    BOOST_TEST(said.starts_with("system error: "), said);
    BOOST_TEST(said.find("32 MiB of address space") != std::string::npos, said);
    BOOST_TEST(said.find("ulimit -v") != std::string::npos, said);
    BOOST_TEST(limited.hear() == "0 left open, 0 closed twice");
    BOOST_TEST(!support::is_there(channel.data()));
    BOOST_TEST(!support::is_there(channel.control()));
}

BOOST_AUTO_TEST_CASE(a_consumer_without_address_space_says_so_and_leaves_nothing,
                     *boost::unit_test::enable_if<address_space_can_be_limited>())
{
    const support::scratch_channel channel;
    const samepage::producer<int> made{channel.name(), {.capacity_bytes = large}};
    support::child limited{"runs_out_of_address_space", {"consume", channel.name()}};
    const std::string said = limited.hear();
    BOOST_TEST(said.find("32 MiB of address space") != std::string::npos, said);
    BOOST_TEST(limited.hear() == "0 left open, 0 closed twice");
    BOOST_TEST(made.consumer_count() == 0U);
}

#if defined(__clang__) && defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define SAMEPAGE_CHECKER_NEEDS_DESCRIPTORS // its look at vtables opens a pipe, and calls a failed one a fault
#endif
#endif
#if !defined(SAMEPAGE_CHECKER_NEEDS_DESCRIPTORS)
BOOST_AUTO_TEST_CASE(a_process_without_descriptors_is_told_of_its_limit)
{
    for (const char* const left : {"0", "1"}) { // for the first file, for the second
        const support::scratch_channel channel;
        support::child limited{"runs_out_of_descriptors", {channel.name(), left}};
        const std::string said = limited.hear();
        BOOST_TEST(said.starts_with("system error: "), said);
        BOOST_TEST(said.find("ulimit -n") != std::string::npos, said);
        BOOST_TEST(limited.hear() == "0 left open, 0 closed twice");
        BOOST_TEST(!support::is_there(channel.control()));
    }
}
#endif

BOOST_AUTO_TEST_SUITE_END()
