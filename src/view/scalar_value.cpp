// SPDX-License-Identifier: BSL-1.0
// scalar_value.cpp: loading scalars, and comparing them across kinds.
#include "view/scalar_value.hpp"

#include "view/half.hpp"

#include <algorithm>

namespace samepage::view {
namespace {

template <class Signed>
[[nodiscard]] integer_value load_signed(const std::byte* from, bool is_swapped) noexcept
{
    // A signed char is a number here, so that its sign is to be kept.
    const auto value = static_cast<std::int64_t>(load<Signed>(from, is_swapped)); // NOLINT(bugprone-signed-char-misuse)
    return {static_cast<std::uint64_t>(value), value < 0};
}

[[nodiscard]] bool is_number(scalar_family family) noexcept
{
    return family == scalar_family::integer || family == scalar_family::real || family == scalar_family::complex;
}

[[nodiscard]] bool units_equal(const unit_span& left, const unit_span& right) noexcept
{
    if (left.count != right.count) {
        return false;
    }
    for (std::size_t i = 0; i < left.count; ++i) {
        if (left[i] != right[i]) {
            return false;
        }
    }
    return true;
}

} // namespace

long double load_real(char code, const std::byte* from, bool is_swapped) noexcept
{
    switch (code) {
    case 'e': return static_cast<long double>(half_to_double(load<std::uint16_t>(from, is_swapped)));
    case 'f': return static_cast<long double>(load<float>(from, is_swapped));
    case 'd': return static_cast<long double>(load<double>(from, is_swapped));
    default: return load<long double>(from, is_swapped);
    }
}

integer_value load_integer(const format_node& node, const std::byte* from) noexcept
{
    switch (node.code) {
    case '?': return {*from != std::byte{0} ? std::uint64_t{1} : std::uint64_t{0}, false};
    case 'b': return load_signed<std::int8_t>(from, false);
    case 'h': return load_signed<std::int16_t>(from, node.is_swapped);
    case 'i': return load_signed<std::int32_t>(from, node.is_swapped);
    case 'q': return load_signed<std::int64_t>(from, node.is_swapped);
    case 'B': return {load<std::uint8_t>(from, false), false};
    case 'H': return {load<std::uint16_t>(from, node.is_swapped), false};
    case 'I': return {load<std::uint32_t>(from, node.is_swapped), false};
    case 'P': return {load<std::uintptr_t>(from, node.is_swapped), false};
    default: return {load<std::uint64_t>(from, node.is_swapped), false};
    }
}

std::span<const std::byte> pascal_bytes(const format_node& node, const std::byte* from) noexcept
{
    if (node.size_bytes == 0) {
        return {};
    }
    // Read once: the page may be changed meanwhile.
    const auto counted = static_cast<std::size_t>(load<std::uint8_t>(from, false));
    return {from + 1, std::min(counted, node.size_bytes - 1)};
}

scalar_value load_scalar(const format_node& node, const std::byte* from) noexcept
{
    scalar_value value;
    switch (node.kind) {
    case item_kind::real:
        value.family = scalar_family::real;
        value.real = load_real(node.code, from, node.is_swapped);
        break;
    case item_kind::complex:
        value.family = scalar_family::complex;
        value.real = load_real(node.code, from, node.is_swapped);
        value.imaginary = load_real(node.code, from + node.size_bytes / 2, node.is_swapped);
        break;
    case item_kind::character:
    case item_kind::bytes:
        value.family = scalar_family::bytes;
        value.bytes = {from, node.size_bytes};
        break;
    case item_kind::pascal_string:
        value.family = scalar_family::bytes;
        value.bytes = pascal_bytes(node, from);
        break;
    case item_kind::unicode: {
        const std::size_t unit_bytes = unicode_unit_bytes(node);
        value.family = scalar_family::unicode;
        value.units = {from, node.size_bytes / unit_bytes, unit_bytes, node.is_swapped};
        value.units.trim();
        break;
    }
    default: value.integer = load_integer(node, from);
    }
    return value;
}

bool scalars_equal(const scalar_value& left, const scalar_value& right) noexcept
{
    if (is_number(left.family) && is_number(right.family)) {
        if (left.family == scalar_family::integer && right.family == scalar_family::integer) {
            return left.integer == right.integer;
        }
        const auto real_part = [](const scalar_value& value) {
            return value.family == scalar_family::integer ? value.integer.as_real() : value.real;
        };
        return real_part(left) == real_part(right) && left.imaginary == right.imaginary;
    }
    if (left.family != right.family) {
        return false;
    }
    if (left.family == scalar_family::bytes) {
        return std::equal(left.bytes.begin(), left.bytes.end(), right.bytes.begin(), right.bytes.end());
    }
    return units_equal(left.units, right.units);
}

} // namespace samepage::view
