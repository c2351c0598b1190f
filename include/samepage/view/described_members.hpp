// SPDX-License-Identifier: BSL-1.0
// described_members.hpp: what a record is made of: an array's dimensions, a struct's members and where they lie.
#pragma once

#include <samepage/core/language.hpp>

#include <boost/describe/bases.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/list.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace samepage::view {

/// The outermost dimension of a C array or a std::array; `is_array` is false for anything else.
template <class T>
struct array_dimension {
    static constexpr bool is_array = false;
};

template <class Element, std::size_t Extent>
struct array_dimension<Element[Extent]> {
    static constexpr bool is_array = true;
    static constexpr std::size_t extent = Extent;
    using element = std::remove_cv_t<Element>;
};

template <class Element, std::size_t Extent>
struct array_dimension<std::array<Element, Extent>> {
    static_assert(Extent == 0 || sizeof(std::array<Element, Extent>) == Extent * sizeof(Element));
    static constexpr bool is_array = true;
    static constexpr std::size_t extent = Extent;
    using element = std::remove_cv_t<Element>;
};

// Clang would have a definition for lent_room<T>::room; a constant expression needs none.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal" // a record in an unnamed namespace
#endif

/// Addresses to compare at compile time. Declared and never defined: no T is made, so T need not be default
/// constructible or a literal type, and a record of a gigabyte costs nothing.
template <class T>
struct lent_room {
    union either {
        std::byte bytes[sizeof(T)];
        T value;
    };
    static const either room;
};

/// The order of two addresses within one object, at compile time. The language leaves that of void pointers
/// unspecified: g++ folds what it knows; Clang refuses, but for this idiom, in which it folds too.
[[nodiscard]] constexpr bool precedes(const volatile void* left, const volatile void* right) noexcept
{
#if defined(__clang__)
    return __builtin_constant_p(left < right) ? left < right : false;
#else
    return left < right;
#endif
}

/// The offset of a member in bytes, as the compiler laid it out. std::bit_cast does not take member pointers and
/// offsetof wants names, but addresses within one object can be compared in a constant expression.
template <class T, auto Member>
[[nodiscard]] consteval std::size_t member_offset_bytes()
{
    const volatile void* const member = std::addressof(lent_room<T>::room.value.*Member);
    const auto* const bytes = lent_room<T>::room.bytes;
    std::size_t low = 0;
    std::size_t high = sizeof(T);
    while (high - low > 1) {
        const std::size_t middle = low + (high - low) / 2;
        const volatile void* const byte = bytes + middle;
        (precedes(member, byte) ? high : low) = middle;
    }
    // Equality is specified: a compiler with another order fails here and is never silently wrong.
    if (member != static_cast<const volatile void*>(bytes + low)) {
        throw "samepage: this compiler does not order the addresses within an object at compile time";
    }
    return low;
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template <class T>
inline constexpr bool is_described = boost::describe::has_describe_members<T>::value;

template <class T>
inline constexpr bool has_described_bases =
    !boost::mp11::mp_empty<boost::describe::describe_bases<T, boost::describe::mod_any_access>>::value;

/// The data members of a described struct, private ones included, in the order of the description.
template <class T>
using described_members = boost::describe::describe_members<T, boost::describe::mod_any_access>;

/// A described member: its type without cv, its name, where it lies.
template <class T, class Descriptor>
struct described_member {
    using type = std::remove_cvref_t<decltype(std::declval<T&>().*Descriptor::pointer)>;
    static constexpr const char* name = Descriptor::name;
    static constexpr std::size_t offset_bytes = member_offset_bytes<T, Descriptor::pointer>();
};

/// Calls `visit.template operator()<described_member<…>>()` for each member in turn, until a call returns false.
template <class T, class Visitor>
constexpr void visit_members(Visitor visit)
{
    [&]<template <class...> class List, class... Descriptors>(List<Descriptors...>) {
        (void)(visit.template operator()<described_member<T, Descriptors>>() && ...);
    }(described_members<T>{});
}

} // namespace samepage::view
