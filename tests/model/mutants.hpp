// SPDX-License-Identifier: BSL-1.0
// mutants.hpp: the protocol with operations weakened, left out or put elsewhere; and what notices it.
#pragma once

#include "model/mutant.hpp"

#include <string>
#include <vector>

namespace model {

/// The one line of `file`, below include/samepage/ring, that contains `text`; or the first such line below the one with
/// `below`.
struct place_in_code {
    std::string file;
    std::string text;
    std::string below = {};
};

struct change_in_code {
    place_in_code where;
    mutation how = mutation::none;
};

/// Which look of a process: from its first passing of `look` behind `opens` up to its next passing of `look`.
struct one_look {
    place_in_code opens;
    place_in_code look;
};

struct mutant {
    std::string name;
    std::vector<change_in_code> changes;
    std::string caught_by; ///< the scenario to try first
    std::vector<one_look> only = {};
    std::vector<place_in_code> behind = {}; ///< what is swapped happens behind the store there
};

/// Faults: something must notice each.
[[nodiscard]] const std::vector<mutant>& mutants();

/// An order or an operation that the protocol could do without.
struct harmless_change {
    mutant what;
    std::string why;
};
/// No faults: nothing may notice them.
[[nodiscard]] const std::vector<harmless_change>& harmless_changes();

/// The operations of `one` from now on. @throws std::runtime_error if the source has no such line
void activate(const mutant& one);
void deactivate() noexcept;

namespace parts {
void add_mutants_of_names(std::vector<mutant>& to);
void add_harmless_of_names(std::vector<harmless_change>& to);
void add_mutants_of_moves(std::vector<mutant>& to);
void add_harmless_of_moves(std::vector<harmless_change>& to);
} // namespace parts

/// "lane_writer.hpp:201", of the first change.
[[nodiscard]] std::string place_of(const mutant& one);

} // namespace model
