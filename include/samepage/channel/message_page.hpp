// SPDX-License-Identifier: BSL-1.0
// message_page.hpp: the one message that a producer is building: its loan, its builder, and what is known to be zero
// behind it.
// Thread safety: none; one thread at a time, the producer's.
#pragma once

#include <samepage/channel/bytes_loan.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_blob.hpp>
#include <samepage/channel/page_builder.hpp>
#include <samepage/core/outcome.hpp>
#include <samepage/ring/producer_endpoint.hpp>

#include <capnp/schema.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace samepage {

/// What message_producer and its drafts share; it stays where it is, while both may move.
class message_page final : private page_room {
public:
    /// @param schema  of the root.
    /// Lifetime: `from`'s within.
    message_page(bytes_producer& from, capnp::StructSchema schema);
    message_page(const message_page&) = delete;
    message_page& operator=(const message_page&) = delete;

    /// How a message that outgrows its loan gets more room.
    struct growth {
        bool waits = true;
        ring::time_limit limit;
    };

    /// Begins a message in `loan`, `first_bytes` of it zeroed; the rest is for blobs.
    /// @pre nothing is being built.
    void begin(bytes_loan loan, std::size_t first_bytes, growth how);

    [[nodiscard]] bool building() const noexcept { return builder_.has_value(); }
    /// @pre building()
    [[nodiscard]] page_builder& builder() noexcept
    {
        assert(building());
        return *builder_;
    }

    /// Of this producer's messages.
    [[nodiscard]] blob_fields& known_fields() noexcept { return known_fields_; }

    /// Copies a stream message to `loan` and publishes it, if it is one: ok or corrupt. @pre nothing is being built.
    outcome publish_copy(bytes_loan loan, std::span<const std::byte> message) noexcept;

    /// As message_draft's. @pre building()
    outcome publish();
    void discard() noexcept;

    /// Room for what messages took lately without their blobs, and half as much more: a power of two of bytes.
    [[nodiscard]] std::size_t usual_bytes() const noexcept { return usual_bytes_; }
    static constexpr std::size_t at_first = 4096;

private:
    [[nodiscard]] outcome extend(std::size_t bytes, need how) noexcept override;
    void end(std::size_t message_bytes) noexcept;
    void learn(std::size_t message_bytes);

    bytes_producer* from_;
    bool may_hold_capabilities_; ///< somewhere; most schemas have no place for one
    blob_fields known_fields_;
    std::optional<bytes_loan> loan_;
    std::optional<page_builder> builder_;
    growth growth_;
    std::size_t usual_bytes_ = at_first;
    std::size_t largest_ = 0; ///< of the messages since usual_bytes_ was last set
    unsigned counted_ = 0;    ///< so many
    // Positions in the lane, between which everything is zero: nobody but us writes ahead of what is published.
    std::uint64_t clean_begin_ = 0;
    std::uint64_t clean_end_ = 0;
};

} // namespace samepage
