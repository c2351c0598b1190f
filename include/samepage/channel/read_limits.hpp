// SPDX-License-Identifier: BSL-1.0
// read_limits.hpp: how much of a Cap'n Proto message may be traversed, how deep, and whether it is checked first.
#pragma once

#include <capnp/message.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace samepage {

/// Bounds on reading one message. Cap'n Proto counts every word it follows a pointer to, again each time a getter is
/// called, and throws a kj::Exception beyond the limit: that bounds the time a malformed message (pointers in a cycle,
/// or many to one place) can take, but it also ends a loop that fetches the same blob for each of its rows. Hence a
/// limit that grows with the record, far above what rereading takes, and never below Cap'n Proto's own.
///
/// A message that is checked first needs no such limit afterwards: its check has followed each pointer once, within
/// limits of its own, and getters may be called any number of times.
struct read_limits {
    /// Recursion has its place on the stack: no check goes deeper, whatever `nesting` says.
    static constexpr int most_nesting = 512;

    /// How often over the whole record may be traversed, if it is not checked.
    std::uint64_t traversals = 16384;
    /// The least limit, in words of 8 bytes: 64 MiB, capnp::ReaderOptions' default.
    std::uint64_t least_words = 8U * 1024 * 1024;
    /// Structs and lists within each other, at most.
    int nesting = 64;
    /// Whether each message is checked against its schema when it is taken, so that no getter throws; see
    /// check_message(). Without: a malformed one throws when it is read.
    bool check = true;

    /// Cap'n Proto's options for a record of `record_bytes`; the product saturates.
    [[nodiscard]] constexpr capnp::ReaderOptions for_record(std::size_t record_bytes) const noexcept
    {
        const std::uint64_t words = record_bytes / 8;
        const std::uint64_t most = UINT64_MAX / std::max<std::uint64_t>(words, 1);
        capnp::ReaderOptions options;
        options.traversalLimitInWords = traversals > most ? UINT64_MAX : std::max(least_words, words * traversals);
        options.nestingLimit = nesting;
        return options;
    }

    /// Of a check. A message whose parts are each pointed to once, as builders make them, has no more words to follow
    /// than its record; only lists of elements without size count for more.
    [[nodiscard]] constexpr capnp::ReaderOptions for_check(std::size_t record_bytes) const noexcept
    {
        capnp::ReaderOptions options;
        options.traversalLimitInWords = std::max<std::uint64_t>(least_words, record_bytes / 8);
        options.nestingLimit = std::min(nesting, most_nesting);
        return options;
    }

    /// Of a message that was checked.
    [[nodiscard]] constexpr capnp::ReaderOptions once_checked() const noexcept
    {
        capnp::ReaderOptions options;
        options.traversalLimitInWords = UINT64_MAX;
        options.nestingLimit = std::min(nesting, most_nesting);
        return options;
    }
};

} // namespace samepage
