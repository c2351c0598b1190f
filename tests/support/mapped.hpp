// SPDX-License-Identifier: BSL-1.0
// mapped.hpp: what the kernel says of a mapping of this process.
// Thread safety: none; one thread, the test's.
#pragma once

#include <cstddef>
#include <string>

namespace support {

/// One entry of /proc/self/smaps; bytes.
struct mapped {
    std::size_t size = 0;
    std::size_t present = 0;    ///< in the page tables
    std::size_t locked = 0;     ///< a page that is mapped n times here counts as 1/n
    std::size_t huge = 0;       ///< of those of shared memory, by huge pages
    std::size_t page_bytes = 0; ///< what the file's own pages are
    bool is_locked = false;     ///< mlock: what is there, and what comes
};

/// The entry that begins at `address`; all zero if none does.
[[nodiscard]] mapped mapping_at(const void* address);

/// Bytes that the file at `path` takes.
[[nodiscard]] std::size_t taken_by(const std::string& path);

} // namespace support
