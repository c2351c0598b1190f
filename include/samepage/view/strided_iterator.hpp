// SPDX-License-Identifier: BSL-1.0
// strided_iterator.hpp: a random access iterator over elements a fixed number of bytes apart.
#pragma once

#include <samepage/core/language.hpp>

#include <compare>
#include <cstddef>
#include <iterator>
#include <type_traits>

namespace samepage {

namespace view {

/// The element `index` strides of `stride_bytes` after `first`. Unsigned arithmetic, which wraps: an index that was
/// asserted or is about to be refused is never undefined behaviour here.
template <class T>
[[nodiscard]] T* element_at(T* first, std::size_t index, std::ptrdiff_t stride_bytes) noexcept
{
    using byte = std::conditional_t<std::is_const_v<T>, const std::byte, std::byte>;
    const auto offset_bytes = static_cast<std::ptrdiff_t>(index * static_cast<std::size_t>(stride_bytes));
    return reinterpret_cast<T*>(reinterpret_cast<byte*>(first) + offset_bytes);
}

} // namespace view

/// Iterator of strided_view<T>. Counts elements and forms an address only when dereferenced, so that no pointer outside
/// the memory is ever made, and strides of zero and below have distances too.
/// @pre Iterators that are compared or subtracted are of one view.
/// Lifetime: borrows the bytes, not the view.
template <class T>
class strided_iterator {
public:
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::random_access_iterator_tag;
    using value_type = std::remove_cv_t<T>;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;

    constexpr strided_iterator() noexcept = default;

    constexpr strided_iterator(T* first, std::size_t index, std::ptrdiff_t stride_bytes) noexcept
        : first_{first}, index_{index}, stride_bytes_{stride_bytes}
    {
    }

    /// iterator to const_iterator.
    template <class Mutable>
        requires(std::is_same_v<const Mutable, T> && !std::is_same_v<Mutable, T>)
    constexpr strided_iterator(const strided_iterator<Mutable>& other) noexcept
        : first_{other.first_}, index_{other.index_}, stride_bytes_{other.stride_bytes_}
    {
    }

    [[nodiscard]] reference operator*() const noexcept { return *view::element_at(first_, index_, stride_bytes_); }
    [[nodiscard]] pointer operator->() const noexcept { return view::element_at(first_, index_, stride_bytes_); }
    [[nodiscard]] reference operator[](difference_type distance) const noexcept { return *(*this + distance); }

    constexpr strided_iterator& operator++() noexcept
    {
        ++index_;
        return *this;
    }

    constexpr strided_iterator& operator--() noexcept
    {
        --index_;
        return *this;
    }

    constexpr strided_iterator operator++(int) noexcept
    {
        const auto before = *this;
        ++index_;
        return before;
    }

    constexpr strided_iterator operator--(int) noexcept
    {
        const auto before = *this;
        --index_;
        return before;
    }

    constexpr strided_iterator& operator+=(difference_type distance) noexcept
    {
        index_ += static_cast<std::size_t>(distance);
        return *this;
    }

    constexpr strided_iterator& operator-=(difference_type distance) noexcept
    {
        index_ -= static_cast<std::size_t>(distance);
        return *this;
    }

    [[nodiscard]] friend constexpr strided_iterator operator+(strided_iterator from, difference_type distance) noexcept
    {
        return from += distance;
    }

    [[nodiscard]] friend constexpr strided_iterator operator+(difference_type distance, strided_iterator from) noexcept
    {
        return from += distance;
    }

    [[nodiscard]] friend constexpr strided_iterator operator-(strided_iterator from, difference_type distance) noexcept
    {
        return from -= distance;
    }

    [[nodiscard]] friend constexpr difference_type operator-(const strided_iterator& to,
                                                             const strided_iterator& from) noexcept
    {
        return static_cast<difference_type>(to.index_ - from.index_);
    }

    [[nodiscard]] friend constexpr bool operator==(const strided_iterator& left, const strided_iterator& right) noexcept
    {
        return left.index_ == right.index_;
    }

    [[nodiscard]] friend constexpr std::strong_ordering operator<=>(const strided_iterator& left,
                                                                    const strided_iterator& right) noexcept
    {
        return left.index_ <=> right.index_;
    }

private:
    template <class>
    friend class strided_iterator;

    T* first_ = nullptr;
    std::size_t index_ = 0;
    std::ptrdiff_t stride_bytes_ = 0;
};

} // namespace samepage
