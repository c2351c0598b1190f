// SPDX-License-Identifier: BSL-1.0
// lane.hpp: where a lane lies in this process, and what the steps on it have in common.
#pragma once

#include <samepage/ring/layout.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace samepage::ring {

/// Pointers into the mappings; copied freely, owns nothing. `Byte` and constness follow the mapping: consumers see the
/// data file through const.
template <class Policy, bool Writable>
struct lane {
    template <class T>
    using shared = std::conditional_t<Writable, T, const T>;

    shared<lane_words<Policy>>* words = nullptr;
    shared<std::byte>* ring = nullptr; ///< mapped twice: ring[0, 2 * capacity_bytes) is addressable
    control_words<Policy>* control = nullptr;
    std::byte* cells = nullptr; ///< of every consumer for every lane
    lane_geometry geometry;
    unsigned index = 0;                   ///< which lane of the channel
    std::uint64_t ring_word = 0;          ///< ring_place: of `ring`
    const channel_terms* terms = nullptr; ///< what holds at present; nullptr: as the geometry says

    [[nodiscard]] bool allows_lossless() const noexcept
    {
        return terms == nullptr ? geometry.lossless
                                : (terms->lossless.load(std::memory_order_relaxed) & ~forbidding) != 0;
    }
    [[nodiscard]] std::uint64_t absence_ns() const noexcept
    {
        return terms == nullptr ? geometry.absence_ns : terms->absence_ns.load(std::memory_order_relaxed);
    }

    /// The lane has another ring by now. Asked after a position was loaded (acquire): if it has not, that lies in ours.
    [[nodiscard]] bool ring_changed() const noexcept
    {
        // C8 relaxed: pairs with P10, by way of the position (P1, P5, H1), which the producer stored after it.
        // No page can say `unknown`: a bit of it is left out.
        return (words->ring.load(std::memory_order_relaxed) & ~ring_place::taken_up) != ring_word;
    }

    [[nodiscard]] shared<std::byte>* at(position where) const noexcept { return ring + geometry.offset(where); }

    /// The header word at `where`, always through the lower of the two mappings (headers never straddle the wrap).
    [[nodiscard]] auto& header(position where) const noexcept
    {
        return Policy::template word_at<std::uint64_t>(at(where));
    }

    /// What the consumer in `slot` says to this lane's producer.
    [[nodiscard]] cell_words<Policy>& cell(unsigned slot) const noexcept
    {
        return *reinterpret_cast<cell_words<Policy>*>(cell_at(slot));
    }
    [[nodiscard]] hold_words<Policy>& hold(unsigned slot, unsigned which) const noexcept
    {
        return reinterpret_cast<hold_words<Policy>*>(cell_at(slot) + sizeof(cell_words<Policy>))[which];
    }

    /// A lane nobody wrote to has horizon 0, where framed records do not begin.
    [[nodiscard]] position first() const noexcept
    {
        return geometry.record_bytes != 0 ? 0 : frame::first(geometry.alignment);
    }

    /// Whether a record, or a gap, can begin at `where`.
    [[nodiscard]] bool on_grid(position where) const noexcept
    {
        return geometry.record_bytes != 0 ? where % geometry.record_bytes == 0
                                          : (where + frame::header_bytes) % geometry.alignment == 0;
    }

    /// So much a lossy consumer may hold at a time, or one record if that is larger: holds are what the producer has to
    /// step over.
    [[nodiscard]] std::uint64_t hold_bytes() const noexcept { return geometry.capacity_bytes / 16; }

private:
    [[nodiscard]] std::byte* cell_at(unsigned slot) const noexcept
    {
        return cells + (std::size_t{slot} * geometry.lane_count + index) * cell_bytes<Policy>(geometry.max_holds);
    }
};

/// Calls `visit(slot index)` for each bit of `mask`, lowest first, until it returns false.
template <class Visit>
constexpr void for_each_bit(std::uint64_t mask, Visit&& visit)
{
    for (; mask != 0; mask &= mask - 1) {
        if (!visit(static_cast<unsigned>(std::countr_zero(mask)))) {
            return;
        }
    }
}

/// Consumer slot `slot` is kept for a name. H8 acquire: pairs with N3: the name is written. A bit without a name is a
/// damaged page's.
template <class Policy>
[[nodiscard]] bool is_named(const control_words<Policy>& control, unsigned slot) noexcept
{
    return (control.named.load(std::memory_order_acquire) >> slot & 1) != 0 && control.consumers[slot].name[0] != '\0';
}

/// Wakes those of `whom`, a mask, that still sleep. The bit is claimed first, so each sleep is rung once, whoever
/// comes; a waker that dies in between strands its sleeper no longer than the sleeper's slice.
/// @param also  told of each one that was rung, by index.
template <class Policy, class Bell, class Also>
void wake(typename Policy::template word<std::uint64_t>& sleeping, std::uint64_t whom, Bell&& bell, Also&& also)
{
    for_each_bit(sleeping.load(std::memory_order_relaxed) & whom, [&](unsigned index) {
        const std::uint64_t bit = std::uint64_t{1} << index;
        // W1 acq_rel: one of several wakers gets the bit; pairs with W3 in wait_until_ready().
        if ((sleeping.fetch_and(~bit, std::memory_order_acq_rel) & bit) != 0) {
            auto& word = bell(index);
            // W2 release: pairs with W4, the sleeper's load of its bell: it sees what we published before.
            word.fetch_add(1, std::memory_order_release);
            Policy::wake(word);
            also(index);
        }
        return true;
    });
}

template <class Policy, class Bell>
void wake(typename Policy::template word<std::uint64_t>& sleeping, std::uint64_t whom, Bell&& bell)
{
    wake<Policy>(sleeping, whom, bell, [](unsigned) {});
}

} // namespace samepage::ring
