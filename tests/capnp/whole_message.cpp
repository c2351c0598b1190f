// SPDX-License-Identifier: BSL-1.0
// whole_message.cpp: a walk through DynamicStruct, DynamicList, AnyStruct and AnyList.
#include "whole_message.hpp"

#include <capnp/capability.h>
#include <kj/exception.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace whole_message {
namespace {

using capnp::schema::Type;

std::uint64_t anything(capnp::AnyPointer::Reader pointer);

std::uint64_t bytes_of(const auto& blob)
{
    std::uint64_t sum = blob.size();
    for (const auto each : blob) {
        sum += static_cast<std::uint8_t>(each);
    }
    return sum;
}

std::uint64_t any_struct(capnp::AnyStruct::Reader value, std::size_t first_pointer = 0)
{
    std::uint64_t sum = bytes_of(value.getDataSection());
    const auto pointers = value.getPointerSection();
    for (auto i = static_cast<unsigned>(first_pointer); i < pointers.size(); ++i) {
        sum += anything(pointers[i]);
    }
    return sum;
}

std::uint64_t any_list(capnp::AnyList::Reader list)
{
    std::uint64_t sum = list.size();
    switch (list.getElementSize()) {
    case capnp::ElementSize::POINTER:
        for (const auto each : list.as<capnp::List<capnp::AnyPointer>>()) {
            sum += anything(each);
        }
        break;
    case capnp::ElementSize::INLINE_COMPOSITE:
        for (const auto each : list.as<capnp::List<capnp::AnyStruct>>()) {
            sum += any_struct(each);
        }
        break;
    default: sum += bytes_of(list.getRawBytes());
    }
    return sum;
}

std::uint64_t anything(capnp::AnyPointer::Reader pointer)
{
    switch (pointer.getPointerType()) {
    case capnp::PointerType::NULL_:
    case capnp::PointerType::CAPABILITY: return 0;
    case capnp::PointerType::STRUCT: return any_struct(pointer.getAs<capnp::AnyStruct>());
    case capnp::PointerType::LIST: return any_list(pointer.getAs<capnp::AnyList>());
    }
    return 0;
}

/// Null, or a capability, which no message brings along.
std::uint64_t capability(const auto& get)
{
    static const capnp::Capability::Client there_are_capabilities{nullptr}; // else no reader would give one
    try {
        static_cast<void>(get());
    } catch (const kj::Exception& fault) {
        if (std::string_view{fault.getDescription().cStr()}.find("invalid capability") == std::string_view::npos) {
            throw;
        }
    }
    return 0;
}

bool has_pointers(capnp::AnyList::Reader list)
{
    try {
        static_cast<void>(list.getRawBytes());
        return false;
    } catch (const kj::Exception&) {
        return true;
    }
}

std::uint64_t list_of(capnp::DynamicList::Reader list)
{
    std::uint64_t sum = list.size();
    const auto element = list.getSchema().getElementType().which();
    const auto any = list.as<capnp::AnyList>();
    const bool grew = any.getElementSize() == capnp::ElementSize::INLINE_COMPOSITE;
    unsigned known_pointers = 0;
    switch (element) {
    case Type::VOID: break;
    case Type::STRUCT:
        for (const auto each : list) {
            sum += sum_of(each.as<capnp::DynamicStruct>());
        }
        return sum;
    case Type::TEXT:
    case Type::DATA:
    case Type::LIST:
    case Type::INTERFACE:
        known_pointers = 1;
        for (unsigned i = 0; i < list.size(); ++i) {
            switch (element) {
            case Type::TEXT: sum += bytes_of(list[i].as<capnp::Text>()); break;
            case Type::DATA: sum += bytes_of(list[i].as<capnp::Data>()); break;
            case Type::LIST: sum += list_of(list[i].as<capnp::DynamicList>()); break;
            default: sum += capability([&] { return list[i]; });
            }
        }
        break;
    case Type::BOOL:
        for (const auto each : list) {
            sum += each.as<bool>() ? 1U : 0U;
        }
        break;
    case Type::ENUM:
        for (const auto each : list) {
            sum += each.as<capnp::DynamicEnum>().getRaw();
        }
        break;
    case Type::FLOAT32:
    case Type::FLOAT64:
        for (const auto each : list) {
            sum += each.as<double>() > 0 ? 1U : 0U;
        }
        break;
    default:
        for (const auto each : list) {
            sum += each.getType() == capnp::DynamicValue::INT ? static_cast<std::uint64_t>(each.as<std::int64_t>())
                                                              : each.as<std::uint64_t>();
        }
    }
    // What a newer schema put beside the elements.
    if (grew && list.size() != 0 && has_pointers(any)) {
        for (const auto each : any.as<capnp::List<capnp::AnyStruct>>()) {
            sum += any_struct(each, known_pointers);
        }
    } else if (element == Type::VOID && any.getElementSize() == capnp::ElementSize::POINTER) {
        sum += any_list(any);
    }
    return sum;
}

std::uint64_t field_of(capnp::DynamicStruct::Reader value, capnp::StructSchema::Field field,
                       std::vector<bool>& known_pointers);

std::uint64_t members_of(capnp::DynamicStruct::Reader value, std::vector<bool>& known_pointers)
{
    std::uint64_t sum = 0;
    for (const auto field : value.getSchema().getNonUnionFields()) {
        sum += field_of(value, field, known_pointers);
    }
    KJ_IF_MAYBE (set, value.which()) {
        sum += field_of(value, *set, known_pointers);
    }
    return sum;
}

std::uint64_t field_of(capnp::DynamicStruct::Reader value, capnp::StructSchema::Field field,
                       std::vector<bool>& known_pointers)
{
    if (field.getProto().isGroup()) {
        return members_of(value.get(field).as<capnp::DynamicStruct>(), known_pointers);
    }
    const auto know = [&] {
        const auto slot = field.getProto().getSlot().getOffset();
        known_pointers.resize(std::max<std::size_t>(known_pointers.size(), slot + 1));
        known_pointers[slot] = true;
    };
    const auto type = field.getType();
    switch (type.which()) {
    case Type::TEXT: know(); return bytes_of(value.get(field).as<capnp::Text>());
    case Type::DATA: know(); return bytes_of(value.get(field).as<capnp::Data>());
    case Type::LIST: know(); return list_of(value.get(field).as<capnp::DynamicList>());
    case Type::STRUCT: {
        know();
        const auto of = value.get(field).as<capnp::DynamicStruct>();
        // Asked whether there is one, a reader follows a far pointer and counts its pad once more.
        const auto any = of.as<capnp::AnyStruct>();
        const bool is_empty = any.getDataSection().size() == 0 && any.getPointerSection().size() == 0;
        const bool endless = std::string_view{type.asStruct().getShortDisplayName().cStr()} == "Endless";
        return is_empty || (endless && !value.has(field)) ? 0 : sum_of(of);
    }
    case Type::INTERFACE: know(); return capability([&] { return value.get(field); });
    case Type::ANY_POINTER: {
        know();
        const auto pointer = value.get(field).as<capnp::AnyPointer>();
        switch (type.whichAnyPointerKind()) {
        case Type::AnyPointer::Unconstrained::STRUCT:
            return pointer.isNull() ? 0 : any_struct(pointer.getAs<capnp::AnyStruct>());
        case Type::AnyPointer::Unconstrained::LIST:
            return pointer.isNull() ? 0 : any_list(pointer.getAs<capnp::AnyList>());
        case Type::AnyPointer::Unconstrained::CAPABILITY:
            return capability([&] { return pointer.getAs<capnp::Capability>(); });
        default: return anything(pointer);
        }
    }
    case Type::VOID: return 0;
    case Type::BOOL: return value.get(field).as<bool>() ? 1 : 0;
    case Type::ENUM: return value.get(field).as<capnp::DynamicEnum>().getRaw();
    case Type::FLOAT32:
    case Type::FLOAT64: return value.get(field).as<double>() > 0 ? 1 : 0;
    default: {
        const auto number = value.get(field);
        return number.getType() == capnp::DynamicValue::INT ? static_cast<std::uint64_t>(number.as<std::int64_t>())
                                                            : number.as<std::uint64_t>();
    }
    }
}

} // namespace

std::uint64_t sum_of(capnp::DynamicStruct::Reader value)
{
    std::vector<bool> known_pointers;
    std::uint64_t sum = members_of(value, known_pointers);
    const auto pointers = value.as<capnp::AnyStruct>().getPointerSection();
    for (unsigned i = 0; i < pointers.size(); ++i) {
        if (i >= known_pointers.size() || !known_pointers[i]) {
            sum += anything(pointers[i]);
        }
    }
    return sum;
}

std::uint64_t sum_of(capnp::MessageReader& message, capnp::StructSchema schema)
{
    return sum_of(message.getRoot<capnp::DynamicStruct>(schema));
}

} // namespace whole_message
