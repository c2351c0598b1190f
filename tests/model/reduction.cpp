// SPDX-License-Identifier: BSL-1.0
// reduction.cpp: depth first without repeating what differs in the order of independent steps only: source sets and
// sleep sets, after Abdulla, Aronsson, Jonsson and Sagonas, "Optimal dynamic partial order reduction", POPL 2014.
#include "model/engine.hpp"

#include <algorithm>

namespace model {
namespace {

constexpr bool is_location(kind what) noexcept
{
    return what <= kind::plain_store || what == kind::sleep || what == kind::wake || what == kind::awake;
}
constexpr bool is_lock(kind what) noexcept
{
    return what == kind::lock || what == kind::held;
}

/// Steps of different processes whose order matters.
bool dependent(const step& a, unsigned process_a, const step& b, unsigned process_b) noexcept
{
    if (a.what == kind::fence_other || b.what == kind::fence_other) {
        const bool both_fence = (a.what == kind::fence_other || a.what == kind::fence) &&
                                (b.what == kind::fence_other || b.what == kind::fence);
        return both_fence || a.other == static_cast<int>(process_b) || b.other == static_cast<int>(process_a);
    }
    if (a.what == kind::die || b.what == kind::die) {
        const step& other = a.what == kind::die ? b : a;
        return (is_lock(other.what) && (a.mask & b.mask) != 0) || other.what == kind::awake ||
               other.what == kind::join || other.what == kind::sleep;
    }
    if (is_location(a.what) && is_location(b.what)) {
        return a.where == b.where && !(a.what == kind::load && b.what == kind::load) &&
               !(a.what == kind::plain_store && b.what == kind::plain_store);
    }
    if (is_lock(a.what) && is_lock(b.what)) {
        return (a.mask & b.mask) != 0 && !(a.what == kind::held && b.what == kind::held);
    }
    if (a.what == kind::fence && b.what == kind::fence) {
        return true;
    }
    return (a.what == kind::join && b.what == kind::end) || (a.what == kind::end && b.what == kind::join);
}

/// The second can come only because of the first.
bool enables(const step& first, const step& second) noexcept
{
    return second.what == kind::join ||
           (second.what == kind::awake && (first.what == kind::wake || first.what == kind::die));
}

} // namespace

unsigned engine::pick(node& fresh)
{
    for (unsigned i = 0; i < processes_; ++i) {
        fresh.next[i] = actors_[i].next;
    }
    fresh.done = fresh.backtrack = fresh.sleep = 0;
    if (deviations_ >= 0) {
        count_deviations(fresh);
        fresh.backtrack = deviations_left(fresh) > 0 ? fresh.enabled : fresh.free;
    } else if (!reduce_) {
        fresh.backtrack = fresh.enabled;
    } else if (depth_ > 0) {
        const node& before = path_[depth_ - 1];
        const unsigned asleep = (before.sleep | before.done) & ~(1U << before.process);
        for (unsigned i = 0; i < processes_; ++i) {
            if ((asleep >> i & 1U) == 0) {
                continue;
            }
            const bool could_die = (mortals_ >> i & 1U) != 0 &&
                                   dependent({.what = kind::die, .mask = locks_of(i)}, i, before.made, before.process);
            if (!could_die && !dependent(before.next[i], i, before.made, before.process)) {
                fresh.sleep |= static_cast<std::uint8_t>(1U << i);
            }
        }
    }
    const unsigned candidates = fresh.enabled & ~fresh.sleep;
    if (candidates == 0) {
        return most_processes;
    }
    const unsigned last = depth_ > 0 ? path_[depth_ - 1].process : 0;
    const unsigned chosen = (candidates >> last & 1U) != 0 ? last : static_cast<unsigned>(__builtin_ctz(candidates));
    fresh.backtrack |= static_cast<std::uint8_t>(1U << chosen);
    return chosen;
}

/// What led here, and who may go on for nothing: who made the last step, or anybody if it cannot.
void engine::count_deviations(node& fresh) const noexcept
{
    fresh.spent = 0;
    fresh.free = fresh.enabled;
    if (depth_ > 0) {
        const node& before = path_[depth_ - 1];
        const bool preempted = (before.free >> before.process & 1U) == 0;
        fresh.spent = static_cast<std::uint8_t>(before.spent + (preempted ? 1 : 0) + (before.outcome != 0 ? 1 : 0));
        const unsigned last = 1U << before.process;
        fresh.free = static_cast<std::uint8_t>((fresh.enabled & last) != 0 ? last : fresh.enabled);
    }
}

int engine::deviations_left(const node& at) const noexcept
{
    return deviations_ - at.spent;
}

/// The steps at `first` and at this depth are in a race: the other order is to be explored as well. What has to come
/// first then is what lies between and does not follow `first`; one of those that can begin it is enough.
void engine::reverse(std::size_t first)
{
    node& earlier = path_[first];
    unsigned initials = 0;
    std::array<std::size_t, most_processes> begins{};
    unsigned begun = 0;
    for (std::size_t i = first + 1; i <= depth_; ++i) {
        const node& later = path_[i];
        const bool last = i == depth_;
        if ((begun >> later.process & 1U) != 0 ||
            (!last && later.clock[earlier.process] > static_cast<std::int16_t>(first))) {
            continue;
        }
        bool initial = true;
        for (unsigned k = 0; k < processes_; ++k) {
            initial = initial && ((begun >> k & 1U) == 0 || later.clock[k] <= static_cast<std::int16_t>(begins[k]));
        }
        begins[later.process] = i;
        begun |= 1U << later.process;
        initials |= initial ? 1U << later.process : 0U;
    }
    initials &= earlier.enabled;
    if (initials == 0) {
        earlier.backtrack |= earlier.enabled;
    } else if ((initials & earlier.backtrack) == 0) {
        earlier.backtrack |= static_cast<std::uint8_t>(initials & ~(initials - 1));
    }
}

/// The step at this depth is `what`: orders it after those it depends on, and notes where it could come earlier.
void engine::make(node& here, const step& what)
{
    here.made = what;
    if (random_mode_ || !reduce_ || depth_ + 1 < planned_) {
        return; // as the last time
    }
    const unsigned me = here.process;
    here.clock = {};
    for (std::size_t i = depth_; i-- > 0;) {
        if (path_[i].process == me) {
            here.clock = path_[i].clock;
            break;
        }
    }
    std::array<std::size_t, most_steps> races; // NOLINT: filled as far as read
    std::size_t count = 0;
    for (std::size_t i = depth_; i-- > 0;) {
        const node& earlier = path_[i];
        if (earlier.process == me || !dependent(earlier.made, earlier.process, what, me)) {
            continue;
        }
        const bool follows = here.clock[earlier.process] > static_cast<std::int16_t>(i);
        if (follows && what.other != once_free) {
            continue; // a lock that was waited for follows its giving back, and could yet have come before its taking
        }
        if (!enables(earlier.made, what)) {
            races[count++] = i;
        }
        for (std::size_t k = 0; k < most_processes; ++k) {
            here.clock[k] = std::max(here.clock[k], earlier.clock[k]);
        }
    }
    here.clock[me] = static_cast<std::int16_t>(depth_ + 1);
    while (count > 0) {
        reverse(races[--count]);
    }
}

/// The deepest choice that is left. False: none is.
bool engine::next_path()
{
    while (depth_ > 0) {
        node& here = path_[depth_ - 1];
        if (here.outcome + 1 < here.outcomes) {
            ++here.outcome;
            planned_ = depth_;
            return true;
        }
        here.done |= static_cast<std::uint8_t>(1U << here.process);
        const unsigned left = here.backtrack & here.enabled & ~here.done & ~here.sleep;
        if (left != 0) {
            here.process = static_cast<std::uint8_t>(__builtin_ctz(left));
            here.outcome = 0;
            planned_ = depth_;
            return true;
        }
        --depth_;
    }
    return false;
}

} // namespace model
