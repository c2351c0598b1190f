// SPDX-License-Identifier: BSL-1.0
// ring_space.hpp: rings as pieces of a data file: which are possible, making one, giving its pages back.
// Thread safety: distinct files are independent.
#pragma once

#include "memory/channel_files.hpp"

#include <samepage/ring/hardware.hpp>
#include <samepage/ring/layout.hpp>

#include <cstdint>

namespace samepage::ring {

/// The lane's ring until it has another one: as the header says.
[[nodiscard]] std::uint64_t first_ring(const data_header& header, unsigned lane) noexcept;

/// A ring can lie there: behind the lanes' words, within the file, of a capacity that a channel of this kind may have.
[[nodiscard]] bool is_possible_ring(const memory::channel_place& place, const memory::file& data,
                                    const data_header& header, std::uint64_t ring);

/// A new ring at the file's end, its pages reserved. @pre We hold the naming lock.
/// @return ring_place. @throws error no_space; system: then the file is as it was
[[nodiscard]] std::uint64_t make_ring(const memory::channel_place& place, const memory::file& data,
                                      const data_header& header, std::uint64_t capacity_bytes);

/// Takes a ring of make_ring()'s away again, of which nobody was told; the file was `bytes_before` long.
/// @pre We have held the naming lock since before it was made; a file that is longer than that ring keeps its length.
void unmake_ring(const memory::file& data, std::uint64_t ring, std::uint64_t bytes_before) noexcept;

/// Its pages go back to the file system, if that takes them; its place in the file is not used again.
void give_back_ring(const memory::file& data, std::uint64_t ring) noexcept;

/// Sees to it that the lane's producer finds that its ring is to have `capacity_bytes`. What it was to have before and
/// did not take up yet is given back. @pre We hold the naming lock; the lane has a ring.
/// @return false: the producer moves at this moment. @throws error no_space; system
[[nodiscard]] bool want_ring(const memory::channel_place& place, const memory::file& data, const data_header& header,
                             lane_words<hardware>& words, std::uint64_t capacity_bytes);

/// Takes back what the lane's producer was to have and did not take up yet. @pre We hold the naming lock.
/// @return false: its producer moves at this moment, or died in that
[[nodiscard]] bool withdraw_ring(const memory::file& data, lane_words<hardware>& words) noexcept;

} // namespace samepage::ring
