// SPDX-License-Identifier: BSL-1.0
// element_stride.hpp: strides of typed views as they are stored, so that compilers see arrays where there are arrays.
#pragma once

#include <samepage/core/language.hpp>

#include <cstddef>
#include <type_traits>

namespace samepage::view {

/// Bytes that a stored stride counts. Elements are aligned, so where sizeof(T) == alignof(T), as it is for every
/// arithmetic type, any stride is a whole number of elements, and a loop is written `first[index * stride]`: g++ -O3
/// (-fversion-loops-for-strides) and Clang -O2 make a second, vectorised loop of it for the stride that is 1, and
/// branch once before it. From strides in bytes neither does.
template <class T, std::size_t Size = sizeof(T), std::size_t Alignment = alignof(T)>
inline constexpr std::ptrdiff_t stride_unit_bytes = Size == Alignment ? static_cast<std::ptrdiff_t>(Size) : 1;

/// sizeof(T) as a stored stride: that of neighbours.
template <class T>
inline constexpr std::ptrdiff_t neighbours = static_cast<std::ptrdiff_t>(sizeof(T)) / stride_unit_bytes<T>;

/// Says that strides come in bytes.
struct in_bytes {};

/// A stride to store. @pre Whole units, if there is more than one element; else it is rounded.
template <class T>
[[nodiscard]] constexpr std::ptrdiff_t to_units(std::ptrdiff_t stride_bytes) noexcept
{
    std::ptrdiff_t units = stride_bytes / stride_unit_bytes<T>;
#if defined(__GNUC__) && !defined(__clang__)
    // g++ would make one `stride_bytes & -sizeof(T)` of this division and of the multiplication in the loop, and no
    // longer see a stride of elements.
    if (!std::is_constant_evaluated() && !__builtin_constant_p(units)) {
        asm("" : "+r"(units));
    }
#endif
    return units;
}

template <class T>
[[nodiscard]] constexpr std::ptrdiff_t to_bytes(std::ptrdiff_t units) noexcept
{
    return units * stride_unit_bytes<T>;
}

/// The element `units` after `first`.
template <class T>
[[nodiscard]] T* element_at(T* first, std::ptrdiff_t units) noexcept
{
    if constexpr (stride_unit_bytes<T> == sizeof(T)) {
        return first + units;
    } else {
        using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
        return reinterpret_cast<T*>(reinterpret_cast<byte*>(first) + units);
    }
}

} // namespace samepage::view
