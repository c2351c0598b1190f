// SPDX-License-Identifier: BSL-1.0
// message_copy.hpp: a Cap'n Proto message of one's own: for producers one does not trust, and to keep.
// Thread safety: none for assign() and moves; the readers it hands out may be used by any number of threads.
#pragma once

#include <samepage/channel/message_snapshot.hpp>
#include <samepage/channel/message_type.hpp>

#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace samepage {

template <message_schema Schema>
class message;

/// A message in private memory, checked against Schema there, so that no getter throws and nobody else can change it.
/// It may outlive the message and the consumer that it comes from; a DynamicStruct's not the schema, which may be the
/// consumer's.
///
/// SECURITY: the one way to read what a producer may rewrite meanwhile; docs/messages.md, "Producers one does not
/// trust". The copy is what lay there at one time or a mixture of several: well-formed, and perhaps nonsense.
template <message_schema Schema>
class message_copy {
public:
    static constexpr std::size_t default_most_bytes = message_snapshot::default_most_bytes;

    /// No message; why() is empty.
    message_copy() noexcept = default;

    /// Copies a stream message, of any alignment, and checks the copy. An earlier copy's memory is used again if it is
    /// large enough, and what was read of it is gone.
    /// @param limits  nesting and words of the check; see read_limits::for_check().
    /// @param most_bytes  a larger record is not copied: too_large.
    /// @return why().
    /// @throws std::bad_alloc.
    outcome assign(std::span<const std::byte> record, const read_limits& limits = {},
                   std::size_t most_bytes = default_most_bytes) requires generated_schema<Schema>
    {
        return snapshot_.assign(record, {.plan = plan_of<Schema>(), .limits = limits}, most_bytes);
    }

    /// True if there is a message to read.
    explicit operator bool() const noexcept { return why() == outcome::ok; }
    /// ok; corrupt: the record is no sound message of this schema; too_large; or as the message's that it comes from.
    [[nodiscard]] outcome why() const noexcept { return snapshot_.why(); }
    /// What is wrong with the record, where, and what to do, in one line; "" unless why() is corrupt.
    [[nodiscard]] std::string fault() const { return snapshot_.fault(); }

    /// The message's fields. No getter throws, but what check_message() leaves out, nor does the number of calls
    /// matter.
    /// @pre *this is a message.
    /// Lifetime: until assign(), or the copy's destruction; moving it leaves them valid.
    [[nodiscard]] typename Schema::Reader root() const { return root_.read(reader()); }

    /// For roots of other types. @pre *this is a message. Lifetime: as root().
    [[nodiscard]] capnp::MessageReader& reader() const noexcept
    {
        assert(*this);
        return snapshot_.reader();
    }

    /// The record as it was copied, sound or not; empty if it was too large. Lifetime: as root().
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return snapshot_.bytes(); }

private:
    friend class message<Schema>;

    [[no_unique_address]] message_root<Schema> root_;
    message_snapshot snapshot_;
};

} // namespace samepage
