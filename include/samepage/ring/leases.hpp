// SPDX-License-Identifier: BSL-1.0
// leases.hpp: what a consumer was handed of a lane and has not given back. Private memory of a consumer.
// Thread safety: none; a part of one consumer.
#pragma once

#include <samepage/ring/layout.hpp>

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace samepage::ring {

/// A handful of leases, given back in any order. A lease's ticket is a small number, free again once it is given back.
class leases {
public:
    /// @param most  1 to 64
    explicit leases(unsigned most) : begins_(most), all_(~std::uint64_t{0} >> (64 - most)), free_(all_) {}

    [[nodiscard]] bool full() const noexcept { return free_ == 0; }
    [[nodiscard]] unsigned count() const noexcept
    {
        return static_cast<unsigned>(begins_.size()) - static_cast<unsigned>(std::popcount(free_));
    }
    /// Bit i: ticket i was given and not given back.
    [[nodiscard]] std::uint64_t taken() const noexcept { return free_ ^ all_; }
    /// The ticket that take() gives next. @pre !full()
    [[nodiscard]] unsigned next_ticket() const noexcept
    {
        return static_cast<unsigned>(__builtin_ctzll(free_)); // std::countr_zero() asks for 0 once more
    }

    /// Lends what begins at `begin`; later calls name no lower place. @pre !full()
    [[gnu::always_inline]] unsigned take(position begin) noexcept
    {
        assert(!full());
        const unsigned ticket = next_ticket();
        free_ &= free_ - 1;
        begins_[ticket] = begin;
        return ticket;
    }

    /// @return whether the oldest one went.
    [[gnu::always_inline]] bool release(unsigned ticket) noexcept
    {
        free_ |= std::uint64_t{1} << ticket;
        return free_ == all_ || begins_[ticket] < least();
    }

    /// Where the oldest lease begins; `none` if there is none.
    [[nodiscard, gnu::always_inline]] position oldest(position none) const noexcept
    {
        return free_ == all_ ? none : least();
    }

    // ---- Where the consumer would stand if it had not taken what is not given back.

    /// From now on note() follows each take(). @throws std::bad_alloc
    void keep_notes() { notes_.resize(begins_.size()); }
    /// Of the lease `ticket`: its first record's number, and how many before it were lost.
    void note(unsigned ticket, std::uint64_t number, std::uint64_t lost) noexcept
    {
        notes_[ticket] = {begins_[ticket], number, lost};
    }
    /// The oldest lease's; `none` if there is none.
    [[nodiscard]] standing oldest_standing(const standing& none) const noexcept
    {
        standing oldest = none;
        for (std::uint64_t taken = free_ ^ all_; taken != 0; taken &= taken - 1) {
            const standing& each = notes_[static_cast<unsigned>(std::countr_zero(taken))];
            oldest = each.place < oldest.place ? each : oldest;
        }
        return oldest;
    }

private:
    /// @pre count() != 0
    [[nodiscard, gnu::noinline]] position least() const noexcept
    {
        position least = ~position{0};
        for (std::uint64_t taken = free_ ^ all_; taken != 0; taken &= taken - 1) {
            const position begin = begins_[static_cast<unsigned>(std::countr_zero(taken))];
            least = begin < least ? begin : least;
        }
        return least;
    }

    std::vector<position> begins_;
    std::vector<standing> notes_; ///< empty unless somebody asks for standings
    std::uint64_t all_;           ///< bit i: there is a ticket i
    std::uint64_t free_;          ///< bit i: ticket i is nobody's
};

} // namespace samepage::ring
