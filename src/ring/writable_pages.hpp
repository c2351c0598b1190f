// SPDX-License-Identifier: BSL-1.0
// writable_pages.hpp: a nameless channel's data as its creator mapped them, before they were sealed.
// Thread safety: the functions may be called by any thread; what they give is constant.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"

#include <memory>
#include <vector>

#include <sys/types.h>

namespace samepage::ring {

/// Shared by all producers of the channel, which are of one process: once the data are sealed, nobody can map them for
/// writing any more. Gone with the last producer.
struct writable_pages {
    memory::plain_mapping words; ///< the directory's page and the lanes'
    std::vector<memory::mirrored_mapping> rings;
    memory::file data; ///< open for reserving rings
    ::dev_t device = 0;
    ::ino_t inode = 0;
    ::pid_t owner = 0;
};

/// So that a producer that joins finds them. @pre the caller has a fork_barrier
void remember(const std::shared_ptr<writable_pages>& pages);

/// Those of the memfd that is open as `data`, if a producer of this process has them; not those of a parent.
[[nodiscard]] std::shared_ptr<writable_pages> writable_pages_of(int data);

} // namespace samepage::ring
