// SPDX-License-Identifier: BSL-1.0
// channel_type.hpp: what a channel says of its records, read without joining it.
// Thread safety: may be called at any time.
#pragma once

#include <samepage/ring/record_type.hpp>

#include <filesystem>
#include <string_view>

namespace samepage::ring {

/// Reads the description from the channel's data file. Takes no slot, and leaves no trace.
/// @throws error invalid_name, not_found, permission_denied, not_a_channel, wrong_version, corrupt, system
[[nodiscard]] described_type read_channel_type(std::string_view name,
                                               const std::filesystem::path& directory = "/dev/shm");

} // namespace samepage::ring
