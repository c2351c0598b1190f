// SPDX-License-Identifier: BSL-1.0
// change_channel.hpp: a channel in use gets larger or smaller rings, or other rules, and nobody has to attach anew.
// Thread safety: safe from any process at any time.
#pragma once

#include <samepage/ring/lossless_permission.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string_view>

namespace samepage {

/// What is to change of what channel_options said; what is not set stays as it is.
struct channel_changes {
    /// Of each producer's ring. Its records move to a new ring with it, when their producer next looks for room;
    /// consumers go on where they are. A smaller ring comes once what consumers have not released fits it.
    std::optional<std::size_t> capacity_bytes{};
    std::optional<std::chrono::nanoseconds> wait_for_absent{};
    /// Which consumers may be lossless, from here on. To forbid it to all, there may be none.
    std::optional<lossless_permission> lossless{};
    /// At a time; from 1 to as many as the channel has room for (channel_options::room_for_producers and
    /// room_for_consumers). Who is there stays, however few are allowed from here on;
    /// a name or a group that is kept counts as there. While more are there than allowed, those who come at the very
    /// moment at which one leaves may be let in together.
    std::optional<unsigned> max_producers{};
    std::optional<unsigned> max_consumers{};
    /// How long to wait until the live producers have moved; each does at latest when it has filled a part of its ring.
    std::chrono::nanoseconds wait_for_producers{0};
};

/// Changes the channel; its processes need not be told, nor its names.
/// Needs write permission on both files, as a producer does. Memory for the new rings is reserved here, that of an old
/// one goes back when no consumer looks at it any more.
/// @return of the live producers, how many have still to move to a new ring. A lane without a producer keeps its ring
///         until it has one. One that cannot have the new ring as its memory_options say (RLIMIT_MEMLOCK, a NUMA node
///         that is full, address space) stays, publishes on in the ring it has, and tries again every second.
/// @throws error not_found; permission_denied; invalid_argument (a capacity that no ring can have, numbers that there
///         is no room for, lossless consumers that are there); no_space (nothing has changed, but that lanes which
///         moved at once may keep their new ring); those of attaching; system
/// Source: docs/protocol.md, "Another ring".
unsigned change_channel(std::string_view name, const channel_changes& changes,
                        const std::filesystem::path& directory = "/dev/shm");

} // namespace samepage
