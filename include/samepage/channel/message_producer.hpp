// SPDX-License-Identifier: BSL-1.0
// message_producer.hpp: publishes Cap'n Proto messages of one schema, built in place.
// Thread safety: none; one thread at a time uses a producer and its drafts.
#pragma once

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_description.hpp>
#include <samepage/channel/message_draft.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/core/error.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace samepage {

/// A producer of channel `name`, which carries messages whose root is a Schema. Who creates the channel puts the schema
/// into it; its format is describe_messages<Schema>(). message_producer<capnp::DynamicStruct> needs no generated code.
template <message_schema Schema>
class message_producer {
public:
    static constexpr std::size_t default_message_bytes = 4096;

    /// Creates the channel, or joins it if it exists.
    /// @throws error: as bytes_producer, and wrong_type if it carries another schema (both names in the message), or a
    ///         version of it that does not fit (and what differs); corrupt if its schema does not hold together.
    explicit message_producer(std::string_view name,
                              const channel_options& options = {}) requires generated_schema<Schema>
        : state_(std::make_unique<state>(name, options, capnp::Schema::from<Schema>()))
    {
    }

    /// Builds by `schema`: of a capnp::SchemaParser or SchemaLoader, say. Lifetime: it is used as long as this
    /// producer.
    template <std::convertible_to<capnp::StructSchema> Own>
        requires(!generated_schema<Schema>)
    message_producer(std::string_view name, const Own& schema, const channel_options& options = {})
        : state_(std::make_unique<state>(name, options, capnp::StructSchema{schema}))
    {
    }

    /// By which messages are built. The channel has its creator's, which may be an older or newer version.
    [[nodiscard]] capnp::StructSchema schema() const noexcept { return state_->description.schema(); }

    /// Lends a message of up to `message_bytes`, all of it: stream header (8 bytes), root pointer (8) and what the
    /// fields take; waits while the ring is full. Costs the zeroing of so many bytes, so ask for little more than the
    /// message needs; what is not used goes back to the ring when it is published.
    /// @return the draft. Empty, with why(): too_large (never fits; see max_message_bytes()), closed,
    /// invalid_after_fork.
    /// @pre no other draft outstanding.
    [[nodiscard]] message_draft<Schema> loan(std::size_t message_bytes = default_message_bytes)
    {
        return draft(state_->bytes.loan(record_bytes(message_bytes)));
    }

    /// As loan(), never waits: also empty with full.
    [[nodiscard]] message_draft<Schema> try_loan(std::size_t message_bytes = default_message_bytes)
    {
        return draft(state_->bytes.try_loan(record_bytes(message_bytes)));
    }

    /// As loan(), waits at most `span`: also empty with timed_out.
    template <class Rep, class Period>
    [[nodiscard]] message_draft<Schema> loan_for(std::chrono::duration<Rep, Period> span,
                                                 std::size_t message_bytes = default_message_bytes)
    {
        return draft(state_->bytes.loan_for(span, record_bytes(message_bytes)));
    }

    template <class Clock, class Duration>
    [[nodiscard]] message_draft<Schema> loan_until(std::chrono::time_point<Clock, Duration> when,
                                                   std::size_t message_bytes = default_message_bytes)
    {
        return draft(state_->bytes.loan_until(when, record_bytes(message_bytes)));
    }

    /// Consumers take what is left and, once all producers have closed, learn `closed`. Further drafts are empty.
    /// Idempotent; so does destruction.
    void close() noexcept { state_->bytes.close(); }

    /// The largest loan, stream header included.
    [[nodiscard]] std::size_t max_message_bytes() const noexcept { return state_->bytes.max_record_bytes(); }
    /// Consumers that have joined, dead ones included until they are found.
    [[nodiscard]] unsigned consumer_count() const noexcept { return state_->bytes.consumer_count(); }
    [[nodiscard]] channel_info info() const { return state_->bytes.info(); }

private:
    // Apart from the producer, which may move while a draft points here.
    struct state {
        state(std::string_view name, const channel_options& options, capnp::StructSchema schema)
            : description(schema), bytes(name, options, description.type()), root(schema)
        {
        }
        message_description description;
        bytes_producer bytes;
        [[no_unique_address]] message_root<Schema> root;
        std::optional<page_builder> builder;
    };

    [[nodiscard]] static constexpr std::size_t record_bytes(std::size_t message_bytes) noexcept
    {
        return std::max(message_bytes, page_builder::smallest_message_bytes);
    }

    [[nodiscard]] message_draft<Schema> draft(bytes_loan loan)
    {
        assert(!state_->builder); // one draft at a time
        return {state_->root, std::move(loan), state_->builder};
    }

    std::unique_ptr<state> state_;
};

} // namespace samepage
