// SPDX-License-Identifier: BSL-1.0
// endpoint.hpp: one process's end of a channel: its files, its mapping, its lock; untyped.
// Thread safety: one thread at a time for each endpoint; distinct endpoints are independent, in one process too.
#pragma once

#include <samepage/memory/fork_guard.hpp>
#include <samepage/ring/channel_info.hpp>
#include <samepage/ring/channel_source.hpp>
#include <samepage/ring/hardware.hpp>
#include <samepage/ring/options.hpp>
#include <samepage/ring/record_type.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace samepage::ring {

using time_limit = std::optional<std::chrono::steady_clock::time_point>;

class attachment;        // files and mappings; src/ring/attachment.hpp
class channel_bells;     // src/ring/channel_bells.hpp
class polled_descriptor; // src/ring/polled_descriptor.hpp

/// Longest time between two looks at whether the peers live, for who polls a descriptor.
inline constexpr std::chrono::milliseconds descriptor_slice{100};

/// When a call that waits must come back.
namespace limits {
inline constexpr std::nullopt_t never = std::nullopt;

template <class Rep, class Period>
[[nodiscard]] std::chrono::steady_clock::time_point after(std::chrono::duration<Rep, Period> span) noexcept
{
    using clock = std::chrono::steady_clock;
    const auto now = clock::now();
    if (span <= span.zero()) {
        return now;
    }
    // A limit beyond the clock's range is its last moment: decades away.
    if (std::chrono::duration<double>(span) >= std::chrono::duration<double>(clock::time_point::max() - now)) {
        return clock::time_point::max();
    }
    return now + std::chrono::ceil<clock::duration>(span);
}

template <class Clock, class Duration>
[[nodiscard]] std::chrono::steady_clock::time_point at(std::chrono::time_point<Clock, Duration> when)
{
    const auto now = Clock::now();
    return when <= now ? std::chrono::steady_clock::now() : after(when - now);
}
} // namespace limits

/// A consumer as wait_any() sees it.
class waiting_party {
public:
    virtual ~waiting_party() = default;
    /// A take would find records. Wait-free.
    [[nodiscard]] virtual bool ready() noexcept = 0;
    /// A take would say that nothing more will come. A system call.
    [[nodiscard]] virtual bool over() noexcept = 0;
    /// It is worth asking over() now: no producer is at work. Wait-free.
    [[nodiscard]] virtual bool may_be_over() noexcept = 0;
    [[nodiscard]] virtual sleeping_place<hardware> place() noexcept = 0;
};

/// What producers' and consumers' ends have in common.
class endpoint {
public:
    [[nodiscard]] channel_info info() const;
    /// Of a nameless channel. @throws error invalid_argument, system
    [[nodiscard]] channel_descriptors descriptors() const;
    /// What the channel says of its records. Lifetime: the endpoint's.
    [[nodiscard]] const described_type& type() const noexcept;

protected:
    explicit endpoint(std::unique_ptr<attachment> attached, wait_policy wait) noexcept;
    endpoint(const endpoint&) = delete;
    endpoint& operator=(const endpoint&) = delete;
    ~endpoint();

    std::unique_ptr<attachment> attached_;
    wait_policy wait_;
    outcome usable_ = outcome::ok;                          ///< else closed or invalid_after_fork
    std::chrono::steady_clock::time_point checked_peers_{}; ///< by the try_ forms
    std::chrono::steady_clock::time_point checked_name_{};
    bool retired_ = false;

    /// True about once a slice, at little cost.
    [[nodiscard]] static bool time_to_check(std::chrono::steady_clock::time_point& checked) noexcept;
    [[nodiscard]] bool time_to_check_peers() noexcept { return time_to_check(checked_peers_); }
    /// The channel's name is another's. Looks about once a slice: then a system call.
    [[nodiscard]] bool is_retired() noexcept;
    /// The same, and looks now.
    [[nodiscard]] bool is_retired_by_now() noexcept;
};

} // namespace samepage::ring
