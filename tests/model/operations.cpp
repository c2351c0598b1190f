// SPDX-License-Identifier: BSL-1.0
// operations.cpp: what the processes of a program do, each operation a step.
#include "model/engine.hpp"
#include "model/mutant.hpp"
#include "model/sources.hpp"

#include <vector>

namespace model {
namespace {

const char* name_of(std::memory_order order) noexcept
{
    switch (order) {
    case std::memory_order_relaxed: return "relaxed";
    case std::memory_order_consume:
    case std::memory_order_acquire: return "acquire";
    case std::memory_order_release: return "release";
    case std::memory_order_acq_rel: return "acq_rel";
    case std::memory_order_seq_cst: return "seq_cst";
    }
    return "?";
}

std::string number(std::uint64_t value)
{
    constexpr std::uint64_t high = std::uint64_t{1} << 63U;
    if (value >= high && value != ~std::uint64_t{0}) {
        return "held|" + std::to_string(value - high);
    }
    return value == ~std::uint64_t{0} ? "all ones" : std::to_string(value);
}

} // namespace

void engine::say(const where_in_source& at, const std::string& what)
{
    if (tracing()) {
        *trace_ += std::to_string(depth_) + "\tprocess " + std::to_string(current_) + "\t" + describe(at) + "\n\t\t" +
                   what + "\n";
    }
}

void engine::note(const std::string& line)
{
    if (tracing()) {
        *trace_ += "\t" + line + "\n";
    }
}

void engine::check_race(race found, const where_in_source& at)
{
    if (found == race::none) {
        return;
    }
    const char* const what = found == race::write_after_read   ? "race: overwrites what another process reads"
                             : found == race::read_after_write ? "race: reads what another process writes"
                             : found == race::two_writers      ? "two writers of one word without an order"
                                                               : "race: two processes write";
    fail(std::string{what} + ", at " + place_of(at));
}

std::uint64_t engine::load(std::uint32_t& id, std::memory_order order, const where_in_source& at)
{
    const unsigned where = location_of(id);
    if (in_scene()) {
        return memory_.load(current_, where, 0, order);
    }
    announce({.what = kind::load, .where = static_cast<std::int16_t>(where)});
    const mutation change = mutation_at(at, current_);
    if (change == mutation::relaxed) {
        order = std::memory_order_relaxed;
    }
    const unsigned choices = memory_.choices(current_, where);
    const unsigned choice = choose(change == mutation::repeats ? 1 : choices, at);
    std::uint64_t value = 0;
    if (change == mutation::repeats) { // without another look
        value = last_read_[current_][where];
    } else if (change == mutation::zero) {
        value = 0;
    } else {
        value = last_read_[current_][where] = memory_.load(current_, where, choice, order);
    }
    if (tracing()) {
        const auto count = memory_.at(where).messages.size();
        say(at, "load " + std::string{name_of(order)} + " = " + number(value) +
                    (choice == 0 ? ", the newest of " : ", " + std::to_string(choice) + " older than the newest of ") +
                    std::to_string(count) + " (location " + std::to_string(where) + ")");
    }
    store_held_back(mutation::late, at);
    return value;
}

/// Of a mutant: the store that this process did not make in its place.
void engine::store_held_back(mutation how, const where_in_source& at)
{
    held_back_store& waiting = held_back_[current_];
    if (waiting.how == how && (how != mutation::swapped || the_mutant.is_behind(at))) {
        const held_back_store now = waiting;
        waiting.how = mutation::none;
        arrive({.what = kind::store, .where = static_cast<std::int16_t>(location_of(*now.id))}, 1, at);
        store_now(*now.id, now.value, now.order, at);
    }
}

void engine::store_now(std::uint32_t& id, std::uint64_t value, std::memory_order order, const where_in_source& at)
{
    const unsigned where = location_of(id);
    if (tracing()) {
        say(at,
            "store " + std::string{name_of(order)} + " " + number(value) + " (location " + std::to_string(where) + ")");
    }
    program_->changes(id, memory_.newest(where), value);
    check_race(memory_.store(current_, where, value, order), at);
}

void engine::store(std::uint32_t& id, std::uint64_t value, std::memory_order order, const where_in_source& at)
{
    const unsigned where = location_of(id);
    if (in_scene()) {
        memory_.store(current_, where, value, order);
        return;
    }
    const mutation change = mutation_at(at, current_);
    if (change == mutation::dropped) {
        return;
    }
    if (change == mutation::late || change == mutation::swapped) {
        held_back_[current_] = {change, &id, value, order};
        return;
    }
    arrive({.what = kind::store, .where = static_cast<std::int16_t>(where)}, 1, at);
    store_now(id, value, change == mutation::relaxed ? std::memory_order_relaxed : order, at);
    store_held_back(mutation::swapped, at);
}

void engine::begin_modify(std::uint32_t& id, const where_in_source& at)
{
    const unsigned where = location_of(id);
    if (!in_scene()) {
        arrive({.what = kind::modify, .where = static_cast<std::int16_t>(where)}, 1, at);
    }
}

void engine::end_modify(std::uint32_t& id, std::uint64_t value, std::memory_order order, const where_in_source& at)
{
    const unsigned where = location_of(id);
    const mutation change = in_scene() ? mutation::none : mutation_at(at, current_);
    if (change == mutation::dropped) {
        return;
    }
    if (change == mutation::relaxed) {
        order = std::memory_order_relaxed;
    }
    if (tracing()) {
        say(at, "modify " + std::string{name_of(order)} + " " + number(memory_.newest(where)) + " to " + number(value) +
                    " (location " + std::to_string(where) + ")");
    }
    if (!in_scene()) {
        program_->changes(id, memory_.newest(where), value);
    }
    const race found = memory_.modify(current_, where, value, order);
    if (!in_scene()) {
        check_race(found, at);
        store_held_back(mutation::swapped, at);
    }
}

bool engine::compare_exchange(std::uint32_t& id, std::uint64_t& expected, std::uint64_t value, std::memory_order order,
                              const where_in_source& at)
{
    const unsigned where = location_of(id);
    std::vector<unsigned> failing; // how much older than the newest
    mutation change = mutation::none;
    if (!in_scene()) {
        announce({.what = kind::modify, .where = static_cast<std::int16_t>(where)});
        change = mutation_at(at, current_);
        const unsigned choices = memory_.choices(current_, where);
        for (unsigned older = 1; older < choices; ++older) {
            const auto& messages = memory_.at(where).messages;
            if (messages[messages.size() - 1 - older].value != expected) {
                failing.push_back(older);
            }
        }
    }
    const unsigned outcome = in_scene() ? 0 : choose(static_cast<unsigned>(failing.size()) + 1, at);
    const bool fits = outcome == 0 && memory_.newest(where) == expected;
    if (change == mutation::always || (fits && change != mutation::never)) {
        end_modify(id, value, order, at);
        return true;
    }
    order = change == mutation::relaxed || order == std::memory_order_release ? std::memory_order_relaxed
            : order == std::memory_order_acq_rel                              ? std::memory_order_acquire
                                                                              : order;
    const unsigned older = outcome == 0 ? 0 : failing[outcome - 1];
    const std::uint64_t found = memory_.load(current_, where, older, order);
    if (tracing()) {
        say(at, "does not exchange " + number(expected) + ", finds " + number(found) + ", " + std::to_string(older) +
                    " older than the newest (location " + std::to_string(where) + ")");
    }
    expected = found;
    return false;
}

void engine::fence(std::memory_order order, const where_in_source& at)
{
    if (in_scene() || mutation_at(at, current_) == mutation::dropped) {
        return;
    }
    if (order == std::memory_order_seq_cst) {
        arrive({.what = kind::fence}, 1, at);
    }
    say(at, "fence " + std::string{name_of(order)});
    memory_.fence(current_, order);
}

void engine::heavy_fence(const where_in_source& at)
{
    const mutation change = mutation_at(at, current_);
    if (change == mutation::dropped) {
        return;
    }
    fence(std::memory_order_seq_cst, at);
    if (change == mutation::relaxed) {
        return; // a full fence, and the others' half not lent
    }
    for (unsigned i = 0; i < processes_; ++i) {
        if (i != current_) {
            arrive({.what = kind::fence_other, .other = static_cast<std::int8_t>(i)}, 1, at);
            say(at, "makes process " + std::to_string(i) + " pass a full fence");
            memory_.fence_seq_cst(i); // who ended or died passed one on its way out
        }
    }
    fence(std::memory_order_seq_cst, at);
}

void engine::plain_store(std::uint32_t& id, std::uint64_t value, bool noticed, const where_in_source& at)
{
    const unsigned where = location_of(id);
    if (in_scene()) {
        memory_.plain_store(current_, where, value);
        return;
    }
    if (mutation_at(at, current_) == mutation::dropped) {
        return;
    }
    if (noticed) { // else no atomic load meets these bytes, and the step before stands for this one
        arrive({.what = kind::plain_store, .where = static_cast<std::int16_t>(where)}, 1, at);
    }
    if (tracing()) {
        say(at, "writes " + number(value) + " (location " + std::to_string(where) + ")");
    }
    memory_.tick(current_); // later than what the step before released
    check_race(memory_.plain_store(current_, where, value), at);
}

std::uint64_t engine::plain_load(std::uint32_t& id, const where_in_source& at)
{
    const unsigned where = location_of(id);
    std::uint64_t value = 0;
    memory_.tick(current_);
    const race found = memory_.plain_load(current_, where, value);
    if (!in_scene()) {
        if (tracing()) {
            say(at, "reads " + number(value) + " (location " + std::to_string(where) + ")");
        }
        check_race(found, at);
    }
    return value;
}

void engine::set_owner(unsigned byte, int owner, bool by_death)
{
    locks_[byte].owner = owner;
    program_->owner_changed(byte, owner, by_death);
}

bool engine::try_lock(unsigned byte, const where_in_source& at)
{
    if (!in_scene()) {
        arrive({.what = kind::lock, .mask = 1U << byte}, 1, at);
    }
    auto& lock = locks_[byte];
    const int me = static_cast<int>(current_);
    const mutation change = in_scene() ? mutation::none : mutation_at(at, current_);
    const bool got = change == mutation::always || (change != mutation::never && is_free(byte, current_));
    if (got) {
        if (lock.owner != me) {
            set_owner(byte, me);
        }
        memory_.of(current_).now.join(lock.released);
    }
    say(at, std::string{got ? "gets" : "does not get"} + " lock " + std::to_string(byte));
    return got;
}

void engine::lock(unsigned byte, const where_in_source& at)
{
    if (!in_scene()) {
        participant& self = actors_[current_];
        self.at = place::locking;
        announce({.what = kind::lock, .other = once_free, .mask = 1U << byte});
        choose(1, at);
        self.at = place::ready;
    }
    auto& lock = locks_[byte];
    set_owner(byte, static_cast<int>(current_));
    memory_.of(current_).now.join(lock.released);
    say(at, "waits for lock " + std::to_string(byte) + ", and gets it");
}

bool engine::try_share(unsigned byte, const where_in_source& at)
{
    if (!in_scene()) {
        arrive({.what = kind::lock, .mask = 1U << byte}, 1, at);
    }
    auto& lock = locks_[byte];
    const mutation change = in_scene() ? mutation::none : mutation_at(at, current_);
    const bool got = change == mutation::always || (change != mutation::never && lock.owner == -1);
    if (got) {
        lock.sharers |= 1U << current_;
        memory_.of(current_).now.join(lock.released);
    }
    say(at, std::string{got ? "shares" : "does not get"} + " lock " + std::to_string(byte));
    return got;
}

void engine::unlock(unsigned byte, const where_in_source& at)
{
    if (!in_scene()) {
        arrive({.what = kind::lock, .mask = 1U << byte}, 1, at);
        if (mutation_at(at, current_) == mutation::dropped) {
            return;
        }
    }
    auto& lock = locks_[byte];
    const std::uint32_t me = 1U << current_;
    if (lock.owner == static_cast<int>(current_)) {
        lock.released = memory_.of(current_).now;
        set_owner(byte, -1);
    } else if ((lock.sharers & me) != 0) {
        lock.sharers &= ~me;
        lock.released.join(memory_.of(current_).now);
    }
    say(at, "drops lock " + std::to_string(byte));
}

bool engine::held_elsewhere(unsigned first, unsigned count, const where_in_source& at)
{
    const std::uint32_t mask = ((1U << count) - 1U) << first;
    if (!in_scene()) {
        arrive({.what = kind::held, .mask = mask}, 1, at);
    }
    bool any = false;
    for (unsigned byte = first; byte < first + count; ++byte) {
        const auto& lock = locks_[byte];
        if (lock.owner == -1) {
            memory_.of(current_).now.join(lock.released);
        }
        any = any || (lock.owner != -1 && lock.owner != static_cast<int>(current_)); // sharers are in nobody's way
    }
    any = any && mutation_at(at, current_) != mutation::never;
    say(at, any ? "another process holds the lock" : "no other process holds the lock");
    return any;
}

void engine::sleep(std::uint32_t& id, std::uint64_t expected, const where_in_source& at)
{
    const unsigned where = location_of(id);
    arrive({.what = kind::sleep, .where = static_cast<std::int16_t>(where)}, 1, at);
    if (memory_.newest(where) != expected) {
        say(at, "does not sleep: the bell was rung");
        return;
    }
    say(at, "sleeps");
    participant& self = actors_[current_];
    self.at = place::asleep;
    self.woken = false;
    announce({.what = kind::awake, .where = static_cast<std::int16_t>(where)});
    choose(1, at);
    self.at = place::ready;
    if (!self.woken) {
        ++self.timeouts;
        ++slices_;
        ++timeouts_;
    }
    say(at, self.woken ? "wakes" : "wakes after a slice");
}

void engine::wake(std::uint32_t& id, const where_in_source& at)
{
    const unsigned where = location_of(id);
    arrive({.what = kind::wake, .where = static_cast<std::int16_t>(where)}, 1, at);
    if (mutation_at(at, current_) == mutation::dropped) {
        return;
    }
    say(at, "futex wake");
    for (unsigned i = 0; i < processes_; ++i) {
        if (actors_[i].at == place::asleep && actors_[i].next.where == static_cast<int>(where)) {
            actors_[i].woken = true;
        }
    }
}

void engine::join(unsigned processes)
{
    participant& self = actors_[current_];
    self.at = place::joining;
    announce({.what = kind::join, .mask = processes});
    choose(1, where_in_source::current());
    self.at = place::ready;
    memory_.of(current_).fresh = true;
}

} // namespace model
