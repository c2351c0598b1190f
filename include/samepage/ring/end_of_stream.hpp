// SPDX-License-Identifier: BSL-1.0
// end_of_stream.hpp: whether more may come, and if not, why. docs/protocol.md, "The end of a stream".
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/lane.hpp>

#include <cstdint>

namespace samepage::ring {

/// The lanes that a producer ever took, of those that there are: bits of `existing`.
/// D1 acquire: pairs with D2: a lane's bit seen means that its ring is there.
template <class Policy>
[[nodiscard, gnu::always_inline]] inline std::uint64_t lanes_in_use(const directory_words<Policy>& directory,
                                                                    std::uint64_t existing) noexcept
{
    return directory.lanes.load(std::memory_order_acquire) & existing;
}

/// No producer is at work in `lanes`, a mask, and none died there without another's closing later.
template <class Readers>
[[nodiscard]] bool all_closed(std::uint64_t lanes, const Readers& readers) noexcept
{
    bool closed = lanes != 0;
    for_each_bit(lanes, [&](unsigned index) { return closed = readers[index].state() != lane_state::open; });
    return closed;
}

/// closed or producer_died if nothing more will come, else empty: ask again in a slice, or when one rings. What was
/// published before is there then.
/// @param closed  all_closed(), each time of the lanes in use by then.
template <class Locks, class Closed>
[[nodiscard]] outcome end_of_stream(const Locks& locks, unsigned lane_count, Closed&& closed) noexcept
{
    const auto alive = [&] { return locks.held_elsewhere(lock_byte::producer, lane_count); };
    // Locks first: states are read one by one, and lanes may be handed over in between, so that each was closed at some
    // moment and all of them at none.
    if (alive()) {
        return outcome::empty;
    }
    // States on both sides of a moment at which nobody lived: one who came in between, opened what was closed or closed
    // what was open, is seen by his lock or by a difference. Then it is not the end, or to be asked again.
    const bool before = closed();
    if (alive() || closed() != before) {
        return outcome::empty;
    }
    return before ? outcome::closed : outcome::producer_died;
}

} // namespace samepage::ring
