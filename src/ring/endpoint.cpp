// SPDX-License-Identifier: BSL-1.0
// endpoint.cpp: what producers' and consumers' ends have in common.
#include "ring/attachment.hpp"

#include <samepage/ring/endpoint.hpp>

#include <utility>

namespace samepage::ring {

endpoint::endpoint(std::unique_ptr<attachment> attached, wait_policy wait) noexcept
    : attached_(std::move(attached)), wait_(wait)
{
}

endpoint::~endpoint() = default;

channel_info endpoint::info() const
{
    return attached_->info();
}

channel_descriptors endpoint::descriptors() const
{
    return attached_->descriptors();
}

const described_type& endpoint::type() const noexcept
{
    return attached_->type();
}

bool endpoint::time_to_check(std::chrono::steady_clock::time_point& checked) noexcept
{
    timespec coarse{}; // some nanoseconds; exact to a few milliseconds
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &coarse);
    const std::chrono::steady_clock::time_point now{std::chrono::seconds{coarse.tv_sec} +
                                                    std::chrono::nanoseconds{coarse.tv_nsec}};
    if (now - checked < slice) {
        return false;
    }
    checked = now;
    return true;
}

bool endpoint::is_retired() noexcept
{
    if (!retired_ && time_to_check(checked_name_)) {
        retired_ = attached_->is_superseded();
    }
    return retired_;
}

bool endpoint::is_retired_by_now() noexcept
{
    retired_ = retired_ || attached_->is_superseded();
    return retired_;
}

} // namespace samepage::ring
