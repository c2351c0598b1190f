// SPDX-License-Identifier: BSL-1.0
// view_kernels.cpp: the loops, compiled apart from who calls them.
#include "view_kernels.hpp"

namespace bench {

using samepage::strided_view;

std::int32_t sum_of_span(std::span<const std::int32_t> from)
{
    std::int32_t sum = 0;
    for (const auto value : from) {
        sum += value;
    }
    return sum;
}

std::int32_t sum_of_view(strided_view<const std::int32_t> from)
{
    std::int32_t sum = 0;
    for (const auto value : from) {
        sum += value;
    }
    return sum;
}

std::int32_t sum_by_pointer(const std::byte* from, std::size_t size, std::ptrdiff_t stride_bytes)
{
    std::int32_t sum = 0;
    for (; size != 0; --size, from += stride_bytes) {
        sum += *reinterpret_cast<const std::int32_t*>(from);
    }
    return sum;
}

std::int32_t sum_of_rows(const std::int32_t* from, std::size_t rows, std::size_t columns, std::size_t row_values)
{
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        for (const auto value : std::span{from + i * row_values, columns}) {
            sum += value;
        }
    }
    return sum;
}

std::int32_t sum_of_matrix(strided_view<const std::int32_t, 2> from)
{
    std::int32_t sum = 0;
    for (const auto row : from) {
        for (const auto value : row) {
            sum += value;
        }
    }
    return sum;
}

} // namespace bench
