// SPDX-License-Identifier: BSL-1.0
// compare_schemas.cpp: whether two schemas are versions of each other, by the loader's verdict.
#include "channel/compare_schemas.hpp"

#include "channel/argument_walk.hpp"

#include <capnp/message.h>

#include <utility>

namespace samepage::schemas {
namespace {

namespace proto = capnp::schema;

/// Has the loader compare two types as those of one field of a struct that does not exist.
void load_as_field(capnp::SchemaLoader& loader, std::uint64_t struct_id, type_reader type)
{
    capnp::MallocMessageBuilder builder;
    auto node = builder.initRoot<proto::Node>();
    node.setId(struct_id);
    node.setDisplayName("argument");
    auto body = node.initStruct();
    body.setPointerCount(1);
    auto field = body.initFields(1)[0];
    field.setName("argument");
    auto slot = field.initSlot();
    slot.setType(type);
    auto value = slot.initDefaultValue();
    switch (type.which()) {
    case proto::Type::TEXT: value.setText(""); break;
    case proto::Type::DATA: value.initData(0); break;
    case proto::Type::LIST: value.initList(); break;
    case proto::Type::STRUCT: value.initStruct(); break;
    case proto::Type::INTERFACE: value.setInterface(); break;
    default: value.initAnyPointer(); break; // no argument is anything else
    }
    loader.load(node);
}

/// An id that neither has; those of declared types have bit 63 set.
std::uint64_t id_after(std::uint64_t id, const stored_schema& ours, const stored_schema& theirs)
{
    do {
        ++id;
    } while (ours.find(id) || theirs.find(id));
    return id;
}

/// What the loader says when it has one of two schemas and is given the other.
template <class Order>
std::optional<std::string> refusal_of(const stored_schema& ours, const stored_schema& theirs,
                                      const argument_walk& arguments, Order order)
{
    const auto [first, second] = order(&ours, &theirs);
    capnp::SchemaLoader loader;
    load(loader, *first);
    std::string place;
    try {
        for (const auto node : second->nodes()) {
            loader.load(node);
        }
        std::uint64_t id = 0;
        for (const auto& pair : arguments.found()) {
            place = pair.place + ": ";
            id = id_after(id, ours, theirs);
            const auto [first_type, second_type] = order(pair.ours, pair.theirs);
            load_as_field(loader, id, first_type);
            load_as_field(loader, id, second_type);
        }
        return std::nullopt;
    } catch (const kj::Exception& refused) {
        return place + words_of(refused);
    }
}

} // namespace

std::optional<std::string> incompatibility(const stored_schema& ours, const stored_schema& theirs)
{
    const argument_walk arguments{ours, theirs};
    if (auto refused = refusal_of(ours, theirs, arguments, [](auto a, auto b) { return std::pair{b, a}; })) {
        return refused;
    }
    return refusal_of(ours, theirs, arguments, [](auto a, auto b) { return std::pair{a, b}; });
}

} // namespace samepage::schemas
