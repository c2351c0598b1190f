// SPDX-License-Identifier: BSL-1.0
// message_blob.cpp: finds the field, has Cap'n Proto point it at the room, and shortens it.
#include "channel/message_fields.hpp"

#include <samepage/channel/message_blob.hpp>
#include <samepage/core/error.hpp>

#include <capnp/dynamic.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace samepage {
namespace {

using which = capnp::schema::Type::Which;

constexpr std::size_t word_bytes = sizeof(capnp::word);
// A list's length has 29 bits on the wire.
constexpr std::size_t most_items = (std::size_t{1} << 29U) - 1;

struct place {
    capnp::DynamicStruct::Builder holder;
    capnp::StructSchema::Field field;
};

std::string in_schema(which type)
{
    switch (type) {
    case which::INT8: return "Int8";
    case which::INT16: return "Int16";
    case which::INT32: return "Int32";
    case which::INT64: return "Int64";
    case which::UINT8: return "UInt8";
    case which::UINT16: return "UInt16";
    case which::UINT32: return "UInt32";
    case which::UINT64: return "UInt64";
    case which::FLOAT32: return "Float32";
    case which::FLOAT64: return "Float64";
    case which::ENUM: return "an enum";
    case which::DATA: return "Data";
    case which::TEXT: return "Text";
    case which::LIST: return "a list";
    case which::STRUCT: return "a struct";
    case which::BOOL: return "Bool";
    case which::VOID: return "Void";
    case which::INTERFACE: return "an interface";
    case which::ANY_POINTER: return "AnyPointer";
    }
    return "an unknown type";
}

/// Structs that a path made on the way to its field: gone again with this, unless they are kept.
class structs_made {
public:
    structs_made() = default;
    ~structs_made()
    {
        if (first_) {
            first_->holder.clear(first_->field);
        }
    }
    structs_made(const structs_made&) = delete;
    structs_made& operator=(const structs_made&) = delete;

    void add(capnp::DynamicStruct::Builder holder, capnp::StructSchema::Field field)
    {
        if (!first_) { // the others lie in it
            first_.emplace(place{holder, field});
        }
    }
    void keep() noexcept { first_.reset(); }

private:
    std::optional<place> first_;
};

/// Where a path goes through a field of `holder`. Throws unless it can.
void check_step(capnp::DynamicStruct::Builder& holder, capnp::StructSchema::Field field, std::string_view path)
{
    const auto refuse = [&](errc why, std::string expected, std::string found, std::string remedy) {
        throw error{why,
                    {.operation = "blob '" + std::string{path} + "'",
                     .channel = {},
                     .expected = std::move(expected),
                     .found = "'" + std::string{field.getProto().getName().cStr()} + "', " + std::move(found),
                     .remedy = std::move(remedy)}};
    };
    if (!field.getType().isStruct()) {
        refuse(errc::wrong_type, "a struct or a group before the dot", in_schema(field.getType().which()),
               "give the field's path as the schema has it");
    }
    if (field.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
        bool is_set = false;
        KJ_IF_MAYBE (member, holder.which()) {
            is_set = *member == field;
        }
        if (!is_set) {
            refuse(errc::invalid_argument, "a union's member that is set before the dot",
                   "while another member of its union is set",
                   "init that member first: a path sets its last field alone");
        }
    }
}

/// Follows "image.pixels" through groups and structs.
place find_field(capnp::DynamicStruct::Builder holder, std::string_view path, structs_made& made)
{
    for (auto rest = path;;) {
        const auto dot = rest.find('.');
        const auto field = field_of(holder.getSchema(), rest.substr(0, dot), "blob", path);
        if (dot == std::string_view::npos) {
            return {holder, field};
        }
        check_step(holder, field, path);
        const bool was_there = holder.has(field); // as groups are
        auto next = holder.get(field).as<capnp::DynamicStruct>();
        if (!was_there) {
            made.add(holder, field);
        }
        holder = next;
        rest.remove_prefix(dot + 1);
    }
}

bool is_byte(which type) noexcept
{
    return type == which::DATA || type == which::UINT8 || type == which::INT8;
}

/// DATA for Data, the element's type of a list; nothing else can be a blob.
std::optional<which> item_of(const capnp::Type& type)
{
    if (type.isData()) {
        return which::DATA;
    }
    return type.isList() ? std::optional{type.asList().whichElementType()} : std::nullopt;
}

bool fits(which in_schema, which asked) noexcept
{
    return in_schema == asked ||
           (is_byte(in_schema) && (in_schema == which::DATA || asked == which::DATA) && is_byte(asked));
}

void check_type(capnp::StructSchema::Field field, blob_room::item what)
{
    const auto type = field.getType();
    const auto item = item_of(type);
    if (item && fits(*item, what.type)) {
        return;
    }
    const auto list_of = [](which element) { return "List(" + in_schema(element) + ")"; };
    throw error{errc::wrong_type,
                {.operation = std::string{"blob '"} + field.getProto().getName().cStr() + "'",
                 .channel = {},
                 .expected = is_byte(what.type) ? "a field of type Data" : "a field of type " + list_of(what.type),
                 .found = type.isList() ? list_of(*item) : in_schema(type.which()),
                 .remedy = "ask for items of the field's type; only Data and lists of numbers or enumerants lie in one "
                           "piece"}};
}

capnp::ElementSize size_of(which item) noexcept
{
    switch (item) {
    case which::INT8:
    case which::UINT8: return capnp::ElementSize::BYTE;
    case which::INT16:
    case which::UINT16:
    case which::ENUM: return capnp::ElementSize::TWO_BYTES;
    case which::INT32:
    case which::UINT32:
    case which::FLOAT32: return capnp::ElementSize::FOUR_BYTES;
    default: return capnp::ElementSize::EIGHT_BYTES;
    }
}

std::uint64_t load(const std::byte* from) noexcept
{
    std::uint64_t word = 0;
    std::memcpy(&word, from, word_bytes);
    return word;
}

/// Of a list pointer: where it leads from `where`.
const std::byte* target_of(const std::byte* where, std::uint64_t pointer) noexcept
{
    const auto words = std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(pointer)) >> 2;
    return where + static_cast<std::ptrdiff_t>(word_bytes) * (1 + std::ptrdiff_t{words});
}

} // namespace

const blob_fields::field* blob_fields::find(const capnp::StructSchema& of, std::string_view name) const noexcept
{
    for (const entry& each : entries_) {
        if (each.name_bytes == name.size() && !name.empty() && each.of == of &&
            std::memcmp(each.name.data(), name.data(), name.size()) == 0) {
            return &each.found;
        }
    }
    return nullptr;
}

void blob_fields::remember(const capnp::StructSchema& of, std::string_view name, field found) noexcept
{
    entry& place = entries_[oldest_];
    if (name.size() > place.name.size()) {
        return;
    }
    place.of = of;
    std::memcpy(place.name.data(), name.data(), name.size());
    place.name_bytes = name.size();
    place.found = found;
    oldest_ = (oldest_ + 1) % entries_.size();
}

blob_room::blob_room(page_builder& page, blob_holder holder, std::string_view field, item what, std::size_t count,
                     std::size_t alignment, blob_fields& known)
    : page_(&page), item_bytes_(what.bytes)
{
    if (!std::has_single_bit(alignment) || alignment > page_builder::most_alignment) {
        throw error{
            errc::invalid_argument,
            {.operation = "blob '" + std::string{field} + "'",
             .channel = {},
             .expected = "an alignment that is a power of two up to " + std::to_string(page_builder::most_alignment),
             .found = std::to_string(alignment),
             .remedy = "ask for a page at most: readers map whole pages, and no more is sure there"}};
    }
    const auto* found = known.find(holder.schema, field);
    const bool is_known = found != nullptr && !page.grew() && fits(found->item, what.type);
    std::optional<place> at;
    structs_made made;
    if (!is_known) {
        at = find_field(holder.builder.as<capnp::DynamicStruct>(holder.schema), field, made);
        check_type(at->field, what);
    }
    if (count > most_items) {
        why_ = outcome::too_large;
        return;
    }
    if (count != 0) {
        const auto room = page.place_blob(count * item_bytes_, std::max(alignment, word_bytes));
        why_ = room.why;
        begin_ = room.begin;
        if (why_ != outcome::ok) {
            return;
        }
    }
    made.keep();
    const auto items = static_cast<capnp::uint>(count);
    std::uint32_t slot = 0;
    capnp::AnyStruct::Builder into = holder.builder;
    if (is_known) {
        slot = found->slot;
        auto pointer = into.getPointerSection()[slot];
        if (found->item == which::DATA) {
            pointer.initAs<capnp::Data>(items);
        } else {
            pointer.initAsAnyList(size_of(found->item), items);
        }
    } else {
        const auto type = at->field.getType();
        const auto orphanage = page.message().getOrphanage();
        if (type.isData()) {
            at->holder.adopt(at->field, orphanage.newOrphan<capnp::Data>(items));
        } else {
            at->holder.adopt(at->field, orphanage.newOrphan(type.asList(), items));
        }
        const auto proto = at->field.getProto();
        slot = proto.getSlot().getOffset();
        into = at->holder;
        // A member of a union is more than its pointer, and a path leads elsewhere each time.
        if (proto.getDiscriminantValue() == capnp::schema::Field::NO_DISCRIMINANT &&
            field.find('.') == std::string_view::npos) {
            known.remember(holder.schema, field, {*item_of(type), slot});
        }
    }
    count_ = count;
    if (count != 0) {
        auto data = into.getDataSection();
        pointer_ = reinterpret_cast<std::byte*>(data.end()) + word_bytes * slot;
        as_set_ = load(pointer_);
    }
}

bool blob_room::truncate(std::size_t count)
{
    assert(count <= count_);
    if (count == count_) {
        return true;
    }
    std::byte* where = pointer_;
    std::uint64_t pointer = load(where);
    if (pointer != as_set_) { // far ones lead to another pad, then
        return false;
    }
    const bool is_far = (pointer & 7U) == 2U;
    if (is_far) { // to a pad with the list's pointer beside the list
        where = begin_ + ((count_ * item_bytes_ + word_bytes - 1) & ~(word_bytes - 1));
        pointer = load(where);
    }
    constexpr std::uint64_t list = 1;
    if ((pointer & 3U) != list || pointer >> 35U != count_ || target_of(where, pointer) != begin_) {
        return false;
    }
    pointer = (pointer & 0x7'ffff'ffffU) | std::uint64_t{count} << 35U;
    std::memcpy(where, &pointer, word_bytes);
    as_set_ = is_far ? as_set_ : pointer;
    page_->take_back(begin_ + count * item_bytes_, begin_ + count_ * item_bytes_);
    count_ = count;
    return true;
}

} // namespace samepage
