// SPDX-License-Identifier: BSL-1.0
// message_plan.cpp: a schema's struct types, one after another, each read into the tables.
#include <samepage/channel/message_plan.hpp>
#include <samepage/core/error.hpp>

#include <capnp/dynamic.h>
#include <kj/exception.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace samepage {
namespace {

using capnp::schema::Type;

[[noreturn]] void refuse(const std::string& schema, std::string expected, std::string found)
{
    throw error{errc::malformed,
                {.operation = "plan of the messages of schema '" + schema + '\'',
                 .expected = std::move(expected),
                 .found = std::move(found),
                 .remedy = "compile the schema anew with Cap'n Proto's compiler"}};
}

bool is_pointer(const capnp::Type& type)
{
    switch (type.which()) {
    case Type::TEXT:
    case Type::DATA:
    case Type::LIST:
    case Type::STRUCT:
    case Type::INTERFACE:
    case Type::ANY_POINTER: return true;
    default: return false; // also a type of a newer Cap'n Proto: nobody here can read it
    }
}

std::string name_of(const capnp::StructSchema& schema)
{
    return schema.getShortDisplayName().cStr();
}

// ---- Defaults. One that contains itself has no depth: reading on through it ends at any limit, whatever the message.

constexpr int deepest_default = 64;
std::optional<std::uint32_t> depth_of(const capnp::DynamicValue::Reader& value, int left);

/// Whether what is read of the pointer field, null, is more than nothing.
bool has_default(const capnp::StructSchema::Field& field)
{
    const auto value = field.getProto().getSlot().getDefaultValue();
    return (value.isStruct() && !value.getStruct().isNull()) || (value.isList() && !value.getList().isNull());
}

std::optional<std::uint32_t> deeper(std::uint32_t& deepest, const capnp::DynamicValue::Reader& value, int left)
{
    const auto depth = depth_of(value, left);
    deepest = std::max(deepest, depth.value_or(0));
    return depth;
}

std::optional<std::uint32_t> depth_of_struct(const capnp::DynamicStruct::Reader& value, int left)
{
    std::uint32_t deepest = 0;
    const auto look = [&](const capnp::StructSchema::Field& field) {
        const bool group = field.getProto().isGroup();
        if (group) {
            // The members of a group are the struct's own.
            const auto depth = depth_of_struct(value.get(field).as<capnp::DynamicStruct>(), left - 1);
            deepest = std::max(deepest, depth.value_or(1) - 1);
            return depth.has_value();
        }
        const auto type = field.getType();
        if (!type.isStruct() && !type.isList()) {
            return true;
        }
        return (!value.has(field) && !has_default(field)) || deeper(deepest, value.get(field), left).has_value();
    };
    if (left <= 0) {
        return std::nullopt;
    }
    for (const auto field : value.getSchema().getNonUnionFields()) {
        if (!look(field)) {
            return std::nullopt;
        }
    }
    KJ_IF_MAYBE (set, value.which()) {
        if (!look(*set)) {
            return std::nullopt;
        }
    }
    return deepest + 1;
}

std::optional<std::uint32_t> depth_of(const capnp::DynamicValue::Reader& value, int left)
{
    if (left <= 0) {
        return std::nullopt;
    }
    if (value.getType() == capnp::DynamicValue::STRUCT) {
        return depth_of_struct(value.as<capnp::DynamicStruct>(), left - 1);
    }
    if (value.getType() != capnp::DynamicValue::LIST) {
        return 0;
    }
    std::uint32_t deepest = 0;
    const auto list = value.as<capnp::DynamicList>();
    if (list.getSchema().getElementType().isStruct() || list.getSchema().getElementType().isList()) {
        for (const auto element : list) {
            if (!deeper(deepest, element, left - 1)) {
                return std::nullopt;
            }
        }
    }
    return deepest + 1;
}

std::uint32_t default_depth_of(const capnp::StructSchema::Field& field)
{
    if (!has_default(field)) {
        return 0;
    }
    const auto value = field.getProto().getSlot().getDefaultValue();
    const auto type = field.getType();
    const auto depth = type.isStruct()
                           ? depth_of(value.getStruct().getAs<capnp::DynamicStruct>(type.asStruct()), deepest_default)
                           : depth_of(value.getList().getAs<capnp::DynamicList>(type.asList()), deepest_default);
    return depth.value_or(1);
}

struct hash_of_schema {
    std::size_t operator()(const capnp::StructSchema& schema) const { return schema.hashCode(); }
};

} // namespace

class message_planner {
public:
    message_planner(message_plan& plan, const capnp::StructSchema& root) : plan_(plan), name_(name_of(root))
    {
        index_of(root);
        for (std::size_t i = 0; i < schemas_.size(); ++i) { // types are met on the way, the nearest to the root first
            const auto schema = schemas_[i];
            depth_ = depths_[i];
            add(schema, i);
        }
    }

private:
    using content = message_plan::content;
    using expectation = message_plan::expectation;
    using field = message_plan::field;
    static constexpr auto none = message_plan::none;
    static constexpr int deepest_groups = 64;

    std::uint32_t index_of(const capnp::StructSchema& schema)
    {
        const auto [found, is_new] = indices_.try_emplace(schema, static_cast<std::uint32_t>(schemas_.size()));
        if (is_new) {
            bound(schemas_.size(), "struct types");
            schemas_.push_back(schema);
            depths_.push_back(depth_ + 1);
            plan_.structures_.push_back({.name = name_of(schema)});
        }
        return found->second;
    }

    /// A generic type may hold itself with ever larger arguments, and then has no end of types; but a message is no
    /// deeper than read_limits::nesting, and the types below that need not be known.
    [[nodiscard]] bool too_deep(const capnp::StructSchema& schema) const
    {
        constexpr unsigned deepest_types = 256;
        return depth_ >= deepest_types && !indices_.contains(schema);
    }

    void bound(std::size_t so_many, std::string_view what) const
    {
        if (so_many >= message_plan::most_entries) {
            refuse(name_, "at most " + std::to_string(message_plan::most_entries) + ' ' + std::string{what}, "more");
        }
    }

    void add(const capnp::StructSchema& schema, std::size_t index)
    {
        found_.clear();
        collect(schema, none, "", deepest_groups);
        std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.slot < b.slot; });
        bound(plan_.fields_.size() + found_.size(), "pointers in them");

        auto& made = plan_.structures_[index];
        made.first = static_cast<std::uint32_t>(plan_.slots_.size());
        made.slot_count = found_.empty() ? 0 : found_.back().slot + 1;
        for (std::uint32_t slot = 0, next = 0; slot <= made.slot_count; ++slot) {
            while (next < found_.size() && found_[next].slot < slot) {
                ++next;
            }
            plan_.slots_.push_back(static_cast<std::uint32_t>(plan_.fields_.size()) + next);
        }
        for (auto& each : found_) {
            made.default_depth = std::max(made.default_depth, each.default_depth);
            plan_.fields_.push_back(std::move(each));
        }
    }

    /// The struct's own pointers and its groups', which are its own too.
    void collect(const capnp::StructSchema& schema, std::uint32_t when, const std::string& prefix, int left)
    {
        if (left == 0) {
            refuse(name_, "groups within groups, " + std::to_string(deepest_groups) + " at most", "more");
        }
        const auto discriminant = schema.getProto().getStruct().getDiscriminantOffset();
        for (const auto each : schema.getFields()) {
            const auto proto = each.getProto();
            const auto type = each.getType();
            if (!proto.isGroup() && !is_pointer(type)) {
                continue;
            }
            auto condition = when;
            if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
                condition = static_cast<std::uint32_t>(plan_.conditions_.size());
                plan_.conditions_.push_back(
                    {.offset = discriminant, .value = proto.getDiscriminantValue(), .also = when});
            }
            const auto name = prefix + proto.getName().cStr();
            if (proto.isGroup()) {
                collect(type.asStruct(), condition, name + '.', left - 1);
                continue;
            }
            const auto slot = proto.getSlot().getOffset();
            bound(slot, "pointers in a struct");
            bound(found_.size(), "pointers in a struct");
            found_.push_back({.expected = expected(type),
                              .when = condition,
                              .slot = slot,
                              .default_depth = default_depth_of(each),
                              .name = name});
        }
    }

    expectation expected(const capnp::Type& type)
    {
        switch (type.which()) {
        case Type::TEXT: return {.what = content::text};
        case Type::DATA: return {.what = content::data};
        case Type::INTERFACE: return {.what = content::capability};
        case Type::STRUCT:
            return too_deep(type.asStruct()) ? expectation{}
                                             : expectation{.what = content::structure, .of = index_of(type.asStruct())};
        case Type::LIST: return list_of(type.asList().getElementType());
        case Type::ANY_POINTER: break;
        default: return {};
        }
        if (type.getBrandParameter() != nullptr || type.getImplicitParameter() != nullptr) {
            return {};
        }
        switch (type.whichAnyPointerKind()) {
        case Type::AnyPointer::Unconstrained::STRUCT: return {.what = content::any_struct};
        case Type::AnyPointer::Unconstrained::LIST: return {.what = content::any_list};
        case Type::AnyPointer::Unconstrained::CAPABILITY: return {.what = content::capability};
        default: return {};
        }
    }

    expectation list_of(const capnp::Type& element)
    {
        using size = capnp::ElementSize;
        const auto of_size = [](size each) { return expectation{.what = content::list, .element = each}; };
        switch (element.which()) {
        case Type::VOID: return of_size(size::VOID);
        case Type::BOOL: return of_size(size::BIT);
        case Type::INT8:
        case Type::UINT8: return of_size(size::BYTE);
        case Type::INT16:
        case Type::UINT16:
        case Type::ENUM: return of_size(size::TWO_BYTES);
        case Type::INT32:
        case Type::UINT32:
        case Type::FLOAT32: return of_size(size::FOUR_BYTES);
        case Type::INT64:
        case Type::UINT64:
        case Type::FLOAT64: return of_size(size::EIGHT_BYTES);
        case Type::STRUCT:
            if (too_deep(element.asStruct())) {
                return {};
            }
            return {.what = content::list, .element = size::INLINE_COMPOSITE, .of = index_of(element.asStruct())};
        default: break;
        }
        const auto each = expected(element);
        if (each.what == content::any_struct) { // AnyStructs lie in a list as structs do, not as pointers to them
            return of_size(size::INLINE_COMPOSITE);
        }
        if (!is_pointer(element)) {
            return {.what = content::any};
        }
        const auto index = static_cast<std::uint32_t>(plan_.elements_.size());
        bound(index, "lists of pointers");
        plan_.elements_.push_back(each);
        return {.what = content::list, .element = size::POINTER, .of = index};
    }

    message_plan& plan_;
    std::string name_;
    std::vector<capnp::StructSchema> schemas_; ///< of plan_.structures_
    std::unordered_map<capnp::StructSchema, std::uint32_t, hash_of_schema> indices_;
    std::vector<unsigned> depths_; ///< of schemas_, below the root
    unsigned depth_ = 0;           ///< of the one that is being added
    std::vector<field> found_;     ///< of the struct that is being added
};

message_plan::message_plan(capnp::StructSchema root)
{
    try {
        const message_planner planner{*this, root};
    } catch (const kj::Exception& fault) {
        refuse(name_of(root), "a schema that can be read", fault.getDescription().cStr());
    }
}

} // namespace samepage
