// SPDX-License-Identifier: BSL-1.0
// wait_any.hpp: one sleep for consumers of several channels.
// Thread safety: one thread at a time for each consumer.
#pragma once

#include <samepage/ring/endpoint.hpp>

#include <cstddef>
#include <optional>
#include <span>

namespace samepage::ring {

/// Waits until one of them has records or has come to its end; looks at the first ones first.
/// @return its index; nothing once `limit` has passed. Also 0 if a handle of the parent's is among them (after a fork).
/// @pre at least one.
[[nodiscard]] std::optional<std::size_t> wait_any(std::span<waiting_party* const> all, wait_policy how,
                                                  time_limit limit);

} // namespace samepage::ring
