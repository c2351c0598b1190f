// SPDX-License-Identifier: BSL-1.0
// summary.hpp: what the demo prints at its end.
#pragma once

#include "checks.hpp"

#include <string>
#include <vector>

namespace demo {

/// Which checks are told one by one: those that are broken or not permitted, or all of them.
enum class detail { problems, everything };

/// Several lines, the last of which is the verdict.
/// @throws std::runtime_error if a report lacks something.
[[nodiscard]] std::string summarise(const findings& all, const std::vector<check>& checks, detail told);

} // namespace demo
