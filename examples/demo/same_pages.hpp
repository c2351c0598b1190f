// SPDX-License-Identifier: BSL-1.0
// same_pages.hpp: what the kernel says of a mapping of this process: which file, where in it, which page frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// A line of /proc/[pid]/maps.
struct mapping {
    std::uintptr_t first = 0;
    std::uintptr_t last = 0; ///< one past the end
    std::string protection;  ///< "rw-s"
    std::uint64_t file_offset_bytes = 0;
    unsigned device_major = 0;
    unsigned device_minor = 0;
    std::uint64_t inode = 0;
    std::string path;
};

/// @throws std::runtime_error if `line` is none of that file.
[[nodiscard]] mapping parse_mapping(std::string_view line);

/// The mapping of this process that holds `address`.
[[nodiscard]] std::optional<mapping> find_mapping(const void* address);

/// The same file, place and bytes for every process: "device 0:27, inode 1234, offset 8192".
[[nodiscard]] std::string describe_place(unsigned device_major, unsigned device_minor, std::uint64_t inode,
                                         std::uint64_t file_offset_bytes);

/// What the kernel says of `address`: its place by /proc/self/maps. "not mapped" if it is not.
[[nodiscard]] std::string place_of(const void* address);
/// "r--s", or "not mapped".
[[nodiscard]] std::string protection_of(const void* address);

/// Physical frame number of each page of [first, first + bytes), by /proc/self/pagemap; 0 for a page that is not
/// present. All 0 where the process lacks CAP_SYS_ADMIN. Reads one byte of every page, so that it is mapped.
/// @pre `first` lies on a page boundary, and nobody writes the pages meanwhile.
[[nodiscard]] std::vector<std::uint64_t> page_frames(const std::byte* first, std::size_t bytes);

} // namespace demo
