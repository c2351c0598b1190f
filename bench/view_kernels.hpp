// SPDX-License-Identifier: BSL-1.0
// view_kernels.hpp: the loops that views are measured by, each beside the one it is held against.
// Compiled apart from who calls them, so that none knows more than its parameters.
#pragma once

#include <samepage/view/strided_view.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace bench {

[[nodiscard]] std::int32_t sum_of_span(std::span<const std::int32_t> from);
[[nodiscard]] std::int32_t sum_of_view(samepage::strided_view<const std::int32_t> from);
[[nodiscard]] std::int32_t sum_by_pointer(const std::byte* from, std::size_t size, std::ptrdiff_t stride_bytes);
[[nodiscard]] std::int32_t sum_of_rows(const std::int32_t* from, std::size_t rows, std::size_t columns,
                                       std::size_t row_values);
[[nodiscard]] std::int32_t sum_of_matrix(samepage::strided_view<const std::int32_t, 2> from);

} // namespace bench
