// SPDX-License-Identifier: BSL-1.0
// mutants.hpp: the protocol with one operation weakened or left out, and what notices it.
#pragma once

#include "model/mutant.hpp"

#include <string>
#include <vector>

namespace model {

struct mutant {
    std::string name;
    std::string file; ///< below include/samepage/ring
    std::string text; ///< of the one line; or of the first such line below the one with `below`
    mutation how = mutation::none;
    std::string caught_by; ///< the scenario to try first
    std::string below;
    std::string survives; ///< why nothing can notice it; empty: something must
};

[[nodiscard]] const std::vector<mutant>& mutants();

/// The operations of `one` from now on. @throws std::runtime_error if the source has no such line
void activate(const mutant& one);
void deactivate() noexcept;

} // namespace model
