// SPDX-License-Identifier: BSL-1.0
// ring_operations.cpp: moving, following, letting go of the ring before, asking for another, and removing the dead.
#include "torture/ring_operations.hpp"

#include "torture/actors.hpp"

#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/remove_dead.hpp>

#include <unistd.h>

namespace torture {
namespace {

constexpr std::size_t larger = 4;

template <class Kind>
void want_another_ring(world<Kind>& in, std::size_t times = larger)
{
    in.larger_by = times;
    samepage::change_channel(in.name(), {.capacity_bytes = times * world<Kind>::ring_bytes}, in.directory());
}

/// A ring that was gone around is to be a larger one.
template <class Kind>
void wanting(world<Kind>& in)
{
    in.open_producer();
    in.open_observers();
    in.publish(world<Kind>::lap_records * 3 / 2);
    want_another_ring<Kind>(in);
}

/// The producer has gone to the larger one; somebody holds something of the old one.
template <class Kind>
void moved(world<Kind>& in)
{
    in.open_producer();
    in.open_observers();
    in.publish(world<Kind>::lap_records * 3 / 2);
    in.lossy->hold(2);
    want_another_ring<Kind>(in);
    in.publish(world<Kind>::lap_records * 2);
}

template <class Kind>
void producer_after(world<Kind>& in, std::uint64_t least, std::uint64_t more)
{
    in.aftermath(least, least + more);
}

template <class Kind>
void others_after(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    in.aftermath(in.producer->next_number(), in.producer->next_number());
}

/// A producer whose ring is used up goes to another one, past what a lossy consumer holds in the old one.
template <class Kind>
actor<Kind> mover()
{
    auto moves = full_producer<Kind>(true);
    moves.name = "publish, moving to another ring";
    moves.lead = [holds = moves.lead](world<Kind>& in, traced& who) {
        holds(in, who);
        want_another_ring<Kind>(in);
    };
    return moves;
}

/// A producer that moved finds that nobody looks at the ring it left.
template <class Kind>
actor<Kind> leaver_of_a_ring()
{
    auto leaves = full_producer<Kind>(false);
    leaves.name = "loan, giving the old ring back";
    leaves.body = [](world<Kind>& in) {
        typename Kind::producer to{in.name(), in.producing()};
        trap();
        fill<Kind>(to);
        trap();
        publish_one<Kind>(to);
        trap();
        {
            const auto much = [&] { // more than there is room for without a look
                if constexpr (Kind::is_dense) {
                    return to.try_loan(to.capacity_records() / 2);
                } else {
                    return to.try_loan(to.max_record_bytes() / 2);
                }
            }();
            demand_that(static_cast<bool>(much), "there is room");
        }
        trap();
    };
    leaves.lead = [fills = leaves.lead](world<Kind>& in, traced& who) {
        fills(in, who);
        want_another_ring<Kind>(in);
        come(who);
        in.lossless->drain();
        in.lossy->drain();
    };
    return leaves;
}

template <class Kind>
actor<Kind> changer()
{
    return {.name = "ask for another ring",
            .which = counting::inside,
            .body =
                [](world<Kind>& in) {
                    trap();
                    want_another_ring<Kind>(in);
                    trap();
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

/// Takes whatever is there.
template <class Kind>
void take_all(observer<Kind>& from)
{
    while (from.see(from.consumer().try_take(100)) == samepage::outcome::ok) {
    }
}

template <class Kind>
actor<Kind> remover()
{
    return {.name = "remove what the dead left",
            .which = counting::inside,
            .body =
                [](world<Kind>& in) {
                    trap();
                    samepage::remove_dead(in.directory());
                    trap();
                },
            .lead = [](world<Kind>&, traced& who) { come(who); }};
}

/// A whole channel is there, or none: then it is made anew.
template <class Kind>
void removed_after(world<Kind>& in, std::uint64_t, std::uint64_t)
{
    in.open_producer();
    const auto number = in.producer->next_number();
    in.open_observers();
    in.lossless->drain();
    demand_that(number == 0 || number == 5, "the channel is the old one or a new one");
    in.aftermath(number, number);
}

} // namespace

template <class Kind>
std::vector<operation<Kind>> ring_operations()
{
    std::vector<operation<Kind>> all;
    const auto nothing = [](world<Kind>&) {};
    all.push_back({mover<Kind>(), nothing, producer_after<Kind>, 1});
    all.push_back({leaver_of_a_ring<Kind>(), nothing, producer_after<Kind>, 0});
    all.push_back({.victim = changer<Kind>(),
                   .before = wanting<Kind>,
                   .after =
                       [](world<Kind>& in, std::uint64_t least, std::uint64_t more) {
                           want_another_ring<Kind>(in, 2 * larger); // the naming lock is nobody's
                           others_after<Kind>(in, least, more);
                       },
                   .standing = in_the_way::of_all}); // who changes the channel keeps others from it
    constexpr auto laps = world<Kind>::lap_records * 5 / 4;
    for (const demand wants : {demand::lossless, demand::lossy}) {
        const bool lossless = wants == demand::lossless;
        all.push_back(
            {.victim = taker<Kind>(lossless ? "take all, over a move, lossless" : "take all, over a move, lossy", wants,
                                   take_all<Kind>, laps),
             .before = wanting<Kind>,
             .after = others_after<Kind>,
             .standing = lossless ? in_the_way::of_producers : in_the_way::of_nobody});
        all.push_back({.victim = joiner<Kind>(lossless ? "join behind a move, lossless" : "join behind a move, lossy",
                                              wants, start::oldest),
                       .before = moved<Kind>,
                       .after = others_after<Kind>,
                       .standing = lossless ? in_the_way::of_producers : in_the_way::of_nobody});
    }
    if constexpr (Kind::is_dense) { // nothing of it depends on the records
        return all;
    }
    all.push_back({.victim = remover<Kind>(),
                   .before =
                       [](world<Kind>& in) {
                           const support::forked dies{[&in]() -> int {
                               typename Kind::producer to{in.name(), in.producing()};
                               for (int i = 0; i != 5; ++i) {
                                   publish_one<Kind>(to);
                               }
                               ::_exit(0); // without its destructor
                           }};
                       },
                   .after = removed_after<Kind>,
                   .standing = in_the_way::of_all});
    return all;
}

template std::vector<operation<dense>> ring_operations();
template std::vector<operation<framed>> ring_operations();

} // namespace torture
