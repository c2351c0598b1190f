// SPDX-License-Identifier: BSL-1.0
// group_member.hpp: a member's steps in a group of consumers that share one cursor and take distinct records.
// docs/protocol.md, "Groups", argues them.
// Thread safety: one thread at a time, the member's.
#pragma once

#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/membership.hpp>
#include <samepage/ring/turn.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace samepage::ring {

/// Where a group's words lie in this process.
template <class Policy>
struct group_place {
    control_words<Policy>* control = nullptr;
    std::byte* saved = nullptr; ///< of slot 0; saved_bytes() from slot to slot
    unsigned lane_count = 1;
    unsigned slots = most_consumers;
    unsigned group = 0; ///< the group's slot, which has its name
    unsigned own = 0;   ///< the member's

    [[nodiscard]] consumer_slot<Policy>& words() const noexcept { return control->consumers[group]; }
    /// Where the group stands in a lane: with the first record that no member was handed.
    [[nodiscard]] saved_words<Policy>& stands(unsigned lane) const noexcept
    {
        return reinterpret_cast<saved_words<Policy>*>(saved + group * saved_bytes<Policy>(lane_count))[lane];
    }
    [[nodiscard]] claim_words<Policy>& claim(unsigned slot, unsigned which) const noexcept
    {
        std::byte* const begin =
            saved + slot * saved_bytes<Policy>(lane_count) + sizeof(saved_words<Policy>) * lane_count;
        return reinterpret_cast<claim_words<Policy>*>(begin)[which];
    }
};

/// All of it happens under the group's turn. A member that dies leaves its bit among the members and its claims; the
/// next one to look after the dead takes the claims over, each as a batch of its own, and then clears the bit.
template <class Reader, class Policy>
class group_member final : public shared_holdings {
public:
    /// @param most_held  batches at a time; 1 to claims_in<Policy>
    /// Lifetime: `locks` and `readers` stay where they are.
    group_member(const group_place<Policy>& where, typename Policy::locks& locks, std::vector<Reader>& readers,
                 unsigned most_held) noexcept
        : where_(where),
          locks_(&locks),
          readers_(&readers),
          most_held_(most_held),
          turn_(where.words().turn, locks, where.own)
    {
    }

    /// Begins to take part. @pre We hold our slot's lock; nobody else can begin at this moment.
    /// @return false: the turn did not come before it was late. We are in no group then.
    template <class Late = never_late>
    [[nodiscard]] bool enter(Late&& late = {}) noexcept
    {
        // Before the turn: were we to die in it, nobody else may get our slot, and live on in it, until that is seen.
        where_.control->grouped.fetch_or(own_bit(), std::memory_order_relaxed);
        if (!begin_turn(late)) {
            if ((members() & own_bit()) == 0) { // else the slot is kept for what its last member held
                where_.control->grouped.fetch_and(~own_bit(), std::memory_order_release);
            }
            return false;
        }
        for (unsigned i = 0; i < claims_in<Policy>; ++i) { // of who died in this slot, or nobody's
            inherited_ = inherited_ || held_by(where_.own, i);
        }
        where_.words().members.fetch_or(own_bit(), std::memory_order_relaxed);
        advance_cursors();
        turn_.unlock();
        for (Reader& reader : *readers_) {
            reader.look_for(*this);
        }
        return true;
    }

    /// Ends it. What is held stays claimed, for the others. If the turn does not come before it is late, it is as if we
    /// had died: they find that out.
    template <class Late = never_late>
    void leave(Late&& late = {}) noexcept
    {
        bool holds = true;
        if (begin_turn(late)) {
            holds = holds_any();
            if (!holds) {
                where_.words().members.fetch_and(~own_bit(), std::memory_order_relaxed);
            }
            turn_.unlock();
        }
        if (!holds) { // behind the turn, as in enter()
            where_.control->grouped.fetch_and(~own_bit(), std::memory_order_release);
        }
        for (Reader& reader : *readers_) {
            reader.forget();
        }
    }

    /// What a dead member held, or what `look` finds in `lanes`, the first one behind the last that had something.
    /// @return timed_out: the turn did not come before it was late
    template <class Look, class Late = never_late>
    [[nodiscard]] found_records take(std::uint64_t lanes, Look&& look, bool look_after_dead, Late&& late = {}) noexcept
    {
        if (!begin_turn(late)) {
            return {.why = outcome::timed_out};
        }
        found_records found = taken(lanes, look, look_after_dead);
        turn_.unlock();
        return found;
    }

    /// Gives back what take() handed out. If the turn does not come soon, the group's cursor moves with our next one.
    void release(unsigned lane, unsigned ticket) noexcept override
    {
        Reader& reader = (*readers_)[lane];
        const unsigned which = ticket & ~redelivered;
        const bool our_turn = begin_turn(late_after<Policy>{patience});
        if (!reader.lossless()) {
            reader.let_go_of(tickets_[which]);
        }
        // T4 release: pairs with T4 in for_each_claim(): our reads are over before another one's turn moves the cursor.
        where_.claim(where_.own, which).begin.store(0, std::memory_order_release);
        if (our_turn) {
            advance_cursor(reader);
            turn_.unlock();
        } else {
            behind_ |= std::uint64_t{1} << lane;
        }
        reader.let_go_of_claim(which);
    }

    [[nodiscard]] std::uint64_t held_claims(unsigned lane) const noexcept override
    {
        std::uint64_t found = 0;
        for (unsigned i = 0; i < claims_in<Policy>; ++i) {
            const bool ours =
                held_by(where_.own, i) && where_.claim(where_.own, i).lane.load(std::memory_order_relaxed) == lane;
            found |= ours ? std::uint64_t{1} << i : 0;
        }
        return found;
    }
    [[nodiscard]] bool holds_any() const noexcept
    {
        bool any = false;
        for (unsigned i = 0; i < claims_in<Policy>; ++i) {
            any = any || held_by(where_.own, i);
        }
        return any;
    }

    /// Puts our readers where the group stands: for a look whether one is due. The turn is not needed for that.
    void catch_up(std::uint64_t lanes) noexcept
    {
        for_each_bit(lanes, [&](unsigned lane) {
            Reader& reader = (*readers_)[lane];
            if (const standing at = standing_in(lane); is_possible(at, reader)) {
                (void)reader.move_to(at); // if it could not, take() says so
            }
            return true;
        });
    }

    /// Some member died and holds something, or its bit.
    [[nodiscard]] bool has_dead() noexcept
    {
        bool found = inherited_;
        for_each_bit(others(), [&](unsigned slot) {
            found = found || !locks_->held_elsewhere(lock_byte::consumer + slot);
            return !found;
        });
        return found;
    }

private:
    /// Who died in its turn may have left a claim that the group did not move on behind. Its records are the next ones
    /// still, so the claim goes before anybody takes them: later it would look like one that was made good.
    /// @return false: it did not come before it was late
    template <class Late>
    [[nodiscard]] bool begin_turn(Late&& late) noexcept
    {
        switch (turn_.lock(late)) {
        case turn_came::no: return false;
        case turn_came::from_dead: finish_turn_of_dead(); break;
        default: break;
        }
        if (behind_ != 0) [[unlikely]] {
            for_each_bit(std::exchange(behind_, 0), [&](unsigned lane) {
                advance_cursor((*readers_)[lane]);
                return true;
            });
        }
        return true;
    }

    void finish_turn_of_dead() noexcept
    {
        for_each_claim([&](claim_words<Policy>& claim, position begin, unsigned lane) {
            if (lane >= readers_->size()) {
                return;
            }
            if (begin >= standing_in(lane).place) {
                claim.begin.store(0, std::memory_order_relaxed);
            } else if (claim.count.load(std::memory_order_relaxed) == 0) {
                finish_losing(claim, lane);
            }
        });
        drop_twins();
        advance_cursors();
    }

    /// Who took a claim over and died before it gave up the first one's, left two. While the turn was its, neither came
    /// into anybody's hands; later, each might, as one of a living member's and one of a dead one's.
    void drop_twins() noexcept
    {
        for_each_claim([&](claim_words<Policy>& one, position begin, unsigned lane) {
            bool behind = false;
            for_each_claim([&](claim_words<Policy>& other, position where, unsigned in) {
                if (behind && where == begin && in == lane) {
                    other.begin.store(0, std::memory_order_relaxed);
                }
                behind = behind || &other == &one;
            });
        });
    }

    /// Calls visit(claim, its begin, its lane) for each claim that any member has, dead or alive.
    template <class Visit>
    void for_each_claim(Visit&& visit) const noexcept
    {
        for_each_bit(members(), [&](unsigned slot) {
            for (unsigned i = 0; i < claims_in<Policy>; ++i) {
                auto& claim = where_.claim(slot, i);
                // T4 acquire: pairs with T4 in release(), of a member that did not have its turn.
                const std::uint64_t begin = claim.begin.load(std::memory_order_acquire);
                if ((begin & held) != 0) {
                    visit(claim, begin & ~held, claim.lane.load(std::memory_order_relaxed));
                }
            }
            return true;
        });
    }

    [[nodiscard]] std::uint64_t own_bit() const noexcept { return std::uint64_t{1} << where_.own; }
    [[nodiscard]] std::uint64_t members() const noexcept
    {
        return where_.words().members.load(std::memory_order_relaxed) &
               (~std::uint64_t{0} >> (most_consumers - where_.slots));
    }
    [[nodiscard]] std::uint64_t others() const noexcept { return members() & ~own_bit(); }

    [[nodiscard]] bool held_by(unsigned slot, unsigned which) const noexcept
    {
        return (where_.claim(slot, which).begin.load(std::memory_order_relaxed) & held) != 0;
    }

    [[nodiscard]] standing standing_in(unsigned lane) const noexcept
    {
        standing at = Reader::saved_in(where_.stands(lane));
        at.place = std::max(at.place, (*readers_)[lane].where().first());
        return at;
    }

    [[nodiscard]] static bool is_possible(const standing& at, const Reader& reader) noexcept
    {
        return at.place <= most_position && reader.where().on_grid(at.place);
    }

    template <class Look>
    [[nodiscard]] found_records taken(std::uint64_t lanes, Look&& look, bool look_after_dead) noexcept
    {
        const auto mine = free_claim();
        if (inherited_ || look_after_dead) {
            found_records again = hand_on(mine);
            if (again.why != outcome::empty) {
                return again;
            }
        }
        if (!mine) {
            return {.why = outcome::too_many_held};
        }
        found_records none;
        for (std::uint64_t left = std::rotr(lanes, first_lane_); left != 0; left &= left - 1) {
            const unsigned lane =
                (static_cast<unsigned>(std::countr_zero(left)) + static_cast<unsigned>(first_lane_)) % 64;
            const found_records found = look_in(lane, look, *mine);
            if (found.why == outcome::ok || found.why == outcome::corrupt || found.why == outcome::unmapped) {
                first_lane_ = static_cast<int>(lane + 1) % 64;
                return found;
            }
            none.why = found.why == outcome::too_many_held ? found.why : none.why;
        }
        return none;
    }

    template <class Look>
    [[nodiscard]] found_records look_in(unsigned lane, Look&& look, unsigned mine) noexcept
    {
        Reader& reader = (*readers_)[lane];
        const standing before = standing_in(lane);
        if (!is_possible(before, reader)) {
            return {.why = outcome::corrupt};
        }
        if (const outcome why = reader.move_to(before); why != outcome::ok) {
            return {.why = why};
        }
        found_records found = look(reader);
        if (found.why == outcome::ok) {
            // The claim first, then where the group stands: a claim at or beyond that was never made good.
            write_claim(mine, found);
            save(lane, {found.end, found.number + found.count, 0});
            if (found.lost != 0) [[unlikely]] {
                tell_more(where_.words().lost, found.lost);
            }
            if (reader.lossless()) {
                reader.unlease(found.ticket);
            }
            tickets_[mine] = found.ticket;
            found.ticket = mine;
            if (found.begin != before.place) {
                advance_cursor(reader); // a gap before it: a producer may wait for its bytes
            }
        } else if (const standing after = reader.stands(); after.place != before.place) {
            save(lane, after);
            advance_cursor(reader);
        }
        return found;
    }

    void write_claim(unsigned which, const found_records& found) noexcept
    {
        auto& claim = where_.claim(where_.own, which);
        claim.end.store(found.end, std::memory_order_relaxed);
        claim.number.store(found.number, std::memory_order_relaxed);
        claim.lost.store(found.lost, std::memory_order_relaxed);
        claim.count.store(static_cast<std::uint32_t>(found.count), std::memory_order_relaxed);
        claim.lane.store(found.lane, std::memory_order_relaxed);
        claim.begin.store(found.begin | held, std::memory_order_release); // whole, should we die behind it
    }

    /// @return nothing: all are taken.
    [[nodiscard]] std::optional<unsigned> free_claim() const noexcept
    {
        for (unsigned i = 0; i < most_held_; ++i) {
            if (!held_by(where_.own, i)) {
                return i;
            }
        }
        return std::nullopt;
    }

    /// Takes over what a dead member, or who died in our slot, held.
    /// @return ok: here it is; too_many_held; empty: nobody left anything.
    [[nodiscard]] found_records hand_on(std::optional<unsigned> mine) noexcept
    {
        if (inherited_) {
            for (; next_inherited_ < claims_in<Policy>; ++next_inherited_) {
                if (held_by(where_.own, next_inherited_)) {
                    const found_records again = take_over(where_.own, next_inherited_, next_inherited_);
                    if (again.why == outcome::ok) {
                        ++next_inherited_;
                    }
                    if (again.why != outcome::empty) {
                        return again;
                    }
                }
            }
            inherited_ = false;
        }
        found_records found;
        for_each_bit(others(), [&](unsigned slot) {
            const std::uint64_t byte = lock_byte::consumer + slot;
            if (!locks_->try_share(byte)) {
                return true; // it lives
            }
            for (unsigned i = 0; i < claims_in<Policy> && found.why == outcome::empty; ++i) {
                if (!held_by(slot, i)) {
                    continue;
                }
                found = mine ? take_over(slot, i, *mine) : found_records{.why = outcome::too_many_held};
            }
            if (found.why == outcome::empty) {
                strike(slot);
                advance_cursors(); // it may have died before it did
            }
            locks_->unlock(byte);
            return found.why == outcome::empty;
        });
        return found;
    }

    /// Makes a dead one's claim ours: ours first, then the dead one's is given up.
    /// @return ok; or empty: it was never made good, or its records are gone.
    [[nodiscard]] found_records take_over(unsigned slot, unsigned which, unsigned mine) noexcept
    {
        auto& claim = where_.claim(slot, which);
        found_records found{.begin = claim.begin.load(std::memory_order_acquire) & ~held,
                            .end = claim.end.load(std::memory_order_relaxed),
                            .count = claim.count.load(std::memory_order_relaxed),
                            .number = claim.number.load(std::memory_order_relaxed),
                            .lost = claim.lost.load(std::memory_order_relaxed),
                            .ticket = mine | redelivered,
                            .lane = claim.lane.load(std::memory_order_relaxed),
                            .why = outcome::ok};
        // First: what is a long batch in the ring that we looked at may be none in the one that the lane has.
        if (found.lane < readers_->size()) {
            if (const outcome why = (*readers_)[found.lane].stay_current(); why != outcome::ok) {
                return {.why = why};
            }
        }
        const bool honest = is_honest(found);
        const bool too_long = !honest && is_of_larger_ring(found);
        if (honest && !(*readers_)[found.lane].lossless() && (*readers_)[found.lane].all_held()) {
            return {.why = outcome::too_many_held}; // beside what we inherited, we took as much as we may
        }
        if ((!honest && !too_long) || found.begin >= standing_in(found.lane).place) {
            claim.begin.store(0, std::memory_order_relaxed);
            return {};
        }
        if (too_long || !is_still_there(found, mine)) {
            lose(claim, found);
            return {};
        }
        if (slot != where_.own) {
            write_claim(mine, found);
            claim.begin.store(0, std::memory_order_relaxed);
        }
        return found;
    }

    /// The group's cursor guards it still; of a lossy group, the dead one's hold fell with it, and ours must not come
    /// too late.
    [[nodiscard]] bool is_still_there(const found_records& found, unsigned mine) noexcept
    {
        Reader& reader = (*readers_)[found.lane];
        if (reader.lossless()) {
            return found.begin >= reader.cursor_of(where_.group);
        }
        if (found.count > 1 && found.end - found.begin > reader.where().hold_bytes()) {
            return false; // made in a larger ring: the producer would not heed so long a hold in this one
        }
        const auto ticket = reader.hold_again(found.begin, found.end);
        tickets_[mine] = ticket.value_or(0);
        return ticket.has_value();
    }

    /// What is gone is told as lost to who takes next: once, should we die at it. A claim of no records says that the
    /// sum is made, and whoever takes our turn over finishes it.
    void lose(claim_words<Policy>& claim, const found_records& found) noexcept
    {
        auto& counts = counting_entry(found.lane);
        counts.lost_next.store(counts.lost.load(std::memory_order_relaxed) + found.lost + found.count,
                               std::memory_order_relaxed);
        claim.count.store(0, std::memory_order_release);
        finish_losing(claim, found.lane);
    }
    void finish_losing(claim_words<Policy>& claim, unsigned lane) noexcept
    {
        auto& counts = counting_entry(lane);
        counts.lost.store(counts.lost_next.load(std::memory_order_relaxed), std::memory_order_relaxed);
        claim.begin.store(0, std::memory_order_release);
    }

    /// A page may say anything.
    [[nodiscard]] bool is_honest(const found_records& found) const noexcept
    {
        if (found.lane >= readers_->size() || found.end <= found.begin || found.count == 0 ||
            found.end > most_position) {
            return false;
        }
        return is_possible(found) && found.end - found.begin <= (*readers_)[found.lane].where().geometry.capacity_bytes;
    }
    /// A lossy group's, that was honest in a larger ring which the lane has left: its records are gone.
    [[nodiscard]] bool is_of_larger_ring(const found_records& found) const noexcept
    {
        return found.lane < readers_->size() && found.end > found.begin && found.count != 0 &&
               found.end <= most_position && is_possible(found) && !(*readers_)[found.lane].lossless() &&
               (*readers_)[found.lane].where().words->moved_at.load(std::memory_order_relaxed) >= found.end;
    }
    [[nodiscard]] bool is_possible(const found_records& found) const noexcept
    {
        const auto& lane = (*readers_)[found.lane].where();
        const std::uint64_t bytes = found.end - found.begin;
        return lane.on_grid(found.begin) && lane.on_grid(found.end) &&
               (lane.geometry.record_bytes != 0 ? bytes == found.count * lane.geometry.record_bytes
                                                : found.count <= bytes / frame::header_bytes);
    }

    /// A dead one is no longer a member, and its slot is anybody's. @pre We share the slot's lock.
    void strike(unsigned slot) noexcept
    {
        const std::uint64_t bit = std::uint64_t{1} << slot;
        where_.words().members.fetch_and(~bit, std::memory_order_relaxed);
        where_.control->grouped.fetch_and(~bit, std::memory_order_release);
    }

    void advance_cursors() noexcept
    {
        for (Reader& reader : *readers_) {
            if (is_possible(standing_in(reader.where().index), reader)) {
                advance_cursor(reader);
            }
        }
    }

    /// The group's cursor goes to the oldest record that some member holds, or to where the group stands.
    void advance_cursor(Reader& reader) noexcept
    {
        if (!reader.lossless()) {
            return;
        }
        const unsigned lane = reader.where().index;
        position lowest = standing_in(lane).place;
        for_each_claim([&](const claim_words<Policy>&, position begin, unsigned in) {
            lowest = in == lane ? std::min(lowest, begin) : lowest;
        });
        reader.store_cursor_of(where_.group, lowest);
    }

    void save(unsigned lane, const standing& at) noexcept
    {
        auto& words = where_.stands(lane);
        words.write(words.higher() ^ 1U, at);
    }

    [[nodiscard]] auto& counting_entry(unsigned lane) noexcept
    {
        auto& words = where_.stands(lane);
        return words.entries[words.higher()];
    }

    static constexpr std::chrono::milliseconds patience{10};

    group_place<Policy> where_;
    typename Policy::locks* locks_;
    std::vector<Reader>* readers_;
    unsigned most_held_;
    turn<Policy> turn_;
    std::array<unsigned, claims_in<Policy>> tickets_{}; ///< lossy: of the holds behind our claims
    std::uint64_t behind_ = 0;                          ///< lanes in which we released without the turn
    bool inherited_ = false;                            ///< our slot has claims of who died in it
    unsigned next_inherited_ = 0;
    int first_lane_ = 0;
};

} // namespace samepage::ring
