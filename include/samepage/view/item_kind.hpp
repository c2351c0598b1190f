// SPDX-License-Identifier: BSL-1.0
// item_kind.hpp: what one item of a view can be.
#pragma once

#include <samepage/core/language.hpp>

#include <string_view>

namespace samepage {

/// What an item, a field or an element is. Sizes and byte orders are the format's, not the kind's.
enum class item_kind {
    boolean,          ///< ?
    character,        ///< c: one byte
    signed_integer,   ///< b h i l q n
    unsigned_integer, ///< B H I L Q N
    real,             ///< e f d g
    complex,          ///< Zf Zd Zg: two reals, the real part first
    bytes,            ///< s: as many bytes as its count says; x with a name: bytes of no meaning
    pascal_string,    ///< p: a byte that counts, then bytes
    unicode,          ///< u: UCS-2, w: UCS-4; as many units as the count says
    pointer,          ///< P: an address, read as an unsigned integer; it means nothing in another process
    structure,        ///< T{…}, or several items one after another
    sub_array,        ///< (2,3)d, or 3d
};

/// "signed integer". Lifetime: static.
[[nodiscard]] std::string_view name_of(item_kind kind) noexcept;

} // namespace samepage
