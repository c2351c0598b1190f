// SPDX-License-Identifier: BSL-1.0
// described_members.hpp: where the compiler puts the members of a described struct, known at compile time.
#pragma once

#include <boost/describe/bases.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>
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

/// The offset of a member in bytes, as the compiler laid it out. std::bit_cast does not take member pointers and
/// offsetof wants names; but whether two addresses within one object are equal is a constant expression.
/// @param guess  where to look first; the right guess makes this one comparison.
template <class T, auto Member>
[[nodiscard]] consteval std::size_t member_offset_bytes(std::size_t guess) noexcept
{
    const volatile void* const member = std::addressof(lent_room<T>::room.value.*Member);
    for (std::size_t tried = 0; tried < sizeof(T); ++tried) {
        const std::size_t offset = (guess + tried) % sizeof(T);
        if (member == static_cast<const volatile void*>(lent_room<T>::room.bytes + offset)) {
            return offset;
        }
    }
    return sizeof(T); // not reached: a member begins within its object
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

template <class T>
inline constexpr std::size_t member_count = boost::mp11::mp_size<described_members<T>>::value;

template <class T, std::size_t Count>
inline constexpr std::size_t end_of_members_bytes = 0;

/// Member `Index` of a described struct: its type without cv, its name, where it lies and where the one before it ends.
template <class T, std::size_t Index>
struct described_member {
    using descriptor = boost::mp11::mp_at_c<described_members<T>, Index>;
    using type = std::remove_cvref_t<decltype(std::declval<T&>().*descriptor::pointer)>;
    static constexpr const char* name = descriptor::name;
    static constexpr std::size_t after_bytes = end_of_members_bytes<T, Index>;
    static constexpr std::size_t offset_bytes =
        member_offset_bytes<T, descriptor::pointer>((after_bytes + alignof(type) - 1) / alignof(type) * alignof(type));
};

/// Where the first `Count` members of a described struct end; of none, at 0.
template <class T, std::size_t Count>
    requires(Count > 0)
inline constexpr std::size_t end_of_members_bytes<T, Count> =
    described_member<T, Count - 1>::offset_bytes + sizeof(typename described_member<T, Count - 1>::type);

/// Calls `visit.template operator()<described_member<T, 0>>()`, 1, …, until a call returns false.
template <class T, class Visitor>
constexpr void visit_members(Visitor visit)
{
    [&]<std::size_t... Index>(std::index_sequence<Index...>)
    {
        (void)(visit.template operator()<described_member<T, Index>>() && ...);
    }
    (std::make_index_sequence<member_count<T>>{});
}

} // namespace samepage::view
