// SPDX-License-Identifier: BSL-1.0
// lane_writer.hpp: the producer's steps on its lane: find room, publish, close. docs/protocol.md argues them.
// Thread safety: one thread at a time, the lane's producer.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/lane.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>

namespace samepage::ring {

/// Records' boundaries that the producer passed lately: places to which the horizon may advance. Private memory.
class boundaries {
public:
    /// Remembers `where` if it lies at least `spacing` beyond the last one.
    void remember(position where, std::uint64_t spacing) noexcept
    {
        if (count_ != 0 && where < at(count_ - 1) + spacing) {
            return;
        }
        if (count_ == places_.size()) { // only after a take-over with spacing unknown: the oldest is worth least
            drop_first();
        }
        places_[(first_ + count_) % places_.size()] = where;
        ++count_;
    }

    void forget_below(position where) noexcept
    {
        while (count_ != 0 && at(0) < where) {
            drop_first();
        }
    }

    /// The first one at or beyond `where`; `otherwise` if there is none.
    [[nodiscard]] position first_from(position where, position otherwise) const noexcept
    {
        for (std::size_t i = 0; i < count_; ++i) {
            if (at(i) >= where) {
                return at(i);
            }
        }
        return otherwise;
    }

private:
    [[nodiscard]] position at(std::size_t i) const noexcept { return places_[(first_ + i) % places_.size()]; }
    void drop_first() noexcept
    {
        first_ = (first_ + 1) % places_.size();
        --count_;
    }

    std::array<position, 32> places_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

/// What dense and framed lanes share: room, horizon, wake-ups. Publishing reads no word that another process writes
/// but the sleepers' mask, which changes only when somebody goes to sleep, until the cached room runs out.
template <class Policy>
class lane_writer {
public:
    using lane_type = lane<Policy, true>;

    lane_writer(const lane_type& where, typename Policy::locks& locks) noexcept : lane_(where), locks_(&locks) {}

    /// Position of the next record.
    [[nodiscard]] position next() const noexcept { return next_; }
    [[nodiscard]] const lane_type& where() const noexcept { return lane_; }
    [[nodiscard]] std::byte* at(position place) const noexcept { return lane_.at(place); }

    /// Bytes up to `end` are ours to write already? Reads private memory only.
    [[nodiscard]] bool has_room(position end) const noexcept { return end <= room_end_; }

    /// Looks at the consumers for room up to `end`. Wait-free, O(consumers).
    /// @pre end - next() <= capacity.
    [[nodiscard]] bool make_room(position end) noexcept
    {
        const std::uint64_t capacity = lane_.geometry.capacity_bytes;
        assert(end - next_ <= capacity);
        remember_boundary(next_);
        if (end > free_below_ + capacity) {
            free_below_ = advance_horizon(end - capacity);
        }
        if (end > free_below_ + capacity) {
            room_end_ = next_;
            return false;
        }
        room_end_ = std::min(free_below_ + capacity, std::max(end, next_ + stride()));
        return true;
    }

    /// Frees the slots of the dead among the consumers that hold up the lane. True if there were any.
    bool recover_dead_consumers() noexcept
    {
        bool found = false;
        for_each_bit(lane_.control->joined.load(std::memory_order_acquire), [&](unsigned slot) {
            if (locks_->try_lock(lock_byte::consumer + slot)) {
                expel(slot);
                locks_->unlock(lock_byte::consumer + slot);
                found = true;
            }
            return true;
        });
        return found;
    }

    /// Ends the lane: consumers that took everything learn `closed`. Nothing may be published after it.
    void close() noexcept
    {
        closed_ = true;
        room_end_ = next_;
        // P4 release: pairs with C4 in lane_reader::closed(): who sees closed sees every record.
        lane_.words->closed.store(1, std::memory_order_release);
        wake_consumers();
    }

    [[nodiscard]] unsigned consumer_count() const noexcept
    {
        return static_cast<unsigned>(std::popcount(lane_.control->joined.load(std::memory_order_acquire)));
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

protected:
    ~lane_writer() = default;

    /// A step of the horizon. Room is handed out in such pieces, and a boundary remembered at each.
    [[nodiscard]] std::uint64_t stride() const noexcept { return lane_.geometry.capacity_bytes / 8; }

    void start_at(position next, position horizon) noexcept
    {
        next_ = next;
        horizon_ = horizon;
        // H5 seq_cst fence: the horizon we found before our look at the cursors, as H2. The horizon may have passed a
        // lossless consumer that still reads: only what no cursor needs is free.
        Policy::full_fence();
        free_below_ = std::min(horizon, slowest_cursor());
    }

    void remember_boundary(position where) noexcept { passed_.remember(where, stride() / 2); }

    lane_type lane_;
    typename Policy::locks* locks_;
    position next_ = 0;
    position room_end_ = 0; ///< bytes in [next_, room_end_) are ours to write
    bool closed_ = false;   ///< by us: the lane may be a successor's by now

private:
    [[gnu::noinline]] void ring_doorbells() noexcept
    {
        wake<Policy>(
            lane_.control->sleeping_consumers, [this](unsigned slot) -> auto& {
                return lane_.control->consumers[slot].bell.doorbell;
            });
    }

    /// Moves the horizon on until everything below `needed` is free, if the consumers let it.
    /// The horizon goes to a boundary of ours, never to a place that a consumer's page names, and may pass a lossless
    /// consumer that still reads: it binds those who join, while what is free is bound by the cursors as well.
    /// @return everything below may be overwritten.
    [[nodiscard]] position advance_horizon(position needed) noexcept
    {
        const position slowest = slowest_cursor();
        if (slowest < needed) {
            return std::min(horizon_, slowest);
        }
        const position wanted = std::max(needed, std::min(horizon_ + stride(), slowest));
        const position goal = passed_.first_from(wanted, next_);
        if (goal > horizon_) {
            // H1 release: who joins at this horizon sees the records from there on; pairs with J3 in join().
            lane_.words->horizon.store(goal, std::memory_order_release);
            horizon_ = goal;
            passed_.forget_below(goal);
            // H2 seq_cst fence: our horizon before our second look at the cursors. It meets J2, the joiner's cursor and
            // bit before its look at the horizon: one of the two sees the other.
            Policy::full_fence();
        }
        return std::min(horizon_, slowest_cursor());
    }

    [[nodiscard]] position slowest_cursor() const noexcept
    {
        position slowest = next_;
        // H3 acquire: pairs with J1, the joiner's setting of its bit: a bit seen means a cursor written.
        for_each_bit(lane_.control->joined.load(std::memory_order_acquire), [&](unsigned slot) {
            // H4 acquire: pairs with C2, the release of a batch: its reads are over before we overwrite.
            slowest = std::min(slowest, lane_.control->consumers[slot].cursor.load(std::memory_order_acquire));
            return true;
        });
        return slowest;
    }

    /// @pre We hold the slot's lock.
    void expel(unsigned slot) noexcept
    {
        const std::uint64_t bit = std::uint64_t{1} << slot;
        // R1 release: pairs with H3; idempotent: dying before or after it leaves a slot that the next one expels or
        // joins.
        lane_.control->sleeping_consumers.fetch_and(~bit, std::memory_order_relaxed);
        lane_.control->joined.fetch_and(~bit, std::memory_order_release);
    }

    position horizon_ = 0;    ///< as stored on the page
    position free_below_ = 0; ///< no consumer needs what lies below
    boundaries passed_;
};

/// Records of one size, nothing between them.
template <class Policy>
class dense_writer : public lane_writer<Policy> {
public:
    using lane_writer<Policy>::lane_writer;

    /// Goes on where the lane's last producer left off; a fresh lane starts at 0.
    /// @return false if the page's words contradict each other (corrupt).
    /// @pre We hold the producer's lock.
    [[nodiscard]] bool resume() noexcept
    {
        auto& words = *this->lane_.words;
        const auto& geometry = this->lane_.geometry;
        const position head = words.head.load(std::memory_order_acquire);
        const position horizon = words.horizon.load(std::memory_order_acquire);
        if (head > most_position || horizon > head || head - horizon > geometry.capacity_bytes ||
            head % geometry.record_bytes != 0 || horizon % geometry.record_bytes != 0) {
            return false;
        }
        this->start_at(head, horizon);
        const std::uint64_t step = this->stride() / geometry.record_bytes * geometry.record_bytes;
        for (position place = horizon; step != 0 && place < head; place += step) {
            this->remember_boundary(place);
        }
        words.closed.store(0, std::memory_order_relaxed);
        return true;
    }

    /// Makes the next `bytes`, whole records in reserved room, visible. Wait-free.
    void publish(std::uint64_t bytes) noexcept
    {
        if (this->closed_) [[unlikely]] {
            return;
        }
        this->next_ += bytes;
        // P1 release: pairs with C1 in dense_reader::look(). The payload's stores precede the new head.
        this->lane_.words->head.store(this->next_, std::memory_order_release);
        this->wake_consumers();
        if (this->next_ >= fetched_ && bytes <= most_fetched_for) [[unlikely]] {
            fetch_block();
        }
    }

private:
    /// So many bytes of free room are written ahead at once. Lines that a consumer has read must be fetched back before
    /// they can be stored to; a record's few stores keep few such fetches under way, wide stores over a block keep
    /// many.
    static constexpr std::uint64_t block_bytes = 1024;
    static constexpr std::uint64_t most_fetched_for = 64; ///< bytes published at once; more is a block of its own

    /// Takes the next block's lines, by overwriting free room.
    [[gnu::noinline]] void fetch_block() noexcept
    {
        fetched_ = std::min(this->next_ + block_bytes, this->room_end_);
        if (fetched_ > this->next_) {
            Policy::clear(this->lane_.at(this->next_), fetched_ - this->next_);
        }
    }

    position fetched_ = 0;
};

/// Records of any size, a header word before each; the word is the commit.
template <class Policy>
class framed_writer : public lane_writer<Policy> {
public:
    using lane_writer<Policy>::lane_writer;

    /// As dense_writer::resume(), and walks the committed headers: they are the truth, head may trail them.
    [[nodiscard]] bool resume() noexcept
    {
        auto& words = *this->lane_.words;
        const auto& geometry = this->lane_.geometry;
        const position head = std::max(words.head.load(std::memory_order_acquire), frame::first(geometry.alignment));
        const position horizon =
            std::max(words.horizon.load(std::memory_order_acquire), frame::first(geometry.alignment));
        sequence_ = words.sequence.load(std::memory_order_relaxed);
        if (head > most_position || horizon > head || head - horizon > geometry.capacity_bytes || !aligned(head) ||
            !aligned(horizon)) {
            return false;
        }
        position place = horizon;
        while (place + frame::header_bytes <= horizon + geometry.capacity_bytes) {
            const std::uint64_t header = this->lane_.header(place).load(std::memory_order_relaxed);
            if (header == 0) {
                break;
            }
            const std::uint64_t bytes = frame::payload_bytes(header);
            if (bytes > frame::most_payload_bytes(geometry.capacity_bytes, geometry.alignment)) {
                return false;
            }
            this->remember_boundary(place);
            if (place >= head) { // committed, but head did not get there: number it as its writer did
                const auto after = frame::sequence_low(header) + 1;
                sequence_ += static_cast<std::uint64_t>(static_cast<std::int64_t>(
                    static_cast<std::int32_t>(after - static_cast<std::uint32_t>(sequence_))));
            }
            place = frame::next(place, bytes, geometry.alignment);
        }
        // The walk ended before the published end, or not at the cleared place that every record leaves behind it.
        if (place < head || place + frame::header_bytes > horizon + geometry.capacity_bytes) {
            return false;
        }
        this->start_at(place, horizon);
        words.horizon.store(horizon, std::memory_order_release);
        words.sequence.store(sequence_, std::memory_order_relaxed);
        words.head.store(place, std::memory_order_release);
        words.closed.store(0, std::memory_order_relaxed);
        return true;
    }

    /// Room that a record of `payload_bytes` takes: itself and the header after it.
    [[nodiscard]] position end_of(std::uint64_t payload_bytes) const noexcept
    {
        return frame::next(this->next_, payload_bytes, this->lane_.geometry.alignment) + frame::header_bytes;
    }

    /// The next record's payload, in reserved room, for the caller to write to. publish() or discard() follows.
    [[nodiscard]] std::byte* lend() noexcept { return this->lane_.at(this->next_ + frame::header_bytes); }

    /// What was lent may hold anything now, and stays free.
    void discard() noexcept { cleared_ = foreseen_ = 0; }

    /// Makes a record of `payload_bytes`, which lies in reserved room, visible. Wait-free.
    /// @param whole  no more than these bytes were lent.
    void publish(std::uint64_t payload_bytes, bool whole) noexcept
    {
        if (!whole) {
            discard();
        }
        const position at = this->next_;
        const position after = frame::next(at, payload_bytes, this->lane_.geometry.alignment);
        const bool block_ends = after + payload_bytes >= cleared_; // also once closed
        if (block_ends) [[unlikely]] {
            if (this->closed_) {
                return;
            }
            // P2 relaxed, or clear_ahead()'s stores: ordered by P3: who sees this record's header sees 0, or a later
            // commit, at the next one's place. In a cleared block that nobody wrote to since it is 0 already.
            if (after >= cleared_ && after != foreseen_) {
                this->lane_.header(after).store(0, std::memory_order_relaxed);
            }
        }
        const std::uint64_t number = sequence_;
        this->next_ = after;
        sequence_ = number + 1;
        // P3 release: pairs with C3 in framed_reader::header_at(). The payload's stores and P2 precede the commit.
        this->lane_.header(at).store(frame::encode(number, payload_bytes), std::memory_order_release);
        auto& words = *this->lane_.words;
        words.sequence.store(number + 1, std::memory_order_relaxed);
        // P5 release: pairs with J4: who joins at head finds a cleared or committed header there.
        words.head.store(after, std::memory_order_release);
        this->wake_consumers();
        if (block_ends && whole) [[unlikely]] {
            clear_ahead(payload_bytes);
        }
    }

    /// As lane_writer's; loans still held are not published any more.
    void close() noexcept
    {
        cleared_ = foreseen_ = 0;
        lane_writer<Policy>::close();
    }

private:
    /// As dense_writer's, and better longer: each of these stores does the work of a header's as well.
    static constexpr std::uint64_t block_bytes = 4096;
    static constexpr std::uint64_t most_cleared_for = 512; ///< payload bytes; behind larger ones a block has no header

    /// Makes zero, now that nobody waits for us, where headers will lie: the next block, or, if records are larger, the
    /// one place behind a next record of the same size.
    [[gnu::noinline]] void clear_ahead(std::uint64_t payload_bytes) noexcept
    {
        if (payload_bytes >= most_cleared_for) {
            const position place = frame::next(this->next_, payload_bytes, this->lane_.geometry.alignment);
            if (place + frame::header_bytes <= this->room_end_) {
                this->lane_.header(place).store(0, std::memory_order_relaxed);
                foreseen_ = place;
            }
            return;
        }
        const position begin = std::max(this->next_ + frame::header_bytes, cleared_);
        const position end = std::min(begin + block_bytes, this->room_end_) & ~position{7};
        if (begin < end) {
            Policy::clear(this->lane_.at(begin), end - begin);
            cleared_ = end;
        }
    }

    [[nodiscard]] bool aligned(position where) const noexcept
    {
        return (where + frame::header_bytes) % this->lane_.geometry.alignment == 0;
    }

    std::uint64_t sequence_ = 0;
    position cleared_ = 0;  ///< of [next_, cleared_), what was not lent is zero
    position foreseen_ = 0; ///< the word here is zero
};

} // namespace samepage::ring
