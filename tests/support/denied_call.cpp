// SPDX-License-Identifier: BSL-1.0
// denied_call.cpp: seccomp filters of four instructions.
#include "support/denied_call.hpp"

#include "support/child.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

namespace support {
namespace {

void filter(long number, std::uint32_t action)
{
    std::array<::sock_filter, 4> steps{{
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offsetof(::seccomp_data, nr))},
        {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(number)},
        {BPF_RET | BPF_K, 0, 0, action},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    }};
    const ::sock_fprog program{steps.size(), steps.data()};
    require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    require(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "a seccomp filter");
}

} // namespace

void deny_call(long number, int error)
{
    filter(number, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error));
}

void die_at_call(long number)
{
    filter(number, SECCOMP_RET_KILL_PROCESS);
}

} // namespace support
