// SPDX-License-Identifier: BSL-1.0
// strided_view.hpp: elements a fixed number of bytes apart in each of their dimensions: a field of every record of an
// array, a part of a matrix.
// Thread safety: as a pointer's; the view is a pointer, sizes and strides; the elements are the caller's.
#pragma once

#include <samepage/view/element_stride.hpp>
#include <samepage/view/index_algebra.hpp>
#include <samepage/view/static_selection.hpp>
#include <samepage/view/strided_iterator.hpp>
#include <samepage/view/strided_row_iterator.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>

namespace samepage {

/// Borrows elements of type T in `Rank` dimensions, each of them a size and a stride in bytes, which may be zero (one
/// element seen again and again) or negative (backwards); data() is the element whose indices are zero, wherever that
/// lies. Rank 0 is one element. Constness is T's, as in std::span.
///
/// As a range it is its first dimension: random access, sized, borrowed, a view; its elements are T& for Rank 1, and
/// for more views of one rank less, by value. Never a contiguous range: what takes one gets span().
/// A plain loop over it is as fast as over a span where the elements are neighbours: docs/views.md, "How fast".
/// Lifetime: the elements'. Nothing is pinned: a view of a batch is dead once the batch is released.
template <class T, std::size_t Rank = 1>
class strided_view {
    static_assert(std::is_object_v<T>, "samepage: a view is of objects");
    static_assert(!std::is_volatile_v<T>, "samepage: payload is never volatile");
    static_assert(Rank <= view::max_ndim, "samepage: a view has at most 64 dimensions");

public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;
    using iterator = std::conditional_t<Rank == 1, strided_iterator<T>, strided_row_iterator<T, Rank>>;
    using shape_type = std::array<std::size_t, Rank>;
    using strides_type = std::array<std::ptrdiff_t, Rank>;
    /// What the first dimension is of.
    using row_type = std::conditional_t<Rank == 1, T&, strided_view<T, (Rank > 1 ? Rank - 1 : 0)>>;

    /// Without elements.
    constexpr strided_view() noexcept requires(Rank != 0)
    {
        view::c_order_strides(shape_, static_cast<std::size_t>(view::neighbours<T>), strides_);
    }

    /// @param data  element 0; the others lie stride_bytes, 2 * stride_bytes, … from it.
    /// @pre All `size` elements are live objects, aligned to alignof(T), in one piece of memory.
    strided_view(T* data, std::size_t size, std::ptrdiff_t stride_bytes) noexcept requires(Rank == 1)
        : strided_view{view::in_bytes{}, data, shape_type{size}, strides_type{stride_bytes}}
    {
    }

    /// @pre All elements are live objects, aligned to alignof(T), in one piece of memory. Shapes and strides from
    ///      outside are checked by samepage::geometry.
    strided_view(T* data, const shape_type& shape, const strides_type& strides_bytes) noexcept requires(Rank != 1)
        : strided_view{view::in_bytes{}, data, shape, strides_bytes}
    {
    }

    /// In C order: the last index runs fastest, without gaps.
    strided_view(T* data, const shape_type& shape) noexcept requires(Rank != 1) : data_{data}, shape_(shape)
    {
        view::c_order_strides(shape_, static_cast<std::size_t>(view::neighbours<T>), strides_);
        assert(data != nullptr || view::has_no_items(shape_));
        assert(reinterpret_cast<std::uintptr_t>(data) % alignof(T) == 0);
    }

    /// A contiguous range, seen where it lies; for more dimensions a C array or another contiguous range of arrays
    /// (C or std::array), of arrays, …. A range that dies with the expression is refused.
    template <view::lasting_array_of<T, Rank> Range>
    strided_view(Range&& range)
    {
        shape_[0] = std::ranges::size(range);
        if constexpr (Rank == 1) {
            data_ = std::ranges::data(range);
        } else {
            using rows = view::nested_array<view::range_element<Range>, Rank - 1>;
            rows::put_extents(shape_.data() + 1);
            data_ = reinterpret_cast<T*>(std::ranges::data(range)); // an array begins where its first element does
        }
        view::c_order_strides(shape_, static_cast<std::size_t>(view::neighbours<T>), strides_);
    }

    /// Read-only from mutable.
    template <class Mutable>
        requires(std::is_same_v<const Mutable, T> && !std::is_same_v<Mutable, T>)
    constexpr strided_view(const strided_view<Mutable, Rank>& other) noexcept
        : data_{other.data_}, shape_(other.shape_), strides_(other.strides_)
    {
    }

    // ---- what it is ----

    [[nodiscard]] static constexpr std::size_t ndim() noexcept { return Rank; }
    [[nodiscard]] static constexpr std::size_t itemsize() noexcept { return sizeof(T); }
    [[nodiscard]] constexpr const shape_type& shape() const noexcept { return shape_; }

    [[nodiscard]] constexpr strides_type strides() const noexcept
    {
        strides_type bytes{};
        for (std::size_t i = 0; i < Rank; ++i) {
            bytes[i] = view::to_bytes<T>(strides_[i]);
        }
        return bytes;
    }

    /// Elements of the first dimension, as of a range; item_count() has all of them.
    [[nodiscard]] constexpr std::size_t size() const noexcept requires(Rank != 0) { return shape_[0]; }
    [[nodiscard]] constexpr bool empty() const noexcept requires(Rank != 0) { return shape_[0] == 0; }
    [[nodiscard]] constexpr std::ptrdiff_t stride_bytes() const noexcept requires(Rank == 1)
    {
        return view::to_bytes<T>(strides_[0]);
    }
    [[nodiscard]] constexpr std::size_t item_count() const noexcept { return view::item_count(shape_); }
    /// item_count() * itemsize(): what a contiguous copy needs.
    [[nodiscard]] constexpr std::size_t nbytes() const noexcept { return item_count() * sizeof(T); }

    /// The element whose indices are zero; without elements, any pointer or none.
    [[nodiscard]] constexpr T* data() const noexcept { return data_; }

    /// Whether the elements are an array in the order of C: the last index runs fastest, without gaps. As in the
    /// buffer protocol a dimension of size 1 may have any stride, and no elements are contiguous.
    [[nodiscard]] constexpr bool is_c_contiguous() const noexcept
    {
        if constexpr (Rank == 1) {
            return shape_[0] <= 1 || strides_[0] == view::neighbours<T>;
        } else {
            return view::is_c_contiguous(shape_, strides_, static_cast<std::size_t>(view::neighbours<T>));
        }
    }

    /// The same in the order of Fortran: the first index runs fastest.
    [[nodiscard]] constexpr bool is_f_contiguous() const noexcept
    {
        if constexpr (Rank == 1) {
            return is_c_contiguous();
        } else {
            return view::is_f_contiguous(shape_, strides_, static_cast<std::size_t>(view::neighbours<T>));
        }
    }

    /// In one order or the other.
    [[nodiscard]] constexpr bool is_contiguous() const noexcept { return is_c_contiguous() || is_f_contiguous(); }

    // ---- its elements ----

    [[nodiscard]] constexpr iterator begin() const noexcept requires(Rank != 0) { return iterator_at(0); }
    [[nodiscard]] constexpr iterator end() const noexcept requires(Rank != 0) { return iterator_at(shape_[0]); }

    /// An element of the first dimension: T&, or a view of one rank less.
    /// @pre index < size().
    [[nodiscard]] row_type operator[](std::size_t index) const noexcept requires(Rank != 0)
    {
        assert(index < shape_[0]);
        return row(static_cast<std::ptrdiff_t>(index));
    }

    /// view(i, j): the element; with fewer indices than dimensions, or with slices, all, ellipsis or new_axis among
    /// them, the view of what they select, of the rank that is left: matrix(all, 0), image(slice{10, 20}, ellipsis).
    /// Slices are clamped; a step of zero throws geometry_error.
    /// @pre Each index is at least 0 and less than its dimension's size.
    template <view::selecting... Parts>
    [[nodiscard]] decltype(auto) operator()(const Parts&... parts) const noexcept((... && !std::same_as<Parts, slice>))
    {
        return select<false>(parts...);
    }

    /// As operator(), checked: negative indices count from the end, and an index outside is a std::out_of_range that
    /// names the dimension.
    template <view::selecting... Parts>
    [[nodiscard]] decltype(auto) at(const Parts&... parts) const
    {
        return select<true>(parts...);
    }

    /// @pre !empty().
    [[nodiscard]] row_type front() const noexcept requires(Rank != 0) { return (*this)[0]; }

    /// @pre !empty().
    [[nodiscard]] row_type back() const noexcept requires(Rank != 0) { return (*this)[shape_[0] - 1]; }

    /// Elements [first, first + count) of the first dimension, same strides.
    /// @pre first <= size() and count <= size() - first.
    [[nodiscard]] strided_view subview(std::size_t first, std::size_t count) const noexcept requires(Rank != 0)
    {
        assert(first <= shape_[0] && count <= shape_[0] - first);
        auto part = *this;
        // An empty view keeps its pointer: the one past the end of a column would lie outside the array.
        part.data_ = count == 0 ? data_ : view::element_at(data_, static_cast<std::ptrdiff_t>(first) * strides_[0]);
        part.shape_[0] = count;
        return part;
    }

    /// Calls `function` with each element, the last index running fastest: over contiguous elements one loop whatever
    /// the rank, so also where no compiler would make one (elements that are structs, many short rows).
    template <class Function>
    constexpr void for_each(Function&& function) const
    {
        if constexpr (Rank == 0) {
            function(*data_);
        } else {
            if (is_c_contiguous()) {
                for (T *each = data_, *const last = data_ + item_count(); each != last; ++each) {
                    function(*each);
                }
                return;
            }
            for (std::ptrdiff_t i = 0; i != static_cast<std::ptrdiff_t>(shape_[0]); ++i) {
                if constexpr (Rank == 1) {
                    function(row(i));
                } else {
                    row(i).for_each(function);
                }
            }
        }
    }

    /// The elements as an array, copying nothing. Of one that is contiguous in the order of Fortran take
    /// transpose().span().
    /// @pre is_c_contiguous(); without it the span is of other bytes.
    [[nodiscard]] std::span<T> span() const noexcept
    {
        assert(is_c_contiguous());
        return {data_, item_count()};
    }

    /// span(), or nothing where the elements are not contiguous.
    [[nodiscard]] std::optional<std::span<T>> span_if_contiguous() const noexcept
    {
        if (!is_c_contiguous()) {
            return std::nullopt;
        }
        return std::span<T>{data_, item_count()};
    }

    // ---- other views of them ----

    [[nodiscard]] constexpr strided_view<const T, Rank> as_const() const noexcept { return *this; }

    /// One member of every element, with this view's strides; given more members, the member of that member. Const if
    /// T is, even where the member is mutable: the pages may be mapped read-only.
    /// field(&quote::inner, &inner::x) is field(&quote::inner).field(&inner::x).
    template <class Member, class Class, class... Inner>
        requires(std::is_object_v<Member>&& std::is_base_of_v<Class, std::remove_cv_t<T>>)
    [[nodiscard]] auto field(Member Class::*member, Inner... inner) const noexcept
    {
        using field_type = std::conditional_t<std::is_const_v<T>, const Member, Member>;
        assert(member != nullptr);
        field_type* const first = view::has_no_items(shape_) ? nullptr : std::addressof(data_->*member);
        const auto column = with_strides(first, strides());
        if constexpr (sizeof...(Inner) == 0) {
            return column;
        } else {
            return column.field(inner...);
        }
    }

    /// Of elements that are arrays (std::array or C), their elements: the arrays' dimensions are put behind.
    [[nodiscard]] auto subdivide() const noexcept requires(view::depth_of_array<std::remove_const_t<T>> != 0)
    {
        constexpr auto depth = view::depth_of_array<std::remove_const_t<T>>;
        using inner = view::nested_array<T, depth>;
        using element = typename inner::element;
        std::array<std::size_t, Rank + depth> shape{};
        std::array<std::ptrdiff_t, Rank + depth> strides_bytes{};
        inner::put_extents(std::ranges::copy(shape_, shape.begin()).out);
        view::c_order_strides(view::shape_span{shape}.subspan(Rank), sizeof(element),
                              std::span{strides_bytes}.subspan(Rank));
        std::ranges::copy(strides(), strides_bytes.begin());
        return strided_view<element, Rank + depth>{view::in_bytes{}, reinterpret_cast<element*>(data_), shape,
                                                   strides_bytes};
    }

    /// The dimensions in reverse order.
    [[nodiscard]] constexpr strided_view transpose() const noexcept
    {
        auto turned = *this;
        std::ranges::reverse_copy(shape_, turned.shape_.begin());
        std::ranges::reverse_copy(strides_, turned.strides_.begin());
        return turned;
    }

    /// Dimension i of the result is dimension Axes[i] of this: transpose<0, 2, 1>().
    template <std::size_t... Axes>
        requires(sizeof...(Axes) != 0)
    [[nodiscard]] constexpr strided_view transpose() const noexcept
    {
        static_assert(view::is_permutation<Axes...>() && sizeof...(Axes) == Rank,
                      "samepage: transpose names each dimension once");
        auto turned = *this;
        turned.shape_ = {shape_[Axes]...};
        turned.strides_ = {strides_[Axes]...};
        return turned;
    }

    /// The same elements, the last index running fastest, in another shape; one size may be -1 and is found. Throws
    /// geometry_error if their number differs, or if no strides describe it, since then a copy is needed.
    template <std::size_t NewRank>
    [[nodiscard]] strided_view<T, NewRank> reshape(const std::array<std::ptrdiff_t, NewRank>& sizes) const
    {
        std::array<std::size_t, NewRank> shape{};
        std::array<std::ptrdiff_t, NewRank> strides_bytes{};
        view::reshape(shape_, strides(), sizeof(T), sizes, shape, strides_bytes);
        return with_shape(shape, strides_bytes);
    }

    template <std::integral... Sizes>
    [[nodiscard]] auto reshape(Sizes... sizes) const
    {
        return reshape(std::array<std::ptrdiff_t, sizeof...(Sizes)>{static_cast<std::ptrdiff_t>(sizes)...});
    }

    /// Repeats dimensions of size 1 and puts missing ones in front, with strides of zero. Read-only, since one element
    /// has several indices. Throws geometry_error.
    template <std::size_t NewRank>
    [[nodiscard]] strided_view<const T, NewRank> broadcast_to(const std::array<std::size_t, NewRank>& shape) const
    {
        std::array<std::ptrdiff_t, NewRank> strides_bytes{};
        view::check_shape(sizeof(T), shape);
        view::broadcast_strides(shape_, strides(), shape, strides_bytes);
        return with_shape(shape, strides_bytes);
    }

    template <std::integral... Sizes>
    [[nodiscard]] auto broadcast_to(Sizes... sizes) const
    {
        return broadcast_to(std::array<std::size_t, sizeof...(Sizes)>{static_cast<std::size_t>(sizes)...});
    }

private:
    template <class, std::size_t>
    friend class strided_view;
    template <class, std::size_t>
    friend class strided_row_iterator;

    strided_view(view::in_bytes, T* data, const shape_type& shape, const strides_type& strides_bytes) noexcept
        : data_{data}, shape_(shape)
    {
        for (std::size_t i = 0; i < Rank; ++i) {
            assert(shape[i] <= 1 || strides_bytes[i] % static_cast<std::ptrdiff_t>(alignof(T)) == 0);
            strides_[i] = view::to_units<T>(strides_bytes[i]);
        }
        assert(data != nullptr || view::has_no_items(shape));
        assert(reinterpret_cast<std::uintptr_t>(data) % alignof(T) == 0);
    }

    template <std::size_t NewRank>
    [[nodiscard]] strided_view<T, NewRank> with_shape(const std::array<std::size_t, NewRank>& shape,
                                                      const std::array<std::ptrdiff_t, NewRank>& strides_bytes) const
    {
        return {view::in_bytes{}, data_, shape, strides_bytes};
    }

    template <class Other>
    [[nodiscard]] strided_view<Other, Rank> with_strides(Other* data, const strides_type& strides_bytes) const noexcept
    {
        return {view::in_bytes{}, data, shape_, strides_bytes};
    }

    [[nodiscard]] constexpr iterator iterator_at(std::size_t index) const noexcept
    {
        if constexpr (Rank == 1) {
            return {data_, index, typename iterator::in_units{strides_[0]}};
        } else {
            return {*this, index};
        }
    }

    [[nodiscard]] row_type row(std::ptrdiff_t index) const noexcept
    {
        T* const first = view::element_at(data_, index * strides_[0]);
        if constexpr (Rank == 1) {
            return *first;
        } else {
            row_type rest{};
            rest.data_ = first;
            std::ranges::copy(std::span{shape_}.template subspan<1>(), rest.shape_.begin());
            std::ranges::copy(std::span{strides_}.template subspan<1>(), rest.strides_.begin());
            return rest;
        }
    }

    template <bool Checked, class... Parts>
    [[nodiscard]] decltype(auto) select(const Parts&... parts) const
    {
        using counts = view::selection_counts<Parts...>;
        static_assert(counts::taken <= Rank, "samepage: more indices and slices than the view has dimensions");
        static_assert(counts::ellipses <= 1, "samepage: a second ellipsis: nothing says what each stands for");
        if constexpr (counts::indices == Rank && sizeof...(Parts) == Rank) {
            return element<Checked>(std::make_index_sequence<Rank>{}, parts...);
        } else {
            strided_view<T, Rank - counts::indices + counts::new_axes> part{data_};
            view::selection_walk<Checked> walk{shape_, strides_, part.shape_.data(), part.strides_.data()};
            const auto take = [&walk]<class Part>(const Part& one) {
                if constexpr (std::same_as<Part, view::ellipsis_tag>) {
                    walk.take(one, Rank - counts::taken);
                } else {
                    walk.take(one);
                }
            };
            (take(parts), ...);
            part.data_ = view::element_at(data_, walk.finish());
            return part;
        }
    }

    template <bool Checked, std::size_t... Dimensions, class... Indices>
    [[nodiscard]] T& element(std::index_sequence<Dimensions...>, Indices... indices) const noexcept(!Checked)
    {
        if constexpr (Checked) {
            return *view::element_at(
                data_, (std::ptrdiff_t{0} + ... +
                        (static_cast<std::ptrdiff_t>(view::checked_index(indices, shape_[Dimensions], Dimensions)) *
                         strides_[Dimensions])));
        } else {
            assert((... && (static_cast<std::size_t>(indices) < shape_[Dimensions])));
            return *view::element_at(
                data_, (std::ptrdiff_t{0} + ... + (static_cast<std::ptrdiff_t>(indices) * strides_[Dimensions])));
        }
    }

    constexpr explicit strided_view(T* data) noexcept : data_{data} {}

    T* data_ = nullptr;
    shape_type shape_{};
    strides_type strides_{}; // in units of view::stride_unit_bytes<T>
};

template <std::ranges::contiguous_range Range>
strided_view(Range&&) -> strided_view<std::remove_reference_t<std::ranges::range_reference_t<Range>>>;

} // namespace samepage

template <class T, std::size_t Rank>
inline constexpr bool std::ranges::enable_view<samepage::strided_view<T, Rank>> = true;

template <class T, std::size_t Rank>
inline constexpr bool std::ranges::enable_borrowed_range<samepage::strided_view<T, Rank>> = true;
