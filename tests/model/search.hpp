// SPDX-License-Identifier: BSL-1.0
// search.hpp: what was explored of a program, by one search after another, and within which budget.
#pragma once

#include "model/engine.hpp"

#include <cstdint>

namespace model {

struct exploration {
    report sum; ///< exhausted: of the whole program
    std::uint64_t in_order = 0;
    std::uint64_t at_random = 0;
    int deviations = -1; ///< every execution with so many was run; -1: not even those with none

    /// @return false: there is a violation, the end of the search
    bool add(const report& part);
};

/// Depth first, with reduction: all of it, or up to so many executions.
bool explore_in_order(program& what, std::uint64_t executions, exploration& all);
/// Every execution with no deviation, with one, with two, as long as `executions` will suffice for the next number:
/// what the last two numbers took tells about what. Of all it is, if no execution has more.
bool explore_deviations(program& what, std::uint64_t executions, exploration& all);
bool explore_at_random(program& what, const limits& bounds, exploration& all);

} // namespace model
