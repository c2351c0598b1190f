// SPDX-License-Identifier: BSL-1.0
// record_type.hpp: what a producer or consumer says of the records that it means, and who judges what it finds.
#pragma once

#include <samepage/core/error.hpp>
#include <samepage/ring/layout.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace samepage::ring {

/// What a channel says of its records: read once, its checksum right. What `detail` holds nobody has looked at yet.
struct described_type {
    record_kind kind = record_kind::framed;
    std::uint64_t record_bytes = 0; ///< dense: of each record
    std::uint64_t alignment = 0;    ///< of records (dense) or payloads (framed)
    std::string format;             ///< the readable text
    std::string detail;             ///< what the creator said beyond it
};

/// Why records will not do: the parts of an error.
struct type_refusal {
    errc code = errc::wrong_type;
    std::string expected;
    std::string found;
    std::string remedy;
};

/// Decides for who joins whether a channel's description will do. For types that may differ and yet fit.
class type_judge {
public:
    virtual ~type_judge() = default;
    /// @return nothing: it will do. Asked before anything of the channel is taken, so that who is refused leaves
    /// nothing
    ///         behind; asked again should the channel be made anew meanwhile.
    [[nodiscard]] virtual std::optional<type_refusal> judge(const described_type& found) = 0;

protected:
    type_judge() = default;
    type_judge(const type_judge&) = default;
    type_judge& operator=(const type_judge&) = default;
};

/// Stored in the channel by its creator; who joins must say the same, or have a judge. `format` is compared byte by
/// byte, `detail` not at all.
struct record_type {
    record_kind kind = record_kind::framed;
    std::size_t record_bytes = 0; ///< dense: of each record
    std::size_t alignment = 0;    ///< dense: of each record. Framed: unused, the creator's options decide
    std::string_view format;      ///< a PEP 3118 format, or another description without NUL
    std::string_view detail{};    ///< what else there is to say, any bytes; aligned to 8 in the file
    type_judge* judge = nullptr;  ///< instead of comparing formats. Lifetime: until the channel is joined
};

} // namespace samepage::ring
