// SPDX-License-Identifier: BSL-1.0
// storm_board.hpp: what the processes of a storm tell each other beside the channel, in pages that outlive each.
// Thread safety: each word by itself.
#pragma once

#include "torture/observer.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace torture {

inline constexpr unsigned storm_lanes = 3;
inline constexpr unsigned storm_consumers = 3;

/// In shared memory; all zero at first.
struct storm_board {
    using word = std::atomic<std::uint64_t>;

    std::array<word, storm_lanes> published;                           ///< number of the lane's next record
    std::array<word, storm_lanes> taken;                               ///< the same, as the lossless verifier sees it
    std::array<word, storm_lanes> lane_of;                             ///< a producer's lane + 1; 0: it has none yet
    std::array<std::array<word, storm_lanes>, storm_consumers> places; ///< where a consumer was when it was killed
    word lost;
    word duplicated;
    word torn;
    word miscounted;
    word records;          ///< that were looked at, by all
    word skipped;          ///< that lossy ones were told of
    word ready;            ///< verifiers
    word consumers_rung;   ///< sleeps for a record that a bell ended
    word consumers_unrung; ///< that the clock ended, and the record was there
    word producers_rung;   ///< the same for room
    word producers_unrung;
    word over;                  ///< 1: what is published now is the end
    std::array<char, 512> note; ///< what was wrong first

    void add(const tally& of) noexcept;
    void say(const std::string& what) noexcept;
};

/// A channel in a storm.
struct storm_site {
    std::filesystem::path directory;
    std::string name;
    storm_board* board = nullptr;

    static constexpr std::size_t ring_bytes = std::size_t{1} << 14U;
    [[nodiscard]] samepage::channel_options producing(samepage::wait_policy wait) const;
    [[nodiscard]] samepage::consumer_options consuming(samepage::demand wants, samepage::wait_policy wait) const;
};

/// What a process of a storm does, until it is killed or has done it. @return exit status
template <class Kind>
struct storm_roles {
    static int produce(const storm_site& site, std::uint64_t seed, unsigned which);
    /// Publishes a little more, and closes.
    static int produce_the_end(const storm_site& site, std::uint64_t seed);
    /// @param which  below storm_consumers: lossless; lossy, and holding; lossy, and going on where it was killed
    static int consume(const storm_site& site, std::uint64_t seed, unsigned which);
    /// Sees everything to the end.
    static int verify(const storm_site& site, std::uint64_t seed, samepage::demand wants);
};

extern template struct storm_roles<dense>;
extern template struct storm_roles<framed>;

} // namespace torture
