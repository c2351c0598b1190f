// SPDX-License-Identifier: BSL-1.0
// channel_pages.hpp: the pages of a new channel: how large, and which are reserved from the start.
// Thread safety: none needed.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/file_system.hpp"
#include "memory/page_care.hpp"

#include <samepage/memory/memory_options.hpp>
#include <samepage/ring/layout.hpp>

#include <span>

namespace samepage::ring {

/// Where a new channel at `place` would be, and the unit of its parts.
/// @throws error invalid_argument for an option that the place does not offer; system, not_found
[[nodiscard]] memory::file_system pages_of_new(const memory::channel_place& place, const memory_options& options);

/// Reserves the header of a data file, its directory and its lanes' words: all but the rings.
void reserve_heads(const memory::channel_place& place, const memory::file& data, const data_header& header,
                   memory::storage where);

/// Reserves the control file of a channel with this header.
void reserve_control(const memory::channel_place& place, const memory::file& control, const data_header& header,
                     memory::storage where);

/// Locks pages in memory, or has them in this process's page tables, or neither.
/// @throws error as memory::lock(), memory::prefault()
void care_for(const memory::channel_place& place, std::span<const memory::page_range> ranges, bool prefault, bool lock);

/// Bytes of a lane's words, or the directory, in whole pages as they are reserved: a page of page_bytes may hold a hole
/// behind them.
[[nodiscard]] std::size_t words_bytes(const data_header& header, memory::storage where) noexcept;

} // namespace samepage::ring
