// SPDX-License-Identifier: BSL-1.0
// row.hpp: what a row of the benchmark is: a name, two sides that run against each other, and what it is held against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class site;

/// One of the two processes' parts in a row. Constructed for one burst; what it needs it gets from its site.
class side {
public:
    side() = default;
    side(const side&) = delete;
    side& operator=(const side&) = delete;
    virtual ~side() = default;

    /// Does `count` operations against the other side, going on from where the last call ended. When both sides are
    /// back, each operation is complete and checked.
    /// @throws std::exception if a value that came is not the one that was sent.
    virtual void go(std::uint64_t count) = 0;

    /// The part of the last go() that counts, in seconds; by default all of it. Side A's is asked.
    [[nodiscard]] virtual std::optional<double> own_clock() const { return {}; }
    /// Seconds of the last go() in which as many operations of the row's limit were done, if they were. Side A's.
    [[nodiscard]] virtual std::optional<double> limits_clock() const { return {}; }
};

using make_side = std::unique_ptr<side> (*)(site&);

template <class Side>
std::unique_ptr<side> make(site& here)
{
    return std::make_unique<Side>(here);
}

enum class unit : std::uint8_t {
    nanoseconds,            ///< an operation; fewer are better
    milliseconds,           ///< the same
    million_records_second, ///< more are better
    gigabytes_second,       ///< more are better
};

[[nodiscard]] std::string_view to_string(unit);

struct row {
    std::string name;
    bench::unit unit;
    std::size_t bytes_each;         ///< payload bytes an operation moves
    std::size_t records_each;       ///< records an operation moves
    std::uint64_t warm_up;          ///< operations before the clock starts: each page of the ring is met by then
    make_side a, b;                 ///< null: it is measured in the bursts of the row behind it, whose limit it is
    std::string limit{};            ///< the row it is held against; empty for limits
    std::optional<double> target{}; ///< the ratio to the limit that is wanted: at most for times, at least for rates
    std::optional<double> bound{};  ///< the longest time that is wanted of any burst, in `unit`; instead of a target
    /// More processes than two take turns on the two processors: a switch between them is no sign of others.
    bool shares_processors = false;
};

/// The figure of a row that did `count` operations in `seconds`.
[[nodiscard]] double figure(const row& of, std::uint64_t count, double seconds);

[[nodiscard]] bool fewer_is_better(unit);

/// What the machine can do at all, not something of ours.
[[nodiscard]] bool is_limit(const row&);

/// `ours` against `limit`, figures of these rows: a time as a multiple of the limit's; a rate as its share of the
/// limit's, in bytes if the units differ.
[[nodiscard]] double ratio(const row& of, double ours, const row& limit, double limits);

/// Whether the ratio is as wanted. @pre of.target
[[nodiscard]] bool meets_target(const row& of, double ratio);

// Each appends its rows; a limit stands right before the rows held against it.
void add_round_trip_rows(std::vector<row>& rows);
void add_message_rows(std::vector<row>& rows);
void add_rate_rows(std::vector<row>& rows);
void add_lane_rows(std::vector<row>& rows);
void add_lossy_rows(std::vector<row>& rows);
void add_observer_rows(std::vector<row>& rows);
void add_stream_rows(std::vector<row>& rows);
void add_message_stream_rows(std::vector<row>& rows);
void add_latest_rows(std::vector<row>& rows);
void add_sleeping_rows(std::vector<row>& rows);
void add_death_rows(std::vector<row>& rows);
void add_view_rows(std::vector<row>& rows);

} // namespace bench
