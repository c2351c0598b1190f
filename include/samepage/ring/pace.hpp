// SPDX-License-Identifier: BSL-1.0
// pace.hpp: when a consumer that keeps up should look less often, so that the producer gets ahead.
// Thread safety: none; a part of one consumer.
#pragma once

#include <algorithm>
#include <cstddef>

namespace samepage::ring {

/// A consumer that has caught up polls the very line the producer stores to, and takes it away for each record. Waiting
/// a moment before that look lets many records come at once; but done to a peer that waits for our answer it would only
/// be late. So: after some looks in a row that found records at once, wait a little; while each wait brings about as
/// many records as it had pauses, wait longer, up to `most`; at the first that does not, stop, and let the next attempt
/// come after twice as many looks. Records that come slower than a pause are never held up: they fail the first
/// attempt. Source: docs/decisions/0004.
template <class Policy>
class pace {
public:
    /// @param most  pauses before a look; 0: never wait.
    explicit pace(unsigned most) noexcept : most_(most) {}

    /// Before the first look of a consumer that has caught up. That look is the one that takes the line away.
    void before_look() noexcept
    {
        for (unsigned i = 0; i < wait_; ++i) {
            Policy::pause();
        }
    }

    /// A look found nothing, and another follows.
    void came_early() noexcept
    {
        ++polls_;
        if (wait_ != 0) {
            stop();
        }
    }

    /// A look found `count` records, perhaps after some that found none.
    void came(std::size_t count) noexcept
    {
        const unsigned polls = polls_;
        polls_ = 0;
        if (wait_ != 0) {
            if (count + return_trip < wait_) {
                stop();
            } else {
                wait_ = std::min(2 * wait_, most_);
            }
        } else if (polls > at_once) {
            in_a_row_ = 0;
        } else if (++in_a_row_ >= before_wait_) {
            in_a_row_ = 0;
            wait_ = std::min(first_wait, most_);
        }
    }

    [[nodiscard]] unsigned pauses() const noexcept { return wait_; }

    static constexpr unsigned at_once = 4;      ///< polls
    static constexpr unsigned first_wait = 32;  ///< pauses
    static constexpr unsigned return_trip = 16; ///< pauses it may take until the producer has its line back
    static constexpr unsigned shortest = 16;    ///< looks before the first attempt
    static constexpr unsigned longest = 1U
                                        << 12U; ///< the same after many that failed: each then costs below 1 ns a look

private:
    void stop() noexcept
    {
        before_wait_ = wait_ < most_ ? std::min(2 * before_wait_, longest) : shortest;
        wait_ = 0;
        in_a_row_ = 0;
    }

    unsigned most_;
    unsigned wait_ = 0; ///< pauses before the next look
    unsigned polls_ = 0;
    unsigned in_a_row_ = 0;
    unsigned before_wait_ = shortest;
};

} // namespace samepage::ring
