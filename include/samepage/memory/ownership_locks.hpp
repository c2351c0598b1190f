// SPDX-License-Identifier: BSL-1.0
// ownership_locks.hpp: one lock byte a participant, the only authority on who lives.
// Thread safety: distinct objects are independent; one object, one thread at a time.
#pragma once

#include <cstdint>

namespace samepage::memory {

/// Open-file-description locks on bytes of a file. A lock falls when its holder dies, reaped or not, holds while the
/// holder is stopped, and is seen across pid namespaces. Unlike fcntl's process locks it does not vanish when another
/// descriptor of the file is closed, and two objects in one process exclude each other. fork() duplicates the holder:
/// the child must abandon() (see fork_guard), or the lock stays until both are gone; and it must let go of what it
/// mapped through the descriptor, since a mapping keeps the description, too.
class ownership_locks {
public:
    /// Takes over `descriptor`, open for writing, an open file description of its own (open(2), not dup(2)).
    explicit ownership_locks(int descriptor) noexcept : descriptor_(descriptor) {}
    ownership_locks(ownership_locks&& other) noexcept;
    ownership_locks& operator=(ownership_locks&& other) noexcept;
    ~ownership_locks(); // closes the descriptor, and so drops every lock

    /// Takes the lock of `byte` unless somebody else holds it. True if it is ours now. Never waits.
    /// @param count  bytes from `byte` on: all of them, or none.
    [[nodiscard]] bool try_lock(std::uint64_t byte, std::uint64_t count = 1) noexcept;
    /// Sees to it that nobody owns `byte`: true if nobody does, and nobody will before unlock(). Several may share it,
    /// so that one who stands still keeps no other from recovering what a dead owner left; but it keeps new owners out.
    /// @pre We do not own it: our lock would be lost. Never waits.
    [[nodiscard]] bool try_share(std::uint64_t byte) noexcept;
    void unlock(std::uint64_t byte) noexcept;

    /// True if somebody else owns `byte`; sharing is not owning. A failing system call counts as held: nobody is taken
    /// for dead by mistake.
    /// @param count  bytes from `byte` on: true if any of them is.
    [[nodiscard]] bool held_elsewhere(std::uint64_t byte, std::uint64_t count = 1) const noexcept;

    /// For the child of a fork, whose descriptor is a duplicate of the parent's: closes it and drops no lock, as long
    /// as the parent lives; an unlock() there would take the parent's lock away, and without a close the lock would
    /// outlive the parent. From here on try_lock() is false, held_elsewhere() true, unlock() nothing.
    /// Async-signal-safe.
    void abandon() noexcept;

    /// -1 once abandoned or moved from.
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

} // namespace samepage::memory
