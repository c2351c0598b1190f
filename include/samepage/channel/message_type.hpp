// SPDX-License-Identifier: BSL-1.0
// message_type.hpp: which types make a channel of messages, and what the channel says of them.
// Thread safety: all of it may be called at any time.
#pragma once

#include <capnp/common.h>
#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/schema.h>

#include <concepts>
#include <string>

namespace samepage {

/// A struct that Cap'n Proto's compiler generated.
template <class Schema>
concept generated_schema = (capnp::kind<Schema>() == capnp::Kind::STRUCT);

/// A generated struct; or capnp::DynamicStruct, for a schema that is known only when the program runs.
template <class Schema>
concept message_schema = generated_schema<Schema> || std::same_as<Schema, capnp::DynamicStruct>;

/// How a message's root is had. Generated code knows its own schema; a DynamicStruct is told.
template <message_schema Schema>
struct message_root {
    message_root() noexcept = default;
    explicit message_root(capnp::StructSchema) noexcept {}

    [[nodiscard]] typename Schema::Reader read(capnp::MessageReader& from) const
    {
        return from.template getRoot<Schema>();
    }
    [[nodiscard]] typename Schema::Builder build(capnp::MessageBuilder& into) const
    {
        return into.template getRoot<Schema>();
    }
};

template <>
struct message_root<capnp::DynamicStruct> {
    message_root() noexcept = default;
    explicit message_root(capnp::StructSchema of) noexcept : schema(of) {}

    [[nodiscard]] capnp::DynamicStruct::Reader read(capnp::MessageReader& from) const
    {
        return from.getRoot<capnp::DynamicStruct>(schema);
    }
    [[nodiscard]] capnp::DynamicStruct::Builder build(capnp::MessageBuilder& into) const
    {
        return into.getRoot<capnp::DynamicStruct>(schema);
    }

    capnp::StructSchema schema;
};

/// The text by which a channel of messages names their type: "capnp:", the type's id as 16 hexadecimal digits, a space
/// and its name within the file, such as "capnp:d1c9e5b2a4f60738 Book.Level"; of a generic type with the
/// arguments of its parameters, "Box(Text)". Without the file: where a schema lay when
/// it was compiled is no part of the type. It is what channel_info::format says, and what a bytes_consumer or
/// bytes_producer on the channel says. The fields are in the channel too: channel_schema.
[[nodiscard]] std::string describe_messages(const capnp::Schema& schema);

template <generated_schema Schema>
[[nodiscard]] std::string describe_messages()
{
    return describe_messages(capnp::Schema::from<Schema>());
}

} // namespace samepage
