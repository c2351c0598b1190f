// SPDX-License-Identifier: BSL-1.0
// slice.hpp: what may stand between the brackets of a view beside an index: slices, all, ellipsis, a new axis.
#pragma once

#include <samepage/core/language.hpp>

#include <cstddef>
#include <limits>
#include <optional>

namespace samepage {

/// Every `step`-th item from `start` up to `stop`, as Python's start:stop:step. Each part may be left out; negative
/// starts and stops count from the end; what lies outside is clamped and no error: slice{2, 100} of five items is
/// three, slice{{}, {}, -1} all of them backwards.
struct slice {
    std::optional<std::ptrdiff_t> start{};
    std::optional<std::ptrdiff_t> stop{};
    std::optional<std::ptrdiff_t> step{};

    [[nodiscard]] friend constexpr bool operator==(const slice&, const slice&) = default;
};

namespace view {

struct all_tag {
    [[nodiscard]] friend constexpr bool operator==(all_tag, all_tag) = default;
};
struct ellipsis_tag {
    [[nodiscard]] friend constexpr bool operator==(ellipsis_tag, ellipsis_tag) = default;
};
struct new_axis_tag {
    [[nodiscard]] friend constexpr bool operator==(new_axis_tag, new_axis_tag) = default;
};

} // namespace view

inline constexpr view::all_tag all{};           ///< a whole dimension, Python's `:`
inline constexpr view::ellipsis_tag ellipsis{}; ///< as many whole dimensions as are missing, Python's `...`; once
inline constexpr view::new_axis_tag new_axis{}; ///< a dimension of size 1 that was not there, NumPy's `None`

namespace view {

/// What a slice takes of one dimension: items start, start + step, …, `count` of them. Where count is zero, start may
/// lie one outside the dimension.
struct slice_range {
    std::ptrdiff_t start;
    std::size_t count;
    std::ptrdiff_t step;

    [[nodiscard]] friend constexpr bool operator==(const slice_range&, const slice_range&) = default;
};

/// Throws geometry_error.
[[noreturn]] void throw_step_of_zero(std::size_t dimension);

/// One end of a slice in a dimension of `size` items: counted from the end where negative, then clamped.
[[nodiscard]] constexpr std::ptrdiff_t clamp_end(std::ptrdiff_t end, std::ptrdiff_t size, bool backwards) noexcept
{
    if (end < 0) {
        end += size;
        return end >= 0 ? end : (backwards ? -1 : 0);
    }
    return end < size ? end : (backwards ? size - 1 : size);
}

/// The slice of a dimension of `size` items. Throws geometry_error that names the dimension if the step is zero.
/// @pre size <= PTRDIFF_MAX.
/// Source: CPython 3.11, Objects/sliceobject.c, PySlice_Unpack and PySlice_AdjustIndices (slice.indices).
[[nodiscard]] constexpr slice_range resolve(const slice& part, std::size_t size, std::size_t dimension = 0)
{
    using limits = std::numeric_limits<std::ptrdiff_t>;
    auto step = part.step.value_or(1);
    if (step == 0) [[unlikely]] {
        throw_step_of_zero(dimension);
    }
    step = step < -limits::max() ? -limits::max() : step; // so that it can be negated
    const bool backwards = step < 0;
    const auto items = static_cast<std::ptrdiff_t>(size);
    const auto start = clamp_end(part.start.value_or(backwards ? limits::max() : 0), items, backwards);
    const auto stop = clamp_end(part.stop.value_or(backwards ? limits::min() : limits::max()), items, backwards);
    std::ptrdiff_t count = 0;
    if (backwards && stop < start) {
        count = (start - stop - 1) / -step + 1;
    } else if (!backwards && start < stop) {
        count = (stop - start - 1) / step + 1;
    }
    return {start, static_cast<std::size_t>(count), step};
}

} // namespace view

} // namespace samepage
