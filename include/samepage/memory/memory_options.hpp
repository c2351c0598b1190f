// SPDX-License-Identifier: BSL-1.0
// memory_options.hpp: where a channel's pages come from, and what is done for them before the first record.
// Thread safety: plain values.
#pragma once

namespace samepage {

/// Of who creates a channel. What cannot be had is refused when the channel is made, with the reason; nothing is a
/// hint. docs/places.md says what each costs.
struct memory_options {
    /// No files: two memfds, which processes hand on by descriptor (send_channel()). The data are sealed: whoever gets
    /// the descriptors can never write them, and producers live in the process that created the channel. `directory`,
    /// `mode` and `group` say nothing then: who has the descriptors may consume.
    bool nameless = false;
    /// Rings in huge pages, made of the reserved ones when a producer takes its ring: on a tmpfs, and nameless. On a
    /// hugetlbfs every page is huge, asked for or not. A ring is a multiple of the huge page then.
    bool huge = false;
    /// The NUMA node of all pages that this producer reserves; -1: as the kernel sees fit. One that joins says it for
    /// its own ring.
    int numa_node = -1;
    /// The pages are in this process's page tables before the constructor returns: no fault at their first use. Of a
    /// producer that joins, too.
    bool prefault = false;
    /// They stay in memory (mlock): never swapped or dropped. Of a producer that joins, too.
    bool lock = false;
};

/// Of a consumer, about its own mapping.
struct mapping_options {
    /// As memory_options::prefault, for the rings that producers have taken by then; a later one at the first look at
    /// it.
    bool prefault = false;
    /// As memory_options::lock; a later producer's ring at the first look at it, which is `unmapped` if it cannot be.
    bool lock = false;
};

} // namespace samepage
