// SPDX-License-Identifier: BSL-1.0
// search.cpp: depth first, by deviations, at random.
#include "model/search.hpp"

#include <algorithm>

namespace model {

bool exploration::add(const report& part)
{
    sum.executions += part.executions;
    sum.redundant += part.redundant;
    sum.steps += part.steps;
    sum.deaths += part.deaths;
    sum.seconds += part.seconds;
    sum.longest = std::max(sum.longest, part.longest);
    sum.violation = part.violation;
    sum.choices = part.choices;
    return part.violation.empty();
}

bool explore_in_order(program& what, std::uint64_t executions, exploration& all)
{
    const report found = the_engine().explore(what, {.executions = executions});
    all.in_order += found.executions;
    all.sum.exhausted = found.exhausted;
    return all.add(found);
}

bool explore_deviations(program& what, std::uint64_t executions, exploration& all)
{
    std::uint64_t before = 1;
    std::uint64_t latest = 1;
    std::uint64_t spent = 0;
    for (int deviations = 0; spent + latest * std::max<std::uint64_t>(latest / before, 2) <= executions; ++deviations) {
        const report found = the_engine().explore(what, {.executions = executions - spent, .deviations = deviations});
        all.in_order += found.executions;
        spent += found.executions;
        if (!all.add(found)) {
            return false;
        }
        if (!found.exhausted) {
            break;
        }
        all.deviations = deviations;
        if (deviations > 0 && found.executions == latest) { // none has so many, nor more
            all.sum.exhausted = true;
            break;
        }
        before = latest;
        latest = found.executions;
    }
    return true;
}

bool explore_at_random(program& what, const limits& bounds, exploration& all)
{
    const report found = the_engine().explore(what, bounds);
    all.at_random += found.executions;
    return all.add(found);
}

} // namespace model
