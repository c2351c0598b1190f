// SPDX-License-Identifier: BSL-1.0
// storm_test.cpp: producers and consumers killed, stopped and started at random; who survives has lost nothing.
#include "process/kinds.hpp"
#include "support/child.hpp"
#include "support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

using samepage::outcome;
using samepage::wait_policy;
using support::child;

namespace {

constexpr std::size_t ring_bytes = std::size_t{1} << 14U;
constexpr unsigned most_consumers = 4; // as many as there are: a dead one's place is needed again
constexpr std::size_t consumers = 4;   // the first of them is never killed

wait_policy any_policy(support::random_numbers& random)
{
    switch (random.below(3)) {
    case 0: return wait_policy::sleep();
    case 1: return {std::chrono::microseconds{random.below(300)}};
    default: return {};
    }
}

/// Publishes until killed, in all ways there are. Told: name, seed.
template <class Kind>
void produce(support::lines& parent, const support::words& told)
{
    support::random_numbers random{std::stoull(told.at(1))};
    typename Kind::producer to{
        told.at(0), {.capacity_bytes = ring_bytes, .max_consumers = most_consumers, .wait = any_policy(random)}};
    std::uint64_t number = to.next_number();
    parent.say("ready");
    for (;;) {
        const auto dice = random.below(100);
        auto slot = dice < 50   ? Kind::loan(to, number)
                    : dice < 80 ? Kind::try_loan(to, number)
                                : Kind::loan_for(to, std::chrono::milliseconds{dice % 3}, number);
        if (!slot) {
            continue;
        }
        if (dice % 10 == 0) { // written, and never published
            Kind::write(slot, ~number);
            continue;
        }
        Kind::write(slot, number++);
        slot.publish();
    }
}

/// Publishes a little more, and closes. Says the number after the last.
template <class Kind>
void produce_the_end(support::lines& parent, const support::words& told)
{
    typename Kind::producer to{told.at(0)};
    std::uint64_t number = to.next_number();
    for (int i = 0; i < 3000; ++i) {
        process::publish<Kind>(to, number++);
    }
    to.close();
    parent.say(std::to_string(number));
}

/// Follows the stream, through the deaths of its producers, to its close. Told: name, seed, where to start.
template <class Kind>
void consume(support::lines& parent, const support::words& told)
{
    support::random_numbers random{std::stoull(told.at(1))};
    typename Kind::consumer from{told.at(0),
                                 {.from = told.at(2) == "oldest" ? samepage::start::oldest : samepage::start::newest,
                                  .wait = any_policy(random)}};
    parent.say("ready");
    support::follower seen;
    for (;;) {
        const auto dice = random.below(100);
        const auto most = dice % 4 == 0 ? from.all : 1 + random.below(100);
        const auto batch = dice < 60   ? from.take(most)
                           : dice < 80 ? from.try_take(most)
                                       : from.take_for(std::chrono::milliseconds{dice % 4}, most);
        if (batch) {
            Kind::follow(batch, seen);
        } else if (batch.why() == outcome::closed) {
            break;
        } else {
            support::require(batch.why() != outcome::corrupt && batch.why() != outcome::ok, to_string(batch.why()));
        }
    }
    parent.say(std::to_string(seen.next()) + ' ' + std::to_string(seen.seen()));
}

std::chrono::milliseconds storm_time()
{
    const char* const told = std::getenv("SAMEPAGE_TEST_STORM_SECONDS"); // NOLINT(concurrency-mt-unsafe)
    return std::chrono::milliseconds{told != nullptr ? 500 * std::strtol(told, nullptr, 10) : 9'000};
}

/// Roles of one kind of channel.
struct parts {
    const char* producer;
    const char* consumer;
    const char* last_producer;
};

class storm {
public:
    storm(const parts& roles, std::uint64_t seed) : roles_(roles), random_(seed)
    {
        producer_ = start_producer();
        for (auto& each : consumers_) {
            each = start_consumer();
        }
    }

    void rage(std::chrono::milliseconds span)
    {
        const auto end = std::chrono::steady_clock::now() + span;
        while (std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::microseconds{random_.below(20'000)});
            strike();
        }
    }

    void calm_down()
    {
        kill(*producer_);
        child last{roles_.last_producer, {channel_.name()}};
        const auto end = last.hear_number();
        for (auto& each : consumers_) {
            std::istringstream said{each->hear()};
            std::uint64_t next = 0;
            std::uint64_t seen = 0;
            said >> next >> seen;
            BOOST_TEST(next == end);
            BOOST_TEST(each->wait() == support::ended_well);
            BOOST_TEST(seen <= end);
        }
        BOOST_TEST_MESSAGE("    " << end << " records, " << killed_ << " processes killed, " << stopped_ << " stopped");
    }

private:
    [[nodiscard]] std::unique_ptr<child> start_producer()
    {
        auto made =
            std::make_unique<child>(roles_.producer, support::words{channel_.name(), std::to_string(random_())});
        made->expect("ready");
        return made;
    }

    [[nodiscard]] std::unique_ptr<child> start_consumer()
    {
        auto made =
            std::make_unique<child>(roles_.consumer, support::words{channel_.name(), std::to_string(random_()),
                                                                    random_.below(2) == 0 ? "newest" : "oldest"});
        made->expect("ready");
        return made;
    }

    /// It must not have ended by itself: its last words say why it did.
    void kill(child& victim)
    {
        const auto how = victim.kill();
        ++killed_;
        if (how != support::killed_by(SIGKILL)) {
            BOOST_TEST_REQUIRE(victim.hear() == "");
        }
    }

    void strike()
    {
        const auto dice = random_.below(100);
        auto& victim = consumers_[1 + random_.below(consumers - 1)];
        if (dice < 30) {
            kill(*producer_);
            producer_ = start_producer();
        } else if (dice < 60) {
            kill(*victim);
            victim = start_consumer();
        } else if (dice < 70) { // both at once, the consumer first to be replaced
            kill(*producer_);
            kill(*victim);
            victim = start_consumer();
            producer_ = start_producer();
        } else if (dice < 80) { // stopped in mid-stride, and perhaps killed so
            auto& stopped = random_.below(3) == 0 ? producer_ : victim;
            stopped->stop();
            ++stopped_;
            std::this_thread::sleep_for(std::chrono::microseconds{random_.below(15'000)});
            if (random_.below(2) == 0) {
                stopped->go_on();
            } else {
                kill(*stopped);
                stopped = &stopped == &producer_ ? start_producer() : start_consumer();
            }
        } else if (dice < 90) { // the survivor too is stopped now and then
            consumers_.front()->stop();
            ++stopped_;
            std::this_thread::sleep_for(std::chrono::microseconds{random_.below(15'000)});
            consumers_.front()->go_on();
        } else { // one that comes for a moment in the place of another
            kill(*victim);
            victim = start_consumer();
            kill(*victim);
            victim = start_consumer();
        }
    }

    parts roles_;
    support::random_numbers random_;
    support::scratch_channel channel_;
    std::unique_ptr<child> producer_;
    std::array<std::unique_ptr<child>, consumers> consumers_;
    unsigned killed_ = 0;
    unsigned stopped_ = 0;
};

} // namespace

SAMEPAGE_CHILD(storm_dense_producer)
{
    produce<process::dense>(parent, told);
}
SAMEPAGE_CHILD(storm_dense_consumer)
{
    consume<process::dense>(parent, told);
}
SAMEPAGE_CHILD(storm_dense_last_producer)
{
    produce_the_end<process::dense>(parent, told);
}
SAMEPAGE_CHILD(storm_framed_producer)
{
    produce<process::framed>(parent, told);
}
SAMEPAGE_CHILD(storm_framed_consumer)
{
    consume<process::framed>(parent, told);
}
SAMEPAGE_CHILD(storm_framed_last_producer)
{
    produce_the_end<process::framed>(parent, told);
}

BOOST_AUTO_TEST_SUITE(storms)

BOOST_AUTO_TEST_CASE(survivors_of_a_storm_over_dense_records_have_seen_each_once_and_whole)
{
    storm over{{"storm_dense_producer", "storm_dense_consumer", "storm_dense_last_producer"},
               support::new_seed("dense storm")};
    over.rage(storm_time());
    over.calm_down();
}

BOOST_AUTO_TEST_CASE(survivors_of_a_storm_over_framed_records_have_seen_each_once_and_whole)
{
    storm over{{"storm_framed_producer", "storm_framed_consumer", "storm_framed_last_producer"},
               support::new_seed("framed storm")};
    over.rage(storm_time());
    over.calm_down();
}

BOOST_AUTO_TEST_SUITE_END()
