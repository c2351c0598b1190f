// SPDX-License-Identifier: BSL-1.0
// message_trace.hpp: where the pointers of a message lead, far ones followed, within its segments and a number of
// words. Thread safety: none.
#pragma once

#include "channel/wire_pointer.hpp"

#include <samepage/channel/message_fault.hpp>

#include <capnp/message.h>

#include <algorithm>
#include <cstdint>

namespace samepage {

/// The rules of pointers that hold whatever they are to lead to. Each function that may fail leaves a fault and returns
/// false. What is read is read once.
class message_trace {
public:
    message_trace(capnp::MessageReader& message, std::uint64_t most_words) : message_(message), words_left_(most_words)
    {
    }

    [[nodiscard]] const message_fault& fault() const noexcept { return fault_; }

protected:
    using kind = message_fault::kind;

    struct segment {
        const capnp::word* begin = nullptr;
        std::uint32_t words = 0;
        std::uint32_t id = 0;
    };

    /// A pointer: where it lies, and its word.
    struct place {
        const segment* in = nullptr;
        std::uint32_t at = 0;
        std::uint64_t pointer = 0;
    };

    /// What a pointer leads to: where it begins, and the word that says what it is. Stays where it is made.
    struct object {
        const segment* in = nullptr;
        std::uint32_t at = 0;
        std::uint64_t pointer = 0;
        segment far; ///< *in, if it is another than the pointer's
    };

    [[nodiscard]] static place place_at(const segment& in, std::uint32_t at) noexcept
    {
        return {&in, at, wire::read(in.begin + at)};
    }

    /// Without words if there is no such one.
    [[nodiscard]] segment segment_of(std::uint32_t id)
    {
        const auto found = message_.getSegment(id);
        return {found.begin(), static_cast<std::uint32_t>(std::min(found.size(), wire::most_segment_words)), id};
    }

    [[gnu::cold, gnu::noinline]] bool refuse(kind what, const place& from, std::uint64_t found)
    {
        fault_ = {.what = what,
                  .segment = from.in->id,
                  .word = from.at,
                  .found = found,
                  .structure = structure_,
                  .field = field_};
        return false;
    }
    bool refuse(kind what, const place& from) { return refuse(what, from, from.pointer); }

    /// Counts words as readers do.
    bool charge(std::uint64_t words, const place& from)
    {
        if (words > words_left_) [[unlikely]] {
            return refuse(kind::too_much, from);
        }
        words_left_ -= words;
        return true;
    }

    bool follow(const place& from, object& to)
    {
        if (wire::kind_of(from.pointer) != wire::kind::far) [[likely]] {
            to.in = from.in;
            to.at = target(*from.in, from.at, from.pointer);
            to.pointer = from.pointer;
            return true;
        }
        return follow_far(from, to);
    }

    /// So many words of the object are in its segment; counts them.
    bool has_words(const object& what, std::uint64_t words, const place& from)
    {
        if (words > what.in->words - what.at) [[unlikely]] {
            return refuse(kind::out_of_bounds, from, what.pointer);
        }
        return charge(words, from);
    }

    // Whose pointer is being looked at, in the plan.
    std::uint32_t structure_ = UINT32_MAX;
    std::uint32_t field_ = UINT32_MAX;

private:
    /// An offset that leads out of the segment leads to its end instead, where something without size may lie.
    [[nodiscard]] static std::uint32_t target(const segment& in, std::uint32_t at, std::uint64_t pointer) noexcept
    {
        const auto to = std::int64_t{at} + 1 + wire::offset(pointer);
        return to < 0 || to > std::int64_t{in.words} ? in.words : static_cast<std::uint32_t>(to);
    }

    [[gnu::noinline]] bool follow_far(const place& from, object& to)
    {
        to.in = &to.far;
        to.far = segment_of(wire::far_segment(from.pointer));
        if (to.far.words == 0) {
            return refuse(kind::unknown_segment, from);
        }
        const auto at = std::min(wire::far_offset(from.pointer), to.far.words);
        const std::uint32_t pad_words = wire::is_double_far(from.pointer) ? 2 : 1;
        if (to.far.words - at < pad_words) {
            return refuse(kind::far_out_of_bounds, from);
        }
        if (!charge(pad_words, from)) {
            return false;
        }
        const auto pad = wire::read(to.far.begin + at);
        if (pad_words == 1) {
            to.at = target(to.far, at, pad);
            to.pointer = pad;
            return true;
        }
        to.pointer = wire::read(to.far.begin + at + 1); // like a tag: without an offset
        to.far = segment_of(wire::far_segment(pad));
        if (to.far.words == 0) {
            return refuse(kind::unknown_segment, from, pad);
        }
        if (wire::kind_of(pad) != wire::kind::far) {
            return refuse(kind::far_to_no_far, from, pad);
        }
        to.at = std::min(wire::far_offset(pad), to.far.words);
        return true;
    }

    capnp::MessageReader& message_;
    std::uint64_t words_left_;
    message_fault fault_;
};

} // namespace samepage
