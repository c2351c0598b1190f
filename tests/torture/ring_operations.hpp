// SPDX-License-Identifier: BSL-1.0
// ring_operations.hpp: the operations of lanes that go on in another ring, and of clearing away, behind the others.
#pragma once

#include "torture/operations.hpp"

namespace torture {

template <class Kind>
[[nodiscard]] std::vector<operation<Kind>> ring_operations();

extern template std::vector<operation<dense>> ring_operations();
extern template std::vector<operation<framed>> ring_operations();

} // namespace torture
