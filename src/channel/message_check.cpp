// SPDX-License-Identifier: BSL-1.0
// message_check.cpp: the walk over a message's pointers. Recursion is bounded by the nesting limit, time by the words.
#include "channel/wire_pointer.hpp"

#include <samepage/channel/message_check.hpp>
#include <samepage/channel/read_limits.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace samepage {

class message_walk {
public:
    message_walk(const message_plan& plan, capnp::MessageReader& message, const capnp::ReaderOptions& limits)
        : plan_(plan),
          message_(message),
          words_left_(limits.traversalLimitInWords),
          nesting_(std::min(limits.nestingLimit, read_limits::most_nesting))
    {
    }

    message_fault run()
    {
        const auto first = segment(0);
        if (first.words == 0) {
            fault_.what = kind::header;
        } else if (charge(2, {first, 0, 0})) { // readers count the root pointer twice
            const place root{first, 0, wire::read(first.begin)};
            if (root.pointer != 0) {
                static_cast<void>(to_struct(0, root, nesting_));
            }
        }
        return fault_;
    }

private:
    using kind = message_fault::kind;
    using content = message_plan::content;
    using element_size = capnp::ElementSize;
    using expectation = message_plan::expectation;
    static constexpr auto none = message_plan::none;

    struct part {
        const capnp::word* begin = nullptr;
        std::uint32_t words = 0;
        std::uint32_t id = 0;
    };

    /// A pointer: where it lies, and its word.
    struct place {
        part in;
        std::uint32_t at = 0;
        std::uint64_t pointer = 0;
    };

    /// What a pointer leads to, far pointers followed: where it begins, and the word that says what it is.
    struct object {
        part in;
        std::uint32_t at = 0;
        std::uint64_t pointer = 0;
    };

    /// A struct's sections; in a list of numbers that is read as structs, one number.
    struct sections {
        const std::byte* data = nullptr;
        std::uint32_t data_bits = 0;
        part in;
        std::uint32_t first_pointer = 0;
        std::uint32_t pointers = 0;
    };

    [[nodiscard]] part segment(std::uint32_t id)
    {
        const auto found = message_.getSegment(id);
        return {found.begin(), static_cast<std::uint32_t>(std::min(found.size(), wire::most_segment_words)), id};
    }

    [[gnu::cold, gnu::noinline]] bool refuse(kind what, const place& from, std::uint64_t found)
    {
        fault_ = {.what = what,
                  .segment = from.in.id,
                  .word = from.at,
                  .found = found,
                  .structure = structure_,
                  .field = field_};
        return false;
    }
    bool refuse(kind what, const place& from) { return refuse(what, from, from.pointer); }

    bool charge(std::uint64_t words, const place& from)
    {
        if (words > words_left_) [[unlikely]] {
            return refuse(kind::too_much, from);
        }
        words_left_ -= words;
        return true;
    }

    /// An offset that leads out of the segment leads to its end instead, where something without size may lie.
    [[nodiscard]] static std::uint32_t target(const part& in, std::uint32_t at, std::uint64_t pointer) noexcept
    {
        const auto to = std::int64_t{at} + 1 + wire::offset(pointer);
        return to < 0 || to > std::int64_t{in.words} ? in.words : static_cast<std::uint32_t>(to);
    }

    bool follow(const place& from, object& to)
    {
        if (wire::kind_of(from.pointer) != wire::kind::far) [[likely]] {
            to = {from.in, target(from.in, from.at, from.pointer), from.pointer};
            return true;
        }
        return follow_far(from, to);
    }

    [[gnu::noinline]] bool follow_far(const place& from, object& to)
    {
        const auto in = segment(wire::far_segment(from.pointer));
        if (in.words == 0) {
            return refuse(kind::unknown_segment, from);
        }
        const auto at = std::min(wire::far_offset(from.pointer), in.words);
        const std::uint32_t pad_words = wire::is_double_far(from.pointer) ? 2 : 1;
        if (in.words - at < pad_words) {
            return refuse(kind::far_out_of_bounds, from);
        }
        if (!charge(pad_words, from)) {
            return false;
        }
        const auto pad = wire::read(in.begin + at);
        if (pad_words == 1) {
            to = {in, target(in, at, pad), pad};
            return true;
        }
        const auto tag = wire::read(in.begin + at + 1);
        const auto last = segment(wire::far_segment(pad));
        if (last.words == 0) {
            return refuse(kind::unknown_segment, from, pad);
        }
        if (wire::kind_of(pad) != wire::kind::far) {
            return refuse(kind::far_to_no_far, from, pad);
        }
        to = {last, std::min(wire::far_offset(pad), last.words), tag};
        return true;
    }

    /// So many words of the object are in its segment, and counted.
    bool has_words(const object& what, std::uint64_t words, const place& from)
    {
        if (words > what.in.words - what.at) [[unlikely]] {
            return refuse(kind::out_of_bounds, from, what.pointer);
        }
        return charge(words, from);
    }

    // ---- One pointer, not null.

    bool check(const expectation& expected, const place& from, int nesting)
    {
        switch (expected.what) {
        case content::text: return to_text(from);
        case content::data: {
            object found;
            return to_bytes(from, found);
        }
        case content::structure: return to_struct(expected.of, from, nesting);
        case content::list: return to_list(expected, true, from, nesting);
        case content::any_list: return to_list(any_list, false, from, nesting);
        case content::any_struct: return to_struct(none, from, nesting);
        case content::capability: return wire::is_capability(from.pointer) || refuse(kind::not_a_capability, from);
        case content::any: break;
        }
        return to_anything(from, nesting);
    }

    bool to_bytes(const place& from, object& found)
    {
        if (!follow(from, found)) {
            return false;
        }
        if (wire::kind_of(found.pointer) != wire::kind::list) {
            return refuse(kind::not_a_list, from, found.pointer);
        }
        if (wire::size_of_elements(found.pointer) != element_size::BYTE) {
            return refuse(kind::not_bytes, from, found.pointer);
        }
        return has_words(found, (std::uint64_t{wire::element_count(found.pointer)} + 7) / 8, from);
    }

    bool to_text(const place& from)
    {
        object found;
        if (!to_bytes(from, found)) {
            return false;
        }
        const auto bytes = wire::element_count(found.pointer);
        return (bytes != 0 && wire::read_byte(found.in.begin + found.at, bytes - 1) == 0) ||
               refuse(kind::not_terminated, from, found.pointer);
    }

    bool to_struct(std::uint32_t type, const place& from, int nesting)
    {
        object found;
        if (nesting <= 0) {
            return refuse(kind::too_deep, from);
        }
        if (!follow(from, found)) {
            return false;
        }
        if (wire::kind_of(found.pointer) != wire::kind::structure) {
            return refuse(kind::not_a_struct, from, found.pointer);
        }
        return contents_of_struct(type, found, from, nesting - 1);
    }

    bool contents_of_struct(std::uint32_t type, const object& found, const place& from, int nesting)
    {
        const auto data_words = wire::data_words(found.pointer);
        const auto pointers = wire::pointer_count(found.pointer);
        return has_words(found, data_words + pointers, from) && members(type,
                                                                        {.data = wire::bytes(found.in.begin + found.at),
                                                                         .data_bits = data_words * 64,
                                                                         .in = found.in,
                                                                         .first_pointer = found.at + data_words,
                                                                         .pointers = pointers},
                                                                        nesting);
    }

    bool to_anything(const place& from, int nesting)
    {
        object found;
        if (!follow(from, found)) {
            return false;
        }
        switch (wire::kind_of(found.pointer)) {
        case wire::kind::structure:
            return nesting <= 0 ? refuse(kind::too_deep, from) : contents_of_struct(none, found, from, nesting - 1);
        case wire::kind::list:
            return nesting <= 0 ? refuse(kind::too_deep, from)
                                : contents_of_list(any_list, false, found, from, nesting - 1);
        case wire::kind::far:
        case wire::kind::other: break;
        }
        return wire::is_capability(found.pointer) || refuse(kind::unknown_pointer, from, found.pointer);
    }

    // ---- Lists.

    static constexpr expectation any_list{.what = content::list, .element = element_size::INLINE_COMPOSITE};

    bool to_list(const expectation& expected, bool sized, const place& from, int nesting)
    {
        object found;
        if (nesting <= 0) {
            return refuse(kind::too_deep, from);
        }
        if (!follow(from, found)) {
            return false;
        }
        if (wire::kind_of(found.pointer) != wire::kind::list) {
            return refuse(kind::not_a_list, from, found.pointer);
        }
        return contents_of_list(expected, sized, found, from, nesting - 1);
    }

    /// @param sized  false for a list of anything
    bool contents_of_list(const expectation& expected, bool sized, const object& found, const place& from, int nesting)
    {
        const auto size = wire::size_of_elements(found.pointer);
        if (size == element_size::INLINE_COMPOSITE) {
            return list_of_structs(expected, sized, found, from, nesting);
        }
        const std::uint64_t count = wire::element_count(found.pointer);
        const auto data_bits = wire::data_bits(size);
        const bool pointers = size == element_size::POINTER;
        if (!has_words(found, (count * (pointers ? 64 : data_bits) + 63) / 64, from)) {
            return false;
        }
        if (size == element_size::VOID && !charge(count, from)) {
            return false;
        }
        if (sized) {
            if (size == element_size::BIT && expected.element != element_size::BIT) {
                return refuse(kind::bits, from, found.pointer);
            }
            if (wire::data_bits(expected.element) > data_bits ||
                (expected.element == element_size::POINTER && !pointers)) {
                return refuse(kind::elements_too_small, from, found.pointer);
            }
        }
        if (!pointers && (!sized || expected.element != element_size::INLINE_COMPOSITE)) {
            return true;
        }
        if (!sized) {
            return pointer_each(found.in, found.at, count, none, nesting);
        }
        if (expected.element == element_size::INLINE_COMPOSITE) {
            return each_as_struct(expected.of,
                                  {.data = wire::bytes(found.in.begin + found.at),
                                   .data_bits = data_bits,
                                   .in = found.in,
                                   .first_pointer = found.at,
                                   .pointers = pointers ? 1U : 0U},
                                  count, 1, from, nesting);
        }
        return pointer_each(found.in, found.at, count, expected.element == element_size::POINTER ? expected.of : none,
                            nesting);
    }

    bool list_of_structs(const expectation& expected, bool sized, const object& found, const place& from, int nesting)
    {
        const std::uint64_t words = wire::element_count(found.pointer);
        if (!has_words(found, words + 1, from)) {
            return false;
        }
        const auto tag = wire::read(found.in.begin + found.at);
        if (wire::kind_of(tag) != wire::kind::structure) {
            return refuse(kind::not_a_tag, from, tag);
        }
        const std::uint64_t count = wire::tag_count(tag);
        const auto data_words = wire::data_words(tag);
        const auto pointers = wire::pointer_count(tag);
        const auto step_words = data_words + pointers;
        if (count * step_words > words) {
            return refuse(kind::elements_overrun, from, tag);
        }
        if (step_words == 0 && !charge(count, from)) {
            return false;
        }
        const auto first = found.at + 1;
        if (!sized || expected.element == element_size::INLINE_COMPOSITE) {
            return each_as_struct(sized ? expected.of : none,
                                  {.data = wire::bytes(found.in.begin + first),
                                   .data_bits = data_words * 64,
                                   .in = found.in,
                                   .first_pointer = first + data_words,
                                   .pointers = pointers},
                                  count, step_words, from, nesting);
        }
        switch (expected.element) {
        case element_size::BIT: return refuse(kind::bits, from, tag);
        case element_size::VOID: break;
        case element_size::POINTER:
            if (pointers == 0) {
                return refuse(kind::elements_too_small, from, tag);
            }
            break;
        default:
            if (data_words == 0) {
                return refuse(kind::elements_too_small, from, tag);
            }
        }
        if (pointers == 0 || count == 0) {
            return true;
        }
        // Elements that grew into structs: the first pointer is the expected one, nobody here knows the others.
        if (nesting <= 0) {
            return refuse(kind::too_deep, from, tag);
        }
        const std::uint32_t known = expected.element == element_size::POINTER ? 1 : 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto at = static_cast<std::uint32_t>(first + i * step_words + data_words);
            if (!pointer_each(found.in, at, known, expected.of, nesting) ||
                !pointer_each(found.in, at + known, pointers - known, none, nesting - 1)) {
                return false;
            }
        }
        return true;
    }

    /// `count` pointers, each as the plan's element says, or anything.
    bool pointer_each(const part& in, std::uint32_t at, std::uint64_t count, std::uint32_t element, int nesting)
    {
        const auto expected = element == none ? expectation{} : plan_.elements_[element];
        const auto structure = structure_;
        const auto field = field_;
        for (const auto end = at + static_cast<std::uint32_t>(count); at < end; ++at) {
            const place from{in, at, wire::read(in.begin + at)};
            if (from.pointer == 0) {
                continue;
            }
            structure_ = structure;
            field_ = field;
            if (!check(expected, from, nesting)) {
                return false;
            }
        }
        return true;
    }

    /// @param step_words  from one to the next, if they have pointers
    bool each_as_struct(std::uint32_t type, sections first, std::uint64_t count, std::uint32_t step_words,
                        const place& from, int nesting)
    {
        if (count == 0) {
            return true;
        }
        if (nesting <= 0) {
            return refuse(kind::too_deep, from);
        }
        if (first.pointers == 0) {
            return true; // nothing but numbers: nobody has to look at each
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            if (!members(type, first, nesting - 1)) {
                return false;
            }
            first.data += std::size_t{step_words} * 8;
            first.first_pointer += step_words;
        }
        return true;
    }

    // ---- The pointers of one struct.

    bool members(std::uint32_t type, const sections& of, int nesting)
    {
        if (type == none) {
            return pointer_each(of.in, of.first_pointer, of.pointers, none, nesting);
        }
        const auto& known = plan_.structures_[type];
        // Defaults nest as what is in the message does, if its pointers are there and null.
        const bool look_at_defaults = std::cmp_greater(known.default_depth, nesting);
        const auto slots = std::min(of.pointers, known.slot_count);
        const auto* const fields = &plan_.slots_[known.first];
        for (std::uint32_t slot = 0; slot < slots; ++slot) {
            const auto at = of.first_pointer + slot;
            const place from{of.in, at, wire::read(of.in.begin + at)};
            if (from.pointer == 0 && !look_at_defaults) {
                continue;
            }
            structure_ = type;
            if (!member(fields[slot], fields[slot + 1], of, from, nesting)) {
                return false;
            }
        }
        structure_ = type;
        field_ = none;
        return of.pointers <= slots ||
               pointer_each(of.in, of.first_pointer + slots, of.pointers - slots, none, nesting);
    }

    /// One pointer of a struct, which is one field, or several members of a union.
    bool member(std::uint32_t first, std::uint32_t last, const sections& of, const place& from, int nesting)
    {
        bool known = false;
        for (auto i = first; i < last; ++i) {
            const auto& field = plan_.fields_[i];
            if (field.when != none && !is_set(field.when, of)) {
                continue;
            }
            known = true;
            field_ = i;
            if (from.pointer == 0) {
                if (std::cmp_greater(field.default_depth, nesting)) {
                    return refuse(kind::too_deep, from);
                }
            } else if (!check(field.expected, from, nesting)) {
                return false;
            }
        }
        field_ = none;
        return known || from.pointer == 0 || to_anything(from, nesting);
    }

    [[nodiscard]] bool is_set(std::uint32_t condition, const sections& of) const
    {
        while (condition != none) {
            const auto& each = plan_.conditions_[condition];
            const bool is_there = (std::uint64_t{each.offset} + 1) * 16 <= of.data_bits;
            if ((is_there ? wire::read_half(of.data, each.offset) : 0) != each.value) {
                return false;
            }
            condition = each.also;
        }
        return true;
    }

    const message_plan& plan_;
    capnp::MessageReader& message_;
    std::uint64_t words_left_;
    int nesting_;
    // Whose pointer is being looked at, for the fault's words.
    std::uint32_t structure_ = none;
    std::uint32_t field_ = none;
    message_fault fault_;
};

message_fault check_message(const message_plan& plan, capnp::MessageReader& message, const capnp::ReaderOptions& limits)
{
    return message_walk{plan, message, limits}.run();
}

} // namespace samepage
