// SPDX-License-Identifier: BSL-1.0
// wait_any.cpp: wait_until_ready()'s steps with many bells at once.
#include <samepage/memory/futex.hpp>
#include <samepage/ring/wait_any.hpp>

#include <algorithm>
#include <vector>

namespace samepage::ring {

std::optional<std::size_t> wait_any(std::span<waiting_party* const> all, wait_policy how, time_limit limit)
{
    using clock = hardware::clock;
    const auto find = [&](auto&& what) -> std::optional<std::size_t> {
        const auto found = std::find_if(all.begin(), all.end(), what);
        return found != all.end() ? std::optional(static_cast<std::size_t>(found - all.begin())) : std::nullopt;
    };
    const auto ready = [&] { return find([](waiting_party* each) { return each->ready(); }); };
    const auto over = [&] { return find([](waiting_party* each) { return each->over(); }); };
    const auto closed = [&] { return find([](waiting_party* each) { return each->may_be_over() && each->over(); }); };
    if (const auto found = ready()) {
        return found;
    }
    if (const auto found = over()) {
        return found;
    }
    const auto begin = hardware::now();
    auto checked = begin;
    constexpr int polls_between_clocks = 64;
    for (auto now = begin; now - begin < how.spin; now = hardware::now()) {
        for (int i = 0; i < polls_between_clocks; ++i) {
            if (const auto found = ready()) {
                return found;
            }
            hardware::pause();
        }
        if (const auto ended = closed()) {
            return ended;
        }
        if (now - checked >= slice) {
            checked = now;
            if (const auto ended = over()) {
                return ended;
            }
        }
        if (limit && now >= *limit) {
            break;
        }
    }
    std::vector<memory::futex_expectation> bells(all.size());
    for (;;) {
        // As in wait_until_ready(): W4, W3, W6, for each of them.
        for (std::size_t i = 0; i < all.size(); ++i) {
            const auto place = all[i]->place();
            bells[i] = {&place.doorbell, announce_sleep(place)};
        }
        hardware::heavy_fence();
        const auto now = hardware::now();
        auto found = ready();
        found = found ? found : closed();
        const bool late = limit && now >= *limit;
        if (!found && !late) {
            memory::futex_wait_any(bells, limit ? std::min<std::chrono::nanoseconds>(slice, *limit - now) : slice);
        }
        for (waiting_party* const each : all) {
            end_sleep(each->place());
        }
        if (found || (found = ready()) || (found = closed())) {
            return found;
        }
        const auto awake = clock::now();
        if (late || awake - checked >= slice) {
            checked = awake;
            if (const auto ended = over()) {
                return ended;
            }
        }
        if (late) {
            return std::nullopt;
        }
    }
}

} // namespace samepage::ring
