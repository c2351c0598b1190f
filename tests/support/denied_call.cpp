// SPDX-License-Identifier: BSL-1.0
// denied_call.cpp: seccomp filters of a few instructions.
#include "support/denied_call.hpp"

#include "support/child.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace support {
namespace {

void install(std::span<::sock_filter> steps)
{
    const ::sock_fprog program{static_cast<unsigned short>(steps.size()), steps.data()};
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    require(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "a seccomp filter");
}

void filter(long number, std::uint32_t action)
{
    std::array<::sock_filter, 4> steps{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offsetof(::seccomp_data, nr))},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(number)},
        {BPF_RET | BPF_K, 0, 0, action},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    install(steps);
}

} // namespace

void deny_call(long number, int error)
{
    filter(number, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}

void interrupt_reservations(std::uint32_t most_bytes)
{
    constexpr auto length = static_cast<std::uint32_t>(offsetof(::seccomp_data, args) + 3 * sizeof(std::uint64_t));
    std::array<::sock_filter, 6> steps{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offsetof(::seccomp_data, nr))},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, static_cast<std::uint32_t>(SYS_fallocate)},
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, length}, // its lower half
        {BPF_JMP | BPF_JGT | BPF_K, 0, 1, most_bytes},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | EINTR},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    install(steps);
}

void die_at_call(long number)
{
    filter(number, SECCOMP_RET_KILL_PROCESS);
}

} // namespace support
