// SPDX-License-Identifier: BSL-1.0
// own_mounts.cpp: unshare(2) and mount(2).
#include "support/own_mounts.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace support {
namespace {

void write_file(const char* path, const std::string& text)
{
    std::ofstream{path} << text;
}

std::string failed(const std::string& call)
{
    return call + ": " + std::strerror(errno); // NOLINT(concurrency-mt-unsafe)
}

} // namespace

std::string leave_for_own_mounts()
{
    const auto uid = ::geteuid();
    const auto gid = ::getegid();
    if (::unshare(CLONE_NEWNS) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
            return failed("unshare");
        }
        write_file("/proc/self/setgroups", "deny");
        write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
        write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
    }
    return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ? failed("mount") : std::string{};
}

std::string mount_own(const std::string& kind, const std::string& at, const std::string& options)
{
    return ::mount(kind.c_str(), at.c_str(), kind.c_str(), 0, options.c_str()) != 0 ? failed("mount of a " + kind)
                                                                                    : std::string{};
}

} // namespace support
