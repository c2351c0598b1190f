// SPDX-License-Identifier: BSL-1.0
// attachment_memory.cpp: reserved, huge, bound, prefaulted and locked pages of a channel.
#include "ring/attachment.hpp"
#include "ring/channel_pages.hpp"
#include "ring/header.hpp"

#include <algorithm>
#include <span>
#include <string>

#include <unistd.h>

namespace samepage::ring {
namespace {

constexpr std::uint64_t words_of_a_lane =
    std::max(sizeof(lane_words<hardware_atomics>), sizeof(directory_words<hardware_atomics>));

std::uint64_t in_pages(std::uint64_t bytes, std::uint64_t page) noexcept
{
    return (bytes + page - 1) / page * page;
}

/// Of what is reserved: a hugetlbfs has no smaller pages than the layout's; elsewhere these are only a spacing.
std::uint64_t unit_of(const data_header& header, memory::storage where) noexcept
{
    return where == memory::storage::huge_pages ? header.page_bytes : memory::page_bytes();
}

void require_memory(const memory::channel_place& place, memory::storage where, const memory_options& options)
{
    if (where == memory::storage::disk && options.numa_node != -1) {
        place.fail(errc::invalid_argument, "numa_node of -1 on a disk, whose pages the kernel caches where it likes",
                   std::to_string(options.numa_node) + " in " + place.directory.string(),
                   "use a directory on a tmpfs or a hugetlbfs, or leave memory_options::numa_node off");
    }
}

} // namespace

void care_for(const memory::channel_place& place, std::span<const memory::page_range> ranges, bool prefault, bool lock)
{
    if (lock) {
        memory::lock(place, ranges);
    } else if (prefault) {
        memory::prefault(place, ranges);
    }
}

memory::file_system pages_of_new(const memory::channel_place& place, const memory_options& options)
{
    memory::file_system found = memory::file_system_of(place);
    require_memory(place, found.kind, options);
    if (!options.huge || found.kind == memory::storage::huge_pages) {
        return found;
    }
    if (found.kind == memory::storage::disk) {
        place.fail(errc::invalid_argument, "small pages on a disk: the kernel's cache alone decides on others",
                   "memory_options::huge in " + place.directory.string(),
                   "use a directory on a tmpfs or a hugetlbfs, or leave memory_options::huge off");
    }
    found.page_bytes = memory::huge_page_bytes(place);
    return found;
}

std::size_t words_bytes(const data_header& header, memory::storage where) noexcept
{
    return in_pages(words_of_a_lane, unit_of(header, where));
}

void reserve_heads(const memory::channel_place& place, const memory::file& data, const data_header& header,
                   memory::storage where)
{
    const std::uint64_t unit = unit_of(header, where);
    if (unit == header.page_bytes) {
        memory::reserve(place, data, 0, ring_offset(header, 0));
        return;
    }
    memory::reserve(place, data, 0, in_pages(sizeof header + header.type_bytes, unit));
    for (unsigned page = 0; page <= header.lane_count; ++page) {
        memory::reserve(place, data, header.lane_offset + std::uint64_t{page} * header.page_bytes,
                        words_bytes(header, where));
    }
}

void reserve_control(const memory::channel_place& place, const memory::file& control, const data_header& header,
                     memory::storage where)
{
    const std::uint64_t unit = unit_of(header, where);
    if (unit == header.page_bytes) {
        memory::reserve(place, control, 0, control_file_bytes(header));
        return;
    }
    memory::reserve(place, control, 0, unit);
    memory::reserve(place, control, header.page_bytes, in_pages(control_words_bytes(header), unit));
}

void attachment::reserve_ring(const memory_options& options)
{
    const auto ring = ring_->present();
    const std::uint64_t capacity = ring_place::capacity_bytes(ring.ring);
    const memory::page_range once{ring.bytes, capacity, memory::access::read_write};
    require_memory(place_, storage_, options);
    const bool fresh = !in_use(lane_);
    if (fresh) {
        if (options.numa_node != -1) { // before its pages are made
            memory::bind_to_node(place_, once, options.numa_node);
        }
        const memory::file& data = writable_ ? writable_->data : data_;
        try {
            memory::reserve(place_, data, ring_place::offset(ring.ring), capacity);
        } catch (...) {
            if (lane_ != 0) { // the creator reserved that, and consumers look at it before there is a record in it
                memory::give_back(data, ring_place::offset(ring.ring), capacity);
            }
            throw;
        }
    }
    if (options.numa_node != -1) {
        // Whoever had the lane before, if only for a moment, may have left pages elsewhere. Once they can be seen from
        // here they are moved, or refused.
        memory::prefault(place_, std::span{&once, 1});
        memory::bind_to_node(place_, once, options.numa_node);
    }
    if (fresh && has_huge_rings()) {
        memory::make_huge(place_, once);
    }
}

bool attachment::has_huge_rings() const noexcept
{
    return storage_ == memory::storage::shared_memory && header_.page_bytes > memory::page_bytes();
}

void attachment::care_for_ring(const memory::page_range& once, const memory_options& options) const
{
    if (options.numa_node != -1) {
        memory::prefault(place_, std::span{&once, 1});
        memory::bind_to_node(place_, once, options.numa_node);
    }
    if (has_huge_rings()) {
        memory::make_huge(place_, once);
    }
    const memory::page_range twice{once.begin, 2 * once.bytes, once.how};
    care_for(place_, std::span{&twice, 1}, options.prefault, options.lock);
}

std::vector<memory::page_range> attachment::word_ranges(memory::access data) const
{
    std::vector<memory::page_range> ranges;
    for (unsigned page = 0; page <= header_.lane_count; ++page) {
        ranges.push_back({words() + std::size_t{page} * header_.page_bytes, words_bytes(header_, storage_), data});
    }
    ranges.push_back({control_.data(), in_pages(control_words_bytes(header_), unit_of(header_, storage_)),
                      memory::access::read_write});
    return ranges;
}

std::vector<memory::page_range> attachment::mapped_ranges() const
{
    auto ranges = word_ranges(data_access_);
    const auto add = [&](const std::byte* bytes, std::uint64_t ring, bool reserved) {
        ranges.push_back({const_cast<std::byte*>(bytes), 2 * ring_place::capacity_bytes(ring), data_access_, reserved});
    };
    if (ring_) {
        add(ring_->present().bytes, ring_->present().ring, true);
        return ranges;
    }
    for (unsigned index = 0; index < header_.lane_count; ++index) {
        if (rings_->ring(index) != ring_place::unknown) {
            add(rings_->bytes(index), rings_->ring(index), true);
        }
    }
    return ranges;
}

void attachment::place_words(const memory_options& options) const
{
    if (options.numa_node == -1) {
        return;
    }
    const auto ranges = word_ranges(memory::access::read_write);
    memory::prefault(place_, ranges); // so that what was reserved elsewhere is found, and moved
    for (const memory::page_range& each : ranges) {
        memory::bind_to_node(place_, each, options.numa_node);
    }
}

void attachment::take_care(bool prefault, bool lock) const
{
    if (prefault || lock) {
        const auto ranges = mapped_ranges();
        care_for(place_, ranges, prefault, lock);
    }
}

void attachment::fail_class(lossless_for allowed) const
{
    const auto* const remedy = "set consumer_options::wants to demand::lossy, or create the channel with another "
                               "channel_options::lossless";
    if (allowed == lossless_for::nobody) {
        place_.fail(errc::invalid_argument, "a lossy consumer: the channel allows no others",
                    "one that wants every record", remedy);
    }
    const auto data = memory::status(place_, data_);
    place_.fail(errc::permission_denied,
                std::string{"a lossy consumer: lossless ones are for "} + to_string(allowed) + ", user " +
                    std::to_string(data.st_uid) + ", group " + std::to_string(data.st_gid),
                "one that wants every record, of user " + std::to_string(::geteuid()) + ", group " +
                    std::to_string(::getegid()),
                remedy);
}

} // namespace samepage::ring
