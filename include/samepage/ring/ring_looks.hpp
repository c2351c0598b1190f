// SPDX-License-Identifier: BSL-1.0
// ring_looks.hpp: which ring of a lane a consumer looks at, and how its producer learns that nobody looks at the one
// that the lane left. docs/protocol.md, "Another ring", argues the steps; what maps and unmaps is in src/ring.
// Thread safety: one thread at a time, the participant's.
#pragma once

#include <samepage/ring/lane.hpp>

#include <atomic>
#include <cstdint>

namespace samepage::ring {

/// Says in our cell which ring we are about to look at; it is the lane's, or was until now and its pages stay.
/// @pre We hold our slot's lock, and look at none yet.
template <class Policy>
[[nodiscard]] std::uint64_t choose_ring(const lane_words<Policy>& words, cell_words<Policy>& cell) noexcept
{
    constexpr int tries = 100; // a lane's ring changes no second time before all let go of the old one
    std::uint64_t ring = words.ring.load(std::memory_order_acquire);
    for (int i = 0; i < tries; ++i) {
        // C10 release: as in look_only_at(), for who had the slot before: its reads are over, since the slot's lock
        // came to us.
        cell.ring.store(ring, std::memory_order_release);
        // C9 seq_cst fence: what we look at, before our look whether it is still the lane's; meets P12, or H5 of a
        // successor: the lane's producer sees our word, or we see that it has moved.
        Policy::full_fence();
        const std::uint64_t now = words.ring.load(std::memory_order_acquire); // C8
        if (now == ring) {
            break;
        }
        ring = now;
    }
    return ring;
}

/// We look at no ring of the lane but `ring` from here on; 0: at none. @pre We hold our slot's lock.
template <class Policy>
void look_only_at(cell_words<Policy>& cell, std::uint64_t ring) noexcept
{
    // C10 release: pairs with H9: our reads of the earlier ones are over.
    cell.ring.store(ring, std::memory_order_release);
}

/// The ring that the lane left and whose pages are kept, for who takes the lane over; 0: there is none.
/// @param present  the lane's ring, as it was loaded.
/// @param possible  possible(ring): one can lie there; a damaged page may say anything.
/// @pre We hold the lane's lock.
template <class Policy, class Possible>
[[nodiscard]] std::uint64_t left_ring(lane_words<Policy>& words, std::uint64_t present, Possible&& possible)
{
    const std::uint64_t left = words.old_ring.load(std::memory_order_relaxed);
    if (left == present || !possible(left)) { // the same: who was to move died before P10
        words.old_ring.store(0, std::memory_order_relaxed);
        return 0;
    }
    return left;
}

/// Lets go of the ring that the lane left, if no living consumer looks at it.
/// @param left  left_ring(), or where we moved from.
/// @param cell_of  cell_of(slot): the cell of a consumer slot for this lane.
/// @param give_back  give_back(): its pages, to the file system.
/// @return false: somebody looks at it.
/// @pre We hold the lane's lock; P12 or H5 came behind the word of the lane's present ring.
template <class Policy, class CellOf, class GiveBack>
[[nodiscard]] bool give_up_ring(lane_words<Policy>& words, typename Policy::locks& locks, unsigned slots,
                                std::uint64_t left, CellOf&& cell_of, GiveBack&& give_back) noexcept
{
    for (unsigned slot = 0; slot < slots; ++slot) {
        // H9 acquire: pairs with C10: what looked at the old ring is over.
        if (cell_of(slot).ring.load(std::memory_order_acquire) != left) {
            continue;
        }
        const std::uint64_t byte = lock_byte::consumer + slot;
        if (!locks.try_share(byte)) {
            return false; // it lives
        }
        locks.unlock(byte); // dead; who has the slot next looks at the lane's present ring (C9)
    }
    // First: a successor that found the word would write there (P13). Who dies in between leaves the pages to the file.
    words.old_ring.store(0, std::memory_order_relaxed);
    give_back();
    return true;
}

} // namespace samepage::ring
