// SPDX-License-Identifier: BSL-1.0
// lane_reader.hpp: what dense and framed consumers do alike on a lane: join, hold, release, be lapped, leave.
// docs/protocol.md argues the steps.
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/leases.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace samepage::ring {

/// Where a consumer that joins begins.
enum class start : std::uint8_t {
    newest, ///< with the first record published after it joined
    oldest, ///< with the oldest record still in the ring
};

/// What a consumer asks of the producers.
enum class demand : std::uint8_t {
    lossless, ///< it gets every record; a producer whose ring is full waits for it
    lossy,    ///< producers go on; it learns how many records it lost
};

/// A run of records that was found and is held: bytes [begin, end) of the lane.
struct found_records {
    position begin = 0;
    position end = 0;
    std::size_t count = 0;
    std::uint64_t number = 0; ///< of the first
    std::uint64_t lost = 0;   ///< records that were overwritten between the ones found before and these
    unsigned ticket = 0;      ///< for release()
    unsigned lane = 0;
    outcome why = outcome::empty; ///< ok if count != 0; empty; corrupt; too_many_held
};

/// A copy, member by member: one in fewer, wider pieces would wait for the narrow stores that it gathers. Also for what
/// a call returns in memory: only the copy is put there for the compiler, and the same variable on other paths is not.
[[nodiscard]] constexpr found_records copied_apart(const found_records& from) noexcept
{
    return {.begin = from.begin,
            .end = from.end,
            .count = from.count,
            .number = from.number,
            .lost = from.lost,
            .ticket = from.ticket,
            .lane = from.lane,
            .why = from.why};
}

/// In found_records::ticket: the records were handed to another member of the group before, who died with them.
inline constexpr unsigned redelivered = 1U << 31U;

/// Where a group's member gives back what it found: what it holds is the group's matter.
class shared_holdings {
public:
    virtual ~shared_holdings() = default;
    virtual void release(unsigned lane, unsigned ticket) noexcept = 0;
    /// The member's claims in a lane, by bits.
    [[nodiscard]] virtual std::uint64_t held_claims(unsigned lane) const noexcept = 0;
};

/// Consumer `slot` takes part in every lane: its cells are filled in. J1 release: pairs with H3: whoever sees our bit
/// sees our cursors. J2 seq_cst fence: our cursors and bit before our look at the horizons; meets H2.
/// @pre The caller holds the lock of `slot`; every lane's reader was prepared.
template <class Policy>
void announce(control_words<Policy>& control, unsigned slot) noexcept
{
    control.joined.fetch_or(std::uint64_t{1} << slot, std::memory_order_release);
    Policy::full_fence();
}

/// Consumer `slot` takes no further part; idempotent. C5 release: pairs with H3: our reads precede the producers' leave
/// to overwrite.
template <class Policy>
void withdraw(control_words<Policy>& control, unsigned slot) noexcept
{
    const std::uint64_t bit = std::uint64_t{1} << slot;
    control.sleeping_consumers.fetch_and(~bit, std::memory_order_relaxed);
    control.joined.fetch_and(~bit, std::memory_order_release);
}

template <class Policy>
class lane_reader {
public:
    using lane_type = lane<Policy, false>;

    /// @param most_held  1 to most_holds; a lossy one's at most the channel's max_holds.
    /// @param rings  maps the lane's next ring; may be null where there is never another.
    lane_reader(const lane_type& where, unsigned slot, demand wants, unsigned most_held,
                typename Policy::rings* rings = nullptr)
        : lane_(where),
          rings_(rings),
          producer_bit_(std::uint64_t{1} << where.index),
          slot_(slot),
          lossless_(wants == demand::lossless),
          cell_(&lane_.cell(slot)),
          leases_(most_held)
    {
    }

    /// So many more were lost before what comes next, and not told of.
    void owe(std::uint64_t lost) noexcept { lost_ += lost; }

    /// From now on remembers in `where` what was released, so that a later consumer can go on there. All zero at first.
    /// @pre Our name's slot is ours; we have settled, or go_on() follows.
    void save_in(saved_words<Policy>& where)
    {
        leases_.keep_notes();
        saved_ = &where;
        saved_turn_ = where.higher() ^ 1U;
        saved_place_ = where.entries[saved_turn_ ^ 1U].place.load(std::memory_order_relaxed);
        if (member_) {
            save();
        }
    }

    /// Where who had `where` before stands: with the first record that it did not release.
    /// @pre Our name's slot is ours. Nothing is read of the lane.
    [[nodiscard]] static standing saved_in(const saved_words<Policy>& where) noexcept
    {
        const auto& entry = where.entries[where.higher()];
        // N2 acquire: pairs with N1: what belongs to the place. The lower one may be half written.
        const position place = entry.place.load(std::memory_order_acquire);
        if (place == 0) {
            return {};
        }
        return {place, entry.number.load(std::memory_order_relaxed), entry.lost.load(std::memory_order_relaxed)};
    }

    /// Instead of prepare(), announce() and settle(), for a named lossless consumer whose bit and cursors stayed: goes
    /// on where it was. @return false: a place where no record can begin, or that it had not got to (corrupt)
    [[nodiscard]] bool go_on() noexcept
    {
        standing at = saved_in(*saved_);
        if (at.place == 0) {
            at.place = lane_.first();
        }
        const position cursor = cursor_word().load(std::memory_order_relaxed);
        if (!lane_.on_grid(at.place) || at.place > most_position || cursor > at.place) {
            return false;
        }
        next_ = at.place;
        number_ = at.number;
        lost_ = at.lost;
        member_ = true;
        store_cursor();
        return true;
    }

    /// Fills in our cell, before announce().
    void prepare() noexcept
    {
        // J0 release: pairs with H4 and H6, for a producer that still sees the bit of who had the slot before: their
        // reads are over, since the slot's lock came to us.
        for (unsigned i = 0; i < lane_.geometry.max_holds; ++i) {
            lane_.hold(slot_, i).begin.store(0, std::memory_order_release);
        }
        next_ = std::max(lane_.first(), lane_.words->horizon.load(std::memory_order_acquire));
        cursor_word().store(lossless_ ? next_ : unbound, std::memory_order_release);
    }

    /// After announce(): begins at the oldest record that is there.
    /// @return false if the lane's words name a place where no record can begin (corrupt); the caller leaves then.
    [[nodiscard]] bool settle() noexcept
    {
        // J3 acquire: pairs with H1. If the horizon passed our cursor before our bit was seen, we start there: up,
        // never down. What lies from here on stays until we release it.
        lost_ = number_ = 0;
        if (!go_to_horizon()) {
            return false;
        }
        member_ = true;
        store_cursor();
        return true;
    }

    /// Goes over to the lane's present ring, and lets go of earlier ones that nothing is held of. Now and then, while
    /// nothing comes.
    void keep_up() noexcept
    {
        (void)stay_current();
        forget_old();
    }
    /// Why settling, or going to the horizon or to the newest record, failed: unmapped; corrupt
    [[nodiscard]] outcome failure() noexcept { return std::exchange(failure_, outcome::corrupt); }
    /// Goes over to the lane's present ring. @return ok; unmapped; corrupt
    [[nodiscard]] outcome stay_current() noexcept { return lane_.ring_changed() ? follow() : outcome::ok; }

    /// Gives back what look() found. Wait-free. Nothing once we left: the slot is another's.
    [[gnu::always_inline]] void release(const found_records& found) noexcept
    {
        if (!member_ || found.count == 0) [[unlikely]] {
            if (group_ != nullptr && found.count != 0) {
                group_->release(found.lane, found.ticket); // by value: what was found stays in registers
            }
            return;
        }
        if (old_leases_ != 0) [[unlikely]] {
            release_old(found.ticket);
        }
        if (lossless_) {
            if (leases_.release(found.ticket)) {
                store_cursor();
            }
        } else {
            release_lossy(found.ticket);
        }
    }

    /// Gives back what look() found and nobody was handed: of a group's records, none was claimed yet. The cursor and
    /// what is saved stay.
    void give_back(const found_records& found) noexcept
    {
        if (found.count != 0) {
            unlease(found.ticket);
            if (!lossless_) {
                drop_hold(found.ticket);
            }
        }
    }

    /// Withdrawn, or poisoned: nothing is released any more.
    void forget() noexcept
    {
        member_ = false;
        group_ = nullptr;
    }

    // ---- As a group's eye: it does not join with this reader, and says each time where to look.

    /// From here on `group` takes back what we found.
    void look_for(shared_holdings& group) noexcept
    {
        group_ = &group;
        member_ = false;
    }
    /// @return ok; unmapped, corrupt: as follow()
    [[nodiscard]] outcome move_to(const standing& at) noexcept
    {
        if (const outcome why = stay_current(); why != outcome::ok) [[unlikely]] { // `at` may be another's, who did
            return why;
        }
        next_ = at.place;
        number_ = at.number;
        lost_ = at.lost;
        return outcome::ok;
    }
    [[nodiscard]] standing stands() const noexcept { return {next_, number_, lost_}; }
    /// What look() found is held by other means.
    void unlease(unsigned ticket) noexcept
    {
        old_leases_ &= ~(std::uint64_t{1} << ticket);
        leases_.release(ticket);
    }
    /// Lossy: lets go of what look() or hold_again() holds.
    void let_go_of(unsigned ticket) noexcept
    {
        old_leases_ &= ~(std::uint64_t{1} << ticket);
        release_lossy(ticket);
    }
    /// Our claim `which` of the group's records is released.
    void let_go_of_claim(unsigned which) noexcept
    {
        old_claims_ &= ~(std::uint64_t{1} << which);
        forget_old();
    }
    /// Lossy: holds bytes [begin, end), of which another one's hold has fallen.
    /// @return the ticket; nothing: they were overwritten, in part at least. @pre not every hold is taken.
    [[nodiscard]] std::optional<unsigned> hold_again(position begin, position end) noexcept
    {
        const position before = std::exchange(next_, begin);
        std::optional<unsigned> ticket;
        if (hold(end)) {
            ticket = leases_.take(begin);
        }
        next_ = before;
        return ticket;
    }
    [[nodiscard]] bool all_held() const noexcept { return leases_.full(); }
    [[nodiscard]] position cursor_of(unsigned slot) const noexcept
    {
        return lane_.cell(slot).cursor.load(std::memory_order_relaxed);
    }
    /// The cursor by which the group binds the lane's producer.
    void store_cursor_of(unsigned slot, position place) noexcept
    {
        auto& cursor = lane_.cell(slot).cursor;
        if (cursor.load(std::memory_order_relaxed) < place) {
            // C2 release: pairs with H4: every member's reads below are over; theirs came to us by the turn (T1, T2).
            cursor.store(place, std::memory_order_release);
            wake_producer();
        }
    }

    /// Leaves are one for all lanes, withdraw(); then each producer that waits for us must learn it.
    [[gnu::always_inline]] void wake_producer() noexcept
    {
        // W5 light fence, as the producer's in wake_consumers().
        Policy::light_fence();
        if ((lane_.control->sleeping_producers.load(std::memory_order_relaxed) & producer_bit_) != 0) [[unlikely]] {
            ring_its_bell();
        }
    }

    /// C4 acquire: pairs with P4: look for records once more after `closed`: they were published before.
    [[nodiscard]] lane_state state() const noexcept
    {
        return static_cast<lane_state>(lane_.words->state.load(std::memory_order_acquire));
    }

    /// Position of the next record to find.
    [[nodiscard]] position next() const noexcept { return next_; }
    /// Its number.
    [[nodiscard]] std::uint64_t next_number() const noexcept { return number_; }
    /// Records below are released (lossless).
    [[nodiscard]] position cursor() const noexcept { return leases_.oldest(next_); }
    /// Whether everything found was released.
    [[nodiscard]] bool idle() const noexcept { return leases_.count() == 0; }
    [[nodiscard]] bool lossless() const noexcept { return lossless_; }
    [[nodiscard]] const lane_type& where() const noexcept { return lane_; }
    [[nodiscard]] const std::byte* at(position place) const noexcept { return lane_.at(place); }

protected:
    ~lane_reader() = default;

    /// Goes over to the ring that the lane has now. Positions stay; what is held stays mapped.
    /// @return ok; unmapped; corrupt: no ring can lie there
    [[nodiscard, gnu::noinline]] outcome follow() noexcept
    {
        // C8 acquire: pairs with P10: the ring holds what lay in the one before.
        const std::uint64_t ring = lane_.words->ring.load(std::memory_order_acquire);
        failure_ = outcome::corrupt;
        if (rings_ == nullptr) {
            return failure_;
        }
        forget_old();
        const auto to = rings_->map(lane_.index, ring);
        if (to.why != outcome::ok) {
            return failure_ = to.why;
        }
        has_old_ = true;
        old_leases_ = leases_.taken();
        old_claims_ = group_ != nullptr ? group_->held_claims(lane_.index) : 0;
        lane_.ring = to.bytes;
        lane_.ring_word = ring;
        lane_.geometry.capacity_bytes = ring_place::capacity_bytes(ring);
        forget_old();
        return outcome::ok;
    }

    /// The producer's horizon has passed what comes next for us (lossy).
    /// L1 acquire: pairs with H1.
    [[nodiscard]] bool lapped() const noexcept { return lane_.words->horizon.load(std::memory_order_acquire) > next_; }

    /// Goes on at the horizon, and counts what was lost. @return false: the words contradict each other (corrupt).
    [[nodiscard]] bool catch_up() noexcept
    {
        const std::uint64_t before = number_;
        if (!go_to_horizon() || number_ < before) {
            return false;
        }
        lost_ += number_ - before;
        return true;
    }

    /// Claims bytes [next_, end) for a lossy consumer. @pre leases_ has room.
    /// @return false: the horizon has passed them, in part at least; nothing is held then.
    [[nodiscard]] bool hold(position end) noexcept
    {
        auto& hold = lane_.hold(slot_, leases_.next_ticket());
        // L5 release: pairs with H7: our last hold in this slot was let go before.
        hold.end.store(end, std::memory_order_release);
        // L3 release: pairs with H6: who sees the hold sees its end, or a smaller one.
        hold.begin.store(next_ | held, std::memory_order_release);
        // L2 seq_cst fence: our hold before our second look at the horizon; meets H2.
        Policy::full_fence();
        if (lapped()) [[unlikely]] {
            let_go();
            return false;
        }
        return true;
    }

    /// Holds less than it claimed.
    void shrink(position end) noexcept
    {
        lane_.hold(slot_, leases_.next_ticket()).end.store(end, std::memory_order_release);
        wake_producer();
    }

    /// Gives the claim up before anything was handed out.
    void let_go() noexcept
    {
        // L4 release: pairs with H6, as in release(): a framed consumer has read headers under it.
        lane_.hold(slot_, leases_.next_ticket()).begin.store(0, std::memory_order_release);
        wake_producer();
    }

    [[gnu::noinline]] void ring_its_bell() noexcept
    {
        wake<Policy>(
            lane_.control->sleeping_producers,
            producer_bit_, [this](unsigned lane) -> auto& { return lane_.control->producer_bells[lane].doorbell; });
    }

    [[gnu::noinline]] void release_lossy(unsigned ticket) noexcept
    {
        if (leases_.release(ticket)) {
            save();
        }
        drop_hold(ticket);
    }

    void drop_hold(unsigned ticket) noexcept
    {
        // L4 release: pairs with H6: our reads of the records precede the producer's leave to overwrite them.
        lane_.hold(slot_, ticket).begin.store(0, std::memory_order_release);
        wake_producer();
    }

    /// Moves over a gap. A producer may wait for its bytes, so a lossless consumer that holds nothing releases them.
    void skip_to(position place) noexcept
    {
        next_ = place;
        if (lossless_ && leases_.count() == 0) {
            store_cursor();
        }
    }

    /// Hands out records [next_, end).
    [[nodiscard]] found_records hand_out(position end, std::size_t count) noexcept
    {
        if (lost_ != 0) [[unlikely]] {
            tell_lost();
        }
        const found_records found{.begin = next_,
                                  .end = end,
                                  .count = count,
                                  .number = number_,
                                  .lost = lost_,
                                  .ticket = leases_.take(next_),
                                  .lane = lane_.index,
                                  .why = outcome::ok};
        if (saved_ != nullptr) [[unlikely]] {
            leases_.note(found.ticket, number_, lost_);
        }
        next_ = end;
        number_ += count;
        lost_ = 0;
        return found;
    }

    /// `found` is the newest one, before which `lost` were lost; those passed over are not, and nobody needs them. Only
    /// now: who dies on the way has passed over none.
    void took_newest(found_records& found, std::uint64_t lost) noexcept
    {
        found.lost = lost;
        if (lost != 0) {
            tell_more(lane_.control->consumers[slot_].lost, lost);
        }
        if (saved_ != nullptr) {
            leases_.note(found.ticket, found.number, lost);
        }
        store_cursor();
    }

    /// Earlier rings go once what was held of them is given back.
    void forget_old() noexcept
    {
        if (has_old_ && old_leases_ == 0 && old_claims_ == 0) {
            has_old_ = false;
            rings_->forget_old(lane_.index);
        }
    }
    [[gnu::noinline]] void release_old(unsigned ticket) noexcept
    {
        old_leases_ &= ~(std::uint64_t{1} << ticket);
        forget_old();
    }

    /// For observers: what the batch that is handed out says. Not while we look for one that will be.
    [[gnu::noinline]] void tell_lost() const noexcept
    {
        if (!searching_) {
            tell_more(lane_.control->consumers[slot_].lost, lost_);
        }
    }

    [[nodiscard]] auto& cursor_word() const noexcept { return cell_->cursor; }

    /// A lossless consumer's cursor moves up; a named one remembers where it is.
    [[gnu::always_inline]] void store_cursor() noexcept
    {
        save();
        if (lossless_) {
            // C2 release: pairs with H4: our reads of the records precede the producer's leave to overwrite them.
            cursor_word().store(leases_.oldest(next_), std::memory_order_release);
            wake_producer();
        }
    }

    [[gnu::always_inline]] void save() noexcept
    {
        if (saved_ != nullptr) [[unlikely]] {
            save_oldest();
        }
    }

    [[gnu::noinline]] void save_oldest() noexcept
    {
        const standing at = leases_.oldest_standing({next_, number_, lost_});
        if (at.place <= saved_place_) {
            return; // what is written must be the higher of the two
        }
        saved_->write(saved_turn_, at);
        saved_place_ = at.place;
        saved_turn_ ^= 1U;
    }

    lane_type lane_;
    typename Policy::rings* rings_;
    std::uint64_t producer_bit_; ///< of the lane's producer, among those that sleep
    unsigned slot_;
    bool lossless_;
    bool member_ = false;
    bool searching_ = false;   ///< what is found is not handed out
    cell_words<Policy>* cell_; ///< ours
    leases leases_;
    position next_ = 0;                    ///< everything below was handed out, skipped or lost
    std::uint64_t number_ = 0;             ///< of the record at next_
    std::uint64_t lost_ = 0;               ///< not told yet
    shared_holdings* group_ = nullptr;     ///< whose member we are
    saved_words<Policy>* saved_ = nullptr; ///< named: ours
    position saved_place_ = 0;             ///< what the higher of the two says
    unsigned saved_turn_ = 0;              ///< the one to write next: the lower
    bool has_old_ = false;                 ///< an earlier ring is still mapped
    std::uint64_t old_leases_ = 0;         ///< tickets that are out since before the ring changed
    std::uint64_t old_claims_ = 0;         ///< the group's, likewise
    outcome failure_ = outcome::corrupt;   ///< to follow, if we could not

private:
    /// next_ and number_ move to the horizon, if it lies beyond next_ or the number there is not known.
    /// @return false: corrupt
    [[nodiscard]] bool go_to_horizon() noexcept
    {
        constexpr int tries = 10'000; // each means that the producer passed an eighth of the ring in between
        for (int i = 0; i < tries; ++i) {
            const position horizon = std::max(next_, lane_.words->horizon.load(std::memory_order_acquire));
            if (!lane_.on_grid(horizon) || horizon > most_position) {
                return false;
            }
            if (read_number(horizon, number_)) {
                // One that was never looked at is mapped when there is something to see there.
                if (lane_.ring_word != ring_place::unknown && lane_.ring_changed() && follow() != outcome::ok)
                    [[unlikely]] {
                    return false;
                }
                next_ = horizon;
                return true;
            }
            if (lane_.words->horizon.load(std::memory_order_acquire) <= horizon) {
                return false; // it is where it was, and has no mark
            }
        }
        return false;
    }

    /// The number of the record at `place`, if the horizon is or was there lately.
    [[nodiscard]] bool read_number(position place, std::uint64_t& number) const noexcept
    {
        if (place <= lane_.first()) {
            number = 0;
            return true;
        }
        for (const auto& mark : lane_.words->marks) {
            if (mark.place.load(std::memory_order_acquire) == place) {
                // M2 acquire: pairs with M1: if this is a later mark's number, its place is not ours any more. If the
                // place is another's, go_to_horizon() sees the horizon that has moved on since.
                const std::uint64_t found = mark.number.load(std::memory_order_acquire);
                if (mark.place.load(std::memory_order_acquire) == place) {
                    number = found;
                    return true;
                }
            }
        }
        return false;
    }
};

} // namespace samepage::ring
