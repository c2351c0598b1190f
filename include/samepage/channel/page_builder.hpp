// SPDX-License-Identifier: BSL-1.0
// page_builder.hpp: a Cap'n Proto message builder whose segment is a page that the caller lends.
// Thread safety: none; a builder stays on one thread.
#pragma once

#include <capnp/message.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace samepage {

/// Builds a Cap'n Proto message where it will be read. The page's first 8 bytes become the header of Cap'n Proto's
/// stream format (one segment, its size in words), the rest is segment 0; finish() makes the page a valid stream
/// message.
///
/// From construction to finish() nothing is allocated and nothing is copied, as long as the message fits the page. One
/// that outgrows it goes on in private memory: every builder and reader keeps working and reads back what was set, but
/// the message can no longer be finished in place; overflowed() tells. capnp::MallocMessageBuilder over a first segment
/// would do the same, but wipes that segment in its destructor, when consumers are reading it.
///
/// Zeroing: Cap'n Proto needs zeroed memory. The first use zeroes the whole page and nothing zeroes it again, so a page
/// much larger than its message costs the difference. Interfaces: a capability cannot pass through a page; a consumer
/// reads it as null or broken.
class page_builder final : public capnp::MessageBuilder {
public:
    /// The stream header of a message of one segment.
    static constexpr std::size_t header_bytes = 8;
    /// Header and root pointer: no message is smaller, and in a smaller page every message overflows.
    static constexpr std::size_t smallest_message_bytes = 16;

    /// @param page  8-byte aligned, any content; bytes beyond the last whole word, and beyond 4 GiB, stay unused.
    /// Lifetime: `page` is used until the builder is destroyed, and keeps the message after that.
    explicit page_builder(std::span<std::byte> page) noexcept;
    ~page_builder() noexcept override;
    page_builder(const page_builder&) = delete;
    page_builder& operator=(const page_builder&) = delete;

    /// Whether some part of the message lies outside the page: it outgrew the page, or an orphanage referenced external
    /// data.
    [[nodiscard]] bool overflowed();

    /// Bytes of the message so far, header included; the same calls on a page of so many bytes would not have
    /// overflowed.
    [[nodiscard]] std::size_t message_bytes();

    /// Writes the header and returns the message: header and the used part of segment 0, a multiple of 8 bytes. Empty
    /// if overflowed(). A message whose root was never touched has a null root: every field reads as its default.
    /// Building may go on; finish() again then. Lifetime: the page's.
    [[nodiscard]] std::span<const std::byte> finish();

private:
    kj::ArrayPtr<capnp::word> allocateSegment(capnp::uint minimum_words) override;
    kj::ArrayPtr<capnp::word> allocate_private(std::size_t minimum_words);
    kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments();

    std::span<std::byte> page_;
    std::size_t words_handed_out_ = 0;
    std::vector<std::unique_ptr<capnp::word[]>> overflow_; // has no memory until the message outgrows the page
};

} // namespace samepage
