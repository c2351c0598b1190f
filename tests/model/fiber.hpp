// SPDX-License-Identifier: BSL-1.0
// fiber.hpp: stacks that a scheduler switches between, some nanoseconds a switch.
// Thread safety: none; all fibers of a program run on one thread.
#pragma once

#include <cstddef>
#include <memory>

namespace model {

/// A place where execution can be left and taken up again. One that is never taken up again leaks what its stack owns.
class fiber {
public:
    fiber(); // of the caller, to come back to
    explicit fiber(std::size_t stack_bytes);
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;
    ~fiber();

    /// The next switch to this fiber calls `body(argument)`, which must not return. Whatever ran here is forgotten.
    void start(void (*body)(void*), void* argument) noexcept;

    /// Leaves `from`, which must be running, and goes on here.
    void enter_from(fiber& from) noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace model
