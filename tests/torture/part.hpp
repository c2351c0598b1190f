// SPDX-License-Identifier: BSL-1.0
// part.hpp: what the parts of the torture run are given, and what they hand back.
// Thread safety: none; a part's report stays on the part's thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace torture {

/// How much of it, and which.
struct settings {
    bool ci = false; ///< a shorter run, for every change
    std::uint64_t seed = 0;
    std::uint64_t scale_percent = 100; ///< of the full run, or of CI's

    /// So many of something, at least one.
    [[nodiscard]] std::uint64_t amount(std::uint64_t full, std::uint64_t in_ci) const noexcept
    {
        return std::max<std::uint64_t>((ci ? in_ci : full) * scale_percent / 100, 1);
    }
};

/// What a figure is held to.
enum class relation { none, at_most, at_least, equal };

/// One thing that was counted or measured.
struct figure {
    std::string name;
    std::string unit;
    double value = 0;
    relation held_to = relation::none;
    double bound = 0;
};

[[nodiscard]] bool holds(const figure& of) noexcept;

/// What a part says while it runs.
class report {
public:
    /// Keeps it for the summary, and prints it.
    void add(figure what);
    /// A violation: counted; the first ones are printed.
    void fail(const std::string& what);

    /// No violation, and every bound holds.
    [[nodiscard]] bool good() const noexcept;
    [[nodiscard]] const std::vector<figure>& figures() const noexcept { return figures_; }
    [[nodiscard]] std::uint64_t violations() const noexcept { return violations_; }

private:
    std::vector<figure> figures_;
    std::uint64_t violations_ = 0;
};

struct part {
    const char* name;
    const char* what;
    void (*run)(const settings& how, report& to);
};

/// A part and how it went.
struct outcome_of_part {
    const part* of = nullptr;
    report said;
};

/// The table at the end.
[[nodiscard]] std::string summary(const std::vector<outcome_of_part>& all);
/// An array of {"name", "unit", "value", "bound", "relation"}; "bound" is null where there is none.
[[nodiscard]] std::string json(const std::vector<outcome_of_part>& all);

} // namespace torture
