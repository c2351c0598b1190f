// SPDX-License-Identifier: BSL-1.0
// peers_wakes.cpp: who sleeps is woken each time by the other side's bell: nobody's clock goes.
#include "support/scratch.hpp"
#include "torture/observer.hpp"
#include "torture/peer.hpp"
#include "torture/sleeps.hpp"

#include <samepage/channel/wait_any.hpp>

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include <poll.h>
#include <sched.h>

namespace torture {
namespace {

using samepage::outcome;
using samepage::wait_policy;
using support::require;

constexpr std::size_t ring_bytes = 4096;
constexpr int records = 3000;
constexpr std::chrono::seconds patience{60};

enum class sleeping { on_its_bell, after_a_spin, on_a_descriptor, on_several };
constexpr std::pair<sleeping, const char*> ways[] = {{sleeping::on_its_bell, "sleeping"},
                                                     {sleeping::after_a_spin, "spinning, then sleeping"},
                                                     {sleeping::on_a_descriptor, "polling a descriptor"},
                                                     {sleeping::on_several, "waiting for any of two"}};

/// Now and then each is slow, so that the other one sleeps.
void dawdle(support::random_numbers& random)
{
    if (random.below(20) == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds{random.below(300)});
    }
}

template <class Kind>
int produce(const support::scratch_channel& channel, wait_policy wait)
{
    support::random_numbers random{1};
    typename Kind::producer to{channel.name(), {.capacity_bytes = ring_bytes, .wait = wait}};
    while (to.consumer_count() == 0) {
        ::sched_yield();
    }
    for (int i = 0; i < records; ++i) {
        auto slot = Kind::lend(to);
        publish<Kind>(to, slot);
        dawdle(random);
    }
    return 0; // closes
}

template <class Kind>
int consume(const support::scratch_channel& channel, wait_policy wait, sleeping how)
{
    support::random_numbers random{2};
    const samepage::consumer_options options{.from = samepage::start::oldest,
                                             .wants = samepage::demand::lossless,
                                             .wait_for_channel = patience,
                                             .wait = wait};
    std::optional<typename Kind::consumer> other;
    if (how == sleeping::on_several) { // of the same channel, lossy: it binds nobody
        auto losing = options;
        losing.wants = samepage::demand::lossy;
        other.emplace(channel.name(), losing);
    }
    observer<Kind> from{channel.name(), options};
    auto& consumer = from.consumer();
    const int descriptor = how == sleeping::on_a_descriptor ? consumer.native_handle() : -1;
    for (outcome why = outcome::empty; why == outcome::empty || why == outcome::ok;) {
        if (how == sleeping::on_a_descriptor && consumer.arm()) {
            ::pollfd rung{descriptor, POLLIN, 0};
            ::poll(&rung, 1, -1);
            consumer.disarm();
        } else if (how == sleeping::on_several) {
            static_cast<void>(samepage::wait_any(wait, consumer, *other));
            while (other->try_take()) {
            }
        }
        const bool waits = how == sleeping::on_its_bell || how == sleeping::after_a_spin;
        why = from.see(waits ? consumer.take(5) : consumer.try_take(5));
        if (why != outcome::ok && why != outcome::empty && why != outcome::closed) {
            return 1;
        }
        dawdle(random);
    }
    return from.seen().said().good() && from.seen().next(0) == records ? 0 : 1;
}

template <class Kind>
void ring_for_each_other(sleeping how)
{
    const support::scratch_channel channel;
    const wait_policy wait = how == sleeping::after_a_spin ? wait_policy{} : wait_policy::sleep();
    sleeper producer{[&] { return produce<Kind>(channel, wait); }};
    sleeper consumer{[&] { return consume<Kind>(channel, wait, how); }};
    require(producer.wakes(patience), "the producer is woken each time that there is room");
    require(consumer.wakes(patience), "the consumer is woken each time that there is a record, and at the end");
}

template <class Kind>
void ring_in_each_way(scenarios& all)
{
    for (const auto& [how, name] : ways) {
        all.run(fmt::format("woken by bells alone, {}, {}", Kind::name, name),
                [how = how] { ring_for_each_other<Kind>(how); });
    }
}

} // namespace

void peers_that_ring(const settings&, scenarios& all)
{
    ring_in_each_way<dense>(all);
    ring_in_each_way<framed>(all);
}

} // namespace torture
