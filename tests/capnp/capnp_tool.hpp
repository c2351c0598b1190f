// SPDX-License-Identifier: BSL-1.0
// capnp_tool.hpp: Cap'n Proto's own command line tool, as the judge of what a record is.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

/// What `capnp decode --short samples.capnp <type>` prints for `message`, without the newline; throws
/// std::runtime_error if it fails.
[[nodiscard]] std::string capnp_decode(std::span<const std::byte> message, std::string_view type);
