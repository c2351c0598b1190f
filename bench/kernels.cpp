// SPDX-License-Identifier: BSL-1.0
// kernels.cpp: the block kernels, compiled once so that every row runs the same instructions.
#include "kernels.hpp"

namespace bench {

void write_block(std::uint64_t* to, std::size_t words, std::uint64_t first) noexcept
{
    for (std::size_t i = 0; i < words; ++i) {
        to[i] = first + i;
    }
}

std::uint64_t sum_block(const std::uint64_t* from, std::size_t words) noexcept
{
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < words; ++i) {
        sum += from[i];
    }
    return sum;
}

} // namespace bench
