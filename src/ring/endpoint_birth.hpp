// SPDX-License-Identifier: BSL-1.0
// endpoint_birth.hpp: what an endpoint says of itself in the pages, for people and for observers; nothing else depends
// on it. Thread safety: none needed.
#pragma once

#include <chrono>
#include <cstdint>

#include <unistd.h>

namespace samepage::ring {

inline std::uint32_t own_pid() noexcept
{
    return static_cast<std::uint32_t>(::getpid());
}

inline std::uint64_t since_1970_ns() noexcept
{
    using namespace std::chrono;
    return static_cast<std::uint64_t>(duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count());
}

} // namespace samepage::ring
