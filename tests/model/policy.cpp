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

/// Rings are mapped twice: the same word under both addresses.
cell cell_at(const std::byte* bytes)
{
    for (const ring_memory& ring : known_rings) {
        if (bytes >= ring.base && bytes < ring.base + 2 * ring.capacity_bytes) {
            const auto offset = static_cast<std::uint64_t>(bytes - ring.base) & (ring.capacity_bytes - 1) & ~7ULL;
            return {policy::word_at<std::uint64_t>(ring.base + offset).id(), ring.headers};
        }
    }
    std::abort();
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
