// SPDX-License-Identifier: BSL-1.0
// framed_reader.hpp: a consumer's steps on a lane of records of any size: the header word says that one is there.
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include <samepage/ring/lane_reader.hpp>

#include <cassert>

namespace samepage::ring {

template <class Policy>
class framed_reader : public lane_reader<Policy> {
public:
    using lane_reader<Policy>::lane_reader;

    /// As dense_reader's: the last look came to a place without a record.
    [[nodiscard]] bool caught_up() const noexcept { return caught_up_; }

    /// A look has something to do: asked again and again, after one that found nothing.
    [[nodiscard]] bool worth_a_look() const noexcept
    {
        return header_at(this->next_) != 0 || (!this->lossless_ && this->lapped());
    }

    /// A look would find something. A lossless one moves over gaps as a look does: a producer may wait for their bytes.
    [[nodiscard]] bool ready() noexcept
    {
        std::uint64_t header = header_at(this->next_);
        if (header == frame::moved && this->stay_current() == outcome::ok) [[unlikely]] {
            header = header_at(this->next_);
        }
        if (!this->lossless_) {
            return header != 0 || this->lapped();
        }
        for (const position begin = this->next_; frame::is_gap(header) && !far_from(begin);
             header = header_at(this->next_)) {
            const run gap = first_gap(header);
            if (gap.why != outcome::ok || gap.gap == 0) {
                return true; // corrupt, or in another ring: let the look tell
            }
            this->skip_to(this->next_ + gap.gap);
        }
        return header != 0 && !frame::is_gap(header);
    }

    /// Holds the records that are there, at most `most`, up to the next gap. O(records found); each header is read once
    /// and checked.
    /// @pre most >= 1
    [[nodiscard, gnu::always_inline]] found_records look(std::size_t most) noexcept
    {
        assert(most != 0);
        if (this->leases_.full()) [[unlikely]] {
            return {.why = outcome::too_many_held};
        }
        if (this->lossless_) [[likely]] {
            return look_lossless(most);
        }
        const found_records found = look_lossy(most);
        return copied_apart(found);
    }

    /// Holds the newest record alone, if it is newer than what was found before; those between are passed over.
    [[nodiscard]] found_records look_newest() noexcept
    {
        if (this->leases_.full()) [[unlikely]] {
            return {.why = outcome::too_many_held};
        }
        const std::uint64_t lost = this->lost_;
        const std::uint64_t number = this->number_;
        this->searching_ = true;
        found_records found = search_newest();
        this->searching_ = false;
        if (found.count == 0) {
            this->lost_ = lost + this->number_ - number; // as dense_reader's
        } else {
            this->took_newest(found, lost);
        }
        return found;
    }

    /// Passes over all that is published. @return false: failure() says why
    [[nodiscard]] bool seek_newest() noexcept
    {
        this->searching_ = true;
        const found_records found = search_newest();
        this->searching_ = false;
        this->give_back(found);
        this->store_cursor();
        this->lost_ = 0; // what was not asked for
        return found.why == outcome::ok || found.why == outcome::empty;
    }

    /// Passes over records up to `number`; those that are gone count as lost.
    /// @return ok; too_large: that number is not the next one's yet; corrupt
    [[nodiscard]] outcome seek(std::uint64_t number) noexcept
    {
        this->searching_ = true;
        const outcome why = search(number);
        this->searching_ = false;
        if (why == outcome::ok) {
            this->lost_ = this->number_ - number;
            this->store_cursor();
        }
        return why;
    }

    [[nodiscard]] std::uint64_t header_at(position where) const noexcept
    {
        // C3 acquire: pairs with P3 and P7: a header seen means its payload is complete, and the next header cleared.
        return this->lane_.header(where).load(std::memory_order_acquire);
    }

private:
    [[nodiscard]] found_records search_newest() noexcept
    {
        found_records found;
        for (int i = 0; i < tries; ++i) {
            const found_records next = leap() ? look(1) : found_records{.why = this->failure()};
            if (next.why != outcome::ok) { // none, or none since
                found.why = found.count == 0 ? next.why : found.why;
                break;
            }
            this->give_back(found);
            found = next;
            if (header_at(this->next_) == 0 || this->leases_.full()) {
                break;
            }
        }
        return found;
    }

    [[nodiscard]] outcome search(std::uint64_t number) noexcept
    {
        while (this->number_ < number) {
            const found_records found = look(1);
            if (found.why == outcome::empty && this->number_ >= number) {
                break; // those before it are gone, and it is still to come
            }
            if (found.why != outcome::ok) {
                return found.why == outcome::empty ? outcome::too_large : found.why;
            }
            if (found.number >= number) { // those before it are gone: it is the first to take
                this->next_ = found.begin;
                this->number_ = found.number;
            }
            this->give_back(found);
        }
        return outcome::ok;
    }

    [[nodiscard, gnu::always_inline]] found_records look_lossless(std::size_t most) noexcept
    {
        int moves = 0;
        for (const position begin = this->next_; !far_from(begin);) {
            const run found = walk(most, this->next_ + this->lane_.geometry.capacity_bytes - frame::header_bytes);
            if (found.count != 0) [[likely]] {
                return this->hand_out(found.end, found.count);
            }
            if (found.why != outcome::ok || too_restless(found, moves)) {
                return {.why = found.why == outcome::ok ? outcome::corrupt : found.why};
            }
            this->skip_to(this->next_ + found.gap); // or goes on in another ring
        }
        return {.why = outcome::empty};
    }

    [[nodiscard, gnu::noinline]] found_records look_lossy(std::size_t most) noexcept
    {
        int moves = 0;
        for (;;) {
            if (this->lapped() && !this->catch_up()) [[unlikely]] {
                return {.why = this->failure()};
            }
            const std::uint64_t header = header_at(this->next_); // of a record, or whatever overwrote it
            if (header == 0) {
                if (this->lapped()) { // zero may be what overwrote it
                    continue;
                }
                caught_up_ = true;
                return {.why = outcome::empty};
            }
            const std::uint64_t bytes =
                frame::is_gap(header) ? 0 : frame::step(frame::payload_bytes(header), this->lane_.geometry.alignment);
            const std::uint64_t claim = std::max(this->lane_.hold_bytes(), bytes);
            if (bytes > this->lane_.geometry.capacity_bytes || frame::payload_bytes(header) > most_position) {
                if (this->lapped()) {
                    continue;
                }
                return {.why = outcome::corrupt};
            }
            if (!this->hold(this->next_ + claim)) [[unlikely]] {
                continue;
            }
            const run found = walk(most, this->next_ + claim);
            if (found.count != 0) [[likely]] {
                this->shrink(found.end);
                return this->hand_out(found.end, found.count);
            }
            this->let_go();
            if (found.why != outcome::ok || too_restless(found, moves)) {
                return {.why = found.why == outcome::ok ? outcome::corrupt : found.why};
            }
            this->skip_to(this->next_ + found.gap);
        }
    }

    struct run {
        position end = 0;
        std::size_t count = 0;
        std::uint64_t gap = 0;     ///< bytes of the gap at the beginning, if no record comes first; 0: look again
        outcome why = outcome::ok; ///< why there is neither
    };

    /// The records from next_ on, at most `most`, that end at or before `last`.
    [[nodiscard, gnu::always_inline]] run walk(std::size_t most, position last) noexcept
    {
        position place = this->next_;
        std::size_t count = 0;
        auto expected = static_cast<std::uint32_t>(this->number_);
        std::uint64_t size_word = frame::no_size; // of the record before
        std::uint64_t step = 0;
        caught_up_ = false;
        for (; count < most && place < last; ++count) {
            const std::uint64_t header = header_at(place);
            // Records of one size in a row: the next place does not wait for this header to arrive. What a processor
            // guesses from the branch it would otherwise compute from the load, record after record.
            if (frame::size_word(header) != size_word) [[unlikely]] {
                if (header == 0) {
                    caught_up_ = true;
                    break;
                }
                if (frame::is_gap(header)) {
                    return count != 0 ? run{place, count, 0, outcome::ok} : first_gap(header);
                }
                const std::uint64_t bytes = frame::payload_bytes(header);
                if (bytes > this->lane_.geometry.capacity_bytes) {
                    break;
                }
                size_word = frame::size_word(header);
                step = frame::step(bytes, this->lane_.geometry.alignment);
            }
            if (place + step > last || frame::sequence_low(header) != expected) [[unlikely]] {
                break;
            }
            ++expected;
            place += step;
        }
        // What came before a header that no producer writes is good; the next look meets that one first.
        return {place, count, 0, count != 0 ? outcome::ok : caught_up_ ? outcome::empty : outcome::corrupt};
    }

    /// A lane may go on in another ring as soon as we let go of the one before, also while this look stands still. Each
    /// change but a first look's means that it did.
    [[nodiscard]] static bool too_restless(const run& found, int& moves) noexcept
    {
        constexpr int most_moves = 100;
        return found.gap == 0 && ++moves > most_moves;
    }

    /// A look passes over no more gaps than fit a ring. More is for the next look.
    [[nodiscard]] bool far_from(position begin) const noexcept
    {
        return this->next_ - begin > this->lane_.geometry.capacity_bytes;
    }

    [[nodiscard, gnu::noinline]] run first_gap(std::uint64_t header) noexcept
    {
        const std::uint64_t bytes = frame::gap_bytes(header);
        if (header == frame::moved && this->lane_.ring_changed()) {
            return {.why = this->follow()};
        }
        // C7 acquire: pairs with H1, by way of the gap's header (P7, C3): the gap and the header behind it lie in room,
        // whose horizon was stored before. Once, and only compared.
        const position room_end =
            this->lane_.words->horizon.load(std::memory_order_acquire) + this->lane_.geometry.capacity_bytes;
        if (bytes == 0 || this->next_ + bytes >= room_end || !this->lane_.on_grid(this->next_ + bytes)) {
            return {.why = outcome::corrupt};
        }
        return {.gap = bytes};
    }

    /// Goes to the newest record, if it lies beyond next_. @return false: failure() says why
    [[nodiscard]] bool leap() noexcept
    {
        for (;;) {
            if (!this->lossless_ && this->lapped() && !this->catch_up()) {
                return false; // failure() says why
            }
            // C6 acquire: pairs with P5: P6, which comes before it, is the newest record's place, or almost.
            const position head = this->lane_.words->head.load(std::memory_order_acquire);
            const position newest = this->lane_.words->last.load(std::memory_order_relaxed);
            if (newest <= this->next_ || newest >= head) {
                return true;
            }
            if (newest > most_position || !this->lane_.on_grid(newest) || this->stay_current() != outcome::ok) {
                return false;
            }
            const position before = this->next_;
            this->next_ = newest;
            if (this->lossless_) {
                return meet_number(header_at(newest));
            }
            if (this->hold(newest + frame::header_bytes)) {
                const std::uint64_t header = header_at(newest);
                this->let_go();
                return meet_number(header);
            }
            this->next_ = before; // it was overwritten meanwhile
        }
    }

    /// The header at next_ tells the low half of its record's number; numbers since the horizon differ by less than
    /// 2^32.
    [[nodiscard]] bool meet_number(std::uint64_t header) noexcept
    {
        if (header == 0 || frame::is_gap(header)) {
            return false;
        }
        this->number_ += frame::sequence_low(header) - static_cast<std::uint32_t>(this->number_);
        return true;
    }

    static constexpr int tries = 4; ///< to find the very newest while more and more come

    bool caught_up_ = true;
};

} // namespace samepage::ring
