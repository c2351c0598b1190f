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
    explicit leases(unsigned most) : first_(most), all_(~std::uint64_t{0} >> (64 - most)), free_(all_) {}

    [[nodiscard]] bool full() const noexcept { return free_ == 0; }
    [[nodiscard]] unsigned count() const noexcept
    {
        return static_cast<unsigned>(first_.size()) - static_cast<unsigned>(std::popcount(free_));
    }
    /// The ticket that take() gives next. @pre !full()
    [[nodiscard]] unsigned next_ticket() const noexcept
    {
        return static_cast<unsigned>(__builtin_ctzll(free_)); // std::countr_zero() asks for 0 once more
    }

    /// Lends what begins with the record `first`; later calls name no lower place. @pre !full()
    [[gnu::always_inline]] unsigned take(const standing& first) noexcept
    {
        assert(!full());
        const unsigned ticket = next_ticket();
        free_ &= free_ - 1;
        first_[ticket] = first;
        return ticket;
    }

    /// @return whether the oldest one went.
    [[gnu::always_inline]] bool release(unsigned ticket) noexcept
    {
        free_ |= std::uint64_t{1} << ticket;
        return free_ == all_ || first_[ticket].place < least().place;
    }

    /// The first record of the oldest lease; `none` if there is none.
    [[nodiscard, gnu::always_inline]] standing oldest(const standing& none) const noexcept
    {
        return free_ == all_ ? none : least();
    }

private:
    /// @pre count() != 0
    [[nodiscard, gnu::noinline]] standing least() const noexcept
    {
        standing least{.place = ~position{0}};
        for (std::uint64_t taken = free_ ^ all_; taken != 0; taken &= taken - 1) {
            const standing& first = first_[static_cast<unsigned>(std::countr_zero(taken))];
            least = first.place < least.place ? first : least;
        }
        return least;
    }

    std::vector<standing> first_;
    std::uint64_t all_;  ///< bit i: there is a ticket i
    std::uint64_t free_; ///< bit i: ticket i is nobody's
};

} // namespace samepage::ring
