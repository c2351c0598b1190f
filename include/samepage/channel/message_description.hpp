// SPDX-License-Identifier: BSL-1.0
// message_description.hpp: what one end of a channel says of its messages, and what it thinks of what it finds.
// Thread safety: none.
#pragma once

#include <samepage/channel/channel_schema.hpp>
#include <samepage/ring/record_type.hpp>

#include <capnp/schema.h>

#include <optional>
#include <string>

namespace samepage {

/// Joins for message_producer and message_consumer. A channel will do if it carries the same type (by id), in a version
/// that Cap'n Proto's rules call compatible, older or newer. One that only says the type's name and id, which no
/// message_producer made, is taken at its word.
class message_description final : public ring::type_judge {
public:
    /// @throws error invalid_argument for a schema whose nodes do not fit each other. Lifetime: `own`, this object's.
    explicit message_description(capnp::StructSchema own);
    /// Of whatever messages the channel carries; it has to carry its schema.
    message_description();
    message_description(const message_description&) = delete;
    message_description& operator=(const message_description&) = delete;
    ~message_description() override;

    /// To create or join a channel with. Lifetime: this object's.
    [[nodiscard]] ring::record_type type() noexcept;

    [[nodiscard]] std::optional<ring::type_refusal> judge(const ring::described_type& found) override;

    /// By which messages are built and read: our own, else the channel's. @pre the latter: a channel was joined.
    [[nodiscard]] capnp::StructSchema schema() const noexcept;

private:
    std::optional<capnp::StructSchema> own_;
    std::string text_;
    std::string nodes_; ///< ours, as a channel carries them
    std::optional<channel_schema> found_;
};

} // namespace samepage
