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

/// All of them, dense ones first.
[[nodiscard]] const std::vector<scenario>& scenarios();

namespace parts {
void add_streaming(std::vector<scenario>& to);
void add_lossy(std::vector<scenario>& to);
void add_deaths(std::vector<scenario>& to);
void add_waiting(std::vector<scenario>& to);
} // namespace parts

} // namespace model
