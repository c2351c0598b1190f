// SPDX-License-Identifier: BSL-1.0
// dense_writer.hpp: the producer's steps on a lane of records of one size, with nothing between them but gaps.
// Thread safety: one thread at a time, the lane's producer.
#pragma once

#include <samepage/ring/lane_writer.hpp>

namespace samepage::ring {

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
        gap_count_ = words.gap_count.load(std::memory_order_acquire);
        if (head > most_position || horizon > head || head - horizon > geometry.capacity_bytes ||
            !this->lane_.on_grid(head) || !this->lane_.on_grid(horizon)) {
            return false;
        }
        const auto first = this->number_at(horizon);
        if (!first) {
            return false;
        }
        const auto next = walk({horizon, *first}, head, this->stride());
        if (!next) {
            return false;
        }
        this->start_at(*next, horizon);
        words.head.store(next->place, std::memory_order_release); // P9, if its maker died before it
        words.state.store(static_cast<std::uint32_t>(lane_state::open), std::memory_order_relaxed);
        return true;
    }

    /// Makes room for `bytes`, whole records, contiguous at next(), which a gap may move on. Wait-free.
    /// @return false if consumers leave none, now.
    /// @pre bytes <= capacity.
    [[nodiscard]] bool make_room(std::uint64_t bytes) noexcept
    {
        const std::uint64_t record = this->lane_.geometry.record_bytes;
        for (;;) {
            const auto place =
                this->find_room(bytes, [record](position at) { return (at + record - 1) / record * record; });
            if (!place) {
                return false;
            }
            if (*place == this->next_) {
                return true;
            }
            if (forgettable_gaps()) {
                step_over_to(*place);
                return true;
            }
            // Once the horizon is beyond the oldest one, there is room in the table; where it went, others may hold.
            if (!this->advance_horizon(oldest_trusted_gap().end.load(std::memory_order_relaxed), this->stride())) {
                this->room_end_ = this->next_;
                return false; // a lossless consumer has yet to pass it
            }
        }
    }

    /// As lane_writer::change_ring(). Readers see by the ring's word that what is published next lies elsewhere.
    [[nodiscard]] bool move_to(std::byte* to, std::uint64_t ring) noexcept
    {
        fetched_ = 0;
        return this->change_ring(
            to, ring, 0, [this](const boundary& from, std::uint64_t stride) { (void)walk(from, this->next_, stride); });
    }
    /// Nothing is to be done if who moved the lane died on the way.
    void end_move(std::byte* /*old_ring*/, std::uint64_t /*ring*/) noexcept {}

    /// Makes the next `bytes`, whole records in reserved room, visible. Wait-free.
    /// @param records  how many these are.
    void publish(std::uint64_t bytes, std::uint64_t records) noexcept
    {
        if (this->closed_) [[unlikely]] {
            return;
        }
        this->next_ += bytes;
        this->number_ += records;
        // P1 release: pairs with C1 in dense_reader::see_run(). The payload's stores precede the new head.
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

    /// From where a record begins to `head`, from gap to gap; remembers where others begin on the way.
    /// @return the next record; nothing if the gaps contradict each other.
    [[nodiscard]] std::optional<boundary> walk(const boundary& from, position head, std::uint64_t stride) noexcept
    {
        const auto& geometry = this->lane_.geometry;
        const auto& gaps = this->lane_.words->gaps;
        boundary place = from;
        const std::uint64_t step = std::max<std::uint64_t>(stride / geometry.record_bytes, 1) * geometry.record_bytes;
        const auto go_to = [&](position there) {
            place.number += (there - place.place) / geometry.record_bytes;
            place.place = there;
        };
        const auto walk_to = [&](position end) { // from one multiple of the step to the next
            for (position next = from.place + (place.place - from.place + step - 1) / step * step; next < end;
                 next += step) {
                go_to(next);
                this->remember_boundary(place, stride);
            }
            go_to(std::max(end, place.place)); // beyond the head, if a gap was made and not stepped over
        };
        for (std::uint64_t n = gap_count_ - std::min<std::uint64_t>(gap_count_, gaps_trusted<Policy>); n != gap_count_;
             ++n) {
            const position begin = gaps[n % gaps_in<Policy>].begin.load(std::memory_order_relaxed);
            const position end = gaps[n % gaps_in<Policy>].end.load(std::memory_order_relaxed);
            if (end <= from.place) {
                continue;
            }
            // The last one may be made and not stepped over yet: its maker died in between.
            if (begin < place.place || end <= begin || begin > head || end - begin > geometry.capacity_bytes ||
                (end > head && begin != head) || !this->lane_.on_grid(begin) || !this->lane_.on_grid(end)) {
                return std::nullopt;
            }
            walk_to(begin);
            place.place = end;
        }
        walk_to(head);
        return place;
    }

    /// The one that readers will no longer trust, once another is counted. @pre so many were counted
    [[nodiscard]] const gap_words<Policy>& oldest_trusted_gap() const noexcept
    {
        return this->lane_.words->gaps[(gap_count_ + 1) % gaps_in<Policy>];
    }

    /// Nobody needs the gap that one more pushes out of the table.
    [[nodiscard]] bool forgettable_gaps() const noexcept
    {
        return gap_count_ < gaps_trusted<Policy> ||
               oldest_trusted_gap().end.load(std::memory_order_relaxed) <= this->free_below();
    }

    /// Makes [next, place) a gap. It is in the table before a record behind it is published: the bytes in a gap look
    /// like old records.
    void step_over_to(position place) noexcept
    {
        auto& words = *this->lane_.words;
        auto& gap = words.gaps[gap_count_ % gaps_in<Policy>];
        // G3 release: pairs with G4: who meets a later gap here sees the horizon that let the earlier one go.
        gap.begin.store(this->next_, std::memory_order_release);
        gap.end.store(place, std::memory_order_release);
        // G1 release: pairs with G2 in dense_reader::next_gap(): a count seen means that the gap's ends are.
        words.gap_count.store(++gap_count_, std::memory_order_release);
        this->tell_gap(place - this->next_);
        this->next_ = place;
        this->granted_ = {place, this->number_};
        fetched_ = place;
        // P9 release: pairs with C1: who sees a head beyond the gap sees the gap. Stored at once: a consumer that took
        // everything gives the gap's bytes back by stepping over it.
        words.head.store(place, std::memory_order_release);
        this->wake_consumers();
    }

    /// Takes the next block's lines, by overwriting free room.
    [[gnu::noinline]] void fetch_block() noexcept
    {
        fetched_ = std::min(this->next_ + block_bytes, this->room_end_);
        if (fetched_ > this->next_) {
            Policy::clear(this->lane_.at(this->next_), fetched_ - this->next_);
        }
    }

    position fetched_ = 0;
    std::uint64_t gap_count_ = 0;
};

} // namespace samepage::ring
