// SPDX-License-Identifier: BSL-1.0
// get_buffer.hpp: the buffer protocol: any object that owns bytes, as a buffer or as a memory_view.
#pragma once

#include <samepage/view/exported_buffer.hpp>
#include <samepage/view/static_selection.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

namespace samepage {

namespace view {

/// The format of an array's elements: that of a described record, else as many bytes as they have, without meaning.
template <class Element>
[[nodiscard]] const item_format& format_of_element()
{
    if constexpr (describable_record<Element>) {
        return item_format::of<Element>();
    } else {
        static const item_format opaque{std::to_string(sizeof(Element)) + 's'};
        return opaque;
    }
}

/// An array of elements, which may be arrays themselves: of float[2][3] a view of two more dimensions.
template <class Element>
[[nodiscard]] memory_view view_of_array(Element* data, std::size_t size, lease held = {})
{
    constexpr auto depth = depth_of_array<std::remove_const_t<Element>>;
    using inner = nested_array<Element, depth>;
    using item = typename inner::element;
    using byte = std::conditional_t<std::is_const_v<Element>, const std::byte, std::byte>;
    std::array<std::size_t, 1 + depth> shape{size};
    inner::put_extents(shape.data() + 1);
    return {reinterpret_cast<byte*>(data), format_of_element<std::remove_const_t<item>>(),
            geometry::c_order(sizeof(item), shape), std::move(held)};
}

/// Elements one after another, of a type that is its bytes.
template <class Range>
concept array_of_bytes = std::ranges::contiguous_range<Range> && std::ranges::sized_range<Range> &&
    std::is_trivially_copyable_v<std::ranges::range_value_t<Range>>;

/// Specialised as false for owners that a view must not keep, since they end otherwise than by their destructor.
template <class Owner>
inline constexpr bool may_be_leased = true;

/// What outlives the expression, or can be moved into a lease.
template <class Range>
concept array_to_view = array_of_bytes<Range> &&
    (std::ranges::borrowed_range<Range> ||
     (std::is_object_v<Range> && !std::is_const_v<Range> && std::move_constructible<Range> && may_be_leased<Range>));

template <class T>
concept is_memory_view = std::same_as<std::remove_cvref_t<T>, memory_view>;

template <class T>
inline constexpr bool is_typed_view_of_records = false;

template <class T, std::size_t Rank>
    requires(describable_record<std::remove_const_t<T>>)
inline constexpr bool is_typed_view_of_records<strided_view<T, Rank>> = true;

/// Whoever has the function.
template <class T>
concept joined = requires(T&& object)
{
    {
        samepage_buffer(std::forward<T>(object), buffer_request::full_ro)
        } -> std::same_as<memory_view>;
};

template <class T>
concept exports_something =
    is_memory_view<T> || is_typed_view_of_records<std::remove_cvref_t<T>> || joined<T> || array_to_view<T>;

struct view_of_function {
    /// The whole view, as its exporter has it.
    template <exports_something T>
    [[nodiscard]] memory_view operator()(T&& object, buffer_request request = buffer_request::full_ro) const
    {
        if constexpr (is_memory_view<T>) {
            return std::forward<T>(object);
        } else if constexpr (joined<T>) {
            return samepage_buffer(std::forward<T>(object), request);
        } else if constexpr (is_typed_view_of_records<std::remove_cvref_t<T>>) {
            return memory_view{object};
        } else if constexpr (std::ranges::borrowed_range<T>) {
            return view_of_array(std::ranges::data(object), std::ranges::size(object));
        } else {
            lease held{std::forward<T>(object)};
            auto* const range = held.get<T>();
            auto* const data = std::ranges::data(*range);
            const std::size_t size = std::ranges::size(*range);
            return view_of_array(data, size, std::move(held));
        }
    }
};

struct get_buffer_function {
    template <exports_something T>
    [[nodiscard]] exported_buffer operator()(T&& object, buffer_request request) const
    {
        if constexpr (is_memory_view<T>) {
            return exported_buffer{object, request};
        } else {
            return exported_buffer{view_of_function{}(std::forward<T>(object), request), request};
        }
    }
};

} // namespace view

/// get_buffer(object, request): the object's bytes for a consumer that can read what it asks for. Throws buffer_error
/// if they cannot be had like that: see exported_buffer.
///
/// Exporters are:
/// - memory_view and strided_view;
/// - whatever has a function `samepage::memory_view samepage_buffer(object, samepage::buffer_request)` found beside it
///   (a friend of the class, say), PEP 688's `__buffer__`: a whole view with a lease if it can give one. What the
///   consumer may see of it is then our affair; the request is for exporters that lay out or make ready on demand, and
///   may be ignored. It throws buffer_error to refuse;
/// - contiguous ranges of trivially copyable elements: std::vector, std::array, std::string, C arrays, batches, loans.
///   An lvalue, or a span, is borrowed, and read-only if its elements are const. An rvalue is moved into the view's
///   lease: of a batch, that keeps the ring's pages. Elements without a format (a struct that is not described) are
///   bytes of no meaning: `24s`. Elements that are arrays are dimensions.
inline constexpr view::get_buffer_function get_buffer{};

/// Python's memoryview(object): the whole view. Slices share its lease.
inline constexpr view::view_of_function view_of{};

/// What get_buffer() takes.
template <class T>
concept buffer_exporter = view::exports_something<T>;

} // namespace samepage
