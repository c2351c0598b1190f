// SPDX-License-Identifier: BSL-1.0
// observation.hpp: what one look of an observer found: lanes, consumers, how far each is, and what it cannot know.
// Thread safety: plain values.
#pragma once

#include <samepage/ring/layout.hpp>
#include <samepage/ring/options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace samepage {

/// How a lane stands. Who holds its lock byte decides whether its producer lives; nothing on the page does.
enum class lane_condition : std::uint8_t {
    open,   ///< a live producer has it
    closed, ///< its producer closed it
    died,   ///< its producer died; what it published stays, and the next producer goes on there
};

[[nodiscard]] const char* to_string(lane_condition) noexcept;

/// How old the newest record is. The page carries no time of records; an observer knows when it saw head move.
struct record_age {
    std::chrono::nanoseconds at_least{0};
    std::optional<std::chrono::nanoseconds> at_most{}; ///< none until head moved between two looks
};

/// Between the last two looks.
struct record_rate {
    std::optional<double> records_per_second{}; ///< none where the numbers of records are not known
    double bytes_per_second = 0;                ///< gaps, frames' headers and padding included
};

/// A lane that a producer ever took.
struct observed_lane {
    unsigned lane = 0;
    lane_condition condition = lane_condition::closed;
    std::uint32_t producer_pid = 0; ///< of the latest producer, as it saw itself; 0: none was told
    std::optional<std::chrono::system_clock::time_point> since{}; ///< when it took the lane
    bool asleep = false;              ///< a live producer that waits for room, or did a moment ago
    std::uint64_t capacity_bytes = 0; ///< of its ring
    /// Of the ring that it is to have: its producer moves there when it next looks for room. None: it has it.
    std::optional<std::uint64_t> wanted_bytes{};

    ring::position head = 0;                  ///< bytes since the lane began: everything below is published
    ring::position horizon = 0;               ///< who joins at the oldest record begins here
    std::optional<std::uint64_t> published{}; ///< records since the lane began
    std::optional<std::uint64_t> kept{};      ///< records from the horizon on
    std::uint64_t kept_bytes = 0;             ///< from the horizon to head
    std::uint64_t unreleased_bytes = 0;       ///< from the slowest lossless cursor, a dead one's too, to head
    std::uint64_t held_bytes = 0;             ///< that lossy consumers hold, some perhaps twice
    double fullness = 0;                      ///< unreleased_bytes over the ring's bytes, 0 to 1; at 1 loans wait
    std::uint64_t gaps = 0;                   ///< since the lane began: the producer stepped over what was held
    std::uint64_t gap_bytes = 0;              ///< of all of them
    std::optional<record_rate> rate{};        ///< none at the first look
    std::optional<record_age> newest{};       ///< none if nothing was ever published
    std::string contradiction{}; ///< empty; or what is wrong with the lane's words, which were cut to what can be
};

/// How far a consumer is in one lane.
struct observed_place {
    unsigned lane = 0;
    /// Lossless: everything below is released. Lossy: where what it holds ends, as long as it holds something; between
    /// two batches the page does not say, unless it is named: then the first record that it did not release.
    std::optional<ring::position> at{};
    std::optional<std::uint64_t> lag_bytes{};  ///< from there to head
    std::optional<std::uint64_t> lag{};        ///< the records in them; none where they cannot be counted any more
    std::optional<unsigned> held{};            ///< lossy: batches. Which of its lag a lossless one holds is private
    std::optional<std::uint64_t> held_bytes{}; ///< lossy
    /// Lossy, or passed over: of its lag, what was overwritten: lost, and not yet told.
    std::optional<std::uint64_t> passed_bytes{};
};

/// A process that takes part in a group, or did when it died.
struct observed_member {
    unsigned slot = 0;
    std::uint32_t pid = 0;
    std::optional<std::chrono::system_clock::time_point> since{}; ///< when it entered
    bool alive = false; ///< if not, and it holds something, another member will be handed that
    unsigned held = 0;  ///< batches that it was handed and has not released
};

/// Whoever has a consumer slot, died and left one, or has a name for which one is kept.
struct observed_consumer {
    unsigned slot = 0;
    std::string name{};    ///< of a named consumer; nothing else in it than a name may have
    std::uint32_t pid = 0; ///< as it saw itself; of one that is absent: its last process; of a group: who entered last
    std::optional<std::chrono::system_clock::time_point> since{}; ///< when it joined; a group: since when it is there
    demand wants = demand::lossless;
    bool alive = false;  ///< somebody holds its lock byte; a group: a member's
    bool absent = false; ///< a named one that is not alive: it closed or died, and may come back
    bool group = false; ///< it shares what it gets among `members`; a lossy one's are consumers as well, with the holds
    std::vector<observed_member> members{};
    bool joined = false; ///< producers heed it; not a named one that was passed over, or is lossy and absent
    /// Since it closed, or was found dead; none while nobody has looked.
    std::optional<std::chrono::nanoseconds> absent_for{};
    bool asleep = false;                  ///< waits for records, or did a moment ago
    bool armed = false;                   ///< waits on a descriptor
    std::uint64_t lost = 0;               ///< records that its batches said were lost, in all lanes
    std::vector<observed_place> places{}; ///< one for each lane of the observation, in its order
    std::string contradiction{};          ///< as observed_lane's
};

/// One look at a channel. Its parts were read one after the other while everybody went on: each number was right at
/// some moment of the look, not all at the same.
struct observation {
    std::string name;
    std::filesystem::path data_path;
    bool named = false; ///< the name still leads to these files; if not, the channel was removed, perhaps made anew
    std::string format; ///< of its records
    ring::record_kind kind = ring::record_kind::dense;
    std::uint64_t record_bytes = 0;   ///< dense: of each record
    std::uint64_t capacity_bytes = 0; ///< of each lane's ring, at present or to come
    unsigned most_lanes = 0;          ///< producers at a time, at present
    unsigned most_consumers = 0;
    bool lossless = false;       ///< consumers may be
    std::string contradiction{}; ///< empty; or which of the three numbers before it cannot be: it was cut to what can
    std::optional<std::chrono::system_clock::time_point> created{};
    std::uint64_t reserved_bytes = 0; ///< of memory or disk, by both files
    std::uint64_t most_bytes = 0;     ///< that both will take once every lane was taken that may be, as things are
    std::uint64_t file_bytes = 0;     ///< length of the data file, rings included that nobody took yet
    std::chrono::steady_clock::time_point at{};
    std::vector<observed_lane> lanes{};
    std::vector<observed_consumer> consumers{};
};

} // namespace samepage
