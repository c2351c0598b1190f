// SPDX-License-Identifier: BSL-1.0
// describable_record.hpp: which types may be records: those that mean the same in every process, byte for byte.
#pragma once

#include <samepage/view/described_members.hpp>

#include <complex>
#include <cstddef>
#include <type_traits>

namespace samepage {

namespace view {

/// Why a type has no format.
enum class format_fault {
    none,
    holds_a_pointer,
    not_trivially_copyable,
    has_no_code,
    is_an_empty_array,
    is_a_union,
    is_not_described,
    has_bases,
    members_out_of_order,
    member_is_unaligned,
    bytes_not_described,
};

/// The PEP 3118 code of an arithmetic type or an enumeration; '\0' if there is none. Integers go by size and sign
/// alone, and only codes whose native and standard sizes agree on Linux are used: b h i q, and never l.
template <class T>
[[nodiscard]] constexpr char scalar_code() noexcept
{
    if constexpr (std::is_enum_v<T>) {
        return scalar_code<std::underlying_type_t<T>>();
    } else if constexpr (std::is_same_v<T, bool>) {
        return '?';
    } else if constexpr (std::is_same_v<T, char>) {
        return 'c';
    } else if constexpr (std::is_same_v<T, float>) {
        return 'f';
    } else if constexpr (std::is_same_v<T, double>) {
        return 'd';
    } else if constexpr (std::is_same_v<T, long double>) {
        return 'g';
    } else if constexpr (std::is_integral_v<T>) {
        switch (sizeof(T)) {
        case 1: return std::is_signed_v<T> ? 'b' : 'B';
        case 2: return std::is_signed_v<T> ? 'h' : 'H';
        case 4: return std::is_signed_v<T> ? 'i' : 'I';
        case 8: return std::is_signed_v<T> ? 'q' : 'Q';
        default: return '\0';
        }
    } else {
        return '\0';
    }
}

/// The parts of a std::complex; `is_complex` is false for anything else.
template <class T>
struct complex_parts {
    static constexpr bool is_complex = false;
};

template <class Part>
struct complex_parts<std::complex<Part>> {
    static constexpr bool is_complex = true;
    using part = Part;
};

/// A described struct, or what should be one; std::complex is a class and a scalar.
template <class T>
inline constexpr bool is_record_class = std::is_class_v<T> && !complex_parts<T>::is_complex;

/// Whether padding explains that what could begin at `after` begins at `begin`: some alignment, of this one at least
/// and of the whole struct at most (alignas), leads from one to the other. A member that is not described may hide
/// where padding would be anyway; behind it everything looks the same.
[[nodiscard]] constexpr bool is_padding(std::size_t after, std::size_t begin, std::size_t least,
                                        std::size_t most) noexcept
{
    for (std::size_t alignment = least; alignment <= most; alignment *= 2) {
        if ((after + alignment - 1) / alignment * alignment == begin) {
            return true;
        }
    }
    return false;
}

/// What is wrong with the way the members of a described struct lie. Checked against the real offsets, so that a format
/// made of them in order, with padding between, is sizeof(T) bytes long.
template <class T>
[[nodiscard]] constexpr format_fault members_fault() noexcept
{
    auto fault = format_fault::none;
    bool described = true;
    std::size_t after = 0;
    visit_members<T>([&]<class Member>() {
        using type = typename Member::type;
        if (Member::offset_bytes % alignof(type) != 0 || alignof(T) < alignof(type)) {
            fault = format_fault::member_is_unaligned;
        } else if (Member::offset_bytes < after || sizeof(T) - Member::offset_bytes < sizeof(type)) {
            fault = format_fault::members_out_of_order;
        }
        described = described && is_padding(after, Member::offset_bytes, alignof(type), alignof(T));
        after = Member::offset_bytes + sizeof(type);
        return fault == format_fault::none;
    });
    // An empty struct's one byte is nobody's. Last, since a wrong order leaves bytes too.
    described = described && (std::is_empty_v<T> || is_padding(after, sizeof(T), alignof(T), alignof(T)));
    if (fault == format_fault::none && !described) {
        fault = format_fault::bytes_not_described;
    }
    return fault;
}

/// What is wrong with T itself, whatever its elements or members are.
template <class T>
[[nodiscard]] constexpr format_fault own_fault() noexcept
{
    if constexpr (array_dimension<T>::is_array) {
        return array_dimension<T>::extent == 0 ? format_fault::is_an_empty_array : format_fault::none;
    } else if constexpr (std::is_pointer_v<T> || std::is_member_pointer_v<T> || std::is_reference_v<T> ||
                         std::is_null_pointer_v<T>) {
        return format_fault::holds_a_pointer;
    } else if constexpr (!std::is_trivially_copyable_v<T>) {
        return format_fault::not_trivially_copyable;
    } else if constexpr (std::is_union_v<T>) {
        return format_fault::is_a_union;
    } else if constexpr (complex_parts<T>::is_complex) {
        return std::is_floating_point_v<typename complex_parts<T>::part> ? format_fault::none
                                                                         : format_fault::has_no_code;
    } else if constexpr (!std::is_class_v<T>) {
        return scalar_code<T>() == '\0' ? format_fault::has_no_code : format_fault::none;
    } else if constexpr (!is_described<T>) {
        return format_fault::is_not_described;
    } else if constexpr (has_described_bases<T>) {
        return format_fault::has_bases;
    } else {
        return members_fault<T>();
    }
}

/// The first thing wrong with T or with anything inside it.
template <class T>
[[nodiscard]] constexpr format_fault first_fault() noexcept
{
    if constexpr (own_fault<T>() != format_fault::none) {
        return own_fault<T>();
    } else if constexpr (array_dimension<T>::is_array) {
        return first_fault<typename array_dimension<T>::element>();
    } else if constexpr (is_record_class<T>) {
        auto fault = format_fault::none;
        visit_members<T>([&]<class Member>() {
            fault = first_fault<typename Member::type>();
            return fault == format_fault::none;
        });
        return fault;
    } else {
        return format_fault::none;
    }
}

template <class T>
inline constexpr format_fault fault_of = first_fault<T>();

template <class T, format_fault Fault>
inline constexpr bool is_free_of = fault_of<T> != Fault;

/// Spelled fault by fault, so that a compiler that refuses a record names the rule it broke.
template <class T>
concept faultless =
    is_free_of<T, format_fault::holds_a_pointer> && is_free_of<T, format_fault::not_trivially_copyable> &&
    is_free_of<T, format_fault::has_no_code> && is_free_of<T, format_fault::is_an_empty_array> &&
    is_free_of<T, format_fault::is_a_union> && is_free_of<T, format_fault::is_not_described> &&
    is_free_of<T, format_fault::has_bases> && is_free_of<T, format_fault::members_out_of_order> &&
    is_free_of<T, format_fault::member_is_unaligned> && is_free_of<T, format_fault::bytes_not_described>;

} // namespace view

/// A type that may lie on shared pages: trivially copyable, and an arithmetic type, a std::complex, an enumeration,
/// std::byte, a std::array of such, or a struct of such that BOOST_DESCRIBE_STRUCT describes. Its members may also be C
/// arrays. Not cv-qualified. Pointers, unions, described bases, packed structs and members left out of the description
/// are refused. format_of<T>() says why in words. The description has to stand before the first use: a compiler
/// remembers the answer.
template <class T>
concept describable_record =
    std::is_same_v<T, std::remove_cv_t<T>> && std::is_trivially_copyable_v<T> && !std::is_array_v<T> &&
    view::faultless<T>;

} // namespace samepage
