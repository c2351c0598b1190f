// SPDX-License-Identifier: BSL-1.0
// ownership_locks.cpp: F_OFD_SETLK on single bytes.
#include <samepage/memory/ownership_locks.hpp>

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace samepage::memory {
namespace {

struct flock bytes(short type, std::uint64_t first, std::uint64_t count = 1) noexcept
{
    struct flock range {};
    range.l_type = type;
    range.l_whence = SEEK_SET;
    range.l_start = static_cast<off_t>(first);
    range.l_len = static_cast<off_t>(count);
    return range; // l_pid stays 0, as OFD locks demand
}

int call(int descriptor, int command, struct flock& range) noexcept
{
    int result = 0;
    do {
        result = ::fcntl(descriptor, command, &range);
    } while (result == -1 && errno == EINTR);
    return result;
}

} // namespace

ownership_locks::ownership_locks(ownership_locks&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1))
{
}

ownership_locks& ownership_locks::operator=(ownership_locks&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

ownership_locks::~ownership_locks()
{
    abandon(); // and the last close of an open file description drops its locks
}

void ownership_locks::abandon() noexcept
{
    if (const int descriptor = std::exchange(descriptor_, -1); descriptor != -1) {
        ::close(descriptor);
    }
}

bool ownership_locks::try_lock(std::uint64_t byte, std::uint64_t count) noexcept
{
    auto range = bytes(F_WRLCK, byte, count);
    return call(descriptor_, F_OFD_SETLK, range) == 0;
}

bool ownership_locks::try_share(std::uint64_t byte) noexcept
{
    auto range = bytes(F_RDLCK, byte);
    return call(descriptor_, F_OFD_SETLK, range) == 0;
}

void ownership_locks::unlock(std::uint64_t byte) noexcept
{
    auto range = bytes(F_UNLCK, byte);
    call(descriptor_, F_OFD_SETLK, range);
}

bool ownership_locks::held_elsewhere(std::uint64_t byte, std::uint64_t count) const noexcept
{
    auto range = bytes(F_RDLCK, byte, count); // in whose way only owners are
    return call(descriptor_, F_OFD_GETLK, range) != 0 || range.l_type != F_UNLCK;
}

} // namespace samepage::memory
