// SPDX-License-Identifier: BSL-1.0
// page_care.cpp: madvise, mlock2 and mbind, and the reasons for which a kernel refuses them.
#include "memory/page_care.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <fstream>
#include <sstream>
#include <string>

#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

namespace samepage::memory {
namespace {

constexpr int collapse = 25; // MADV_COLLAPSE, of newer headers

int repeat_advice(const page_range& range, int advice) noexcept
{
    int result = 0;
    do {
        result = ::madvise(range.begin, range.bytes, advice);
    } while (result != 0 && errno == EINTR);
    return result;
}

/// For kernels that cannot be asked (before 5.14): a load from each page brings it in.
void touch(const page_range& range) noexcept
{
    for (std::size_t at = 0; at < range.bytes; at += page_bytes()) {
        static_cast<void>(*const_cast<const volatile std::byte*>(range.begin + at));
    }
}

void bring_in(const channel_place& place, const page_range& range)
{
    if (repeat_advice(range, range.how == access::read_write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) == 0) {
        return;
    }
    switch (errno) {
    case EINVAL: touch(range); return;
    case EFAULT: // a page that cannot be had, or a file that was cut off
    case EHWPOISON:
        place.fail(errc::no_space, in_units(range.bytes) + " of pages that can be touched", describe_errno(errno),
                   "see whether the file system or the memory control group is full, or the file was cut off");
    default: place.fail_call("madvise", place.data, errno);
    }
}

std::string limit_in_words(::rlim_t limit)
{
    return limit == RLIM_INFINITY ? "none" : in_units(limit);
}

/// "VmLck: 64 kB" of /proc/self/status, or nothing.
std::string locked_now()
{
    std::ifstream from("/proc/self/status");
    for (std::string line; std::getline(from, line);) {
        if (line.rfind("VmLck:", 0) == 0) {
            const auto digits = line.find_first_of("0123456789");
            return digits != std::string::npos ? in_units(std::stoull(line.substr(digits)) * 1024) : std::string{};
        }
    }
    return {};
}

[[noreturn]] void fail_locking(const channel_place& place, std::uint64_t bytes, int error)
{
    if (error == EINVAL || error == ENOSYS) {
        place.fail(errc::system, "a kernel that locks pages (mlock2)", describe_errno(error),
                   "leave the option lock off");
    }
    ::rlimit limit{};
    ::getrlimit(RLIMIT_MEMLOCK, &limit);
    const std::string already = locked_now();
    place.fail(errc::permission_denied, "leave to lock " + in_units(bytes) + " in memory, rings counted twice",
               "a limit (RLIMIT_MEMLOCK) of " + limit_in_words(limit.rlim_cur) +
                   (already.empty() ? std::string{} : ", of which " + already + " are in use") + ": " +
                   describe_errno(error),
               "raise it (ulimit -l, LimitMEMLOCK= of a service, docker run --ulimit memlock=-1), give CAP_IPC_LOCK, "
               "or leave the option lock off");
}

/// "0-1,4" has `node`.
bool lists(const std::string& nodes, int node)
{
    std::istringstream parts{nodes};
    for (std::string part; std::getline(parts, part, ',');) {
        int first = 0;
        int last = 0;
        char dash = 0;
        std::istringstream words{part};
        if (words >> first) {
            last = words >> dash >> last ? last : first;
            if (node >= first && node <= last) {
                return true;
            }
        }
    }
    return false;
}

} // namespace

void prefault(const channel_place& place, std::span<const page_range> ranges)
{
    for (const page_range& each : ranges) {
        if (each.reserved) {
            bring_in(place, each);
        }
    }
}

void lock(const channel_place& place, std::span<const page_range> ranges)
{
    std::uint64_t all = 0;
    for (const page_range& each : ranges) {
        all += each.bytes;
    }
    for (const page_range& each : ranges) {
        if (::mlock2(each.begin, each.bytes, MLOCK_ONFAULT) != 0) {
            fail_locking(place, all, errno);
        }
    }
    prefault(place, ranges);
}

void make_huge(const channel_place& place, const page_range& range)
{
    // The advice is for pages that are faulted in later; the other call makes huge ones of those that are there, on a
    // tmpfs without the mount option too.
    if (::madvise(range.begin, range.bytes, MADV_HUGEPAGE) == 0 && repeat_advice(range, collapse) == 0) {
        return;
    }
    const int error = errno;
    if (error == EINVAL) {
        std::ifstream from("/sys/kernel/mm/transparent_hugepage/shmem_enabled");
        std::string setting;
        std::getline(from, setting);
        place.fail(
            errc::system, "Linux 6.1 or later whose transparent huge pages of shared memory are not denied",
            "madvise: " + describe_errno(error) + ", shmem_enabled is \"" + setting + '"',
            "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled, use a directory on a hugetlbfs, or "
            "leave memory_options::huge off");
    }
    place.fail(errc::no_space, in_units(range.bytes) + " in huge pages", "madvise: " + describe_errno(error),
               "free memory or have it put in order (echo 1 > /proc/sys/vm/compact_memory), reserve pages and use a "
               "directory on a hugetlbfs, or leave memory_options::huge off");
}

std::string nodes_with_memory()
{
    std::ifstream from("/sys/devices/system/node/has_memory");
    std::string nodes;
    std::getline(from, nodes);
    return nodes;
}

void bind_to_node(const channel_place& place, const page_range& range, int node)
{
    constexpr int most_nodes = 1024; // of any kernel's configuration
    constexpr int word_bits = sizeof(unsigned long) * CHAR_BIT;
    const std::string nodes = nodes_with_memory();
    if (node < 0 || node >= most_nodes || !lists(nodes, node)) {
        place.fail(errc::invalid_argument,
                   nodes.empty() ? "numa_node of -1: this kernel lists no nodes"
                                 : "numa_node of -1 or a node that has memory: " + nodes,
                   std::to_string(node), "correct memory_options::numa_node");
    }
    std::array<unsigned long, most_nodes / word_bits> mask{};
    mask[static_cast<std::size_t>(node / word_bits)] = 1UL << static_cast<unsigned>(node % word_bits);
    if (::syscall(SYS_mbind, range.begin, range.bytes, MPOL_BIND, mask.data(), most_nodes + 1,
                  MPOL_MF_MOVE | MPOL_MF_STRICT) == 0) {
        return;
    }
    switch (errno) {
    case EIO:
        place.fail(errc::system, "pages on NUMA node " + std::to_string(node),
                   "some on another one, which other processes use", "create the channel anew, or leave numa_node off");
    case EPERM: // a seccomp filter, as Docker's
        place.fail(errc::permission_denied, "leave to bind pages to a NUMA node", "mbind: " + describe_errno(errno),
                   "allow mbind (docker run --cap-add SYS_NICE), or leave numa_node off");
    default:
        place.fail(errc::system, "pages on NUMA node " + std::to_string(node), "mbind: " + describe_errno(errno),
                   "see whether this process may use the node's memory (Mems_allowed_list in /proc/self/status), or "
                   "leave numa_node off");
    }
}

} // namespace samepage::memory
