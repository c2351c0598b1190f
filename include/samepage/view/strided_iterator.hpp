// SPDX-License-Identifier: BSL-1.0
// strided_iterator.hpp: a random access iterator over elements a fixed number of bytes apart.
#pragma once

#include <samepage/view/element_stride.hpp>
#include <samepage/view/index_algebra.hpp>

#include <compare>
#include <cstddef>
#include <iterator>
#include <type_traits>

namespace samepage {

template <class T, std::size_t Rank>
class strided_view;

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
        : first_{first}, index_{static_cast<std::ptrdiff_t>(index)}, stride_{view::to_units<T>(stride_bytes)}
    {
    }

    /// iterator to const_iterator.
    template <class Mutable>
        requires(std::is_same_v<const Mutable, T> && !std::is_same_v<Mutable, T>)
    constexpr strided_iterator(const strided_iterator<Mutable>& other) noexcept
        : first_{other.first_}, index_{other.index_}, stride_{other.stride_}
    {
    }

    [[nodiscard]] reference operator*() const noexcept { return *operator->(); }
    [[nodiscard]] pointer operator->() const noexcept { return view::element_at(first_, index_ * stride_); }
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
        index_ = view::wrapping_sum(index_, distance);
        return *this;
    }

    constexpr strided_iterator& operator-=(difference_type distance) noexcept
    {
        index_ = view::wrapping_sum(index_, view::wrapping_product(-1, distance));
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
        return to.index_ - from.index_;
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
    template <class, std::size_t>
    friend class strided_view;

    struct in_units {
        std::ptrdiff_t stride;
    };

    constexpr strided_iterator(T* first, std::size_t index, in_units by) noexcept
        : first_{first}, index_{static_cast<std::ptrdiff_t>(index)}, stride_{by.stride}
    {
    }

    T* first_ = nullptr;
    // Signed, since compilers reason about `index * stride` only where it cannot wrap.
    std::ptrdiff_t index_ = 0;
    std::ptrdiff_t stride_ = 0; // in units of view::stride_unit_bytes<T>
};

} // namespace samepage
