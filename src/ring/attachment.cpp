// SPDX-License-Identifier: BSL-1.0
// attachment.cpp: a channel's words, rings and locks, once it is mapped.
#include "ring/attachment.hpp"

#include "ring/attachment_parts.hpp"
#include "ring/header.hpp"

#include <samepage/ring/membership.hpp>
#include <samepage/ring/turn.hpp>

#include <array>
#include <utility>

#include <sys/stat.h>

namespace samepage::ring {
namespace {

/// Stands for the ring of a lane that a consumer has not looked at yet: wherever it looks, that the lane has another.
constexpr auto moved_away = [] {
    std::array<std::uint64_t, 4096 / sizeof(std::uint64_t)> headers{};
    headers.fill(frame::moved);
    return headers;
}();

} // namespace

attachment::attachment(opened&& files, memory::access data_access, const memory::fork_barrier& amid)
    : place_(std::move(files.place)),
      storage_(files.storage),
      data_access_(data_access),
      data_(std::move(files.data)),
      header_(files.header.header),
      type_(std::move(files.header.type)),
      geometry_(geometry_of(header_)),
      writable_(std::move(files.writable)),
      words_(writable_ ? memory::plain_mapping{}
                       : memory::plain_mapping{place_, data_, data_access, header_.lane_offset,
                                               (1 + std::size_t{header_.lane_count}) * header_.page_bytes}),
      control_(place_, files.control, memory::access::read_write, header_.page_bytes,
               control_file_bytes(header_) - header_.page_bytes),
      locks_(files.control.release()), // nothing can fail between two owners of the descriptor
      guard_(
          [](void* object) noexcept {
              auto& self = *static_cast<attachment*>(object);
              self.new_name_ = false;
              self.locks_.abandon();
              self.control_.forsake();
          },
          this, amid)
{
    hardware::enlist();
}

attachment::~attachment()
{
    forget_new_name();
    // Before the guard goes: a child of a fork in between would hold the open file description, and its locks.
    const memory::fork_barrier without_forks;
    locks_.abandon();
    control_ = {};
}

std::byte* attachment::words() const noexcept
{
    return writable_ ? writable_->words.data() : words_.data();
}

std::byte* attachment::words_of(unsigned lane) const noexcept
{
    return words() + (1 + std::size_t{lane}) * header_.page_bytes;
}

std::byte* attachment::cells() const noexcept
{
    return control_.data() + sizeof(control_words<hardware>);
}

control_words<hardware>& attachment::control() const noexcept
{
    return *reinterpret_cast<control_words<hardware>*>(control_.data());
}

const directory_words<hardware>& attachment::directory() const noexcept
{
    return *reinterpret_cast<const directory_words<hardware>*>(words());
}

channel_terms& attachment::terms() noexcept
{
    return reinterpret_cast<directory_words<hardware>*>(words())->terms;
}

std::uint64_t attachment::capacity_bytes() const
{
    const std::uint64_t capacity = terms().capacity_bytes.load(std::memory_order_acquire);
    if (!is_possible_capacity(header_, capacity)) {
        fail_corrupt("terms with a capacity that no ring can have");
    }
    return capacity;
}

unsigned attachment::max_producers() const
{
    const std::uint32_t most = terms().max_producers.load(std::memory_order_relaxed);
    if (most == 0 || most > header_.lane_count) {
        fail_corrupt("terms with a number of producers that there is no room for");
    }
    return most;
}

unsigned attachment::max_consumers() const
{
    const std::uint32_t most = terms().max_consumers.load(std::memory_order_relaxed);
    if (most == 0 || most > header_.slot_count) {
        fail_corrupt("terms with a number of consumers that there is no room for");
    }
    return most;
}

bool attachment::is_crowded(std::uint64_t first, unsigned most, unsigned room, std::uint64_t kept) const noexcept
{
    if (room == most || (kept >> most == 0 && !locks_.held_elsewhere(first + most, room - most))) {
        return false;
    }
    unsigned there = 0;
    for (unsigned index = 0; index < room; ++index) {
        there += (kept >> index & 1) != 0 || locks_.held_elsewhere(first + index) ? 1U : 0U;
    }
    return there >= most;
}

bool attachment::in_use(unsigned index) const noexcept
{
    return (directory().lanes.load(std::memory_order_acquire) >> index & 1) != 0; // D1
}

lane_words<hardware>& attachment::writable_words(unsigned index) noexcept
{
    return *reinterpret_cast<lane_words<hardware>*>(words_of(index));
}

cell_words<hardware>& attachment::cell(unsigned slot, unsigned index) const noexcept
{
    return lane<hardware, false>{.cells = cells(), .geometry = geometry_, .index = index}.cell(slot);
}

lane<hardware, true> attachment::writable_lane() const noexcept
{
    const auto at = ring_->present();
    auto geometry = geometry_;
    geometry.capacity_bytes = ring_place::capacity_bytes(at.ring);
    return {reinterpret_cast<lane_words<hardware>*>(words_of(lane_)),
            at.bytes,
            &control(),
            cells(),
            geometry,
            lane_,
            at.ring,
            &terms()};
}

lane<hardware, false> attachment::readable_lane(unsigned index) const noexcept
{
    const std::uint64_t ring = rings_->ring(index);
    const bool known = ring != ring_place::unknown;
    auto geometry = geometry_;
    geometry.capacity_bytes = known ? ring_place::capacity_bytes(ring) : sizeof moved_away;
    return {reinterpret_cast<const lane_words<hardware>*>(words_of(index)),
            known ? rings_->bytes(index) : reinterpret_cast<const std::byte*>(moved_away.data()),
            &control(),
            cells(),
            geometry,
            index,
            ring};
}

saved_words<hardware>& attachment::saved(unsigned index) const noexcept
{
    return group().stands(index);
}

group_place<hardware> attachment::group() const noexcept
{
    return {.control = &control(),
            .saved = control_.data() + saved_offset(header_),
            .lane_count = header_.lane_count,
            .slots = header_.slot_count,
            .group = named_slot_,
            .own = slot_};
}

void attachment::let_go_of_left_ring() noexcept
{
    ring_->let_go_of_left(
        locks_, header_.slot_count, [this](unsigned slot) -> auto& { return cell(slot, lane_); });
}

bool attachment::is_superseded() const noexcept
{
    struct ::stat ours {};
    struct ::stat there {};
    return place_.has_files && ::fstat(data_.get(), &ours) == 0 && ::lstat(place_.data.c_str(), &there) == 0 &&
           (ours.st_ino != there.st_ino || ours.st_dev != there.st_dev);
}

bool attachment::is_being_removed() const noexcept
{
    return locks_.held_elsewhere(lock_byte::naming);
}

lossless_for attachment::lossless() const noexcept
{
    std::uint32_t whom = terms().lossless.load(std::memory_order_relaxed);
    if ((whom & forbidding) != 0 && !locks_.held_elsewhere(lock_byte::naming)) {
        // Who forbids holds that lock: it is done by now, or died. One that begins behind our question finds our bit.
        whom = terms().lossless.load(std::memory_order_relaxed) & ~forbidding;
    }
    return (whom & forbidding) != 0 ? lossless_for::nobody : static_cast<lossless_for>(whom);
}

void attachment::announce_lane() const noexcept
{
    ring::announce_lane(*reinterpret_cast<directory_words<hardware>*>(words()), lane_);
}

void attachment::mark_dead_lanes() noexcept
{
    ring::mark_dead_lanes(
        directory(), locks_, header_.lane_count, lane_, [this](unsigned index) -> auto& {
            return reinterpret_cast<lane_words<hardware>*>(words_of(index))->state;
        });
}

void attachment::require_named() const
{
    if (place_.has_files && !memory::names(place_.control, locks_.descriptor())) {
        throw channel_gone{};
    }
}

channel_info attachment::info() const
{
    const auto status = memory::status(place_, data_);
    const std::uint64_t ring = ring_ ? ring_->present().ring : rings_->ring(lane_);
    return {.name = place_.name,
            .data_path = place_.data,
            .control_path = place_.control,
            .device = status.st_dev,
            .inode = status.st_ino,
            .lane = lane_,
            .ring_offset_bytes = ring_place::offset(ring),
            .capacity_bytes = ring_place::capacity_bytes(ring),
            .ring = ring_ ? ring_->present().bytes : rings_->bytes(lane_),
            .format = type_.format};
}

void attachment::fail_corrupt(std::string found) const
{
    place_.fail(errc::corrupt, "a lane whose words agree with each other in " + place_.data.string(), std::move(found),
                "remove the channel and let its producer create it anew");
}

void attachment::fail_unmapped() const
{
    place_.fail(errc::system, "address space and memory for the ring that a lane of " + place_.data.string() + " got",
                "none", "see ulimit -v, ulimit -l and vm.max_map_count");
}

void attachment::fail_turn(std::string_view group) const
{
    const unsigned holder = holder_of(control().consumers[named_slot_].turn.load(std::memory_order_relaxed));
    const std::string who = "consumer slot " + std::to_string(holder);
    const std::string pid =
        holder < header_.slot_count
            ? ", process id " + std::to_string(control().consumers[holder].pid.load(std::memory_order_relaxed))
            : "";
    place_.fail(errc::system, "the turn of the group '" + std::string{group} + "', for some seconds now",
                "a member that keeps it: " + who + pid,
                "see whether that process is stopped (kill -CONT), or end it: then the turn passes on");
}

void attachment::fail_argument(std::string expected, std::string found) const
{
    place_.fail(errc::invalid_argument, std::move(expected), std::move(found), "correct consumer_options");
}

} // namespace samepage::ring
