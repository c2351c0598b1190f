// SPDX-License-Identifier: BSL-1.0
// observer_pages.hpp: what an observer has of a channel: its pages, read-only, and what it saw of them at the last
// look. Thread safety: one thread at a time.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"
#include "ring/header.hpp"
#include "ring/lane_sight.hpp"

#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/observer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace samepage {

/// A channel's files, opened to be read, and their headers.
struct observed_files {
    memory::file data;
    memory::file control;
    ring::checked_header header;
};

/// What a consumer says to one lane's producer, read once.
struct cell_sight {
    ring::position cursor = ring::unbound;
    unsigned holds = 0;
    std::uint64_t held_bytes = 0;
    std::optional<ring::position> goes_on_at{}; ///< behind the last hold; of a named one without: where it would go on
    bool crooked = false;                       ///< a hold that ends before it begins
};

/// A moment that a page tells of; none: 0, or one that no clock had.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> time_of(std::uint64_t ns) noexcept;

class observer::channel_pages {
public:
    channel_pages(memory::channel_place place, observed_files files)
        : place_(std::move(place)),
          data_(std::move(files.data)),
          header_(files.header.header),
          format_(std::move(files.header.type.format)),
          geometry_(ring::geometry_of(header_)),
          words_(place_, data_, memory::access::read_only, header_.lane_offset,
                 (1 + std::size_t{header_.lane_count}) * header_.page_bytes),
          control_(place_, files.control, memory::access::read_only, header_.page_bytes,
                   ring::control_file_bytes(header_) - header_.page_bytes),
          control_file_(files.control.release())
    {
    }

    [[nodiscard]] observation look();

private:
    using hardware = ring::hardware;
    using position = ring::position;
    using steady = std::chrono::steady_clock;

    /// What is remembered of a lane from one look to the next.
    struct memory_of_lane {
        bool known = false;
        position head = 0;
        std::optional<std::uint64_t> published{};
        steady::time_point looked{};               ///< after head was read
        steady::time_point unmoved{};              ///< after head was first read as it is
        std::optional<steady::time_point> moved{}; ///< before head was last read as something else
        steady::time_point before{};               ///< before head was read
    };

    [[nodiscard]] const ring::control_words<hardware>& control() const noexcept
    {
        return *reinterpret_cast<const ring::control_words<hardware>*>(control_.data());
    }
    [[nodiscard]] const ring::lane_words<hardware>& lane_words(unsigned lane) const noexcept
    {
        return *reinterpret_cast<const ring::lane_words<hardware>*>(words_.data() +
                                                                    (1 + std::size_t{lane}) * header_.page_bytes);
    }
    [[nodiscard]] const std::byte* cell(unsigned slot, unsigned lane) const noexcept
    {
        return control_.data() + sizeof(ring::control_words<hardware>) +
               (std::size_t{slot} * header_.lane_count + lane) * ring::cell_bytes<hardware_atomics>(header_.max_holds);
    }
    [[nodiscard]] position cursor(unsigned slot, unsigned lane) const noexcept
    {
        return lossless() ? reinterpret_cast<const ring::cell_words<hardware>*>(cell(slot, lane))
                                ->cursor.load(std::memory_order_acquire)
                          : ring::unbound;
    }

    void look_at_terms(observation& into) const;
    void look_at_files(observation& into) const;
    void look_at_consumers(observation& into) const;
    void look_at_lane(unsigned lane, observation& into);
    [[nodiscard]] ring::observed_pages pages_of(unsigned lane) const;
    [[nodiscard]] const ring::channel_terms& terms() const noexcept
    {
        return reinterpret_cast<const ring::directory_words<hardware>*>(words_.data())->terms;
    }
    /// Consumers may be.
    [[nodiscard]] bool lossless() const noexcept
    {
        return (terms().lossless.load(std::memory_order_relaxed) & ~ring::forbidding) != 0;
    }
    /// @param most_held  bytes of a hold; one that says more is cut
    [[nodiscard]] cell_sight look_at_cell(const observed_consumer& consumer, unsigned lane,
                                          std::uint64_t most_held) const;
    [[nodiscard]] position saved_place(unsigned slot, unsigned lane) const noexcept;
    [[nodiscard]] observed_place lossless_place(observed_consumer& consumer, position at, unsigned lane,
                                                const ring::lane_sight& sight, const ring::observed_pages& pages) const;
    [[nodiscard]] observed_place lossy_place(observed_consumer& consumer, const cell_sight& cell, unsigned lane,
                                             const ring::lane_sight& sight, const ring::observed_pages& pages) const;
    /// Sets what the lane's lock and state word say.
    void judge(unsigned lane, observed_lane& found) const;
    /// Sets what only a second look can tell.
    void compare(memory_of_lane now, observed_lane& found);
    /// The name for which `slot` is kept.
    [[nodiscard]] std::string name_of(unsigned slot) const;
    [[nodiscard]] std::vector<observed_member> members_of(unsigned slot) const;

    memory::channel_place place_;
    memory::file data_;
    ring::data_header header_;
    std::string format_;
    ring::lane_geometry geometry_;
    memory::plain_mapping words_;
    memory::plain_mapping control_;
    memory::ownership_locks control_file_; ///< takes none: asks
    std::array<memory_of_lane, ring::most_lanes> before_{};
};

} // namespace samepage
