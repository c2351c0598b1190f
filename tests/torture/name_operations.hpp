// SPDX-License-Identifier: BSL-1.0
// name_operations.hpp: the operations of names and groups, behind the others.
#pragma once

#include "torture/operations.hpp"

namespace torture {

template <class Kind>
[[nodiscard]] std::vector<operation<Kind>> name_operations();

extern template std::vector<operation<dense>> name_operations();
extern template std::vector<operation<framed>> name_operations();

} // namespace torture
