// SPDX-License-Identifier: BSL-1.0
// channel_info.hpp: what a handle knows about its channel, for people, logs and proofs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace samepage {

struct channel_info {
    std::string name;
    std::filesystem::path data_path;
    std::filesystem::path control_path;
    std::uint64_t device = 0;          ///< st_dev of the data file
    std::uint64_t inode = 0;           ///< st_ino of the data file
    unsigned lane = 0;                 ///< a producer's own; a consumer's first
    std::size_t ring_offset_bytes = 0; ///< of that lane's ring in the data file
    std::size_t capacity_bytes = 0;    ///< of each ring
    const std::byte* ring = nullptr;   ///< in this process; mapped twice back to back. Lifetime: the handle's
    std::string format;                ///< the description of the record type that the channel carries
};

} // namespace samepage
