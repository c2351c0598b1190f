// SPDX-License-Identifier: BSL-1.0
// geometry.hpp: shape, strides and item size at run time, and every change of them that moves no item.
// Thread safety: immutable but for assignment; distinct objects share nothing.
#pragma once

#include <samepage/view/dimensions.hpp>
#include <samepage/view/geometry_error.hpp>
#include <samepage/view/index_algebra.hpp>
#include <samepage/view/item_order.hpp>
#include <samepage/view/loop_nest.hpp>
#include <samepage/view/selector.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>

namespace samepage {

struct selection;

/// The bytes that the items of a geometry occupy, counted from the begin of item 0: [begin, end), begin <= 0. Without
/// items {0, 0}.
struct byte_extent {
    std::ptrdiff_t begin;
    std::ptrdiff_t end;

    [[nodiscard]] friend constexpr bool operator==(const byte_extent&, const byte_extent&) = default;
};

/// How items lie in memory: ndim() sizes and as many strides in bytes, which may be zero (an item repeated) or negative
/// (backwards), and the bytes of an item. Knows no address: item {0, 0, …} is at offset 0. No dimensions are one item.
///
/// What holds for every geometry: at most 64 dimensions; item_count() * itemsize() and every offset of an item's byte
/// fit a std::ptrdiff_t. Where a dimension is of size zero nothing is reached, and strides are as they were given.
/// Names and rules are those of CPython's memoryview and of NumPy's views.
class geometry {
public:
    /// No bytes: shape {0}, strides {1}, itemsize 1.
    geometry();

    /// Shape and strides from outside. Throws geometry_error that names the dimension if the two are not of one length
    /// or longer than 64, or if a size, the bytes of all items, or the offset of one does not fit a std::ptrdiff_t.
    /// For memory of known length call require_within() as well, or use within().
    geometry(std::size_t itemsize, view::shape_span shape, view::stride_span strides);

    /// As above, in memory of `memory_bytes` bytes, item 0 at `offset_bytes`.
    [[nodiscard]] static geometry within(std::size_t memory_bytes, std::ptrdiff_t offset_bytes, std::size_t itemsize,
                                         view::shape_span shape, view::stride_span strides);

    /// Items one after the other, the last index running fastest. Throws as the constructor.
    [[nodiscard]] static geometry c_order(std::size_t itemsize, view::shape_span shape);
    [[nodiscard]] static geometry c_order(std::size_t itemsize, std::initializer_list<std::size_t> shape);

    /// The same with the first index running fastest.
    [[nodiscard]] static geometry f_order(std::size_t itemsize, view::shape_span shape);
    [[nodiscard]] static geometry f_order(std::size_t itemsize, std::initializer_list<std::size_t> shape);

    [[nodiscard]] std::size_t ndim() const noexcept { return dimensions_.ndim(); }
    /// Lifetime of both: this geometry's; assignment ends it.
    [[nodiscard]] view::shape_span shape() const noexcept { return dimensions_.shape(); }
    [[nodiscard]] view::stride_span strides() const noexcept { return dimensions_.strides(); }
    [[nodiscard]] std::size_t itemsize() const noexcept { return itemsize_; }

    /// Items; 1 without dimensions.
    [[nodiscard]] std::size_t item_count() const noexcept { return view::item_count(shape()); }
    [[nodiscard]] bool empty() const noexcept { return view::has_no_items(shape()); }
    /// item_count() * itemsize(): what a contiguous copy needs, and not what lies between the first and the last byte.
    [[nodiscard]] std::size_t nbytes() const noexcept { return item_count() * itemsize_; }

    /// CPython's rules: a dimension of size 1 may have any stride; a view without items is contiguous.
    /// (memoryview itself says no of an empty one-dimensional slice with a step; PyBuffer_IsContiguous and we say yes.)
    [[nodiscard]] bool is_c_contiguous() const noexcept;
    [[nodiscard]] bool is_f_contiguous() const noexcept;
    /// In the order asked for; any: in one of both.
    [[nodiscard]] bool is_contiguous(item_order order = item_order::any) const noexcept;
    /// any resolved to f or c.
    [[nodiscard]] item_order resolve(item_order order) const noexcept;

    [[nodiscard]] byte_extent extent() const noexcept;
    /// Throws geometry_error unless all items lie in memory of `memory_bytes` bytes, item 0 at `offset_bytes`.
    void require_within(std::size_t memory_bytes, std::ptrdiff_t offset_bytes) const;

    /// The item's offset. Negative indices count from the end. Throws std::out_of_range that names the dimension;
    /// geometry_error unless there is an index for each.
    [[nodiscard]] std::ptrdiff_t offset_of(std::span<const std::ptrdiff_t> indices) const;
    [[nodiscard]] std::ptrdiff_t offset_of(std::initializer_list<std::ptrdiff_t> indices) const;

    /// Python's view[…]: an index takes its dimension away, a slice keeps it, what is not mentioned stays whole.
    /// Throws std::out_of_range for an index; geometry_error for more parts than dimensions, a second ellipsis, a
    /// step of zero, or more than 64 dimensions with the new ones.
    [[nodiscard]] selection select(std::span<const selector> parts) const;
    [[nodiscard]] selection select(std::initializer_list<selector> parts) const;

    /// Dimensions in reverse order.
    [[nodiscard]] geometry transpose() const;
    /// Dimension i of the result is dimension axes[i] of this. Throws geometry_error unless each is named once.
    [[nodiscard]] geometry transpose(std::span<const std::ptrdiff_t> axes) const;
    [[nodiscard]] geometry transpose(std::initializer_list<std::ptrdiff_t> axes) const;

    /// The same items in C order in another shape; one size may be -1 and is found. Throws geometry_error if the
    /// number of items differs, or if no strides describe it: then a copy is needed.
    [[nodiscard]] geometry reshape(std::span<const std::ptrdiff_t> shape) const;
    [[nodiscard]] geometry reshape(std::initializer_list<std::ptrdiff_t> shape) const;

    /// Repeats dimensions of size 1 and puts missing ones in front, with strides of zero. Throws geometry_error.
    [[nodiscard]] geometry broadcast_to(view::shape_span shape) const;
    [[nodiscard]] geometry broadcast_to(std::initializer_list<std::size_t> shape) const;

    /// A field of `itemsize` bytes of every item, `offset_bytes` into it (which the caller adds). Throws geometry_error
    /// unless it lies in the item.
    [[nodiscard]] geometry field(std::size_t offset_bytes, std::size_t itemsize) const;

    /// Every item an array of its own, in C order: its dimensions are put behind, its items are the new ones. Throws
    /// geometry_error unless the shape divides the item.
    [[nodiscard]] geometry subdivide(view::shape_span shape) const;

    /// Calls `run(offset_bytes, count, stride_bytes)` for runs of items in the order asked for, as few and as long as
    /// can be: once where the items are equally far apart. Ends early if a call returns false; then returns false.
    template <class Run>
    bool visit_runs(item_order order, Run&& run) const
    {
        using nest = view::loop_nest<1>;
        return (resolve(order) == item_order::f ? nest::in_f_order(shape(), {strides()})
                                                : nest::in_c_order(shape(), {strides()}))
            .visit([&run](const nest::bytes& first, std::size_t count, const nest::bytes& strides) {
                return run(first[0], count, strides[0]);
            });
    }

    /// Calls `visitor(offset_bytes)` for each item in the order asked for.
    template <class Visitor>
    void visit_offsets(item_order order, Visitor&& visitor) const
    {
        visit_runs(order, [&visitor](std::ptrdiff_t offset_bytes, std::size_t count, std::ptrdiff_t stride_bytes) {
            for (; count != 0; --count) {
                visitor(std::ptrdiff_t{offset_bytes});
                offset_bytes = view::wrapping_sum(offset_bytes, stride_bytes);
            }
        });
    }

    /// Same item size, shape and strides.
    [[nodiscard]] friend bool operator==(const geometry& left, const geometry& right) noexcept
    {
        return left.itemsize_ == right.itemsize_ && left.has_shape(right.shape()) &&
               std::equal(left.strides().begin(), left.strides().end(), right.strides().begin());
    }

    [[nodiscard]] bool has_shape(view::shape_span shape) const noexcept
    {
        return std::equal(dimensions_.shape().begin(), dimensions_.shape().end(), shape.begin(), shape.end());
    }

private:
    geometry(std::size_t itemsize, view::dimensions&& dimensions) noexcept
        : itemsize_{itemsize}, dimensions_(std::move(dimensions))
    {
    }

    [[nodiscard]] static geometry ordered(std::size_t itemsize, view::shape_span shape, item_order order);

    std::size_t itemsize_;
    view::dimensions dimensions_;
};

/// What select() finds: where its item 0 lies, from that of the whole, and the rest. Without items the offset is 0.
struct selection {
    std::ptrdiff_t offset_bytes = 0;
    samepage::geometry geometry{};
};

} // namespace samepage
