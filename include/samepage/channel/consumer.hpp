// SPDX-License-Identifier: BSL-1.0
// consumer.hpp: takes records of one type, read in place.
// Thread safety: none; one thread at a time uses a consumer and its batches.
#pragma once

#include <samepage/channel/batch.hpp>
#include <samepage/ring/endpoint.hpp>
#include <samepage/view/format.hpp>

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <string_view>

namespace samepage {

/// A lossless consumer of channel `name`: it sees every record published after it joined, and the producer waits for
/// it.
template <class T>
class consumer {
    static_assert(
        describable_record<T>,
        "a record is trivially copyable: arithmetic, an enum, an array, or a struct with BOOST_DESCRIBE_STRUCT");

    using endpoint = ring::consumer_endpoint<ring::dense_reader<ring::hardware>>;

    [[nodiscard]] auto looking(std::size_t most) noexcept
    {
        return [&reader = end_->reader(), most] { return reader.look(most, sizeof(T)); };
    }

public:
    static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

    /// Joins the channel. Its pages are mapped read-only: a stray write is a fault here, never a corrupt record.
    /// @throws error: invalid_name, not_found, permission_denied, not_a_channel, wrong_version, corrupt, wrong_type
    /// (both
    ///         formats in the message), too_many_consumers, retired, system.
    explicit consumer(std::string_view name, const consumer_options& options = {})
        : end_(std::make_unique<endpoint>(
              name, options, ring::record_type{ring::record_kind::dense, sizeof(T), alignof(T), format_of<T>()}))
    {
    }

    /// Everything there is, at most `most` records; waits until there is something.
    /// @return one contiguous run. Empty, with why(), once nothing more will come: closed, producer_died; corrupt.
    /// @pre most >= 1; no other batch outstanding. Source: docs/protocol.md, "Take".
    [[nodiscard]] batch<T> take(std::size_t most = all)
    {
        return hand_out(end_->find(looking(most), ring::limits::never));
    }

    /// As take(), never waits: also empty with empty.
    [[nodiscard]] batch<T> try_take(std::size_t most = all) { return hand_out(end_->try_find(looking(most))); }

    /// As take(), waits at most `span`: also empty with timed_out.
    template <class Rep, class Period>
    [[nodiscard]] batch<T> take_for(std::chrono::duration<Rep, Period> span, std::size_t most = all)
    {
        return hand_out(end_->find(looking(most), ring::limits::after(span)));
    }

    template <class Clock, class Duration>
    [[nodiscard]] batch<T> take_until(std::chrono::time_point<Clock, Duration> when, std::size_t most = all)
    {
        return hand_out(end_->find(looking(most), ring::limits::at(when)));
    }

    /// Leaves the channel: the producer no longer waits for this consumer. Further takes are empty with closed.
    /// @pre no batch outstanding. Idempotent; so does destruction.
    void close() noexcept { end_->close(); }

    [[nodiscard]] channel_info info() const { return end_->info(); }

private:
    [[nodiscard]] batch<T> hand_out(const ring::found_records& found) noexcept
    {
        if (found.why != outcome::ok) [[unlikely]] {
            return batch<T>(found.why);
        }
        return {end_->reader(), found};
    }

    std::unique_ptr<endpoint> end_;
};

} // namespace samepage
