// SPDX-License-Identifier: BSL-1.0
// xtensor.hpp: views as xtensor's tensors, without a copy; but for a refusal empty where <xtensor/xadapt.hpp> is not
// found. Thread safety: as a pointer's; the elements are the caller's.
#pragma once

#include <samepage/interop/element_strides.hpp>

#include <cstddef>

namespace samepage::interop {

/// Throws buffer_error.
[[noreturn]] void throw_backwards(std::ptrdiff_t stride, std::size_t dimension);

} // namespace samepage::interop

#if __has_include(<xtensor/xadapt.hpp>)

#include <xtensor/xadapt.hpp>

#include <array>
#include <utility>

namespace samepage {

/// The view's elements as a tensor of the same shape: xt::adapt() with its strides.
/// Throws buffer_error where a stride is not a whole number of elements, or is negative. Lifetime: the elements'.
template <class T, std::size_t Rank>
    requires(Rank != 0)
[[nodiscard]] auto as_xtensor(const strided_view<T, Rank>& view)
{
    const auto strides = element_strides(view, "view for xtensor");
    for (std::size_t i = 0; i < Rank; ++i) {
        if (strides[i] < 0) {
            interop::throw_backwards(strides[i], i);
        }
    }
    T* first = view.data();
    // Moved, since of an lvalue the adaptor keeps a reference. The size has to be that of the shape, and limits
    // nothing.
    return xt::adapt(std::move(first), view.item_count(), xt::no_ownership(), view.shape(), strides);
}

} // namespace samepage

#endif
