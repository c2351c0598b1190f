// SPDX-License-Identifier: BSL-1.0
// mdspan.hpp: views as std::mdspan and back, without a copy; empty where the standard library has no <mdspan>.
// Thread safety: as a pointer's; the elements are the caller's.
#pragma once

#include <samepage/view/memory_view.hpp>
#include <samepage/view/strided_view.hpp>

#include <version>

#if defined(__cpp_lib_mdspan) && __cpp_lib_mdspan >= 202207L

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <mdspan>
#include <span>
#include <type_traits>
#include <utility>

namespace samepage {

/// mdspan's layouts count in elements, and a column of records need not be a whole number of them apart. Here a mapping
/// gives bytes, and the accessor below takes bytes: the two belong together.
///
/// A mapping's results are never negative, so they are counted from the lowest byte of all elements, where the mdspan's
/// data_handle() points: with a negative stride that is not the element of indices zero. strides are signed, so the
/// index type has to be.
struct byte_strided {
    template <class Extents>
    class mapping {
        static_assert(std::is_signed_v<typename Extents::index_type>, "samepage: strides in bytes may be negative");

    public:
        using extents_type = Extents;
        using index_type = typename Extents::index_type;
        using size_type = typename Extents::size_type;
        using rank_type = typename Extents::rank_type;
        using layout_type = byte_strided;
        using strides_type = std::array<index_type, Extents::rank()>;

        /// Elements next to each other cannot be: how large one is a mapping does not know. All at one place.
        constexpr mapping() noexcept = default;

        /// @pre All offsets fit index_type.
        constexpr mapping(const Extents& extents, const strides_type& strides_bytes) noexcept
            : extents_{extents}, strides_(strides_bytes), first_{first_of(extents, strides_bytes)}
        {
        }

        template <class Other>
            requires(std::is_constructible_v<Extents, Other>)
        explicit(!std::is_convertible_v<Other, Extents>) constexpr mapping(const mapping<Other>& other) noexcept
            : extents_(other.extents()), first_{static_cast<index_type>(other.first_bytes())}
        {
            for (rank_type i = 0; i < Extents::rank(); ++i) {
                strides_[i] = static_cast<index_type>(other.strides()[i]);
            }
        }

        [[nodiscard]] constexpr const Extents& extents() const noexcept { return extents_; }
        [[nodiscard]] constexpr const strides_type& strides() const noexcept { return strides_; } ///< bytes
        /// Where the element of indices zero lies: 0 unless a stride is negative.
        [[nodiscard]] constexpr index_type first_bytes() const noexcept { return first_; }

        template <class... Indices>
            requires(sizeof...(Indices) == Extents::rank() && (... && std::is_convertible_v<Indices, index_type>))
        [[nodiscard]] constexpr index_type operator()(Indices... indices) const noexcept
        {
            auto bytes = first_;
            [[maybe_unused]] rank_type i = 0;
            ((bytes += static_cast<index_type>(std::move(indices)) * strides_[i++]), ...);
            return bytes;
        }

        /// One more than the largest result, as of every mapping: the last element goes on for sizeof(T) - 1 behind it.
        [[nodiscard]] constexpr index_type required_span_size() const noexcept
        {
            if (is_empty(extents_)) {
                return 0;
            }
            index_type last = 0;
            for (rank_type i = 0; i < Extents::rank(); ++i) {
                last += (extents_.extent(i) - 1) * length_of(i);
            }
            return last + 1;
        }

        [[nodiscard]] static constexpr bool is_always_unique() noexcept { return false; }
        [[nodiscard]] static constexpr bool is_always_exhaustive() noexcept { return false; }
        [[nodiscard]] static constexpr bool is_always_strided() noexcept { return true; }

        /// Whether no two elements begin at one byte, as far as can be said at once: each stride, from the shortest on,
        /// leads beyond all that the shorter ones reach. Strides of zero and overlapping windows are not unique.
        [[nodiscard]] constexpr bool is_unique() const noexcept
        {
            if (is_empty(extents_)) {
                return true;
            }
            std::array<std::pair<index_type, index_type>, Extents::rank()> by_length{}; // stride, extent
            for (rank_type i = 0; i < Extents::rank(); ++i) {
                by_length[i] = {length_of(i), extents_.extent(i)};
            }
            std::sort(by_length.begin(), by_length.end());
            index_type reach = 0;
            for (const auto& [stride, extent] : by_length) {
                if (extent > 1 && stride <= reach) {
                    return false;
                }
                reach += stride * (extent - 1);
            }
            return true;
        }

        /// Whether an element begins at every byte: items of one byte, without gaps.
        [[nodiscard]] constexpr bool is_exhaustive() const noexcept
        {
            if (is_empty(extents_)) {
                return true;
            }
            if (!is_unique()) {
                return false;
            }
            index_type count = 1; // at most required_span_size(), since no two elements begin at one byte
            for (rank_type i = 0; i < Extents::rank(); ++i) {
                count *= extents_.extent(i);
            }
            return count == required_span_size();
        }
        [[nodiscard]] static constexpr bool is_strided() noexcept { return true; }

        [[nodiscard]] constexpr index_type stride(rank_type dimension) const noexcept requires(Extents::rank() > 0)
        {
            assert(dimension < Extents::rank());
            return strides_[dimension];
        }

        template <class Other>
            requires(Other::rank() == Extents::rank())
        [[nodiscard]] friend constexpr bool operator==(const mapping& left, const mapping<Other>& right) noexcept
        {
            return left.extents() == right.extents() && left.first_bytes() == right.first_bytes() &&
                   std::equal(left.strides().begin(), left.strides().end(), right.strides().begin());
        }

    private:
        /// Asked first: without elements the other extents and the strides may be any.
        [[nodiscard]] static constexpr bool is_empty(const Extents& extents) noexcept
        {
            for (rank_type i = 0; i < Extents::rank(); ++i) {
                if (extents.extent(i) == 0) {
                    return true;
                }
            }
            return false;
        }

        /// Of a stride, without its sign; 0 where there is no second element, since that one may be any.
        [[nodiscard]] constexpr index_type length_of(rank_type i) const noexcept
        {
            return extents_.extent(i) <= 1 ? 0 : strides_[i] < 0 ? -strides_[i] : strides_[i];
        }

        [[nodiscard]] static constexpr index_type first_of(const Extents& extents, const strides_type& strides) noexcept
        {
            if (is_empty(extents)) {
                return 0;
            }
            index_type first = 0;
            for (rank_type i = 0; i < Extents::rank(); ++i) {
                if (strides[i] < 0) {
                    first -= (extents.extent(i) - 1) * strides[i];
                }
            }
            return first;
        }

        Extents extents_{};
        strides_type strides_{};
        index_type first_ = 0;
    };
};

/// An accessor whose offsets are bytes. @pre Offsets are those of elements: aligned, and an object there.
template <class T>
struct byte_accessor {
    using offset_policy = byte_accessor;
    using element_type = T;
    using reference = T&;
    using data_handle_type = std::conditional_t<std::is_const_v<T>, const std::byte*, std::byte*>;

    constexpr byte_accessor() noexcept = default;
    /// Read-only from mutable.
    template <class Other>
        requires(std::is_same_v<const Other, T> || std::is_same_v<Other, T>)
    constexpr byte_accessor(const byte_accessor<Other>&) noexcept {}

    [[nodiscard]] reference access(data_handle_type from, std::size_t offset_bytes) const noexcept
    {
        return *reinterpret_cast<T*>(from + offset_bytes);
    }
    [[nodiscard]] data_handle_type offset(data_handle_type from, std::size_t offset_bytes) const noexcept
    {
        return from + offset_bytes;
    }
};

template <class T, std::size_t Rank>
using byte_strided_mdspan = std::mdspan<T, std::dextents<std::ptrdiff_t, Rank>, byte_strided, byte_accessor<T>>;

/// The view's elements as an mdspan of the same shape; stride(i) is in bytes. Strides of any sign.
/// Lifetime: the elements'; nothing is pinned.
template <class T, std::size_t Rank>
[[nodiscard]] byte_strided_mdspan<T, Rank> as_mdspan(const strided_view<T, Rank>& view) noexcept
{
    using mdspan = byte_strided_mdspan<T, Rank>;
    std::array<std::ptrdiff_t, Rank> sizes{};
    std::ranges::transform(view.shape(), sizes.begin(),
                           [](std::size_t size) { return static_cast<std::ptrdiff_t>(size); });
    const typename mdspan::mapping_type mapping{typename mdspan::extents_type{sizes}, view.strides()};
    auto* const first = reinterpret_cast<typename mdspan::data_handle_type>(view.data());
    return {first == nullptr ? first : first - mapping.first_bytes(), mapping, {}};
}

/// The same of a view whose type is known at run time, as view<T, Rank>(): throws buffer_error unless its items are T.
/// Lifetime: the view's lease is not held: keep the view.
template <class T, std::size_t Rank>
[[nodiscard]] byte_strided_mdspan<T, Rank> as_mdspan(const memory_view& view)
{
    return as_mdspan(view.view<T, Rank>());
}

/// A mapping that has strides whatever its extents are, over elements that lie where a pointer or a byte handle says.
template <class Mdspan>
concept strided_mdspan = Mdspan::mapping_type::is_always_strided() &&
    (std::is_same_v<typename Mdspan::accessor_type, std::default_accessor<typename Mdspan::element_type>> ||
     std::is_same_v<typename Mdspan::accessor_type, byte_accessor<typename Mdspan::element_type>>);

/// An mdspan's elements (layout_left, layout_right, layout_stride; ours) as a view. Lifetime: the elements'.
template <class T, class Extents, class Layout, class Accessor>
    requires(strided_mdspan<std::mdspan<T, Extents, Layout, Accessor>>)
[[nodiscard]] strided_view<T, Extents::rank()> as_strided_view(const std::mdspan<T, Extents, Layout, Accessor>& from)
{
    constexpr auto rank = Extents::rank();
    constexpr std::ptrdiff_t unit = std::is_same_v<Accessor, byte_accessor<T>> ? 1 : sizeof(T);
    std::array<std::size_t, rank> shape{};
    std::array<std::ptrdiff_t, rank> strides_bytes{};
    for (std::size_t i = 0; i < rank; ++i) {
        shape[i] = static_cast<std::size_t>(from.extent(i));
    }
    T* first = nullptr;
    if (!view::has_no_items(shape)) {
        if constexpr (rank != 0) { // else there is no stride()
            for (std::size_t i = 0; i < rank; ++i) {
                // A dimension of one element may have any stride, which nobody uses.
                strides_bytes[i] =
                    shape[i] == 1 ? std::ptrdiff_t{sizeof(T)} : static_cast<std::ptrdiff_t>(from.stride(i)) * unit;
            }
        }
        const auto offset = [&from]<std::size_t... I>(std::index_sequence<I...>)
        {
            return from.mapping()((static_cast<void>(I), 0)...);
        }
        (std::make_index_sequence<rank>{});
        first = reinterpret_cast<T*>(from.accessor().offset(from.data_handle(), static_cast<std::size_t>(offset)));
    }
    if constexpr (rank == 1) {
        return {first, shape[0], strides_bytes[0]};
    } else {
        return {first, shape, strides_bytes};
    }
}

} // namespace samepage

#endif
