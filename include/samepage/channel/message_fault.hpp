// SPDX-License-Identifier: BSL-1.0
// message_fault.hpp: what is wrong in a message, and where: a value, its words made when they are asked for.
// Thread safety: as an int.
#pragma once

#include <samepage/channel/message_plan.hpp>
#include <samepage/core/error.hpp>
#include <samepage/core/outcome.hpp>

#include <kj/exception.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace samepage {

/// The first fault that check_message() met; none, if the message is sound.
struct message_fault {
    enum class kind : std::uint8_t {
        none,
        header,             ///< no stream header, or one whose sizes are not the record's
        out_of_bounds,      ///< what a pointer leads to does not lie in its segment
        unknown_segment,    ///< a far pointer into a segment that is not there, or empty
        far_out_of_bounds,  ///< its landing pad does not lie in its segment
        far_to_no_far,      ///< the first of two words of a landing pad is no far pointer
        not_a_struct,       ///< another kind of pointer
        not_a_list,         ///<
        not_a_capability,   ///<
        unknown_pointer,    ///< of a kind that Cap'n Proto has not defined
        not_bytes,          ///< a text or data whose elements are not bytes
        not_terminated,     ///< a text without its NUL
        bits,               ///< a list of bits where another was to be, or another where one was to be
        elements_too_small, ///< a list whose elements lack the data or the pointer of the expected ones
        not_a_tag,          ///< a list of structs that does not begin with their size
        elements_overrun,   ///< a list of structs that do not fit in the list's size
        too_deep,           ///< read_limits::nesting
        too_much,           ///< more than read_limits allow, as from pointers in a circle
    };

    kind what = kind::none;
    std::uint32_t segment = 0; ///< where the pointer lies
    std::uint32_t word = 0;    ///< in it, counted from its begin
    std::uint64_t found = 0;   ///< the pointer, far pointers followed; of a list of structs, its tag
    // Whose pointer it is, in the plan: UINT32_MAX if the schema does not know it.
    std::uint32_t structure = UINT32_MAX;
    std::uint32_t field = UINT32_MAX;

    /// True if there is a fault.
    explicit operator bool() const noexcept { return what != kind::none; }
    /// ok or corrupt.
    [[nodiscard]] outcome why() const noexcept { return *this ? outcome::corrupt : outcome::ok; }

    /// "read message: malformed …: expected a list of bytes, found a struct of … at Sample.text (word 12 of segment 0);
    /// …". "" if there is no fault.
    /// @param plan  the one that the message was checked by.
    [[nodiscard]] std::string text(const message_plan& plan) const;

    /// The same, to be thrown. @pre *this is a fault.
    [[nodiscard]] error as_error(const message_plan& plan, std::string_view channel = {}) const;
};

/// What a getter threw at a message that was not checked, as an error of ours: malformed, with Cap'n Proto's own words.
[[nodiscard]] error reading_error(const kj::Exception& thrown);

} // namespace samepage
