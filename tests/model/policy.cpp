// SPDX-License-Identifier: BSL-1.0
// policy.cpp: which word of the model a byte of a ring is.
#include "model/policy.hpp"

#include <cstdlib>
#include <vector>

namespace model {
namespace {

std::vector<ring_memory> known_rings;

struct cell {
    std::uint32_t& id;
    bool noticed;
};

/// Rings are mapped twice.
ring_memory* ring_with(const void* byte)
{
    for (ring_memory& ring : known_rings) {
        if (byte >= ring.base && byte < ring.base + 2 * ring.capacity_bytes) {
            return &ring;
        }
    }
    return nullptr;
}

/// The same word under both addresses.
cell cell_at(const std::byte* bytes)
{
    const ring_memory* const ring = ring_with(bytes);
    if (ring == nullptr) {
        std::abort();
    }
    if (ring->given_back) {
        the_engine().fail("a ring that was given back is touched");
    }
    const auto offset = static_cast<std::uint64_t>(bytes - ring->base) & (ring->capacity_bytes - 1) & ~7ULL;
    return {policy::word_at<std::uint64_t>(ring->base + offset).id(), ring->headers};
}

} // namespace

void policy::add_ring(const ring_memory& ring)
{
    known_rings.push_back(ring);
}

void policy::forget_rings()
{
    known_rings.clear();
}

void policy::give_back(const std::byte* ring, const where_in_source& at)
{
    constexpr std::uint64_t lost = 0x5a5a'5a5a'5a5a'5a5a; // no record's, and a header of none that fits
    ring_memory& gone = *ring_with(ring);
    for (std::uint64_t offset = 0; offset < gone.capacity_bytes; offset += 8) {
        the_engine().plain_store(word_at<std::uint64_t>(gone.base + offset).id(), lost, true, at);
    }
    gone.given_back = true;
}

bool policy::is_given_back(const void* byte) noexcept
{
    const ring_memory* const ring = ring_with(byte);
    return ring != nullptr && ring->given_back;
}

void policy::write(std::byte* to, std::uint64_t value, const where_in_source& at)
{
    const cell here = cell_at(to);
    the_engine().plain_store(here.id, value, here.noticed, at);
}

std::uint64_t policy::read(const std::byte* from, const where_in_source& at)
{
    return the_engine().plain_load(cell_at(from).id, at);
}

void policy::clear(std::byte* bytes, std::size_t count, const where_in_source& at)
{
    for (std::size_t i = 0; i < count; i += 8) {
        write(bytes + i, 0, at);
    }
}

void policy::copy(std::byte* to, const std::byte* from, std::size_t count, const where_in_source& at)
{
    for (std::size_t i = 0; i < count; i += 8) {
        write(to + i, read(from + i, at), at);
    }
}

void bells::ring(unsigned slot) noexcept
{
    if (rung != nullptr) {
        rung[slot].fetch_add(1, std::memory_order_release);
        policy::wake(rung[slot]);
    }
}

} // namespace model
