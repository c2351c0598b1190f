// SPDX-License-Identifier: BSL-1.0
// file_system.hpp: which file systems are fit for a channel, and how large their pages are.
// Thread safety: none needed.
#pragma once

#include "memory/channel_files.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <sys/vfs.h>

namespace samepage::memory {

/// What differs between places, as far as it matters here.
enum class storage {
    shared_memory, ///< a tmpfs or a memfd: memory alone
    huge_pages,    ///< a hugetlbfs
    disk,          ///< anything else that is fit
};

struct file_system {
    storage kind = storage::shared_memory;
    std::size_t page_bytes = 0; ///< unit of its mappings and sizes
};

/// Why a file system of this magic number (statfs(2)) is unfit for a channel; nothing if it is fit, or unknown.
struct unfitness {
    const char* name;
    const char* reason;
};
[[nodiscard]] std::optional<unfitness> unfit(std::uint64_t magic) noexcept;

/// The magic number of a file system, as unfit() knows them.
[[nodiscard]] std::uint64_t magic_of(const struct ::statfs& found) noexcept;

/// The file system of the place's directory; a memfd's if it has none.
/// @throws error system for one that is unfit; not_found; permission_denied
[[nodiscard]] file_system file_system_of(const channel_place& place);

/// As it lies where `of` is, which may be another one than that of its directory.
/// @throws error system for one that is unfit
[[nodiscard]] file_system file_system_of(const channel_place& place, const file& of);

/// Bytes of a transparent huge page. @throws error system if the kernel has none
[[nodiscard]] std::size_t huge_page_bytes(const channel_place& place);

/// Where writing copies (btrfs), asks for a file that is written in place, so that what is reserved stays so.
/// @pre `of` is empty. @throws error system
void write_in_place(const channel_place& place, const file& of);

/// Says that a hugetlbfs has not enough pages. @throws error no_space
[[noreturn]] void fail_no_huge_pages(const channel_place& place, std::size_t page_bytes, std::size_t bytes);

} // namespace samepage::memory
