// SPDX-License-Identifier: BSL-1.0
// bytes_consumer.hpp: takes records of any size, read in place.
// Thread safety: none; one thread at a time uses a consumer and its batches.
#pragma once

#include <samepage/channel/bytes_batch.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/channel_source.hpp>
#include <samepage/ring/consumer_endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <string_view>
#include <vector>

namespace samepage {

/// A consumer of the framed channel `name`, lossless or lossy; as consumer.
class bytes_consumer {
    using reader = ring::framed_reader<ring::hardware>;
    using endpoint = ring::consumer_endpoint<reader>;

    struct looking : endpoint::look_when_worth {
        std::size_t most;
        explicit looking(std::size_t at_most) noexcept : most(at_most) {}
        [[nodiscard, gnu::always_inline]] ring::found_records operator()(reader& from) const noexcept
        {
            return from.look(most);
        }
    };

    struct looking_for_newest : endpoint::look_when_worth {
        [[nodiscard]] ring::found_records operator()(reader& from) const noexcept { return from.look_newest(); }
    };

public:
    static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

    /// Joins the channel; by a name or descriptors, as consumer's. Its pages are mapped read-only: a stray write is a
    /// fault here, never a corrupt record.
    /// @param format  as the producer's: what the bytes are.
    /// @throws error: invalid_name, invalid_argument, not_found, permission_denied, not_a_channel, wrong_version,
    ///         corrupt, wrong_type (both formats in the message), too_many_consumers, retired, system.
    explicit bytes_consumer(const ring::channel_source& channel, const consumer_options& options = {},
                            std::string_view format = "B")
        : bytes_consumer(channel, options, ring::record_type{.kind = ring::record_kind::framed, .format = format})
    {
    }

    /// For floors that have more to say of their records. @pre type.kind is framed. Lifetime of `type`: this call's.
    bytes_consumer(const ring::channel_source& channel, const consumer_options& options, const ring::record_type& type)
        : end_(std::make_unique<endpoint>(channel, options, type))
    {
    }

    /// What there is of one producer's records, at most `most` of them; waits until there is something. Producers that
    /// have some take turns.
    /// @return empty, with why(), once nothing more will come: closed, producer_died, retired; or too_many_held,
    ///         unmapped, corrupt, invalid_after_fork.
    /// @pre most >= 1. Batches may be held together, consumer_options::held of each producer's.
    /// Source: docs/protocol.md, "Take".
    [[nodiscard, gnu::always_inline]] bytes_batch take(std::size_t most = all)
    {
        return hand_out(end_->find(looking{most}, ring::limits::never));
    }

    /// As take(), never waits: also empty with empty.
    [[nodiscard]] bytes_batch try_take(std::size_t most = all) { return hand_out(end_->try_find(looking{most})); }

    /// As take(), waits at most `span`: also empty with timed_out.
    template <class Rep, class Period>
    [[nodiscard]] bytes_batch take_for(std::chrono::duration<Rep, Period> span, std::size_t most = all)
    {
        return hand_out(end_->find(looking{most}, ring::limits::after(span)));
    }

    template <class Clock, class Duration>
    [[nodiscard]] bytes_batch take_until(std::chrono::time_point<Clock, Duration> when, std::size_t most = all)
    {
        return hand_out(end_->find(looking{most}, ring::limits::at(when)));
    }

    /// The newest record of a producer, alone, if it is newer than what was taken before; waits until there is one.
    /// Older ones are passed over, and not counted as lost: number() tells. For state, camera frames: what only the
    /// last of matters. Several producers take turns.
    /// @return as take(). @pre as take(). Progress: as take(); a few steps, however many are passed over.
    [[nodiscard]] bytes_batch take_latest() { return hand_out(end_->find(looking_for_newest{}, ring::limits::never)); }

    /// As take_latest(), never waits: also empty with empty.
    [[nodiscard]] bytes_batch try_take_latest() { return hand_out(end_->try_find(looking_for_newest{})); }

    /// As take_latest(), waits at most `span`: also empty with timed_out.
    template <class Rep, class Period>
    [[nodiscard]] bytes_batch take_latest_for(std::chrono::duration<Rep, Period> span)
    {
        return hand_out(end_->find(looking_for_newest{}, ring::limits::after(span)));
    }

    template <class Clock, class Duration>
    [[nodiscard]] bytes_batch take_latest_until(std::chrono::time_point<Clock, Duration> when)
    {
        return hand_out(end_->find(looking_for_newest{}, ring::limits::at(when)));
    }

    /// A descriptor for poll, epoll, Boost.Asio or asyncio, made at the first call; -1 once closed, and in the child of
    /// a fork. Never read from it: when it is readable, call disarm(), take with try_take() until that is empty, and
    /// arm() again.
    /// Lifetime: until close(). It costs producers nothing unless armed, and then some system calls a wake.
    /// @throws error: permission_denied, no_space, not_a_channel (something else lies at the bell's name), system
    [[nodiscard]] int native_handle() { return end_->native_handle(); }
    /// From here on the descriptor becomes readable when there are records or the stream has ended; now and then (each
    /// 100 ms) for nothing, since nobody rings for a producer that died.
    /// @return false: there is something already (seldom, only a gap to pass over: then a take is empty); not armed.
    /// @pre no other call that waits before disarm(). @throws as native_handle()
    [[nodiscard]] bool arm() { return end_->arm(); }
    /// The descriptor is not readable any more. Idempotent.
    void disarm() noexcept { end_->disarm(); }
    /// For wait_any().
    [[nodiscard]] ring::waiting_party& waiting() noexcept { return *end_; }

    /// The record of each lane that this consumer would take next: consumer_options::resume for one that goes on here.
    [[nodiscard]] std::vector<record_place> next() const { return end_->next(); }

    /// Leaves the channel: the producer no longer waits for this consumer. Further takes are empty with closed.
    /// @pre no batch outstanding; but a group's member may have some, which then go to another and are not to be read
    /// any more. Idempotent; so does destruction.
    void close() noexcept { end_->close(); }

    /// To hand on a nameless channel: send_channel(). @throws error invalid_argument for one with a name; system
    [[nodiscard]] channel_descriptors descriptors() const { return end_->descriptors(); }
    [[nodiscard]] channel_info info() const { return end_->info(); }

private:
    // Inlined: what a take found stays in registers.
    [[nodiscard, gnu::always_inline]] bytes_batch hand_out(const endpoint::finding& taken) noexcept
    {
        if (taken.found.why != outcome::ok) [[unlikely]] {
            return bytes_batch(taken.found.why);
        }
        return {*taken.from, taken.found};
    }

    std::unique_ptr<endpoint> end_;
};

} // namespace samepage
