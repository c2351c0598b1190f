// SPDX-License-Identifier: BSL-1.0
// geometry.cpp: what a shape and strides from outside have to be, and the changes that move no item.
#include <samepage/view/geometry.hpp>

#include <array>
#include <limits>
#include <string>
#include <type_traits>

namespace samepage {

namespace {

constexpr auto most_bytes = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());

[[noreturn]] void refuse(const std::string& why)
{
    throw geometry_error{"geometry: " + why};
}

std::size_t magnitude(std::ptrdiff_t stride_bytes) noexcept
{
    const auto bits = static_cast<std::size_t>(stride_bytes);
    return stride_bytes < 0 ? 0 - bits : bits;
}

/// Adds `count` times `bytes`; false if it does not fit.
bool add(std::size_t& sum, std::size_t count, std::size_t bytes) noexcept
{
    std::size_t product = 0;
    return !__builtin_mul_overflow(count, bytes, &product) && !__builtin_add_overflow(sum, product, &sum) &&
           sum <= most_bytes;
}

/// That the distance of any two bytes of items fits. @pre view::check_shape()
void check_strides(std::size_t itemsize, view::shape_span shape, view::stride_span strides)
{
    if (view::has_no_items(shape)) {
        return;
    }
    std::size_t extent_bytes = itemsize;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (!add(extent_bytes, shape[i] - 1, magnitude(strides[i]))) {
            refuse("shape " + view::tuple_text(shape) + " with strides " + view::tuple_text(strides) +
                   ": expected items within " + std::to_string(most_bytes) + " bytes, found more with dimension " +
                   std::to_string(i));
        }
    }
}

} // namespace

geometry::geometry() : itemsize_{1}, dimensions_{1}
{
    dimensions_.strides()[0] = 1;
}

geometry::geometry(std::size_t itemsize, view::shape_span shape, view::stride_span strides)
    : itemsize_{itemsize}, dimensions_{0}
{
    if (shape.size() != strides.size()) {
        refuse("expected as many strides as sizes, found shape " + view::tuple_text(shape) + " and strides " +
               view::tuple_text(strides));
    }
    view::check_shape(itemsize, shape);
    check_strides(itemsize, shape, strides);
    dimensions_ = view::dimensions{shape.size()};
    std::ranges::copy(shape, dimensions_.shape().begin());
    std::ranges::copy(strides, dimensions_.strides().begin());
}

geometry geometry::within(std::size_t memory_bytes, std::ptrdiff_t offset_bytes, std::size_t itemsize,
                          view::shape_span shape, view::stride_span strides)
{
    geometry made{itemsize, shape, strides};
    made.require_within(memory_bytes, offset_bytes);
    return made;
}

geometry geometry::ordered(std::size_t itemsize, view::shape_span shape, item_order order)
{
    view::check_shape(itemsize, shape);
    view::dimensions made{shape.size()};
    std::ranges::copy(shape, made.shape().begin());
    (order == item_order::f ? view::f_order_strides : view::c_order_strides)(shape, itemsize, made.strides());
    return {itemsize, std::move(made)};
}

geometry geometry::c_order(std::size_t itemsize, view::shape_span shape)
{
    return ordered(itemsize, shape, item_order::c);
}

geometry geometry::f_order(std::size_t itemsize, view::shape_span shape)
{
    return ordered(itemsize, shape, item_order::f);
}

bool geometry::is_c_contiguous() const noexcept
{
    return itemsize_ == 0 || view::is_c_contiguous(shape(), strides(), itemsize_);
}

bool geometry::is_f_contiguous() const noexcept
{
    return itemsize_ == 0 || view::is_f_contiguous(shape(), strides(), itemsize_);
}

bool geometry::is_contiguous(item_order order) const noexcept
{
    return (order != item_order::f && is_c_contiguous()) || (order != item_order::c && is_f_contiguous());
}

item_order geometry::resolve(item_order order) const noexcept
{
    if (order != item_order::any) {
        return order;
    }
    return is_f_contiguous() && !is_c_contiguous() ? item_order::f : item_order::c;
}

byte_extent geometry::extent() const noexcept
{
    if (empty()) {
        return {0, 0};
    }
    byte_extent reached{0, static_cast<std::ptrdiff_t>(itemsize_)};
    for (std::size_t i = 0; i < ndim(); ++i) {
        // Fits, but for a stride that is never walked.
        const auto farthest = view::wrapping_product(static_cast<std::ptrdiff_t>(shape()[i]) - 1, strides()[i]);
        (farthest < 0 ? reached.begin : reached.end) += farthest;
    }
    return reached;
}

void geometry::require_within(std::size_t memory_bytes, std::ptrdiff_t offset_bytes) const
{
    const auto reached = extent();
    const auto memory = static_cast<std::ptrdiff_t>(std::min(memory_bytes, most_bytes));
    // Neither side can overflow: begin <= 0 <= offset_bytes. An offset beyond the memory is less than no end.
    if (offset_bytes < 0 || reached.begin < -offset_bytes || reached.end > memory - offset_bytes) {
        const auto text = [&](std::ptrdiff_t at) {
            std::ptrdiff_t sum = 0;
            return __builtin_add_overflow(offset_bytes, at, &sum) ? std::string{"beyond any"} : std::to_string(sum);
        };
        refuse("shape " + view::tuple_text(shape()) + " with strides " + view::tuple_text(strides()) +
               " and items of " + std::to_string(itemsize_) + " bytes from offset " + std::to_string(offset_bytes) +
               ": expected bytes 0 to " + std::to_string(memory_bytes) + ", found " + text(reached.begin) + " to " +
               text(reached.end));
    }
}

std::ptrdiff_t geometry::offset_of(std::span<const std::ptrdiff_t> indices) const
{
    if (indices.size() != ndim()) [[unlikely]] {
        view::throw_index_count(indices.size(), ndim());
    }
    std::ptrdiff_t offset_bytes = 0;
    for (std::size_t i = 0; i < indices.size(); ++i) {
        const auto front = view::checked_index(indices[i], shape()[i], i);
        offset_bytes += static_cast<std::ptrdiff_t>(front) * strides()[i];
    }
    return offset_bytes;
}

selection geometry::select(std::span<const selector> parts) const
{
    std::size_t taken = 0;
    std::size_t kept = 0;
    std::size_t ellipses = 0;
    for (const auto& part : parts) {
        taken += part.is<std::ptrdiff_t>() || part.is<slice>() || part.is<view::all_tag>() ? 1U : 0U;
        kept += part.is<std::ptrdiff_t>() ? 0U : 1U;
        ellipses += part.is<view::ellipsis_tag>() ? 1U : 0U;
    }
    if (ellipses > 1) {
        view::throw_second_ellipsis();
    }
    if (taken > ndim()) {
        view::throw_too_many_parts(taken, ndim());
    }
    const auto missing = ndim() - taken;
    const auto left = kept - ellipses + missing;
    if (left > view::max_ndim) {
        view::throw_too_many_dimensions(left);
    }

    view::dimensions made{left};
    view::selection_walk<true> walk{shape(), strides(), made.shape().data(), made.strides().data()};
    for (const auto& part : parts) {
        part.visit([&]<class Part>(const Part& one) {
            if constexpr (std::is_same_v<Part, view::ellipsis_tag>) {
                walk.take(one, missing);
            } else {
                walk.take(one);
            }
        });
    }
    const auto offset_bytes = walk.finish();
    return {offset_bytes, geometry{itemsize_, std::move(made)}};
}

geometry geometry::transpose() const
{
    view::dimensions made{ndim()};
    std::ranges::reverse_copy(shape(), made.shape().begin());
    std::ranges::reverse_copy(strides(), made.strides().begin());
    return {itemsize_, std::move(made)};
}

geometry geometry::transpose(std::span<const std::ptrdiff_t> axes) const
{
    std::array<std::size_t, view::max_ndim> from{};
    if (axes.size() > view::max_ndim) {
        view::throw_too_many_dimensions(axes.size());
    }
    view::complete_axes(axes, ndim(), {from.data(), axes.size()});
    view::dimensions made{ndim()};
    for (std::size_t i = 0; i < ndim(); ++i) {
        made.shape()[i] = shape()[from[i]];
        made.strides()[i] = strides()[from[i]];
    }
    return {itemsize_, std::move(made)};
}

geometry geometry::reshape(std::span<const std::ptrdiff_t> shape) const
{
    if (shape.size() > view::max_ndim) {
        view::throw_too_many_dimensions(shape.size());
    }
    view::dimensions made{shape.size()};
    view::reshape(this->shape(), strides(), itemsize_, shape, made.shape(), made.strides());
    return {itemsize_, std::move(made)};
}

geometry geometry::broadcast_to(view::shape_span shape) const
{
    view::check_shape(itemsize_, shape);
    view::dimensions made{shape.size()};
    view::broadcast_strides(this->shape(), strides(), shape, made.strides());
    std::ranges::copy(shape, made.shape().begin());
    return {itemsize_, std::move(made)};
}

geometry geometry::field(std::size_t offset_bytes, std::size_t itemsize) const
{
    if (offset_bytes > itemsize_ || itemsize > itemsize_ - offset_bytes) {
        refuse("field: expected it within items of " + std::to_string(itemsize_) + " bytes, found " +
               std::to_string(itemsize) + " bytes at offset " + std::to_string(offset_bytes));
    }
    geometry made = *this;
    made.itemsize_ = itemsize;
    return made;
}

geometry geometry::subdivide(view::shape_span shape) const
{
    if (shape.size() > view::max_ndim - ndim()) {
        view::throw_too_many_dimensions(ndim() + shape.size());
    }
    std::size_t rest = itemsize_;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 0 || rest % shape[i] != 0) {
            refuse("subdivide: expected a shape that divides an item of " + std::to_string(itemsize_) +
                   " bytes, found " + view::tuple_text(shape) + ", by dimension " + std::to_string(i));
        }
        rest /= shape[i];
    }
    view::dimensions made{ndim() + shape.size()};
    std::ranges::copy(this->shape(), made.shape().begin());
    std::ranges::copy(strides(), made.strides().begin());
    std::ranges::copy(shape, made.shape().subspan(ndim()).begin());
    view::c_order_strides(shape, rest, made.strides().subspan(ndim()));
    return {rest, std::move(made)};
}

geometry geometry::c_order(std::size_t itemsize, std::initializer_list<std::size_t> shape)
{
    return c_order(itemsize, view::shape_span{shape.begin(), shape.size()});
}

geometry geometry::f_order(std::size_t itemsize, std::initializer_list<std::size_t> shape)
{
    return f_order(itemsize, view::shape_span{shape.begin(), shape.size()});
}

std::ptrdiff_t geometry::offset_of(std::initializer_list<std::ptrdiff_t> indices) const
{
    return offset_of(std::span{indices.begin(), indices.size()});
}

selection geometry::select(std::initializer_list<selector> parts) const
{
    return select(std::span{parts.begin(), parts.size()});
}

geometry geometry::transpose(std::initializer_list<std::ptrdiff_t> axes) const
{
    return transpose(std::span{axes.begin(), axes.size()});
}

geometry geometry::reshape(std::initializer_list<std::ptrdiff_t> shape) const
{
    return reshape(std::span{shape.begin(), shape.size()});
}

geometry geometry::broadcast_to(std::initializer_list<std::size_t> shape) const
{
    return broadcast_to(view::shape_span{shape.begin(), shape.size()});
}

} // namespace samepage
