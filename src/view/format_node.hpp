// SPDX-License-Identifier: BSL-1.0
// format_node.hpp: the tree that a format is read into.
#pragma once

#include <samepage/view/item_kind.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace samepage::view {

struct format_part;

/// One item. Of a sub-array, `parts` is its element alone; of a structure, its fields by rising offset.
struct format_node {
    item_kind kind = item_kind::structure;
    char code = 'T';
    bool is_swapped = false;      ///< a scalar of several bytes, in the order that is not this machine's
    bool is_native_order = true;  ///< nothing inside is swapped
    bool has_native_size = false; ///< g or P, which only native modes have, is inside
    std::size_t alignment = 1;
    std::size_t size_bytes = 0;
    std::size_t element_count = 1; ///< of a sub-array: the product of its shape
    std::vector<std::size_t> shape;
    std::vector<format_part> parts;
};

struct format_part {
    std::string name;
    std::size_t offset_bytes = 0;
    format_node node;
};

/// Units of u or w.
[[nodiscard]] constexpr std::size_t unicode_unit_bytes(const format_node& node) noexcept
{
    return node.code == 'u' ? 2 : 4;
}

} // namespace samepage::view
