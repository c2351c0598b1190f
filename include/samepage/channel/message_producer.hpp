// SPDX-License-Identifier: BSL-1.0
// message_producer.hpp: publishes Cap'n Proto messages of one schema, built in place.
// Thread safety: none; one thread at a time uses a producer and its drafts.
#pragma once

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_description.hpp>
#include <samepage/channel/message_draft.hpp>
#include <samepage/channel/message_page.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/core/error.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace samepage {

/// A producer of channel `name`, which carries messages whose root is a Schema. Who creates the channel puts the schema
/// into it; its format is describe_messages<Schema>(). message_producer<capnp::DynamicStruct> needs no generated code.
template <message_schema Schema>
class message_producer {
public:
    /// Creates the channel, or joins it if it exists.
    /// @throws error: as bytes_producer, and wrong_type if it carries another schema (both names in the message), or a
    ///         version of it that does not fit (and what differs); corrupt if its schema does not hold together.
    explicit message_producer(const ring::channel_source& channel,
                              const channel_options& options = {}) requires generated_schema<Schema>
        : state_(std::make_unique<state>(channel, options, capnp::Schema::from<Schema>()))
    {
    }

    /// Builds by `schema`: of a capnp::SchemaParser or SchemaLoader, say. Lifetime: it is used as long as this
    /// producer.
    template <std::convertible_to<capnp::StructSchema> Own>
        requires(!generated_schema<Schema>)
    message_producer(const ring::channel_source& channel, const Own& schema, const channel_options& options = {})
        : state_(std::make_unique<state>(channel, options, capnp::StructSchema{schema}))
    {
    }

    /// By which messages are built. The channel has its creator's, which may be an older or newer version.
    [[nodiscard]] capnp::StructSchema schema() const noexcept { return state_->description.schema(); }

    /// Lends a message that may grow; waits while the ring is full. What is not used goes back to the ring when it is
    /// published. Room asked for here is found in one piece; room for more is found behind it, if nothing that a lossy
    /// consumer holds lies there. Growing waits as this call does.
    /// @param message_bytes  of the message without its blobs: stream header (8), root pointer (8) and what the fields
    ///                       take. Zeroed, once, as far as it is used. 0: what messages of this producer took lately
    ///                       and half as much more; 4096 at first.
    ///                       An object, an orphan say, that does not fit into what is left of them begins behind them,
    ///                       and what is left stays in the record as zeros, unless it holds what is set later.
    /// @param blob_bytes     for init_blob(), with what their alignment takes. Not zeroed.
    /// @return the draft. Empty, with why(): too_large (never fits; see max_message_bytes()), closed,
    ///         retired, invalid_after_fork.
    /// @pre no other draft outstanding.
    [[nodiscard]] message_draft<Schema> loan(std::size_t message_bytes = 0, std::size_t blob_bytes = 0)
    {
        return draft(message_bytes, blob_bytes, {.waits = true, .limit = ring::limits::never},
                     [this](std::size_t bytes) { return state_->bytes.loan(bytes); });
    }

    /// As loan(), never waits for others: also empty with full. When change_channel() gave this producer another ring,
    /// it takes as long as moving there, up to copying a whole ring: see producer::try_loan().
    [[nodiscard]] message_draft<Schema> try_loan(std::size_t message_bytes = 0, std::size_t blob_bytes = 0)
    {
        return draft(message_bytes, blob_bytes, {.waits = false, .limit = ring::limits::never},
                     [this](std::size_t bytes) { return state_->bytes.try_loan(bytes); });
    }

    /// As loan(), waits at most `span`, growth included: also empty with timed_out. Moving to another ring comes on
    /// top, as in try_loan().
    template <class Rep, class Period>
    [[nodiscard]] message_draft<Schema> loan_for(std::chrono::duration<Rep, Period> span, std::size_t message_bytes = 0,
                                                 std::size_t blob_bytes = 0)
    {
        return loan_until(ring::limits::after(span), message_bytes, blob_bytes);
    }

    template <class Clock, class Duration>
    [[nodiscard]] message_draft<Schema> loan_until(std::chrono::time_point<Clock, Duration> when,
                                                   std::size_t message_bytes = 0, std::size_t blob_bytes = 0)
    {
        const auto limit = ring::limits::at(when);
        return draft(message_bytes, blob_bytes, {.waits = true, .limit = limit},
                     [&](std::size_t bytes) { return state_->bytes.loan_until(limit, bytes); });
    }

    /// Copies a stream message that lies elsewhere, such as `capnp encode` writes, into a record of its own; waits
    /// while the ring is full. Its stream header is checked, its pointers are left to the consumers' check.
    /// @param message  one message, whole; of any alignment, of up to page_reader::most_segments segments.
    /// @return ok; or nothing is published: corrupt (not one stream message), too_large, closed, retired,
    ///         invalid_after_fork.
    /// @pre no draft outstanding.
    outcome publish_copy(std::span<const std::byte> message)
    {
        return copy_in(message, [this](std::size_t bytes) { return state_->bytes.loan(bytes); });
    }

    /// As publish_copy(), never waits for others, as try_loan(): also full.
    outcome try_publish_copy(std::span<const std::byte> message)
    {
        return copy_in(message, [this](std::size_t bytes) { return state_->bytes.try_loan(bytes); });
    }

    /// As publish_copy(), waits at most `span`, as loan_for(): also timed_out.
    template <class Rep, class Period>
    outcome publish_copy_for(std::chrono::duration<Rep, Period> span, std::span<const std::byte> message)
    {
        return copy_in(message, [&](std::size_t bytes) { return state_->bytes.loan_for(span, bytes); });
    }

    template <class Clock, class Duration>
    outcome publish_copy_until(std::chrono::time_point<Clock, Duration> when, std::span<const std::byte> message)
    {
        return copy_in(message, [&](std::size_t bytes) { return state_->bytes.loan_until(when, bytes); });
    }

    /// Consumers take what is left and, once all producers have closed, learn `closed`. Further drafts are empty.
    /// Idempotent; so does destruction.
    void close() noexcept { state_->bytes.close(); }

    /// The largest loan, stream header included.
    [[nodiscard]] std::size_t max_message_bytes() const noexcept { return state_->bytes.max_record_bytes(); }
    /// Consumers that have joined, dead ones included until they are found.
    [[nodiscard]] unsigned consumer_count() const noexcept { return state_->bytes.consumer_count(); }
    /// To hand on a nameless channel: send_channel(). @throws error invalid_argument for one with a name; system
    [[nodiscard]] channel_descriptors descriptors() const { return state_->bytes.descriptors(); }
    [[nodiscard]] channel_info info() const { return state_->bytes.info(); }

private:
    // Apart from the producer, which may move while a draft points here.
    struct state {
        state(const ring::channel_source& channel, const channel_options& options, capnp::StructSchema schema)
            : description(schema), bytes(channel, options, description.type()), root(schema)
        {
        }
        message_description description;
        bytes_producer bytes;
        [[no_unique_address]] message_root<Schema> root;
        message_page page{bytes, description.schema()};
    };

    template <class Lend>
    [[nodiscard]] message_draft<Schema> draft(std::size_t message_bytes, std::size_t blob_bytes,
                                              message_page::growth how, Lend&& lend)
    {
        auto& page = state_->page;
        assert(!page.building());       // one draft at a time
        const auto is_too_large = [&] { // and sums do not overflow
            return message_bytes > max_message_bytes() ||
                   blob_bytes > max_message_bytes() - page_builder::smallest_message_bytes;
        };
        if (is_too_large()) {
            (void)state_->bytes.try_loan(max_message_bytes() + 1); // sees whether the ring is to be a larger one
            if (is_too_large()) {
                return message_draft<Schema>{state_->root, outcome::too_large};
            }
        }
        const std::size_t most = max_message_bytes();
        if (message_bytes == 0) { // as usual, but that is not worth waiting for
            message_bytes = std::min(page.usual_bytes(), most - blob_bytes);
            if (bytes_loan loan = state_->bytes.try_loan(message_bytes + blob_bytes)) {
                page.begin(std::move(loan), message_bytes, how);
                return message_draft<Schema>{state_->root, page};
            }
            message_bytes = std::min(message_page::at_first, message_bytes);
        }
        message_bytes = std::max(message_bytes, page_builder::smallest_message_bytes);
        bytes_loan loan = lend(message_bytes + blob_bytes);
        if (!loan) {
            return message_draft<Schema>{state_->root, loan.why()};
        }
        page.begin(std::move(loan), message_bytes, how);
        return message_draft<Schema>{state_->root, page};
    }

    template <class Lend>
    [[nodiscard]] outcome copy_in(std::span<const std::byte> message, Lend&& lend)
    {
        assert(!state_->page.building());
        if (message.size() < page_builder::smallest_message_bytes) {
            return outcome::corrupt;
        }
        bytes_loan loan = lend(message.size());
        if (!loan) {
            return loan.why();
        }
        return state_->page.publish_copy(std::move(loan), message);
    }

    std::unique_ptr<state> state_;
};

} // namespace samepage
