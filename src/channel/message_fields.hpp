// SPDX-License-Identifier: BSL-1.0
// message_fields.hpp: fields of a schema by their names.
#pragma once

#include <capnp/schema.h>

#include <string_view>

namespace samepage {

/// @throws std::out_of_range with the names that there are, for: `what` '`path`'. Allocates only for that.
[[nodiscard]] capnp::StructSchema::Field field_of(capnp::StructSchema schema, std::string_view name,
                                                  std::string_view what, std::string_view path);

} // namespace samepage
