// SPDX-License-Identifier: BSL-1.0
// static_selection.hpp: what the compiler knows of a selection and of arrays of arrays: how many dimensions they have.
#pragma once

#include <samepage/view/described_members.hpp>
#include <samepage/view/index_algebra.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <type_traits>
#include <utility>

namespace samepage {

template <class T, std::size_t Rank>
class strided_view;

} // namespace samepage

namespace samepage::view {

/// What may stand between the brackets: an index, a slice, all, ellipsis, new_axis.
template <class Part>
concept selecting = std::integral<Part> || std::same_as<Part, slice> || std::same_as<Part, all_tag> ||
    std::same_as<Part, ellipsis_tag> || std::same_as<Part, new_axis_tag>;

/// How many dimensions a selection takes from a view, leaves or makes, and how often it says ellipsis.
template <selecting... Parts>
struct selection_counts {
    static constexpr std::size_t indices = (std::size_t{std::integral<Parts>} + ... + 0);
    static constexpr std::size_t new_axes = (std::size_t{std::same_as<Parts, new_axis_tag>} + ... + 0);
    static constexpr std::size_t ellipses = (std::size_t{std::same_as<Parts, ellipsis_tag>} + ... + 0);
    static constexpr std::size_t taken = sizeof...(Parts) - new_axes - ellipses;
};

/// Whether 0, 1, 2, … are each named once.
template <std::size_t... Axes>
[[nodiscard]] consteval bool is_permutation() noexcept
{
    std::array<bool, sizeof...(Axes)> named{};
    return (... && (Axes < named.size() && !std::exchange(named[Axes], true)));
}

template <class T>
inline constexpr std::size_t depth_of_array = 0;

template <class T>
    requires(array_dimension<T>::is_array)
inline constexpr std::size_t depth_of_array<T> = 1 + depth_of_array<typename array_dimension<T>::element>;

/// What an array of arrays of `Depth` dimensions holds, const where the array is, and its extents. Of something with
/// fewer dimensions it is void.
template <class T, std::size_t Depth>
struct nested_array {
    using element = void;
};

template <class T>
struct nested_array<T, 0> {
    using element = T;
    static constexpr void put_extents(std::size_t*) noexcept {}
};

template <class T, std::size_t Depth>
    requires(Depth != 0 && array_dimension<std::remove_const_t<T>>::is_array)
struct nested_array<T, Depth> {
    using dimension = array_dimension<std::remove_const_t<T>>;
    using inner = nested_array<
        std::conditional_t<std::is_const_v<T>, const typename dimension::element, typename dimension::element>,
        Depth - 1>;
    using element = typename inner::element;
    static constexpr void put_extents(std::size_t* to) noexcept
    {
        *to = dimension::extent;
        inner::put_extents(to + 1);
    }
};

/// Converts as the elements may: to const, and never from a derived class to its base, whose stride would lie.
template <class Element>
using array_pointer = Element (*)[];

template <class From, class To>
concept element_convertible_to = std::is_convertible_v<array_pointer<From>, array_pointer<To>>;

/// Asked first, since a view that is copied would otherwise be asked whether it is a range before it is complete.
template <class T>
inline constexpr bool is_strided_view = false;

template <class T, std::size_t Rank>
inline constexpr bool is_strided_view<strided_view<T, Rank>> = true;

/// A contiguous range whose elements outlive the expression.
template <class Range>
concept lasting_array = !is_strided_view<std::remove_cvref_t<Range>> && std::ranges::contiguous_range<Range> &&
                        std::ranges::sized_range<Range> && std::ranges::borrowed_range<Range>;

template <class Range>
using range_element = std::remove_reference_t<std::ranges::range_reference_t<Range>>;

/// A lasting array of T, or of non-const T; with more dimensions, of arrays of such.
template <class Range, class T, std::size_t Rank>
concept lasting_array_of = lasting_array<Range> && Rank != 0 &&
                           element_convertible_to<typename nested_array<range_element<Range>, Rank - 1>::element, T>;

} // namespace samepage::view
