// SPDX-License-Identifier: BSL-1.0
// index_algebra.cpp: the changes of shape that need no template, and every refusal in words.
#include <samepage/view/geometry_error.hpp>
#include <samepage/view/index_algebra.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace samepage::view {

namespace {

template <class Number>
std::string tuple_of(std::span<const Number> numbers)
{
    std::string text = "(";
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        text += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
    }
    return text + (numbers.size() == 1 ? ",)" : ")");
}

std::string to_text(written_index index)
{
    return index.is_negative ? std::to_string(static_cast<std::int64_t>(index.magnitude))
                             : std::to_string(index.magnitude);
}

std::string counted(std::size_t count, const char* one, const char* many)
{
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

constexpr auto most_bytes = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());

[[noreturn]] void throw_shape(const std::string& why)
{
    throw geometry_error{"shape: " + why};
}

} // namespace

std::string tuple_text(shape_span numbers)
{
    return tuple_of(numbers);
}

std::string tuple_text(stride_span numbers)
{
    return tuple_of(numbers);
}

void throw_index(written_index index, std::size_t size, std::size_t dimension)
{
    std::string text = "index " + to_text(index) + " in dimension " + std::to_string(dimension) + " of size " +
                       std::to_string(size) + ": expected ";
    if (size == 0) {
        text += "no index, there are no items";
    } else {
        text += '-' + std::to_string(size) + " to " + std::to_string(size - 1);
    }
    throw std::out_of_range{text};
}

void throw_index_count(std::size_t found, std::size_t ndim)
{
    throw geometry_error{"index: expected " + counted(ndim, "index", "indices") + ", one for each dimension, found " +
                         std::to_string(found)};
}

void throw_too_many_parts(std::size_t found, std::size_t ndim)
{
    throw geometry_error{"select: expected at most " + counted(ndim, "index or slice", "indices and slices") +
                         ", one for each dimension, found " + std::to_string(found)};
}

void throw_second_ellipsis()
{
    throw geometry_error{"select: expected one ellipsis at most, found a second: with two of them nothing says which "
                         "dimensions each stands for"};
}

void throw_too_many_dimensions(std::size_t found)
{
    throw geometry_error{"shape: expected at most " + std::to_string(max_ndim) + " dimensions, found " +
                         std::to_string(found)};
}

void throw_step_of_zero(std::size_t dimension)
{
    throw geometry_error{"slice: expected a step other than zero in dimension " + std::to_string(dimension) +
                         ", found 0"};
}

void check_shape(std::size_t itemsize, shape_span shape)
{
    if (shape.size() > max_ndim) {
        throw_too_many_dimensions(shape.size());
    }
    if (itemsize > most_bytes) {
        throw_shape("expected an item size of at most " + std::to_string(most_bytes) + " bytes, found " +
                    std::to_string(itemsize));
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] > most_bytes) {
            throw_shape("expected a size of 0 to " + std::to_string(most_bytes) + " in dimension " + std::to_string(i) +
                        ", found " + std::to_string(static_cast<std::ptrdiff_t>(shape[i])));
        }
    }
    if (has_no_items(shape)) {
        return;
    }
    // With an item size of zero the number of items has to fit all the same.
    std::size_t items_bytes = itemsize == 0 ? 1 : itemsize;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (__builtin_mul_overflow(items_bytes, shape[i], &items_bytes) || items_bytes > most_bytes) {
            throw_shape(tuple_text(shape) + " of items of " + std::to_string(itemsize) + " bytes: expected at most " +
                        std::to_string(most_bytes) + " bytes, found more with dimension " + std::to_string(i));
        }
    }
}

namespace {

/// The product of the sizes is `items`.
void complete_shape(std::span<const std::ptrdiff_t> asked, std::size_t items, std::span<std::size_t> to_shape)
{
    assert(asked.size() == to_shape.size());
    const auto refuse = [&](const std::string& why) {
        throw geometry_error{"reshape: to " + tuple_text(asked) + ": " + why};
    };
    const auto none = asked.size();
    auto unknown = none;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (asked[i] < -1) {
            refuse("expected a size, or -1 once, in dimension " + std::to_string(i) + ", found " +
                   std::to_string(asked[i]));
        }
        if (asked[i] == -1 && unknown != none) {
            refuse("expected -1 once, found it in dimensions " + std::to_string(unknown) + " and " + std::to_string(i));
        }
        unknown = asked[i] == -1 ? i : unknown;
        to_shape[i] = asked[i] == -1 ? 1 : static_cast<std::size_t>(asked[i]);
    }

    std::size_t known = has_no_items(to_shape) ? 0 : 1;
    for (const auto size : to_shape) {
        if (__builtin_mul_overflow(known, size, &known)) {
            refuse("expected " + counted(items, "item", "items") + ", found more than fit a std::size_t");
        }
    }
    if (unknown != none) {
        if (known == 0 || items % known != 0) {
            refuse("expected a size in place of -1 in dimension " + std::to_string(unknown) + " that makes it " +
                   counted(items, "item", "items") + ", found none: the other sizes make " + std::to_string(known));
        }
        to_shape[unknown] = items / known;
    } else if (known != items) {
        refuse("expected " + counted(items, "item", "items") + ", found " + std::to_string(known));
    }
}

/// @pre As many items in both shapes, more than one.
void reshape_strides(shape_span shape, stride_span strides, shape_span to_shape, std::span<std::ptrdiff_t> to_strides)
{
    // Dimensions of size 1 hold nothing together and keep nothing apart.
    std::array<std::size_t, max_ndim> from{};
    std::size_t from_ndim = 0;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] != 1) {
            from[from_ndim++] = i;
        }
    }

    // The fewest old dimensions [i, i_end) and new ones [k, k_end) that have as many items, again and again.
    std::size_t k = 0;
    for (std::size_t i = 0; i < from_ndim;) {
        std::size_t i_end = i + 1;
        std::size_t k_end = k + 1;
        std::size_t old_items = shape[from[i]];
        std::size_t new_items = to_shape[k];
        while (old_items != new_items) {
            if (new_items < old_items) {
                new_items *= to_shape[k_end++];
            } else {
                old_items *= shape[from[i_end++]];
            }
        }
        for (; i + 1 < i_end; ++i) {
            const auto expected =
                wrapping_product(static_cast<std::ptrdiff_t>(shape[from[i + 1]]), strides[from[i + 1]]);
            if (strides[from[i]] != expected) {
                throw geometry_error{"reshape: " + tuple_text(shape) + " with strides " + tuple_text(strides) + " to " +
                                     tuple_text(to_shape) + " needs a copy: expected a stride of " +
                                     std::to_string(expected) + " bytes in dimension " + std::to_string(from[i]) +
                                     ", found " + std::to_string(strides[from[i]])};
            }
        }
        auto stride_bytes = strides[from[i]];
        for (std::size_t at = k_end; at-- != k;) {
            to_strides[at] = stride_bytes;
            stride_bytes = wrapping_product(stride_bytes, static_cast<std::ptrdiff_t>(to_shape[at]));
        }
        k = k_end;
        i = i_end;
    }
    // What is left is of size 1.
    for (; k < to_shape.size(); ++k) {
        to_strides[k] = to_strides[k - 1];
    }
}

} // namespace

void reshape(shape_span shape, stride_span strides, std::size_t itemsize, std::span<const std::ptrdiff_t> asked,
             std::span<std::size_t> to_shape, std::span<std::ptrdiff_t> to_strides)
{
    complete_shape(asked, item_count(shape), to_shape);
    const auto is_size = [](std::size_t size, std::ptrdiff_t wanted) { return std::cmp_equal(size, wanted); };
    if (std::ranges::equal(shape, asked, is_size)) {
        std::ranges::copy(strides, to_strides.begin());
    } else if (itemsize == 0 || is_c_contiguous(shape, strides, itemsize)) {
        c_order_strides(to_shape, itemsize, to_strides);
    } else {
        reshape_strides(shape, strides, to_shape, to_strides);
    }
}

void broadcast_strides(shape_span shape, stride_span strides, shape_span to_shape, std::span<std::ptrdiff_t> to_strides)
{
    assert(to_shape.size() == to_strides.size());
    const auto refuse = [&](const std::string& why) {
        throw geometry_error{"broadcast: " + tuple_text(shape) + " to " + tuple_text(to_shape) + ": " + why};
    };
    if (to_shape.size() < shape.size()) {
        refuse("expected at least " + counted(shape.size(), "dimension", "dimensions") + ", found " +
               std::to_string(to_shape.size()));
    }
    const auto in_front = to_shape.size() - shape.size();
    std::fill_n(to_strides.begin(), in_front, 0);
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const auto to = in_front + i;
        if (shape[i] != 1 && shape[i] != to_shape[to]) {
            refuse("expected size " + std::to_string(shape[i]) + " in dimension " + std::to_string(to) + ", found " +
                   std::to_string(to_shape[to]) + "; only dimensions of size 1 are repeated");
        }
        to_strides[to] = shape[i] == 1 ? 0 : strides[i];
    }
}

void complete_axes(std::span<const std::ptrdiff_t> axes, std::size_t ndim, std::span<std::size_t> to_axes)
{
    assert(axes.size() == to_axes.size());
    const auto refuse = [&](const std::string& why) {
        throw geometry_error{"transpose: axes " + tuple_text(axes) + ": " + why};
    };
    if (axes.size() != ndim) {
        refuse("expected " + counted(ndim, "axis", "axes") + ", one for each dimension, found " +
               std::to_string(axes.size()));
    }
    std::array<bool, max_ndim> named{};
    for (std::size_t i = 0; i < ndim; ++i) {
        const auto axis = from_the_front(axes[i], ndim);
        if (axis >= ndim) {
            refuse("expected -" + std::to_string(ndim) + " to " + std::to_string(ndim - 1) + ", found " +
                   std::to_string(axes[i]));
        }
        if (named[axis]) {
            refuse("expected each dimension once, found dimension " + std::to_string(axis) + " twice");
        }
        named[axis] = true;
        to_axes[i] = axis;
    }
}

} // namespace samepage::view
