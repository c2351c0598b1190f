// SPDX-License-Identifier: BSL-1.0
// site.cpp: meeting, mapping and naming, for one side of a burst.
#include "site.hpp"

#include "kernels.hpp"

#include <samepage/ring/remove_channel.hpp>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bench {

namespace {

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

std::atomic<std::uint64_t>& arrived(meeting_point& where, role who)
{
    return who == role::a ? where.arrived_a : where.arrived_b;
}

} // namespace

site::site(role who, meeting_point& where, const std::filesystem::path& directory)
    : who_(who), where_(&where), directory_(directory), meetings_(arrived(where, who).load(std::memory_order_relaxed))
{
}

site::~site()
{
    for (const auto& [begin, bytes] : mappings_) {
        ::munmap(begin, bytes);
    }
}

void site::meet() noexcept
{
    const role other = who_ == role::a ? role::b : role::a;
    // Release and acquire pair with the other side's: what each did before is seen by the other after.
    arrived(*where_, who_).store(++meetings_, std::memory_order_release);
    while (arrived(*where_, other).load(std::memory_order_acquire) < meetings_) {
        pause();
    }
}

std::byte* site::shared_memory(std::size_t bytes)
{
    const std::filesystem::path path = directory_ / ("memory." + std::to_string(mappings_.size()));
    int file = -1;
    if (who_ == role::a) {
        file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file < 0) {
            fail("shared memory: create");
        }
        if (const int error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes)); error != 0) {
            errno = error;
            fail("shared memory: reserve");
        }
        meet();
        meet();
        ::unlink(path.c_str());
    } else {
        meet();
        file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        if (file < 0) {
            fail("shared memory: open");
        }
        meet();
    }
    void* const begin = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, 0);
    ::close(file);
    if (begin == MAP_FAILED) {
        fail("shared memory: map");
    }
    mappings_.push_back({static_cast<std::byte*>(begin), bytes});
    return mappings_.back().begin;
}

std::string site::channel(std::string_view tag)
{
    channels_.push_back(prefix_ + std::string(tag));
    return channels_.back();
}

void site::remove_names()
{
    if (who_ == role::a) {
        for (const std::string& name : channels_) {
            samepage::remove_channel(name, directory_);
        }
    }
}

} // namespace bench
