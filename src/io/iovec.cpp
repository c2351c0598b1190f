// SPDX-License-Identifier: BSL-1.0
// iovec.cpp: pieces of a view as the kernel takes them.
#include <samepage/io/iovec.hpp>

#include <algorithm>
#include <cassert>
#include <climits>
#include <iterator>

namespace samepage {

namespace {

static_assert(max_iovecs <= IOV_MAX);

/// iovec has one pointer for both directions; who asks for scattering has asked for writable bytes before.
iovec as_iovec(std::span<const std::byte> run) noexcept
{
    return {const_cast<std::byte*>(run.data()), run.size()};
}

std::vector<iovec> all_runs(const memory_view& of)
{
    const byte_runs<std::span<const std::byte>> runs{of};
    std::vector<iovec> all;
    all.reserve(runs.size());
    std::transform(runs.begin(), runs.end(), std::back_inserter(all), as_iovec);
    return all;
}

} // namespace

std::vector<iovec> gather_iovecs(const memory_view& from)
{
    return all_runs(from);
}

std::vector<iovec> scatter_iovecs(const memory_view& into)
{
    static_cast<void>(into.writable_data()); // refuses
    return all_runs(into);
}

iovec_cursor iovec_cursor::gather(const memory_view& from)
{
    return iovec_cursor{from};
}

iovec_cursor iovec_cursor::scatter(const memory_view& into)
{
    static_cast<void>(into.writable_data()); // refuses
    return iovec_cursor{into};
}

std::span<const iovec> iovec_cursor::next(std::span<iovec> room) const
{
    if (done()) {
        return {};
    }
    const std::size_t first = done_bytes_ / runs_.run_bytes();
    const std::size_t count = std::min({room.size(), max_iovecs, runs_.size() - first});
    for (std::size_t i = 0; i < count; ++i) {
        room[i] = as_iovec(runs_[first + i]);
    }
    if (count != 0) {
        room[0] = as_iovec(runs_[first].subspan(done_bytes_ % runs_.run_bytes()));
    }
    return room.first(count);
}

void iovec_cursor::advance(std::size_t bytes) noexcept
{
    assert(bytes <= left_bytes());
    done_bytes_ += bytes;
}

} // namespace samepage
