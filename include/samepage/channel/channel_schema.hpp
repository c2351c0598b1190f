// SPDX-License-Identifier: BSL-1.0
// channel_schema.hpp: the schema that a channel of messages carries, without generated code.
// Thread safety: a channel_schema may be used by any number of threads.
#pragma once

#include <samepage/ring/record_type.hpp>

#include <capnp/schema.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace samepage {

/// The root type of a channel's messages and every type that it reaches, as its creator had them: names, fields,
/// defaults, arguments of generic types.
///
/// SECURITY: what lies in the file was checked, field by field, before Cap'n Proto's loader got it; whoever may write
/// the file can make nothing of it but another schema.
class channel_schema {
public:
    /// Reads it from the channel's file, without joining: no slot is taken.
    /// @throws error: as a consumer, and wrong_type if the channel carries no messages, or only says which type they
    ///         have; corrupt if the schema does not hold together.
    explicit channel_schema(std::string_view channel, const std::filesystem::path& directory = "/dev/shm");
    channel_schema(channel_schema&& other) noexcept;
    channel_schema& operator=(channel_schema&& other) noexcept;
    ~channel_schema();

    /// The type of the messages. Lifetime: until this channel_schema is destroyed; moving it changes nothing.
    [[nodiscard]] capnp::StructSchema root() const& noexcept;
    capnp::StructSchema root() && = delete;
    /// Every type that the root reaches, itself included: structs, groups, enums, interfaces, by id. Lifetime: as
    /// root().
    [[nodiscard]] std::vector<capnp::Schema> types() const&;
    std::vector<capnp::Schema> types() && = delete;

private:
    friend class message_description;
    struct loaded;

    channel_schema();
    /// @return why not, if `found` has no sound schema
    [[nodiscard]] std::optional<ring::type_refusal> read(const ring::described_type& found);

    std::unique_ptr<loaded> loaded_;
};

} // namespace samepage
