// SPDX-License-Identifier: BSL-1.0
// corrupt_resting.hpp: a channel that nobody uses, whose headers are damaged.
// Thread safety: none.
#pragma once

#include "support/records.hpp"
#include "torture/corrupt.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/producer.hpp>

#include <cstdint>
#include <filesystem>

namespace torture::damage {

namespace ring = samepage::ring;

/// Counters in the logbook.
enum : std::size_t { data_bits, control_bits, attempts, let_in, messages_wrong, forged };

constexpr std::size_t first_page = 4096; ///< header and description lie in it

/// A channel at rest, of dense or framed records.
struct resting {
    files at;
    bytes data;
    bytes control;

    /// In a directory of the parent's, which outlives a crash.
    resting(bool dense, const std::filesystem::path& place) : at{place, dense ? "dense" : "framed"}
    {
        std::filesystem::remove(at.data());
        std::filesystem::remove(at.control());
        const samepage::channel_options options{.capacity_bytes = 8192,
                                                .max_producers = 2,
                                                .max_consumers = 3,
                                                .room_for_producers = 2,
                                                .room_for_consumers = 3,
                                                .max_held = 2,
                                                .directory = place};
        if (dense) {
            samepage::producer<support::tick> made{at.name, options};
            for (std::uint64_t i = 0; i < 500; ++i) {
                auto slot = made.loan();
                *slot = support::tick_of(i);
                slot.publish();
            }
        } else {
            samepage::bytes_producer made{at.name, options};
            for (std::uint64_t i = 0; i < 500; ++i) {
                auto slot = made.loan(support::bytes_of(i, 400));
                support::fill(slot.bytes(), i);
                slot.publish();
            }
        }
        data = content(at.data());
        control = content(at.control());
    }
};

} // namespace torture::damage
