// SPDX-License-Identifier: BSL-1.0
// lane_writer.hpp: what dense and framed producers do alike: find room, move the horizon, recover, wake, close.
// docs/protocol.md argues the steps.
// Thread safety: one thread at a time, the lane's producer.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/boundaries.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/obstacles.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace samepage::ring {

/// Publishing reads no word that another process writes but the sleepers' mask, which changes only when somebody goes
/// to sleep, until the cached room runs out.
template <class Policy>
class lane_writer {
public:
    using lane_type = lane<Policy, true>;

    /// @param bells  rings the descriptors of consumers that poll; may be null where nobody does.
    lane_writer(const lane_type& where, typename Policy::locks& locks, typename Policy::bells* bells = nullptr) noexcept
        : lane_(where), locks_(&locks), bells_(bells)
    {
    }

    /// Position of the next record; reserving room may move it over a gap.
    [[nodiscard]] position next() const noexcept { return next_; }
    /// Number of the next record.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] const lane_type& where() const noexcept { return lane_; }
    [[nodiscard]] std::byte* at(position place) const noexcept { return lane_.at(place); }

    /// Bytes [next(), next() + bytes) are ours to write already? Reads private memory only.
    [[nodiscard]] bool has_room(std::uint64_t bytes) const noexcept { return next_ + bytes <= room_end_; }

    /// Frees the slots of the dead among the consumers that have joined. True if there were any. Several producers may
    /// do so at once, and one that is stopped on the way keeps no other from it.
    bool recover_dead_consumers() noexcept
    {
        bool found = false;
        for_each_bit(joined(), [&](unsigned slot) {
            if (locks_->try_share(lock_byte::consumer + slot)) {
                if (!waits_for(slot)) {
                    expel(slot);
                    found = true;
                }
                locks_->unlock(lock_byte::consumer + slot);
            }
            return true;
        });
        if (found) { // producers of other lanes may wait for them, too
            wake<Policy>(
                lane_.control->sleeping_producers, ~(std::uint64_t{1} << lane_.index), [this](unsigned lane) -> auto& {
                    return lane_.control->producer_bells[lane].doorbell;
                });
        }
        return found;
    }

    /// Ends the lane: consumers that took everything learn `closed`. Nothing may be published after it.
    void close() noexcept
    {
        closed_ = true;
        room_end_ = next_;
        // P4 release: pairs with C4 in lane_reader::state(): who sees closed sees every record.
        lane_.words->state.store(static_cast<std::uint32_t>(lane_state::closed), std::memory_order_release);
        wake_consumers();
    }

    /// In the child of a fork: the lane is the parent's. Nothing is published, and there is no more room.
    void forget() noexcept
    {
        closed_ = true;
        room_end_ = next_;
    }

    [[nodiscard]] unsigned consumer_count() const noexcept { return static_cast<unsigned>(std::popcount(joined())); }

    /// Lossy consumers held something of the ring when we last looked.
    [[nodiscard]] bool steps_over() const noexcept { return !obstacles_.empty(); }

    /// Some of it lies in the way of `bytes` at next().
    [[nodiscard]] bool is_obstructed(std::uint64_t bytes) const noexcept
    {
        return obstacles_.first_in(next_, next_ + bytes) != nullptr;
    }

    /// Somebody sleeps? Asked after each publish; the light fence makes the answer sure (docs/protocol.md, "Waiting").
    void wake_consumers() noexcept
    {
        // W5 light fence: the published word before the look at the mask; pairs with W6 in wait_until_ready().
        Policy::light_fence();
        if (lane_.control->sleeping_consumers.load(std::memory_order_relaxed) != 0) [[unlikely]] {
            ring_doorbells();
        }
    }

    /// The next reservation looks anew, whatever room there is.
    void give_up_room() noexcept { room_end_ = next_; }

protected:
    ~lane_writer() = default;

    /// Goes on in another ring, where everything that anybody may still need is copied to, at the same positions. Moves
    /// the horizon, if that ring is smaller.
    /// @param to        its bytes, mapped twice. @param ring  ring_place: where they are.
    /// @param behind    bytes at next() that belong to what is published.
    /// @param remember  remember(boundary, stride): walks from there to next() and remembers, for such a stride, where
    ///                  records begin; asked before the horizon has to go to such places in a smaller ring.
    /// @return false: it does not fit there, now.
    /// @pre Nothing is lent. Old readers see no store to the old ring from here on.
    template <class Remember>
    [[nodiscard]] bool change_ring(std::byte* to, std::uint64_t ring, std::uint64_t behind,
                                   Remember&& remember) noexcept
    {
        auto& words = *lane_.words;
        const std::uint64_t capacity = ring_place::capacity_bytes(ring);
        const position end = next_ + behind;
        const position slowest = look_at_consumers();
        // What lies more than the old ring below is overwritten: a cursor there is one that joins, and moves up (J3).
        const auto lowest = [&, least = end - std::min(end, lane_.geometry.capacity_bytes)] {
            return std::max(free_below_, least);
        };
        const auto fits = [&] { return end - lowest() <= capacity; };
        if (!fits() && slowest < end - capacity) {
            return false;
        }
        const boundaries before = passed_;
        if (capacity < lane_.geometry.capacity_bytes) {
            remember_for(capacity, remember);
        }
        if (!fits() && !advance_horizon(end - capacity, 0)) { // somebody joined just now
            passed_ = before;
            passed_.forget_below(horizon_);
            return false;
        }
        const position from = lowest();
        // P11 relaxed: ordered by P10: whoever finds the lane in its new ring, after our death, finds the old one.
        words.old_ring.store(lane_.ring_word, std::memory_order_relaxed);
        words.moved_at.store(next_, std::memory_order_relaxed);
        Policy::copy(to + (from & (capacity - 1)), lane_.at(from), end - from);
        // P10 release: pairs with C8: who sees the ring, or a position stored after it, sees what it holds.
        words.ring.store(ring, std::memory_order_release);
        lane_.ring = to;
        lane_.ring_word = ring;
        lane_.geometry.capacity_bytes = capacity;
        longest_ = std::min(longest_, capacity);
        room_end_ = next_;
        granted_ = {next_, number_};
        // P12 seq_cst fence: the new ring before our look at who looks at the old one (H9). It meets C9: one of the two
        // sees the other.
        Policy::full_fence();
        look_at_consumers();
        return true;
    }

    /// A step of the horizon. Room is handed out in about such pieces, unless more is asked for, and a boundary
    /// remembered at each.
    [[nodiscard]] std::uint64_t stride() const noexcept { return stride_of(lane_.geometry.capacity_bytes); }
    [[nodiscard]] static constexpr std::uint64_t stride_of(std::uint64_t capacity_bytes) noexcept
    {
        return capacity_bytes / 8;
    }

    /// Where `bytes` fit, at next() or beyond it behind what lossy consumers hold; has_room() from there on. Wait-free,
    /// O(consumers * holds). Moves the horizon.
    /// @param grid  the first place at or beyond a position where a record can begin.
    /// @return nothing if consumers leave no such room, now.
    /// @pre bytes <= capacity.
    template <class Grid>
    [[nodiscard]] std::optional<position> find_room(std::uint64_t bytes, Grid&& grid) noexcept
    {
        const std::uint64_t capacity = lane_.geometry.capacity_bytes;
        assert(bytes <= capacity);
        if (granted_.place >= horizon_ && next_ >= granted_.place + stride()) {
            remember_boundary(granted_, stride(), next_ - granted_.place);
        }
        remember_boundary({next_, number_}, stride());
        bool looked_again = obstacles_.empty();
        for (;;) {
            const auto place = first_fit(bytes, grid);
            const bool detour = !place || *place != next_;
            if (detour && !looked_again) { // what was held may be released by now
                looked_again = true;
                look_at_consumers();
                continue;
            }
            if (!place) {
                room_end_ = next_;
                return std::nullopt;
            }
            const position end = *place + bytes;
            if (end > free_below_ + capacity) {
                if (!advance_horizon(end - capacity, stride())) {
                    room_end_ = next_;
                    return std::nullopt;
                }
                looked_again = true;
                continue; // others may be passed by the horizon now, and hold something
            }
            grant(*place, bytes);
            return place;
        }
    }

    /// Moves the horizon on until everything below `needed` is free, if the lossless consumers let it.
    /// The horizon goes to a boundary of ours, never to a place that a consumer's page names, and may pass a lossless
    /// consumer that still reads: it binds those who join and the lossy, while what is free is bound by the cursors as
    /// well.
    /// @param step  so far at least, where nobody needs what lies below.
    [[nodiscard]] bool advance_horizon(position needed, std::uint64_t step) noexcept
    {
        position slowest = look_at_consumers();
        if (slowest < needed) {
            return false;
        }
        const position wanted = std::max(needed, std::min(horizon_ + step, slowest));
        boundary goal = passed_.first_from(wanted, {next_, number_});
        if (goal.place > wanted + step) { // behind a long record, which may stay
            const boundary nearer = passed_.last_to(wanted, goal);
            goal = nearer.place >= needed ? nearer : goal;
        }
        if (goal.place > horizon_) {
            leave_mark(goal);
            // H1 release: who joins at this horizon sees the records from there on, and its mark; pairs with J3 and L1.
            lane_.words->horizon.store(goal.place, std::memory_order_release);
            horizon_ = goal.place;
            passed_.forget_below(goal.place);
            // H2 seq_cst fence: our horizon before our second look at the consumers. It meets J2, the joiner's cursor
            // and bit before its look at the horizon, and L2, the lossy consumer's hold before its second look: one of
            // the two sees the other.
            Policy::full_fence();
            slowest = look_at_consumers();
        }
        return free_below_ >= needed;
    }

    /// Goes on from a place where a record can begin: the lane's producer died or closed there, or it is a fresh lane.
    void start_at(const boundary& next, position horizon) noexcept
    {
        next_ = next.place;
        number_ = next.number;
        granted_ = next;
        horizon_ = horizon;
        room_end_ = next_;
        next_mark_ = mark_after(horizon);
        longest_ = std::min(lane_.words->longest.load(std::memory_order_relaxed), lane_.geometry.capacity_bytes);
        // H5 seq_cst fence: the horizon we found before our look at the consumers, as H2. The horizon may have passed a
        // lossless consumer that still reads, and lossy ones may hold what lies below: only what nobody needs is free.
        Policy::full_fence();
        look_at_consumers();
    }

    /// The record number at `place`, if it is the horizon of now or of lately.
    [[nodiscard]] std::optional<std::uint64_t> number_at(position place) const noexcept
    {
        if (place <= lane_.first()) {
            return 0;
        }
        for (const auto& mark : lane_.words->marks) {
            if (mark.place.load(std::memory_order_acquire) == place) {
                return mark.number.load(std::memory_order_relaxed);
            }
        }
        return std::nullopt;
    }

    /// Before a record so long, its header included, becomes visible: a lossy consumer may hold one, of ours or, later,
    /// of ours under a successor.
    void announce_length(std::uint64_t bytes) noexcept
    {
        if (bytes > longest_) [[unlikely]] {
            longest_ = bytes;
            lane_.words->longest.store(bytes, std::memory_order_relaxed);
        }
    }

    /// For observers.
    void tell_gap(std::uint64_t bytes) noexcept
    {
        tell_more(lane_.words->gaps_made, 1);
        tell_more(lane_.words->gap_bytes, bytes);
    }

    /// Remembers that a record begins at `where`, and that no other place is remembered in the next `bytes`. A stride
    /// of them is always remembered: the horizon would otherwise have to go on behind it, and who joins find nothing.
    void remember_boundary(const boundary& where, std::uint64_t stride, std::uint64_t bytes = 0) noexcept
    {
        passed_.remember(where, bytes < stride ? stride / 2 : 1);
    }

    /// Everything below may be overwritten, but for what is held.
    [[nodiscard]] position free_below() const noexcept { return free_below_; }

    lane_type lane_;
    typename Policy::locks* locks_;
    typename Policy::bells* bells_;
    position next_ = 0;
    position room_end_ = 0; ///< bytes in [next_, room_end_) are ours to write
    std::uint64_t number_ = 0;
    boundary granted_{};  ///< the next record when room was last handed out, behind the gap if one was made for it
    bool closed_ = false; ///< by us: the lane may be a successor's by now

private:
    /// H3 acquire: pairs with J1, the joiner's setting of its bit: a bit seen means a cell filled in. A page that sets
    /// bits of slots that there are not is not followed.
    [[nodiscard]] std::uint64_t joined() const noexcept
    {
        return lane_.control->joined.load(std::memory_order_acquire) &
               (~std::uint64_t{0} >> (most_consumers - lane_.geometry.slot_count));
    }

    [[gnu::noinline]] void ring_doorbells() noexcept
    {
        auto& control = *lane_.control;
        wake<Policy>(
            control.sleeping_consumers,
            ~std::uint64_t{0}, [&](unsigned slot) -> auto& { return control.consumers[slot].bell.doorbell; },
            [&](unsigned slot) {
                // W8 acquire: pairs with W7, by way of the bit that we claimed (W1): a bit set by arm() means armed.
                if (bells_ != nullptr && control.consumers[slot].armed.load(std::memory_order_acquire) != 0) {
                    bells_->ring(slot);
                }
            });
    }

    /// @return nothing if obstacles leave no hole so large within one lap.
    template <class Grid>
    [[nodiscard]] std::optional<position> first_fit(std::uint64_t bytes, Grid&& grid) const noexcept
    {
        position place = next_;
        while (const obstacle* const met = obstacles_.first_in(place, place + bytes)) {
            place = grid(met->end);
        }
        if (place + bytes - next_ > lane_.geometry.capacity_bytes) {
            return std::nullopt;
        }
        return place;
    }

    /// Hands out what is free from `place` on, where `bytes` fit, up to the next obstacle: a stride, rounded up to
    /// pieces of `bytes`. Of records of half a stride, which with their headers are a little more, each would need a
    /// look at the consumers of its own otherwise, and none could have the next header's place cleared ahead.
    void grant(position place, std::uint64_t bytes) noexcept
    {
        granted_ = {next_, number_};
        const std::uint64_t pieces = (stride() + bytes - 1) / bytes;
        const position most =
            std::min(free_below_ + lane_.geometry.capacity_bytes, place + std::max<std::uint64_t>(pieces, 1) * bytes);
        const obstacle* const met = obstacles_.first_in(place, most);
        room_end_ = met != nullptr ? met->begin : most;
    }

    /// Forgets the places remembered, which lie too far apart for a ring of `capacity_bytes`, for those that it needs.
    template <class Remember>
    void remember_for(std::uint64_t capacity_bytes, Remember& remember) noexcept
    {
        if (const auto number = number_at(horizon_)) {
            const boundary from = passed_.last_to(next_ - std::min(next_, capacity_bytes), {horizon_, *number});
            passed_.forget_all();
            remember(from, stride_of(capacity_bytes));
        }
    }

    /// Learns what binds us: the slowest cursor, and the holds on what the horizon has passed.
    /// @return the slowest lossless consumer's cursor; next() if there is none.
    position look_at_consumers() noexcept
    {
        position slowest = next_;
        obstacles_.clear();
        for_each_bit(joined(), [&](unsigned slot) {
            // H4 acquire: pairs with C2, the release of a batch: its reads are over before we overwrite.
            const position cursor = lane_.cell(slot).cursor.load(std::memory_order_acquire);
            // Loaded behind the bit (H3), whose owner saw that it may be lossless: so we see that, or what came later.
            if (cursor != unbound && lane_.allows_lossless()) {
                slowest = std::min(slowest, cursor);
            } else {
                for (unsigned i = 0; i < lane_.geometry.max_holds; ++i) {
                    meet(lane_.hold(slot, i));
                }
            }
            return true;
        });
        free_below_ = std::min(horizon_, slowest);
        return slowest;
    }

    void meet(const hold_words<Policy>& hold) noexcept
    {
        constexpr int tries = 8; // an honest one is let go twice at most: see docs/protocol.md, "Step over"
        for (int i = 0;; ++i) {
            // H6 acquire: pairs with L3, the hold's end before it, and with L4, the reader's reads before it let go.
            const std::uint64_t begin = hold.begin.load(std::memory_order_acquire);
            const position from = begin & ~held;
            if ((begin & held) == 0 || from >= horizon_) {
                return; // free, or the horizon itself keeps us off
            }
            // H7 acquire: pairs with L5: a later hold's end means that the begin of this one has gone.
            const position to = hold.end.load(std::memory_order_acquire);
            if (hold.begin.load(std::memory_order_relaxed) != begin && i < tries) {
                continue; // that hold was let go meanwhile
            }
            avoid(from, to);
            return;
        }
    }

    /// The bytes [from, to) of earlier laps, wherever they come in the next one.
    void avoid(position from, position to) noexcept
    {
        const std::uint64_t capacity = lane_.geometry.capacity_bytes;
        if (to <= from || from >= next_ || to - from > capacity) { // longer: of a larger ring that the lane left
            return;
        }
        // No honest hold is longer: a page that says otherwise may not stop us.
        const std::uint64_t bytes =
            std::min(to - from, std::max({lane_.hold_bytes(), longest_, lane_.geometry.record_bytes}));
        const position here = next_ - lane_.geometry.offset(next_ - from); // at or below next_
        if (here + bytes > next_) {
            obstacles_.add({next_, here + bytes});
        }
        obstacles_.add({here + capacity, here + capacity + bytes});
    }

    /// Says which number the record at the new horizon has. Who reads one mark while we write it sees that by its
    /// place.
    void leave_mark(const boundary& at) noexcept
    {
        auto& mark = lane_.words->marks[next_mark_];
        next_mark_ = (next_mark_ + 1) % marks_in<Policy>;
        mark.place.store(no_mark, std::memory_order_relaxed);
        // M1 release: pairs with M2 in lane_reader::read_number(): a new number seen means that the old place has gone.
        mark.number.store(at.number, std::memory_order_release);
        mark.place.store(at.place, std::memory_order_release);
    }

    [[nodiscard]] std::size_t mark_after(position horizon) const noexcept
    {
        for (std::size_t i = 0; i < marks_in<Policy>; ++i) {
            if (lane_.words->marks[i].place.load(std::memory_order_relaxed) == horizon) {
                return (i + 1) % marks_in<Policy>;
            }
        }
        return 0;
    }

    /// A named lossless consumer that nobody is at the moment, and will be again before the channel's patience ends.
    /// @pre We share the slot's lock: nobody owns it.
    [[nodiscard]] bool waits_for(unsigned slot) noexcept
    {
        auto& control = *lane_.control;
        if (!is_named(control, slot) || lane_.cell(slot).cursor.load(std::memory_order_acquire) == unbound) {
            return false;
        }
        auto& since_word = control.consumers[slot].absent_since_ns;
        if (has_live_members(slot)) {
            since_word.store(0, std::memory_order_relaxed);
            return true;
        }
        const std::uint64_t absence_ns = lane_.absence_ns();
        if (absence_ns == 0 || absence_ns == waits_always) {
            return absence_ns != 0;
        }
        const auto now = static_cast<std::uint64_t>(std::chrono::nanoseconds{Policy::now().time_since_epoch()}.count());
        const std::uint64_t since = since_word.load(std::memory_order_relaxed);
        if (since == 0 || since > now) { // it was killed; or the machine was restarted since, and the clock with it
            since_word.store(now, std::memory_order_relaxed);
            return true;
        }
        return now - since < absence_ns;
    }

    /// The slot is a group's, and somebody is in it. Nobody can enter at this moment: we share the slot's lock.
    [[nodiscard]] bool has_live_members(unsigned slot) noexcept
    {
        auto& group = lane_.control->consumers[slot];
        if (group.group.load(std::memory_order_relaxed) != static_cast<std::uint32_t>(group_kind::lossless)) {
            return false;
        }
        bool found = false;
        const std::uint64_t slots = ~std::uint64_t{0} >> (most_consumers - lane_.geometry.slot_count);
        for_each_bit(group.members.load(std::memory_order_acquire) & slots, [&](unsigned member) {
            found = locks_->held_elsewhere(lock_byte::consumer + member);
            return !found;
        });
        return found;
    }

    /// @pre We share the slot's lock: nobody owns it.
    void expel(unsigned slot) noexcept
    {
        const std::uint64_t bit = std::uint64_t{1} << slot;
        // R1 release: pairs with H3; idempotent: dying before or after it leaves a slot that the next one expels or
        // joins.
        lane_.control->sleeping_consumers.fetch_and(~bit, std::memory_order_relaxed);
        lane_.control->joined.fetch_and(~bit, std::memory_order_release);
    }

private:
    position horizon_ = 0;    ///< as stored on the page
    position free_below_ = 0; ///< no cursor needs what lies below
    std::uint64_t longest_ = 0;
    std::size_t next_mark_ = 0;
    boundaries passed_;
    obstacles obstacles_; ///< up to a lap beyond the horizon
};

} // namespace samepage::ring
