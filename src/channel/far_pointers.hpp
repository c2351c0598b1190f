// SPDX-License-Identifier: BSL-1.0
// far_pointers.hpp: one segment made of several that lie one behind the other.
// Thread safety: none; the caller owns the segments.
#pragma once

#include <cstddef>
#include <span>

namespace samepage {

/// Makes every pointer from one segment to another a pointer within one segment that reaches from the first's beginning
/// to the last's end, and zeroes the landing pads. O(pointers), nothing else is read.
/// @param segments  where they begin, by id, ascending; what lies between two of them belongs to no object. The root
///                  pointer is the first word of the first.
/// @pre Made by a capnp::MessageBuilder: pointers are not checked.
/// @throws std::bad_alloc. Called again, it goes on with what is still far.
/// Source: capnproto.org/encoding.html.
void join_segments(std::span<std::byte* const> segments);

} // namespace samepage
