// SPDX-License-Identifier: BSL-1.0
// fork_guard.hpp: the child of a fork is told of each object that is the parent's.
// Thread safety: any thread may make and destroy guards at any time, and any thread may fork.
#pragma once

#include <mutex>

namespace samepage::memory {

/// While it lives, fork() by another thread waits: for steps of which a child must see all or none, such as opening a
/// descriptor and telling the guard of it. The same thread must not fork, nor make or destroy a guard but by the
/// constructor that takes the barrier.
class fork_barrier {
public:
    /// @throws std::bad_alloc if the C library has no room for the fork handlers
    fork_barrier();

private:
    std::unique_lock<std::mutex> forks_wait_;
};

/// While it lives, the child of every fork() calls `forked(object)` before fork() returns there; the parent's side is
/// left as it is. A child then has no guards but those that it makes itself: its own children hear of these alone.
///
/// A member of the object that it guards, declared last: so it begins when the rest is whole, and ends before the rest
/// goes. (A base class with a virtual function would be called in the middle of construction, when another thread
/// forks there.)
///
/// Not told: children of vfork(), posix_spawn() and clone(), in which no fork handler runs. Those that call exec lose
/// every descriptor of this library, which are all close-on-exec. A fork() in a signal handler that interrupts the
/// making or destruction of a guard hangs.
class fork_guard {
public:
    /// What is done in the child, by its only thread, which may have forked between any two instructions of the other
    /// threads of the parent: only async-signal-safe calls (close a descriptor, set a flag), and no guard made or
    /// destroyed. Guards are told in no particular order.
    using action = void (*)(void* object) noexcept;

    /// @throws std::bad_alloc if the C library has no room for its fork handlers
    fork_guard(action forked, void* object);
    /// Amid steps without forks.
    fork_guard(action forked, void* object, const fork_barrier& amid) noexcept;
    fork_guard(const fork_guard&) = delete;
    fork_guard& operator=(const fork_guard&) = delete;
    ~fork_guard();

private:
    friend struct fork_registry;

    action forked_;
    void* object_;
    fork_guard* next_ = nullptr;
    fork_guard** place_ = nullptr; ///< what points to this guard in the list; null in a child that was told
};

} // namespace samepage::memory
