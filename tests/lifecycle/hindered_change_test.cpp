// SPDX-License-Identifier: BSL-1.0
// hindered_change_test.cpp: what stands in the way of a change and what does not, and what a changer that died leaves.
#include "process/kinds.hpp"
#include "support/child.hpp"
#include "support/forked.hpp"
#include "support/pages.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"
#include "support/users.hpp"

#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/observer.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <memory>
#include <string>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

using samepage::change_channel;
using samepage::errc;
using support::refusal;
using support::says;
using support::tick;

namespace {

constexpr std::size_t small = std::size_t{1} << 14U;
constexpr std::size_t large = std::size_t{1} << 20U;

/// Has the child publish. @return the capacity of its ring then
std::uint64_t published(support::child& producer)
{
    producer.say("publish");
    return producer.hear_number();
}

} // namespace

// Has a channel whose pages are locked, with leave to lock the ring that it has and not a larger one; publishes as
// told.
SAMEPAGE_CHILD(locks_what_it_may)
{
    const ::rlimit limit{large, large};
    support::require(::setrlimit(RLIMIT_MEMLOCK, &limit) == 0, "a lower limit can be set");
    if (::geteuid() == 0) {
        support::become(65534, 65534);
    }
    samepage::producer<tick> to{told.at(0), {.capacity_bytes = small, .mode = 0666, .memory = {.lock = true}}};
    parent.say("there");
    while (parent.hear() == "publish") {
        for (int i = 0; i != 5000; ++i) {
            process::publish<process::dense>(to, to.next_number());
        }
        parent.say(std::to_string(to.info().capacity_bytes));
    }
}

BOOST_AUTO_TEST_SUITE(hindered_changes)

BOOST_AUTO_TEST_CASE(a_dead_lossless_consumer_is_not_in_the_way)
{
    const support::scratch_channel channel;
    const samepage::producer<tick> to{channel.name()};
    {
        support::forked dies([&] {
            const samepage::consumer<tick> from{channel.name()};
            ::kill(::getpid(), SIGKILL);
            return 0;
        });
        BOOST_TEST(dies.wait() == -1);
    }
    BOOST_TEST(to.consumer_count() == 1U); // nobody has noticed
    change_channel(channel.name(), {.lossless = false});
    BOOST_TEST(to.consumer_count() == 0U);
    refusal(errc::invalid_argument, [&] { samepage::consumer<tick>{channel.name()}; });
}

BOOST_AUTO_TEST_CASE(a_changer_that_died_has_forbidden_nothing)
{
    const support::scratch_channel channel;
    const samepage::producer<tick> to{channel.name()};
    const support::pages pages{to.info()};
    pages.terms().lossless.store(pages.terms().lossless.load() | samepage::ring::forbidding);
    {
        samepage::memory::ownership_locks changer{::open(channel.control().c_str(), O_RDWR | O_CLOEXEC)};
        BOOST_REQUIRE(changer.try_lock(samepage::ring::lock_byte::naming));
        BOOST_TEST(says(refusal(errc::invalid_argument, [&] { samepage::consumer<tick>{channel.name()}; }),
                        "a lossy consumer"));
    }
    const samepage::consumer<tick> from{channel.name()};
    const samepage::consumer<tick> named{channel.name(), {.name = "log"}};
    BOOST_TEST(to.consumer_count() == 2U);
}

// Nor does it make producers heed what a channel without lossless consumers says of some.
BOOST_AUTO_TEST_CASE(a_changer_that_died_has_allowed_nothing)
{
    const support::scratch_channel channel;
    samepage::producer<tick> to{channel.name(), {.capacity_bytes = small, .lossless = false}};
    const samepage::consumer<tick> lossy{channel.name(), {.wants = samepage::demand::lossy}};
    const support::pages pages{to.info()};
    change_channel(channel.name(), {.max_consumers = 5});
    BOOST_TEST(pages.terms().lossless.load() == 0U);
    pages.terms().lossless.store(samepage::ring::forbidding);
    auto& cursor = reinterpret_cast<samepage::ring::cell_words<samepage::hardware_atomics>*>(pages.cells())->cursor;
    BOOST_REQUIRE_EQUAL(cursor.load(), samepage::ring::unbound);
    cursor.store(0); // by somebody who may write there
    for (std::uint64_t i = 0; i != 3 * small / sizeof(tick); ++i) {
        auto slot = to.try_loan();
        BOOST_REQUIRE(static_cast<bool>(slot));
        slot.publish();
    }
    samepage::observer looking{channel.name()};
    BOOST_TEST(!looking.look().lossless);
}

BOOST_AUTO_TEST_CASE(a_producer_that_cannot_lock_the_new_ring_stays_and_publishes_on)
{
    const support::scratch_channel channel;
    support::child producer{"locks_what_it_may", {channel.name()}};
    producer.expect("there");
    BOOST_TEST(change_channel(channel.name(), {.capacity_bytes = large}) == 1U);
    for (int i = 0; i != 3; ++i) {
        BOOST_TEST(published(producer) == small);
    }
    BOOST_TEST(change_channel(channel.name(), {.capacity_bytes = 2 * small}) == 1U);
    BOOST_TEST(published(producer) == 2 * small);
    producer.say("end");
    BOOST_TEST(producer.wait() == support::ended_well);
}

BOOST_AUTO_TEST_SUITE_END()
