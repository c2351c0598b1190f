// SPDX-License-Identifier: BSL-1.0
// message_snapshot.hpp: a record copied to private memory and checked there, whatever its root is.
// Thread safety: none for assign() and moves; what it gives may be read by any number of threads.
#pragma once

#include <samepage/channel/message_fault.hpp>
#include <samepage/channel/message_reading.hpp>
#include <samepage/channel/page_reader.hpp>
#include <samepage/core/outcome.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace samepage {

/// What message_copy is made of: the bytes as they were at one reading, and the verdict on them.
class message_snapshot {
public:
    /// As much as Cap'n Proto reads of a message unless told otherwise.
    static constexpr std::size_t default_most_bytes = std::size_t{64} * 1024 * 1024;

    /// Nothing: why() is empty.
    message_snapshot() noexcept;
    message_snapshot(message_snapshot&& other) noexcept;
    message_snapshot& operator=(message_snapshot&& other) noexcept;
    message_snapshot(const message_snapshot&) = delete;
    message_snapshot& operator=(const message_snapshot&) = delete;
    ~message_snapshot();

    /// Copies the record and checks the copy, whether `how` asks for it or not. Memory of an earlier copy is used again
    /// if it is large enough. What was read of that one is gone.
    /// @param record  a stream message, of any alignment; others may write to it meanwhile.
    /// @param most_bytes  of a larger one nothing is copied or allocated.
    /// @return why(): ok, corrupt, too_large.
    /// @throws std::bad_alloc. The earlier copy is gone then too.
    outcome assign(std::span<const std::byte> record, const message_reading& how,
                   std::size_t most_bytes = default_most_bytes);
    /// Nothing, and why.
    void clear(outcome why);

    [[nodiscard]] outcome why() const noexcept;
    /// The copied record; empty if it was too large. Lifetime: until the next assign() or destruction; moving leaves
    /// it.
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept;
    /// What is wrong, in words; "" unless why() is corrupt.
    [[nodiscard]] std::string fault() const;
    /// @pre why() is ok. Lifetime: as bytes().
    [[nodiscard]] capnp::MessageReader& reader() const noexcept;

private:
    struct state;
    state& made();

    std::unique_ptr<state> state_; // apart, so that readers stay valid when this moves
};

} // namespace samepage
