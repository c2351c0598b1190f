// SPDX-License-Identifier: BSL-1.0
// event_loop_test.cpp: a consumer's descriptor in somebody's event loop, and one wait for several channels.
#include "process/peers.hpp"

#include <samepage/channel/wait_any.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include <poll.h>

using namespace std::chrono_literals;
using process::dense;
using process::framed;
using process::producer_process;
using samepage::outcome;

namespace {

/// What is to be waited for comes long before; a test that is stuck is the watchdog's.
bool readable(int descriptor, std::chrono::milliseconds most = 60s)
{
    pollfd one{descriptor, POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(most.count())) == 1;
}

std::size_t bells_in(const std::filesystem::path& directory, const std::string& name)
{
    std::size_t count = 0;
    for (const auto& each : std::filesystem::directory_iterator(directory)) {
        count += each.path().filename().string().starts_with("samepage." + name + ".bell.") ? 1U : 0U;
    }
    return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_loop)

BOOST_AUTO_TEST_CASE_TEMPLATE(an_armed_descriptor_becomes_readable_with_each_record, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    typename Kind::consumer to{channel.name()};
    support::follower seen{0};
    const int descriptor = to.native_handle();
    BOOST_REQUIRE(descriptor != -1);
    for (std::uint64_t number = 0; number < 50; ++number) {
        BOOST_REQUIRE(to.arm());
        from.say("publish 1");
        for (;;) {
            BOOST_REQUIRE(readable(descriptor));
            to.disarm();
            BOOST_REQUIRE(!readable(descriptor, 0ms));
            if (const auto batch = to.try_take()) {
                Kind::follow(batch, seen);
                break;
            }
            BOOST_REQUIRE(to.arm()); // readable for nothing, once in a while
        }
        BOOST_REQUIRE_EQUAL(seen.next(), number + 1);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_there_already_keeps_it_from_being_armed, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    typename Kind::consumer to{channel.name()};
    process::publish<Kind>(from, 0);
    BOOST_TEST(!to.arm());
    BOOST_TEST((to.try_take().why() == outcome::ok));
    BOOST_TEST(to.arm());
    to.disarm();
    from.close();
    BOOST_TEST(!to.arm());
    BOOST_TEST((to.try_take().why() == outcome::closed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_producer_killed_without_ringing_is_noticed, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    typename Kind::consumer to{channel.name()};
    BOOST_REQUIRE(to.arm());
    from.kill();
    BOOST_TEST(readable(to.native_handle()));
    to.disarm();
    BOOST_TEST(!to.arm());
    BOOST_TEST((to.take().why() == outcome::producer_died));
}

BOOST_AUTO_TEST_CASE(a_disarmed_descriptor_is_left_alone)
{
    const support::scratch_channel channel;
    dense::producer from{channel.name()};
    dense::consumer to{channel.name()};
    BOOST_REQUIRE(to.arm());
    to.disarm();
    process::publish<dense>(from, 0);
    BOOST_TEST(!readable(to.native_handle(), 250ms));
}

BOOST_AUTO_TEST_CASE(the_bells_file_goes_with_its_consumer)
{
    const support::scratch_channel channel;
    dense::producer from{channel.name()};
    const auto directory = from.info().data_path.parent_path();
    {
        dense::consumer to{channel.name()};
        BOOST_TEST(bells_in(directory, channel.name()) == 0U);
        BOOST_TEST(to.native_handle() != -1);
        BOOST_TEST(bells_in(directory, channel.name()) == 1U);
        to.close();
        BOOST_TEST(bells_in(directory, channel.name()) == 0U);
        BOOST_TEST(to.native_handle() == -1);
        BOOST_TEST(!to.arm());
    }
}

BOOST_AUTO_TEST_CASE(one_wait_wakes_for_any_of_several_channels)
{
    const support::scratch_channel one;
    const support::scratch_channel other;
    producer_process<dense> ticks{one};
    producer_process<framed> packets{other};
    dense::consumer from_one{one.name()};
    framed::consumer from_other{other.name()};
    for (int i = 0; i < 40; ++i) {
        const bool first = i % 3 == 0;
        BOOST_REQUIRE(!samepage::wait_any_for(0ms, from_one, from_other));
        (first ? static_cast<support::child&>(ticks) : packets).say("publish 1");
        const auto which = samepage::wait_any(from_one, from_other);
        BOOST_REQUIRE_EQUAL(which, first ? 0U : 1U);
        if (first) {
            BOOST_REQUIRE(from_one.try_take());
        } else {
            BOOST_REQUIRE(from_other.try_take());
        }
    }
    packets.kill();
    BOOST_TEST(samepage::wait_any(from_one, from_other) == 1U);
    BOOST_TEST((from_other.take().why() == outcome::producer_died));
}

BOOST_AUTO_TEST_CASE(a_wait_for_any_that_is_limited_comes_back)
{
    const support::scratch_channel channel;
    dense::producer from{channel.name()};
    dense::consumer to{channel.name()};
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(!samepage::wait_any_for(30ms, to));
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 30ms));
    from.close();
    BOOST_TEST((samepage::wait_any_for(60s, to) == std::optional<std::size_t>{0}));
}

BOOST_AUTO_TEST_CASE(a_wait_for_any_that_never_sleeps_learns_of_the_end_too)
{
    const support::scratch_channel channel;
    for (const bool dies : {true, false}) {
        producer_process<dense> from{channel};
        dense::consumer to{channel.name()};
        std::size_t which = 1;
        std::thread waits{[&] { which = samepage::wait_any(samepage::wait_policy::busy(), to); }};
        std::this_thread::sleep_for(5ms); // as a rule amid its polls
        if (dies) {
            from.kill();
        } else {
            from.say("close");
        }
        waits.join();
        BOOST_TEST(which == 0U);
        BOOST_TEST((to.take().why() == (dies ? outcome::producer_died : outcome::closed)));
    }
}

BOOST_AUTO_TEST_SUITE_END()
