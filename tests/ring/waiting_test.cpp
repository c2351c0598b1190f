// SPDX-License-Identifier: BSL-1.0
// waiting_test.cpp: spinning, sleeping, waking, and what ends a wait.
#include <samepage/ring/hardware.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/waiting.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <thread>

namespace ring = samepage::ring;
using samepage::wait_policy;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

struct place_fixture {
    place_fixture() { samepage::hardware_atomics::enlist(); }

    std::atomic<std::uint64_t> mask{0};
    std::atomic<std::uint32_t> doorbell{0};
    ring::sleeping_place<ring::hardware> place{mask, 1U << 3, doorbell};

    template <class Ready, class Idle>
    bool wait(wait_policy how, std::optional<steady_clock::time_point> limit, Ready ready, Idle idle)
    {
        return ring::wait_until_ready<ring::hardware>(place, how, limit, ready, idle);
    }
};

constexpr auto never = [] { return false; };

} // namespace

BOOST_FIXTURE_TEST_SUITE(waiting, place_fixture)

BOOST_AUTO_TEST_CASE(what_is_ready_is_not_waited_for)
{
    for (const auto how : {wait_policy{}, wait_policy::busy(), wait_policy::sleep()}) {
        BOOST_TEST(wait(
            how, std::nullopt, [] { return true; }, never));
    }
    BOOST_TEST(mask.load() == 0U);
}

BOOST_AUTO_TEST_CASE(the_limit_ends_a_wait_and_not_earlier)
{
    for (const auto how : {wait_policy{}, wait_policy::busy(), wait_policy::sleep()}) {
        const auto limit = steady_clock::now() + milliseconds{25};
        BOOST_TEST(!wait(how, limit, never, never));
        BOOST_TEST((steady_clock::now() >= limit));
    }
    BOOST_TEST(mask.load() == 0U);
}

BOOST_AUTO_TEST_CASE(a_limit_that_has_passed_still_looks_once)
{
    for (const auto how : {wait_policy{}, wait_policy::sleep()}) {
        int looks = 0;
        BOOST_TEST(wait(
            how, steady_clock::now() - milliseconds{1}, [&] { return ++looks > 0; }, never));
    }
}

BOOST_AUTO_TEST_CASE(idle_is_called_in_every_way_of_waiting_and_can_end_it)
{
    for (const auto how : {wait_policy{}, wait_policy::busy(), wait_policy::sleep()}) {
        int calls = 0;
        BOOST_TEST(wait(how, std::nullopt, never, [&] { return ++calls == 3; }));
        BOOST_TEST(calls == 3);
    }
}

BOOST_AUTO_TEST_CASE(a_sleeper_is_woken_and_its_bit_claimed_by_the_waker)
{
    std::atomic<int> wrong_bells{0}; // Boost.Test's checks are not for threads
    std::atomic<unsigned> claimed{0};
    for (int round = 0; round < 200; ++round) {
        std::atomic<bool> published{false};
        std::thread waker([&] {
            while (mask.load() == 0) {
                std::this_thread::yield();
            }
            published.store(true);
            ring::wake<ring::hardware>(
                mask, ~std::uint64_t{0}, [&](unsigned index) -> auto& {
                    wrong_bells += index != 3;
                    ++claimed;
                    return doorbell;
                });
        });
        BOOST_TEST(wait(
            wait_policy::sleep(), std::nullopt, [&] { return published.load(); }, never));
        waker.join();
        BOOST_TEST(mask.load() == 0U);
    }
    // A sleeper whose last look finds what was published clears its bit itself, and is not rung.
    BOOST_TEST(doorbell.load() == claimed);
    BOOST_TEST(claimed > 0U);
    BOOST_TEST(wrong_bells == 0);
}

BOOST_AUTO_TEST_CASE(a_waker_that_died_between_publishing_and_ringing_strands_nobody)
{
    std::atomic<bool> published{false};
    std::thread dying([&] {
        while (mask.load() == 0) {
            std::this_thread::yield();
        }
        published.store(true); // and no bell
    });
    BOOST_TEST(wait(
        wait_policy::sleep(), std::nullopt, [&] { return published.load(); }, never));
    dying.join();
    BOOST_TEST(doorbell.load() == 0U);
}

BOOST_AUTO_TEST_CASE(nobody_asleep_means_no_bell)
{
    ring::wake<ring::hardware>(
        mask, ~std::uint64_t{0}, [&](unsigned) -> auto& { return doorbell; });
    BOOST_TEST(doorbell.load() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
