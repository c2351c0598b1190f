// SPDX-License-Identifier: BSL-1.0
// allocation_counter.hpp: how often a thread asks for heap memory, by malloc, operator new or any other way.
#pragma once

#include <cstddef>

/// Counts this thread's allocations, the libraries' included, from its construction on.
class allocation_counter {
public:
    allocation_counter() noexcept : before_(total()) {}
    [[nodiscard]] std::size_t count() const noexcept { return total() - before_; }

private:
    static std::size_t total() noexcept;
    std::size_t before_;
};
