// SPDX-License-Identifier: BSL-1.0
// format_text.cpp: spells a format's tree, one text for each layout.
#include "view/format_parser.hpp"

#include <bit>
#include <string>

namespace samepage::view {
namespace {

constexpr bool is_little = std::endian::native == std::endian::little;

[[nodiscard]] bool has_order(const format_node& node) noexcept
{
    switch (node.kind) {
    case item_kind::structure:
    case item_kind::sub_array:
    case item_kind::boolean:
    case item_kind::character:
    case item_kind::bytes:
    case item_kind::pascal_string: return false;
    case item_kind::unicode: return true;
    default: return node.size_bytes > 1;
    }
}

/// The first scalar that has a byte order; null if there is none.
[[nodiscard]] const format_node* first_ordered(const format_node& node) noexcept
{
    if (has_order(node)) {
        return &node;
    }
    for (const auto& part : node.parts) {
        if (const auto* const found = first_ordered(part.node)) {
            return found;
        }
    }
    return nullptr;
}

class format_speller {
public:
    [[nodiscard]] std::string spell(const format_node& node) &&
    {
        if (node.kind != item_kind::structure && node.kind != item_kind::sub_array) {
            put_item(node); // in mode '@', where a lone code needs no order
            return std::move(text_);
        }
        native_ = node.has_native_size ? '^' : is_little ? '<' : '>';
        const auto* const first = first_ordered(node);
        order_ = first != nullptr && first->is_swapped ? swapped : native_;
        // NumPy reads an order between the shape and the element, and nowhere else.
        put_shape(node);
        text_ += order_;
        put_item(node.kind == item_kind::sub_array ? node.parts[0].node : node);
        return std::move(text_);
    }

private:
    static constexpr char swapped = is_little ? '>' : '<';

    void put_shape(const format_node& node)
    {
        char before = '(';
        for (const std::size_t extent : node.shape) {
            text_ += before;
            text_ += std::to_string(extent);
            before = ',';
        }
        if (!node.shape.empty()) {
            text_ += ')';
        }
    }

    void put_counted(std::size_t count, char code)
    {
        if (count != 1) {
            text_ += std::to_string(count);
        }
        text_ += code;
    }

    void put_padding(std::size_t bytes)
    {
        if (bytes != 0) {
            put_counted(bytes, 'x');
        }
    }

    void put_order(const format_node& node)
    {
        const char order = node.is_swapped ? swapped : native_;
        if (has_order(node) && order != order_) {
            text_ += order;
            order_ = order;
        }
    }

    void put_item(const format_node& node)
    {
        put_order(node);
        switch (node.kind) {
        case item_kind::structure: put_structure(node); break;
        case item_kind::sub_array:
            put_shape(node);
            put_item(node.parts[0].node);
            break;
        case item_kind::complex:
            text_ += 'Z';
            text_ += node.code;
            break;
        case item_kind::bytes:
        case item_kind::pascal_string: put_counted(node.size_bytes, node.code); break;
        case item_kind::unicode: put_counted(node.size_bytes / unicode_unit_bytes(node), node.code); break;
        default: text_ += node.code;
        }
    }

    void put_structure(const format_node& node)
    {
        text_ += "T{";
        std::size_t after = 0;
        for (const auto& part : node.parts) {
            put_padding(part.offset_bytes - after);
            put_item(part.node);
            if (!part.name.empty()) {
                text_ += ':';
                text_ += part.name;
                text_ += ':';
            }
            after = part.offset_bytes + part.node.size_bytes;
        }
        put_padding(node.size_bytes - after);
        text_ += '}';
    }

    std::string text_;
    char native_ = '@';
    char order_ = '@';
};

} // namespace

std::string spell_format(const format_node& format)
{
    return format_speller{}.spell(format);
}

} // namespace samepage::view
