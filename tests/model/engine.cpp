// SPDX-License-Identifier: BSL-1.0
// engine.cpp: one execution: who goes on, and what comes of a step.
#include "model/engine.hpp"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace model {
namespace {

constexpr std::size_t stack_bytes = 256 * 1024;
constexpr unsigned most_timeouts = 8; ///< of one process, while nobody else can do anything
constexpr unsigned early_timeouts = 1;

struct scene_failed {};

} // namespace

engine& the_engine()
{
    static engine one;
    return one;
}

engine::engine()
{
    for (auto& actor : actors_) {
        actor.stack = std::make_unique<fiber>(stack_bytes);
    }
    path_.resize(most_steps + 1);
}

engine::~engine() = default;

std::uint64_t engine::random() noexcept
{
    std::uint64_t z = (random_state_ += 0x9e37'79b9'7f4a'7c15);
    z = (z ^ (z >> 30U)) * 0xbf58'476d'1ce4'e5b9;
    z = (z ^ (z >> 27U)) * 0x94d0'49bb'1331'11eb;
    return z ^ (z >> 31U);
}

unsigned engine::add_location(std::uint32_t& id)
{
    id = memory_.add() + 1;
    ids_.push_back(&id);
    return id - 1;
}

// ---- one execution ----

void engine::body(void* self)
{
    auto& engine = *static_cast<model::engine*>(self);
    const unsigned me = engine.current_;
    engine.program_->run(me);
    engine.announce({.what = kind::end});
    engine.choose(1, where_in_source::current());
    engine.actors_[me].at = place::ended;
    engine.schedule();
    std::abort();
}

unsigned engine::enabled() const noexcept
{
    unsigned found = 0;
    unsigned sleepers = 0;
    unsigned over = 0;
    const bool clock_runs = deaths_ != 0 || time_passes_;
    for (unsigned i = 0; i < processes_; ++i) {
        if (actors_[i].at == place::ended || actors_[i].at == place::dead) {
            over |= 1U << i;
        }
    }
    for (unsigned i = 0; i < processes_; ++i) {
        const participant& actor = actors_[i];
        switch (actor.at) {
        case place::ready: found |= 1U << i; break;
        case place::asleep:
            if (actor.woken || (clock_runs && actor.timeouts < early_timeouts)) {
                found |= 1U << i;
            } else if (clock_runs && actor.timeouts < most_timeouts) {
                sleepers |= 1U << i;
            }
            break;
        case place::joining:
            if ((actor.next.mask & ~over) == 0) {
                found |= 1U << i;
            }
            break;
        case place::locking:
            if (is_free(static_cast<unsigned>(std::countr_zero(actor.next.mask)), i)) {
                found |= 1U << i;
            }
            break;
        case place::ended:
        case place::dead: break;
        }
    }
    return found != 0 ? found : sleepers;
}

unsigned engine::pick_random(unsigned candidates)
{
    unsigned best = most_processes;
    for (unsigned i = 0; i < processes_; ++i) {
        if ((candidates >> i & 1U) != 0 && (best == most_processes || actors_[i].priority > actors_[best].priority)) {
            best = i;
        }
    }
    if (change_left_ != 0 && random() % longest_ < change_left_) {
        --change_left_;
        actors_[best].priority = static_cast<unsigned>(random() % 1000); // lower for most
        return pick_random(candidates);
    }
    return best;
}

std::uint32_t engine::locks_of(unsigned process) const noexcept
{
    std::uint32_t mask = 0;
    for (std::size_t byte = 0; byte < locks_.size(); ++byte) {
        const auto& lock = locks_[byte];
        mask |= lock.owner == static_cast<int>(process) || (lock.sharers >> process & 1U) != 0 ? 1U << byte : 0U;
    }
    return mask;
}

/// Somebody's next step is chosen, and they go on; or the execution ends.
void engine::schedule()
{
    const unsigned me = current_;
    if (depth_ >= most_steps) {
        fail("goes on without end");
    }
    node& here = path_[depth_];
    if (depth_ >= planned_) {
        const unsigned can = enabled();
        if (can == 0) {
            leave_execution();
        }
        here.enabled = static_cast<std::uint8_t>(can);
        here.outcome = 0;
        here.process = static_cast<std::uint8_t>(random_mode_ ? pick_random(can) : pick(here));
        if (here.process == most_processes) {
            redundant_ = true;
            leave_execution();
        }
    } else if (replaying_ && (enabled() >> here.process & 1U) == 0) {
        fail("these choices are of another program");
    }
    if (here.process != me) {
        current_ = here.process;
        actors_[current_].stack->enter_from(me == most_processes ? main_ : *actors_[me].stack);
    }
}

void engine::leave_execution()
{
    const unsigned me = current_;
    current_ = most_processes;
    if (me != most_processes) {
        main_.enter_from(*actors_[me].stack);
        std::abort(); // nobody comes back here
    }
}

void engine::announce(const step& what)
{
    const unsigned me = current_;
    actors_[me].next = what;
    if (starting_) {
        main_.enter_from(*actors_[me].stack);
    } else {
        schedule();
    }
    memory_.tick(me);
}

/// The outcome of the step that was announced, of so many; or death in its place.
unsigned engine::choose(unsigned outcomes, const where_in_source& at)
{
    node& here = path_[depth_];
    participant& actor = actors_[current_];
    const step what = actor.next;
    const bool mortal = (mortals_ >> current_ & 1U) != 0 && what.what != kind::load && what.what != kind::end &&
                        what.what != kind::join && what.what != kind::held;
    const unsigned all = outcomes + (mortal ? 1 : 0);
    const bool preempted = (here.free >> here.process & 1U) == 0;
    const bool bounded = deviations_ >= 0 && deviations_left(here) <= (preempted ? 1 : 0);
    here.outcomes = static_cast<std::uint8_t>(bounded ? 1 : all);
    if (depth_ >= planned_ && random_mode_) {
        if (mortal && ++actor.mortal_steps == actor.dies_at) {
            here.outcome = static_cast<std::uint8_t>(outcomes);
        } else if (outcomes > 1 && (random() & 1U) != 0) {
            here.outcome = static_cast<std::uint8_t>(random() % outcomes);
        }
    }
    const unsigned outcome = here.outcome;
    if (outcome >= all) {
        fail("these choices are of another program");
    }
    if (outcome == outcomes) {
        make(here, {.what = kind::die, .mask = locks_of(current_)});
        ++depth_;
        say(at, "dies before this step");
        die();
    }
    make(here, what);
    ++depth_;
    return outcome;
}

unsigned engine::arrive(const step& what, unsigned outcomes_now, const where_in_source& at)
{
    announce(what);
    return choose(outcomes_now, at);
}

/// What the kernel does for the dead: their locks fall. Whoever gets one afterwards sees all that they stored: exit
/// runs behind the last store of each of its threads, and drops the lock under the spin lock of the file's lock list,
/// which the next to ask takes.
void engine::die()
{
    auto& views = memory_.of(current_);
    for (auto& lock : locks_) {
        if (lock.owner == static_cast<int>(current_)) {
            lock.released = views.now;
            set_owner(static_cast<unsigned>(&lock - locks_.data()), -1, true);
        } else if ((lock.sharers >> current_ & 1U) != 0) {
            lock.sharers &= ~(1U << current_);
            lock.released.join(views.now);
        }
    }
    actors_[current_].at = place::dead;
    ++deaths_;
    schedule();
    std::abort();
}

void engine::fail(const std::string& what)
{
    if (violation_.empty()) {
        violation_ = what;
    }
    stop_ = true;
    if (tracing()) {
        note("VIOLATION: " + what);
    }
    if (in_scene()) {
        throw scene_failed{};
    }
    leave_execution();
    std::abort();
}

/// All words are untouched again.
void engine::forget_locations() noexcept
{
    for (std::uint32_t* const id : ids_) {
        *id = 0;
    }
    ids_.clear();
}

void engine::run_once(program& what)
{
    forget_locations();
    memory_.clear();
    for (auto& lock : locks_) {
        lock.owner = -1;
        lock.sharers = 0;
        lock.released = {};
    }
    depth_ = 0;
    slices_ = 0;
    time_passes_ = false;
    held_back_ = {};
    if (the_mutant.active()) {
        the_mutant.begin_execution();
        last_read_ = {};
    }
    deaths_ = timeouts_ = 0;
    redundant_ = stop_ = false;
    violation_.clear();
    current_ = most_processes;
    try {
        what.set_up();
    } catch (const scene_failed&) {
        return;
    }
    memory_.begin(processes_);
    for (unsigned i = 0; i < processes_; ++i) {
        participant& actor = actors_[i];
        actor.at = place::ready;
        actor.woken = false;
        actor.timeouts = 0;
        actor.next = {.what = kind::fence_other, .other = -1}; // runs up to its first step; independent of all
        actor.mortal_steps = 0;
        actor.stack->start(&engine::body, this);
    }
    // Each runs up to its first step, and is not seen doing so.
    starting_ = true;
    for (unsigned i = 0; i < processes_; ++i) {
        current_ = i;
        actors_[i].stack->enter_from(main_);
    }
    starting_ = false;
    current_ = most_processes;
    schedule();
    current_ = most_processes;
    if (stop_ || redundant_) {
        return;
    }
    for (unsigned i = 0; i < processes_; ++i) {
        const place at = actors_[i].at;
        if (at == place::asleep || at == place::joining || at == place::locking) {
            violation_ = "process " + std::to_string(i) +
                         (at == place::locking ? " waits for ever for a lock"
                                               : " sleeps for ever: nobody who could wake it has anything left to do");
            if (tracing()) {
                note("VIOLATION: " + violation_);
            }
            return;
        }
    }
    try {
        what.finish();
    } catch (const scene_failed&) { // told already
    }
}

} // namespace model
