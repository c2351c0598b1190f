// SPDX-License-Identifier: BSL-1.0
// page_care.hpp: pages in memory before they are used, locked there, huge, and on one NUMA node.
// Thread safety: none needed.
#pragma once

#include "memory/channel_files.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace samepage::memory {

/// A stretch of a mapping whose pages are reserved; of a mapping, all of them. Begins and ends on pages.
struct page_range {
    std::byte* begin = nullptr;
    std::size_t bytes = 0;
    access how = access::read_only; ///< as it is mapped
    bool reserved = true;           ///< false: its pages may be made later, by others; never touched here
};

/// Brings the reserved ranges into this process's page tables, for writing where they are mapped for that.
/// @throws error no_space, system
void prefault(const channel_place& place, std::span<const page_range> ranges);

/// Locks them in memory; those that are not reserved, page by page as they are touched.
/// @throws error permission_denied with the limit and what is needed; system
void lock(const channel_place& place, std::span<const page_range> ranges);

/// Makes huge pages of the reserved pages of a tmpfs or a memfd. @pre begins and ends on huge pages of file and
/// address.
/// @throws error system where the kernel has none
void make_huge(const channel_place& place, const page_range& range);

/// Pages of the range come from `node` from here on, whoever touches them first; those that are there move to it.
/// @pre mapped for writing from a tmpfs, a memfd or a hugetlbfs
/// @throws error invalid_argument with the nodes there are; system
void bind_to_node(const channel_place& place, const page_range& range, int node);

/// The NUMA nodes that have memory, as the kernel lists them: "0-1". Empty if it does not say.
[[nodiscard]] std::string nodes_with_memory();

} // namespace samepage::memory
