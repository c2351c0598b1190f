// SPDX-License-Identifier: BSL-1.0
// item_order.hpp: in which order the items of a shape are visited or written out.
#pragma once

#include <samepage/core/language.hpp>

namespace samepage {

/// The values are the buffer protocol's letters.
enum class item_order : char {
    c = 'C',   ///< the last index runs fastest, as in C
    f = 'F',   ///< the first index runs fastest, as in Fortran
    any = 'A', ///< f where the items lie in that order without gaps (and not in c too); else c
};

} // namespace samepage
