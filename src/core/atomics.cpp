// SPDX-License-Identifier: BSL-1.0
// atomics.cpp: the halves of the asymmetric fence that need the kernel.
#include <samepage/core/atomics.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace samepage {

void hardware_atomics::enlist() noexcept
{
    [[maybe_unused]] static const bool registered = [] {
        const bool lent = ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0;
        asymmetric_.store(lent, std::memory_order_relaxed);
        return lent;
    }();
}

void hardware_atomics::heavy_fence() noexcept
{
    // Where the call is refused, the fence below still orders this side; the other side then fences by itself if it was
    // refused too, and if only this side was, a missed wake ends with the sleeper's slice (docs/protocol.md,
    // "Waiting").
    ::syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0);
    full_fence();
}

} // namespace samepage
