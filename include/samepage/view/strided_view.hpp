// SPDX-License-Identifier: BSL-1.0
// strided_view.hpp: elements a fixed number of bytes apart, such as one field of every record of an array.
// Thread safety: as a pointer's; the view is three words, the elements are the caller's.
#pragma once

#include <samepage/view/strided_iterator.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <type_traits>

namespace samepage {

namespace view {

/// Throws std::out_of_range that names both.
[[noreturn]] void throw_out_of_range(std::size_t index, std::size_t size);

/// Converts as the elements may: to const, and never from a derived class to its base, whose stride would lie.
template <class Element>
using array_pointer = Element (*)[];

/// A contiguous range of T, or of non-const T, whose elements outlive the expression.
template <class Range, class T>
concept lasting_array_of =
    std::ranges::contiguous_range<Range> && std::ranges::sized_range<Range> && std::ranges::borrowed_range<Range> &&
    std::is_convertible_v<array_pointer<std::remove_reference_t<std::ranges::range_reference_t<Range>>>,
                          array_pointer<T>>;

} // namespace view

/// Borrows `size()` elements of type T, `stride_bytes()` apart. Shape {size()}, strides in bytes, which may be zero
/// (one element seen again and again) or negative (backwards); data() is element 0, wherever that lies.
/// Constness is T's, as in std::span. A random access, sized, borrowed range and a view, never a contiguous range:
/// for the loop that a compiler vectorises take span().
/// Lifetime: the elements'. Nothing is pinned: a view of a batch is dead once the batch is released.
template <class T>
class strided_view {
    static_assert(std::is_object_v<T>, "samepage: a view is of objects");
    static_assert(!std::is_volatile_v<T>, "samepage: payload is never volatile");

public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;
    using iterator = strided_iterator<T>;

    constexpr strided_view() noexcept = default;

    /// @param data  element 0; the others lie stride_bytes, 2 * stride_bytes, … from it.
    /// @pre All `size` elements are live objects, aligned to alignof(T), in one piece of memory.
    strided_view(T* data, std::size_t size, std::ptrdiff_t stride_bytes) noexcept
        : data_{data}, size_{size}, stride_bytes_{stride_bytes}
    {
        assert(size == 0 || data != nullptr);
        assert(reinterpret_cast<std::uintptr_t>(data) % alignof(T) == 0);
        assert(size <= 1 || stride_bytes % static_cast<std::ptrdiff_t>(alignof(T)) == 0);
    }

    /// A contiguous range, seen with stride sizeof(T). A range that dies with the expression is refused.
    template <view::lasting_array_of<T> Range>
    strided_view(Range&& range) : strided_view(std::ranges::data(range), std::ranges::size(range), sizeof(T))
    {
    }

    /// Read-only from mutable.
    template <class Mutable>
        requires(std::is_same_v<const Mutable, T> && !std::is_same_v<Mutable, T>)
    constexpr strided_view(const strided_view<Mutable>& other) noexcept
        : data_{other.data_}, size_{other.size_}, stride_bytes_{other.stride_bytes_}
    {
    }

    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr std::ptrdiff_t stride_bytes() const noexcept { return stride_bytes_; }

    /// Element 0; of an empty view, any pointer or none.
    [[nodiscard]] constexpr T* data() const noexcept { return data_; }

    [[nodiscard]] constexpr iterator begin() const noexcept { return {data_, 0, stride_bytes_}; }
    [[nodiscard]] constexpr iterator end() const noexcept { return {data_, size_, stride_bytes_}; }

    /// @pre index < size().
    [[nodiscard]] T& operator[](std::size_t index) const noexcept
    {
        assert(index < size_);
        return *view::element_at(data_, index, stride_bytes_);
    }

    /// Throws std::out_of_range unless index < size().
    [[nodiscard]] T& at(std::size_t index) const
    {
        if (index >= size_) [[unlikely]] {
            view::throw_out_of_range(index, size_);
        }
        return *view::element_at(data_, index, stride_bytes_);
    }

    /// @pre !empty().
    [[nodiscard]] T& front() const noexcept { return (*this)[0]; }

    /// @pre !empty().
    [[nodiscard]] T& back() const noexcept { return (*this)[size_ - 1]; }

    /// Elements [first, first + count), same stride.
    /// @pre first <= size() and count <= size() - first.
    [[nodiscard]] strided_view subview(std::size_t first, std::size_t count) const noexcept
    {
        assert(first <= size_ && count <= size_ - first);
        // An empty view keeps its pointer: the one past the end of a column would lie outside the array.
        return {count == 0 ? data_ : view::element_at(data_, first, stride_bytes_), count, stride_bytes_};
    }

    /// One member of every element, with this view's stride; given more members, the member of that member. Const if T
    /// is, even where the member is mutable: the pages may be mapped read-only.
    /// field(&quote::inner, &inner::x) is field(&quote::inner).field(&inner::x).
    template <class Member, class Class, class... Inner>
        requires(std::is_object_v<Member>&& std::is_base_of_v<Class, std::remove_cv_t<T>>)
    [[nodiscard]] auto field(Member Class::*member, Inner... inner) const noexcept
    {
        using field_type = std::conditional_t<std::is_const_v<T>, const Member, Member>;
        assert(member != nullptr);
        field_type* const first = empty() ? nullptr : std::addressof(data_->*member);
        const strided_view<field_type> column{first, size_, stride_bytes_};
        if constexpr (sizeof...(Inner) == 0) {
            return column;
        } else {
            return column.field(inner...);
        }
    }

    /// Whether the elements are an array: the stride is sizeof(T), or there are fewer than two, as in the buffer
    /// protocol.
    [[nodiscard]] constexpr bool is_contiguous() const noexcept
    {
        return size_ <= 1 || stride_bytes_ == static_cast<std::ptrdiff_t>(sizeof(T));
    }

    /// The elements as an array, copying nothing.
    /// @pre is_contiguous(); without it the span is of other bytes.
    [[nodiscard]] std::span<T> span() const noexcept
    {
        assert(is_contiguous());
        return {data_, size_};
    }

    /// span(), or nothing where the elements are not contiguous.
    [[nodiscard]] std::optional<std::span<T>> span_if_contiguous() const noexcept
    {
        if (!is_contiguous()) {
            return std::nullopt;
        }
        return std::span<T>{data_, size_};
    }

private:
    template <class>
    friend class strided_view;

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::ptrdiff_t stride_bytes_ = static_cast<std::ptrdiff_t>(sizeof(T));
};

template <std::ranges::contiguous_range Range>
strided_view(Range&&) -> strided_view<std::remove_reference_t<std::ranges::range_reference_t<Range>>>;

} // namespace samepage

template <class T>
inline constexpr bool std::ranges::enable_view<samepage::strided_view<T>> = true;

template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<samepage::strided_view<T>> = true;
