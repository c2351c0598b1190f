// SPDX-License-Identifier: BSL-1.0
// many_producers_test.cpp: several producers on one channel, each in a lane of its own, and how such a stream ends.
#include "process/peers.hpp"
#include "support/refusal.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include <sys/stat.h>

using namespace std::chrono_literals;
using process::producer_process;
using samepage::demand;
using samepage::outcome;
using samepage::start;

namespace {

/// Follows each lane by itself.
template <class Kind>
struct lanes_followed {
    std::map<unsigned, support::follower> lanes;
    std::uint64_t seen = 0;

    template <class Batch>
    void see(const Batch& batch)
    {
        auto& lane = lanes.try_emplace(batch.lane()).first->second;
        const auto before = lane.seen();
        if (before != 0) {
            BOOST_REQUIRE_EQUAL(lane.next() + batch.lost(), batch.number());
        }
        if (batch.lost() != 0) {
            lane = support::follower{batch.number()};
            Kind::follow(batch, lane);
            seen += lane.seen();
            return;
        }
        Kind::follow(batch, lane);
        seen += lane.seen() - before;
        BOOST_REQUIRE_EQUAL(lane.next(), batch.number() + batch.size());
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(many_producers)

BOOST_AUTO_TEST_CASE_TEMPLATE(each_has_a_lane_of_its_own_whose_order_is_kept, Kind, process::kinds)
{
    const support::scratch_channel channel;
    std::vector<std::unique_ptr<producer_process<Kind>>> producers;
    for (int i = 0; i < 4; ++i) {
        producers.push_back(std::make_unique<producer_process<Kind>>(channel));
    }
    typename Kind::consumer to{channel.name(), {.from = start::oldest}};
    for (auto& each : producers) {
        each->say("publish 5000");
    }
    lanes_followed<Kind> followed;
    while (followed.seen < 20'000) {
        const auto batch = to.take();
        BOOST_REQUIRE(batch);
        followed.see(batch);
    }
    BOOST_TEST(followed.lanes.size() == 4U);
    for (const auto& [lane, follower] : followed.lanes) {
        BOOST_TEST(follower.seen() == 5000U);
        BOOST_TEST(lane < 4U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_busy_lane_does_not_hide_a_quiet_one, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> busy{channel};
    typename Kind::producer quiet{channel.name()};
    typename Kind::consumer to{channel.name()};
    busy.say("stream");
    busy.expect("streaming");
    for (std::uint64_t number = 0; number < 50; ++number) {
        process::publish<Kind>(quiet, number);
        for (int takes = 0;; ++takes) {
            const auto batch = to.take(1);
            BOOST_REQUIRE(batch);
            if (batch.lane() == quiet.lane()) {
                BOOST_REQUIRE_EQUAL(batch.number(), number);
                break;
            }
            BOOST_REQUIRE_LT(takes, 3); // they take turns
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_sees_all_of_a_producer_that_comes_after_it, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer first{channel.name(), {.capacity_bytes = process::small_ring}};
    typename Kind::consumer to{channel.name()};
    producer_process<Kind> later{channel};
    later.say("publish 3000");
    support::follower seen{0};
    BOOST_TEST(process::follow<Kind>(to, seen, 3000) == outcome::ok);
    BOOST_TEST(seen.next() == 3000U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lane_goes_on_counting_under_its_next_producer, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer stays{channel.name(), {.capacity_bytes = process::small_ring}};
    typename Kind::consumer to{channel.name()};
    support::follower seen{0};
    std::uint64_t number = 0;
    for (int i = 0; i < 6; ++i) {
        producer_process<Kind> comes{channel};
        comes.say("publish 100");
        BOOST_TEST(process::follow<Kind>(to, seen, 100) == outcome::ok);
        number += 100;
        BOOST_TEST(seen.next() == number);
        if (i % 2 == 0) {
            comes.kill();
        } else {
            comes.say("end");
            BOOST_TEST(comes.wait() == support::ended_well);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_stream_ends_closed_when_the_last_one_closes, Kind, process::kinds)
{
    const support::scratch_channel channel;
    auto first = std::make_unique<typename Kind::producer>(channel.name());
    producer_process<Kind> dies{channel};
    auto last = std::make_unique<typename Kind::producer>(channel.name());
    typename Kind::consumer to{channel.name()};
    first.reset();
    BOOST_TEST((to.take_for(25ms).why() == outcome::timed_out));
    dies.kill();
    BOOST_TEST((to.take_for(25ms).why() == outcome::timed_out)); // one still lives
    last.reset();
    BOOST_TEST((to.take().why() == outcome::closed));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_stream_ends_with_a_death_when_the_last_one_dies, Kind, process::kinds)
{
    const support::scratch_channel channel;
    auto first = std::make_unique<typename Kind::producer>(channel.name());
    producer_process<Kind> dies{channel};
    typename Kind::consumer to{channel.name()};
    first.reset();
    dies.say("publish 3");
    support::follower seen;
    BOOST_TEST(process::follow<Kind>(to, seen, 3) == outcome::ok);
    dies.kill();
    BOOST_TEST((to.take().why() == outcome::producer_died));
    typename Kind::producer next{channel.name()}; // and goes on when another one comes
    process::publish<Kind>(next, next.next_number());
    BOOST_TEST((to.take().why() == outcome::ok));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lossy_consumer_that_stops_with_a_batch_stops_nobody, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> from{channel};
    typename Kind::consumer lossless{channel.name()};
    typename Kind::consumer lossy{channel.name(), {.wants = demand::lossy}};
    from.say("publish 20");
    support::follower seen{0};
    BOOST_TEST(process::follow<Kind>(lossless, seen, 20) == outcome::ok);
    const auto held = lossy.take(7);
    BOOST_REQUIRE(held);
    from.say("publish 20000");
    BOOST_TEST(process::follow<Kind>(lossless, seen, 20'000) == outcome::ok);
    support::follower whole{held.number()};
    Kind::follow(held, whole);
    BOOST_TEST(whole.seen() == held.size());
    const auto next = lossy.take(1);
    BOOST_REQUIRE(next);
    BOOST_TEST(next.lost() != 0U);
    BOOST_TEST(next.number() == held.number() + held.size() + next.lost());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lossy_consumers_beside_a_stream_count_exactly, Kind, process::kinds)
{
    const support::scratch_channel channel;
    producer_process<Kind> one{channel, 4096};
    producer_process<Kind> other{channel};
    typename Kind::consumer lossy{channel.name(), {.wants = demand::lossy}};
    one.say("stream");
    one.expect("streaming");
    other.say("stream");
    other.expect("streaming");
    lanes_followed<Kind> followed;
    std::uint64_t lost = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto batch = i % 3 == 0 ? lossy.take_latest() : lossy.take(1 + static_cast<std::size_t>(i) % 40);
        BOOST_REQUIRE(batch);
        if (i % 3 == 0) { // what it passed over is not lost
            followed.lanes.erase(batch.lane());
        }
        followed.see(batch);
        lost += batch.lost();
    }
    BOOST_TEST_MESSAGE("    " << followed.seen << " seen, " << lost << " lost");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_channel_without_lossless_consumers_refuses_them, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.lossless = false}};
    const auto fault =
        support::refusal(samepage::errc::invalid_argument, [&] { typename Kind::consumer{channel.name()}; });
    BOOST_TEST(support::says(fault, "lossy"));
    typename Kind::consumer{channel.name(), {.wants = demand::lossy}};
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_restarted_consumer_goes_on_where_it_was, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name(), {.capacity_bytes = process::small_ring}};
    std::vector<samepage::record_place> next;
    {
        typename Kind::consumer to{channel.name()};
        for (std::uint64_t number = 0; number < 9; ++number) {
            process::publish<Kind>(from, number);
        }
        BOOST_TEST(to.take(4).size() == 4U);
        next = to.next();
    }
    typename Kind::consumer again{channel.name(), {.resume = next}};
    auto batch = again.take();
    BOOST_TEST(batch.number() == 4U);
    BOOST_TEST(batch.size() == 5U);
    BOOST_TEST(batch.lost() == 0U);
    batch.release();
    for (auto& each : next) {
        each.number = 1000;
    }
    const auto fault = support::refusal(samepage::errc::invalid_argument, [&] {
        typename Kind::consumer{channel.name(), {.resume = next}};
    });
    BOOST_TEST(support::says(fault, "1000"));
    BOOST_TEST(from.consumer_count() == 1U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_taken_before_the_last_one_goes_is_the_next_one, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    typename Kind::consumer to{channel.name()};
    for (std::uint64_t number = 0; number < 4; ++number) {
        process::publish<Kind>(from, number);
    }
    support::follower seen{0};
    auto batch = to.take(1);
    for (int i = 0; i < 4; ++i) {
        Kind::follow(batch, seen);
        batch = to.try_take(1);
    }
    BOOST_TEST(seen.seen() == 4U);
    BOOST_TEST((batch.why() == outcome::empty));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(joining_reserves_no_pages_of_lanes_that_nobody_took, Kind, process::kinds)
{
    const support::scratch_channel channel;
    typename Kind::producer from{channel.name()};
    process::publish<Kind>(from, 0);
    const auto blocks = [&] {
        struct stat status {};
        BOOST_REQUIRE_EQUAL(::stat(from.info().data_path.c_str(), &status), 0);
        return status.st_blocks;
    };
    const auto before = blocks();
    for (const auto where : {start::newest, start::oldest}) {
        for (const auto wants : {demand::lossless, demand::lossy}) {
            typename Kind::consumer to{channel.name(), {.from = where, .wants = wants}};
            BOOST_TEST((to.try_take().why() != outcome::corrupt));
            BOOST_TEST((to.try_take_latest().why() != outcome::corrupt));
        }
    }
    BOOST_TEST(blocks() == before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(loans)

BOOST_AUTO_TEST_CASE(a_larger_loan_that_was_dropped_or_assigned_over_is_never_taken_for_a_record)
{
    const support::scratch_channel channel;
    samepage::bytes_producer from{channel.name()};
    samepage::bytes_consumer to{channel.name()};
    std::uint64_t number = 0;
    const auto publish = [&](samepage::bytes_loan slot) {
        support::fill(slot.bytes(), number++);
        slot.publish();
    };
    const auto dirty = [&] {
        auto slot = from.loan(2000);
        std::fill(slot.bytes().begin(), slot.bytes().end(), std::byte{0xff});
        return slot;
    };
    support::follower seen{0};
    for (const std::size_t bytes : {16U, 600U}) {
        publish(from.loan(bytes));
        static_cast<void>(dirty());
        publish(from.loan(bytes));
        {
            auto slot = dirty();
            slot.discard();
            slot = from.loan(bytes);
            support::fill(slot.bytes(), number++);
            slot.publish();
        }
        publish(from.loan(bytes));
    }
    for (std::uint64_t left = number; left != 0; --left) {
        const auto batch = to.take(1);
        BOOST_REQUIRE(batch);
        seen.see(batch.front());
    }
    BOOST_TEST((to.try_take().why() == outcome::empty));
}

BOOST_AUTO_TEST_CASE(a_header_rewritten_after_the_take_does_not_lead_out_of_the_batch)
{
    const support::scratch_channel channel;
    samepage::bytes_producer from{channel.name(), {.capacity_bytes = 8192}};
    samepage::bytes_consumer to{channel.name()};
    for (int i = 0; i < 3; ++i) {
        auto slot = from.loan(16);
        support::fill(slot.bytes(), static_cast<std::uint64_t>(i));
        slot.publish();
    }
    const auto batch = to.take();
    BOOST_REQUIRE_EQUAL(batch.size(), 3U);
    const std::uint64_t wrong = samepage::ring::frame::encode(0, 0xffff'fff0);
    support::overwrite(channel.data(), from.info().ring_offset_bytes, &wrong, sizeof wrong);
    BOOST_TEST(batch.front().size() == 0U);
    std::size_t bytes = 0;
    for (const auto record : batch) {
        bytes += record.size();
    }
    BOOST_TEST(bytes <= 48U);
}

BOOST_AUTO_TEST_SUITE_END()
