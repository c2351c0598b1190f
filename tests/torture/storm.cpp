// SPDX-License-Identifier: BSL-1.0
// storm.cpp: random death.
#include "torture/parts.hpp"

namespace torture {

void storm(const settings&, report&) {}

} // namespace torture
