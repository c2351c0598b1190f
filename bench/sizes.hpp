// SPDX-License-Identifier: BSL-1.0
// sizes.hpp: the rings' sizes, the same for a limit and for the rows held against it.
#pragma once

#include <cstddef>

namespace bench {

inline constexpr std::size_t kibibyte = 1024;
inline constexpr std::size_t mebibyte = 1024 * kibibyte;

/// Round trips have one record in flight.
inline constexpr std::size_t round_trip_ring_bytes = 1 * mebibyte;
/// Small records, one way. Below it the producer writes lines that the consumer has just read.
inline constexpr std::size_t rate_ring_bytes = 1 * mebibyte;

} // namespace bench
