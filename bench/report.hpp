// SPDX-License-Identifier: BSL-1.0
// report.hpp: figures as a table for people and as JSON.
#pragma once

#include "row.hpp"
#include "session.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace bench {

struct result {
    const row* of;
    const row* limit; ///< null for limits
    std::string problem;
    double median = 0, least = 0, most = 0;
    /// Median of the repetitions' own ratios, each of two bursts that ran next to each other: a machine that changes
    /// from one repetition to the next changes both. Empty for limits, and where one of the two failed.
    std::optional<double> ratio;
};

/// @param chosen  indices of the rows that ran.
[[nodiscard]] std::vector<result> summarise(const std::vector<row>& rows, const std::vector<std::size_t>& chosen,
                                            const session& ran);

/// Whether figures can be taken at their word. A row held against a limit that was not itself cannot be judged, and
/// where other processes ran, none can.
struct quiet {
    bool processors = true; ///< others ran on them less than once in each burst that counts, on average
    std::vector<const row*> restless_limits; ///< whose largest figure is more than three times their smallest

    [[nodiscard]] bool of(const result& each) const;
    [[nodiscard]] bool of_all() const { return processors && restless_limits.empty(); }
};

[[nodiscard]] quiet judge_machine(const std::vector<result>& results, const discarded_bursts& discarded);

/// What stands above the table where the machine was not quiet; empty where it was.
[[nodiscard]] std::string warning(const quiet& machine, const discarded_bursts& discarded);

/// A target that is missed on a machine that was not quiet is "unclear".
[[nodiscard]] std::string table(const std::vector<result>& results, const quiet& machine);

/// An array of {"name", "unit", "median", "min", "max", "limit", "ratio"}; rows without figures are left out.
[[nodiscard]] std::string json(const std::vector<result>& results);

} // namespace bench
