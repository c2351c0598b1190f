// SPDX-License-Identifier: BSL-1.0
// scenarios.hpp: the programs that the model checker runs.
#pragma once

#include "model/engine.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace model {

struct scenario {
    std::string name;
    std::string what; ///< in a line
    std::function<std::unique_ptr<program>()> make;
};

[[nodiscard]] const std::vector<scenario>& scenarios();
/// Small enough for every execution: docs/model.md.
[[nodiscard]] bool is_explored_whole(const scenario& one);

namespace parts {
void add_streaming(std::vector<scenario>& to);
void add_lossy(std::vector<scenario>& to);
void add_deaths(std::vector<scenario>& to);
void add_waiting(std::vector<scenario>& to);
void add_corners(std::vector<scenario>& to);
void add_named(std::vector<scenario>& to);
void add_groups(std::vector<scenario>& to);
void add_moves(std::vector<scenario>& to);
void add_rings(std::vector<scenario>& to);
} // namespace parts

} // namespace model
