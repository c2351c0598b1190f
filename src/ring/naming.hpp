// SPDX-License-Identifier: BSL-1.0
// naming.hpp: giving a channel's two files their names, and taking them away, so that no half-made one is ever seen.
#pragma once

#include "memory/channel_files.hpp"

#include <samepage/memory/ownership_locks.hpp>

namespace samepage::ring {

/// Links the control file, then the data file: the data file's name is the channel's existence. A control file that a
/// dead creator or remover left alone is cleared away.
/// @param data, control  descriptors of the nameless files.
/// @pre The caller holds lock_byte::naming of the control file.
/// @return false if the channel exists by now.
[[nodiscard]] bool give_names(const memory::channel_place& place, int data, int control);

/// Takes lock_byte::naming of the control file, which others hold for microseconds.
/// @throws error system: somebody keeps it
void wait_for_naming_lock(const memory::channel_place& place, memory::ownership_locks& locks);

} // namespace samepage::ring
