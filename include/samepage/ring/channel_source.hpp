// SPDX-License-Identifier: BSL-1.0
// channel_source.hpp: what leads to a channel: its name, or its descriptors.
// Thread safety: plain values.
#pragma once

#include <samepage/memory/channel_descriptors.hpp>

#include <string>
#include <string_view>

namespace samepage::ring {

/// The first argument of every producer and consumer. Lifetime of what it is made from: that call's.
class channel_source {
public:
    // NOLINTBEGIN(google-explicit-constructor): an argument, written as what it is
    constexpr channel_source(std::string_view name) noexcept : name_(name) {}
    constexpr channel_source(const char* name) noexcept : name_(name) {}
    channel_source(const std::string& name) noexcept : name_(name) {}
    channel_source(const channel_descriptors& received) noexcept : received_(&received) {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] std::string_view name() const noexcept { return name_; }
    /// nullptr: it has a name.
    [[nodiscard]] const channel_descriptors* received() const noexcept { return received_; }

private:
    std::string_view name_;
    const channel_descriptors* received_ = nullptr;
};

} // namespace samepage::ring
