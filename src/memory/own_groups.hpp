// SPDX-License-Identifier: BSL-1.0
// own_groups.hpp: the groups that this process is in.
// Thread safety: none needed.
#pragma once

#include <vector>

#include <sys/types.h>

namespace samepage::memory {

/// The effective one first, then the supplementary ones; some perhaps twice.
[[nodiscard]] std::vector<::gid_t> own_groups();

} // namespace samepage::memory
