// SPDX-License-Identifier: BSL-1.0
// memory_view_bytes.cpp: views compared, hashed and copied.
#include "view/format_node.hpp"

#include <samepage/view/copy_items.hpp>
#include <samepage/view/memory_view.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace samepage {

namespace {

/// Whether items of this one format are equal if their bytes are, and only then.
bool is_equal_by_bytes(const view::format_node& node)
{
    switch (node.kind) {
    case item_kind::signed_integer:
    case item_kind::unsigned_integer:
    case item_kind::pointer:
    case item_kind::character:
    case item_kind::bytes: return true;
    case item_kind::sub_array: return is_equal_by_bytes(node.parts[0].node);
    case item_kind::structure: {
        std::size_t parts_bytes = 0;
        for (const auto& part : node.parts) {
            if (!is_equal_by_bytes(part.node)) {
                return false;
            }
            parts_bytes += part.node.size_bytes;
        }
        return parts_bytes == node.size_bytes; // padding is not compared
    }
    default: return false;
    }
}

/// CPython's equiv_shape(): what comes behind a size of zero does not matter.
bool have_equal_items(view::shape_span left, view::shape_span right)
{
    if (left.size() != right.size()) {
        return false;
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] != right[i]) {
            return false;
        }
        if (left[i] == 0) {
            break;
        }
    }
    return true;
}

using pair_nest = view::loop_nest<2>;

/// Calls `are_equal(left, right, bytes)` for runs of bytes that are contiguous in both, until one says no.
template <class Equal>
bool compare_runs(const pair_nest& nest, const std::byte* left, const std::byte* right, std::size_t itemsize,
                  Equal are_equal)
{
    return nest.visit([&](const pair_nest::bytes& first, std::size_t count, const pair_nest::bytes& strides) {
        const auto packed = static_cast<std::ptrdiff_t>(itemsize);
        const auto* const one = left + first[0];
        const auto* const other = right + first[1];
        if (strides[0] == packed && strides[1] == packed) {
            return are_equal(one, other, count * itemsize);
        }
        for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i) {
            if (!are_equal(one + i * strides[0], other + i * strides[1], itemsize)) {
                return false;
            }
        }
        return true;
    });
}

/// Reals in this machine's order: items_equal() would take each one apart.
template <class Real>
bool compare_reals(const pair_nest& nest, const std::byte* left, const std::byte* right)
{
    return nest.visit([&](const pair_nest::bytes& first, std::size_t count, const pair_nest::bytes& strides) {
        for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i) {
            Real one{};
            Real other{};
            std::memcpy(&one, left + first[0] + i * strides[0], sizeof one);
            std::memcpy(&other, right + first[1] + i * strides[1], sizeof other);
            if (!(one == other)) {
                return false;
            }
        }
        return true;
    });
}

/// Digits of bytes, with a separator where `is_separated(index)` says so.
template <class Separated>
std::string digits_of(const std::vector<std::byte>& bytes, char separator, Separated is_separated)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(3 * bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0 && is_separated(i)) {
            text += separator;
        }
        const auto value = std::to_integer<unsigned>(bytes[i]);
        text += digits[value >> 4U];
        text += digits[value & 15U];
    }
    return text;
}

item_value list_of(const memory_view& view, std::size_t dimension, const std::byte* at)
{
    if (dimension == view.ndim()) {
        return read_value(view.format(), at);
    }
    item_value::list items;
    items.reserve(view.shape()[dimension]);
    for (std::size_t i = 0; i < view.shape()[dimension]; ++i) {
        items.push_back(list_of(view, dimension + 1, at));
        // Past the last one there may be nothing, and of no items there are none.
        if (i + 1 != view.shape()[dimension] && !view.layout().empty()) {
            at += view.strides()[dimension];
        }
    }
    return items;
}

} // namespace

bool memory_view::equal(const memory_view& left, const memory_view& right)
{
    if (!left.is_usable_ || !right.is_usable_) {
        return &left == &right;
    }
    if (!have_equal_items(left.shape(), right.shape())) {
        return false;
    }
    if (left.layout_.empty() || (left.itemsize() == 0 && left.format_ == right.format_)) {
        return true; // items without a byte need not lie anywhere, and memcmp wants an address
    }
    const auto nest = pair_nest::in_c_order(left.shape(), {left.strides(), right.strides()});
    if (left.format_ == right.format_ && is_equal_by_bytes(left.format_.node())) {
        return compare_runs(nest, left.data_, right.data_, left.itemsize(),
                            [](const std::byte* one, const std::byte* other, std::size_t bytes) {
                                return std::memcmp(one, other, bytes) == 0;
                            });
    }
    if (left.format_ == right.format_ && left.format_.kind() == item_kind::real && left.format_.is_native_order()) {
        switch (left.format_.code()) {
        case 'f': return compare_reals<float>(nest, left.data_, right.data_);
        case 'd': return compare_reals<double>(nest, left.data_, right.data_);
        default: break;
        }
    }
    return nest.visit([&](const pair_nest::bytes& first, std::size_t count, const pair_nest::bytes& strides) {
        for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(count); ++i) {
            if (!items_equal(left.format_, left.data_ + first[0] + i * strides[0], right.format_,
                             right.data_ + first[1] + i * strides[1])) {
                return false;
            }
        }
        return true;
    });
}

std::size_t memory_view::hash() const
{
    const auto refuse = [](const char* expected, std::string found, const char* remedy) {
        throw buffer_error{
            errc::buffer_refused,
            {.operation = "hash of a view", .expected = expected, .found = std::move(found), .remedy = remedy}};
    };
    if (!used().is_readonly_) {
        refuse("read-only bytes, which stay as they are", "writable ones", "as_const()");
    }
    const char code = format_.code();
    if (code != 'b' && code != 'B' && code != 'c') {
        refuse("items b, B or c, whose equal values have equal bytes", '\'' + format_.text() + '\'', "cast to B");
    }
    const auto of_bytes = [](std::span<const std::byte> bytes) {
        return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    return is_c_contiguous() ? of_bytes(bytes()) : of_bytes(to_bytes());
}

std::vector<std::byte> memory_view::to_bytes(item_order order) const
{
    std::vector<std::byte> copied(nbytes());
    copy_to(copied, order);
    return copied;
}

void memory_view::copy_to(std::span<std::byte> memory, item_order order) const
{
    if (memory.size() != nbytes()) {
        throw geometry_error{"copy: expected memory of " + std::to_string(nbytes()) + " bytes, found " +
                             std::to_string(memory.size())};
    }
    const auto packed = layout_.resolve(order) == item_order::f ? geometry::f_order(itemsize(), shape())
                                                                : geometry::c_order(itemsize(), shape());
    view::copy_items(memory.data(), packed, data_, layout_);
}

void memory_view::copy_from(const memory_view& other) const
{
    std::byte* const to = writable_data();
    if (format_ != other.format() || !layout_.has_shape(other.shape())) {
        const auto structure = [](const memory_view& view) {
            return "items '" + view.format().text() + "' in shape " + view::tuple_text(view.shape());
        };
        throw buffer_error{errc::buffer_refused,
                           {.operation = "copy to a view",
                            .expected = structure(*this),
                            .found = structure(other),
                            .remedy = "cast or reshape one of them, or broadcast_to the shape"}};
    }
    view::copy_items(to, layout_, other.data_, other.layout_);
}

void memory_view::fill(const item_value& value) const
{
    std::byte* const to = writable_data();
    std::vector<std::byte> item(itemsize());
    write_value(format_, item.data(), value);
    const std::vector<std::ptrdiff_t> repeated(ndim(), 0);
    view::copy_items(to, layout_, item.data(), geometry{itemsize(), shape(), repeated});
}

item_value memory_view::to_list() const
{
    return list_of(used(), 0, data_);
}

std::string memory_view::hex() const
{
    return digits_of(to_bytes(), ' ', [](std::size_t) { return false; });
}

std::string memory_view::hex(char separator, int bytes_per_separator) const
{
    const auto copied = to_bytes();
    const bool from_the_left = bytes_per_separator < 0;
    const auto bits = static_cast<std::size_t>(bytes_per_separator);
    const auto group = from_the_left ? 0 - bits : bits;
    return digits_of(copied, separator, [&](std::size_t index) {
        return group != 0 && (from_the_left ? index : copied.size() - index) % group == 0;
    });
}

} // namespace samepage
