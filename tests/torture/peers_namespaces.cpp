// SPDX-License-Identifier: BSL-1.0
// peers_namespaces.cpp: producer and consumer each process 1 of a pid namespace of its own: who lives is told by locks.
#include "process/kinds.hpp"
#include "support/scratch.hpp"
#include "torture/peer.hpp"

#include <chrono>

#include <unistd.h>

namespace torture {
namespace {

using process::dense;
using process::framed;
using samepage::outcome;
using support::require;

constexpr std::size_t ring_bytes = std::size_t{1} << 16U;

/// Orders: fill (until full), wait (for room, and publish one), close, a count to publish.
template <class Kind>
peer::body producing(const support::scratch_channel& channel)
{
    return [&channel](support::lines& parent) {
        require(::getpid() == 1, "the producer is process 1 where it lives");
        typename Kind::producer to{channel.name(), {.capacity_bytes = ring_bytes, .max_producers = 1}};
        parent.say(std::to_string(to.next_number()));
        for (;;) {
            const auto order = parent.hear();
            if (order == "fill") {
                process::fill_up<Kind>(to, to.next_number());
            } else if (order == "wait") {
                process::publish<Kind>(to, to.next_number()); // waits as long as somebody is in the way
            } else if (order == "close") {
                to.close();
            } else {
                for (auto left = std::stoull(order); left != 0; --left) {
                    process::publish<Kind>(to, to.next_number());
                }
            }
            parent.say(std::to_string(to.next_number()));
        }
    };
}

/// Orders: a count to follow, end (follow until the stream ends, and say why).
template <class Kind>
peer::body consuming(const support::scratch_channel& channel)
{
    return [&channel](support::lines& parent) {
        require(::getpid() == 1, "the consumer is process 1 where it lives");
        typename Kind::consumer from{channel.name(), {.from = samepage::start::oldest}};
        support::follower with;
        parent.say("ready");
        for (;;) {
            const auto order = parent.hear();
            const auto why = order == "end" ? process::follow_to_the_end<Kind>(from, with)
                                            : process::follow<Kind>(from, with, std::stoull(order));
            parent.say(std::string{to_string(why)} + ' ' + std::to_string(with.next()));
        }
    };
}

template <class Kind>
void deaths_are_noticed()
{
    constexpr auto apart = peer::where::own_pid_namespace;
    const support::scratch_channel channel;
    peer first{"the first producer", producing<Kind>(channel), apart};
    first.expect("0");
    require(first.ask("100000") == "100000", "nobody is in the way");
    auto consumer = std::make_unique<peer>("the first consumer", consuming<Kind>(channel), apart);
    consumer->expect("ready");
    auto next = first.ask_number("fill");
    first.say("wait");
    consumer->kill(); // holds the ring full; who waits finds out by its lock
    require(first.hear_number() == next + 1, "the death of a consumer makes room");

    peer other{"the second consumer", consuming<Kind>(channel), apart};
    other.expect("ready"); // at the oldest record of a ring that is full
    require(other.ask("1").starts_with("ok "), "there are records to read");
    next = first.ask_number("20");
    first.kill();
    require(other.ask("end") == "producer_died " + std::to_string(next), "the death of the producer ends the stream");

    peer successor{"the second producer", producing<Kind>(channel), apart};
    const auto goes_on_at = successor.hear_number();
    require(goes_on_at == next, "the successor goes on at " + std::to_string(goes_on_at) +
                                    ", where the dead one left off at " + std::to_string(next));
    next = successor.ask_number("20");
    require(other.ask("20") == "ok " + std::to_string(next), "and the consumer with it");
    successor.ask("close");
    require(other.ask("end") == "closed " + std::to_string(next), "a producer that closes has not died");
}

} // namespace

void peers_in_namespaces(const settings&, scenarios& all)
{
    all.run("each process 1 of its pid namespace, dense", [] { deaths_are_noticed<dense>(); });
    all.run("each process 1 of its pid namespace, framed", [] { deaths_are_noticed<framed>(); });
}

} // namespace torture
