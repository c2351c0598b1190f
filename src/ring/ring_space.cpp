// SPDX-License-Identifier: BSL-1.0
// ring_space.cpp: the end of the file grows, and holes are made in it.
#include "ring/ring_space.hpp"

#include "ring/header.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace samepage::ring {

std::uint64_t first_ring(const data_header& header, unsigned lane) noexcept
{
    return ring_place::encode(ring_offset(header, lane), header.capacity_bytes);
}

bool is_possible_ring(const memory::channel_place& place, const memory::file& data, const data_header& header,
                      std::uint64_t ring)
{
    const std::uint64_t capacity = ring_place::capacity_bytes(ring);
    const std::uint64_t offset = ring_place::offset(ring);
    if ((ring & (ring_place::unit - 1)) > 63 || !is_possible_capacity(header, capacity) ||
        offset % header.page_bytes != 0 || offset < ring_offset(header, 0)) {
        return false;
    }
    const auto bytes = static_cast<std::uint64_t>(memory::status(place, data).st_size);
    return offset <= bytes && capacity <= bytes - offset;
}

std::uint64_t make_ring(const memory::channel_place& place, const memory::file& data, const data_header& header,
                        std::uint64_t capacity_bytes)
{
    const auto bytes = static_cast<std::uint64_t>(memory::status(place, data).st_size);
    const std::uint64_t offset = (bytes + header.page_bytes - 1) / header.page_bytes * header.page_bytes;
    const std::uint64_t made = ring_place::encode(offset, capacity_bytes);
    try {
        memory::reserve(place, data, offset, capacity_bytes);
    } catch (...) {
        unmake_ring(data, made, bytes);
        throw;
    }
    return made;
}

void unmake_ring(const memory::file& data, std::uint64_t ring, std::uint64_t bytes_before) noexcept
{
    give_back_ring(data, ring);
    struct ::stat now {};
    // Only make_ring() lengthens the file, under the naming lock. Should anybody else have, nothing of theirs is cut.
    if (::fstat(data.get(), &now) == 0 &&
        static_cast<std::uint64_t>(now.st_size) <= ring_place::offset(ring) + ring_place::capacity_bytes(ring)) {
        (void)::ftruncate(data.get(), static_cast<off_t>(bytes_before));
    }
}

void give_back_ring(const memory::file& data, std::uint64_t ring) noexcept
{
    // Where holes cannot be made, the pages stay until the channel is removed.
    memory::give_back(data, ring_place::offset(ring), ring_place::capacity_bytes(ring));
}

bool want_ring(const memory::channel_place& place, const memory::file& data, const data_header& header,
               lane_words<hardware>& words, std::uint64_t capacity_bytes)
{
    std::uint64_t wanted = words.wanted_ring.load(std::memory_order_acquire);
    if ((wanted & ring_place::taken_up) != 0) {
        return false;
    }
    const bool has_it = ring_place::capacity_bytes(words.ring.load(std::memory_order_acquire)) == capacity_bytes;
    if (wanted != 0 ? !has_it && ring_place::capacity_bytes(wanted) == capacity_bytes : has_it) {
        return true;
    }
    const std::uint64_t instead = has_it ? 0 : make_ring(place, data, header, capacity_bytes);
    // P14 release: pairs with P15: who takes it up sees its pages. Compared: its producer may take up what was wanted.
    const bool changed = words.wanted_ring.compare_exchange_strong(wanted, instead, std::memory_order_acq_rel);
    if (const std::uint64_t unused = changed ? wanted : instead; unused != 0) {
        give_back_ring(data, unused);
    }
    return changed;
}

bool withdraw_ring(const memory::file& data, lane_words<hardware>& words) noexcept
{
    std::uint64_t wanted = words.wanted_ring.load(std::memory_order_acquire);
    if (wanted == 0) {
        return true;
    }
    // As P14, for the same reason.
    if ((wanted & ring_place::taken_up) != 0 ||
        !words.wanted_ring.compare_exchange_strong(wanted, 0, std::memory_order_acq_rel)) {
        return false;
    }
    give_back_ring(data, wanted);
    return true;
}

} // namespace samepage::ring
