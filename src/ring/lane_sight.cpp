// SPDX-License-Identifier: BSL-1.0
// lane_sight.cpp: numbers from marks, gaps and headers, while their producer goes on.
#include "ring/lane_sight.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace samepage::ring {
namespace {

constexpr int tries = 8; // each means that the producer passed an eighth of the ring, or a record, in between

/// As lane_reader's read_number().
std::optional<std::uint64_t> number_at(const lane_words<hardware>& words, position place, position first)
{
    if (place <= first) {
        return 0;
    }
    for (const auto& mark : words.marks) {
        if (mark.place.load(std::memory_order_acquire) == place) {
            const std::uint64_t found = mark.number.load(std::memory_order_acquire);
            if (mark.place.load(std::memory_order_acquire) == place) {
                return found;
            }
        }
    }
    return std::nullopt;
}

bool is_record(std::uint64_t header) noexcept
{
    return header != 0 && !frame::is_gap(header);
}

} // namespace

position observed_pages::first() const noexcept
{
    return geometry.record_bytes != 0 ? 0 : frame::first(geometry.alignment);
}

bool observed_pages::on_grid(position where) const noexcept
{
    return geometry.record_bytes != 0 ? where % geometry.record_bytes == 0
                                      : (where + frame::header_bytes) % geometry.alignment == 0;
}

std::uint64_t observed_pages::header_at(position where) const
{
    std::array<std::byte, sizeof(std::uint64_t)> bytes{};
    static_cast<void>(memory::read_at(*place, *data, bytes, ring_offset + geometry.offset(where)));
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    return header;
}

void lane_sight::read_gaps(const lane_words<hardware>& words)
{
    // As docs/layout.md, "Gaps", says: counted, read, counted again; what was used again meanwhile is left out.
    gaps_.clear();
    gaps_known_from_ = 0;
    const std::uint64_t count = words.gap_count.load(std::memory_order_acquire);
    const auto oldest_of = [](std::uint64_t counted) {
        return counted > gaps_trusted<hardware> ? counted - gaps_trusted<hardware> : 0;
    };
    const std::uint64_t oldest = oldest_of(count);
    for (std::uint64_t n = oldest; n != count; ++n) {
        const auto& each = words.gaps[n % gaps_kept];
        gaps_.push_back({each.begin.load(std::memory_order_acquire), each.end.load(std::memory_order_acquire)});
    }
    const std::uint64_t gone = oldest_of(words.gap_count.load(std::memory_order_acquire));
    if (gone > oldest) {
        gaps_.erase(gaps_.begin(),
                    gaps_.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(gone - oldest, gaps_.size())));
    }
    if (oldest != 0 || gone != 0) {
        gaps_known_from_ = gaps_.empty() ? no_mark : gaps_.front().begin;
    }
}

void lane_sight::cut(const observed_pages& pages)
{
    if (head > most_position) {
        contradiction = "a head at " + std::to_string(head) + ", where no lane gets";
        head = horizon = pages.first();
    } else if (horizon > head) {
        contradiction = "a horizon at " + std::to_string(horizon) + ", above head, " + std::to_string(head);
        horizon = head;
    } else if (head - horizon > pages.geometry.capacity_bytes) {
        contradiction =
            "a horizon at " + std::to_string(horizon) + ", more than a ring below head, " + std::to_string(head);
        horizon = head - pages.geometry.capacity_bytes;
    } else if (!pages.on_grid(horizon) || !pages.on_grid(head)) {
        contradiction = "a horizon at " + std::to_string(horizon) + " and a head at " + std::to_string(head) +
                        ", not both where a record can begin";
    } else if (!number) {
        contradiction = "no mark of the horizon, " + std::to_string(horizon);
    }
    if (!contradiction.empty()) {
        number.reset();
        newest_number_.reset();
    }
}

std::optional<std::uint64_t> lane_sight::count_dense(position from, const observed_pages& pages) const
{
    if (from < gaps_known_from_) {
        return std::nullopt;
    }
    std::uint64_t skipped = 0;
    for (const gap& each : gaps_) {
        if (each.begin >= from && each.begin < head) {
            if (each.end <= each.begin || each.end > head || each.end - each.begin > head - from - skipped) {
                return std::nullopt;
            }
            skipped += each.end - each.begin;
        }
    }
    const std::uint64_t bytes = head - from - skipped;
    return bytes % pages.geometry.record_bytes == 0 ? std::optional{bytes / pages.geometry.record_bytes} : std::nullopt;
}

std::optional<std::uint64_t> lane_sight::count_framed(position from, const observed_pages& pages) const
{
    const std::uint64_t most = (head - from) / frame::header_bytes;
    for (int gaps_passed = 0; newest_number_ && gaps_passed != tries; ++gaps_passed) {
        const std::uint64_t header = pages.header_at(from);
        if (is_record(header)) {
            const std::uint32_t count = *newest_number_ + 1 - frame::sequence_low(header);
            return count <= most ? std::optional<std::uint64_t>{count} : std::nullopt;
        }
        const std::uint64_t bytes = frame::is_gap(header) ? frame::gap_bytes(header) : 0;
        if (bytes == 0 || bytes > head - from || !pages.on_grid(from + bytes)) {
            break;
        }
        from += bytes;
        if (from == head) {
            return 0;
        }
    }
    return std::nullopt;
}

std::optional<std::uint64_t> lane_sight::count_from(position from, const observed_pages& pages) const
{
    if (from >= head) {
        return 0;
    }
    if (!contradiction.empty() || !pages.on_grid(from)) {
        return std::nullopt;
    }
    return pages.geometry.record_bytes != 0 ? count_dense(from, pages) : count_framed(from, pages);
}

lane_sight look_at_lane(const lane_words<hardware>& words, const observed_pages& pages)
{
    const bool dense = pages.geometry.record_bytes != 0;
    const position first = pages.first();
    lane_sight sight;
    bool settled = false;
    for (int i = 0; i != tries && !settled; ++i) {
        sight.horizon = std::max(first, words.horizon.load(std::memory_order_acquire));
        sight.number = number_at(words, sight.horizon, first);
        // Head before what it makes visible: gaps below it are counted, and the header at `last` is committed.
        sight.head = std::max(first, words.head.load(std::memory_order_acquire));
        settled = true;
        if (dense) {
            sight.read_gaps(words);
        } else {
            sight.newest_number_.reset();
            const position last = words.last.load(std::memory_order_relaxed);
            if (last < sight.head && pages.on_grid(last)) {
                const std::uint64_t header = pages.header_at(last);
                // Nobody writes above the horizon, which is looked at once more below; nor a ring before `last` moved.
                settled = last >= sight.horizon || words.last.load(std::memory_order_acquire) == last;
                if (is_record(header)) {
                    sight.newest_number_ = frame::sequence_low(header);
                }
            } else if (sight.head > first) {
                settled = false; // a younger record than the head we saw, or nonsense
            }
        }
        settled = settled && std::max(first, words.horizon.load(std::memory_order_acquire)) == sight.horizon;
    }
    if (!settled) { // too fast, or nonsense: what was read belongs to different moments
        sight.number.reset();
        sight.newest_number_.reset();
        sight.gaps_known_from_ = no_mark;
        sight.head = std::min(sight.head, most_position);
        sight.horizon = std::min(sight.horizon, sight.head);
        sight.horizon = std::max(sight.horizon, sight.head - std::min(sight.head, pages.geometry.capacity_bytes));
        return sight;
    }
    sight.cut(pages);
    if (sight.number && dense) {
        if (const auto kept = sight.count_dense(sight.horizon, pages)) {
            sight.published = *sight.number + *kept;
        } else {
            sight.contradiction = "gaps between the horizon and head that are not whole records in order";
        }
    } else if (sight.number && sight.head <= first) {
        sight.published = 0;
    } else if (sight.number && sight.newest_number_) {
        // Numbers since the horizon differ by less than 2^31; a horizon at head is one beyond the newest.
        const auto beyond =
            static_cast<std::int32_t>(*sight.newest_number_ - static_cast<std::uint32_t>(*sight.number));
        sight.published = *sight.number + 1 + static_cast<std::uint64_t>(std::int64_t{beyond});
    }
    return sight;
}

} // namespace samepage::ring
