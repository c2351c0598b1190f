// SPDX-License-Identifier: BSL-1.0
// buffer_request.hpp: what the consumer of a buffer can cope with: the flags of the buffer protocol.
#pragma once

#include <samepage/core/language.hpp>

#include <string>

namespace samepage {

/// PyBUF_… of PEP 3118, inspect.BufferFlags of PEP 688, bit for bit. Whoever asks says what it needs (writable, an
/// order) and what it can read (a format, a shape, strides); what it cannot read, the buffer must not need.
enum class buffer_request : unsigned {
    simple = 0,           ///< bytes one after another: no shape, no format
    writable = 0x001,     ///< they must be writable
    format = 0x004,       ///< a format; without it, the items are bytes of no meaning
    nd = 0x008,           ///< a shape
    strides = 0x010 | nd, ///< a shape and strides; without them, items must lie in C order without gaps
    c_contiguous = 0x020 | strides,
    f_contiguous = 0x040 | strides,
    any_contiguous = 0x080 | strides, ///< in C or in Fortran order
    indirect = 0x100 | strides,       ///< suboffsets as well; nothing here ever has them

    contig = nd | writable,
    contig_ro = nd,
    strided = strides | writable,
    strided_ro = strides,
    records = strides | writable | format,
    records_ro = strides | format,
    full = indirect | writable | format,
    full_ro = indirect | format,
};

[[nodiscard]] constexpr buffer_request operator|(buffer_request left, buffer_request right) noexcept
{
    return static_cast<buffer_request>(static_cast<unsigned>(left) | static_cast<unsigned>(right));
}

/// Whether all bits of `flag` are asked for.
[[nodiscard]] constexpr bool asks_for(buffer_request request, buffer_request flag) noexcept
{
    return (static_cast<unsigned>(request) & static_cast<unsigned>(flag)) == static_cast<unsigned>(flag);
}

/// "records", or "c_contiguous | format": for messages.
[[nodiscard]] std::string to_text(buffer_request request);

} // namespace samepage
