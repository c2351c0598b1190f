// SPDX-License-Identifier: BSL-1.0
// compare_schemas.hpp: whether two versions of a schema may read each other's messages, and what stands in the way.
// Thread safety: all of it may be called at any time.
#pragma once

#include "channel/stored_schema.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace samepage::schemas {

/// Asks Cap'n Proto: its loader compares each node with the one of the same id, in both orders, and each argument of a
/// generic type with the one for the same parameter.
/// @return nothing if they are compatible, else Cap'n Proto's words.
/// @throws broken_schema if the loader refuses `theirs` by itself.
/// @pre the roots have one id
[[nodiscard]] std::optional<std::string> incompatibility(const stored_schema& ours, const stored_schema& theirs);

/// What a person would say of two incompatible schemas: "Level.price: Float64 here, Float32 in the channel", the first
/// few of such differences. Empty if there is none that this knows.
[[nodiscard]] std::string differences(const stored_schema& ours, const stored_schema& theirs);

/// As the schema language writes it: "List(Book.Level)".
[[nodiscard]] std::string text_of(type_reader type, const stored_schema& schema);

} // namespace samepage::schemas
