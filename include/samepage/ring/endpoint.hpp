// SPDX-License-Identifier: BSL-1.0
// endpoint.hpp: one process's end of a channel: its files, its mapping, its lock; untyped.
// Thread safety: one thread at a time for each endpoint; distinct endpoints are independent, in one process too.
#pragma once

#include <samepage/ring/channel_info.hpp>
#include <samepage/ring/hardware.hpp>
#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/lane_writer.hpp>
#include <samepage/ring/options.hpp>
#include <samepage/ring/pace.hpp>
#include <samepage/ring/record_type.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>

namespace samepage::ring {

using time_limit = std::optional<std::chrono::steady_clock::time_point>;

class attachment; // files and mappings; src/ring/attachment.hpp

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

/// What producers' and consumers' ends have in common.
class endpoint {
public:
    [[nodiscard]] channel_info info() const;

protected:
    explicit endpoint(std::unique_ptr<attachment> attached, wait_policy wait) noexcept;
    endpoint(const endpoint&) = delete;
    endpoint& operator=(const endpoint&) = delete;
    ~endpoint();

    std::unique_ptr<attachment> attached_;
    wait_policy wait_;
    bool open_ = true;
    std::chrono::steady_clock::time_point checked_peers_{}; ///< by the try_ forms

    /// True about once a slice, at little cost.
    [[nodiscard]] bool time_to_check_peers() noexcept;
};

/// Creates the channel or joins it, as its only producer. `Writer` is dense_writer or framed_writer over hardware.
template <class Writer>
class producer_endpoint : public endpoint {
public:
    /// @throws error; see docs/protocol.md, "Attach"
    producer_endpoint(std::string_view name, const channel_options& options, const record_type& type);
    ~producer_endpoint(); // closes

    [[nodiscard]] Writer& writer() noexcept { return writer_; }
    [[nodiscard]] const Writer& writer() const noexcept { return writer_; }

    /// Room for bytes up to `end`: ok, full or closed. Never waits.
    /// @pre end - writer().next() <= writer().where().geometry.capacity_bytes
    [[nodiscard]] outcome try_reserve(position end) noexcept
    {
        return writer_.has_room(end) ? outcome::ok : look_for_room(end);
    }

    /// As try_reserve(), and waits for the consumers to release: ok, timed_out or closed.
    [[nodiscard]] outcome reserve(position end, time_limit limit) noexcept
    {
        return writer_.has_room(end) ? outcome::ok : wait_for_room(end, limit);
    }

    /// Consumers drain, then learn `closed`. Idempotent.
    void close() noexcept;

private:
    [[nodiscard]] outcome look_for_room(position end) noexcept;
    [[nodiscard]] outcome wait_for_room(position end, time_limit limit) noexcept;

    Writer writer_;
};

extern template class producer_endpoint<dense_writer<hardware>>;
extern template class producer_endpoint<framed_writer<hardware>>;

/// Joins an existing channel as one of its consumers. `Reader` is dense_reader or framed_reader over hardware.
template <class Reader>
class consumer_endpoint : public endpoint {
public:
    /// @throws error; see docs/protocol.md, "Attach"
    consumer_endpoint(std::string_view name, const consumer_options& options, const record_type& type);
    ~consumer_endpoint(); // closes

    [[nodiscard]] Reader& reader() noexcept { return reader_; }

    /// What `look()` finds, or why there is nothing: empty, closed, producer_died, corrupt. Never waits.
    /// @param look  found_records(): one look at the lane.
    template <class Look>
    [[nodiscard]] found_records try_find(Look&& look) noexcept
    {
        found_records found = open_ ? look() : found_records{.why = outcome::closed};
        if (found.why == outcome::empty && (reader_.closed() || time_to_check_peers())) [[unlikely]] {
            const outcome end = end_of_stream();
            found = look(); // published before the end came
            if (found.why == outcome::empty) {
                found.why = end;
            }
        }
        return found;
    }

    /// As try_find(), and waits for records: never empty, but perhaps timed_out.
    template <class Look>
    [[nodiscard]] found_records find(Look&& look, time_limit limit) noexcept
    {
        const bool caught_up = reader_.caught_up();
        if (caught_up) {
            pace_.before_look();
        }
        found_records found = open_ ? look() : found_records{.why = outcome::closed};
        if (found.why != outcome::empty) [[likely]] {
            if (caught_up) {
                pace_.came(found.count);
            }
            return found;
        }
        outcome end = outcome::empty;
        const auto ready = [&] {
            pace_.came_early();
            found = look();
            return found.why != outcome::empty;
        };
        const auto over = [&] {
            return reader_.closed() && (end = outcome::closed, found = look(), true); // published before it closed
        };
        const auto idle = [&] {
            end = end_of_stream();
            return end != outcome::empty && (found = look(), true);
        };
        bool came = wait_until_ready<hardware>(place(), wait_, limit, ready, idle, over);
        if (!came && time_to_check_peers()) { // waits shorter than a slice never got to idle
            came = idle();
        }
        pace_.came(found.count);
        if (found.why == outcome::empty) {
            found.why = came ? end : outcome::timed_out;
        }
        return found;
    }

    /// Leaves the channel. Idempotent.
    void close() noexcept;

private:
    /// closed or producer_died if nothing more will come, else empty.
    [[nodiscard]] outcome end_of_stream() noexcept;
    [[nodiscard]] sleeping_place<hardware> place() noexcept;

    Reader reader_;
    pace<hardware> pace_;
};

extern template class consumer_endpoint<dense_reader<hardware>>;
extern template class consumer_endpoint<framed_reader<hardware>>;

} // namespace samepage::ring
