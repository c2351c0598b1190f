// SPDX-License-Identifier: BSL-1.0
// item_format.cpp: walking a format's tree.
#include "view/format_parser.hpp"

#include <samepage/view/item_format.hpp>

#include <algorithm>
#include <cassert>
#include <ostream>
#include <stdexcept>

namespace samepage {
namespace {

/// A field below a structure, however deep; null if there is none.
struct found_field {
    const view::format_part* part = nullptr;
    std::size_t offset_bytes = 0;
};

found_field find_field(const view::format_node& node, std::string_view path)
{
    if (node.kind != item_kind::structure) {
        return {};
    }
    found_field longest;
    std::size_t longest_name = 0;
    for (const auto& part : node.parts) {
        if (part.name.empty() || part.name.size() <= longest_name || !path.starts_with(part.name)) {
            continue;
        }
        if (path.size() == part.name.size()) {
            return {&part, part.offset_bytes};
        }
        if (path[part.name.size()] == '.') {
            if (const auto inner = find_field(part.node, path.substr(part.name.size() + 1)); inner.part != nullptr) {
                longest = {inner.part, part.offset_bytes + inner.offset_bytes};
                longest_name = part.name.size();
            }
        }
    }
    return longest;
}

/// How many are named in a message.
constexpr std::size_t max_listed = 20;

void list_fields(const view::format_node& node, const std::string& before, std::size_t& listed, std::string& list)
{
    for (const auto& part : node.parts) {
        if (part.name.empty()) {
            continue;
        }
        if (listed++ == max_listed) {
            list += ", …";
        }
        if (listed > max_listed) {
            return;
        }
        list += (list.empty() ? "'" : ", '") + before + part.name + "'";
        if (part.node.kind == item_kind::structure) {
            list_fields(part.node, before + part.name + '.', listed, list);
        }
    }
}

[[noreturn]] void throw_no_field(const view::format_node& node, std::string_view path)
{
    std::string list;
    std::size_t listed = 0;
    if (node.kind == item_kind::structure) {
        list_fields(node, {}, listed, list);
    }
    throw std::out_of_range{"item_format::field: no field '" + std::string{path} + "'; " +
                            (node.kind != item_kind::structure
                                 ? "this is no structure: " + std::string{name_of(node.kind)}
                             : list.empty() ? "no field has a name"
                                            : "there are " + list)};
}

} // namespace

std::string_view name_of(item_kind kind) noexcept
{
    switch (kind) {
    case item_kind::boolean: return "boolean";
    case item_kind::character: return "character";
    case item_kind::signed_integer: return "signed integer";
    case item_kind::unsigned_integer: return "unsigned integer";
    case item_kind::real: return "real";
    case item_kind::complex: return "complex";
    case item_kind::bytes: return "bytes";
    case item_kind::pascal_string: return "pascal string";
    case item_kind::unicode: return "unicode";
    case item_kind::pointer: return "pointer";
    case item_kind::structure: return "structure";
    case item_kind::sub_array: return "sub-array";
    }
    return "unknown";
}

item_format::item_format() : item_format{of<unsigned char>()} {}

item_format::item_format(std::string_view text)
    : node_{std::make_shared<const view::format_node>(view::parse_format(text))}
{
}

std::string item_format::text() const
{
    return view::spell_format(*node_);
}

std::size_t item_format::itemsize() const noexcept
{
    return node_->size_bytes;
}

std::size_t item_format::alignment() const noexcept
{
    return node_->alignment;
}

item_kind item_format::kind() const noexcept
{
    return node_->kind;
}

char item_format::code() const noexcept
{
    return node_->code;
}

bool item_format::is_native_order() const noexcept
{
    return node_->is_native_order;
}

std::span<const std::size_t> item_format::shape() const noexcept
{
    return node_->shape;
}

item_format item_format::element() const noexcept
{
    assert(kind() == item_kind::sub_array);
    return item_format{{node_, &node_->parts[0].node}};
}

std::size_t item_format::field_count() const noexcept
{
    return kind() == item_kind::structure ? node_->parts.size() : 0;
}

item_field item_format::field(std::size_t index) const
{
    assert(index < field_count());
    const auto& part = node_->parts[index];
    return {part.name, part.offset_bytes, item_format{{node_, &part.node}}};
}

item_field item_format::field(std::string_view dotted_path) const
{
    const auto found = find_field(*node_, dotted_path);
    if (found.part == nullptr) {
        throw_no_field(*node_, dotted_path);
    }
    return {found.part->name, found.offset_bytes, item_format{{node_, &found.part->node}}};
}

bool item_format::same_layout(const view::format_node& left, const view::format_node& right) noexcept
{
    // Code and size together tell the kind: Zf is twice as large as f.
    return left.code == right.code && left.is_swapped == right.is_swapped && left.size_bytes == right.size_bytes &&
           left.shape == right.shape &&
           std::equal(left.parts.begin(), left.parts.end(), right.parts.begin(), right.parts.end(),
                      [](const view::format_part& one, const view::format_part& other) {
                          return one.offset_bytes == other.offset_bytes && one.name == other.name &&
                                 same_layout(one.node, other.node);
                      });
}

std::ostream& operator<<(std::ostream& out, const item_format& format)
{
    return out << format.text();
}

} // namespace samepage
