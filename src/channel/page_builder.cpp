// SPDX-License-Identifier: BSL-1.0
// page_builder.cpp: the pieces of a page that a message is built in, what is zero in it, and its one segment at the
// end.
#include "channel/far_pointers.hpp"

#include <samepage/channel/page_builder.hpp>

#include <capnp/any.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

namespace samepage {
namespace {

// The header is written and the segments are read as they lie in memory.
static_assert(std::endian::native == std::endian::little, "Cap'n Proto messages in place need a little-endian machine");

constexpr std::size_t word_bytes = sizeof(capnp::word);
static_assert(word_bytes == page_builder::header_bytes);

// A size in words has 29 bits on the wire.
constexpr std::size_t most_page_bytes = page_builder::header_bytes + ((std::size_t{1} << 29U) - 1) * word_bytes;

constexpr std::size_t whole_words(std::size_t bytes) noexcept
{
    return (bytes + word_bytes - 1) & ~(word_bytes - 1);
}

} // namespace

page_builder::page_builder(std::span<std::byte> page, std::size_t first_bytes, clean_range clean, page_room* more)
    : page_(page.data()), page_bytes_(std::min(page.size(), most_page_bytes)), clean_(clean), more_(more)
{
    assert(reinterpret_cast<std::uintptr_t>(page.data()) % alignof(capnp::word) == 0);
    const outcome why = have_room(smallest_message_bytes);
    if (why == outcome::ok) {
        const std::size_t most = page_bytes_ & ~(word_bytes - 1);
        first_.begin = header_bytes;
        resume(smallest_message_bytes, header_bytes,
               std::clamp(first_bytes & ~(word_bytes - 1), smallest_message_bytes, most));
    } else {
        overflow_ = why;
        arena_.emplace(*this);
        static_cast<void>(arena_->getRoot<capnp::AnyPointer>());
    }
}

page_builder::~page_builder() = default;
page_builder::arena::~arena() noexcept = default;

void page_builder::resume(std::size_t used, std::size_t zero, std::size_t end)
{
    make_zero(zero, end);
    first_.end = end;
    capnp::MessageBuilder::SegmentInit segment{
        {reinterpret_cast<capnp::word*>(at(first_.begin)), reinterpret_cast<capnp::word*>(at(end))},
        (used - first_.begin) / word_bytes};
    arena_.emplace(*this, kj::arrayPtr(&segment, 1));
}

// ---- what is zero ----

void page_builder::make_zero(std::size_t begin, std::size_t end) noexcept
{
    const auto zero = [this](std::size_t from, std::size_t to) {
        if (from < to) {
            std::memset(at(from), 0, to - from);
        }
    };
    zero(begin, std::min(end, clean_.begin));
    zero(std::max(begin, clean_.end), end);
    if (begin <= clean_.end && end >= clean_.begin) {
        clean_ = {std::min(begin, clean_.begin), std::max(end, clean_.end)};
    } else if (end > clean_.end) {
        clean_ = {begin, end};
    }
}

void page_builder::make_dirty(std::size_t end) noexcept
{
    clean_ = {std::max(clean_.begin, end), std::max(clean_.end, end)};
}

page_builder::clean_range page_builder::clean(std::size_t finished_bytes)
{
    if (finished_bytes == 0) {
        // Not by way of the segments: where an allocation of Cap'n Proto's own failed, it may not know them all.
        const std::size_t used = first_.begin + arena_->sizeInWords() * word_bytes;
        finished_bytes = later_.empty() ? std::min(used, first_.end) : later_.back().end;
    }
    make_dirty(std::max(finished_bytes, header_bytes));
    return clean_;
}

// ---- room ----

outcome page_builder::have_room(std::size_t bytes, page_room::need how) noexcept
{
    if (bytes <= page_bytes_) {
        return outcome::ok;
    }
    if (more_ == nullptr || bytes > most_page_bytes) {
        return outcome::too_large;
    }
    const outcome why = more_->extend(bytes, how);
    if (why == outcome::ok) {
        page_bytes_ = bytes;
    }
    return why;
}

kj::ArrayPtr<capnp::word> page_builder::next_piece(std::size_t minimum_words)
{
    const std::size_t blob_alignment = std::exchange(blob_alignment_, 0);
    if (overflow_ != outcome::ok) {
        return next_private_piece(minimum_words);
    }
    const std::size_t used = last().end;
    const std::size_t bytes = minimum_words * word_bytes;
    piece next;
    outcome why = outcome::ok;
    if (blob_alignment != 0) {
        next = {aligned(used, blob_alignment), 0};
        next.end = next.begin + bytes + room_behind_blob;
        why = have_room(next.end);
    } else {
        // Twice what there is, so that a message that goes on growing takes few pieces; or what of it is to be had.
        next = {used, 0};
        for (std::size_t more = std::max(bytes, used);; more = std::max(bytes, whole_words(more / 2))) {
            next.end = used + more;
            why = have_room(next.end, more == bytes ? page_room::need::of_all : page_room::need::of_less_perhaps);
            if (why == outcome::ok || more == bytes) {
                break;
            }
        }
    }
    if (why != outcome::ok) {
        overflow_ = why;
        return next_private_piece(minimum_words);
    }
    if (blob_alignment != 0) {
        make_room_for_blob(used, next.begin, next.begin + bytes);
    }
    make_zero(next.begin + (blob_alignment != 0 ? bytes : 0), next.end);
    later_.push_back(next);
    return {reinterpret_cast<capnp::word*>(at(next.begin)), reinterpret_cast<capnp::word*>(at(next.end))};
}

kj::ArrayPtr<capnp::word> page_builder::next_private_piece(std::size_t minimum_words)
{
    constexpr std::size_t most_words = most_page_bytes / word_bytes - 1;
    const std::size_t words = std::max(minimum_words, std::min(page_bytes_ / word_bytes + private_words_, most_words));
    private_pieces_.push_back(std::make_unique<capnp::word[]>(words)); // zeroed
    private_words_ += words;
    return {private_pieces_.back().get(), words};
}

std::size_t page_builder::used_end()
{
    std::size_t end = header_bytes;
    for (const auto& segment : arena_->getSegmentsForOutput()) {
        const auto* const last = reinterpret_cast<const std::byte*>(segment.end());
        if (last > page_ && last <= at(page_bytes_)) {
            end = std::max(end, static_cast<std::size_t>(last - page_));
        }
    }
    return end;
}

// ---- blobs ----

std::size_t page_builder::aligned(std::size_t offset, std::size_t alignment) const noexcept
{
    const auto address = reinterpret_cast<std::uintptr_t>(at(offset));
    return offset + (-address & (alignment - 1));
}

page_builder::blob_place page_builder::place_blob(std::size_t bytes, std::size_t alignment)
{
    assert(bytes != 0 && std::has_single_bit(alignment) && alignment >= word_bytes && alignment <= most_alignment);
    if (const outcome why = overflow(); why != outcome::ok) {
        return {why};
    }
    if (bytes > most_page_bytes) { // and sums of `bytes` do not overflow
        return {outcome::too_large};
    }
    const bool alone = later_.empty();
    const std::size_t used = used_end();
    const std::size_t begin = aligned(alone ? used : last().end, alignment);
    const std::size_t end = begin + whole_words(bytes);
    // As much for what comes behind it as there was, if it is to be had.
    std::size_t room_end = end + (alone ? first_.end - used : room_behind_blob);
    outcome why = have_room(room_end, alone ? page_room::need::of_less_perhaps : page_room::need::of_all);
    if (why != outcome::ok && alone) {
        room_end = std::max(end, page_bytes_ & ~(word_bytes - 1));
        why = have_room(room_end);
    }
    if (why != outcome::ok) {
        return {why};
    }
    blob_bytes_ += end - begin;
    if (alone) {
        make_room_for_blob(used, begin, end);
        resume(begin, end, room_end);
    } else {
        // It begins a piece, for which Cap'n Proto asks when the last one has no room left.
        if (const std::size_t left = last().end - used; left != 0) {
            static_cast<void>(arena_->getOrphanage().newOrphan<capnp::Data>(static_cast<capnp::uint>(left)));
        }
        blob_alignment_ = alignment;
    }
    return {outcome::ok, at(begin)};
}

/// Zeroes what is beside [begin, end): from `used` on, and the last word, whose end may not belong to the blob.
void page_builder::make_room_for_blob(std::size_t used, std::size_t begin, std::size_t end) noexcept
{
    make_zero(used, begin);
    make_dirty(end);
    std::memset(at(end - word_bytes), 0, word_bytes);
}

void page_builder::take_back(std::byte* from, std::byte* to)
{
    const auto begin = static_cast<std::size_t>(from - page_);
    const auto end = static_cast<std::size_t>(to - page_);
    const std::size_t used = used_end();
    if (grew() || overflow() != outcome::ok || whole_words(end) != used) {
        std::memset(from, 0, end - begin);
        return;
    }
    const std::size_t now_used = whole_words(begin);
    blob_bytes_ -= used - now_used;
    std::memset(from, 0, now_used - begin);
    make_dirty(used);
    const std::size_t room_end = std::max(now_used + (first_.end - used), now_used);
    resume(now_used, now_used, room_end);
}

// ---- the message ----

outcome page_builder::overflow()
{
    if (overflow_ == outcome::ok && arena_->getSegmentsForOutput().size() != 1 + later_.size()) {
        return outcome::too_large; // external data: it lies nowhere in the page
    }
    return overflow_;
}

std::size_t page_builder::message_bytes()
{
    if (overflow() == outcome::ok) {
        return used_end();
    }
    std::size_t bytes = header_bytes;
    for (const auto& segment : arena_->getSegmentsForOutput()) {
        bytes += segment.size() * word_bytes;
    }
    return bytes;
}

bool page_builder::has_capabilities()
{
    return arena_->getRoot<capnp::AnyPointer>().targetSize().capCount != 0;
}

std::span<const std::byte> page_builder::finish()
{
    if (overflow() != outcome::ok) {
        return {};
    }
    const std::size_t end = used_end();
    if (!later_.empty()) {
        std::vector<std::byte*> begins{at(first_.begin)};
        std::transform(later_.begin(), later_.end(), std::back_inserter(begins),
                       [this](const piece& each) { return at(each.begin); });
        half_joined_ = true;
        join_segments(begins);
        half_joined_ = false;
    }
    // Number of segments less one, words of segment 0.
    const std::array<std::uint32_t, 2> header{0, static_cast<std::uint32_t>((end - header_bytes) / word_bytes)};
    std::memcpy(page_, header.data(), header_bytes);
    return {page_, end};
}

} // namespace samepage
