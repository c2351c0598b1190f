// SPDX-License-Identifier: BSL-1.0
// pace.hpp: when a consumer that keeps up should look less often, so that the producer gets ahead.
// Thread safety: none; a part of one consumer.
#pragma once

#include <algorithm>
#include <cstddef>

namespace samepage::ring {

/// A consumer that has caught up polls the very line the producer stores to, and takes it away for each record. Waiting
/// a moment before that look lets many records come at once; but done to a peer that waits for our answer it would only
/// be late. So: after some looks in a row that found records at once, wait a little; while a wait of twice the length
/// brings half as many records again, wait twice as long, up to `most`. What a peer keeps in flight does not grow with
/// the wait. A wait that does not pay is forgiven once to a stream that had got that far, and ends the waiting
/// otherwise; the next attempt then comes after twice as many looks. Records that come slower than one in eight pauses
/// are not held up: they fail an early attempt. Nor is whoever takes one record at a time: one is no stream.
/// Source: docs/decisions/0004.
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
    [[gnu::always_inline]] void came_early() noexcept
    {
        if (++polls_ == 1 && wait_ != 0) [[unlikely]] {
            shorten();
        }
    }

    /// A look found `count` records, perhaps after some that found none.
    [[gnu::always_inline]] void came(std::size_t count) noexcept
    {
        const unsigned polls = polls_;
        polls_ = 0;
        if (wait_ == 0 && polls > at_once * count) { // an answer was awaited
            in_a_row_ = 0;
        } else if (polls == 0 || wait_ == 0) { // else shortened already
            came_at_once(count);
        }
    }

    [[nodiscard]] unsigned pauses() const noexcept { return wait_; }

    static constexpr unsigned at_once = 4;      ///< polls a record
    static constexpr unsigned first_wait = 32;  ///< pauses
    static constexpr unsigned return_trip = 16; ///< pauses it may take until the producer has its line back
    static constexpr unsigned pauses_a_record = 4;
    static constexpr unsigned shortest = 16; ///< looks before the first attempt
    static constexpr unsigned longest = 1U
                                        << 12U; ///< the same after many that failed: each then costs below 1 ns a look

private:
    [[gnu::noinline]] void came_at_once(std::size_t count) noexcept
    {
        if (wait_ == 0) {
            if (++in_a_row_ >= before_wait_) {
                in_a_row_ = 0;
                wait_ = std::min(first_wait, most_);
            }
        } else if (count < 2 || pauses_a_record * count + return_trip < wait_ || 2 * count < 3 * brought_) {
            shorten();
        } else if (wait_ == most_) {
            streams_ = true;
            brought_ = 0;
            before_wait_ = shortest;
        } else {
            wait_ = std::min(2 * wait_, most_);
            brought_ = count;
        }
    }

    /// A wait did not pay. Forgiven once to a stream; else there is none.
    [[gnu::noinline]] void shorten() noexcept
    {
        brought_ = 0;
        if (streams_) {
            streams_ = false;
            wait_ = std::max(wait_ / 2, 1U);
        } else {
            wait_ = 0;
            in_a_row_ = 0;
            before_wait_ = std::min(2 * before_wait_, longest);
        }
    }

    unsigned most_;
    unsigned wait_ = 0;       ///< pauses before the next look
    std::size_t brought_ = 0; ///< records, by the wait of half the length; 0: nothing to compare with
    bool streams_ = false;    ///< the longest wait paid, and none failed since
    unsigned polls_ = 0;
    unsigned in_a_row_ = 0;
    unsigned before_wait_ = shortest;
};

} // namespace samepage::ring
