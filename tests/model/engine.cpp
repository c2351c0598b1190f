// SPDX-License-Identifier: BSL-1.0
// engine.cpp: executions, one after another: who goes on, and which choices are left.
#include "model/engine.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

namespace model {
namespace {

constexpr std::size_t stack_bytes = 256 * 1024;
constexpr std::size_t most_steps = 3000;
constexpr unsigned most_timeouts = 8; ///< of one process, while nobody else can do anything
constexpr unsigned early_timeouts = 1;

struct scene_failed {};

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
        return (is_lock(other.what) && (a.mask & b.mask) != 0) || other.what == kind::awake || other.what == kind::join ||
               other.what == kind::sleep;
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
    return second.what == kind::join || (second.what == kind::awake && (first.what == kind::wake || first.what == kind::die));
}

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
            if (actor.woken || (deaths_ != 0 && actor.timeouts < early_timeouts)) {
                found |= 1U << i;
            } else if (deaths_ != 0 && actor.timeouts < most_timeouts) {
                sleepers |= 1U << i;
            }
            break;
        case place::joining:
            if ((actor.next.mask & ~over) == 0) {
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
        mask |= locks_[byte].owner == static_cast<int>(process) ? 1U << byte : 0U;
    }
    return mask;
}

unsigned engine::pick(node& fresh)
{
    for (unsigned i = 0; i < processes_; ++i) {
        fresh.next[i] = actors_[i].next;
    }
    fresh.done = fresh.backtrack = fresh.sleep = 0;
    if (!reduce_) {
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

/// The steps at `first` and at this depth are in a race: the other order is to be explored as well. What has to come
/// first then is what lies between and does not follow `first`; one of those that can begin it is enough (source sets,
/// after Abdulla, Aronsson, Jonsson and Sagonas, "Optimal dynamic partial order reduction", POPL 2014).
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
        if (earlier.process == me || here.clock[earlier.process] > static_cast<std::int16_t>(i) ||
            !dependent(earlier.made, earlier.process, what, me)) {
            continue;
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

/// The outcome of the step that was announced, of so many; or death in its place.
unsigned engine::choose(unsigned outcomes, const where_in_source& at)
{
    node& here = path_[depth_];
    participant& actor = actors_[current_];
    const step what = actor.next;
    const bool mortal = (mortals_ >> current_ & 1U) != 0 && what.what != kind::load && what.what != kind::end &&
                        what.what != kind::join && what.what != kind::held;
    const unsigned all = outcomes + (mortal ? 1 : 0);
    here.outcomes = static_cast<std::uint8_t>(all);
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
            lock.owner = -1;
            lock.released = views.now;
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
        lock.released = {};
    }
    depth_ = 0;
    slices_ = 0;
    held_back_ = {};
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
        if (actors_[i].at == place::asleep || actors_[i].at == place::joining) {
            violation_ = "process " + std::to_string(i) + " sleeps for ever: nobody who could wake it has anything left to do";
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

// ---- from one to the next ----

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

void engine::begin_program(program& what, const limits& bounds)
{
    program_ = &what;
    processes_ = what.processes();
    mortals_ = what.mortals();
    random_mode_ = bounds.random;
    reduce_ = bounds.reduce;
    replaying_ = false;
    planned_ = 0;
    most_mortal_steps_.fill(1);
    longest_ = 64;
}

void engine::begin_random(std::uint64_t seed)
{
    random_state_ = seed * 0x9e37'79b9'7f4a'7c15;
    change_left_ = random() % 4 == 0 ? static_cast<unsigned>(longest_) : static_cast<unsigned>(random() % 12);
    for (unsigned i = 0; i < processes_; ++i) {
        most_mortal_steps_[i] = std::max(most_mortal_steps_[i], actors_[i].mortal_steps);
        actors_[i].priority = 1000 + static_cast<unsigned>(random() % 1000);
        actors_[i].dies_at = random() % 5 != 0 ? 1 + static_cast<unsigned>(random() % most_mortal_steps_[i]) : 0;
    }
}

report engine::explore(program& what, const limits& bounds)
{
    begin_program(what, bounds);
    report result;
    const std::clock_t begin = std::clock(); // processor time: others' load changes no budget
    const auto passed = [&] { return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC; };
    for (std::uint64_t round = 0;; ++round) {
        if (random_mode_) {
            begin_random(bounds.seed + round);
        }
        run_once(what);
        (redundant_ ? result.redundant : result.executions) += 1;
        result.steps += depth_;
        result.deaths += deaths_;
        result.timeouts += timeouts_;
        result.longest = std::max(result.longest, static_cast<unsigned>(depth_));
        longest_ = std::max<std::size_t>(result.longest, 16);
        if (!violation_.empty()) {
            result.violation = violation_;
            result.choices = choice_string();
            break;
        }
        if (!random_mode_ && !next_path()) {
            result.exhausted = true;
            break;
        }
        if (result.executions >= bounds.executions || ((round & 255U) == 0 && passed() >= bounds.seconds)) {
            break;
        }
    }
    forget_locations(); // they may not outlive this call
    result.seconds = passed();
    return result;
}

std::string engine::choice_string() const
{
    std::string text;
    for (std::size_t i = 0; i < depth_; ++i) {
        text += (i == 0 ? "" : " ") + std::to_string(path_[i].process) + "." + std::to_string(path_[i].outcome);
    }
    return text;
}

report engine::replay(program& what, const std::string& choices, std::string& trace)
{
    begin_program(what, {.random = true});
    std::istringstream in(choices);
    for (std::string one; in >> one && planned_ < most_steps; ++planned_) {
        const auto dot = one.find('.');
        path_[planned_].process = static_cast<std::uint8_t>(std::stoul(one));
        path_[planned_].outcome = static_cast<std::uint8_t>(std::stoul(one.substr(dot + 1)));
    }
    replaying_ = true;
    begin_random(1);
    for (auto& actor : actors_) {
        actor.dies_at = 0;
    }
    trace_ = &trace;
    run_once(what);
    trace_ = nullptr;
    forget_locations();
    report result{.executions = 1, .steps = depth_, .deaths = deaths_};
    result.violation = violation_;
    result.choices = choices;
    return result;
}

} // namespace model
