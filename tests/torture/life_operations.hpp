// SPDX-License-Identifier: BSL-1.0
// life_operations.hpp: the operations by which a channel, or a name in it, ends and begins anew, behind the others.
#pragma once

#include "torture/operations.hpp"

namespace torture {

template <class Kind>
[[nodiscard]] std::vector<operation<Kind>> life_operations();

extern template std::vector<operation<dense>> life_operations();
extern template std::vector<operation<framed>> life_operations();

} // namespace torture
