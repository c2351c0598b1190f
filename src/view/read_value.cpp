// SPDX-License-Identifier: BSL-1.0
// read_value.cpp: values out of bytes, and values compared with values.
#include "view/scalar_value.hpp"

#include <samepage/view/item_cast.hpp>
#include <samepage/view/item_value.hpp>

#include <algorithm>
#include <stdexcept>

namespace samepage {
namespace view {
namespace {

[[nodiscard]] item_value read_scalar(const format_node& node, const std::byte* from)
{
    if (node.kind == item_kind::boolean) {
        return *from != std::byte{0};
    }
    if (node.kind == item_kind::character) {
        return static_cast<char>(*from);
    }
    const auto value = load_scalar(node, from);
    switch (value.family) {
    case scalar_family::integer:
        if (node.kind == item_kind::signed_integer) {
            return static_cast<std::int64_t>(value.integer.bits);
        }
        return value.integer.bits;
    case scalar_family::real:
        if (node.code == 'g') {
            return value.real;
        }
        return static_cast<double>(value.real);
    case scalar_family::complex:
        if (node.code == 'g') {
            return std::complex<long double>{value.real, value.imaginary};
        }
        return std::complex<double>{static_cast<double>(value.real), static_cast<double>(value.imaginary)};
    case scalar_family::bytes:
        return std::string{reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()};
    case scalar_family::unicode: break;
    }
    std::u32string units(value.units.count, U'\0');
    for (std::size_t i = 0; i < units.size(); ++i) {
        units[i] = value.units[i];
    }
    return units;
}

[[nodiscard]] item_value read(const format_node& node, const std::byte* from);

/// One dimension of a sub-array that has elements.
[[nodiscard]] item_value read_dimension(const format_node& node, std::size_t dimension, std::size_t bytes,
                                        const std::byte* from)
{
    const std::size_t extent = node.shape[dimension];
    item_value::list list;
    list.reserve(extent);
    for (std::size_t i = 0; i < extent; ++i) {
        const auto* const at = from + i * (bytes / extent);
        list.push_back(dimension + 1 == node.shape.size() ? read(node.parts[0].node, at)
                                                          : read_dimension(node, dimension + 1, bytes / extent, at));
    }
    return list;
}

[[nodiscard]] item_value read(const format_node& node, const std::byte* from)
{
    if (node.kind == item_kind::structure) {
        item_value::record record;
        record.fields.reserve(node.parts.size());
        for (const auto& part : node.parts) {
            record.fields.push_back(read(part.node, from + part.offset_bytes));
        }
        return record;
    }
    if (node.kind == item_kind::sub_array) {
        return node.element_count == 0 ? item_value{item_value::list{}}
                                       : read_dimension(node, 0, node.size_bytes, from);
    }
    return read_scalar(node, from);
}

/// A scalar that a value holds; what it points into is the value's.
struct scalar_of_value {
    scalar_value operator()(bool value) const noexcept { return integer({value ? 1U : 0U, false}); }
    scalar_value operator()(std::int64_t value) const noexcept
    {
        return integer({static_cast<std::uint64_t>(value), value < 0});
    }
    scalar_value operator()(std::uint64_t value) const noexcept { return integer({value, false}); }
    scalar_value operator()(double value) const noexcept
    {
        return number(scalar_family::real, static_cast<long double>(value), 0);
    }
    scalar_value operator()(long double value) const noexcept { return number(scalar_family::real, value, 0); }
    template <class Part>
    scalar_value operator()(const std::complex<Part>& value) const noexcept
    {
        return number(scalar_family::complex, static_cast<long double>(value.real()),
                      static_cast<long double>(value.imag()));
    }
    scalar_value operator()(const char& value) const noexcept { return bytes({&value, 1}); }
    scalar_value operator()(const std::string& value) const noexcept { return bytes(value); }
    scalar_value operator()(const std::u32string& value) const noexcept
    {
        scalar_value scalar;
        scalar.family = scalar_family::unicode;
        scalar.units.data = reinterpret_cast<const std::byte*>(value.data());
        scalar.units.count = value.size();
        scalar.units.trim();
        return scalar;
    }
    scalar_value operator()(const item_value::list&) const noexcept { return {}; }
    scalar_value operator()(const item_value::record&) const noexcept { return {}; }

private:
    [[nodiscard]] static scalar_value integer(integer_value value) noexcept
    {
        scalar_value scalar;
        scalar.integer = value;
        return scalar;
    }
    [[nodiscard]] static scalar_value number(scalar_family family, long double real, long double imaginary) noexcept
    {
        scalar_value scalar;
        scalar.family = family;
        scalar.real = real;
        scalar.imaginary = imaginary;
        return scalar;
    }
    [[nodiscard]] static scalar_value bytes(std::string_view value) noexcept
    {
        scalar_value scalar;
        scalar.family = scalar_family::bytes;
        scalar.bytes = std::as_bytes(std::span{value});
        return scalar;
    }
};

[[nodiscard]] bool has_dimensions(const item_value& value) noexcept
{
    return value.holds<item_value::list>() && value.size() != 0 && value.at(0).holds<item_value::list>();
}

/// The parts of a record or of a row, in order, each row among them taken apart too; a scalar alone.
void put_sequence(const item_value& whole, std::vector<const item_value*>& sequence)
{
    if (whole.parts() == nullptr) {
        sequence.push_back(&whole);
        return;
    }
    for (const auto& part : *whole.parts()) {
        if (part.holds<item_value::list>() && !has_dimensions(part)) {
            put_sequence(part, sequence);
        } else {
            sequence.push_back(&part);
        }
    }
}

void tidy_booleans(const format_node& node, std::byte* at) noexcept
{
    if (node.kind == item_kind::boolean) {
        *at = *at == std::byte{0} ? std::byte{0} : std::byte{1};
    } else if (node.kind == item_kind::structure) {
        for (const auto& part : node.parts) {
            tidy_booleans(part.node, at + part.offset_bytes);
        }
    } else if (node.kind == item_kind::sub_array) {
        const auto& element = node.parts[0].node;
        if (element.kind == item_kind::boolean || element.kind == item_kind::structure) {
            for (std::size_t i = 0; i < node.element_count; ++i) {
                tidy_booleans(element, at + i * element.size_bytes);
            }
        }
    }
}

} // namespace

void make_booleans(const item_format& format, std::byte* item) noexcept
{
    tidy_booleans(format.node(), item);
}

} // namespace view

const item_value::list* item_value::parts() const noexcept
{
    if (const auto* const fields = std::get_if<record>(&value_)) {
        return &fields->fields;
    }
    return std::get_if<list>(&value_);
}

std::size_t item_value::size() const noexcept
{
    return parts() == nullptr ? 0 : parts()->size();
}

const item_value& item_value::at(std::size_t index) const
{
    if (index >= size()) {
        throw std::out_of_range{"item_value::at: index " + std::to_string(index) + ", size " + std::to_string(size())};
    }
    return (*parts())[index];
}

bool item_value::equal(const item_value& left, const item_value& right)
{
    if (left.parts() == nullptr && right.parts() == nullptr) {
        return view::scalars_equal(std::visit(view::scalar_of_value{}, left.value_),
                                   std::visit(view::scalar_of_value{}, right.value_));
    }
    if (view::has_dimensions(left) || view::has_dimensions(right)) {
        return view::has_dimensions(left) && view::has_dimensions(right) && *left.parts() == *right.parts();
    }
    std::vector<const item_value*> ones;
    std::vector<const item_value*> others;
    view::put_sequence(left, ones);
    view::put_sequence(right, others);
    return std::equal(ones.begin(), ones.end(), others.begin(), others.end(),
                      [](const item_value* one, const item_value* other) { return equal(*one, *other); });
}

item_value read_value(const item_format& format, const std::byte* item)
{
    return view::read(format.node(), item);
}

} // namespace samepage
