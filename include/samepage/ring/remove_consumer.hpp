// SPDX-License-Identifier: BSL-1.0
// remove_consumer.hpp: forgetting a named consumer.
#pragma once

#include <filesystem>
#include <string_view>

namespace samepage {

/// Forgets the consumer `name` of `channel`: where it stood, and that producers wait for it. Its slot is free again.
/// @return false if the channel knew no such name.
/// @throws error consumer_exists (it is alive), not_found, invalid_name, permission_denied, retired, corrupt, system
bool remove_consumer(std::string_view channel, std::string_view name,
                     const std::filesystem::path& directory = "/dev/shm");

} // namespace samepage
