// SPDX-License-Identifier: BSL-1.0
// encode_schema.cpp: which nodes a root reaches, and the one message made of them.
#include "channel/stored_schema.hpp"

#include <capnp/any.h>
#include <capnp/message.h>

#include <array>
#include <cstring>
#include <map>
#include <set>
#include <vector>

namespace samepage::schemas {
namespace {

namespace proto = capnp::schema;

bool names_a_node(capnp::Type type)
{
    return type.isStruct() || type.isEnum() || type.isInterface();
}

capnp::Schema node_of(capnp::Type type)
{
    if (type.isStruct()) {
        return type.asStruct();
    }
    return type.isEnum() ? capnp::Schema{type.asEnum()} : capnp::Schema{type.asInterface()};
}

/// Walks from the root over the types of fields, each node once.
class reachable {
public:
    explicit reachable(capnp::StructSchema root)
    {
        visit(capnp::Schema{root});
        visit_arguments(root);
    }

    [[nodiscard]] const std::map<std::uint64_t, capnp::Schema>& nodes() const { return nodes_; }

    /// The type as a message says it, with the arguments of its parameters.
    void write(capnp::Type type, proto::Type::Builder into) const
    {
        switch (type.which()) {
        case proto::Type::VOID: into.setVoid(); break;
        case proto::Type::BOOL: into.setBool(); break;
        case proto::Type::INT8: into.setInt8(); break;
        case proto::Type::INT16: into.setInt16(); break;
        case proto::Type::INT32: into.setInt32(); break;
        case proto::Type::INT64: into.setInt64(); break;
        case proto::Type::UINT8: into.setUint8(); break;
        case proto::Type::UINT16: into.setUint16(); break;
        case proto::Type::UINT32: into.setUint32(); break;
        case proto::Type::UINT64: into.setUint64(); break;
        case proto::Type::FLOAT32: into.setFloat32(); break;
        case proto::Type::FLOAT64: into.setFloat64(); break;
        case proto::Type::TEXT: into.setText(); break;
        case proto::Type::DATA: into.setData(); break;
        case proto::Type::LIST: write(type.asList().getElementType(), into.initList().initElementType()); break;
        case proto::Type::ENUM: write_named(type.asEnum(), into.initEnum()); break;
        case proto::Type::STRUCT: write_named(type.asStruct(), into.initStruct()); break;
        case proto::Type::INTERFACE: write_named(type.asInterface(), into.initInterface()); break;
        case proto::Type::ANY_POINTER: write_any(type, into.initAnyPointer()); break;
        }
    }

private:
    /// The arguments that are bound to a scope's parameters here; none for other schemas.
    static capnp::Schema::BrandArgumentList arguments(capnp::Schema schema, std::uint64_t scope)
    {
        return schema.isBranded() && schema.getProto().getIsGeneric() ? schema.getBrandArgumentsAtScope(scope)
                                                                      : capnp::Schema::BrandArgumentList{};
    }

    void visit(capnp::Schema schema)
    {
        const auto node = schema.getProto();
        if (!nodes_.emplace(node.getId(), schema).second) {
            return;
        }
        if (node.getIsGeneric()) {
            scopes_.insert(node.getId());
            scopes_.insert(node.getScopeId());
        }
        if (node.isStruct()) {
            for (const auto field : schema.asStruct().getFields()) {
                if (field.getProto().isGroup()) {
                    visit(field.getType().asStruct());
                } else {
                    visit(field.getProto().getSlot().getType(), field.getType());
                }
            }
        } else if (node.isInterface()) {
            for (const auto superclass : schema.asInterface().getSuperclasses()) {
                visit(superclass);
            }
        }
    }

    /// @param said  the type as the schema says it, where its arguments are seen even if the node is known already.
    void visit(proto::Type::Reader said, capnp::Type type)
    {
        switch (said.which()) {
        case proto::Type::LIST: visit(said.getList().getElementType(), type.asList().getElementType()); break;
        case proto::Type::ENUM: visit(said.getEnum().getBrand(), type.asEnum()); break;
        case proto::Type::STRUCT: visit(said.getStruct().getBrand(), type.asStruct()); break;
        case proto::Type::INTERFACE: visit(said.getInterface().getBrand(), type.asInterface()); break;
        case proto::Type::ANY_POINTER:
            if (said.getAnyPointer().isParameter()) {
                scopes_.insert(said.getAnyPointer().getParameter().getScopeId());
            }
            break;
        default: break;
        }
    }

    void visit(proto::Brand::Reader said, capnp::Schema schema)
    {
        visit(schema);
        for (const auto scope : said.getScopes()) {
            scopes_.insert(scope.getScopeId());
            if (!scope.isBind()) {
                continue;
            }
            const auto bound = arguments(schema, scope.getScopeId());
            const auto said_bound = scope.getBind();
            for (capnp::uint i = 0; i < said_bound.size() && i < bound.size(); ++i) {
                if (said_bound[i].isType()) {
                    visit(said_bound[i].getType(), bound[i]);
                }
            }
        }
    }

    /// Of the root, which nothing but its own arguments speaks of.
    void visit_arguments(capnp::Schema schema)
    {
        const auto scopes = scopes_; // the walk finds more, of other types
        for (const auto scope : scopes) {
            for (auto argument : arguments(schema, scope)) {
                while (argument.isList()) {
                    argument = argument.asList().getElementType();
                }
                if (names_a_node(argument)) {
                    visit(node_of(argument));
                    visit_arguments(node_of(argument));
                }
            }
        }
    }

    template <class Builder>
    void write_named(capnp::Schema schema, Builder into) const
    {
        into.setTypeId(schema.getProto().getId());
        std::vector<std::uint64_t> bound;
        for (const auto scope : scopes_) {
            if (arguments(schema, scope).size() > 0) {
                bound.push_back(scope);
            }
        }
        if (bound.empty()) {
            return;
        }
        auto scopes = into.initBrand().initScopes(static_cast<capnp::uint>(bound.size()));
        for (capnp::uint i = 0; i < bound.size(); ++i) {
            const auto types = arguments(schema, bound[i]);
            scopes[i].setScopeId(bound[i]);
            auto bindings = scopes[i].initBind(types.size());
            for (capnp::uint k = 0; k < types.size(); ++k) {
                write(types[k], bindings[k].initType());
            }
        }
    }

    static void write_any(capnp::Type type, proto::Type::AnyPointer::Builder into)
    {
        KJ_IF_MAYBE (parameter, type.getBrandParameter()) {
            auto said = into.initParameter();
            said.setScopeId(parameter->scopeId);
            said.setParameterIndex(static_cast<std::uint16_t>(parameter->index));
            return;
        }
        auto kind = into.initUnconstrained();
        switch (type.whichAnyPointerKind()) {
        case proto::Type::AnyPointer::Unconstrained::ANY_KIND: kind.setAnyKind(); break;
        case proto::Type::AnyPointer::Unconstrained::STRUCT: kind.setStruct(); break;
        case proto::Type::AnyPointer::Unconstrained::LIST: kind.setList(); break;
        case proto::Type::AnyPointer::Unconstrained::CAPABILITY: kind.setCapability(); break;
        }
    }

    std::map<std::uint64_t, capnp::Schema> nodes_;
    std::set<std::uint64_t> scopes_; ///< whose parameters may have arguments
};

} // namespace

std::string encode(capnp::StructSchema root)
{
    const reachable found{root};
    capnp::MallocMessageBuilder builder;
    auto pointers = builder.initRoot<capnp::AnyPointer>().initAsAnyStruct(0, 2).getPointerSection();
    found.write(root, pointers[0].initAs<proto::Type>());
    auto nodes = pointers[1].initAs<capnp::List<proto::Node>>(static_cast<capnp::uint>(found.nodes().size()));
    capnp::uint next = 0;
    for (const auto& [id, schema] : found.nodes()) {
        const auto node = schema.getProto();
        nodes.setWithCaveats(next, node);
        // Where the file lay when it was compiled is no part of the schema.
        const auto name = name_of(node);
        const auto cut = static_cast<capnp::uint>(node.getDisplayName().size() - name.size());
        const auto prefix = node.getDisplayNamePrefixLength();
        nodes[next].setDisplayName(capnp::Text::Reader{name.data(), name.size()});
        nodes[next].setDisplayNamePrefixLength(prefix > cut ? prefix - cut : 0);
        ++next;
    }
    // The canonical form: one segment, everything in one order, no holes.
    auto reader = builder.getRoot<capnp::AnyStruct>().asReader();
    const auto words = reader.canonicalize();
    const std::array<std::uint32_t, 2> header{0, static_cast<std::uint32_t>(words.size())};
    std::string bytes(sizeof header + words.asBytes().size(), '\0');
    std::memcpy(bytes.data(), header.data(), sizeof header);
    std::memcpy(bytes.data() + sizeof header, words.begin(), words.asBytes().size());
    return bytes;
}

} // namespace samepage::schemas
