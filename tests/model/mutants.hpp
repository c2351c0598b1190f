// SPDX-License-Identifier: BSL-1.0
// mutants.hpp: the protocol with one operation weakened or left out, and what notices it.
#pragma once

#include "model/mutant.hpp"

#include <string>
#include <vector>

namespace model {

struct mutant {
    std::string name;
    std::string file; ///< below include/samepage or src
    std::string text; ///< of the one line
    mutation how = mutation::none;
    std::vector<std::string> caught_by; ///< scenarios to try, the likeliest first; all of them after that
    std::string survives; ///< why nothing can notice it; empty: something must
};

[[nodiscard]] const std::vector<mutant>& mutants();

} // namespace model
