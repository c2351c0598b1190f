// SPDX-License-Identifier: BSL-1.0
// message_views.hpp: what a Cap'n Proto message has in rows, as views onto the message itself: Data, lists of numbers,
// and one field of every struct of a list.
// Thread safety: as the readers'; list_span() of a builder, as the builder's.
#pragma once

#include <samepage/channel/message_type.hpp>
#include <samepage/view/get_buffer.hpp>

#include <capnp/any.h>
#include <capnp/blob.h>
#include <capnp/dynamic.h>
#include <capnp/list.h>
#include <capnp/schema.h>

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace samepage {

namespace view {

/// What a list is of; void for anything but a list.
template <class List>
struct list_element {
    using type = void;
};

template <class Element, capnp::Kind Kind>
struct list_element<capnp::List<Element, Kind>> {
    using type = Element;
};

template <class Reader>
using element_of = typename list_element<capnp::FromReader<Reader>>::type;

template <class Element>
concept number_in_messages = std::is_enum_v<Element> ||
    (std::is_arithmetic_v<Element> && !std::is_same_v<Element, bool>);

template <class Reader>
concept number_list = number_in_messages<element_of<Reader>>;

template <class Builder>
using element_built = typename list_element<capnp::FromBuilder<Builder>>::type;

template <class Builder>
concept number_list_builder = number_in_messages<element_built<Builder>>;

template <class Reader>
concept struct_list = std::is_class_v<element_of<Reader>> && generated_schema<element_of<Reader>>;

template <class Reader>
concept dynamic_list = std::same_as<Reader, capnp::DynamicList::Reader>;

/// Throws buffer_error unless the list was written as numbers of that format, or as structs that begin with one.
[[nodiscard]] memory_view numbers_of(capnp::AnyList::Reader list, const item_format& number, lease held);
[[nodiscard]] memory_view numbers_of(const capnp::DynamicList::Reader& list, lease held);
[[nodiscard]] memory_view column_of(capnp::AnyList::Reader list, capnp::StructSchema schema, std::string_view path,
                                    lease held);
[[nodiscard]] memory_view column_of(const capnp::DynamicList::Reader& list, std::string_view path, lease held);

/// Where the numbers begin. Throws buffer_error unless they lie one behind the other, `item_bytes` each.
/// @pre The list is not empty.
[[nodiscard]] const std::byte* side_by_side(capnp::AnyList::Reader list, std::size_t item_bytes);

/// As Cap'n Proto writes it, on every machine: little-endian.
template <class Number>
[[nodiscard]] const item_format& format_in_messages()
{
    static const item_format made{std::string{'<'} + scalar_code<Number>()};
    return made;
}

} // namespace view

/// The bytes of a Data, read-only. `held` keeps them, lease{std::move(message)} say, whose last view goes as the
/// message would: on its consumer's thread, before the consumer. Without, they are borrowed.
[[nodiscard]] inline memory_view data_view(capnp::Data::Reader data, lease held = {})
{
    return memory_view{std::as_bytes(std::span{data.begin(), data.size()}), std::move(held)};
}

/// The numbers or enumerants of a list, read-only; enumerants as what they are in the message, `H`. Lists of Bool are
/// bits and have no view.
template <view::number_list Reader>
[[nodiscard]] memory_view list_view(const Reader& list, const lease& held = {})
{
    using element = view::element_of<Reader>;
    return view::numbers_of(list, view::format_in_messages<element>(), held);
}

/// The same of a list whose type is known when the program runs. Throws buffer_error unless it is of numbers or
/// enumerants.
template <view::dynamic_list Reader>
[[nodiscard]] memory_view list_view(const Reader& list, const lease& held = {})
{
    return view::numbers_of(list, held);
}

/// The numbers or enumerants of a list as an array of that type, which a loop reads at the speed of memory; the list's
/// own operator[] computes each item's place. Throws buffer_error if they do not lie side by side, as where the writer
/// has a list of larger structs in that field: list_view() takes those, too.
/// Lifetime: the message's. Costs a few nanoseconds.
template <view::number_list Reader>
[[nodiscard]] std::span<const view::element_of<Reader>> list_span(const Reader& list)
{
    using element = view::element_of<Reader>;
    if (list.size() == 0) {
        return {};
    }
    return {reinterpret_cast<const element*>(view::side_by_side(list, sizeof(element))), list.size()};
}

/// The same of a list that is being built, to write to: list_span(root.initSamples(n)). Unlike init_blob()'s, its items
/// are zero at first. Lifetime: the list builder's.
template <view::number_list_builder Builder>
[[nodiscard]] std::span<view::element_built<Builder>> list_span(const Builder& list)
{
    const auto items = list_span(list.asReader());
    return {const_cast<view::element_built<Builder>*>(items.data()),
            items.size()}; // the builder may write to all of it
}

/// One field of every struct of a list, read-only: a column with the structs' own stride. "origin.port" is field port
/// of group origin. Throws std::out_of_range if there is no such field, and buffer_error with the reason where what
/// lies in the message is not the field's value:
/// - Bool is a bit; Void nothing; text, data, lists and structs are pointers;
/// - a default other than zero: the message has the value XOR the default;
/// - a member of a union, which other structs of the list may not have;
/// - an older writer, whose structs end before the field: it is not in the message at all.
template <view::struct_list Reader>
[[nodiscard]] memory_view column_view(const Reader& list, std::string_view path, const lease& held = {})
{
    return view::column_of(list, capnp::Schema::from<view::element_of<Reader>>(), path, held);
}

/// The same of a list whose type is known when the program runs. Also throws buffer_error for a list of anything but
/// structs.
template <view::dynamic_list Reader>
[[nodiscard]] memory_view column_view(const Reader& list, std::string_view path, const lease& held = {})
{
    return view::column_of(list, path, held);
}

/// Data and lists of numbers are exporters, borrowed.
[[nodiscard]] inline memory_view samepage_buffer(const capnp::Data::Reader& data, buffer_request)
{
    return data_view(data);
}

template <view::number_list Reader>
[[nodiscard]] memory_view samepage_buffer(const Reader& list, buffer_request)
{
    return list_view(list);
}

} // namespace samepage
