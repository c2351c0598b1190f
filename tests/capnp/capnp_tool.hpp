// SPDX-License-Identifier: BSL-1.0
// capnp_tool.hpp: Cap'n Proto's own command line tool, as the judge of what a record is.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What `capnp decode --short samples.capnp <type>` prints for `message`, without the newline; throws
/// std::runtime_error if it fails.
[[nodiscard]] std::string capnp_decode(std::span<const std::byte> message, std::string_view type);

/// As capnp_decode(), of `capnp convert binary:json`.
[[nodiscard]] std::string capnp_json(std::span<const std::byte> message, std::string_view type);

/// The stream message that `capnp encode samples.capnp <type>` makes of `text`.
[[nodiscard]] std::vector<std::byte> capnp_encode(std::string_view text, std::string_view type);
