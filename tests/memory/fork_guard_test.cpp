// SPDX-License-Identifier: BSL-1.0
// fork_guard_test.cpp: the child of a fork is told of what is its parent's, and the parent's life is its own.
#include "support/child.hpp"
#include "support/forked.hpp"
#include "support/scratch.hpp"

#include <samepage/memory/fork_guard.hpp>
#include <samepage/memory/ownership_locks.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

using samepage::memory::fork_guard;
using samepage::memory::ownership_locks;
using support::forked;

namespace {

/// Counts how often it was told.
struct counter {
    int told = 0;
};

void count(void* object) noexcept
{
    ++static_cast<counter*>(object)->told;
}

/// Locks that a child of fork() abandons.
struct guarded_locks {
    explicit guarded_locks(const std::string& path) : locks(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {}

    ownership_locks locks;
    fork_guard guard{[](void* object) noexcept { static_cast<ownership_locks*>(object)->abandon(); }, &locks};
};

struct locked_file {
    support::scratch_directory place;
    std::string path = (place.path() / "locks").string();

    locked_file() { std::ofstream{path} << "x"; }
    [[nodiscard]] bool held() const
    {
        return ownership_locks{::open(path.c_str(), O_RDWR | O_CLOEXEC)}.held_elsewhere(5);
    }
};

/// Repeats whatever it hears, until the other side goes.
void echo(support::lines& parent)
{
    try {
        for (;;) {
            parent.say(parent.hear());
        }
    } catch (const support::disconnected&) {
        return;
    }
}

} // namespace

// Takes a lock and forks; it is the child who talks from then on, also when this process is dead.
SAMEPAGE_CHILD(holds_a_lock_and_forks)
{
    std::optional<guarded_locks> guarded;
    std::optional<ownership_locks> bare;
    if (told.at(1) == "guarded") {
        guarded.emplace(told.at(0));
    } else {
        bare.emplace(::open(told.at(0).c_str(), O_RDWR | O_CLOEXEC));
    }
    support::require((guarded ? guarded->locks : *bare).try_lock(5), "byte 5 is free");
    const ::pid_t pid = ::fork();
    support::require(pid >= 0, "a fork");
    if (pid == 0) {
        parent.say("forked");
        echo(parent);
        ::_exit(0);
    }
    for (;;) {
        ::pause(); // until killed
    }
}

BOOST_AUTO_TEST_SUITE(fork_guards)

BOOST_AUTO_TEST_CASE(the_child_is_told_before_fork_returns_and_the_parent_is_not)
{
    counter object;
    const fork_guard guard{&count, &object};
    forked child{[&] { return object.told; }};
    BOOST_TEST(child.wait() == 1);
    BOOST_TEST(object.told == 0);
}

BOOST_AUTO_TEST_CASE(each_of_several_objects_is_told_once)
{
    std::array<counter, 3> objects;
    const fork_guard first{&count, &objects[0]};
    const fork_guard second{&count, &objects[1]};
    const fork_guard third{&count, &objects[2]};
    forked child{[&] { return objects[0].told * 100 + objects[1].told * 10 + objects[2].told; }};
    BOOST_TEST(child.wait() == 111);
}

BOOST_AUTO_TEST_CASE(what_was_destroyed_before_the_fork_is_not_told)
{
    for (std::size_t gone = 0; gone < 3; ++gone) { // the first, the middle and the last of the list
        std::array<counter, 3> objects;
        std::array<std::optional<fork_guard>, 3> guards;
        for (std::size_t i = 0; i < 3; ++i) {
            guards[i].emplace(&count, &objects[i]);
        }
        guards[gone].reset();
        forked child{[&] { return objects[0].told * 100 + objects[1].told * 10 + objects[2].told; }};
        constexpr std::array without{11, 101, 110};
        BOOST_TEST(child.wait() == without[gone]);
    }
}

BOOST_AUTO_TEST_CASE(guards_may_be_destroyed_and_made_in_the_child)
{
    counter object;
    std::array<std::optional<fork_guard>, 3> guards;
    for (auto& guard : guards) {
        guard.emplace(&count, &object);
    }
    forked child{[&] {
        guards[2].reset(); // the first of the parent's list: does not bring the others back
        guards[1].reset();
        guards[1].emplace(&count, &object);
        forked grandchild{[&] { return object.told; }}; // three times in its parent, and once of the new guard
        return grandchild.wait();
    }};
    BOOST_TEST(child.wait() == 4);
}

BOOST_AUTO_TEST_CASE(the_childs_child_hears_of_what_the_child_made_alone)
{
    counter ours;
    const fork_guard guard{&count, &ours};
    forked child{[&] {
        counter childs;
        const fork_guard another{&count, &childs};
        forked grandchild{[&] { return ours.told * 10 + childs.told; }};
        return grandchild.wait();
    }};
    BOOST_TEST(child.wait() == 11);
}

BOOST_AUTO_TEST_CASE(the_parents_lock_holds_after_the_child_was_told)
{
    const locked_file file;
    guarded_locks ours{file.path};
    BOOST_TEST_REQUIRE(ours.locks.try_lock(5));
    forked child{[&] {
        ours.locks.unlock(5);
        return (ours.locks.descriptor() == -1 ? 0 : 1) + (ours.locks.try_lock(6) ? 2 : 0) +
               (ours.locks.held_elsewhere(6) ? 0 : 4) + (file.held() ? 0 : 8);
    }};
    BOOST_TEST(child.wait() == 0);
    BOOST_TEST(file.held());
    BOOST_TEST(ours.locks.try_lock(6));
}

BOOST_AUTO_TEST_CASE(an_unlock_in_a_child_that_was_not_told_takes_the_parents_lock)
{
    const locked_file file;
    ownership_locks ours{::open(file.path.c_str(), O_RDWR | O_CLOEXEC)};
    BOOST_TEST_REQUIRE(ours.try_lock(5));
    forked child{[&] {
        ours.unlock(5);
        return 0;
    }};
    BOOST_TEST(child.wait() == 0);
    BOOST_TEST(!file.held()); // what abandon() is there to avoid
}

BOOST_AUTO_TEST_CASE(the_parents_death_frees_its_lock_while_a_told_child_lives)
{
    const locked_file file;
    support::child holder{"holds_a_lock_and_forks", {file.path, "guarded"}};
    holder.expect("forked");
    BOOST_TEST(file.held());
    holder.kill();
    BOOST_TEST(!file.held());
    holder.say("alive?");
    BOOST_TEST(holder.hear() == "alive?"); // the child, which outlived it
}

BOOST_AUTO_TEST_CASE(a_child_that_is_not_told_keeps_a_dead_parents_lock)
{
    const locked_file file;
    support::child holder{"holds_a_lock_and_forks", {file.path, "bare"}};
    holder.expect("forked");
    holder.kill();
    BOOST_TEST(file.held()); // what the guard is there to avoid
    holder.say("alive?");
    BOOST_TEST(holder.hear() == "alive?");
}

BOOST_AUTO_TEST_CASE(a_fork_amid_threads_that_come_and_go_tells_all_that_are_there_and_no_other)
{
    enum class state { absent, changing, present };
    struct watched {
        std::atomic<state> now{state::absent};
        std::atomic<bool> told{false};
    };
    constexpr std::size_t each = 3;
    std::array<std::array<watched, each>, 4> objects; // of so many threads
    std::atomic<bool> stop{false};
    const auto come_and_go = [&stop](std::array<watched, each>& own) {
        std::array<std::optional<fork_guard>, each> guards;
        for (std::size_t turn = 0; !stop; ++turn) {
            const std::size_t i = turn * 7 / 3 % each; // goes out of order
            own[i].now = state::changing;
            if (guards[i]) {
                guards[i].reset();
                own[i].now = state::absent;
            } else {
                guards[i].emplace([](void* of) noexcept { static_cast<watched*>(of)->told = true; }, &own[i]);
                own[i].now = state::present;
            }
            ::sched_yield();
        }
    };
    std::vector<std::thread> threads;
    threads.reserve(objects.size());
    for (auto& own : objects) {
        threads.emplace_back(come_and_go, std::ref(own));
    }
    enum result { nobody_there, told, faulty };
    const auto look = [&] {                        // in the child: the one thread left, and all stands still
        const fork_guard another{&count, nullptr}; // the list can be used
        int found = nobody_there;
        for (const auto& own : objects) {
            for (const auto& object : own) {
                if (object.now != state::changing && object.told != (object.now == state::present)) {
                    return static_cast<int>(faulty);
                }
                found = object.now == state::present ? told : found;
            }
        }
        return found;
    };
    int forks = 0;
    int told_forks = 0;
    int faulty_forks = 0;
    while (forks < 200 || told_forks == 0) {
        forked child{look};
        const int found = child.wait();
        ++forks;
        told_forks += found == told ? 1 : 0;
        faulty_forks += found != told && found != nobody_there ? 1 : 0;
    }
    stop = true;
    for (auto& thread : threads) {
        thread.join();
    }
    BOOST_TEST_MESSAGE("    " << forks << " forks, in " << told_forks << " somebody was told");
    BOOST_TEST(faulty_forks == 0);
}

BOOST_AUTO_TEST_SUITE_END()
