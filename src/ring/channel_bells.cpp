// SPDX-License-Identifier: BSL-1.0
// channel_bells.cpp: from a slot to its bell.
#include "ring/channel_bells.hpp"

#include <new>

namespace samepage::ring {

void descriptor_bells::ring(unsigned slot) noexcept
try {
    auto& self = static_cast<channel_bells&>(*this);
    self.ringer_.ring(memory::bell_path(*self.place_, slot));
} catch (const std::bad_alloc&) { // a path
}

} // namespace samepage::ring
