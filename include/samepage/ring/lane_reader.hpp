// SPDX-License-Identifier: BSL-1.0
// lane_reader.hpp: a lossless consumer's steps on a lane: join, look, release, leave. docs/protocol.md argues them.
// Thread safety: one thread at a time, the consumer's.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/lane.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace samepage::ring {

/// Where a consumer that joins begins.
enum class start : std::uint8_t {
    newest, ///< with the first record published after it joined
    oldest, ///< with the oldest record still in the ring
};

/// A run of records that was found: bytes [begin, end) of the lane.
struct found_records {
    position begin = 0;
    position end = 0;
    std::size_t count = 0;
    outcome why = outcome::empty; ///< ok if count != 0; empty; corrupt
};

/// What dense and framed lanes share on the consumer's side: membership and the cursor.
template <class Policy>
class lane_reader {
public:
    using lane_type = lane<Policy, false>;

    /// @pre The caller holds the lock of `slot`.
    lane_reader(const lane_type& where, unsigned slot) noexcept : lane_(where), slot_(slot) {}

    /// Takes part: from here on the producer overwrites nothing at or beyond the cursor.
    /// @return false if the lane's words name a place where no record can begin (corrupt); the caller leaves then.
    [[nodiscard]] bool join(start from) noexcept
    {
        auto& control = *lane_.control;
        const position first = first_position();
        cursor_ = std::max(first, lane_.words->horizon.load(std::memory_order_acquire));
        cursor_word().store(cursor_, std::memory_order_relaxed);
        // J1 release: pairs with H3: whoever sees our bit sees our cursor.
        control.joined.fetch_or(bit(), std::memory_order_release);
        // J2 seq_cst fence: our cursor and bit before our look at the horizon; meets H2.
        Policy::full_fence();
        // J3 acquire: pairs with H1. If the horizon passed our cursor before our bit was seen, we start there: up,
        // never down. What lies from here on stays until we release it.
        cursor_ = std::max(cursor_, lane_.words->horizon.load(std::memory_order_acquire));
        if (from == start::newest) {
            // J4 acquire: pairs with P1 and P5.
            cursor_ = std::max(cursor_, lane_.words->head.load(std::memory_order_acquire));
        }
        cursor_word().store(cursor_, std::memory_order_release);
        seen_ = cursor_;
        member_ = true;
        return begins_record(cursor_);
    }

    /// Gives back everything below `end`, which take handed out. Wait-free. Nothing once we left: the slot is
    /// another's.
    void release(position end) noexcept
    {
        if (!member_) [[unlikely]] {
            return;
        }
        cursor_ = end;
        // C2 release: pairs with H4: our reads of the records precede the producer's leave to overwrite them.
        cursor_word().store(end, std::memory_order_release);
        wake_producer();
    }

    /// Takes no further part; idempotent.
    void leave() noexcept
    {
        member_ = false;
        lane_.control->sleeping_consumers.fetch_and(~bit(), std::memory_order_relaxed);
        // C5 release: pairs with H3: our reads precede the producer's leave to overwrite.
        lane_.control->joined.fetch_and(~bit(), std::memory_order_release);
        wake_producer();
    }

    /// The producer closed the lane. Look for records once more after it: they were published before.
    [[nodiscard]] bool closed() const noexcept
    {
        // C4 acquire: pairs with P4.
        return lane_.words->closed.load(std::memory_order_acquire) != 0;
    }

    [[nodiscard]] position cursor() const noexcept { return cursor_; }
    [[nodiscard]] unsigned slot() const noexcept { return slot_; }
    [[nodiscard]] std::uint64_t bit() const noexcept { return std::uint64_t{1} << slot_; }
    [[nodiscard]] const lane_type& where() const noexcept { return lane_; }
    [[nodiscard]] const std::byte* at(position place) const noexcept { return lane_.at(place); }

protected:
    ~lane_reader() = default;

    lane_type lane_;
    unsigned slot_;
    position cursor_ = 0; ///< records below are released
    position seen_ = 0;   ///< dense: records below are known to be published
    bool member_ = false;

private:
    [[nodiscard]] auto& cursor_word() const noexcept { return lane_.control->consumers[slot_].cursor; }

    /// A lane nobody wrote to has horizon 0, where framed records do not begin.
    [[nodiscard]] position first_position() const noexcept
    {
        return lane_.geometry.record_bytes != 0 ? 0 : frame::first(lane_.geometry.alignment);
    }

    [[nodiscard]] bool begins_record(position where) const noexcept
    {
        const auto& geometry = lane_.geometry;
        return geometry.record_bytes != 0 ? where % geometry.record_bytes == 0
                                          : (where + frame::header_bytes) % geometry.alignment == 0;
    }

    void wake_producer() noexcept
    {
        // W5 light fence, as the producer's in wake_consumers().
        Policy::light_fence();
        if (lane_.control->sleeping_producers.load(std::memory_order_relaxed) != 0) [[unlikely]] {
            wake<Policy>(
                lane_.control->sleeping_producers, [this](unsigned) -> auto& {
                    return lane_.control->producer_bell.doorbell;
                });
        }
    }
};

/// Records of one size: any run of them is an array.
template <class Policy>
class dense_reader : public lane_reader<Policy> {
public:
    using lane_reader<Policy>::lane_reader;

    /// The next look reads the line that the producer stores to.
    [[nodiscard]] bool caught_up() const noexcept { return this->seen_ == this->cursor_; }

    /// The records that are there, at most `most`. Wait-free; reads the page only when those seen are used up.
    /// @param record_bytes  the channel's record size, as a constant where the caller knows it.
    [[nodiscard]] found_records look(std::size_t most, std::uint64_t record_bytes) noexcept
    {
        if (this->seen_ == this->cursor_) {
            // C1 acquire: pairs with P1: the records below are complete.
            const position head = this->lane_.words->head.load(std::memory_order_acquire);
            if (head == this->cursor_) {
                return {.why = outcome::empty};
            }
            const std::uint64_t bytes = head - this->cursor_; // huge if head went back
            if (bytes > this->lane_.geometry.capacity_bytes || bytes % record_bytes != 0) {
                return {.why = outcome::corrupt};
            }
            this->seen_ = head;
        }
        const std::size_t count = std::min<std::size_t>(most, (this->seen_ - this->cursor_) / record_bytes);
        return {this->cursor_, this->cursor_ + count * record_bytes, count, count != 0 ? outcome::ok : outcome::empty};
    }
};

/// Records of any size: the header word says that one is there, and how large.
template <class Policy>
class framed_reader : public lane_reader<Policy> {
public:
    using lane_reader<Policy>::lane_reader;

    /// As dense_reader's: the last look came to a place without a record.
    [[nodiscard]] bool caught_up() const noexcept { return caught_up_; }

    /// The records that are there, at most `most`. O(records found); each header is read once and checked.
    [[nodiscard]] found_records look(std::size_t most) noexcept
    {
        const auto& geometry = this->lane_.geometry;
        const position begin = this->cursor_;
        // A whole lap would bring us back to our own first record.
        const position last = begin + geometry.capacity_bytes - frame::header_bytes;
        position place = begin;
        std::size_t count = 0;
        std::uint32_t expected = sequence_low_;   // of the record at the cursor
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
                const std::uint64_t bytes = frame::payload_bytes(header);
                if (bytes > geometry.capacity_bytes) {
                    break;
                }
                size_word = frame::size_word(header);
                step = frame::step(bytes, geometry.alignment);
                if (!knows_sequence_) {
                    expected = sequence_low_ = frame::sequence_low(header);
                    knows_sequence_ = true;
                }
            }
            if (place + step > last || frame::sequence_low(header) != expected) [[unlikely]] {
                break;
            }
            ++expected;
            place += step;
        }
        // What came before a header that no producer writes is good; the next look meets that one first.
        return {begin, place, count, count != 0 ? outcome::ok : caught_up_ ? outcome::empty : outcome::corrupt};
    }

    /// As lane_reader's; `found` came from look(), or is a part of its beginning.
    void release(const found_records& found) noexcept
    {
        if (found.count != 0) {
            sequence_low_ += static_cast<std::uint32_t>(found.count);
            lane_reader<Policy>::release(found.end);
        }
    }

    [[nodiscard]] std::uint64_t header_at(position where) const noexcept
    {
        // C3 acquire: pairs with P3: a header seen means its payload is complete, and the next header cleared.
        return this->lane_.header(where).load(std::memory_order_acquire);
    }

private:
    std::uint32_t sequence_low_ = 0; ///< of the record at the cursor, once one was seen
    bool knows_sequence_ = false;
    bool caught_up_ = true;
};

} // namespace samepage::ring
