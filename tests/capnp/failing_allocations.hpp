// SPDX-License-Identifier: BSL-1.0
// failing_allocations.hpp: operator new that throws when it is told to.
#pragma once

#include <cstddef>

/// While it lives, this thread's `which`th allocation from now on by operator new throws std::bad_alloc, once.
class failing_allocation {
public:
    explicit failing_allocation(std::size_t which) noexcept;
    ~failing_allocation();
    failing_allocation(const failing_allocation&) = delete;
    failing_allocation& operator=(const failing_allocation&) = delete;

    [[nodiscard]] static bool happened() noexcept;
};
