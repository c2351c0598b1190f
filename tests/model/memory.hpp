// SPDX-License-Identifier: BSL-1.0
// memory.hpp: C++'s memory model as an abstract machine: every location keeps all values it ever had, and each process
// has a view of how new a value it must read. docs/model.md says which model this is.
// Thread safety: none; one execution at a time.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

namespace model {

inline constexpr unsigned most_processes = 6; ///< and the one that sets the scene, which is number most_processes
inline constexpr unsigned most_locations = 120;
inline constexpr unsigned clock_base = most_locations;

/// How far each location was seen, and each process's steps were followed (happens-before).
struct view {
    alignas(16) std::array<std::int16_t, 128> at{};

    void join(const view& other) noexcept
    {
        for (std::size_t i = 0; i < at.size(); ++i) {
            at[i] = std::max(at[i], other.at[i]);
        }
    }
};
static_assert(clock_base + most_processes + 1 <= 128);

/// A value in its location's modification order.
struct message {
    view released; ///< who acquires it joins this
    std::uint64_t value = 0;
    std::int16_t epoch = 0; ///< of the writer, when it wrote
    std::uint8_t writer = 0;
    bool plain = false;
};

/// What a reader may not see: who reads before or after without an order is a race.
struct location {
    std::vector<message> messages;                          ///< oldest first; grows at its end only
    std::array<std::int16_t, most_processes + 1> read_at{}; ///< epoch of each process's latest plain read
    bool plain = false;                                     ///< has a plain write among its messages
    bool modified = false;                                  ///< by read-modify-write operations of several processes
};

/// The views of one process.
struct viewer {
    view now;           ///< what it must see at least
    view acquired;      ///< what an acquire fence would add
    view fenced;        ///< `now` at the latest release fence: what a relaxed store carries
    bool fresh = false; ///< reads the newest only: "in finite time", C++ promises
};

enum class race : std::uint8_t { none, write_after_read, write_after_write, read_after_write, two_writers };

class memory {
public:
    void clear() noexcept;

    /// A new location, 0 everywhere.
    [[nodiscard]] unsigned add();

    /// Everything `setter` did is known to all from now on.
    void begin(unsigned processes) noexcept;

    viewer& of(unsigned process) noexcept { return viewers_[process]; }
    location& at(unsigned where) noexcept { return locations_[where]; }
    [[nodiscard]] std::uint64_t newest(unsigned where) const noexcept
    {
        return locations_[where].messages.back().value;
    }

    /// How many values a load of `process` may read; choice 0 is the newest, larger ones are older.
    [[nodiscard]] unsigned choices(unsigned process, unsigned where) const noexcept
    {
        const auto& viewer = viewers_[process];
        const auto count = locations_[where].messages.size();
        return viewer.fresh ? 1 : static_cast<unsigned>(count) - static_cast<unsigned>(viewer.now.at[where]);
    }
    std::uint64_t load(unsigned process, unsigned where, unsigned choice, std::memory_order order) noexcept;
    race store(unsigned process, unsigned where, std::uint64_t value, std::memory_order order) noexcept;
    /// What the newest value was, and stores `value` behind it.
    race modify(unsigned process, unsigned where, std::uint64_t value, std::memory_order order) noexcept;
    void fence_seq_cst(unsigned process) noexcept;
    void fence(unsigned process, std::memory_order order) noexcept;

    race plain_store(unsigned process, unsigned where, std::uint64_t value) noexcept;
    race plain_load(unsigned process, unsigned where, std::uint64_t& value) noexcept;

    /// Each step of a process has a number of its own in its clock.
    void tick(unsigned process) noexcept { ++viewers_[process].now.at[clock_base + process]; }

private:
    [[nodiscard]] bool follows(unsigned process, unsigned other, std::int16_t epoch) const noexcept
    {
        return other == process || viewers_[process].now.at[clock_base + other] >= epoch;
    }
    [[nodiscard]] race conflicts(unsigned process, const location& place) const noexcept;
    message& append(unsigned process, unsigned where, std::uint64_t value, std::memory_order order) noexcept;

    std::array<location, most_locations> locations_;
    unsigned count_ = 0;
    std::array<viewer, most_processes + 1> viewers_;
    view fences_; ///< what all seq_cst fences so far have seen
};

} // namespace model
