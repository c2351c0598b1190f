// SPDX-License-Identifier: BSL-1.0
// units.hpp: numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace demo {

/// "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t value);

/// "33.8 MiB"
[[nodiscard]] std::string in_bytes(double bytes);

/// "0x1a2b"
[[nodiscard]] std::string in_hex(std::uint64_t value);

} // namespace demo
