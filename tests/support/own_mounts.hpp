// SPDX-License-Identifier: BSL-1.0
// own_mounts.hpp: file systems that one process alone sees.
// Thread safety: for children with one thread.
#pragma once

#include <string>

namespace support {

/// Leaves for a mount namespace of our own, as root or as a user who may. Empty, or why it cannot be.
[[nodiscard]] std::string leave_for_own_mounts();

/// Mounts a file system of that kind at `at`. Empty, or why it cannot be.
[[nodiscard]] std::string mount_own(const std::string& kind, const std::string& at, const std::string& options);

} // namespace support
