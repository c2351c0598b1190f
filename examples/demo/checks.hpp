// SPDX-License-Identifier: BSL-1.0
// checks.hpp: what must hold at the end of the demo, and whether it does.
#pragma once

#include "report.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace demo {

/// All that the parent knows at the end.
struct findings {
    report producer;
    std::vector<report> consumers;
    std::string file;
    std::string sha256sum; ///< what coreutils' sha256sum says of the file, or why it says nothing
};

inline constexpr std::string_view channels[] = {"samples", "processes", "bytes"};

struct check {
    enum class result { held, broken, not_permitted };
    result outcome;
    std::string channel;
    std::string what;
    std::string expected;
    std::string found;
};

/// Everything that must hold, in the order in which it is to be read.
/// @throws std::runtime_error if a report lacks something.
[[nodiscard]] std::vector<check> judge(const findings& all);

/// No check is broken. What the kernel does not permit to see is not held against the demo.
[[nodiscard]] bool all_held(const std::vector<check>& checks);

/// Every process tells the same page frames, or none may see them. The kernel may move a page between two looks.
[[nodiscard]] bool same_frames(const report& producer, const std::vector<report>& consumers);

} // namespace demo
