// SPDX-License-Identifier: BSL-1.0
// running_test.cpp: what an observer says of a channel in full flight fits together, look after look.
#include "support/child.hpp"
#include "support/records.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/observer.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <thread>

using samepage::demand;
using support::tick;

namespace {

constexpr std::size_t ring_bytes = 65536;

template <class Producer, class Fill>
void stream_until_told(support::lines& parent, Producer& made, Fill&& fill)
{
    std::uint64_t number = 0;
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{1500};
         std::chrono::steady_clock::now() < end;) {
        for (int i = 0; i != 64; ++i) {
            fill(number++);
        }
    }
    made.close();
    parent.say(std::to_string(number));
}

SAMEPAGE_CHILD(streams_ticks)
{
    samepage::producer<tick> made{told.at(0), {.capacity_bytes = ring_bytes}};
    parent.say("there");
    static_cast<void>(parent.hear());
    stream_until_told(parent, made, [&](std::uint64_t number) {
        auto slot = made.loan();
        *slot = support::tick_of(number);
        slot.publish();
    });
}

SAMEPAGE_CHILD(streams_bytes)
{
    samepage::bytes_producer made{told.at(0), {.capacity_bytes = ring_bytes}};
    parent.say("there");
    static_cast<void>(parent.hear());
    stream_until_told(parent, made, [&](std::uint64_t number) { made.loan(number % 50).publish(); });
}

/// Takes until the end, and tells how many it took and lost.
template <class Consumer>
void take_all(support::lines& parent, const std::string& name, demand wants)
{
    Consumer joined{name, {.from = samepage::start::oldest, .wants = wants}};
    parent.say("there");
    std::uint64_t lost = 0;
    while (const auto batch = joined.take(200)) {
        lost += batch.lost();
        if (wants == demand::lossy && batch.number() % 3 == 0) { // now and then too slow
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }
    parent.say(std::to_string(lost));
    static_cast<void>(parent.hear()); // stays until the last look
}

SAMEPAGE_CHILD(takes_ticks)
{
    take_all<samepage::consumer<tick>>(parent, told.at(0), demand::lossless);
}
SAMEPAGE_CHILD(takes_ticks_lossy)
{
    take_all<samepage::consumer<tick>>(parent, told.at(0), demand::lossy);
}
SAMEPAGE_CHILD(takes_bytes)
{
    take_all<samepage::bytes_consumer>(parent, told.at(0), demand::lossless);
}
SAMEPAGE_CHILD(takes_bytes_lossy)
{
    take_all<samepage::bytes_consumer>(parent, told.at(0), demand::lossy);
}

/// Looks as often as it can while the channel runs. Fails where two figures cannot both be true.
void watch_a_stream(const std::string& producer, const std::string& consumer, std::size_t least_bytes)
{
    const support::scratch_channel channel;
    support::child source{producer, {channel.name()}};
    source.expect("there");
    support::child sink{consumer, {channel.name()}};
    sink.expect("there");
    support::child loser{consumer + "_lossy", {channel.name()}};
    loser.expect("there");
    samepage::observer looking{channel.name()};
    source.say("go");

    std::uint64_t looks = 0;
    std::uint64_t counted = 0;
    std::uint64_t lags_counted = 0;
    std::uint64_t held = 0;
    std::uint64_t published = 0;
    std::uint64_t lost = 0;
    samepage::ring::position head = 0;
    for (bool running = true; running;) {
        const auto seen = looking.look();
        ++looks;
        BOOST_REQUIRE_EQUAL(seen.lanes.size(), 1U);
        BOOST_REQUIRE_EQUAL(seen.consumers.size(), 2U);
        const auto& lane = seen.lanes.front();
        running = lane.condition == samepage::lane_condition::open;
        BOOST_REQUIRE_EQUAL(lane.contradiction, "");
        BOOST_REQUIRE_GE(lane.head, head);
        head = lane.head;
        BOOST_REQUIRE_LE(lane.kept_bytes, ring_bytes);
        BOOST_REQUIRE_LE(lane.unreleased_bytes, ring_bytes);
        if (lane.published) {
            ++counted;
            BOOST_REQUIRE_GE(*lane.published, published);
            BOOST_REQUIRE_LE(*lane.published * least_bytes, lane.head);
            published = *lane.published;
        }
        for (const auto& each : seen.consumers) {
            BOOST_REQUIRE_EQUAL(each.contradiction, "");
            BOOST_REQUIRE(each.alive);
        }
        const auto& lossless = seen.consumers[0].places.front();
        BOOST_REQUIRE((seen.consumers[0].wants == demand::lossless));
        BOOST_REQUIRE_LE(lossless.lag_bytes.value(), ring_bytes);
        if (lossless.lag) {
            ++lags_counted;
            BOOST_REQUIRE_LE(*lossless.lag * least_bytes, *lossless.lag_bytes);
        }
        const auto& lossy = seen.consumers[1].places.front();
        BOOST_REQUIRE((seen.consumers[1].wants == demand::lossy));
        held += lossy.held.value() != 0 ? 1U : 0U;
        BOOST_REQUIRE_GE(seen.consumers[1].lost, lost);
        lost = seen.consumers[1].lost;
    }
    const std::uint64_t truth = source.hear_number();
    const std::uint64_t lost_in_truth = [&] {
        static_cast<void>(sink.hear_number());
        return loser.hear_number();
    }();
    const auto last = looking.look();
    BOOST_TEST(last.lanes.front().published.value() == truth);
    BOOST_TEST(last.consumers[0].places.front().lag.value() == 0U);
    BOOST_TEST(last.consumers[1].lost == lost_in_truth);
    BOOST_TEST_MESSAGE("    " << looks << " looks at " << truth << " records: counted in " << counted << ", lags in "
                              << lags_counted << ", something held in " << held << "; " << lost_in_truth << " lost");
    BOOST_TEST(counted != 0U);
    BOOST_TEST(lags_counted != 0U);
    BOOST_TEST(held != 0U);
    BOOST_TEST(lost_in_truth != 0U);
    sink.say("end");
    loser.say("end");
    BOOST_TEST(sink.wait() == support::ended_well);
    BOOST_TEST(loser.wait() == support::ended_well);
}

} // namespace

BOOST_AUTO_TEST_SUITE(observing_a_stream)

BOOST_AUTO_TEST_CASE(figures_of_records_of_one_size_fit_together_at_every_look)
{
    watch_a_stream("streams_ticks", "takes_ticks", sizeof(tick));
}

BOOST_AUTO_TEST_CASE(figures_of_records_of_any_size_fit_together_at_every_look)
{
    watch_a_stream("streams_bytes", "takes_bytes", 8);
}

BOOST_AUTO_TEST_SUITE_END()
