// SPDX-License-Identifier: BSL-1.0
// element_strides.hpp: strides for libraries that count in elements: Eigen, xtensor, BLAS.
#pragma once

#include <samepage/view/strided_view.hpp>

#include <array>
#include <cstddef>

namespace samepage {

namespace interop {

/// Throws buffer_error that names the dimension.
[[noreturn]] void throw_part_of_an_element(const char* operation, std::size_t itemsize, std::ptrdiff_t stride_bytes,
                                           std::size_t dimension);

} // namespace interop

/// The view's strides in elements. Throws buffer_error where one is not a whole number of them: doubles 12 bytes apart.
/// That cannot be of elements as large as their alignment, as arithmetic types are.
/// A dimension without a second element may have any stride; of such a one it is that of C order.
/// @param operation  for the error: what they are for.
template <class T, std::size_t Rank>
[[nodiscard]] std::array<std::ptrdiff_t, Rank> element_strides(const strided_view<T, Rank>& view,
                                                               const char* operation = "strides in elements")
{
    constexpr auto itemsize = static_cast<std::ptrdiff_t>(sizeof(T));
    const auto strides_bytes = view.strides();
    const bool is_empty = view.item_count() == 0;
    std::array<std::ptrdiff_t, Rank> strides{};
    std::ptrdiff_t compact = 1;
    for (std::size_t i = Rank; i-- != 0;) {
        const auto size = static_cast<std::ptrdiff_t>(view.shape()[i]);
        strides[i] = compact;
        if (!is_empty && size > 1) {
            if (strides_bytes[i] % itemsize != 0) {
                interop::throw_part_of_an_element(operation, sizeof(T), strides_bytes[i], i);
            }
            strides[i] = strides_bytes[i] / itemsize;
        }
        compact = view::wrapping_product(compact, size == 0 ? 1 : size); // without elements it need not fit
    }
    return strides;
}

} // namespace samepage
