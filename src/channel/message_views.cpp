// SPDX-License-Identifier: BSL-1.0
// message_views.cpp: where the elements of a list lie, and which fields are in the message as they are.
#include "channel/message_fields.hpp"

#include <samepage/channel/message_views.hpp>

#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace samepage::view {

namespace {

[[noreturn]] void refuse(std::string operation, std::string expected, std::string found)
{
    throw buffer_error{errc::buffer_refused,
                       {.operation = std::move(operation),
                        .expected = std::move(expected),
                        .found = std::move(found),
                        .remedy = "read it by the message's own readers"}};
}

/// The elements' data sections, equally far apart.
struct element_rows {
    const std::byte* first = nullptr;
    std::ptrdiff_t stride_bytes = 0;
    std::size_t data_bytes = 0; ///< of each element
};

const std::byte* bytes_at(const capnp::byte* data) noexcept
{
    return reinterpret_cast<const std::byte*>(data);
}

/// @pre The list is not empty.
element_rows rows_of(capnp::AnyList::Reader list, const std::string& operation)
{
    const auto packed = [&](std::size_t bytes) {
        return element_rows{bytes_at(list.getRawBytes().begin()), static_cast<std::ptrdiff_t>(bytes), bytes};
    };
    switch (list.getElementSize()) {
    case capnp::ElementSize::BYTE: return packed(1);
    case capnp::ElementSize::TWO_BYTES: return packed(2);
    case capnp::ElementSize::FOUR_BYTES: return packed(4);
    case capnp::ElementSize::EIGHT_BYTES: return packed(8);
    case capnp::ElementSize::INLINE_COMPOSITE: {
        const auto structs = list.as<capnp::List<capnp::AnyStruct>>();
        const auto data = structs[0].getDataSection();
        const auto* const first = bytes_at(data.begin());
        const auto stride_bytes = structs.size() > 1 ? bytes_at(structs[1].getDataSection().begin()) - first
                                                     : static_cast<std::ptrdiff_t>(data.size());
        return {first, stride_bytes, data.size()};
    }
    case capnp::ElementSize::BIT: refuse(operation, "elements of whole bytes", "bits");
    case capnp::ElementSize::VOID:
    case capnp::ElementSize::POINTER: break;
    }
    refuse(operation, "elements with data", "none");
}

memory_view column(capnp::AnyList::Reader list, std::size_t offset_bytes, const item_format& format,
                   const std::string& operation, lease held)
{
    if (list.size() == 0) {
        const std::byte* const nothing = nullptr;
        return {nothing, format, geometry::c_order(format.itemsize(), {0}), std::move(held)};
    }
    const auto rows = rows_of(list, operation);
    const auto end_bytes = offset_bytes + format.itemsize();
    if (rows.data_bytes < end_bytes) {
        refuse(operation, "elements with " + std::to_string(end_bytes) + " bytes of data at least",
               std::to_string(rows.data_bytes) + ", from a writer whose schema is older");
    }
    const std::array<std::size_t, 1> shape{list.size()};
    const std::array<std::ptrdiff_t, 1> strides{rows.stride_bytes};
    return {rows.first + offset_bytes, format, geometry{format.itemsize(), shape, strides}, std::move(held)};
}

/// Whether the default's bits are all zero.
bool is_zero(capnp::schema::Value::Reader value)
{
    switch (value.which()) {
    case capnp::schema::Value::INT8: return value.getInt8() == 0;
    case capnp::schema::Value::INT16: return value.getInt16() == 0;
    case capnp::schema::Value::INT32: return value.getInt32() == 0;
    case capnp::schema::Value::INT64: return value.getInt64() == 0;
    case capnp::schema::Value::UINT8: return value.getUint8() == 0;
    case capnp::schema::Value::UINT16: return value.getUint16() == 0;
    case capnp::schema::Value::UINT32: return value.getUint32() == 0;
    case capnp::schema::Value::UINT64: return value.getUint64() == 0;
    case capnp::schema::Value::ENUM: return value.getEnum() == 0;
    case capnp::schema::Value::FLOAT32: return std::bit_cast<std::uint32_t>(value.getFloat32()) == 0; // -0.0 has one
    case capnp::schema::Value::FLOAT64: return std::bit_cast<std::uint64_t>(value.getFloat64()) == 0;
    default: return false;
    }
}

/// The format of a type that is its bytes.
std::optional<item_format> format_of(capnp::schema::Type::Which type)
{
    switch (type) {
    case capnp::schema::Type::INT8: return format_in_messages<std::int8_t>();
    case capnp::schema::Type::INT16: return format_in_messages<std::int16_t>();
    case capnp::schema::Type::INT32: return format_in_messages<std::int32_t>();
    case capnp::schema::Type::INT64: return format_in_messages<std::int64_t>();
    case capnp::schema::Type::UINT8: return format_in_messages<std::uint8_t>();
    case capnp::schema::Type::UINT16: return format_in_messages<std::uint16_t>();
    case capnp::schema::Type::UINT32: return format_in_messages<std::uint32_t>();
    case capnp::schema::Type::UINT64: return format_in_messages<std::uint64_t>();
    case capnp::schema::Type::FLOAT32: return format_in_messages<float>();
    case capnp::schema::Type::FLOAT64: return format_in_messages<double>();
    case capnp::schema::Type::ENUM: return format_in_messages<std::uint16_t>();
    default: return std::nullopt;
    }
}

} // namespace

memory_view numbers_of(capnp::AnyList::Reader list, const item_format& number, lease held)
{
    return column(list, 0, number, "view of a list of '" + number.text() + "'", std::move(held));
}

const std::byte* side_by_side(capnp::AnyList::Reader list, std::size_t item_bytes)
{
    const auto bytes = list.getElementSize() == capnp::ElementSize::INLINE_COMPOSITE ? kj::ArrayPtr<const capnp::byte>{}
                                                                                     : list.getRawBytes();
    if (bytes.size() != list.size() * item_bytes) {
        refuse("span of a list",
               std::to_string(list.size()) + " elements of " + std::to_string(item_bytes) + " bytes side by side",
               bytes.size() == 0 ? "structs, from a writer whose schema is newer"
                                 : std::to_string(bytes.size()) + " bytes in all");
    }
    return bytes_at(bytes.begin());
}

memory_view numbers_of(const capnp::DynamicList::Reader& list, lease held)
{
    const auto format = format_of(list.getSchema().whichElementType());
    if (!format) {
        refuse("view of a list", "numbers or enumerants", "elements that are neither");
    }
    return numbers_of(list, *format, std::move(held));
}

memory_view column_of(const capnp::DynamicList::Reader& list, std::string_view path, lease held)
{
    const auto schema = list.getSchema();
    if (schema.whichElementType() != capnp::schema::Type::STRUCT) {
        refuse("column '" + std::string{path} + "'", "a list of structs", "a list of something else");
    }
    return column_of(list, schema.getStructElementType(), path, std::move(held));
}

memory_view column_of(capnp::AnyList::Reader list, capnp::StructSchema schema, std::string_view path, lease held)
{
    const auto operation = "column '" + std::string{path} + "' of " + schema.getShortDisplayName().cStr();
    for (auto rest = path;;) {
        const auto dot = rest.find('.');
        const auto field = field_of(schema, rest.substr(0, dot), "column", path);
        const auto proto = field.getProto();
        if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
            refuse(operation, "a field of every struct", "a member of a union, which a struct may not have");
        }
        if (proto.isGroup()) {
            if (dot == std::string_view::npos) {
                refuse(operation, "one field", "a group of them: name one behind a dot");
            }
            schema = field.getType().asStruct();
            rest.remove_prefix(dot + 1);
            continue;
        }
        if (dot != std::string_view::npos) {
            refuse(operation, "a group before the dot", "a field of its own, or a pointer to a struct");
        }
        const auto slot = proto.getSlot();
        const auto format = format_of(slot.getType().which());
        if (!format.has_value()) {
            refuse(operation, "a number or an enumerant",
                   slot.getType().isBool()
                       ? "Bool, which is a bit"
                       : (slot.getType().isVoid() ? "Void, which is nothing" : "a pointer to what lies elsewhere"));
        }
        if (!is_zero(slot.getDefaultValue())) {
            refuse(operation, "a default of zero", "another: the message has each value XOR the default");
        }
        return column(list, slot.getOffset() * format->itemsize(), *format, operation, std::move(held));
    }
}

} // namespace samepage::view
