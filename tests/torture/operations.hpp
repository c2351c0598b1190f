// SPDX-License-Identifier: BSL-1.0
// operations.hpp: what a victim is killed in, and two at once.
#pragma once

#include "torture/world.hpp"

#include <functional>
#include <string>
#include <vector>

namespace torture {

/// A process that is led up to an operation and through it.
template <class Kind>
struct actor {
    const char* name;
    counting which = counting::every;
    /// Traps where `lead` wants the turn, at the begin of the operation, and at its end.
    std::function<void(world<Kind>&)> body;
    /// Leads it to the begin of the operation.
    std::function<void(world<Kind>&, traced&)> lead;
};

/// Whom a victim that stands still in its operation may keep from going on.
enum class in_the_way {
    of_nobody,
    of_producers, ///< a lossless consumer: they have a lap, and no more
    of_all,       ///< not looked at: as a creator keeps others from creating
};

/// One operation, and what is left when it was cut off.
template <class Kind>
struct operation {
    actor<Kind> victim;
    std::function<void(world<Kind>&)> before; ///< the victim starts
    /// What must hold; `least` and `more`: records of lane 0 seen at the begin, and published by the whole operation.
    std::function<void(world<Kind>&, std::uint64_t least, std::uint64_t more)> after;
    std::uint64_t more = 0;
    unsigned most_consumers = 4;
    in_the_way standing = in_the_way::of_nobody;
};

/// Two operations at once: the peer is stopped in its own, the victim killed in its, and the peer goes on.
template <class Kind>
struct duel {
    actor<Kind> victim;
    actor<Kind> peer;
    std::function<void(world<Kind>&)> before;
    std::uint64_t more = 0;
    unsigned most_consumers = 4;
    bool peer_leads = false; ///< up to its begin, before the victim comes to its own
    bool second_lane = false;
    bool peer_stays = false;      ///< until the aftermath is over
    bool victim_may_fail = false; ///< with an error, for what the peer has half done
    bool peer_dies = false;       ///< too, where it was stopped; it begins after the victim's death
};

template <class Kind>
[[nodiscard]] std::vector<operation<Kind>> operations();
template <class Kind>
[[nodiscard]] std::vector<duel<Kind>> duels();

extern template std::vector<operation<dense>> operations();
extern template std::vector<operation<framed>> operations();
extern template std::vector<duel<dense>> duels();
extern template std::vector<duel<framed>> duels();

} // namespace torture
