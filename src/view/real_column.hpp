// SPDX-License-Identifier: BSL-1.0
// real_column.hpp: reals as text, their points one below the other.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace samepage::view {

/// A real, and the fewest digits that lead back to it in its own size: 1.5, 1e-07, nan.
struct shown_real {
    long double value;
    std::string text;
};

/// Source: NumPy 1.24, core/arrayprint.py, FloatingFormat with precision 8.
class real_column {
public:
    /// @param code      e, f, d or g: how large the reals are.
    /// @param has_plus  whether positive numbers have a sign.
    real_column(std::span<const shown_real> shown, char code, bool has_plus);

    [[nodiscard]] std::string text(const shown_real& real) const;

private:
    [[nodiscard]] std::string positional(const shown_real& real) const;
    [[nodiscard]] std::string scientific(const shown_real& real) const;

    bool has_plus_;
    bool has_exponent_ = false;
    std::size_t left_ = 0;  ///< characters before the point
    std::size_t right_ = 0; ///< behind it, without the exponent
    std::size_t exponent_digits_ = 2;
};

} // namespace samepage::view
