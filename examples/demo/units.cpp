// SPDX-License-Identifier: BSL-1.0
// units.cpp: numbers for people.
#include "units.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace demo {

std::string grouped(std::uint64_t value)
{
    std::string digits = std::to_string(value);
    for (std::size_t place = digits.size(); place > 3; place -= 3) {
        digits.insert(place - 3, 1, ',');
    }
    return digits;
}

std::string in_bytes(double bytes)
{
    constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < units.size()) {
        bytes /= 1024;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", bytes, unit == 0 ? 0 : 1, units[unit]);
}

std::string in_hex(std::uint64_t value)
{
    return fmt::format("{:#x}", value);
}

} // namespace demo
