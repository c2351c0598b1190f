// SPDX-License-Identifier: BSL-1.0
// loop_nest.cpp: finds the loops, joining dimensions that are one.
#include <samepage/view/loop_nest.hpp>

#include <algorithm>
#include <cassert>

namespace samepage::view {

template <std::size_t Operands>
void loop_nest<Operands>::put_inside(std::size_t count, const bytes& strides) noexcept
{
    if (count == 1) {
        return;
    }
    if (count_ == 1) {
        count_ = count;
        strides_ = strides;
        return;
    }
    const auto items = static_cast<std::ptrdiff_t>(count);
    bool is_one_loop = true;
    bytes back{};
    for (std::size_t i = 0; i < Operands; ++i) {
        is_one_loop = is_one_loop && strides_[i] == wrapping_product(items, strides[i]);
        back[i] = wrapping_product(1 - static_cast<std::ptrdiff_t>(count_), strides_[i]);
    }
    if (is_one_loop) {
        count_ *= count;
    } else {
        outer_[outer_loops_++] = {count_, strides_, back};
        count_ = count;
    }
    strides_ = strides;
}

namespace {

template <std::size_t Operands>
std::array<std::ptrdiff_t, Operands> strides_of(const std::array<stride_span, Operands>& strides, std::size_t dimension)
{
    std::array<std::ptrdiff_t, Operands> each{};
    for (std::size_t i = 0; i < Operands; ++i) {
        each[i] = strides[i][dimension];
    }
    return each;
}

} // namespace

template <std::size_t Operands>
loop_nest<Operands> loop_nest<Operands>::in_c_order(shape_span shape, const std::array<stride_span, Operands>& strides)
{
    loop_nest nest;
    if (has_no_items(shape)) {
        nest.count_ = 0;
        return nest;
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        nest.put_inside(shape[i], strides_of(strides, i));
    }
    return nest;
}

template <std::size_t Operands>
loop_nest<Operands> loop_nest<Operands>::in_f_order(shape_span shape, const std::array<stride_span, Operands>& strides)
{
    loop_nest nest;
    if (has_no_items(shape)) {
        nest.count_ = 0;
        return nest;
    }
    for (std::size_t i = shape.size(); i-- != 0;) {
        nest.put_inside(shape[i], strides_of(strides, i));
    }
    return nest;
}

template <std::size_t Operands>
loop_nest<Operands> loop_nest<Operands>::in_memory_order(shape_span shape,
                                                         const std::array<stride_span, Operands>& strides)
{
    loop_nest nest;
    if (has_no_items(shape)) {
        nest.count_ = 0;
        return nest;
    }
    assert(shape.size() <= max_ndim);
    std::array<std::size_t, max_ndim> dimensions{};
    std::size_t ndim = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != 1) {
            dimensions[ndim++] = i;
        }
    }
    const auto distance = [&](std::size_t dimension) {
        const auto stride_bytes = strides[0][dimension];
        return stride_bytes < 0 ? 0 - static_cast<std::size_t>(stride_bytes) : static_cast<std::size_t>(stride_bytes);
    };
    // Stable: dimensions that lie alike, as those repeated do, stay in C order.
    std::stable_sort(dimensions.begin(), dimensions.begin() + static_cast<std::ptrdiff_t>(ndim),
                     [&](std::size_t left, std::size_t right) { return distance(left) > distance(right); });
    for (std::size_t i = 0; i < ndim; ++i) {
        const auto count = shape[dimensions[i]];
        auto each = strides_of(strides, dimensions[i]);
        if (each[0] < 0) {
            for (std::size_t operand = 0; operand < Operands; ++operand) {
                const auto last = wrapping_product(static_cast<std::ptrdiff_t>(count) - 1, each[operand]);
                nest.first_[operand] = wrapping_sum(nest.first_[operand], last);
                each[operand] = wrapping_product(-1, each[operand]);
            }
        }
        nest.put_inside(count, each);
    }
    return nest;
}

template class loop_nest<1>;
template class loop_nest<2>;

} // namespace samepage::view
