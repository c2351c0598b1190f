// SPDX-License-Identifier: BSL-1.0
// sealed_memory.cpp: memfd_create(2), its seals, and /proc/self/fd.
#include "memory/sealed_memory.hpp"

#include <cerrno>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

namespace samepage::memory {
namespace {

constexpr unsigned never_executable = 0x0008; // MFD_NOEXEC_SEAL, of newer headers
constexpr int kept_whole = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

void seal(const channel_place& place, const file& what, int seals)
{
    if (::fcntl(what.get(), F_ADD_SEALS, seals) != 0) {
        place.fail(errc::system, "a kernel that seals memory against later writers (Linux 5.1)",
                   "fcntl(F_ADD_SEALS): " + describe_errno(errno), "use a channel with a name");
    }
}

} // namespace

file create_memory(const channel_place& place, std::size_t bytes, ::mode_t mode, const std::filesystem::path& path)
{
    const std::string name = "samepage." + path.filename().string().substr(0, 200);
    constexpr unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int made = ::memfd_create(name.c_str(), flags | never_executable);
    if (made == -1 && errno == EINVAL) { // before Linux 6.3
        made = ::memfd_create(name.c_str(), flags);
    }
    const int error = errno;
    file memory{made, path};
    if (!memory) {
        place.fail_call("memfd_create", path, error);
    }
    if (::fchmod(memory.get(), mode) != 0) {
        place.fail_call("fchmod", path, errno);
    }
    if (::ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0) {
        place.fail_call("ftruncate", path, errno);
    }
    return memory;
}

void seal_data(const channel_place& place, const file& data)
{
    seal(place, data, kept_whole | F_SEAL_FUTURE_WRITE);
}

void seal_control(const channel_place& place, const file& control)
{
    seal(place, control, kept_whole);
}

std::string missing_seals(int descriptor, bool of_data)
{
    const int seals = ::fcntl(descriptor, F_GET_SEALS);
    if (seals == -1) {
        return errno == EBADF ? "a descriptor" : "memory that can be sealed (a memfd)";
    }
    std::string missing;
    const auto require = [&](bool there, const char* what) {
        if (!there) {
            missing += missing.empty() ? "" : ", ";
            missing += what;
        }
    };
    require((seals & F_SEAL_SHRINK) != 0, "F_SEAL_SHRINK");
    require((seals & F_SEAL_GROW) != 0, "F_SEAL_GROW");
    require((seals & F_SEAL_SEAL) != 0, "F_SEAL_SEAL");
    require(!of_data || (seals & (F_SEAL_FUTURE_WRITE | F_SEAL_WRITE)) != 0, "F_SEAL_FUTURE_WRITE");
    return missing;
}

file reopen(const channel_place& place, int descriptor, access how, const std::filesystem::path& path)
{
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor);
    auto named = path; // before open(): errno stays as that left it
    file opened{::open(self.c_str(), (how == access::read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC), std::move(named)};
    if (!opened) {
        const int error = errno;
        if (error == ENOENT && ::fcntl(descriptor, F_GETFD) != -1) {
            place.fail(errc::system, "/proc, through which each participant gets a description of its own for its lock",
                       self + ": " + describe_errno(error), "mount it");
        }
        place.fail_call("open", self, error);
    }
    return opened;
}

} // namespace samepage::memory
