// SPDX-License-Identifier: BSL-1.0
// items_equal.cpp: two items compared where they lie, whatever their formats are.
#include "view/scalar_value.hpp"

#include <samepage/view/item_value.hpp>

#include <cstring>

namespace samepage {
namespace view {
namespace {

struct placed_item {
    const format_node* node = nullptr; ///< null behind the last
    const std::byte* at = nullptr;
};

[[nodiscard]] bool is_row(const format_node& node) noexcept
{
    return node.kind == item_kind::sub_array && node.shape.size() == 1;
}

/// The parts of a structure or of a row, each row among them taken apart too; a scalar alone.
class item_sequence {
public:
    explicit item_sequence(placed_item whole) noexcept : whole_{whole}
    {
        if (is_scalar(*whole.node)) {
            element_ = whole;
            left_in_row_ = 1;
        } else if (is_row(*whole.node)) {
            enter(whole);
            next_part_ = whole.node->parts.size();
        }
    }

    [[nodiscard]] placed_item next() noexcept
    {
        while (left_in_row_ == 0) {
            if (next_part_ == whole_.node->parts.size()) {
                return {};
            }
            const auto& part = whole_.node->parts[next_part_++];
            const placed_item item{&part.node, whole_.at + part.offset_bytes};
            if (!is_row(part.node)) {
                return item;
            }
            enter(item);
        }
        const placed_item item = element_;
        --left_in_row_;
        element_.at += element_.node->size_bytes;
        return item;
    }

private:
    void enter(placed_item row) noexcept
    {
        element_ = {&row.node->parts[0].node, row.at};
        left_in_row_ = row.node->element_count;
    }

    placed_item whole_;
    std::size_t next_part_ = 0;
    placed_item element_;
    std::size_t left_in_row_ = 0;
};

/// Whether equal values have equal bytes, and only they: integers of one size, sign and order.
[[nodiscard]] bool are_equal_by_bytes(const format_node& left, const format_node& right) noexcept
{
    return left.kind == right.kind && left.size_bytes == right.size_bytes && left.is_swapped == right.is_swapped &&
           (left.kind == item_kind::signed_integer || left.kind == item_kind::unsigned_integer ||
            left.kind == item_kind::pointer || left.kind == item_kind::character);
}

[[nodiscard]] bool equal(placed_item left, placed_item right) noexcept;

/// @pre Both are sub-arrays of one shape.
[[nodiscard]] bool equal_arrays(placed_item left, placed_item right) noexcept
{
    placed_item one{&left.node->parts[0].node, left.at};
    placed_item other{&right.node->parts[0].node, right.at};
    if (are_equal_by_bytes(*one.node, *other.node)) {
        return left.node->size_bytes == 0 || std::memcmp(left.at, right.at, left.node->size_bytes) == 0;
    }
    for (std::size_t i = 0; i < left.node->element_count; ++i) {
        if (!equal(one, other)) {
            return false;
        }
        one.at += one.node->size_bytes;
        other.at += other.node->size_bytes;
    }
    return true;
}

[[nodiscard]] bool equal(placed_item left, placed_item right) noexcept
{
    if (is_scalar(*left.node) && is_scalar(*right.node)) {
        return scalars_equal(load_scalar(*left.node, left.at), load_scalar(*right.node, right.at));
    }
    if (left.node->kind == item_kind::sub_array && right.node->kind == item_kind::sub_array) {
        return left.node->shape == right.node->shape && equal_arrays(left, right);
    }
    const auto has_dimensions = [](const format_node& node) {
        return node.kind == item_kind::sub_array && !is_row(node);
    };
    if (has_dimensions(*left.node) || has_dimensions(*right.node)) {
        return false;
    }
    item_sequence ones{left};
    item_sequence others{right};
    while (true) {
        const auto one = ones.next();
        const auto other = others.next();
        if (one.node == nullptr || other.node == nullptr) {
            return one.node == other.node;
        }
        if (!equal(one, other)) {
            return false;
        }
    }
}

} // namespace
} // namespace view

bool items_equal(const item_format& left_format, const std::byte* left, const item_format& right_format,
                 const std::byte* right) noexcept
{
    return view::equal({&left_format.node(), left}, {&right_format.node(), right});
}

} // namespace samepage
