// SPDX-License-Identifier: BSL-1.0
// write_back.hpp: getting a channel in a directory on a disk onto that disk, now.
// Thread safety: may be called at any time.
#pragma once

#include <filesystem>
#include <string_view>

namespace samepage {

/// Returns once the disk has what was published, and released, in channel `name` before the call, and both files'
/// names: a power loss from then on leaves these records, as far as they are not overwritten later. What is published
/// during or after the call may be there in part (docs/places.md, "Power loss"). Nobody who takes part has to wait for
/// it but by the disk's own load.
/// @throws error invalid_name, not_found, permission_denied, not_a_channel, retired (removed meanwhile),
///         invalid_argument (no disk: a tmpfs or hugetlbfs), system
void write_back(std::string_view name, const std::filesystem::path& directory);

} // namespace samepage
