// SPDX-License-Identifier: BSL-1.0
// users.hpp: other users, for tests that root runs.
// Thread safety: for children with one thread.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace support {

/// Only root can become another user. If we are not, says so: the test is skipped.
[[nodiscard]] bool is_root();

/// Becomes another user for good, of one group and more. @throws std::runtime_error
void become(::uid_t user, ::gid_t group, const std::vector<::gid_t>& more = {});

} // namespace support
