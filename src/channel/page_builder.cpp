// SPDX-License-Identifier: BSL-1.0
// page_builder.cpp: segment 0 in the page, what outgrows it in private memory.
#include <samepage/channel/page_builder.hpp>

#include <capnp/any.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>

namespace samepage {
namespace {

// The header is written and the segments are read as they lie in memory.
static_assert(std::endian::native == std::endian::little, "Cap'n Proto messages in place need a little-endian machine");
static_assert(sizeof(capnp::word) == page_builder::header_bytes);

// A size in words has 29 bits on the wire.
constexpr std::size_t largest_segment_words = (std::size_t{1} << 29U) - 1;

} // namespace

page_builder::page_builder(std::span<std::byte> page) noexcept : page_(page)
{
    assert(reinterpret_cast<std::uintptr_t>(page.data()) % alignof(capnp::word) == 0);
}

page_builder::~page_builder() noexcept = default;

kj::ArrayPtr<capnp::word> page_builder::allocateSegment(capnp::uint minimum_words)
{
    const std::size_t page_words = page_.size() / sizeof(capnp::word);
    const bool first = words_handed_out_ == 0;
    if (!first || page_words < 1U + minimum_words) {
        return allocate_private(minimum_words);
    }
    words_handed_out_ = std::min(page_words - 1, largest_segment_words);
    std::byte* const segment = page_.data() + header_bytes;
    std::memset(segment, 0, words_handed_out_ * sizeof(capnp::word));
    return {reinterpret_cast<capnp::word*>(segment), words_handed_out_};
}

// Doubles what there is, so that a message that goes on growing takes few segments.
kj::ArrayPtr<capnp::word> page_builder::allocate_private(std::size_t minimum_words)
{
    const std::size_t words = std::max(minimum_words, std::min(words_handed_out_, largest_segment_words));
    overflow_.push_back(std::make_unique<capnp::word[]>(words)); // zeroed
    words_handed_out_ += words;
    return {overflow_.back().get(), words};
}

// Never empty: a message that nobody has touched gets its null root now.
kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> page_builder::segments()
{
    if (words_handed_out_ == 0) {
        static_cast<void>(getRoot<capnp::AnyPointer>());
    }
    return getSegmentsForOutput();
}

bool page_builder::overflowed()
{
    return segments().size() != 1 || !overflow_.empty();
}

std::size_t page_builder::message_bytes()
{
    std::size_t bytes = header_bytes;
    for (const auto& segment : segments()) {
        bytes += segment.size() * sizeof(capnp::word);
    }
    return bytes;
}

std::span<const std::byte> page_builder::finish()
{
    if (overflowed()) {
        return {};
    }
    const auto words = static_cast<std::uint32_t>(segments()[0].size());
    const std::array<std::uint32_t, 2> header{0, words}; // number of segments less one, words of segment 0
    std::memcpy(page_.data(), header.data(), header_bytes);
    return page_.first(header_bytes + words * sizeof(capnp::word));
}

} // namespace samepage
