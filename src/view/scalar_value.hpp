// SPDX-License-Identifier: BSL-1.0
// scalar_value.hpp: a scalar taken out of its bytes, without an allocation.
#pragma once

#include "view/format_node.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <utility>

namespace samepage::view {

// Every integer of 64 bits and every double is one of its values, so that numbers can be compared in it exactly.
static_assert(std::numeric_limits<long double>::digits >= 64);

/// Copies a number from anywhere, turned round if its bytes are.
template <class T>
[[nodiscard]] T load(const std::byte* from, bool is_swapped) noexcept
{
    std::array<std::byte, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), from, sizeof(T));
    if (is_swapped) {
        for (std::size_t i = 0; i < sizeof(T) / 2; ++i) {
            std::swap(bytes[i], bytes[sizeof(T) - 1 - i]);
        }
    }
    T value{};
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
}

template <class T>
void store(std::byte* to, T value, bool is_swapped) noexcept
{
    std::array<std::byte, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), &value, sizeof(T));
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        to[i] = bytes[is_swapped ? sizeof(T) - 1 - i : i];
    }
}

/// An integer of 64 bits, signed or not.
struct integer_value {
    std::uint64_t bits = 0; ///< two's complement
    bool is_negative = false;

    [[nodiscard]] long double as_real() const noexcept
    {
        return is_negative ? static_cast<long double>(static_cast<std::int64_t>(bits)) : static_cast<long double>(bits);
    }
    [[nodiscard]] friend bool operator==(const integer_value&, const integer_value&) noexcept = default;
};

enum class scalar_family { integer, real, complex, bytes, unicode };

/// Units of a unicode string where they lie.
struct unit_span {
    const std::byte* data = nullptr;
    std::size_t count = 0; ///< without the NULs behind them
    std::size_t unit_bytes = 4;
    bool is_swapped = false;

    [[nodiscard]] char32_t operator[](std::size_t index) const noexcept
    {
        const auto* const unit = data + index * unit_bytes;
        return unit_bytes == 2 ? load<std::uint16_t>(unit, is_swapped) : load<std::uint32_t>(unit, is_swapped);
    }

    void trim() noexcept
    {
        while (count != 0 && (*this)[count - 1] == 0) {
            --count;
        }
    }
};

/// Which members mean something depends on the family.
struct scalar_value {
    scalar_family family = scalar_family::integer;
    integer_value integer;
    long double real = 0;
    long double imaginary = 0;
    std::span<const std::byte> bytes;
    unit_span units;
};

[[nodiscard]] constexpr bool is_scalar(const format_node& node) noexcept
{
    return node.kind != item_kind::structure && node.kind != item_kind::sub_array;
}

/// A real of the code e, f, d or g.
[[nodiscard]] long double load_real(char code, const std::byte* from, bool is_swapped) noexcept;

/// @pre node is a boolean, an integer or a pointer.
[[nodiscard]] integer_value load_integer(const format_node& node, const std::byte* from) noexcept;

/// A pascal string without its count.
[[nodiscard]] std::span<const std::byte> pascal_bytes(const format_node& node, const std::byte* from) noexcept;

/// @pre is_scalar(node). Lifetime: the bytes'.
[[nodiscard]] scalar_value load_scalar(const format_node& node, const std::byte* from) noexcept;

/// By value, as Python compares.
[[nodiscard]] bool scalars_equal(const scalar_value& left, const scalar_value& right) noexcept;

} // namespace samepage::view
