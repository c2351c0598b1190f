// SPDX-License-Identifier: BSL-1.0
// fork_test.cpp: handles in the child of a fork are the parent's, and the child does not keep the parent alive.
#include "process/peers.hpp"
#include "support/forked.hpp"
#include "support/sanitized.hpp"

#include <samepage/memory/ownership_locks.hpp>

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <deque>
#include <optional>
#include <thread>
#include <vector>

#include <fcntl.h>

using process::dense;
using process::framed;
using process::producer_process;
using samepage::outcome;
namespace ring = samepage::ring;

namespace {

template <class Kind>
struct both_ends {
    support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    typename Kind::consumer to{channel.name()};
};

} // namespace

// Forks a child that lives on, and says so.
SAMEPAGE_CHILD(forks_and_waits)
{
    dense::producer from{told.at(0)};
    process::publish<dense>(from, from.next_number());
    const auto child = ::fork();
    if (child == 0) {
        ::pause();
        ::_exit(0);
    }
    parent.say(std::to_string(child));
    static_cast<void>(parent.hear());
}

// Makes ends of the channel while other threads fork children that live on, and says when all are there.
SAMEPAGE_CHILD(joins_amid_forks)
{
    ::setpgid(0, 0); // so that the children can be ended as well
    // Of the children, who are past fork() when they count themselves.
    const boost::interprocess::mapped_region counters{boost::interprocess::anonymous_shared_memory(sizeof(int))};
    auto& past_fork = *new (counters.get_address()) std::atomic<int>{0};
    std::atomic<int> forked{0};
    std::atomic<bool> done{false};
    std::vector<std::thread> forks;
    for (int k = 0; k < 3; ++k) {
        forks.emplace_back([&] {
            for (int i = 0; i < 200 && !done; ++i) {
                if (::fork() == 0) {
                    ++past_fork;
                    ::pause();
                    ::_exit(0);
                }
                ++forked;
            }
        });
    }
    std::deque<dense::producer> from;
    std::deque<framed::consumer> to;
    for (int i = 0; i < 60; ++i) {
        if (told.at(1) == "producer") {
            from.emplace_back(told.at(0));
        } else {
            to.emplace_back(told.at(0));
        }
    }
    done = true;
    for (auto& each : forks) {
        each.join();
    }
    support::until([&] { return past_fork == forked; });
    parent.say("there");
    for (;;) {
        ::pause(); // until killed
    }
}

BOOST_AUTO_TEST_SUITE(after_a_fork)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_childs_handles_say_so_and_do_nothing, Kind, process::kinds)
{
    both_ends<Kind> it;
    process::publish<Kind>(it.from, 0);
    std::optional held{it.to.take(1)};
    process::publish<Kind>(it.from, 1);
    auto lent = Kind::loan(it.from, 2);
    Kind::write(lent, 2);
    const auto child = ::fork();
    if (child == 0) {
        lent.publish();
        held.reset();
        bool right = Kind::try_loan(it.from, 2).why() == outcome::invalid_after_fork;
        right = right && Kind::loan(it.from, 2).why() == outcome::invalid_after_fork;
        right = right && it.to.try_take().why() == outcome::invalid_after_fork;
        right = right && it.to.take().why() == outcome::invalid_after_fork;
        right = right && it.to.native_handle() == -1 && !it.to.arm();
        it.from.close();
        it.to.close();
        ::_exit(right ? 0 : 1);
    }
    int status = -1;
    BOOST_REQUIRE_EQUAL(::waitpid(child, &status, 0), child);
    BOOST_TEST(status == 0);
    support::follower seen{0};
    Kind::follow(*held, seen);
    BOOST_TEST((process::follow<Kind>(it.to, seen, 1) == outcome::ok));
    BOOST_TEST((it.to.try_take().why() == outcome::empty)); // neither published nor closed there
    lent.publish();
    BOOST_TEST((process::follow<Kind>(it.to, seen, 1) == outcome::ok));
    BOOST_TEST(it.from.consumer_count() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_child_may_open_handles_of_its_own, Kind, process::kinds)
{
    both_ends<Kind> it;
    const auto child = ::fork();
    if (child == 0) {
        bool right = false;
        {
            typename Kind::producer own{it.channel.name()};
            right = own.lane() == 1;
            process::publish<Kind>(own, own.next_number());
        }
        ::_exit(right ? 0 : 1);
    }
    int status = -1;
    BOOST_REQUIRE_EQUAL(::waitpid(child, &status, 0), child);
    BOOST_TEST(status == 0);
    const auto batch = it.to.take();
    BOOST_TEST(batch.lane() == 1U);
}

BOOST_AUTO_TEST_CASE(a_child_that_lives_on_does_not_hide_its_parents_death)
{
    const support::scratch_channel channel;
    dense::producer{channel.name()}; // so that there is a channel to join
    dense::consumer to{channel.name()};
    support::child forks{"forks_and_waits", {channel.name()}};
    const auto grandchild = static_cast<::pid_t>(forks.hear_number());
    BOOST_TEST((to.take().why() == outcome::ok));
    forks.kill();
    BOOST_TEST((to.take().why() == outcome::producer_died));
    ::kill(grandchild, SIGKILL);
}

BOOST_AUTO_TEST_CASE(children_forked_while_their_parent_joins_do_not_hide_its_death)
{
    const support::scratch_channel one;
    const support::scratch_channel other;
    dense::producer{one.name(), {.capacity_bytes = 4096, .max_producers = 64}}; // so that there are channels to join
    framed::producer{other.name()};
    for (int i = 0; i < (support::sanitized ? 4 : 20); ++i) { // hundreds of forks each
        const bool produces = i % 2 == 0;
        const auto& channel = produces ? one : other;
        support::child joins{"joins_amid_forks", {channel.name(), produces ? "producer" : "consumer"}};
        const auto group = joins.pid();
        joins.expect("there");
        joins.kill();
        const samepage::memory::ownership_locks looks{::open(channel.control().c_str(), O_RDWR | O_CLOEXEC)};
        const bool held = looks.held_elsewhere(produces ? ring::lock_byte::producer : ring::lock_byte::consumer, 60);
        ::kill(-group, SIGKILL);
        BOOST_TEST(!held);
    }
}

BOOST_AUTO_TEST_SUITE_END()
