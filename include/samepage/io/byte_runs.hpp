// SPDX-License-Identifier: BSL-1.0
// byte_runs.hpp: the bytes of a view as pieces that system calls and sockets take: the rows of a part of an image.
// Thread safety: as memory_view's.
#pragma once

#include <samepage/view/memory_view.hpp>

#include <compare>
#include <cstddef>
#include <iterator>
#include <type_traits>
#include <utility>

namespace samepage {

/// Where the contiguous pieces of a view lie: all of one length, in C order, each of as many whole inner dimensions as
/// run without gaps. A view that is C contiguous is one; one that is not has one for each combination of the indices in
/// front of those, so of a Fortran matrix each item is one (transpose() it first). Without bytes there are none. Where
/// a stride is zero, pieces come again and again.
class run_layout {
public:
    explicit run_layout(const memory_view& of);

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::size_t run_bytes() const noexcept { return run_bytes_; }

    /// From the begin of the view's item {0, 0, …}. @pre index < count(); `of` is the view this was made of, or a copy.
    [[nodiscard]] std::ptrdiff_t offset_bytes(const memory_view& of, std::size_t index) const;

private:
    std::size_t run_bytes_ = 0;
    std::size_t count_ = 0;
    std::size_t outer_dimensions_ = 0; // those whose indices tell pieces apart
};

/// The pieces as a range of buffers, each made when it is looked at: `Buffer{pointer, bytes}`, std::span<const
/// std::byte>, boost::asio::mutable_buffer, …. Random access, sized; copying it copies the view, never the bytes.
/// Lifetime: it keeps a share in the view's lease; an iterator is of this object, or the copy that it was got from.
template <class Buffer>
class byte_runs {
    /// Whether Buffer can be had of bytes that must not be written.
    static constexpr bool is_const = std::is_constructible_v<Buffer, const std::byte*, std::size_t>;
    using byte = std::conditional_t<is_const, const std::byte, std::byte>;

public:
    using value_type = Buffer;

    class const_iterator {
    public:
        // Buffers are values, so that C++20 knows a random access iterator here and the classic tags say so too.
        using iterator_category = std::random_access_iterator_tag;
        using value_type = Buffer;
        using difference_type = std::ptrdiff_t;
        /// What `->` goes through: the buffer is made for it.
        class pointer {
        public:
            explicit pointer(Buffer one) noexcept : one_{std::move(one)} {}
            [[nodiscard]] const Buffer* operator->() const noexcept { return &one_; }

        private:
            Buffer one_;
        };
        using reference = Buffer;

        const_iterator() noexcept = default;

        [[nodiscard]] Buffer operator*() const { return (*of_)[at_]; }
        [[nodiscard]] pointer operator->() const { return pointer{**this}; }
        [[nodiscard]] Buffer operator[](difference_type by) const { return *(*this + by); }

        const_iterator& operator+=(difference_type by) noexcept
        {
            at_ += static_cast<std::size_t>(by); // wraps back where `by` is negative
            return *this;
        }
        const_iterator& operator-=(difference_type by) noexcept
        {
            at_ -= static_cast<std::size_t>(by);
            return *this;
        }
        const_iterator& operator++() noexcept { return *this += 1; }
        const_iterator& operator--() noexcept { return *this -= 1; }
        const_iterator operator++(int) noexcept { return std::exchange(*this, *this + 1); }
        const_iterator operator--(int) noexcept { return std::exchange(*this, *this - 1); }

        [[nodiscard]] friend const_iterator operator+(const_iterator from, difference_type by) noexcept
        {
            return from += by;
        }
        [[nodiscard]] friend const_iterator operator+(difference_type by, const_iterator from) noexcept
        {
            return from += by;
        }
        [[nodiscard]] friend const_iterator operator-(const_iterator from, difference_type by) noexcept
        {
            return from -= by;
        }
        [[nodiscard]] friend difference_type operator-(const const_iterator& to, const const_iterator& from) noexcept
        {
            return static_cast<difference_type>(to.at_ - from.at_);
        }
        [[nodiscard]] friend bool operator==(const const_iterator& left, const const_iterator& right) noexcept
        {
            return left.at_ == right.at_;
        }
        [[nodiscard]] friend auto operator<=>(const const_iterator& left, const const_iterator& right) noexcept
        {
            return left.at_ <=> right.at_;
        }

    private:
        friend class byte_runs;
        const_iterator(const byte_runs* of, std::size_t at) noexcept : of_{of}, at_{at} {}

        const byte_runs* of_ = nullptr;
        std::size_t at_ = 0;
    };

    /// Throws buffer_error if Buffer is for writing and the view is read-only, or if it is released.
    explicit byte_runs(memory_view of) : view_{std::move(of)}, layout_{view_}, first_{first_byte(view_)} {}

    [[nodiscard]] std::size_t size() const noexcept { return layout_.count(); }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// Of each piece.
    [[nodiscard]] std::size_t run_bytes() const noexcept { return layout_.run_bytes(); }
    /// Of all pieces.
    [[nodiscard]] std::size_t total_bytes() const noexcept { return size() * run_bytes(); }
    [[nodiscard]] const memory_view& view() const noexcept { return view_; }

    /// @pre index < size().
    [[nodiscard]] Buffer operator[](std::size_t index) const
    {
        return Buffer{first_ + layout_.offset_bytes(view_, index), run_bytes()};
    }

    [[nodiscard]] const_iterator begin() const noexcept { return {this, 0}; }
    [[nodiscard]] const_iterator end() const noexcept { return {this, size()}; }

private:
    [[nodiscard]] static byte* first_byte(const memory_view& of)
    {
        if constexpr (is_const) {
            return of.data();
        } else {
            return of.writable_data();
        }
    }

    memory_view view_;
    run_layout layout_;
    byte* first_;
};

} // namespace samepage
