// SPDX-License-Identifier: BSL-1.0
// threads_test.cpp: a producer and consumers as threads over one mapping, so that ThreadSanitizer sees every edge.
#include "ring/private_lane.hpp"

#include <atomic>
#include <thread>
#include <vector>

using namespace samepage::test;
using samepage::outcome;
using samepage::ring::start;
namespace frame = samepage::ring::frame;

namespace {

constexpr std::uint64_t records = 200'000;

/// One mapping means one alias: records that cross the wrap would be written through the mirror and read through it
/// too, at the same addresses, since both sides begin at the same offset.
template <class Step>
void until(Step&& step)
{
    while (!step()) {
        std::this_thread::yield();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(threads)

BOOST_AUTO_TEST_CASE(dense_records_pass_in_order_to_every_consumer)
{
    private_lane lane{eights};
    started<dense_writer> writer{lane};
    std::vector<std::thread> consumers;
    std::atomic<int> faults{0};
    for (unsigned slot = 0; slot < 2; ++slot) {
        dense_reader reader{lane.readable(), slot};
        BOOST_REQUIRE(reader.join(start::oldest));
        consumers.emplace_back([&faults, reader]() mutable {
            for (std::uint64_t next = 0; next < records;) {
                const auto found = reader.look(64, 8);
                for (std::uint64_t i = 0; i < found.count; ++i, ++next) {
                    faults += value_at(reader, found.begin + 8 * i) != next;
                }
                if (found.count != 0) {
                    reader.release(found);
                } else {
                    std::this_thread::yield();
                }
            }
            reader.leave();
        });
    }
    for (std::uint64_t i = 0; i < records; ++i) {
        until([&] { return put(writer, i); });
    }
    for (auto& consumer : consumers) {
        consumer.join();
    }
    BOOST_TEST(faults == 0);
}

BOOST_AUTO_TEST_CASE(framed_records_pass_whole_while_consumers_join_and_leave)
{
    private_lane lane{frames};
    started<framed_writer> writer{lane};
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> faults{0};
    std::atomic<std::uint64_t> seen{0};
    const auto consume = [&](unsigned slot) {
        while (!done) {
            framed_reader reader{lane.readable(), slot};
            faults +=
                !reader.join(slot == 0 ? start::oldest : start::newest); // Boost.Test's checks are not for threads
            for (int looks = 0; looks < 50; ++looks) {
                const auto found = reader.look(5);
                faults += found.why == outcome::corrupt;
                auto at = found.begin;
                for (std::size_t i = 0; i < found.count; ++i, ++seen) {
                    const auto header = reader.header_at(at);
                    const auto bytes = frame::payload_bytes(header);
                    const auto* payload = reader.at(at) + frame::header_bytes;
                    for (std::size_t b = 0; b < bytes; ++b) {
                        faults += payload[b] != std::byte(frame::sequence_low(header) & 0xff);
                    }
                    at = frame::next(at, bytes, 8);
                }
                reader.release(found);
                std::this_thread::yield();
            }
            reader.leave();
        }
    };
    std::thread first(consume, 0U);
    std::thread second(consume, 1U);
    for (std::uint64_t i = 0; i < records / 4 || seen < 1000; ++i) {
        until([&] { return put(writer, i % 90, i); });
    }
    done = true;
    first.join();
    second.join();
    BOOST_TEST(faults == 0U);
}

BOOST_AUTO_TEST_CASE(sleeping_on_both_sides_passes_everything)
{
    private_lane lane{eights};
    hardware::enlist();
    started<dense_writer> writer{lane};
    dense_reader reader{lane.readable(), 0};
    BOOST_REQUIRE(reader.join(start::oldest));
    auto& control = lane.control();
    std::uint64_t faults = 0;
    std::thread consumer([&] {
        const samepage::ring::sleeping_place<hardware> place{control.sleeping_consumers, 1,
                                                             control.consumers[0].bell.doorbell};
        for (std::uint64_t next = 0; next < records / 4;) {
            samepage::ring::found_records found;
            samepage::ring::wait_until_ready<hardware>(
                place, samepage::wait_policy::sleep(), std::nullopt,
                [&] { return (found = reader.look(16, 8)).count != 0; }, [] { return false; });
            for (std::uint64_t i = 0; i < found.count; ++i, ++next) {
                faults += value_at(reader, found.begin + 8 * i) != next;
            }
            reader.release(found);
        }
    });
    const samepage::ring::sleeping_place<hardware> place{control.sleeping_producers, 1,
                                                         control.producer_bells[0].doorbell};
    for (std::uint64_t i = 0; i < records / 4; ++i) {
        samepage::ring::wait_until_ready<hardware>(
            place, samepage::wait_policy::sleep(), std::nullopt, [&] { return put(writer, i); }, [] { return false; });
    }
    consumer.join();
    BOOST_TEST(faults == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
