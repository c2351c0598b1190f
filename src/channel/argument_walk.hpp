// SPDX-License-Identifier: BSL-1.0
// argument_walk.hpp: the arguments of generic types, in two versions of a schema, side by side.
// Thread safety: as the schemas'.
#pragma once

#include "channel/stored_schema.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace samepage::schemas {

/// The same argument of a generic type in two versions, and for which parameter, in words.
struct argument_pair {
    type_reader ours;
    type_reader theirs;
    std::string place;
};

class argument_walk {
public:
    argument_walk(const stored_schema& ours, const stored_schema& theirs) : ours_(ours)
    {
        walk(ours.root(), theirs.root(), {});
        for (const auto node : ours.nodes()) {
            const auto other = theirs.find(node.getId());
            if (node.isStruct() && other && other->isStruct()) {
                walk(node, *other);
            }
        }
    }

    [[nodiscard]] const std::vector<argument_pair>& found() const { return found_; }

private:
    void walk(node_reader ours, node_reader theirs)
    {
        const auto fields = ours.getStruct().getFields();
        const auto others = theirs.getStruct().getFields();
        for (capnp::uint i = 0; i < std::min(fields.size(), others.size()); ++i) {
            if (fields[i].isSlot() && others[i].isSlot()) {
                walk(fields[i].getSlot().getType(), others[i].getSlot().getType(),
                     printable(name_of(ours)) + '.' + printable(fields[i].getName().cStr()));
            }
        }
    }

    void walk(type_reader ours, type_reader theirs, const std::string& place)
    {
        if (ours.isList() && theirs.isList()) {
            walk(ours.getList().getElementType(), theirs.getList().getElementType(), place);
        } else if (ours.isStruct() && theirs.isStruct()) {
            walk(ours.getStruct(), theirs.getStruct(), place);
        } else if (ours.isInterface() && theirs.isInterface()) {
            walk(ours.getInterface(), theirs.getInterface(), place);
        }
    }

    template <class Named>
    void walk(Named ours, Named theirs, const std::string& place)
    {
        if (ours.getTypeId() != theirs.getTypeId()) {
            return;
        }
        for (const auto scope : ours.getBrand().getScopes()) {
            for (const auto other : theirs.getBrand().getScopes()) {
                if (scope.getScopeId() == other.getScopeId() && scope.isBind() && other.isBind()) {
                    walk(scope, other, place);
                }
            }
        }
    }

    void walk(capnp::schema::Brand::Scope::Reader ours, capnp::schema::Brand::Scope::Reader theirs,
              const std::string& place)
    {
        const auto bound = ours.getBind();
        const auto others = theirs.getBind();
        for (capnp::uint i = 0; i < std::min(bound.size(), others.size()); ++i) {
            if (!bound[i].isType() || !others[i].isType()) {
                continue;
            }
            const auto type = bound[i].getType();
            const auto other = others[i].getType();
            if (type.isAnyPointer() || other.isAnyPointer()) {
                continue; // a parameter may be bound later, or another be passed on: any pointer may be either
            }
            auto here = (place.empty() ? "" : place + ", ") + parameter(ours.getScopeId(), i);
            walk(type, other, here);
            found_.push_back({type, other, std::move(here)});
        }
    }

    [[nodiscard]] std::string parameter(std::uint64_t scope, capnp::uint index) const
    {
        const auto node = ours_.find(scope);
        if (!node || index >= node->getParameters().size()) {
            return "parameter " + std::to_string(index + 1);
        }
        return "parameter " + printable(node->getParameters()[index].getName().cStr()) + " of " +
               printable(name_of(*node));
    }

    const stored_schema& ours_;
    std::vector<argument_pair> found_;
};

} // namespace samepage::schemas
