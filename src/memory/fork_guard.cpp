// SPDX-License-Identifier: BSL-1.0
// fork_guard.cpp: the list of guards, and the fork handlers that keep it whole.
#include <samepage/memory/fork_guard.hpp>

#include <mutex>
#include <new>
#include <utility>

#include <pthread.h>

namespace samepage::memory {

/// The guards of this process. fork() happens under its mutex, so that a child finds the list whole and the mutex its
/// own.
struct fork_registry {
    /// @pre The mutex is ours.
    static void add(fork_guard& guard) noexcept
    {
        guard.next_ = first;
        guard.place_ = &first;
        if (first != nullptr) {
            first->place_ = &guard.next_;
        }
        first = &guard;
    }

    static void remove(fork_guard& guard) noexcept
    {
        const std::lock_guard lock{mutex};
        if (guard.place_ == nullptr) {
            return;
        }
        *guard.place_ = guard.next_;
        if (guard.next_ != nullptr) {
            guard.next_->place_ = guard.place_;
        }
    }

    static void before_fork() noexcept { mutex.lock(); }

    static void in_parent() noexcept { mutex.unlock(); }

    static void in_child() noexcept
    {
        while (first != nullptr) {
            fork_guard& guard = *first;
            first = guard.next_;
            guard.place_ = nullptr;
            guard.forked_(guard.object_);
        }
        mutex.unlock(); // this thread's: it is the copy of the one that locked it
    }

    static constinit inline std::mutex mutex;
    static constinit inline fork_guard* first = nullptr;
};

namespace {

extern "C" void samepage_before_fork()
{
    fork_registry::before_fork();
}

extern "C" void samepage_fork_in_parent()
{
    fork_registry::in_parent();
}

extern "C" void samepage_fork_in_child()
{
    fork_registry::in_child();
}

/// 0 once the handlers are there, or an errno.
int handlers() noexcept
{
    static const int result =
        ::pthread_atfork(&samepage_before_fork, &samepage_fork_in_parent, &samepage_fork_in_child);
    return result;
}

std::unique_lock<std::mutex> without_forks()
{
    if (handlers() != 0) {
        throw std::bad_alloc{};
    }
    return std::unique_lock{fork_registry::mutex};
}

// When the library is loaded, as a rule before the first thread: a fork in the middle of the registration would leave
// the child with a static variable that is never done.
[[maybe_unused]] const int at_load = handlers();

} // namespace

fork_barrier::fork_barrier() : forks_wait_(without_forks()) {}

fork_guard::fork_guard(action forked, void* object) : forked_(forked), object_(object)
{
    const auto lock = without_forks();
    fork_registry::add(*this);
}

fork_guard::fork_guard(action forked, void* object, const fork_barrier& /*amid*/) noexcept
    : forked_(forked), object_(object)
{
    fork_registry::add(*this);
}

fork_guard::~fork_guard()
{
    fork_registry::remove(*this);
}

} // namespace samepage::memory
