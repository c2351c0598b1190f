// SPDX-License-Identifier: BSL-1.0
// last_records_test.cpp: what is published right before the end comes before the end, whenever the consumer looked.
#include "process/peers.hpp"

#include <samepage/memory/ownership_locks.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <thread>
#include <type_traits>

#include <fcntl.h>

using namespace std::chrono_literals;
using process::dense;
using process::producer_process;
using samepage::outcome;
using samepage::wait_policy;
namespace ring = samepage::ring;

namespace {

/// A consumer of ticks that does something behind its own look at the lane, at one of its looks or questions whether to
/// look.
class interrupted {
    using reader = ring::dense_reader<ring::hardware>;

    template <class What>
    struct look {
        int& looks;
        int when;
        std::remove_reference_t<What>& what;

        ring::found_records operator()(reader& from) { return behind(from.look(100, sizeof(support::tick))); }
        bool is_due(const reader& from) { return behind(from.worth_a_look()); }

        template <class Found>
        Found behind(Found found)
        {
            if (++looks == when) {
                what();
            }
            return found;
        }
    };

public:
    interrupted(const support::scratch_channel& channel, wait_policy wait)
        : end_(channel.name(), {.wait = wait},
               {ring::record_kind::dense, sizeof(support::tick), alignof(support::tick),
                samepage::format_of<support::tick>()})
    {
    }

    /// A find, or a try_find, in which `what` happens right after look number `when`.
    template <class What>
    ring::found_records find(bool wait, int when, What&& what)
    {
        int looks = 0;
        const look<What> once{looks, when, what};
        const auto result = wait ? end_.find(once, ring::limits::after(60s)) : end_.try_find(once);
        happened_ = looks >= when;
        if (result.found.count != 0) {
            result.from->release(result.found);
        }
        return result.found;
    }
    [[nodiscard]] bool happened() const { return happened_; }

private:
    ring::consumer_endpoint<reader> end_;
    bool happened_ = false;
};

/// Looks of a waiting call up to its first doubts: those of one round of polling, and some on each side.
constexpr int looks_in_a_round = 70;

void expect_record_then_end(interrupted& to, bool wait, int when, outcome end, auto&& what)
{
    const auto found = to.find(wait, when, what);
    BOOST_REQUIRE(to.happened());
    BOOST_REQUIRE_EQUAL(found.count, 1U);
    const auto nothing = [] {};
    BOOST_REQUIRE((to.find(true, 1, nothing).why == end)); // a try_find asks who lives once a slice only
}

} // namespace

BOOST_AUTO_TEST_SUITE(last_records)

BOOST_AUTO_TEST_CASE(one_published_and_closed_behind_a_look_is_taken_before_closed)
{
    const support::scratch_channel channel;
    interrupted to{channel, [&] {
                       dense::producer{channel.name()};
                       return wait_policy{};
                   }()};
    for (int when = 1; when < looks_in_a_round; ++when) {
        for (const bool wait : {true, false}) {
            if (!wait && when > 1) {
                continue; // it looks once, and once more if the stream may have ended
            }
            dense::producer from{channel.name()};
            expect_record_then_end(to, wait, when, outcome::closed, [&] {
                process::publish<dense>(from, from.next_number());
                from.close();
            });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_sleeper_that_finds_the_stream_closed_takes_what_came_before)
{
    const support::scratch_channel channel;
    dense::producer{channel.name()};
    interrupted to{channel, wait_policy::sleep()};
    for (int when = 1; when < 4; ++when) {
        dense::producer from{channel.name()};
        expect_record_then_end(to, true, when, outcome::closed, [&] {
            process::publish<dense>(from, from.next_number());
            from.close();
        });
    }
}

BOOST_AUTO_TEST_CASE(one_published_behind_a_look_is_taken_before_its_producers_death_is_told)
{
    const support::scratch_channel channel;
    dense::producer{channel.name()};
    for (const auto policy : {wait_policy{}, wait_policy::sleep(), wait_policy::busy()}) {
        interrupted to{channel, policy};
        for (const int when : {1, 2, 3, looks_in_a_round - 5}) {
            producer_process<dense> from{channel};
            expect_record_then_end(to, true, when, outcome::producer_died, [&] {
                from.say("publish 1");
                from.expect("published");
                from.kill();
                std::this_thread::sleep_for(2 * ring::slice); // so that it asks who lives, next
            });
        }
        producer_process<dense> from{channel};
        expect_record_then_end(to, false, 1, outcome::producer_died, [&] {
            from.say("publish 1");
            from.expect("published");
            from.kill();
            std::this_thread::sleep_for(2 * ring::slice);
        });
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(while_the_next_producer_has_its_lane_and_not_opened_it_the_stream_does_not_end, Kind,
                              process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    typename Kind::consumer to{channel.name()};
    {
        samepage::memory::ownership_locks next{::open(channel.control().c_str(), O_RDWR | O_CLOEXEC)};
        BOOST_REQUIRE(next.try_lock(ring::lock_byte::producer + 1)); // as one in its constructor
        from.close();
        BOOST_TEST((to.take_for(30ms).why() == outcome::timed_out));
        BOOST_TEST((to.take_latest_for(30ms).why() == outcome::timed_out));
        BOOST_TEST((to.try_take().why() == outcome::empty));
    }
    BOOST_TEST((to.take().why() == outcome::closed));
}

BOOST_AUTO_TEST_SUITE_END()
