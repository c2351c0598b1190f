// SPDX-License-Identifier: BSL-1.0
// sealed_memory.hpp: memfds whose pages nobody can cut off, and more descriptions of them.
// Thread safety: distinct objects are independent.
#pragma once

#include "memory/channel_files.hpp"

#include <cstddef>
#include <filesystem>

namespace samepage::memory {

/// A memfd of `bytes` zero bytes, not sealed yet. @param path  as errors and the kernel's lists call it
/// @throws error system
[[nodiscard]] file create_memory(const channel_place& place, std::size_t bytes, ::mode_t mode,
                                 const std::filesystem::path& path);

/// From here on it cannot shrink, grow, or be sealed further; of data, nobody can write it or map it for writing who
/// has not done so yet. @throws error system where the kernel has no such seal (Linux before 5.1)
void seal_data(const channel_place& place, const file& data);
void seal_control(const channel_place& place, const file& control);

/// What is missing of the seals of a channel's data or control memfd, in words; empty: nothing.
[[nodiscard]] std::string missing_seals(int descriptor, bool of_data);

/// An open file description of its own, through /proc: locks of one are no other's.
/// @throws error system without /proc, with the reason; permission_denied
[[nodiscard]] file reopen(const channel_place& place, int descriptor, access how, const std::filesystem::path& path);

} // namespace samepage::memory
