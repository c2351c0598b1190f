// SPDX-License-Identifier: BSL-1.0
// duels.cpp: which operations meet, one cut off while the other stands half-way.
#include "torture/actors.hpp"

namespace torture {
namespace {

template <class Kind>
void nothing(world<Kind>&)
{
}

template <class Kind>
void turned(world<Kind>& in)
{
    in.open_producer();
    in.open_observers();
    in.publish(world<Kind>::lap_records * 3 / 2);
}

/// A victim: nobody asks what it took.
template <class Kind>
actor<Kind> looker(demand wants)
{
    return taker<Kind>("take and release", wants, [](observer<Kind>& from) { from.consumer().try_take().release(); });
}

template <class Kind>
actor<Kind> holder(demand wants)
{
    return taker<Kind>("take", wants, [](observer<Kind>& from) { from.hold(2); });
}

template <class Kind>
actor<Kind> latest_taker(demand wants)
{
    return taker<Kind>("take the latest", wants, [](observer<Kind>& from) { from.hold_latest(); });
}

/// The producer is the victim.
template <class Kind>
void add_dying_producers(std::vector<duel<Kind>>& all)
{
    const auto advance = full_producer<Kind>(false);
    const auto step_over = full_producer<Kind>(true);
    all.push_back({.victim = advance, .peer = holder<Kind>(demand::lossless), .before = nothing<Kind>, .more = 1});
    all.push_back({.victim = advance,
                   .peer = holder<Kind>(demand::lossy),
                   .before = nothing<Kind>,
                   .more = 1,
                   .most_consumers = 5,
                   .peer_stays = true});
    all.push_back({.victim = step_over,
                   .peer = holder<Kind>(demand::lossy),
                   .before = nothing<Kind>,
                   .more = 1,
                   .most_consumers = 5,
                   .peer_stays = true});
    all.push_back({.victim = advance,
                   .peer = latest_taker<Kind>(demand::lossy),
                   .before = nothing<Kind>,
                   .more = 1,
                   .most_consumers = 5,
                   .peer_stays = true});
    all.push_back({.victim = advance,
                   .peer = joiner<Kind>("join, lossless", demand::lossless, start::oldest),
                   .before = nothing<Kind>,
                   .more = 1});
    all.push_back({.victim = advance,
                   .peer = joiner<Kind>("join, lossy", demand::lossy, start::oldest),
                   .before = nothing<Kind>,
                   .more = 1,
                   .most_consumers = 5,
                   .peer_stays = true});
    all.push_back(
        {.victim = plain_producer<Kind>(), .peer = sleepy_consumer<Kind>(), .before = nothing<Kind>, .more = 1});
    for (const auto& waits : {armer<Kind>(), waiter_for_any<Kind>()}) {
        all.push_back({.victim = plain_producer<Kind>(), .peer = waits, .before = nothing<Kind>, .more = 1});
    }
    all.push_back({.victim = recoverer<Kind>("recover"),
                   .peer = recoverer<Kind>("recover", true),
                   .before = nothing<Kind>,
                   .more = 1,
                   .second_lane = true});
    all.push_back({.victim = recoverer<Kind>("recover"),
                   .peer = joiner<Kind>("join in the dead one's slot", demand::lossless, start::oldest),
                   .before = nothing<Kind>,
                   .more = 1});
    all.push_back({.victim = full_producer<Kind>(true, 3),
                   .peer = opener<Kind>("succeed it, and die too"),
                   .before = nothing<Kind>,
                   .more = 3,
                   .peer_dies = true});
    // A creator that stands still before the channel has its names keeps the other one from giving it some.
    all.push_back({.victim = opener<Kind>("create"),
                   .peer = opener<Kind>("create"),
                   .before = nothing<Kind>,
                   .victim_may_fail = true});
}

/// The consumer is the victim.
template <class Kind>
void add_dying_consumers(std::vector<duel<Kind>>& all)
{
    const auto advance = full_producer<Kind>(false, 1, true);
    const auto add = [&](const actor<Kind>& victim) {
        all.push_back({.victim = victim, .peer = advance, .before = nothing<Kind>, .more = 2, .peer_leads = true});
    };
    add(looker<Kind>(demand::lossless));
    add(looker<Kind>(demand::lossy));
    add(latest_taker<Kind>(demand::lossless));
    add(joiner<Kind>("join, lossless", demand::lossless, start::oldest));
    add(leaver<Kind>("leave", demand::lossless));
    add(armer<Kind>());
    add(disarmer<Kind>());
    add(waiter_for_any<Kind>());
    all.push_back({.victim = looker<Kind>(demand::lossless),
                   .peer = sleepy_producer<Kind>(),
                   .before = nothing<Kind>,
                   .more = 2,
                   .peer_leads = true});
    all.push_back({.victim = joiner<Kind>("join, lossless", demand::lossless, start::oldest),
                   .peer = joiner<Kind>("join, lossless", demand::lossless, start::newest),
                   .before = turned<Kind>});
}

} // namespace

template <class Kind>
std::vector<duel<Kind>> duels()
{
    std::vector<duel<Kind>> all;
    add_dying_producers<Kind>(all);
    add_dying_consumers<Kind>(all);
    return all;
}

template std::vector<duel<dense>> duels();
template std::vector<duel<framed>> duels();

} // namespace torture
