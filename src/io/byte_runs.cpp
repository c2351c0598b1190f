// SPDX-License-Identifier: BSL-1.0
// byte_runs.cpp: how long the bytes of a view go on without a gap, and where they go on behind one.
#include <samepage/io/byte_runs.hpp>

#include <cassert>

namespace samepage {

run_layout::run_layout(const memory_view& of)
{
    if (of.nbytes() == 0) {
        return;
    }
    const auto shape = of.shape();
    const auto strides = of.strides();
    run_bytes_ = of.itemsize();
    outer_dimensions_ = of.ndim();
    while (outer_dimensions_ != 0 && (shape[outer_dimensions_ - 1] == 1 ||
                                      strides[outer_dimensions_ - 1] == static_cast<std::ptrdiff_t>(run_bytes_))) {
        --outer_dimensions_;
        run_bytes_ *= shape[outer_dimensions_];
    }
    count_ = of.nbytes() / run_bytes_;
}

std::ptrdiff_t run_layout::offset_bytes(const memory_view& of, std::size_t index) const
{
    assert(index < count_);
    const auto shape = of.shape();
    const auto strides = of.strides();
    std::ptrdiff_t offset = 0;
    for (std::size_t i = outer_dimensions_; i-- != 0;) {
        offset += static_cast<std::ptrdiff_t>(index % shape[i]) * strides[i];
        index /= shape[i];
    }
    return offset;
}

} // namespace samepage
