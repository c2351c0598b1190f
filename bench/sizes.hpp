// SPDX-License-Identifier: BSL-1.0
// sizes.hpp: the rings' sizes, the same for a limit and for the rows held against it.
#pragma once

#include <cstddef>

namespace bench {

inline constexpr std::size_t kibibyte = 1024;
inline constexpr std::size_t mebibyte = 1024 * kibibyte;

/// Round trips have one record in flight; from 64 KiB to 16 MiB they take the same time.
inline constexpr std::size_t round_trip_ring_bytes = 1 * mebibyte;
/// Records of 1 MiB. A producer asks for room an eighth of the ring at a time: two of them here. 64 MiB would do better
/// still, but a container's /dev/shm seldom holds two of those.
inline constexpr std::size_t large_record_ring_bytes = 16 * mebibyte;
/// Small records, one way: a channel's default.
inline constexpr std::size_t rate_ring_bytes = 1 * mebibyte;
/// Large records, and arrays of small ones, one way. On a Zen 4 with 1 MiB of second-level cache a core, memory in
/// rotation is read at 9 GB/s while it fits that cache, since each line is then fetched from the other core; at 30 to
/// 45 GB/s once it comes from the third level (2 MiB for records of 64 KiB, 8 MiB for records of 1 MiB); and at 15 to
/// 20 beyond (16 MiB and more).
template <std::size_t RecordBytes>
inline constexpr std::size_t stream_ring_bytes = RecordBytes < mebibyte ? 2 * mebibyte : 8 * mebibyte;

} // namespace bench
