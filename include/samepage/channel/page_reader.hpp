// SPDX-License-Identifier: BSL-1.0
// page_reader.hpp: a Cap'n Proto message reader over a record, in place.
// Thread safety: as capnp::MessageReader: getRoot() from one thread at a time, the readers it gives from any number.
#pragma once

#include <samepage/channel/read_limits.hpp>
#include <samepage/core/outcome.hpp>

#include <capnp/message.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace samepage {

/// Reads a Cap'n Proto stream message where it lies. Nothing is copied; a message of one segment allocates nothing, one
/// of several a little bookkeeping for each segment that a pointer leads to.
///
/// The constructor validates the stream header against the record's size, each word of it read once, and refuses a
/// record that does not hold exactly one message. It does not walk the message: check_message() does.
///
/// SECURITY: a kj::Exception is thrown by getRoot() and by getters that follow a pointer, if that pointer is malformed
/// or leads out of its segment, or a limit is passed; so does whatever validates content, such as Text without its
/// terminating NUL. Getters of numbers never throw; nor do others once check_message() found no fault. Every pointer
/// is checked when it is followed, so a message that was written wrong is harmless; one that is *rewritten while it is
/// read* is not: Cap'n Proto checks a pointer and reads it again. Read in place only what a trusted process writes, and
/// of others a message_copy.
class page_reader final : public capnp::MessageReader {
public:
    /// Messages of more segments are refused. page_builder makes one, and a MallocMessageBuilder with its usual growth
    /// fewer than this for any message under 4 GiB.
    static constexpr std::size_t most_segments = 32;

    /// @param record  8-byte aligned. May lie in memory that others can write; see SECURITY.
    /// Lifetime: `record` must stay until the reader, and all it has handed out, is gone.
    page_reader(std::span<const std::byte> record, const capnp::ReaderOptions& reader_options) noexcept;
    explicit page_reader(std::span<const std::byte> record, const read_limits& limits = {}) noexcept
        : page_reader(record, limits.for_record(record.size()))
    {
    }
    ~page_reader() noexcept override;
    page_reader(const page_reader&) = delete;
    page_reader& operator=(const page_reader&) = delete;

    /// Whether the header is sound, so that getRoot() may be called.
    [[nodiscard]] explicit operator bool() const noexcept { return segment_count_ != 0; }
    /// ok, or corrupt: too short for a root pointer, not a whole number of words, more than most_segments segments, or
    /// sizes that do not add up to the record's.
    [[nodiscard]] outcome why() const noexcept { return segment_count_ != 0 ? outcome::ok : outcome::corrupt; }
    [[nodiscard]] std::size_t segment_count() const noexcept { return segment_count_; }

private:
    kj::ArrayPtr<const capnp::word> getSegment(capnp::uint id) override;

    const capnp::word* words_ = nullptr;
    std::size_t segment_count_ = 0; // 0: corrupt
    // Segment i is the words from segment_bounds_[i] to segment_bounds_[i + 1]; not set beyond the segments there are.
    std::array<std::uint32_t, most_segments + 1> segment_bounds_;
};

} // namespace samepage
