// SPDX-License-Identifier: BSL-1.0
// options.hpp: what a creator decides about a channel, and a consumer about itself.
#pragma once

#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/waiting.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>

#include <sys/types.h>

namespace samepage {

using ring::start;

/// Decided by whoever creates the channel; a producer that joins an existing one takes that one's capacity, alignment,
/// consumers and mode, and only `directory` and `wait` of these.
struct channel_options {
    /// Of the ring; rounded up to a power of two of at least a page. All of it is reserved at once.
    std::size_t capacity_bytes = std::size_t{1} << 20U;
    /// 1 to 64.
    unsigned max_consumers = 64;
    /// Of both files. Consumers need read permission on the data file and read and write on the control file.
    ::mode_t mode = 0600;
    /// Of each payload of a framed channel: a power of two, 8 to 4096.
    std::size_t payload_alignment = 8;
    std::filesystem::path directory = "/dev/shm";
    /// How loan() waits for room.
    wait_policy wait{};
};

struct consumer_options {
    start from = start::newest;
    /// How long to wait for a channel that does not exist yet; 0: not at all (error not_found).
    std::chrono::nanoseconds wait_for_channel{0};
    std::filesystem::path directory = "/dev/shm";
    /// How take() waits for records.
    wait_policy wait{};
};

} // namespace samepage
