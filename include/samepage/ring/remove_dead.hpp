// SPDX-License-Identifier: BSL-1.0
// remove_dead.hpp: clearing away what dead processes left.
// Thread safety: safe from any process at any time.
#pragma once

#include <samepage/core/language.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace samepage {

/// What counts as left behind, besides what a death left.
struct dead_options {
    /// Channels that nobody uses and whose last producer closed, as well: what they hold was perhaps to be read later.
    bool closed = false;
    /// Channels that nobody uses and that keep the place of a named consumer or a group, as well.
    bool kept = false;
};

struct removed_leftovers {
    std::vector<std::string> channels{}; ///< names of those that were removed
    unsigned consumers = 0;              ///< dead ones in channels that are in use: their slots are free again
    unsigned files = 0;                  ///< bells, and files of channels that were never whole
    std::vector<std::string> refused{};  ///< what could not be looked at or removed, and why: an error's words each
};

/// Removes the channels of a directory that nobody uses, whose last producer died and which keep no place for a name or
/// a group, and in those that are in use what the dead left. Whoever attaches meanwhile finds the channel whole and
/// keeps it, or finds none. What belongs to others, or is no channel of this version, stays.
/// @throws error not_found, permission_denied: the directory
/// Source: docs/protocol.md, "Clearing away".
removed_leftovers remove_dead(const std::filesystem::path& directory = "/dev/shm", const dead_options& options = {});

} // namespace samepage
