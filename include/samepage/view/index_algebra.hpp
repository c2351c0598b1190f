// SPDX-License-Identifier: BSL-1.0
// index_algebra.hpp: the rules of shapes and strides, over plain arrays: the same for views typed and at run time.
// Each function takes a shape and strides of one length; offsets and strides are bytes. Item arithmetic wraps, so that
// a shape without items may have any strides.
#pragma once

#include <samepage/core/language.hpp>
#include <samepage/view/slice.hpp>

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace samepage::view {

using shape_span = std::span<const std::size_t>;
using stride_span = std::span<const std::ptrdiff_t>;

/// The most dimensions of a view, as in CPython (PyBUF_MAX_NDIM) and the buffer protocol.
inline constexpr std::size_t max_ndim = 64;

/// "(2, 3)", "(2,)", "()": as Python writes a tuple.
[[nodiscard]] std::string tuple_text(shape_span numbers);
[[nodiscard]] std::string tuple_text(stride_span numbers);

// ---- refusals: cold, and all in one place ----

/// An index as it was written, for a message: -1 and 18446744073709551615 are different mistakes.
struct written_index {
    bool is_negative;
    std::uint64_t magnitude; ///< of a negative index, its two's complement

    template <std::integral Index>
    constexpr written_index(Index index) noexcept
        : is_negative{index < Index{0}}, magnitude{static_cast<std::uint64_t>(index)}
    {
    }
};

/// Throws std::out_of_range that names the index, the dimension, its size and what would have been right.
[[noreturn]] void throw_index(written_index index, std::size_t size, std::size_t dimension);
/// Each throws geometry_error.
[[noreturn]] void throw_index_count(std::size_t found, std::size_t ndim);
[[noreturn]] void throw_too_many_parts(std::size_t found, std::size_t ndim);
[[noreturn]] void throw_second_ellipsis();
[[noreturn]] void throw_too_many_dimensions(std::size_t found);

// ---- one index, one dimension ----

[[nodiscard]] constexpr std::ptrdiff_t wrapping_product(std::ptrdiff_t left, std::ptrdiff_t right) noexcept
{
    return static_cast<std::ptrdiff_t>(static_cast<std::size_t>(left) * static_cast<std::size_t>(right));
}

[[nodiscard]] constexpr std::ptrdiff_t wrapping_sum(std::ptrdiff_t left, std::ptrdiff_t right) noexcept
{
    return static_cast<std::ptrdiff_t>(static_cast<std::size_t>(left) + static_cast<std::size_t>(right));
}

/// An index counted from the front; negative ones are counted from the end. At least `size` if there is no such item.
template <std::integral Index>
[[nodiscard]] constexpr std::size_t from_the_front(Index index, std::size_t size) noexcept
{
    auto front = static_cast<std::size_t>(index);
    if constexpr (std::signed_integral<Index>) {
        if (index < 0) {
            front += size; // wraps to the index, or stays far beyond any size
        }
    }
    return front;
}

/// from_the_front(), or std::out_of_range.
template <std::integral Index>
[[nodiscard]] constexpr std::size_t checked_index(Index index, std::size_t size, std::size_t dimension)
{
    const auto front = from_the_front(index, size);
    if (front >= size) [[unlikely]] {
        throw_index(index, size, dimension);
    }
    return front;
}

// ---- whole shapes ----

/// Whether a dimension is of size zero.
[[nodiscard]] constexpr bool has_no_items(shape_span shape) noexcept
{
    for (const auto size : shape) {
        if (size == 0) {
            return true;
        }
    }
    return false;
}

/// Items of a shape that was validated: 1 for no dimensions.
[[nodiscard]] constexpr std::size_t item_count(shape_span shape) noexcept
{
    std::size_t count = 1;
    for (const auto size : shape) {
        count *= size;
    }
    return count;
}

/// Whether items lie one after the other, the last index running fastest. As CPython's PyBuffer_IsContiguous has it:
/// a shape without items is, and the stride of a dimension of size 1 does not matter. @pre itemsize != 0.
[[nodiscard]] constexpr bool is_c_contiguous(shape_span shape, stride_span strides, std::size_t itemsize) noexcept
{
    auto expected = static_cast<std::ptrdiff_t>(itemsize);
    bool is = true;
    for (std::size_t i = shape.size(); i-- != 0;) {
        if (shape[i] == 0) {
            return true;
        }
        is = is && (shape[i] == 1 || strides[i] == expected);
        expected = wrapping_product(expected, static_cast<std::ptrdiff_t>(shape[i]));
    }
    return is;
}

/// The same with the first index running fastest.
[[nodiscard]] constexpr bool is_f_contiguous(shape_span shape, stride_span strides, std::size_t itemsize) noexcept
{
    auto expected = static_cast<std::ptrdiff_t>(itemsize);
    bool is = true;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 0) {
            return true;
        }
        is = is && (shape[i] == 1 || strides[i] == expected);
        expected = wrapping_product(expected, static_cast<std::ptrdiff_t>(shape[i]));
    }
    return is;
}

/// A walk of indices, slices and tags over the dimensions of a view, from the first on; the dimensions that are left
/// are written out. `take` each part in turn, then finish().
/// Checked: indices are counted from the end where negative, and refused outside. Else they are asserted. Slices are
/// the same in both: a step of zero is always an error.
template <bool Checked>
class selection_walk {
public:
    /// @param to_shape,to_strides  room for every dimension that will be left.
    constexpr selection_walk(shape_span shape, stride_span strides, std::size_t* to_shape,
                             std::ptrdiff_t* to_strides) noexcept
        : shape_{shape}, strides_{strides}, to_shape_{to_shape}, to_strides_{to_strides}
    {
    }

    template <std::integral Index>
    constexpr void take(Index index) noexcept(!Checked)
    {
        std::size_t front = 0;
        if constexpr (Checked) {
            front = checked_index(index, shape_[from_], from_);
        } else {
            front = static_cast<std::size_t>(index);
            assert(front < shape_[from_]);
        }
        advance(static_cast<std::ptrdiff_t>(front));
        ++from_;
    }

    constexpr void take(const slice& part)
    {
        const auto range = resolve(part, shape_[from_], from_);
        advance(range.start);
        put(range.count, wrapping_product(strides_[from_], range.step));
        ++from_;
    }

    constexpr void take(all_tag) noexcept
    {
        put(shape_[from_], strides_[from_]);
        ++from_;
    }

    constexpr void take(new_axis_tag) noexcept { put(1, 0); }

    /// @param missing  dimensions that no other part of the selection takes.
    constexpr void take(ellipsis_tag, std::size_t missing) noexcept
    {
        for (; missing != 0; --missing) {
            take(all_tag{});
        }
    }

    /// The dimensions that no part took are left as they are.
    /// @return where item 0 of the result lies, from the view's item 0; 0 if the result has no items.
    constexpr std::ptrdiff_t finish() noexcept
    {
        take(ellipsis_tag{}, shape_.size() - from_);
        return has_no_items({to_shape_, to_}) ? 0 : offset_bytes_;
    }

    [[nodiscard]] constexpr std::size_t ndim() const noexcept { return to_; }

private:
    constexpr void advance(std::ptrdiff_t items) noexcept
    {
        offset_bytes_ = wrapping_sum(offset_bytes_, wrapping_product(items, strides_[from_]));
    }

    constexpr void put(std::size_t size, std::ptrdiff_t stride_bytes) noexcept
    {
        to_shape_[to_] = size;
        to_strides_[to_] = stride_bytes;
        ++to_;
    }

    shape_span shape_;
    stride_span strides_;
    std::size_t* to_shape_;
    std::ptrdiff_t* to_strides_;
    std::size_t from_ = 0;
    std::size_t to_ = 0;
    std::ptrdiff_t offset_bytes_ = 0;
};

/// Strides of items one after the other, the last index running fastest.
constexpr void c_order_strides(shape_span shape, std::size_t itemsize, std::span<std::ptrdiff_t> to_strides) noexcept
{
    auto stride_bytes = static_cast<std::ptrdiff_t>(itemsize);
    for (std::size_t i = shape.size(); i-- != 0;) {
        to_strides[i] = stride_bytes;
        stride_bytes = wrapping_product(stride_bytes, static_cast<std::ptrdiff_t>(shape[i]));
    }
}

/// The same with the first index running fastest.
constexpr void f_order_strides(shape_span shape, std::size_t itemsize, std::span<std::ptrdiff_t> to_strides) noexcept
{
    auto stride_bytes = static_cast<std::ptrdiff_t>(itemsize);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        to_strides[i] = stride_bytes;
        stride_bytes = wrapping_product(stride_bytes, static_cast<std::ptrdiff_t>(shape[i]));
    }
}

/// Throws geometry_error unless there are at most 64 dimensions, and each size and the bytes of all items fit a
/// std::ptrdiff_t.
void check_shape(std::size_t itemsize, shape_span shape);

// ---- changes of shape; each throws geometry_error that says why it cannot be ----

/// The shape asked for, with the one size of -1 that there may be found, and its strides over the items of `shape` in C
/// order, without moving one. The shape there is already keeps its strides.
/// Source: NumPy 1.24, multiarray/shape.c, PyArray_Newshape and _attempt_nocopy_reshape.
void reshape(shape_span shape, stride_span strides, std::size_t itemsize, std::span<const std::ptrdiff_t> asked,
             std::span<std::size_t> to_shape, std::span<std::ptrdiff_t> to_strides);

/// Strides of `to_shape` over `shape`: missing dimensions in front and dimensions of size 1 are repeated, with a
/// stride of zero.
void broadcast_strides(shape_span shape, stride_span strides, shape_span to_shape,
                       std::span<std::ptrdiff_t> to_strides);

/// The dimension that each of `axes` names, negative ones from the end; each must be named once.
void complete_axes(std::span<const std::ptrdiff_t> axes, std::size_t ndim, std::span<std::size_t> to_axes);

} // namespace samepage::view
