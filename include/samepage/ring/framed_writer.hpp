// SPDX-License-Identifier: BSL-1.0
// framed_writer.hpp: the producer's steps on a lane of records of any size: a header word before each is its commit.
// Thread safety: one thread at a time, the lane's producer.
#pragma once

#include <samepage/ring/lane_writer.hpp>

namespace samepage::ring {

template <class Policy>
class framed_writer : public lane_writer<Policy> {
public:
    using lane_writer<Policy>::lane_writer;

    /// As dense_writer::resume(), and walks the committed headers: they are the truth, head may trail them.
    [[nodiscard]] bool resume() noexcept
    {
        auto& words = *this->lane_.words;
        const auto& geometry = this->lane_.geometry;
        const position head = std::max(words.head.load(std::memory_order_acquire), this->lane_.first());
        const position horizon = std::max(words.horizon.load(std::memory_order_acquire), this->lane_.first());
        if (head > most_position || horizon > head || head - horizon > geometry.capacity_bytes ||
            !this->lane_.on_grid(head) || !this->lane_.on_grid(horizon)) {
            return false;
        }
        const auto first = this->number_at(horizon);
        if (!first) {
            return false;
        }
        const position end = horizon + geometry.capacity_bytes;
        std::optional<position> newest;
        const auto next = walk({horizon, *first}, end, this->stride(), newest);
        // The walk ended before the published end, or not at the cleared place that every record leaves behind it.
        if (!next || next->place < head || next->place + frame::header_bytes > end) {
            return false;
        }
        this->start_at(*next, horizon);
        words.horizon.store(horizon, std::memory_order_release);
        words.last.store(newest.value_or(next->place), std::memory_order_relaxed);
        words.head.store(next->place, std::memory_order_release);
        words.state.store(static_cast<std::uint32_t>(lane_state::open), std::memory_order_relaxed);
        return true;
    }

    /// As lane_writer::change_ring(). In the old ring a word at next() tells those who poll there.
    [[nodiscard]] bool move_to(std::byte* to, std::uint64_t ring) noexcept
    {
        discard();
        const std::uint64_t old_ring = this->lane_.ring_word;
        auto& polled = this->lane_.header(this->next_);
        // The next header's place, which is 0 in the old ring, goes along.
        const auto remember = [this](const boundary& from, std::uint64_t stride) {
            std::optional<position> newest;
            (void)walk(from, this->next_, stride, newest);
        };
        if (!this->change_ring(to, ring, frame::header_bytes, remember)) {
            return false;
        }
        most_payload_bytes_ =
            frame::most_payload_bytes(this->lane_.geometry.capacity_bytes, this->lane_.geometry.alignment);
        if (old_ring != ring) {
            // P13 release: pairs with C3: who meets it sees the new ring's word.
            polled.store(frame::moved, std::memory_order_release);
        }
        this->wake_consumers();
        return true;
    }
    /// Who moved the lane here from `ring`, whose bytes are `old_ring`, may have died before it told. Idempotent.
    void end_move(std::byte* old_ring, std::uint64_t ring) noexcept
    {
        const position at = this->lane_.words->moved_at.load(std::memory_order_relaxed);
        if (at <= most_position && this->lane_.on_grid(at)) {
            auto& polled =
                Policy::template word_at<std::uint64_t>(old_ring + (at & (ring_place::capacity_bytes(ring) - 1)));
            polled.store(frame::moved, std::memory_order_release); // P13
            this->wake_consumers();
        }
    }

    /// The largest record's.
    [[nodiscard]] std::uint64_t most_payload_bytes() const noexcept { return most_payload_bytes_; }

    /// Room that a record of `payload_bytes` takes: itself and the header after it.
    [[nodiscard]] std::uint64_t room_for(std::uint64_t payload_bytes) const noexcept
    {
        return frame::step(payload_bytes, this->lane_.geometry.alignment) + frame::header_bytes;
    }

    /// Makes room for `bytes` (room_for()), contiguous at next(), which a gap may move on. Wait-free.
    /// @return false if consumers leave none, now.
    /// @pre bytes <= capacity.
    [[nodiscard]] bool make_room(std::uint64_t bytes) noexcept
    {
        const auto place = find_place(bytes);
        if (!place) {
            return false;
        }
        if (*place != this->next_) {
            step_over_to(*place);
        }
        return true;
    }

    /// As make_room(), but next() stays: what is lent there already is ours whatever comes of it. Wait-free.
    /// @return false: not now; if is_obstructed(), not while something is held.
    [[nodiscard]] bool extend_room(std::uint64_t bytes) noexcept
    {
        const auto place = find_place(bytes);
        if (place == this->next_) {
            return true;
        }
        this->room_end_ = this->next_; // what was found, if anything, lies elsewhere
        return false;
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
        const std::uint64_t step = frame::step(payload_bytes, this->lane_.geometry.alignment);
        const position after = at + step;
        const bool block_ends = after + payload_bytes >= cleared_; // also once closed
        if (block_ends) [[unlikely]] {
            if (this->closed_) {
                return;
            }
            clear_header(after);
        }
        this->announce_length(step);
        const std::uint64_t number = this->number_;
        this->next_ = after;
        this->number_ = number + 1;
        // P3 release: pairs with C3 in framed_reader::header_at(). The payload's stores and P2 precede the commit.
        this->lane_.header(at).store(frame::encode(number, payload_bytes), std::memory_order_release);
        auto& words = *this->lane_.words;
        // P6 relaxed: ordered by P5; who sees neither finds an older record, and goes on from there.
        words.last.store(at, std::memory_order_relaxed);
        // P5 release: pairs with C6: who leaps to head finds a cleared or committed header there.
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

    void forget() noexcept
    {
        cleared_ = foreseen_ = 0;
        lane_writer<Policy>::forget();
    }

private:
    /// Over committed headers, from the one at `from` to `end` or to a place without; remembers where records begin.
    /// @param newest  set to the last record's place, if there is one.
    /// @return the next record; nothing if a header contradicts the one before.
    [[nodiscard]] std::optional<boundary> walk(const boundary& from, position end, std::uint64_t stride,
                                               std::optional<position>& newest) noexcept
    {
        const auto& geometry = this->lane_.geometry;
        boundary place = from;
        while (place.place + frame::header_bytes <= end) {
            const std::uint64_t header = this->lane_.header(place.place).load(std::memory_order_relaxed);
            if (header == 0) {
                break;
            }
            if (frame::is_gap(header)) {
                this->remember_boundary(place, stride);
                const std::uint64_t bytes = frame::gap_bytes(header);
                if (bytes == 0 || bytes > geometry.capacity_bytes || !this->lane_.on_grid(place.place + bytes)) {
                    return std::nullopt;
                }
                place.place += bytes;
                continue;
            }
            const std::uint64_t bytes = frame::payload_bytes(header);
            if (bytes > frame::most_payload_bytes(geometry.capacity_bytes, geometry.alignment) ||
                frame::sequence_low(header) != static_cast<std::uint32_t>(place.number)) {
                return std::nullopt;
            }
            const boundary after{frame::next(place.place, bytes, geometry.alignment), place.number + 1};
            this->remember_boundary(place, stride, after.place - place.place);
            newest = place.place;
            place = after;
        }
        return place;
    }

    [[nodiscard]] std::optional<position> find_place(std::uint64_t bytes) noexcept
    {
        const std::uint64_t alignment = this->lane_.geometry.alignment;
        return this->find_room(bytes, [alignment](position at) {
            return ((at + frame::header_bytes + alignment - 1) & ~(alignment - 1)) - frame::header_bytes;
        });
    }

    /// As dense_writer's, and better longer: each of these stores does the work of a header's as well.
    static constexpr std::uint64_t block_bytes = 4096;
    static constexpr std::uint64_t most_cleared_for = 512; ///< payload bytes; behind larger ones a block has no header

    /// P2 relaxed, or clear_ahead()'s stores: ordered by P3: who sees a record's header sees 0, or a later commit, at
    /// the next one's place. In a cleared block that nobody wrote to since it is 0 already.
    void clear_header(position where) noexcept
    {
        if (where >= cleared_ && where != foreseen_) {
            this->lane_.header(where).store(0, std::memory_order_relaxed);
        }
    }

    /// Makes [next, place) a gap: a word of ours at next says how far to go on, since what is held may not be written.
    void step_over_to(position place) noexcept
    {
        const position at = this->next_;
        discard();
        clear_header(place);
        this->tell_gap(place - at);
        this->next_ = place;
        this->granted_ = {place, this->number_};
        // P7 release: pairs with C3, as P3 does: who sees the gap sees 0, or a later commit, behind it.
        this->lane_.header(at).store(frame::encode_gap(place - at), std::memory_order_release);
        // P8 release: pairs with C6, as P5.
        this->lane_.words->head.store(place, std::memory_order_release);
        this->wake_consumers();
    }

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

    std::uint64_t most_payload_bytes_ =
        frame::most_payload_bytes(this->lane_.geometry.capacity_bytes, this->lane_.geometry.alignment);
    position cleared_ = 0;  ///< of [next_, cleared_), what was not lent is zero
    position foreseen_ = 0; ///< the word here is zero
};

} // namespace samepage::ring
