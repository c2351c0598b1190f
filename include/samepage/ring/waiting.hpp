// SPDX-License-Identifier: BSL-1.0
// waiting.hpp: spin, then sleep on one's doorbell, in slices that bound what a death between publish and wake costs.
#pragma once

#include <samepage/core/atomics.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace samepage {

/// How a call that waits spends its time.
struct wait_policy {
    /// Polls this long before it sleeps. Larger answers faster and burns a processor; zero sleeps at once.
    std::chrono::nanoseconds spin = std::chrono::microseconds{50};
    /// A consumer that keeps up with a stream of small records makes at most this many pauses (each some tens of ns)
    /// between two looks, while that brings more of them: the producer then writes undisturbed, several times as many
    /// records a second. Request and reply, streams slower than a record in eight pauses, and takes of one record at a
    /// time are not held up. 0: never.
    unsigned gather_pauses = 128;

    /// Never sleeps: for a thread that has a processor to itself.
    [[nodiscard]] static constexpr wait_policy busy() noexcept { return {.spin = std::chrono::nanoseconds::max()}; }
    /// Sleeps at once.
    [[nodiscard]] static constexpr wait_policy sleep() noexcept { return {.spin = std::chrono::nanoseconds::zero()}; }
};

namespace ring {

/// The words that a sleeper shares with those who wake it.
template <class Policy>
struct sleeping_place {
    typename Policy::template word<std::uint64_t>& mask;
    std::uint64_t bit;
    typename Policy::template word<std::uint32_t>& doorbell;
};

/// Says that one is about to sleep; a heavy fence (W6) and a last look come next.
/// @return the bell's value, to sleep on.
template <class Policy>
[[nodiscard]] std::uint32_t announce_sleep(const sleeping_place<Policy>& place)
{
    // W4 acquire: pairs with W2. Read before the bit is set: a bell rung from then on changes it.
    const std::uint32_t bell = place.doorbell.load(std::memory_order_acquire);
    // W3 acq_rel: pairs with W1: our bit is set and cleared by one party at a time.
    place.mask.fetch_or(place.bit, std::memory_order_acq_rel);
    return bell;
}

template <class Policy>
void end_sleep(const sleeping_place<Policy>& place)
{
    place.mask.fetch_and(~place.bit, std::memory_order_acq_rel);
}

/// From here on whoever wakes `place` rings its descriptor as well; a last look comes next.
/// @param armed  the sleeper's word that says so.
template <class Policy>
void arm(const sleeping_place<Policy>& place, typename Policy::template word<std::uint32_t>& armed)
{
    // W7 release: pairs with W8, by way of the bit (W3, W1): who claims the bit sees that the descriptor is to be rung.
    armed.store(1, std::memory_order_release);
    (void)announce_sleep(place);
    Policy::heavy_fence(); // W6, as in wait_until_ready()
}

template <class Policy>
void disarm(const sleeping_place<Policy>& place, typename Policy::template word<std::uint32_t>& armed)
{
    end_sleep(place);
    armed.store(0, std::memory_order_relaxed);
}

/// Longest time between two looks at whether the peers live.
inline constexpr std::chrono::milliseconds slice{10};

/// Defaults of wait_until_ready().
struct never_over {
    [[nodiscard]] constexpr bool operator()() const noexcept { return false; }
};
template <class Policy>
struct one_pause {
    void operator()() const noexcept { Policy::pause(); }
};

/// Waits until `ready()` or until `limit`.
/// @param ready  looks for what is awaited; called often.
/// @param idle   called about every `slice` while nothing comes: looks after the dead; true ends the wait.
/// @param over   true ends the wait as well: looked at less often than ready(), and always before sleep and after it.
/// @param apart  what to do between two looks while spinning.
/// @return false if the limit passed and ready() was false after it.
template <class Policy, class Ready, class Idle, class Over = never_over, class Apart = one_pause<Policy>>
bool wait_until_ready(const sleeping_place<Policy>& place, wait_policy how,
                      std::optional<typename Policy::clock::time_point> limit, Ready&& ready, Idle&& idle,
                      Over&& over = {}, Apart&& apart = {})
{
    constexpr int polls_between_clocks = 64;
    const auto begin = Policy::now();
    auto checked = begin;
    for (bool first = true; how.spin.count() > 0; first = false) {
        for (int i = 0; i < polls_between_clocks; ++i) {
            if (ready()) {
                return true;
            }
            apart();
        }
        if (over()) {
            return true;
        }
        const auto now = first ? begin : Policy::now();
        if (limit && now >= *limit) {
            return ready();
        }
        if (now - checked >= slice) {
            checked = now;
            if (idle()) {
                return true;
            }
        }
        if (now - begin >= how.spin) {
            break;
        }
    }
    for (;;) {
        const std::uint32_t bell = announce_sleep(place);
        // W6 heavy fence: our bit before our last look; meets W5. Either the publisher sees our bit, or we see its
        // record.
        Policy::heavy_fence();
        const auto now = Policy::now();
        const bool came = ready() || over();
        const bool late = limit && now >= *limit;
        if (!came && !late) {
            const auto most = limit ? std::min<std::chrono::nanoseconds>(slice, *limit - now) : slice;
            Policy::sleep(place.doorbell, bell, most);
        }
        end_sleep(place);
        if (came || ready() || over()) {
            return true;
        }
        if (late) {
            return false;
        }
        const auto awake = Policy::now();
        if (awake - checked >= slice) {
            checked = awake;
            if (idle()) {
                return true;
            }
        }
    }
}

} // namespace ring
} // namespace samepage
