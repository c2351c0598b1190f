// SPDX-License-Identifier: BSL-1.0
// lane_sight.hpp: a lane's words as an observer reads them: once, bounded, cut to what can be.
// Thread safety: plain values; the words may change meanwhile.
#pragma once

#include "memory/channel_files.hpp"

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/layout.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace samepage::ring {

/// What is read of a lane, and where. Lifetime: of what it points to.
struct observed_pages {
    const memory::channel_place* place = nullptr;
    const memory::file* data = nullptr;
    std::uint64_t ring = 0;        ///< ring_place: as the lane's words said
    std::uint64_t ring_offset = 0; ///< of the lane's ring in the data file
    lane_geometry geometry;

    /// Position of the lane's first record.
    [[nodiscard]] position first() const noexcept;
    /// Whether a record, or a gap, can begin at `where`.
    [[nodiscard]] bool on_grid(position where) const noexcept;
    /// The header word at `where`, by read(2): a ring's page that is not there is 0 then, and no SIGBUS.
    /// @pre on_grid(where), framed
    [[nodiscard]] std::uint64_t header_at(position where) const;
};

/// A lane's words at one moment, or almost.
struct lane_sight {
    position head = 0;
    position horizon = 0;                  ///< not above head, nor more than a ring below it
    std::optional<std::uint64_t> number{}; ///< of the record at the horizon
    std::optional<std::uint64_t> published{};
    std::string contradiction{};

    /// Records in [from, head), if they can be counted.
    [[nodiscard]] std::optional<std::uint64_t> count_from(position from, const observed_pages& pages) const;

private:
    friend lane_sight look_at_lane(const lane_words<hardware>& words, const observed_pages& pages);

    struct gap {
        position begin;
        position end;
    };

    void read_gaps(const lane_words<hardware>& words);
    void cut(const observed_pages& pages);
    [[nodiscard]] std::optional<std::uint64_t> count_dense(position from, const observed_pages& pages) const;
    [[nodiscard]] std::optional<std::uint64_t> count_framed(position from, const observed_pages& pages) const;

    std::vector<gap> gaps_{};
    position gaps_known_from_ = 0;                 ///< dense: each gap from here on is among gaps_
    std::optional<std::uint32_t> newest_number_{}; ///< framed: low half
};

/// Reads the words a bounded number of times: while the producer goes on fast, numbers may stay unknown.
[[nodiscard]] lane_sight look_at_lane(const lane_words<hardware>& words, const observed_pages& pages);

} // namespace samepage::ring
