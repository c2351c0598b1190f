// SPDX-License-Identifier: BSL-1.0
// dense_reader.hpp: a consumer's steps on a lane of records of one size: any run of them is an array.
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include <samepage/ring/lane_reader.hpp>

#include <cassert>

namespace samepage::ring {

template <class Policy>
class dense_reader : public lane_reader<Policy> {
public:
    using lane_reader<Policy>::lane_reader;

    /// The next look reads the line that the producer stores to.
    [[nodiscard]] bool caught_up() const noexcept { return run_end_ <= this->next_; }

    /// A look has something to do: asked again and again, after one that found nothing.
    [[nodiscard]] bool worth_a_look() const noexcept
    {
        if (run_end_ > this->next_) {
            return true;
        }
        fetch_next();
        // Relaxed: the look that follows loads it again (C1).
        return this->lane_.words->head.load(std::memory_order_relaxed) != this->next_ ||
               (!this->lossless_ && this->lapped());
    }

    /// A look would find something. Moves over gaps as a look does: a producer may wait for their bytes.
    [[nodiscard]] bool ready() noexcept
    {
        return run_end_ > this->next_ || (!this->lossless_ && this->lapped()) ||
               see_run(this->lane_.geometry.record_bytes) != outcome::empty;
    }

    /// Holds the records that are there, at most `most`, up to the next gap. Wait-free for the lossless; a lossy one
    /// begins again each time the producer laps it meanwhile. Reads the page only when those seen are used up.
    /// @param record_bytes  the channel's record size, as a constant where the caller knows it.
    /// @pre most >= 1
    [[nodiscard, gnu::always_inline]] found_records look(std::size_t most, std::uint64_t record_bytes) noexcept
    {
        assert(most != 0);
        if (this->leases_.full()) [[unlikely]] {
            return {.why = outcome::too_many_held};
        }
        if (this->lossless_) [[likely]] {
            return look_lossless(most, record_bytes);
        }
        const found_records found = look_lossy(most, record_bytes);
        return copied_apart(found);
    }

    /// Holds the newest record alone, if it is newer than what was found before; those between are passed over.
    [[nodiscard]] found_records look_newest(std::uint64_t record_bytes) noexcept
    {
        if (this->leases_.full()) [[unlikely]] {
            return {.why = outcome::too_many_held};
        }
        const std::uint64_t lost = this->lost_;
        const std::uint64_t number = this->number_;
        for (;;) {
            const outcome why = see_newest(record_bytes);
            if (why != outcome::ok) {
                this->lost_ = lost + this->number_ - number; // the producer's horizon may have passed us, to its head
                return {.why = why};
            }
            this->lost_ = 0; // took_newest() says the number
            if (this->lossless_ || this->hold(this->next_ + record_bytes)) {
                found_records found = this->hand_out(this->next_ + record_bytes, 1);
                this->took_newest(found, lost);
                return found;
            }
        }
    }

    /// Passes over all that is published. @return false: failure() says why
    [[nodiscard]] bool seek_newest() noexcept
    {
        const outcome why = see_newest(this->lane_.geometry.record_bytes);
        if (why == outcome::ok) {
            this->next_ += this->lane_.geometry.record_bytes;
            ++this->number_;
            this->store_cursor();
        }
        this->lost_ = 0; // what was not asked for
        return why == outcome::ok || why == outcome::empty;
    }

    /// Passes over records up to `number`; those that are gone count as lost.
    /// @return ok; too_large: that number is not the next one's yet; unmapped; corrupt
    [[nodiscard]] outcome seek(std::uint64_t number) noexcept
    {
        const outcome why = unlapped([&] {
            while (this->number_ < number) {
                const outcome seen = see_run(this->lane_.geometry.record_bytes);
                if (seen != outcome::ok) {
                    return seen;
                }
                pass(std::min(number - this->number_, (run_end_ - this->next_) / this->lane_.geometry.record_bytes));
            }
            return outcome::ok;
        });
        if (why != outcome::ok) {
            return why == outcome::empty ? outcome::too_large : why;
        }
        this->lost_ = this->number_ - number;
        this->store_cursor();
        return outcome::ok;
    }

private:
    [[nodiscard, gnu::always_inline]] found_records look_lossless(std::size_t most, std::uint64_t record_bytes) noexcept
    {
        if (run_end_ <= this->next_) {
            const outcome why = see_run(record_bytes);
            if (why != outcome::ok) {
                return {.why = why};
            }
        }
        const std::size_t count = std::min<std::size_t>(most, (run_end_ - this->next_) / record_bytes);
        return this->hand_out(this->next_ + count * record_bytes, count);
    }

    [[nodiscard, gnu::noinline]] found_records look_lossy(std::size_t most, std::uint64_t record_bytes) noexcept
    {
        for (;;) {
            if (this->lapped() && !this->catch_up()) [[unlikely]] {
                return {.why = this->failure()};
            }
            if (run_end_ <= this->next_) {
                const outcome why = see_run(record_bytes);
                if (why == outcome::corrupt && this->lapped()) {
                    continue; // what we saw was gone by then
                }
                if (why != outcome::ok) {
                    return {.why = why};
                }
            }
            // Of the ring that the records lie in: see_run() may have gone over to a smaller one.
            const std::uint64_t held_at_once = std::max<std::uint64_t>(this->lane_.hold_bytes() / record_bytes, 1);
            const std::size_t count =
                std::min<std::uint64_t>({most, held_at_once, (run_end_ - this->next_) / record_bytes});
            const position end = this->next_ + count * record_bytes;
            if (this->hold(end)) [[likely]] {
                return this->hand_out(end, count);
            }
        }
    }

    void pass(std::uint64_t records) noexcept
    {
        this->next_ += records * this->lane_.geometry.record_bytes;
        this->number_ += records;
    }

    /// The first record's line comes together with head's, not after it: a round trip pays for one wait, not two.
    void fetch_next() const noexcept { __builtin_prefetch(this->at(this->next_)); }

    /// Finds the run of records that begins at next_, behind gaps. ok, empty, unmapped or corrupt.
    /// A lossy consumer may see what no longer holds; its second look at the horizon tells.
    [[nodiscard, gnu::always_inline]] outcome see_run(std::uint64_t record_bytes) noexcept
    {
        fetch_next();
        // C1 acquire: pairs with P1: the records below are complete.
        const position head = this->lane_.words->head.load(std::memory_order_acquire);
        for (;;) {
            if (head == this->next_) {
                run_end_ = head;
                return outcome::empty;
            }
            if (this->lane_.ring_changed()) [[unlikely]] {
                if (const outcome why = this->follow(); why != outcome::ok) {
                    return why;
                }
            }
            const std::uint64_t bytes = head - this->next_; // huge if head went back
            const std::uint64_t most = this->lossless_ ? this->lane_.geometry.capacity_bytes : most_position;
            gap found;
            if (bytes > most || bytes % record_bytes != 0 || !next_gap(head, found)) [[unlikely]] {
                return outcome::corrupt;
            }
            if (found.begin != this->next_) {
                run_end_ = found.begin;
                return outcome::ok;
            }
            this->skip_to(found.end);
        }
    }

    /// Goes to the newest record. ok: it begins at next_.
    [[nodiscard]] outcome see_newest(std::uint64_t record_bytes) noexcept
    {
        return unlapped([&] {
            boundary newest{this->next_, this->number_};
            bool found = false;
            for (;;) { // from run to run
                const outcome run = see_run(record_bytes);
                if (run == outcome::empty) {
                    break;
                }
                if (run != outcome::ok) {
                    return run;
                }
                pass((run_end_ - this->next_) / record_bytes);
                newest = {this->next_ - record_bytes, this->number_ - 1};
                found = true;
            }
            if (!found) {
                return outcome::empty;
            }
            this->next_ = newest.place;
            this->number_ = newest.number;
            run_end_ = newest.place + record_bytes;
            return outcome::ok;
        });
    }

    /// What `walk` finds from next_ on, done again if the producer laps it meanwhile: it may have missed gaps then.
    template <class Walk>
    [[nodiscard]] outcome unlapped(Walk&& walk) noexcept
    {
        for (;;) {
            if (!this->lossless_ && this->lapped() && !this->catch_up()) {
                return this->failure();
            }
            const position next = this->next_;
            const std::uint64_t number = this->number_;
            const std::uint64_t gaps_passed = gaps_passed_;
            const outcome why = walk();
            if (this->lossless_ || this->lane_.words->horizon.load(std::memory_order_acquire) <= next) {
                return why;
            }
            this->next_ = next;
            this->number_ = number;
            gaps_passed_ = gaps_passed;
            run_end_ = 0;
        }
    }

    struct gap {
        position begin = 0;
        position end = 0;
    };

    /// Finds the first gap that ends beyond next_ and begins below head; else an empty one at head.
    /// @return false: the table makes no sense
    [[nodiscard]] bool next_gap(position head, gap& found) noexcept
    {
        const auto& words = *this->lane_.words;
        // G2 acquire: pairs with G1: the ends of the gaps counted are there. We saw head before: every gap below it is
        // counted.
        std::uint64_t count = words.gap_count.load(std::memory_order_acquire);
        found = {head, head};
        if (count == gaps_passed_) [[likely]] {
            return true;
        }
        if (count < gaps_passed_) {
            return false;
        }
        for (; gaps_passed_ < count; ++gaps_passed_) {
            if (count - gaps_passed_ > gaps_trusted<Policy>) {
                gaps_passed_ = count - gaps_trusted<Policy>; // those before lie below the horizon
            }
            const auto& entry = words.gaps[gaps_passed_ % gaps_in<Policy>];
            // G4 acquire: pairs with G3: if a later gap stands there already, we see the count that let it, and the
            // horizon.
            const position begin = entry.begin.load(std::memory_order_acquire);
            const position end = entry.end.load(std::memory_order_acquire);
            // G2 acquire: as above, for the gaps counted since.
            const std::uint64_t now = words.gap_count.load(std::memory_order_acquire);
            if (now - gaps_passed_ > gaps_trusted<Policy>) {
                count = now;
                --gaps_passed_; // look at this one again, or at the first that is whole
                continue;
            }
            if (end <= this->next_) {
                continue;
            }
            if (begin >= head) {
                break; // no record behind it yet
            }
            if (begin < this->next_ || end > head || !this->lane_.on_grid(begin) || !this->lane_.on_grid(end)) {
                return false;
            }
            found = {begin, end};
            return true;
        }
        return true;
    }

    position run_end_ = 0; ///< records [next_, run_end_) are known to be published, with no gap between them
    std::uint64_t gaps_passed_ = 0;
};

} // namespace samepage::ring
