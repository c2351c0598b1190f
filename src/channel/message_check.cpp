// SPDX-License-Identifier: BSL-1.0
// message_check.cpp: the walk over a message's pointers. Recursion is bounded by the nesting limit, time by the words.
#include "channel/message_trace.hpp"
#include "channel/wire_pointer.hpp"

#include <samepage/channel/message_check.hpp>
#include <samepage/channel/read_limits.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace samepage {

class message_walk : public message_trace {
public:
    message_walk(const message_plan& plan, capnp::MessageReader& message, const capnp::ReaderOptions& limits)
        : message_trace(message, limits.traversalLimitInWords),
          plan_(plan),
          nesting_(std::min(limits.nestingLimit, read_limits::most_nesting))
    {
    }

    bool run()
    {
        const auto first = segment_of(0);
        if (first.words == 0) {
            return refuse(kind::header, {.in = &first});
        }
        const auto root = place_at(first, 0);
        return charge(2, root) && // readers count the root pointer twice
               (root.pointer == 0 || to_struct(0, root, nesting_));
    }

private:
    using content = message_plan::content;
    using element_size = capnp::ElementSize;
    using expectation = message_plan::expectation;
    static constexpr auto none = message_plan::none;

    /// A struct's sections; in a list of numbers that is read as structs, one number.
    struct sections {
        const std::byte* data = nullptr;
        std::uint32_t data_bits = 0;
        std::uint32_t first_pointer = 0;
        std::uint32_t pointers = 0;
        const segment* in = nullptr;
    };

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
        return (bytes != 0 && wire::read_byte(found.in->begin + found.at, bytes - 1) == 0) ||
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
        return has_words(found, data_words + pointers, from) &&
               members(type,
                       {.data = wire::bytes(found.in->begin + found.at),
                        .data_bits = data_words * 64,
                        .first_pointer = found.at + data_words,
                        .pointers = pointers,
                        .in = found.in},
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
            return pointer_each(*found.in, found.at, count, none, nesting);
        }
        if (expected.element == element_size::INLINE_COMPOSITE) {
            return each_as_struct(expected.of,
                                  {.data = wire::bytes(found.in->begin + found.at),
                                   .data_bits = data_bits,
                                   .first_pointer = found.at,
                                   .pointers = pointers ? 1U : 0U,
                                   .in = found.in},
                                  count, 1, from, nesting);
        }
        return pointer_each(*found.in, found.at, count, expected.element == element_size::POINTER ? expected.of : none,
                            nesting);
    }

    bool list_of_structs(const expectation& expected, bool sized, const object& found, const place& from, int nesting)
    {
        const std::uint64_t words = wire::element_count(found.pointer);
        if (!has_words(found, words + 1, from)) {
            return false;
        }
        const auto tag = wire::read(found.in->begin + found.at);
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
                                  {.data = wire::bytes(found.in->begin + first),
                                   .data_bits = data_words * 64,
                                   .first_pointer = first + data_words,
                                   .pointers = pointers,
                                   .in = found.in},
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
            if (!pointer_each(*found.in, at, known, expected.of, nesting) ||
                !pointer_each(*found.in, at + known, pointers - known, none, nesting - 1)) {
                return false;
            }
        }
        return true;
    }

    /// `count` pointers, each as the plan's element says, or anything.
    bool pointer_each(const segment& in, std::uint32_t at, std::uint64_t count, std::uint32_t element, int nesting)
    {
        const auto expected = element == none ? expectation{} : plan_.elements_[element];
        const auto structure = structure_;
        const auto field = field_;
        for (const auto end = at + static_cast<std::uint32_t>(count); at < end; ++at) {
            const auto from = place_at(in, at);
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
            return pointer_each(*of.in, of.first_pointer, of.pointers, none, nesting);
        }
        const auto& known = plan_.structures_[type];
        // Defaults nest as what is in the message does, if its pointers are there and null.
        const bool look_at_defaults = std::cmp_greater(known.default_depth, nesting);
        const auto slots = std::min(of.pointers, known.slot_count);
        const auto* const fields = &plan_.slots_[known.first];
        for (std::uint32_t slot = 0; slot < slots; ++slot) {
            const auto from = place_at(*of.in, of.first_pointer + slot);
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
               pointer_each(*of.in, of.first_pointer + slots, of.pointers - slots, none, nesting);
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
    int nesting_;
};

message_fault check_message(const message_plan& plan, capnp::MessageReader& message, const capnp::ReaderOptions& limits)
{
    message_walk walk{plan, message, limits};
    static_cast<void>(walk.run());
    return walk.fault();
}

} // namespace samepage
