// SPDX-License-Identifier: BSL-1.0
// denied_call.hpp: a process in which one system call fails, or ends it: older kernels, filters, death half-way.
// Thread safety: none; for children with one thread.
#pragma once

#include <cstdint>

namespace support {

/// From here on, and for good, the system call `number` fails with `error` in this process.
/// @throws std::runtime_error if the kernel takes no filter
void deny_call(long number, int error);

/// As where signals come all the time, on a kernel whose tmpfs begins a reservation anew at each: one of more bytes
/// never ends (EINTR).
void interrupt_reservations(std::uint32_t most_bytes);

/// From here on this process dies (SIGSYS) where it would make the system call `number`.
void die_at_call(long number);

} // namespace support
