// SPDX-License-Identifier: BSL-1.0
// stored_schema.cpp: what a stored schema must be like before Cap'n Proto's loader sees it.
#include "channel/stored_schema.hpp"

#include <capnp/any.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <set>

namespace samepage::schemas {
namespace {

namespace proto = capnp::schema;

// As deep as Cap'n Proto reads unless told otherwise; no compiler makes schemas near it.
constexpr int most_nesting = 64;
constexpr unsigned most_group_nesting = 64;
constexpr std::uint64_t most_members = std::uint64_t{1} << 16U; // indices and ordinals have 16 bits

[[noreturn]] void broken(const std::string& what)
{
    throw broken_schema{what};
}

void require(bool condition, const char* what)
{
    if (!condition) {
        broken(what);
    }
}

[[noreturn]] void broken(node_reader node, const std::string& what)
{
    broken(printable(name_of(node)) + ": " + what);
}

/// Walks a whole message and counts its words: pointers that share a target, or lists that claim elements they have no
/// bytes for, come out larger than the message is.
class size_count {
public:
    explicit size_count(std::uint64_t most_words) : left_(most_words) {}

    void count(capnp::AnyPointer::Reader at)
    {
        switch (at.getPointerType()) {
        case capnp::PointerType::NULL_: break;
        case capnp::PointerType::STRUCT: count(at.getAs<capnp::AnyStruct>()); break;
        case capnp::PointerType::LIST: count(at.getAs<capnp::AnyList>()); break;
        case capnp::PointerType::CAPABILITY: broken("it has a capability");
        }
    }

    void count(capnp::AnyStruct::Reader at)
    {
        spend(at.getDataSection().size() / sizeof(capnp::word));
        for (const auto pointer : at.getPointerSection()) {
            spend(1);
            count(pointer);
        }
    }

private:
    void spend(std::uint64_t words)
    {
        require(words <= left_, "parts of it lie in each other, or there are more of them than its bytes hold");
        left_ -= words;
    }

    void count(capnp::AnyList::Reader at)
    {
        switch (at.getElementSize()) {
        case capnp::ElementSize::POINTER:
            for (const auto pointer : at.as<capnp::List<capnp::AnyPointer>>()) {
                spend(1);
                count(pointer);
            }
            break;
        case capnp::ElementSize::INLINE_COMPOSITE:
            for (const auto element : at.as<capnp::List<capnp::AnyStruct>>()) {
                if (element.getDataSection().size() == 0 && element.getPointerSection().size() == 0) {
                    spend(1);
                }
                count(element);
            }
            break;
        case capnp::ElementSize::VOID: spend(at.size()); break;
        default: spend(at.getRawBytes().size() / sizeof(capnp::word)); break;
        }
    }

    std::uint64_t left_;
};

void read_all(const capnp::DynamicValue::Reader& value);

/// Reads every field once, so that one that cannot be read throws here. In the loader it would not do: what that adds
/// to an exception, the name of the field it is at, is read when the exception is thrown; if it then throws by itself,
/// it does so again and again until the stack is full.
void read_all(capnp::DynamicStruct::Reader from)
{
    for (const auto field : from.getSchema().getNonUnionFields()) {
        if (from.has(field)) {
            read_all(from.get(field));
        }
    }
    KJ_IF_MAYBE (field, from.which()) {
        if (from.has(*field)) {
            read_all(from.get(*field));
        }
    }
}

void read_all(const capnp::DynamicValue::Reader& value)
{
    if (value.getType() == capnp::DynamicValue::STRUCT) {
        read_all(value.as<capnp::DynamicStruct>());
    } else if (value.getType() == capnp::DynamicValue::LIST) {
        for (const auto element : value.as<capnp::DynamicList>()) {
            read_all(element);
        }
    }
}

/// What one node says, against what the others are.
class node_check {
public:
    explicit node_check(const stored_schema& schema) : schema_(schema) {}

    void check_all()
    {
        std::optional<std::uint64_t> last;
        for (const auto node : schema_.nodes()) {
            require(!last || *last < node.getId(), "its nodes are not in the order of their ids");
            last = node.getId();
            check(node);
        }
    }

    /// @param in  where the type is said
    void check(type_reader type, node_reader in) const
    {
        switch (type.which()) {
        case proto::Type::LIST: check(type.getList().getElementType(), in); break;
        case proto::Type::STRUCT:
            check(type.getStruct().getTypeId(), proto::Node::STRUCT, in);
            check(type.getStruct().getBrand(), in);
            break;
        case proto::Type::ENUM:
            check(type.getEnum().getTypeId(), proto::Node::ENUM, in);
            check(type.getEnum().getBrand(), in);
            break;
        case proto::Type::INTERFACE:
            check(type.getInterface().getTypeId(), proto::Node::INTERFACE, in);
            check(type.getInterface().getBrand(), in);
            break;
        case proto::Type::ANY_POINTER: check(type.getAnyPointer(), in); break;
        default:
            if (!size_of(type.which())) {
                broken(in, "it has a type that this Cap'n Proto does not know");
            }
        }
    }

private:
    void check(node_reader node)
    {
        read_all(capnp::DynamicStruct::Reader{node});
        if (node.getDisplayNamePrefixLength() >
            node.getDisplayName().size()) { // Schema::getShortDisplayName() cuts it off
            broken(node, "a name that is shorter than the part of it in front");
        }
        switch (node.which()) {
        case proto::Node::STRUCT: check_struct(node); break;
        case proto::Node::ENUM:
            if (node.getEnum().getEnumerants().size() > most_members) {
                broken(node, "more enumerants than 16 bits number");
            }
            break;
        case proto::Node::INTERFACE:
            for (const auto superclass : node.getInterface().getSuperclasses()) {
                check(superclass.getId(), proto::Node::INTERFACE, node);
                check(superclass.getBrand(), node);
            }
            break;
        default: broken(node, "neither struct nor enum nor interface");
        }
    }

    void check_struct(node_reader node)
    {
        const auto body = node.getStruct();
        const std::uint64_t data_bits = std::uint64_t{body.getDataWordCount()} * 64;
        if (body.getFields().size() > most_members - 1) {
            broken(node, "more fields than 16 bits number");
        }
        std::uint64_t members = 0;
        for (const auto field : body.getFields()) {
            members += field.getDiscriminantValue() != proto::Field::NO_DISCRIMINANT ? 1U : 0U;
            if (field.isGroup()) {
                check_group(node, field.getGroup().getTypeId());
                continue;
            }
            if (!field.isSlot()) {
                broken(node, "a field of a kind that this Cap'n Proto does not know");
            }
            const auto slot = field.getSlot();
            check(slot.getType(), node);
            const auto size = *size_of(slot.getType().which());
            const std::uint64_t end = std::uint64_t{slot.getOffset()} + 1;
            if (size.pointer ? end > body.getPointerCount() : size.bits * end > data_bits) {
                broken(node, "field " + printable({field.getName().begin(), field.getName().size()}) +
                                 " lies outside of its struct");
            }
        }
        if (members != body.getDiscriminantCount() ||
            (members > 0 && (std::uint64_t{body.getDiscriminantOffset()} + 1) * 16 > data_bits)) {
            broken(node, "a union whose members or whose place are not what it says");
        }
        if (body.getIsGroup()) {
            check_nesting(node);
        }
    }

    /// A group is a part of one struct, once, and no larger than it.
    void check_group(node_reader owner, std::uint64_t id)
    {
        const auto group = schema_.find(id);
        const bool fits = group && group->isStruct() && group->getStruct().getIsGroup() &&
                          group->getScopeId() == owner.getId() &&
                          group->getStruct().getDataWordCount() <= owner.getStruct().getDataWordCount() &&
                          group->getStruct().getPointerCount() <= owner.getStruct().getPointerCount();
        if (!fits || !groups_.insert(id).second) {
            broken(owner, "a group that is not a part of it alone");
        }
    }

    void check_nesting(node_reader node) const
    {
        auto outer = node;
        for (unsigned depth = 0; outer.getStruct().getIsGroup(); ++depth) {
            const auto next = schema_.find(outer.getScopeId());
            if (!next || !next->isStruct() || depth == most_group_nesting) {
                broken(node, "a group that is a part of nothing");
            }
            outer = *next;
        }
    }

    void check(std::uint64_t id, proto::Node::Which kind, node_reader in) const
    {
        const auto node = schema_.find(id);
        if (!node || node->which() != kind) {
            broken(in, "it names a type that is not there, or is of another kind");
        }
    }

    void check(proto::Brand::Reader brand, node_reader in) const
    {
        for (const auto scope : brand.getScopes()) {
            if (scope.isInherit()) {
                continue;
            }
            require(scope.isBind(), "it binds parameters in a way that this Cap'n Proto does not know");
            for (const auto binding : scope.getBind()) {
                if (binding.isType()) {
                    check(binding.getType(), in);
                }
            }
        }
    }

    void check(proto::Type::AnyPointer::Reader any, node_reader in) const
    {
        const bool known =
            any.isImplicitMethodParameter() || any.isParameter() ||
            (any.isUnconstrained() && (any.getUnconstrained().isAnyKind() || any.getUnconstrained().isStruct() ||
                                       any.getUnconstrained().isList() || any.getUnconstrained().isCapability()));
        if (!known) {
            broken(in, "it has a type that this Cap'n Proto does not know");
        }
        if (any.isParameter() && !in.getIsGeneric()) {
            broken(in, "it uses parameters and says that it has none");
        }
    }

    const stored_schema& schema_;
    std::set<std::uint64_t> groups_; ///< that a field is
};

capnp::ReaderOptions options(std::uint64_t limit_words)
{
    capnp::ReaderOptions made;
    made.traversalLimitInWords = limit_words;
    made.nestingLimit = most_nesting;
    return made;
}

} // namespace

std::string words_of(const kj::Exception& failure)
{
    const auto words = failure.getDescription();
    return printable({words.begin(), words.size()});
}

std::string printable(std::string_view text)
{
    std::string made{text};
    std::replace_if(
        made.begin(), made.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return made;
}

std::string_view name_of(node_reader node)
{
    const auto text = node.getDisplayName(); // "folder/file.capnp:Outer.Inner"
    std::string_view name{text.begin(), text.size()};
    name.remove_prefix(name.rfind(':') + 1); // without a colon, npos + 1 is 0
    return name;
}

std::optional<field_size> size_of(proto::Type::Which type)
{
    switch (type) {
    case proto::Type::VOID: return field_size{};
    case proto::Type::BOOL: return field_size{.bits = 1};
    case proto::Type::INT8:
    case proto::Type::UINT8: return field_size{.bits = 8};
    case proto::Type::INT16:
    case proto::Type::UINT16:
    case proto::Type::ENUM: return field_size{.bits = 16};
    case proto::Type::INT32:
    case proto::Type::UINT32:
    case proto::Type::FLOAT32: return field_size{.bits = 32};
    case proto::Type::INT64:
    case proto::Type::UINT64:
    case proto::Type::FLOAT64: return field_size{.bits = 64};
    case proto::Type::TEXT:
    case proto::Type::DATA:
    case proto::Type::LIST:
    case proto::Type::STRUCT:
    case proto::Type::INTERFACE:
    case proto::Type::ANY_POINTER: return field_size{.pointer = true};
    }
    return std::nullopt;
}

stored_schema::stored_schema(std::string_view bytes)
try {
    std::array<std::uint32_t, 2> header{};
    require(bytes.size() > sizeof header && bytes.size() % sizeof(capnp::word) == 0, "it is not whole words");
    std::memcpy(header.data(), bytes.data(), sizeof header);
    words_ = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
    require(header[0] == 0 && header[1] == words_.size() - 1, "it is not a message of one segment");
    std::memcpy(words_.begin(), bytes.data(), bytes.size());
    {
        // Some default may have elements without bytes; reading counts a list twice that is asked for as what it is.
        const std::uint64_t most_words = words_.size() + most_members;
        capnp::FlatArrayMessageReader once{words_, options(16 * most_words)};
        size_count{most_words}.count(once.getRoot<capnp::AnyPointer>());
    }
    reader_.emplace(words_, options(std::numeric_limits<std::uint64_t>::max())); // a tree: every walk over it ends
    const auto pointers = reader_->getRoot<capnp::AnyStruct>().getPointerSection();
    require(pointers.size() >= 2, "it has no root or no nodes");
    root_ = pointers[0].getAs<proto::Type>();
    nodes_ = pointers[1].getAs<capnp::List<proto::Node>>();
    node_check check{*this};
    check.check_all();
    require(root_.isStruct() && find(root_.getStruct().getTypeId()), "its root is no struct of it");
    check.check(root_, root_node());
} catch (const kj::Exception& failure) {
    throw broken_schema{words_of(failure)};
}

std::optional<node_reader> stored_schema::find(std::uint64_t id) const
{
    capnp::uint first = 0;
    for (capnp::uint count = nodes_.size(); count > 0;) {
        const auto half = count / 2;
        const auto at = nodes_[first + half].getId();
        if (at == id) {
            return nodes_[first + half];
        }
        if (at < id) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return std::nullopt;
}

capnp::StructSchema load(capnp::SchemaLoader& loader, const stored_schema& schema)
try {
    for (const auto node : schema.nodes()) {
        loader.load(node);
    }
    for (const auto node : schema.nodes()) {
        if (node.isStruct()) {
            for (const auto field : loader.get(node.getId()).asStruct().getFields()) {
                static_cast<void>(field.getType());
            }
        }
    }
    return loader.getType(schema.root()).asStruct();
} catch (const kj::Exception& failure) {
    throw broken_schema{words_of(failure)};
}

} // namespace samepage::schemas
