// SPDX-License-Identifier: BSL-1.0
// corrupt.cpp: whatever a page holds: no crash, no hang, and an error that names what is wrong.
#include "torture/corrupt.hpp"

#include "torture/parts.hpp"

namespace torture {

void corrupt(const settings& how, report& to)
{
    damage::flip_headers(how, to);
    damage::forge_headers(how, to);
    damage::damage_words(how, to);
}

} // namespace torture
