// SPDX-License-Identifier: BSL-1.0
// dimensions.hpp: the sizes and strides of a geometry; four dimensions lie inside, more on the heap.
#pragma once

#include <samepage/view/index_algebra.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace samepage::view {

/// Room for up to max_ndim sizes and strides, each an array of its own, as the buffer protocol hands them out.
class dimensions {
public:
    static constexpr std::size_t inside = 4;

    /// @pre ndim <= max_ndim. Sizes and strides are zero.
    explicit dimensions(std::size_t ndim) : ndim_{ndim}
    {
        assert(ndim <= max_ndim);
        if (ndim > inside) {
            outside_ = std::make_unique<arrays<max_ndim>>();
        }
    }

    dimensions(const dimensions& other)
        : ndim_{other.ndim_},
          inside_(other.inside_),
          outside_{other.outside_ == nullptr ? nullptr : std::make_unique<arrays<max_ndim>>(*other.outside_)}
    {
    }

    /// What was moved from has no dimensions.
    dimensions(dimensions&& other) noexcept
        : ndim_{other.ndim_}, inside_(other.inside_), outside_{std::move(other.outside_)}
    {
        other.ndim_ = 0;
    }

    // Two of them: of one by value, which is noexcept, compilers gather that a geometry is copied without a throw.
    dimensions& operator=(const dimensions& other) { return *this = dimensions{other}; }
    dimensions& operator=(dimensions&& other) noexcept
    {
        dimensions taken{std::move(other)}; // which may be this one
        ndim_ = taken.ndim_;
        inside_ = taken.inside_;
        outside_ = std::move(taken.outside_);
        return *this;
    }

    ~dimensions() = default;

    [[nodiscard]] std::size_t ndim() const noexcept { return ndim_; }

    [[nodiscard]] shape_span shape() const noexcept
    {
        return {outside_ == nullptr ? inside_.shape.data() : outside_->shape.data(), ndim_};
    }

    [[nodiscard]] stride_span strides() const noexcept
    {
        return {outside_ == nullptr ? inside_.strides.data() : outside_->strides.data(), ndim_};
    }

    [[nodiscard]] std::span<std::size_t> shape() noexcept
    {
        return {outside_ == nullptr ? inside_.shape.data() : outside_->shape.data(), ndim_};
    }

    [[nodiscard]] std::span<std::ptrdiff_t> strides() noexcept
    {
        return {outside_ == nullptr ? inside_.strides.data() : outside_->strides.data(), ndim_};
    }

private:
    template <std::size_t Most>
    struct arrays {
        std::array<std::size_t, Most> shape{};
        std::array<std::ptrdiff_t, Most> strides{};
    };

    std::size_t ndim_;
    arrays<inside> inside_{};
    std::unique_ptr<arrays<max_ndim>> outside_{};
};

} // namespace samepage::view
