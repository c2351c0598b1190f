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
    /// The ticket that take() gives next. @pre !full()
    [[nodiscard]] unsigned next_ticket() const noexcept { return static_cast<unsigned>(std::countr_zero(free_)); }

    /// Lends what begins at `begin`; later calls name no lower place. @pre !full()
    unsigned take(position begin) noexcept
    {
        assert(!full());
        const unsigned ticket = next_ticket();
        begins_[ticket] = begin;
        free_ &= free_ - 1;
        return ticket;
    }

    /// @return whether the oldest one went.
    bool release(unsigned ticket) noexcept
    {
        free_ |= std::uint64_t{1} << ticket;
        return free_ == all_ || begins_[ticket] < oldest(no_place);
    }

    /// Where the oldest lease begins; `none` if there is none.
    [[nodiscard]] position oldest(position none) const noexcept
    {
        if (free_ == all_) [[likely]] {
            return none;
        }
        position least = no_place;
        for (std::uint64_t taken = free_ ^ all_; taken != 0; taken &= taken - 1) {
            const position begin = begins_[static_cast<unsigned>(std::countr_zero(taken))];
            least = begin < least ? begin : least;
        }
        return least;
    }

private:
    static constexpr position no_place = ~position{0};

    std::vector<position> begins_;
    std::uint64_t all_;  ///< bit i: there is a ticket i
    std::uint64_t free_; ///< bit i: ticket i is nobody's
};

} // namespace samepage::ring
