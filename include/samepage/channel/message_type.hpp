// SPDX-License-Identifier: BSL-1.0
// message_type.hpp: which types make a channel of messages, and what the channel says of them.
// Thread safety: all of it may be called at any time.
#pragma once

#include <capnp/common.h>
#include <capnp/schema.h>

#include <string>

namespace samepage {

/// A struct that Cap'n Proto's compiler generated.
template <class Schema>
concept message_schema = (capnp::kind<Schema>() == capnp::Kind::STRUCT);

/// The description of its type that a channel of messages carries: "capnp:", the type's id as 16 hexadecimal digits, a
/// space and its name within the file, such as "capnp:d1c9e5b2a4f60738 Book.Level". Without the file: where a schema
/// lay when it was compiled is no part of the type. Both ends must mean the same; the fields are not compared, and
/// neither are the parameters of a generic type.
[[nodiscard]] std::string describe_messages(const capnp::Schema& schema);

template <message_schema Schema>
[[nodiscard]] std::string describe_messages()
{
    return describe_messages(capnp::Schema::from<Schema>());
}

} // namespace samepage
