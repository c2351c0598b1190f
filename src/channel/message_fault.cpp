// SPDX-License-Identifier: BSL-1.0
// message_fault.cpp: a fault of a message in words.
#include "channel/wire_pointer.hpp"

#include <samepage/channel/message_fault.hpp>

#include <utility>

namespace samepage {
namespace {

std::string number(std::uint64_t value, std::string_view of)
{
    return std::to_string(value) + ' ' + std::string{of};
}

/// What a pointer says that it leads to.
std::string describe(std::uint64_t pointer)
{
    constexpr std::string_view elements[] = {"elements of nothing", "bits",           "bytes",    "2-byte numbers",
                                             "4-byte numbers",      "8-byte numbers", "pointers", "words of structs"};
    switch (wire::kind_of(pointer)) {
    case wire::kind::structure:
        return "a struct of " + number(wire::data_words(pointer), "data words and ") +
               number(wire::pointer_count(pointer), "pointers");
    case wire::kind::list:
        return "a list of " +
               number(wire::element_count(pointer), elements[static_cast<unsigned>(wire::size_of_elements(pointer))]);
    case wire::kind::far: return "a far pointer to segment " + std::to_string(wire::far_segment(pointer));
    case wire::kind::other: break;
    }
    return wire::is_capability(pointer) ? "a capability" : "a pointer of an undefined kind";
}

std::string expectation_of(message_fault::kind what)
{
    using kind = message_fault::kind;
    switch (what) {
    case kind::none: break;
    case kind::header: return "a stream header whose segments make up the record, and a root pointer";
    case kind::out_of_bounds: return "an object that lies in its segment";
    case kind::unknown_segment: return "a segment of the message";
    case kind::far_out_of_bounds: return "a landing pad that lies in its segment";
    case kind::far_to_no_far: return "a far pointer as first word of a double-far landing pad";
    case kind::not_a_struct: return "a struct";
    case kind::not_a_list: return "a list";
    case kind::not_a_capability: return "a capability";
    case kind::unknown_pointer: return "a struct, a list or a capability";
    case kind::not_bytes: return "a list of bytes";
    case kind::not_terminated: return "a text that ends with NUL";
    case kind::bits: return "a list of bits where the schema has one, and nowhere else";
    case kind::elements_too_small: return "elements at least as large as the schema's";
    case kind::not_a_tag: return "the structs' size as first word of their list";
    case kind::elements_overrun: return "structs that fit in their list";
    case kind::too_deep: return "structs and lists nested no deeper than read_limits allow";
    case kind::too_much: return "parts that are pointed to once, and no more of them than read_limits allow";
    }
    return {};
}

std::string remedy_of(message_fault::kind what)
{
    using kind = message_fault::kind;
    if (what == kind::too_deep) {
        return "raise read_limits::nesting, if the message is meant to be so deep";
    }
    if (what == kind::too_much) {
        return "raise read_limits::least_words, if it is meant to be so";
    }
    return "leave the message out and look at its producer: what wrote it is no Cap'n Proto builder, has another "
           "schema, or goes on writing after it published";
}

} // namespace

error message_fault::as_error(const message_plan& plan, std::string_view channel) const
{
    std::string seen = what == kind::header ? "another, or none" : describe(found);
    if (structure < plan.structures_.size()) {
        seen += " at " + plan.structures_[structure].name;
        seen += field < plan.fields_.size() ? '.' + plan.fields_[field].name : ", in a pointer that it does not know";
    }
    if (what != kind::header) {
        seen += " (word " + std::to_string(word) + " of segment " + std::to_string(segment) + ')';
    }
    return error{errc::malformed,
                 {.operation = "read message",
                  .channel = std::string{channel},
                  .expected = expectation_of(what),
                  .found = std::move(seen),
                  .remedy = remedy_of(what)}};
}

std::string message_fault::text(const message_plan& plan) const
{
    return *this ? as_error(plan).what() : std::string{};
}

error reading_error(const kj::Exception& thrown)
{
    return error{errc::malformed,
                 {.operation = "read message",
                  .expected = "pointers that Cap'n Proto's readers follow",
                  .found = thrown.getDescription().cStr(),
                  .remedy = "leave the message out, or let each one be checked when it is taken (read_limits::check)"}};
}

} // namespace samepage
