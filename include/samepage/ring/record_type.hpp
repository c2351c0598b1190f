// SPDX-License-Identifier: BSL-1.0
// record_type.hpp: what a producer or consumer says of the records that it means.
#pragma once

#include <samepage/ring/layout.hpp>

#include <cstddef>
#include <string_view>

namespace samepage::ring {

/// Stored in the channel by its creator; who joins must say the same. `format` is compared byte by byte.
struct record_type {
    record_kind kind = record_kind::framed;
    std::size_t record_bytes = 0; ///< dense: of each record
    std::size_t alignment = 0;    ///< dense: of each record. Framed: unused, the creator's options decide
    std::string_view format;      ///< a PEP 3118 format, or another description without NUL
};

} // namespace samepage::ring
