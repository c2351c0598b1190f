// SPDX-License-Identifier: BSL-1.0
// schema_differences.cpp: what differs between two schemas, in words, by our own walk over both.
#include "channel/argument_walk.hpp"
#include "channel/compare_schemas.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace samepage::schemas {
namespace {

namespace proto = capnp::schema;

constexpr std::size_t most_differences = 3;

const char* word_for(node_reader node)
{
    switch (node.which()) {
    case proto::Node::STRUCT: return node.getStruct().getIsGroup() ? "a group" : "a struct";
    case proto::Node::ENUM: return "an enum";
    case proto::Node::INTERFACE: return "an interface";
    default: return "no type";
    }
}

std::string count_of(std::uint64_t count, const char* unit)
{
    return std::to_string(count) + ' ' + unit + (count == 1 ? "" : "s");
}

/// A default as the schema language writes it; empty for those that the loader does not compare.
std::string text_of(proto::Value::Reader value)
{
    switch (value.which()) {
    case proto::Value::BOOL: return value.getBool() ? "true" : "false";
    case proto::Value::INT8: return std::to_string(value.getInt8());
    case proto::Value::INT16: return std::to_string(value.getInt16());
    case proto::Value::INT32: return std::to_string(value.getInt32());
    case proto::Value::INT64: return std::to_string(value.getInt64());
    case proto::Value::UINT8: return std::to_string(value.getUint8());
    case proto::Value::UINT16: return std::to_string(value.getUint16());
    case proto::Value::UINT32: return std::to_string(value.getUint32());
    case proto::Value::UINT64: return std::to_string(value.getUint64());
    case proto::Value::FLOAT32: return kj::str(value.getFloat32()).cStr();
    case proto::Value::FLOAT64: return kj::str(value.getFloat64()).cStr();
    case proto::Value::ENUM: return "enumerant " + std::to_string(value.getEnum());
    default: return {};
    }
}

std::string hexadecimal(std::uint64_t id)
{
    return kj::str("@0x", kj::hex(id)).cStr();
}

/// Where a field lies in its struct.
std::string place_of(proto::Field::Slot::Reader slot)
{
    const auto size = size_of(slot.getType().which()).value_or(field_size{});
    if (size.pointer) {
        return "pointer " + std::to_string(slot.getOffset());
    }
    return size.bits % 8 == 0 ? "at byte " + std::to_string(slot.getOffset() * size.bits / 8)
                              : "at bit " + std::to_string(slot.getOffset());
}

/// Types that are no version of each other. `unsure`: such that only the loader can tell.
enum class contrast { none, unsure, certain };

std::optional<std::uint64_t> id_of(type_reader type)
{
    switch (type.which()) {
    case proto::Type::STRUCT: return type.getStruct().getTypeId();
    case proto::Type::ENUM: return type.getEnum().getTypeId();
    case proto::Type::INTERFACE: return type.getInterface().getTypeId();
    default: return std::nullopt;
    }
}

contrast contrast_of(type_reader ours, type_reader theirs, bool in_list)
{
    if (ours.which() != theirs.which()) {
        const bool upgrade = (in_list && (ours.isStruct() || theirs.isStruct())) || ours.isAnyPointer() ||
                             theirs.isAnyPointer() || ours.isData() || theirs.isData();
        return upgrade ? contrast::unsure : contrast::certain;
    }
    if (ours.isList()) {
        return contrast_of(ours.getList().getElementType(), theirs.getList().getElementType(), true);
    }
    return id_of(ours) != id_of(theirs) ? contrast::certain : contrast::none;
}

/// Finds the words; knows the loader's rules well enough to point at what broke one.
class explanation {
public:
    explanation(const stored_schema& ours, const stored_schema& theirs) : ours_(ours), theirs_(theirs)
    {
        const argument_walk arguments{ours, theirs};
        for (const auto& pair : arguments.found()) {
            compare(pair.ours, pair.theirs, pair.place);
        }
        for (const auto node : ours.nodes()) {
            if (const auto other = theirs.find(node.getId())) {
                compare(node, *other);
            }
        }
    }

    [[nodiscard]] std::string text() const
    {
        const auto& chosen = !certain_.empty() ? certain_ : (moved_.empty() ? unsure_ : moved_);
        std::string made;
        for (std::size_t i = 0; i < std::min(chosen.size(), most_differences); ++i) {
            made += (made.empty() ? "" : "; ") + chosen[i];
        }
        if (chosen.size() > most_differences) {
            made += "; and " + std::to_string(chosen.size() - most_differences) + " more";
        }
        return made;
    }

private:
    static std::string sides(const std::string& place, const std::string& here, const std::string& there)
    {
        return place + ": " + here + " here, " + there + " in the channel";
    }

    void compare(type_reader ours, type_reader theirs, const std::string& place)
    {
        const auto found = contrast_of(ours, theirs, false);
        if (found == contrast::none || (id_of(ours) && id_of(ours) == id_of(theirs))) {
            return; // in the latter case the type itself has become another kind: told of it
        }
        auto here = schemas::text_of(ours, ours_);
        auto there = schemas::text_of(theirs, theirs_);
        if (here == there) { // two types of one name
            const auto id = [](type_reader type) {
                while (type.isList()) {
                    type = type.getList().getElementType();
                }
                return ' ' + hexadecimal(id_of(type).value_or(0));
            };
            here += id(ours);
            there += id(theirs);
        }
        (found == contrast::certain ? certain_ : unsure_).push_back(sides(place, here, there));
    }

    void compare(node_reader ours, node_reader theirs)
    {
        const auto name = printable(name_of(ours));
        if (ours.which() != theirs.which()) {
            certain_.push_back(sides(name, word_for(ours), word_for(theirs)));
        } else if (ours.isStruct()) {
            compare_structs(ours, theirs, name);
        } else if (ours.isInterface()) {
            compare_methods(ours, theirs, name);
        }
    }

    void compare_structs(node_reader ours, node_reader theirs, const std::string& name)
    {
        const auto body = ours.getStruct();
        const auto other = theirs.getStruct();
        const auto fields = body.getFields();
        const auto others = other.getFields();
        const auto before = certain_.size();
        for (capnp::uint i = 0; i < std::min(fields.size(), others.size()); ++i) {
            compare(fields[i], others[i], name);
        }
        if (body.getDiscriminantCount() > 0 && other.getDiscriminantCount() > 0 &&
            body.getDiscriminantOffset() != other.getDiscriminantOffset()) {
            certain_.push_back(sides(name + ": which member of its union is set",
                                     "in bytes " + std::to_string(2 * body.getDiscriminantOffset()) + " and " +
                                         std::to_string(2 * body.getDiscriminantOffset() + 1),
                                     "in " + std::to_string(2 * other.getDiscriminantOffset()) + " and " +
                                         std::to_string(2 * other.getDiscriminantOffset() + 1)));
        }
        if (body.getIsGroup() && other.getIsGroup() && ours.getScopeId() != theirs.getScopeId()) {
            certain_.push_back(name + ": a group of another struct");
        }
        if (certain_.size() == before) { // else sizes differ because of it
            compare_sizes(ours, theirs, name);
        }
    }

    /// Each change by itself is allowed; together they must make one side the newer.
    void compare_sizes(node_reader ours, node_reader theirs, const std::string& name)
    {
        const auto body = ours.getStruct();
        const auto other = theirs.getStruct();
        std::vector<std::string> more_here;
        std::vector<std::string> more_there;
        const auto weigh = [&](std::uint64_t here, std::uint64_t there, const char* unit) {
            if (here != there) {
                (here > there ? more_here : more_there)
                    .push_back(count_of(here, unit) + " here, " + std::to_string(there) + " in the channel");
            }
        };
        weigh(body.getFields().size(), other.getFields().size(), "field");
        weigh(body.getDiscriminantCount(), other.getDiscriminantCount(), "union member");
        weigh(body.getDataWordCount(), other.getDataWordCount(), "word of data");
        weigh(body.getPointerCount(), other.getPointerCount(), "pointer");
        weigh(ours.getParameters().size(), theirs.getParameters().size(), "parameter");
        if (!more_here.empty() && !more_there.empty()) {
            certain_.push_back(name + ": neither is the newer one: " + more_here.front() + ", but " +
                               more_there.front());
        }
    }

    void compare(proto::Field::Reader ours, proto::Field::Reader theirs, const std::string& owner)
    {
        auto place = owner + '.' + printable(ours.getName().cStr());
        if (ours.getName() != theirs.getName()) {
            place += " (" + printable(theirs.getName().cStr()) + " in the channel)";
        }
        const auto number = [](proto::Field::Reader field) {
            const auto value = field.getDiscriminantValue();
            return value == proto::Field::NO_DISCRIMINANT ? 0 : value;
        };
        if (number(ours) != number(theirs)) {
            const auto words = [](proto::Field::Reader field) {
                const auto value = field.getDiscriminantValue();
                return value == proto::Field::NO_DISCRIMINANT ? std::string{"in no union"}
                                                              : "member " + std::to_string(value) + " of the union";
            };
            certain_.push_back(sides(place, words(ours), words(theirs)));
        } else if (ours.isSlot() && theirs.isSlot()) {
            compare(ours.getSlot(), theirs.getSlot(), place);
        } else if (ours.isGroup() && theirs.isGroup()) {
            if (ours.getGroup().getTypeId() != theirs.getGroup().getTypeId()) {
                certain_.push_back(sides(place, "group " + hexadecimal(ours.getGroup().getTypeId()),
                                         "group " + hexadecimal(theirs.getGroup().getTypeId())));
            }
        } else {
            const auto words = [](proto::Field::Reader field, const stored_schema& schema) {
                return field.isGroup() ? std::string{"a group"} : schemas::text_of(field.getSlot().getType(), schema);
            };
            unsure_.push_back(sides(place, words(ours, ours_), words(theirs, theirs_)));
        }
    }

    void compare(proto::Field::Slot::Reader ours, proto::Field::Slot::Reader theirs, const std::string& place)
    {
        const auto before = certain_.size();
        compare(ours.getType(), theirs.getType(), place);
        if (certain_.size() != before || ours.getType().which() != theirs.getType().which()) {
            return; // where another type lies, and its default, say nothing
        }
        const auto here = text_of(ours.getDefaultValue());
        const auto there = text_of(theirs.getDefaultValue());
        if (here != there) {
            certain_.push_back(sides(place, "default " + here, "default " + there));
        }
        if (ours.getOffset() != theirs.getOffset()) {
            moved_.push_back(sides(place, place_of(ours), place_of(theirs)));
        }
    }

    void compare_methods(node_reader ours, node_reader theirs, const std::string& name)
    {
        const auto methods = ours.getInterface().getMethods();
        const auto others = theirs.getInterface().getMethods();
        for (capnp::uint i = 0; i < std::min(methods.size(), others.size()); ++i) {
            if (methods[i].getParamStructType() != others[i].getParamStructType() ||
                methods[i].getResultStructType() != others[i].getResultStructType()) {
                certain_.push_back(name + '.' + printable(methods[i].getName().cStr()) +
                                   ": a method with other parameters or results");
            }
        }
    }

    const stored_schema& ours_;
    const stored_schema& theirs_;
    std::vector<std::string> certain_;
    std::vector<std::string> moved_;  ///< where another change may have pushed a field
    std::vector<std::string> unsure_; ///< changes of which only the loader knows whether they are allowed
};

/// The name, and in brackets the arguments of its own parameters.
template <class Named>
std::string named(Named type, const stored_schema& schema)
{
    const auto node = schema.find(type.getTypeId());
    std::string text = node ? printable(name_of(*node)) : hexadecimal(type.getTypeId());
    for (const auto scope : type.getBrand().getScopes()) {
        if (scope.getScopeId() != type.getTypeId() || !scope.isBind()) {
            continue;
        }
        std::string arguments;
        for (const auto binding : scope.getBind()) {
            arguments += (arguments.empty() ? "" : ", ") +
                         (binding.isType() ? text_of(binding.getType(), schema) : std::string{"AnyPointer"});
        }
        text += '(' + arguments + ')';
    }
    return text;
}

} // namespace

std::string text_of(type_reader type, const stored_schema& schema)
{
    switch (type.which()) {
    case proto::Type::VOID: return "Void";
    case proto::Type::BOOL: return "Bool";
    case proto::Type::INT8: return "Int8";
    case proto::Type::INT16: return "Int16";
    case proto::Type::INT32: return "Int32";
    case proto::Type::INT64: return "Int64";
    case proto::Type::UINT8: return "UInt8";
    case proto::Type::UINT16: return "UInt16";
    case proto::Type::UINT32: return "UInt32";
    case proto::Type::UINT64: return "UInt64";
    case proto::Type::FLOAT32: return "Float32";
    case proto::Type::FLOAT64: return "Float64";
    case proto::Type::TEXT: return "Text";
    case proto::Type::DATA: return "Data";
    case proto::Type::LIST: return "List(" + text_of(type.getList().getElementType(), schema) + ')';
    case proto::Type::ENUM: return named(type.getEnum(), schema);
    case proto::Type::STRUCT: return named(type.getStruct(), schema);
    case proto::Type::INTERFACE: return named(type.getInterface(), schema);
    case proto::Type::ANY_POINTER: break;
    }
    const auto any = type.getAnyPointer();
    if (any.isUnconstrained()) {
        switch (any.getUnconstrained().which()) {
        case proto::Type::AnyPointer::Unconstrained::STRUCT: return "AnyStruct";
        case proto::Type::AnyPointer::Unconstrained::LIST: return "AnyList";
        case proto::Type::AnyPointer::Unconstrained::CAPABILITY: return "Capability";
        case proto::Type::AnyPointer::Unconstrained::ANY_KIND: break;
        }
    } else if (any.isParameter()) {
        const auto parameter = any.getParameter();
        const auto node = schema.find(parameter.getScopeId());
        if (node && parameter.getParameterIndex() < node->getParameters().size()) {
            return printable(node->getParameters()[parameter.getParameterIndex()].getName().cStr());
        }
    }
    return "AnyPointer";
}

std::string differences(const stored_schema& ours, const stored_schema& theirs)
{
    return explanation{ours, theirs}.text();
}

} // namespace samepage::schemas
