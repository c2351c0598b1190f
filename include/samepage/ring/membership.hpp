// SPDX-License-Identifier: BSL-1.0
// membership.hpp: who takes part in a channel: slots and lanes are taken, announced, left, and seen to after a death.
// docs/protocol.md argues the steps; what touches files and mappings is in src/ring.
// Thread safety: one thread at a time, the participant's.
#pragma once

#include <samepage/ring/lane.hpp>
#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/turn.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace samepage::ring {

/// Kept for a name; or for a group: its member died there and left something, or died in its turn, which only who finds
/// the slot's lock free may end. A bit in `grouped` alone keeps nothing: who died entering or leaving may have left it.
template <class Policy>
[[nodiscard]] bool is_kept(const control_words<Policy>& control, unsigned slot) noexcept
{
    if (is_named(control, slot)) {
        return true;
    }
    bool kept = false;
    if ((control.grouped.load(std::memory_order_acquire) >> slot & 1) != 0) {
        for_each_bit(control.named.load(std::memory_order_acquire), [&](unsigned group) {
            const auto& words = control.consumers[group];
            kept = words.group.load(std::memory_order_relaxed) != static_cast<std::uint32_t>(group_kind::none) &&
                   ((words.members.load(std::memory_order_relaxed) >> slot & 1) != 0 ||
                    holder_of(words.turn.load(std::memory_order_relaxed)) == slot);
            return !kept;
        });
    }
    return kept;
}

/// Takes the lock of a free consumer slot that is not kept for a name or a group, and clears away what a dead owner
/// left there. Nothing: each has an owner.
template <class Policy>
[[nodiscard]] std::optional<unsigned> take_slot(control_words<Policy>& control, typename Policy::locks& locks,
                                                unsigned slots) noexcept
{
    for (unsigned slot = 0; slot < slots; ++slot) {
        const std::uint64_t byte = lock_byte::consumer + slot;
        if (is_kept(control, slot)) {
            continue;
        }
        // A dead owner's bits go before the slot is ours, as a recoverer clears them: if we were stopped with the
        // slot's own lock, nobody else could, and a dead lossless consumer's cursor would bind every producer
        // meanwhile. Relaxed: a hint, the lock decides.
        if ((control.joined.load(std::memory_order_relaxed) >> slot & 1) != 0 && locks.try_share(byte)) {
            if (!is_kept(control, slot)) { // by now: with the lock shared, nobody can give it a name
                withdraw(control, slot);
            }
            locks.unlock(byte);
        }
        if (locks.try_lock(byte)) {
            if (is_kept(control, slot)) {
                locks.unlock(byte);
                continue;
            }
            // R2 as C5, of a dead owner; idempotent. announce() sets the bit anew behind a release.
            withdraw(control, slot);
            control.grouped.fetch_and(~(std::uint64_t{1} << slot), std::memory_order_relaxed);
            control.consumers[slot].armed.store(0, std::memory_order_relaxed);
            return slot;
        }
    }
    return std::nullopt;
}

/// The slot becomes a name's, for good: until somebody forgets the name.
/// @pre We hold the naming lock and the slot's; the name is written, and the slot's saved places are zero.
template <class Policy>
void keep_slot(control_words<Policy>& control, unsigned slot) noexcept
{
    // N3 release: pairs with H8: who sees the bit sees the name.
    control.named.fetch_or(std::uint64_t{1} << slot, std::memory_order_release);
}

/// The slot of a name, whose lock came to us: no longer absent. What binds the producers stays.
/// @return whether it still binds them, from its saved places on. A bit of one that died before it had settled, or of a
/// lossy one, does not.
template <class Policy>
[[nodiscard]] bool return_to_slot(control_words<Policy>& control, unsigned slot) noexcept
{
    auto& words = control.consumers[slot];
    control.sleeping_consumers.fetch_and(~(std::uint64_t{1} << slot), std::memory_order_relaxed);
    words.armed.store(0, std::memory_order_relaxed);
    words.absent_since_ns.store(0, std::memory_order_relaxed);
    // Acquire: pairs with R1 of who passed us over.
    return (control.joined.load(std::memory_order_acquire) >> slot & 1) != 0 &&
           words.settled.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(settlement::bound);
}

/// Before the name in `slot` joins anew: should we die before settle_slot(), the next one does that as well.
/// @return whether its saved places tell the numbers to join by.
template <class Policy>
[[nodiscard]] bool unsettle_slot(control_words<Policy>& control, unsigned slot) noexcept
{
    auto& settled = control.consumers[slot].settled;
    if (settled.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(settlement::none)) {
        return false;
    }
    settled.store(static_cast<std::uint32_t>(settlement::known), std::memory_order_relaxed);
    return true;
}

/// It has joined, and its places are saved. @param binds  producers wait for it.
template <class Policy>
void settle_slot(control_words<Policy>& control, unsigned slot, bool binds) noexcept
{
    control.consumers[slot].settled.store(static_cast<std::uint32_t>(binds ? settlement::bound : settlement::known),
                                          std::memory_order_release);
}

/// By the monotonic clock, never 0.
template <class Policy>
[[nodiscard]] std::uint64_t now_ns() noexcept
{
    const auto since = std::chrono::nanoseconds{Policy::now().time_since_epoch()}.count();
    return since > 0 ? static_cast<std::uint64_t>(since) : 1;
}

/// As leave_slot(), of a named lossless consumer that producers wait for: its bit and its cursors stay.
template <class Policy, class Readers>
void leave_named_slot(control_words<Policy>& control, typename Policy::locks& locks, unsigned slot,
                      Readers& readers) noexcept
{
    auto& words = control.consumers[slot];
    words.armed.store(0, std::memory_order_relaxed);
    control.sleeping_consumers.fetch_and(~(std::uint64_t{1} << slot), std::memory_order_relaxed);
    for (auto& reader : readers) {
        reader.forget();
    }
    words.absent_since_ns.store(now_ns<Policy>(), std::memory_order_relaxed);
    locks.unlock(lock_byte::consumer + slot);
}

/// Gives the slot up: our bit first, then each producer that waits for us learns it, then our lock.
/// @param readers  ours, of every lane; what they still hold is no longer theirs to release.
template <class Policy, class Readers>
void leave_slot(control_words<Policy>& control, typename Policy::locks& locks, unsigned slot, Readers& readers) noexcept
{
    control.consumers[slot].armed.store(0, std::memory_order_relaxed);
    withdraw(control, slot);
    for (auto& reader : readers) {
        reader.forget();
        reader.wake_producer();
    }
    locks.unlock(lock_byte::consumer + slot);
}

/// Tells consumers of `lane`, whose words hold and whose ring is there. @pre We hold its lock.
template <class Policy>
void announce_lane(directory_words<Policy>& directory, unsigned lane) noexcept
{
    // D2 release: pairs with D1 in lanes_in_use(): a lane seen in the directory has a ring whose pages are there.
    directory.lanes.fetch_or(std::uint64_t{1} << lane, std::memory_order_release);
}

/// Lanes that were announced and whose producers died: marks them, now that the producer of lane `own` closes.
/// @param state_of  the state word of a lane, by index.
template <class Policy, class StateOf>
void mark_dead_lanes(const directory_words<Policy>& directory, typename Policy::locks& locks, unsigned lane_count,
                     unsigned own, StateOf&& state_of) noexcept
{
    constexpr auto open = static_cast<std::uint32_t>(lane_state::open);
    const std::uint64_t others = directory.lanes.load(std::memory_order_acquire) & ~(std::uint64_t{1} << own);
    for_each_bit(others, [&](unsigned index) {
        if (index >= lane_count) {
            return false;
        }
        auto& state = state_of(index);
        if (state.load(std::memory_order_relaxed) == open && locks.try_share(lock_byte::producer + index)) {
            // Nobody can take the lane now; did somebody close it meanwhile?
            if (state.load(std::memory_order_relaxed) == open) {
                // R3 release: pairs with C4; idempotent.
                state.store(static_cast<std::uint32_t>(lane_state::died), std::memory_order_release);
            }
            locks.unlock(lock_byte::producer + index);
        }
        return true;
    });
}

/// Closes a lane and gives its lock up. Those that died before us were not the last: mark_dead_lanes() comes first.
template <class Policy, class Writer>
void leave_lane(Writer& writer, typename Policy::locks& locks) noexcept
{
    writer.close();
    locks.unlock(lock_byte::producer + writer.where().index);
    writer.wake_consumers(); // once more: only without a lock is it the end
}

} // namespace samepage::ring
