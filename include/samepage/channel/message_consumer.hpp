// SPDX-License-Identifier: BSL-1.0
// message_consumer.hpp: takes Cap'n Proto messages of one schema, read in place.
// Thread safety: none; one thread at a time uses a consumer and its messages.
#pragma once

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/message.hpp>
#include <samepage/channel/message_description.hpp>
#include <samepage/channel/message_plan.hpp>
#include <samepage/channel/message_reading.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/channel/read_limits.hpp>
#include <samepage/core/error.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <concepts>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace samepage {

/// A consumer of channel `name`, lossless or lossy, one message a take; as bytes_consumer.
///
/// message_consumer<capnp::DynamicStruct> needs no generated code: it reads by the schema that the channel carries, or
/// by one that the program has from elsewhere. Lifetime of its readers also: never beyond their schema, which is the
/// consumer's own in the former case.
template <message_schema Schema>
class message_consumer {
public:
    /// Joins the channel; by a name or descriptors, as consumer's. Its pages are mapped read-only: a stray write is a
    /// fault here, never a corrupt record.
    /// @param limits  on reading each message, and whether it is checked first, which it is unless told otherwise.
    /// @throws error: as bytes_consumer, and wrong_type if it carries another schema (both names in the message), or a
    ///         version of it that does not fit (and what differs); corrupt if its schema does not hold together. Read
    ///         by the channel's schema: also wrong_type if it has none.
    explicit message_consumer(const ring::channel_source& channel, const consumer_options& options = {},
                              const read_limits& limits = {}) requires generated_schema<Schema>
        : state_(std::make_unique<state>(channel, options, limits, capnp::Schema::from<Schema>()))
    {
    }

    explicit message_consumer(const ring::channel_source& channel, const consumer_options& options = {},
                              const read_limits& limits = {}) requires(!generated_schema<Schema>)
        : state_(std::make_unique<state>(channel, options, limits))
    {
    }

    /// Reads by `schema`: of a capnp::SchemaParser or SchemaLoader, say. Lifetime: it is used as long as this consumer.
    template <std::convertible_to<capnp::StructSchema> Own>
        requires(!generated_schema<Schema>)
    message_consumer(const ring::channel_source& channel, const Own& schema, const consumer_options& options = {},
                     const read_limits& limits = {})
        : state_(std::make_unique<state>(channel, options, limits, capnp::StructSchema{schema}))
    {
    }

    /// By which messages are read. Lifetime: this consumer's, if it is the channel's.
    [[nodiscard]] capnp::StructSchema schema() const noexcept { return state_->description.schema(); }

    /// The next message; waits until there is one.
    /// @return a message. None, with why(), once nothing more will come: closed, producer_died, retired; or
    ///         too_many_held, unmapped, corrupt, invalid_after_fork.
    /// Several messages may be held together, consumer_options::held of each producer's, and released in any order.
    [[nodiscard]] message<Schema> take() { return hand_out(state_->bytes.take(1)); }

    /// As take(), never waits: also none with empty.
    [[nodiscard]] message<Schema> try_take() { return hand_out(state_->bytes.try_take(1)); }

    /// As take(), waits at most `span`: also none with timed_out.
    template <class Rep, class Period>
    [[nodiscard]] message<Schema> take_for(std::chrono::duration<Rep, Period> span)
    {
        return hand_out(state_->bytes.take_for(span, 1));
    }

    template <class Clock, class Duration>
    [[nodiscard]] message<Schema> take_until(std::chrono::time_point<Clock, Duration> when)
    {
        return hand_out(state_->bytes.take_until(when, 1));
    }

    /// The newest message alone; as bytes_consumer's.
    [[nodiscard]] message<Schema> take_latest() { return hand_out(state_->bytes.take_latest()); }
    [[nodiscard]] message<Schema> try_take_latest() { return hand_out(state_->bytes.try_take_latest()); }
    template <class Rep, class Period>
    [[nodiscard]] message<Schema> take_latest_for(std::chrono::duration<Rep, Period> span)
    {
        return hand_out(state_->bytes.take_latest_for(span));
    }
    template <class Clock, class Duration>
    [[nodiscard]] message<Schema> take_latest_until(std::chrono::time_point<Clock, Duration> when)
    {
        return hand_out(state_->bytes.take_latest_until(when));
    }

    /// As bytes_consumer's.
    [[nodiscard]] std::vector<record_place> next() const { return state_->bytes.next(); }
    [[nodiscard]] int native_handle() { return state_->bytes.native_handle(); }
    [[nodiscard]] bool arm() { return state_->bytes.arm(); }
    void disarm() noexcept { state_->bytes.disarm(); }
    [[nodiscard]] ring::waiting_party& waiting() noexcept { return state_->bytes.waiting(); }

    /// Leaves the channel: producers no longer wait for this consumer. Further takes give none, with closed.
    /// @pre no message outstanding; but a group's member may have some, which then go to another and are not to be read
    /// any more. Idempotent; so does destruction.
    void close() noexcept { state_->bytes.close(); }

    /// To hand on a nameless channel: send_channel(). @throws error invalid_argument for one with a name; system
    [[nodiscard]] channel_descriptors descriptors() const { return state_->bytes.descriptors(); }
    [[nodiscard]] channel_info info() const { return state_->bytes.info(); }

private:
    // Apart from the consumer, which may move while a message points here.
    struct state {
        /// @param own  none: read by the channel's
        template <class... Own>
        state(const ring::channel_source& channel, const consumer_options& options, const read_limits& how_much,
              Own... own)
            : description(own...),
              bytes(channel, options, description.type()),
              root(description.schema()),
              how{.plan = plan_of<Schema>(description.schema()), .limits = how_much},
              readers(options.held)
        {
        }
        message_description description;
        bytes_consumer bytes;
        [[no_unique_address]] message_root<Schema> root;
        message_reading how;
        std::list<std::optional<page_reader>> readers; ///< more, should messages of several lanes be held
    };

    [[nodiscard]] message<Schema> hand_out(bytes_batch batch)
    {
        auto& readers = state_->readers;
        auto idle = std::find_if(readers.begin(), readers.end(), [](const auto& each) { return !each; });
        if (idle == readers.end()) {
            idle = readers.emplace(readers.end(), std::nullopt);
        }
        return {state_->root, std::move(batch), *idle, state_->how};
    }

    std::unique_ptr<state> state_;
};

} // namespace samepage
