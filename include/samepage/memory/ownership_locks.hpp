// SPDX-License-Identifier: BSL-1.0
// ownership_locks.hpp: one lock byte a participant, the only authority on who lives.
// Thread safety: distinct objects are independent; one object, one thread at a time.
#pragma once

#include <cstdint>

namespace samepage::memory {

/// Open-file-description locks on bytes of a file. A lock falls when its holder dies, reaped or not, holds while the
/// holder is stopped, and is seen across pid namespaces. Unlike fcntl's process locks it does not vanish when another
/// descriptor of the file is closed, and two objects in one process exclude each other.
class ownership_locks {
public:
    /// Takes over `descriptor`, open for writing, an open file description of its own (open(2), not dup(2)).
    explicit ownership_locks(int descriptor) noexcept : descriptor_(descriptor) {}
    ownership_locks(ownership_locks&& other) noexcept;
    ownership_locks& operator=(ownership_locks&& other) noexcept;
    ~ownership_locks(); // closes the descriptor, and so drops every lock

    /// Takes the lock of `byte` unless somebody else holds it. True if it is ours now. Never waits.
    [[nodiscard]] bool try_lock(std::uint64_t byte) noexcept;
    void unlock(std::uint64_t byte) noexcept;

    /// True if somebody else holds `byte`. A failing system call counts as held: nobody is taken for dead by mistake.
    /// @param count  bytes from `byte` on: true if any of them is.
    [[nodiscard]] bool held_elsewhere(std::uint64_t byte, std::uint64_t count = 1) const noexcept;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

} // namespace samepage::memory
