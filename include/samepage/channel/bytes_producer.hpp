// SPDX-License-Identifier: BSL-1.0
// bytes_producer.hpp: publishes records of any size, written in place.
// Thread safety: none; one thread at a time uses a producer and its loans.
#pragma once

#include <samepage/channel/bytes_loan.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/channel_source.hpp>
#include <samepage/ring/producer_endpoint.hpp>

#include <cassert>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string_view>

namespace samepage {

/// A producer of the framed channel `name`, in a lane of its own; as producer.
class bytes_producer {
public:
    /// Creates the channel, or joins it if it exists; as producer's.
    /// @param format  what the bytes are, in words both sides agree on; a consumer that says otherwise is refused.
    /// @throws error: invalid_name, invalid_argument, not_found (the directory), retired, permission_denied, no_space,
    ///         not_a_channel, wrong_version, corrupt, wrong_type (both formats in the message), producer_exists (as
    ///         many live ones as the channel has lanes), system.
    explicit bytes_producer(const ring::channel_source& channel, const channel_options& options = {},
                            std::string_view format = "B")
        : bytes_producer(channel, options, ring::record_type{.kind = ring::record_kind::framed, .format = format})
    {
    }

    /// For floors that have more to say of their records. @pre type.kind is framed. Lifetime of `type`: this call's.
    bytes_producer(const ring::channel_source& channel, const channel_options& options, const ring::record_type& type)
        : end_(std::make_unique<endpoint>(channel, options, type))
    {
    }

    /// Lends one record of `bytes`; waits while there is no room, as producer's. 0 is allowed.
    /// @return contiguous, not zeroed. Empty, with why(): too_large (never), closed, retired, invalid_after_fork.
    /// @pre no other loan outstanding. Source: docs/protocol.md, "Loan".
    [[nodiscard]] bytes_loan loan(std::size_t bytes)
    {
        return lend(bytes, [this](std::uint64_t room) { return end_->reserve(room, ring::limits::never); });
    }

    /// As loan(), never waits for others: also empty with full. When change_channel() gave this producer another ring,
    /// it takes as long as moving there, up to copying a whole ring: see producer::try_loan().
    [[nodiscard]] bytes_loan try_loan(std::size_t bytes)
    {
        return lend(bytes, [this](std::uint64_t room) { return end_->try_reserve(room); });
    }

    /// As loan(), waits at most `span`: also empty with timed_out. Moving to another ring comes on top, as in
    /// try_loan().
    template <class Rep, class Period>
    [[nodiscard]] bytes_loan loan_for(std::chrono::duration<Rep, Period> span, std::size_t bytes)
    {
        const auto limit = ring::limits::after(span);
        return lend(bytes, [&](std::uint64_t room) { return end_->reserve(room, limit); });
    }

    template <class Clock, class Duration>
    [[nodiscard]] bytes_loan loan_until(std::chrono::time_point<Clock, Duration> when, std::size_t bytes)
    {
        const auto limit = ring::limits::at(when);
        return lend(bytes, [&](std::uint64_t room) { return end_->reserve(room, limit); });
    }

    /// Lends more behind `loan`, `bytes` in all; its data() and what is written there stay. Waits while lossless
    /// consumers leave no room, but not for a lossy one that holds what lies behind.
    /// @return ok; or the loan is as it was: too_large (never), full (something held lies there: publish or discard
    ///         first, the next loan steps over it), closed, retired, invalid_after_fork.
    /// @pre `loan` is this producer's, and holds bytes.
    [[nodiscard]] outcome grow(bytes_loan& loan, std::size_t bytes)
    {
        return enlarge(loan, bytes, [this](std::uint64_t room) { return end_->extend(room, ring::limits::never); });
    }

    /// As grow(), never waits.
    [[nodiscard]] outcome try_grow(bytes_loan& loan, std::size_t bytes)
    {
        return enlarge(loan, bytes, [this](std::uint64_t room) { return end_->try_extend(room); });
    }

    /// As grow(), waits at most `span`: also timed_out.
    template <class Rep, class Period>
    [[nodiscard]] outcome grow_for(std::chrono::duration<Rep, Period> span, bytes_loan& loan, std::size_t bytes)
    {
        const auto limit = ring::limits::after(span);
        return enlarge(loan, bytes, [&](std::uint64_t room) { return end_->extend(room, limit); });
    }

    template <class Clock, class Duration>
    [[nodiscard]] outcome grow_until(std::chrono::time_point<Clock, Duration> when, bytes_loan& loan, std::size_t bytes)
    {
        const auto limit = ring::limits::at(when);
        return enlarge(loan, bytes, [&](std::uint64_t room) { return end_->extend(room, limit); });
    }

    /// ok; or why nothing is published any more, loans that are held included: closed, retired, invalid_after_fork.
    [[nodiscard]] outcome usable() const noexcept { return end_->usable(); }

    /// Consumers take what is left and, once all producers have closed, learn `closed`. Further loans are empty; one
    /// still held is never seen. Idempotent; so does destruction.
    void close() noexcept { end_->close(); }

    /// The largest loan: a little less than the ring. As producer's: not while a lossy consumer holds what is in its
    /// way.
    [[nodiscard]] std::size_t max_record_bytes() const noexcept { return end_->writer().most_payload_bytes(); }

    /// Consumers that have joined, dead ones included until they are found.
    [[nodiscard]] unsigned consumer_count() const noexcept { return end_->writer().consumer_count(); }
    /// As producer's.
    [[nodiscard]] unsigned lane() const noexcept { return end_->writer().where().index; }
    [[nodiscard]] std::uint64_t next_number() const noexcept { return end_->writer().number(); }
    /// To hand on a nameless channel: send_channel(). @throws error invalid_argument for one with a name; system
    [[nodiscard]] channel_descriptors descriptors() const { return end_->descriptors(); }
    [[nodiscard]] channel_info info() const { return end_->info(); }

private:
    using endpoint = ring::producer_endpoint<ring::framed_writer<ring::hardware>>;

    template <class Reserve>
    [[nodiscard]] bytes_loan lend(std::size_t bytes, Reserve&& reserve)
    {
        auto& writer = end_->writer();
        if (bytes > max_record_bytes()) [[unlikely]] {
            end_->heed();
            if (bytes > max_record_bytes()) {
                return bytes_loan(outcome::too_large);
            }
        }
        const outcome why = reserve(writer.room_for(bytes));
        if (why != outcome::ok) [[unlikely]] {
            return bytes_loan(why);
        }
        return {writer, {writer.lend(), bytes}};
    }

    template <class Extend>
    [[nodiscard]] outcome enlarge(bytes_loan& loan, std::size_t bytes, Extend&& extend)
    {
        assert(loan && loan.to_ == &end_->writer());
        if (bytes <= loan.size()) {
            return outcome::ok;
        }
        if (bytes > max_record_bytes()) {
            end_->writer().give_up_room(); // so that the next loan sees whether the ring is to be a larger one
            return outcome::too_large;
        }
        const outcome why = extend(end_->writer().room_for(bytes));
        if (why == outcome::ok) {
            loan.bytes_ = {loan.data(), bytes};
        }
        return why;
    }

    std::unique_ptr<endpoint> end_;
};

} // namespace samepage
