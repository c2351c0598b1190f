// SPDX-License-Identifier: BSL-1.0
// turn.hpp: a lock among processes that outlives its holder: whose holder died, the next one takes it over.
// Thread safety: one thread at a time for each process's end; that is what it is for among processes.
#pragma once

#include <samepage/ring/layout.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace samepage::ring {

/// Before one sleeps for a turn. By a policy: to a checker all but the first are repetition.
template <class Policy>
inline constexpr int turn_polls = 100;

/// Whose turn a word says it is: a slot; of a page that names none, or of no turn, no slot that there is.
[[nodiscard]] constexpr unsigned holder_of(std::uint32_t turn) noexcept
{
    return (turn & ~(std::uint32_t{1} << 31U)) - 1;
}

/// How a wait for a turn ended.
enum class turn_came {
    yes,
    from_dead, ///< the holder before died with it, in the middle of what it was at
    no,        ///< it was too late
};

/// For waits that end when it comes.
struct never_late {
    [[nodiscard]] bool operator()() const noexcept { return false; }
};

/// Late so long after the first time it is asked.
template <class Policy>
class late_after {
public:
    explicit late_after(std::chrono::milliseconds most) noexcept : most_(most) {}
    [[nodiscard]] bool operator()() noexcept
    {
        const auto now = Policy::now();
        end_ = end_ ? end_ : now + most_;
        return now >= *end_;
    }

private:
    std::chrono::milliseconds most_;
    std::optional<typename Policy::clock::time_point> end_;
};

/// Taken for some dozen instructions at a time. Its word: 0, or the holder's slot + 1, with a bit if somebody sleeps.
/// What the holder was at when it died is whole after each of its stores; see group_member.
/// A holder that is stopped, or a page that names a process which lives, keeps it from the others.
template <class Policy>
class turn {
public:
    using word = typename Policy::template word<std::uint32_t>;

    turn(word& shared, typename Policy::locks& locks, unsigned own_slot) noexcept
        : word_(&shared), locks_(&locks), own_(own_slot + 1)
    {
    }

    /// @param late  late(): whether to wait no longer; asked after each sleep, which is short.
    template <class Late>
    [[nodiscard]] turn_came lock(Late&& late) noexcept
    {
        for (int i = 0; i < turn_polls<Policy>; ++i) {
            if (try_lock()) {
                return turn_came::yes;
            }
            Policy::pause();
        }
        for (;;) {
            std::uint32_t found = word_->load(std::memory_order_relaxed);
            // T1 acquire: pairs with T2: what the holder before stored. T3 below likewise, of a dead one.
            if (found == 0) {
                if (word_->compare_exchange_strong(found, own_ | sleepers, std::memory_order_acquire)) {
                    return turn_came::yes;
                }
                continue;
            }
            if ((found & sleepers) == 0 &&
                !word_->compare_exchange_strong(found, found | sleepers, std::memory_order_relaxed)) {
                continue;
            }
            Policy::sleep(*word_, found | sleepers, look_after_holder);
            if (word_->load(std::memory_order_relaxed) == (found | sleepers) && take_over(found | sleepers)) {
                return turn_came::from_dead;
            }
            if (late()) {
                return turn_came::no;
            }
        }
    }

    void unlock() noexcept
    {
        // T2 release: pairs with T1.
        if ((word_->exchange(0, std::memory_order_release) & sleepers) != 0) {
            Policy::wake(*word_);
        }
    }

private:
    static constexpr std::uint32_t sleepers = std::uint32_t{1} << 31U;
    static constexpr std::chrono::milliseconds look_after_holder{2};

    [[nodiscard]] bool try_lock() noexcept
    {
        std::uint32_t free = 0;
        return word_->load(std::memory_order_relaxed) == 0 &&
               word_->compare_exchange_strong(free, own_, std::memory_order_acquire);
    }

    /// From a dead holder; also from a page that names none, and from who had our slot before us.
    [[nodiscard]] bool take_over(std::uint32_t found) noexcept
    {
        const std::uint32_t holder = found & ~sleepers;
        const auto take = [&] {
            return word_->compare_exchange_strong(found, own_ | sleepers, std::memory_order_acquire); // T3
        };
        if (holder == own_ || holder > most_consumers) {
            return take();
        }
        const std::uint64_t byte = lock_byte::consumer + holder - 1;
        if (!locks_->try_share(byte)) {
            return false;
        }
        const bool ours = take();
        locks_->unlock(byte);
        return ours;
    }

    word* word_;
    typename Policy::locks* locks_;
    std::uint32_t own_;
};

} // namespace samepage::ring
