// SPDX-License-Identifier: BSL-1.0
// peers_stopped.cpp: a stopped process is not a dead one: it is waited for, or passed by, and goes on as if nothing had
// been.
#include "process/kinds.hpp"
#include "support/scratch.hpp"
#include "torture/peer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include <poll.h>

namespace torture {
namespace {

using namespace std::chrono_literals;
using process::dense;
using process::framed;
using samepage::outcome;
using support::require;
using clock = std::chrono::steady_clock;

constexpr std::size_t ring_bytes = std::size_t{1} << 16U;

/// How a peer waits.
struct policy {
    const char* name;
    samepage::wait_policy how;
    bool polled = false;
};
constexpr policy policies[] = {
    {"spinning", samepage::wait_policy::busy()},
    {"spinning, then sleeping", {}},
    {"sleeping", samepage::wait_policy::sleep()},
    {"polling a descriptor", {}, true},
};

/// A take by the policy, within `span`: timed_out after it.
template <class Consumer>
auto take(Consumer& from, const policy& how, std::chrono::milliseconds span)
{
    if (!how.polled) {
        return from.take_for(span);
    }
    for (const auto end = clock::now() + span;;) {
        auto batch = from.try_take();
        if (batch || batch.why() != outcome::empty) {
            return batch;
        }
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
        if (left <= 0ms) {
            return from.take_for(0ms);
        }
        if (from.arm()) {
            pollfd one{from.native_handle(), POLLIN, 0};
            ::poll(&one, 1, static_cast<int>(left.count()));
            from.disarm();
        }
    }
}

constexpr auto patience = 60s; // more than any machine needs; a peer ends itself after some minutes

/// Number of a record; it is whole.
std::uint64_t number_in(const support::tick& record)
{
    require(support::whole(record), "a record is whole");
    return record.number;
}
std::uint64_t number_in(std::span<const std::byte> record)
{
    const auto number = support::number_of(record);
    require(number != ~std::uint64_t{0}, "a record is whole");
    return number;
}

template <class Kind>
peer::body producing(const support::scratch_channel& channel, const policy& how)
{
    return [&channel, how](support::lines& parent) {
        typename Kind::producer to{channel.name(), {.capacity_bytes = ring_bytes, .wait = how.how}};
        std::uint64_t number = 0;
        const auto publish = [&](std::chrono::milliseconds most) {
            auto slot = Kind::loan_for(to, most, number);
            if (!slot) {
                require(slot.why() == outcome::timed_out, "no room is timed_out");
                return false;
            }
            Kind::write(slot, number++);
            slot.publish();
            return true;
        };
        parent.say("ready");
        for (;;) {
            const auto order = parent.hear();
            if (order == "until stuck") {
                while (publish(300ms)) {
                }
            } else if (order == "full?") {
                require(Kind::try_loan(to, number).why() == outcome::full, "try_loan says full");
                require(Kind::loan_for(to, 50ms, number).why() == outcome::timed_out, "loan_for says timed_out");
                require(to.consumer_count() == 1, "the consumer is not evicted");
            } else if (order == "close") {
                to.close();
            } else if (order == "end") {
                return;
            } else { // so many more
                for (auto left = std::stoull(order); left != 0; --left) {
                    require(publish(patience), "nobody is in the way");
                }
            }
            parent.say(std::to_string(number));
        }
    };
}

/// Follows the one lane from its beginning to its end, and says how many it saw.
template <class Kind>
peer::body following(const support::scratch_channel& channel, const policy& how)
{
    return [&channel, how](support::lines& parent) {
        typename Kind::consumer from{channel.name(), {.from = samepage::start::oldest, .wait = how.how}};
        parent.say("ready");
        support::follower with{0};
        for (;;) {
            const auto batch = take(from, how, patience);
            if (!batch) {
                require(batch.why() == outcome::closed, "the stream ends because it was closed");
                break;
            }
            Kind::follow(batch, with);
        }
        parent.say(std::to_string(with.seen()));
    };
}

template <class Kind>
void stop_a_lossless_consumer(const policy& how)
{
    const support::scratch_channel channel;
    peer producer{"the producer", producing<Kind>(channel, how)};
    producer.expect("ready");
    peer consumer{"the consumer", following<Kind>(channel, how)};
    consumer.expect("ready");
    producer.say("until stuck");
    std::this_thread::sleep_for(10ms);
    consumer.stop();
    const auto stuck = producer.hear_number();
    for (int i = 0; i < 3; ++i) { // some slices apart: each looks whether the consumer lives
        require(producer.ask_number("full?") == stuck, "nothing is published");
    }
    consumer.go_on();
    producer.ask("3000");
    const auto total = producer.ask_number("close");
    require(consumer.hear_number() == total, "the consumer saw all of it");
    consumer.end_well();
    producer.say("end");
    producer.end_well();
}

/// A lossy consumer that holds its first batch, or nothing, while it is stopped.
template <class Kind>
peer::body losing(const support::scratch_channel& channel, const policy& how, bool holding)
{
    return [&channel, how, holding](support::lines& parent) {
        typename Kind::consumer from{
            channel.name(),
            {.from = samepage::start::oldest, .wants = samepage::demand::lossy, .held = 2, .wait = how.how}};
        std::uint64_t next = 0;
        std::uint64_t lost = 0;
        std::uint64_t seen = 0;
        const auto see = [&](const auto& batch) {
            lost += batch.lost();
            require(batch.number() == next + batch.lost(), "lost() is the records between the batches");
            next = batch.number();
            for (const auto& record : batch) {
                require(number_in(record) == next, "a record is the one its number says");
                ++next;
                ++seen;
            }
        };
        {
            const auto first = take(from, how, patience);
            require(bool{first}, "there is something to hold");
            see(first);
            std::vector<std::byte> copy;
            const auto add = [&copy](const auto& record) {
                const auto bytes = std::as_bytes(std::span{&record, 1});
                copy.insert(copy.end(), bytes.begin(), bytes.end());
            };
            const auto collect = [&] {
                copy.clear();
                for (const auto& record : first) {
                    if constexpr (std::is_same_v<Kind, dense>) {
                        add(record);
                    } else {
                        copy.insert(copy.end(), record.begin(), record.end());
                    }
                }
            };
            collect();
            if (holding) {
                parent.say("ready");
                parent.expect("go on");
                const auto before = copy;
                collect();
                require(copy == before, "what is held was not written to");
            }
        }
        if (!holding) {
            parent.say("ready");
            parent.expect("go on");
        }
        for (;;) {
            const auto batch = take(from, how, patience);
            if (!batch) {
                require(batch.why() == outcome::closed, "the stream ends because it was closed");
                break;
            }
            see(batch);
        }
        parent.say(std::to_string(seen));
        parent.say(std::to_string(lost));
    };
}

template <class Kind>
void stop_a_lossy_consumer(const policy& how, bool holding)
{
    const support::scratch_channel channel;
    peer producer{"the producer", producing<Kind>(channel, how)};
    producer.expect("ready");
    producer.ask("50");
    peer other{"the lossless consumer", following<Kind>(channel, how)};
    other.expect("ready");
    peer stopped{"the lossy consumer", losing<Kind>(channel, how, holding)};
    stopped.expect("ready");
    stopped.stop();
    producer.ask("20000"); // some laps; it throws where it has to wait for ever
    stopped.go_on();
    stopped.say("go on");
    producer.ask("100");
    const auto total = producer.ask_number("close");
    require(other.hear_number() == total, "the other consumer saw all of it");
    const auto seen = stopped.hear_number();
    const auto lost = stopped.hear_number();
    require(seen + lost == total, fmt::format("{} seen and {} lost are the {} that were published", seen, lost, total));
    require(lost > 0, "the ring was written over meanwhile");
    other.end_well();
    stopped.end_well(); // a bell is unlinked by its owner
    producer.say("end");
    producer.end_well();
}

/// Tells what its takes come to.
template <class Kind>
peer::body awaiting(const support::scratch_channel& channel, const policy& how, samepage::demand wants)
{
    return [&channel, how, wants](support::lines& parent) {
        typename Kind::consumer from{channel.name(), {.wants = wants, .wait = how.how}};
        parent.say("ready");
        for (;;) {
            const auto order = parent.hear();
            outcome came = outcome::ok;
            if (order == "take for") {
                came = take(from, how, 200ms).why();
            } else if (order == "take latest for") {
                came = from.take_latest_for(50ms).why();
            } else if (order == "try") {
                for (const auto end = clock::now() + 60ms; clock::now() < end && came != outcome::producer_died;) {
                    came = from.try_take().why();
                    std::this_thread::sleep_for(1ms);
                }
            } else if (order == "take") {
                parent.say("taking");
                came = take(from, how, patience).why();
            } else {
                return;
            }
            parent.say(to_string(came));
        }
    };
}

template <class Kind>
void stop_a_producer(const policy& how)
{
    const support::scratch_channel channel;
    peer producer{"the producer", producing<Kind>(channel, how)};
    producer.expect("ready");
    producer.ask("100");
    peer lossless{"the lossless consumer", awaiting<Kind>(channel, how, samepage::demand::lossless)};
    peer lossy{"the lossy consumer", awaiting<Kind>(channel, how, samepage::demand::lossy)};
    lossless.expect("ready");
    lossy.expect("ready");
    producer.stop();
    const auto both = [&](std::string_view order, std::string_view answer) {
        for (auto* const each : {&lossless, &lossy}) {
            each->say(order);
        }
        for (auto* const each : {&lossless, &lossy}) {
            each->expect(answer);
        }
    };
    both("take for", "timed_out");
    both("take latest for", "timed_out");
    both("try", "empty");
    both("take", "taking");
    std::this_thread::sleep_for(50ms);
    producer.go_on();
    producer.ask("1");
    for (auto* const each : {&lossless, &lossy}) {
        each->expect("ok");
        each->say("end");
        each->end_well();
    }
    producer.say("end");
    producer.end_well();
}

template <class Kind>
void stop_each(scenarios& all, const char* kind)
{
    for (const auto& how : policies) {
        const auto name = [&](const char* who) { return fmt::format("{}, {}, {}", who, kind, how.name); };
        all.run(name("a stopped lossless consumer"), [&] { stop_a_lossless_consumer<Kind>(how); });
        all.run(name("a stopped lossy consumer that holds"), [&] { stop_a_lossy_consumer<Kind>(how, true); });
        all.run(name("a stopped lossy consumer"), [&] { stop_a_lossy_consumer<Kind>(how, false); });
        all.run(name("a stopped producer"), [&] { stop_a_producer<Kind>(how); });
    }
}

} // namespace

void stopped_peers(const settings&, scenarios& all)
{
    stop_each<dense>(all, "dense");
    stop_each<framed>(all, "framed");
}

} // namespace torture
