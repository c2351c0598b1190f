// SPDX-License-Identifier: BSL-1.0
// naming.hpp: giving a channel's two files their names, and taking them away, so that no half-made one is ever seen.
#pragma once

#include "memory/channel_files.hpp"

#include <samepage/memory/fork_guard.hpp>
#include <samepage/memory/ownership_locks.hpp>

#include <optional>

namespace samepage::ring {

/// Links the control file, then the data file: the data file's name is the channel's existence. A control file that a
/// dead creator or remover left alone is cleared away.
/// @param data, control  descriptors of the nameless files.
/// @pre The caller holds lock_byte::naming of the control file.
/// @return false if the channel exists by now.
[[nodiscard]] bool give_names(const memory::channel_place& place, int data, int control);

/// The naming lock, and no fork that would give a child a copy of it.
struct held_names {
    memory::fork_barrier without_forks;
    memory::ownership_locks locks; // goes first
};

/// The existing control file with its naming lock held. Empty if there is no such file.
/// @throws error permission_denied; system: somebody keeps it
[[nodiscard]] std::optional<held_names> lock_names(const memory::channel_place& place);

/// Throws not_a_channel if something else than a channel's file lies at `path`; nothing, or a link, is well: unlinking
/// takes only the link. The magic alone decides, and either byte order of it: other versions and damaged channels are
/// to be removed too. A file of ours has it from its first moment under a name.
void require_ours(const memory::channel_place& place, const std::filesystem::path& path);

/// Takes lock_byte::naming of the control file, which others hold for microseconds.
/// @throws error system: somebody keeps it
void wait_for_naming_lock(const memory::channel_place& place, memory::ownership_locks& locks);

} // namespace samepage::ring
