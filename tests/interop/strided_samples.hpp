// SPDX-License-Identifier: BSL-1.0
// strided_samples.hpp: elements for libraries that count strides in elements.
#pragma once

#include <samepage/view/strided_view.hpp>

#include <array>
#include <complex>

namespace interop_test {

/// Four rows of five numbers, none of them zero.
struct matrix {
    std::array<std::array<double, 5>, 4> rows{};

    matrix()
    {
        double next = 0;
        view().for_each([&next](double& each) { each = ++next; });
    }

    [[nodiscard]] samepage::strided_view<double, 2> view() { return rows; }
};

/// Sixteen bytes, aligned to eight, 24 apart: an element and a half.
struct odd {
    std::complex<double> value;
    double weight;
};

} // namespace interop_test
