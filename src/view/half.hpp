// SPDX-License-Identifier: BSL-1.0
// half.hpp: IEEE 754 binary16, the code e, from and to wider reals.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace samepage::view {

/// Exact.
[[nodiscard]] inline double half_to_double(std::uint16_t bits) noexcept
{
    const auto exponent = static_cast<int>((bits >> 10U) & 0x1fU);
    const unsigned fraction = bits & 0x3ffU;
    double magnitude = 0;
    if (exponent == 0x1f) {
        magnitude = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    } else if (exponent == 0) {
        magnitude = std::ldexp(static_cast<double>(fraction), -24);
    } else {
        magnitude = std::ldexp(static_cast<double>(fraction + 0x400U), exponent - 25);
    }
    return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

/// Rounded half to even, in one step from whatever precision. Infinite where the value is too large.
[[nodiscard]] inline std::uint16_t half_from(long double value) noexcept
{
    const std::uint16_t sign = std::signbit(value) ? 0x8000U : 0;
    if (std::isnan(value)) {
        return static_cast<std::uint16_t>(sign | 0x7e00U);
    }
    long double magnitude = std::fabs(value);
    if (magnitude >= 65520.0L) { // half way from the largest to what would be the next
        return static_cast<std::uint16_t>(sign | 0x7c00U);
    }
    int exponent = -14; // of the subnormal and of the smallest normal
    if (magnitude >= 0x1p-14L) {
        exponent = std::ilogb(magnitude);
    }
    // In units of the last place, at most 2048, where everything behind the point is to be rounded away.
    magnitude = std::ldexp(magnitude, 10 - exponent);
    const long double whole = std::floor(magnitude);
    const long double rest = magnitude - whole;
    auto units = static_cast<unsigned>(whole);
    if (rest > 0.5L || (rest == 0.5L && units % 2 == 1)) {
        ++units;
    }
    // A carry out of the fraction raises the exponent, which is what it should do.
    const unsigned normal = units >= 0x400U || exponent > -14 ? static_cast<unsigned>(exponent + 14) * 0x400U : 0;
    return static_cast<std::uint16_t>(sign | (normal + units));
}

} // namespace samepage::view
