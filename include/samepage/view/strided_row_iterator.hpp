// SPDX-License-Identifier: BSL-1.0
// strided_row_iterator.hpp: a random access iterator over the first dimension of a view; what it gives are views.
#pragma once

#include <samepage/view/index_algebra.hpp>

#include <compare>
#include <cstddef>
#include <iterator>

namespace samepage {

template <class T, std::size_t Rank>
class strided_view;

/// Iterator of strided_view<T, Rank> for a rank of two and more. Each row is a strided_view of one rank less, made when
/// asked for: `for (auto row : matrix)`, by value.
/// @pre Iterators that are compared or subtracted are of one view.
/// Lifetime: borrows the elements, not the view.
template <class T, std::size_t Rank>
class strided_row_iterator {
public:
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag; // C++17 wants references
    using value_type = strided_view<T, Rank - 1>;
    using difference_type = std::ptrdiff_t;
    using reference = value_type;
    using pointer = void;

    constexpr strided_row_iterator() noexcept = default;
    constexpr strided_row_iterator(const strided_view<T, Rank>& of, std::size_t index) noexcept
        : of_{of}, index_{static_cast<std::ptrdiff_t>(index)}
    {
    }

    [[nodiscard]] reference operator*() const noexcept { return of_.row(index_); }
    [[nodiscard]] reference operator[](difference_type distance) const noexcept { return *(*this + distance); }

    constexpr strided_row_iterator& operator++() noexcept
    {
        ++index_;
        return *this;
    }

    constexpr strided_row_iterator& operator--() noexcept
    {
        --index_;
        return *this;
    }

    constexpr strided_row_iterator operator++(int) noexcept
    {
        const auto before = *this;
        ++index_;
        return before;
    }

    constexpr strided_row_iterator operator--(int) noexcept
    {
        const auto before = *this;
        --index_;
        return before;
    }

    constexpr strided_row_iterator& operator+=(difference_type distance) noexcept
    {
        index_ = view::wrapping_sum(index_, distance);
        return *this;
    }

    constexpr strided_row_iterator& operator-=(difference_type distance) noexcept
    {
        index_ = view::wrapping_sum(index_, view::wrapping_product(-1, distance));
        return *this;
    }

    [[nodiscard]] friend constexpr strided_row_iterator operator+(strided_row_iterator from,
                                                                  difference_type distance) noexcept
    {
        return from += distance;
    }

    [[nodiscard]] friend constexpr strided_row_iterator operator+(difference_type distance,
                                                                  strided_row_iterator from) noexcept
    {
        return from += distance;
    }

    [[nodiscard]] friend constexpr strided_row_iterator operator-(strided_row_iterator from,
                                                                  difference_type distance) noexcept
    {
        return from -= distance;
    }

    [[nodiscard]] friend constexpr difference_type operator-(const strided_row_iterator& to,
                                                             const strided_row_iterator& from) noexcept
    {
        return to.index_ - from.index_;
    }

    [[nodiscard]] friend constexpr bool operator==(const strided_row_iterator& left,
                                                   const strided_row_iterator& right) noexcept
    {
        return left.index_ == right.index_;
    }

    [[nodiscard]] friend constexpr std::strong_ordering operator<=>(const strided_row_iterator& left,
                                                                    const strided_row_iterator& right) noexcept
    {
        return left.index_ <=> right.index_;
    }

private:
    strided_view<T, Rank> of_{};
    std::ptrdiff_t index_ = 0;
};

} // namespace samepage
