// SPDX-License-Identifier: BSL-1.0
// untrusted_producer_test.cpp: messages whose producer, another process, goes on writing to them while they are read.
#define BOOST_TEST_MODULE capnp_untrusted
#include "counted_reading.hpp"
#include "untrusted_shared.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using samples::Sample;

namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise)
{
    const char* const told = std::getenv(name);
    return told != nullptr ? std::strtoull(told, nullptr, 10) : otherwise;
}

class process {
public:
    process(std::string role, std::string channel, std::string shared)
    {
        std::string program = SAMEPAGE_TEST_UNTRUSTED_PEER;
        std::array<char*, 5> arguments{program.data(), role.data(), channel.data(), shared.data(), nullptr};
        if (::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
            throw std::runtime_error("cannot start " + program);
        }
    }
    ~process()
    {
        if (runs()) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, &status_, 0);
        }
    }
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    [[nodiscard]] bool runs()
    {
        if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) {
            pid_ = 0;
        }
        return pid_ > 0;
    }
    /// How it ended, if it did not run any more.
    [[nodiscard]] std::string end() const
    {
        return WIFSIGNALED(status_) ? "signal " + std::to_string(WTERMSIG(status_))
                                    : "exit " + std::to_string(WEXITSTATUS(status_));
    }

private:
    ::pid_t pid_ = 0;
    int status_ = 0;
};

struct fixture {
    fixture() = default;
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture()
    {
        samepage::remove_channel(channel);
        ::unlink(path.c_str());
    }

    std::string channel = "test-capnp-untrusted-" + std::to_string(::getpid());
    std::string path = "/dev/shm/" + channel + ".words";
    untrusted_shared shared{path};
};

} // namespace

BOOST_AUTO_TEST_SUITE(untrusted_producers)

// SAMEPAGE_TEST_READS of them; docs/messages.md has the figures of 100,000,000.
BOOST_FIXTURE_TEST_CASE(copies_of_records_that_are_rewritten_meanwhile_are_sound_or_refused, fixture)
{
    const auto reads = from_environment("SAMEPAGE_TEST_READS", 2000000);
    process scribbler("scribble", channel, path);
    samepage::message_consumer<Sample> consumer{
        channel, {.held = 4, .wait_for_channel = 60s}, {.check = false}}; // each copy is checked
    std::vector<samepage::message<Sample>> messages;
    for (int i = 0; i < 4; ++i) {
        messages.push_back(consumer.take());
        BOOST_REQUIRE(messages.back());
    }
    shared->go = 1;
    counted_reading counted;
    std::uint64_t sound = 0;
    std::uint64_t refused = 0;
    samepage::message_copy<Sample> copy;
    while (counted.reads < reads || refused < 100) {
        for (const auto& message : messages) {
            const auto why = message.copy_into(copy);
            if (why == samepage::outcome::ok) {
                ++sound;
                counted.read(copy.root(), copy.bytes());
            } else {
                BOOST_REQUIRE((why == samepage::outcome::corrupt));
                ++refused;
            }
        }
        BOOST_REQUIRE(scribbler.runs());
    }
    BOOST_TEST_MESSAGE("copies: " << counted.reads << " getters of " << sound << " sound copies, " << refused
                                  << " refused; " << shared->scribbles << " rewritings; 0 exceptions, "
                                  << counted.out_of_bounds << " out of bounds");
    BOOST_TEST(counted.out_of_bounds == 0U);
    BOOST_TEST(sound > 100U);
}

// What a copy is for: SAMEPAGE_TEST_IN_PLACE times, each until it crashes or SAMEPAGE_TEST_IN_PLACE_SECONDS passed.
// Nothing is asserted of how it ends.
BOOST_AUTO_TEST_CASE(how_long_reading_in_place_goes_well_is_measured)
{
    const auto seconds = from_environment("SAMEPAGE_TEST_IN_PLACE_SECONDS", 1);
    for (const std::string role : {"read", "check-and-read"}) {
        for (auto times = from_environment("SAMEPAGE_TEST_IN_PLACE", 1); times != 0; --times) {
            const fixture here;
            process scribbler("scribble", here.channel, here.path);
            process reader(role, here.channel, here.path);
            const auto last = std::chrono::steady_clock::now() + std::chrono::seconds{seconds};
            while (reader.runs() && std::chrono::steady_clock::now() < last) {
                std::this_thread::sleep_for(5ms);
            }
            const bool crashed = !reader.runs();
            BOOST_TEST_MESSAGE("in place, " << role << ": " << here.shared->reads << " reads"
                                            << (crashed ? ", then " + reader.end() : "") << "; "
                                            << here.shared->exceptions << " exceptions, the first after "
                                            << here.shared->reads_before_exception << "; " << here.shared->out_of_bounds
                                            << " out of bounds, the first after "
                                            << here.shared->reads_before_out_of_bounds);
            BOOST_TEST((crashed || here.shared->reads > 0U));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
