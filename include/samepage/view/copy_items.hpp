// SPDX-License-Identifier: BSL-1.0
// copy_items.hpp: the one copy that views make, and only when asked to.
#pragma once

#include <samepage/view/geometry.hpp>

#include <cstddef>

namespace samepage::view {

/// Copies every item of one geometry to the item of the same index of another; `to` and `from` are where item 0 lies.
/// Runs that are contiguous in both are copied whole. Overlapping memory is as if all items were read before one is
/// written; that allocates nbytes(), unless both are contiguous.
/// Throws geometry_error if shapes or item sizes differ. @pre The items lie in memory; no two of `to` overlap.
void copy_items(std::byte* to, const geometry& to_geometry, const std::byte* from, const geometry& from_geometry);

} // namespace samepage::view
