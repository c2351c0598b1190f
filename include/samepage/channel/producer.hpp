// SPDX-License-Identifier: BSL-1.0
// producer.hpp: publishes records of one type, written in place.
// Thread safety: none; one thread at a time uses a producer and its loans.
#pragma once

#include <samepage/channel/loan.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/channel_source.hpp>
#include <samepage/ring/producer_endpoint.hpp>
#include <samepage/view/format.hpp>

#include <cassert>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace samepage {

/// A producer of channel `name`, which carries records of type T. It writes to a lane, a ring of its own; when it has
/// closed or died, the next one to take that lane goes on where it left off.
template <class T>
class producer {
    static_assert(
        describable_record<T>,
        "a record is trivially copyable: arithmetic, an enum, an array, or a struct with BOOST_DESCRIBE_STRUCT");

public:
    /// Creates the channel, or joins it if it exists. By descriptors(): joins a nameless one of this process.
    /// @throws error: invalid_name, invalid_argument, not_found (the directory), retired, permission_denied, no_space,
    ///         not_a_channel, wrong_version, corrupt, wrong_type (both formats in the message), producer_exists (as
    ///         many live ones as the channel has lanes), system.
    explicit producer(const ring::channel_source& channel, const channel_options& options = {})
        : end_(std::make_unique<endpoint>(
              channel, options, ring::record_type{ring::record_kind::dense, sizeof(T), alignof(T), format_of<T>()}))
    {
    }

    /// Lends the next `count` records of the ring; waits while there is no room: for lossless consumers, and for lossy
    /// ones if there is no such stretch beside what they hold.
    /// @return contiguous, not zeroed, shape {count}. Empty, with why(): too_large (never), closed, retired,
    ///         invalid_after_fork.
    /// @pre count >= 1; no other loan outstanding. Source: docs/protocol.md, "Loan".
    [[nodiscard]] samepage::loan<T> loan(std::size_t count = 1) { return lend(count, ring::limits::never); }

    /// As loan(), never waits for others: also empty with full. But when change_channel() gave this producer another
    /// ring, a call moves to it first, whatever limit it has: it maps that ring, sees to its pages as memory_options
    /// say, and copies what consumers may still need, up to a whole ring.
    [[nodiscard]] samepage::loan<T> try_loan(std::size_t count = 1)
    {
        return lend(count, [this](std::uint64_t bytes) { return end_->try_reserve(bytes); });
    }

    /// As loan(), waits at most `span`: also empty with timed_out. Moving to another ring comes on top, as in
    /// try_loan().
    template <class Rep, class Period>
    [[nodiscard]] samepage::loan<T> loan_for(std::chrono::duration<Rep, Period> span, std::size_t count = 1)
    {
        return lend(count, ring::limits::after(span));
    }

    template <class Clock, class Duration>
    [[nodiscard]] samepage::loan<T> loan_until(std::chrono::time_point<Clock, Duration> when, std::size_t count = 1)
    {
        return lend(count, ring::limits::at(when));
    }

    /// Consumers take what is left and, once all producers have closed, learn `closed`. Further loans are empty; one
    /// still held is never seen. Idempotent; so does destruction.
    void close() noexcept { end_->close(); }

    /// The largest loan; there is no room for it while a lossy consumer holds anything that lies in its way.
    [[nodiscard]] std::size_t capacity_records() const noexcept
    {
        return end_->writer().where().geometry.capacity_bytes / sizeof(T);
    }
    /// Consumers that have joined, dead ones included until they are found.
    [[nodiscard]] unsigned consumer_count() const noexcept { return end_->writer().consumer_count(); }
    /// This producer's lane: batch::lane() of its records.
    [[nodiscard]] unsigned lane() const noexcept { return end_->writer().where().index; }
    /// Number of the record that is published next: batch::number().
    [[nodiscard]] std::uint64_t next_number() const noexcept { return end_->writer().number(); }
    /// To hand on a nameless channel: send_channel(). @throws error invalid_argument for one with a name; system
    [[nodiscard]] channel_descriptors descriptors() const { return end_->descriptors(); }
    [[nodiscard]] channel_info info() const { return end_->info(); }

private:
    using endpoint = ring::producer_endpoint<ring::dense_writer<ring::hardware>>;

    template <class Reserve>
        requires std::is_invocable_v<Reserve, std::uint64_t>
    [[nodiscard]] samepage::loan<T> lend(std::size_t count, Reserve&& reserve)
    {
        assert(count != 0);
        auto& writer = end_->writer();
        if (count > capacity_records()) [[unlikely]] {
            end_->heed();
            if (count > capacity_records()) {
                return samepage::loan<T>(outcome::too_large);
            }
        }
        const outcome why = reserve(count * sizeof(T));
        if (why != outcome::ok) [[unlikely]] {
            return samepage::loan<T>(why);
        }
        return {writer, {reinterpret_cast<T*>(writer.at(writer.next())), count}};
    }

    [[nodiscard]] samepage::loan<T> lend(std::size_t count, ring::time_limit limit)
    {
        return lend(count, [&](std::uint64_t bytes) { return end_->reserve(bytes, limit); });
    }

    std::unique_ptr<endpoint> end_;
};

} // namespace samepage
