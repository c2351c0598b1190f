// SPDX-License-Identifier: BSL-1.0
// selector.hpp: one part of a selection whose parts are known at run time only: an index, a slice or a tag.
#pragma once

#include <samepage/view/slice.hpp>

#include <concepts>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

namespace samepage {

/// An index, a slice, all, ellipsis or new_axis: what stands between two commas of view[…] in Python.
class selector {
public:
    template <std::integral Index>
    constexpr selector(Index index) noexcept
        : part_{std::in_range<std::ptrdiff_t>(index) ? static_cast<std::ptrdiff_t>(index)
                                                     : std::numeric_limits<std::ptrdiff_t>::max()}
    {
    }
    constexpr selector(const slice& part) noexcept : part_{part} {}
    constexpr selector(view::all_tag tag) noexcept : part_{tag} {}
    constexpr selector(view::ellipsis_tag tag) noexcept : part_{tag} {}
    constexpr selector(view::new_axis_tag tag) noexcept : part_{tag} {}

    template <class Part>
    [[nodiscard]] constexpr bool is() const noexcept
    {
        return std::holds_alternative<Part>(part_);
    }

    /// Calls `visitor` with the part: a std::ptrdiff_t, a slice or a tag.
    template <class Visitor>
    constexpr decltype(auto) visit(Visitor&& visitor) const
    {
        return std::visit(std::forward<Visitor>(visitor), part_);
    }

    [[nodiscard]] friend constexpr bool operator==(const selector&, const selector&) = default;

private:
    std::variant<std::ptrdiff_t, slice, view::all_tag, view::ellipsis_tag, view::new_axis_tag> part_;
};

} // namespace samepage
