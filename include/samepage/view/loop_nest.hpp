// SPDX-License-Identifier: BSL-1.0
// loop_nest.hpp: the loops that visit each item of one or more views of the same shape, as few and as long as can be.
#pragma once

#include <samepage/view/index_algebra.hpp>

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace samepage::view {

/// Loops over the items of `Operands` views of one shape. Dimensions whose items follow each other in every operand
/// are one loop: two contiguous views are a single run, whatever their shape.
template <std::size_t Operands>
class loop_nest {
public:
    using bytes = std::array<std::ptrdiff_t, Operands>; ///< an offset or a stride for each operand

    /// In C order, or in F order: the last index runs fastest, or the first one.
    [[nodiscard]] static loop_nest in_c_order(shape_span shape, const std::array<stride_span, Operands>& strides);
    [[nodiscard]] static loop_nest in_f_order(shape_span shape, const std::array<stride_span, Operands>& strides);
    /// In the order in which operand 0 lies in memory, forwards: for whatever may visit items in any order.
    [[nodiscard]] static loop_nest in_memory_order(shape_span shape, const std::array<stride_span, Operands>& strides);

    /// Calls `run(first, count, strides)` for each run of `count` items: the first one's offsets, and the bytes from
    /// one to the next. Ends early if a call returns false; then returns false.
    template <class Run>
    bool visit(Run&& run) const
    {
        if (count_ == 0) {
            return true;
        }
        std::array<std::size_t, max_ndim> index{};
        bytes first = first_;
        while (true) {
            if constexpr (std::is_void_v<std::invoke_result_t<Run&, const bytes&, std::size_t, const bytes&>>) {
                run(std::as_const(first), count_, strides_);
            } else if (!run(std::as_const(first), count_, strides_)) {
                return false;
            }
            std::size_t level = outer_loops_;
            while (level-- != 0) {
                const loop& at = outer_[level];
                if (++index[level] != at.count) {
                    move(first, at.strides);
                    break;
                }
                index[level] = 0;
                move(first, at.back);
            }
            if (level == static_cast<std::size_t>(-1)) {
                return true;
            }
        }
    }

    /// Loops around the run.
    [[nodiscard]] std::size_t outer_loops() const noexcept { return outer_loops_; }

private:
    struct loop {
        std::size_t count;
        bytes strides;
        bytes back; ///< from the last item to the first
    };

    // Of the loops only those there are; most nests have one or two of 64.
    loop_nest() {} // NOLINT(cppcoreguidelines-pro-type-member-init,modernize-use-equals-default)
    void put_inside(std::size_t count, const bytes& strides) noexcept;

    static void move(bytes& from, const bytes& by) noexcept
    {
        for (std::size_t i = 0; i < Operands; ++i) {
            from[i] = wrapping_sum(from[i], by[i]);
        }
    }

    // The outermost loop first; the run is the innermost one.
    std::array<loop, max_ndim> outer_;
    std::size_t outer_loops_ = 0;
    bytes first_{};
    bytes strides_{};
    std::size_t count_ = 1;
};

extern template class loop_nest<1>;
extern template class loop_nest<2>;

} // namespace samepage::view
