// SPDX-License-Identifier: BSL-1.0
// eigen.hpp: views as Eigen's matrices and vectors, without a copy; empty where <Eigen/Core> is not found.
// Thread safety: as a pointer's; the elements are the caller's.
#pragma once

#include <samepage/interop/element_strides.hpp>

#if __has_include(<Eigen/Core>)

#include <Eigen/Core>

#include <type_traits>

namespace samepage {

/// Of const T a map of a const matrix.
template <class T>
using eigen_matrix_map = Eigen::Map<
    std::conditional_t<std::is_const_v<T>,
                       const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>,
                       Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>,
    Eigen::Unaligned, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

template <class T>
using eigen_vector_map =
    Eigen::Map<std::conditional_t<std::is_const_v<T>, const Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, 1>,
                                  Eigen::Matrix<std::remove_const_t<T>, Eigen::Dynamic, 1>>,
               Eigen::Unaligned, Eigen::InnerStride<Eigen::Dynamic>>;

/// The view's elements as a matrix: dimension 0 is its rows. Strides of any sign.
/// Throws buffer_error where a stride is not a whole number of elements. Lifetime: the elements'.
template <class T>
[[nodiscard]] eigen_matrix_map<T> as_eigen(const strided_view<T, 2>& view)
{
    const auto strides = element_strides(view, "view for Eigen");
    return {view.data(), static_cast<Eigen::Index>(view.shape()[0]), static_cast<Eigen::Index>(view.shape()[1]),
            Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>{strides[0], strides[1]}};
}

/// As a column vector.
template <class T>
[[nodiscard]] eigen_vector_map<T> as_eigen(const strided_view<T, 1>& view)
{
    const auto strides = element_strides(view, "view for Eigen");
    return {view.data(), static_cast<Eigen::Index>(view.size()), Eigen::InnerStride<Eigen::Dynamic>{strides[0]}};
}

} // namespace samepage

#endif
