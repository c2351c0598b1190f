// SPDX-License-Identifier: BSL-1.0
// observer_consumers.cpp: who consumes, where each stands in a lane, and what it holds.
#include "ring/observer_pages.hpp"

#include <samepage/ring/group_member.hpp>

#include <algorithm>
#include <bit>

namespace samepage {
namespace {

using ring::hardware;
using ring::position;

constexpr int tries = 4; ///< of a cell whose consumer goes on

} // namespace

std::string observer::channel_pages::name_of(unsigned slot) const
{
    // Bytes that others may be changing: each is read once, and none is believed.
    const volatile char* const bytes = control().consumers[slot].name;
    std::string name;
    for (std::size_t i = 0; i != ring::most_name_bytes; ++i) {
        const char byte = bytes[i];
        if (byte == '\0') {
            break;
        }
        const bool plain = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                           (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
        name += plain ? byte : '?';
    }
    return name.empty() ? "?" : name;
}

/// A group's members, whatever the page says: claims are counted, not followed.
std::vector<observed_member> observer::channel_pages::members_of(unsigned slot) const
{
    // Only read: the pages are mapped so.
    const ring::group_place<hardware> group{.control = const_cast<ring::control_words<hardware>*>(&control()),
                                            .saved = control_.data() + ring::saved_offset(header_),
                                            .lane_count = header_.lane_count,
                                            .slots = header_.slot_count,
                                            .group = slot};
    const std::uint64_t existing = ~std::uint64_t{0} >> (ring::most_consumers - header_.slot_count);
    std::vector<observed_member> members;
    ring::for_each_bit(group.words().members.load(std::memory_order_acquire) & existing, [&](unsigned member) {
        observed_member found{.slot = member,
                              .pid = control().consumers[member].pid.load(std::memory_order_relaxed),
                              .since = time_of(control().consumers[member].since_ns.load(std::memory_order_relaxed)),
                              .alive = control_file_.held_elsewhere(ring::lock_byte::consumer + member)};
        for (unsigned i = 0; i < ring::claims_kept; ++i) {
            found.held += (group.claim(member, i).begin.load(std::memory_order_relaxed) & ring::held) != 0 ? 1U : 0U;
        }
        members.push_back(found);
        return true;
    });
    return members;
}

void observer::channel_pages::look_at_consumers(observation& into) const
{
    const auto& control = this->control();
    const std::uint64_t existing = ~std::uint64_t{0} >> (ring::most_consumers - header_.slot_count);
    const std::uint64_t sleeping = control.sleeping_consumers.load(std::memory_order_relaxed);
    const std::uint64_t named = control.named.load(std::memory_order_acquire);
    const std::uint64_t joined = control.joined.load(std::memory_order_acquire);
    ring::for_each_bit((joined | named) & existing, [&](unsigned slot) {
        const auto& words = control.consumers[slot];
        const std::uint64_t byte = ring::lock_byte::consumer + slot;
        const bool is_named = (named >> slot & 1) != 0;
        bool alive = control_file_.held_elsewhere(byte);
        if (!alive) { // dead or absent, or it left in between: then its bit went first
            if (!is_named && (control.joined.load(std::memory_order_acquire) >> slot & 1) == 0) {
                return true;
            }
            alive = control_file_.held_elsewhere(byte); // or somebody else took the slot meanwhile
        }
        observed_consumer found;
        found.slot = slot;
        found.joined = (joined >> slot & 1) != 0;
        const auto kind = words.group.load(std::memory_order_relaxed);
        if (is_named && (kind == static_cast<std::uint32_t>(ring::group_kind::lossless) ||
                         kind == static_cast<std::uint32_t>(ring::group_kind::lossy))) {
            found.group = true;
            found.members = members_of(slot);
            alive = std::any_of(found.members.begin(), found.members.end(), [](auto& each) { return each.alive; });
        }
        if (is_named) {
            found.name = name_of(slot);
            found.absent = !alive;
        }
        if (const std::uint64_t left = words.absent_since_ns.load(std::memory_order_relaxed);
            found.absent && left != 0) {
            const auto now =
                static_cast<std::uint64_t>(std::chrono::nanoseconds{steady::now().time_since_epoch()}.count());
            if (left <= now) { // else the machine was started since
                found.absent_for = std::chrono::nanoseconds{static_cast<std::int64_t>(now - left)};
            }
        }
        found.pid = words.pid.load(std::memory_order_relaxed);
        found.since = time_of(words.since_ns.load(std::memory_order_relaxed));
        found.wants = cursor(slot, 0) == ring::unbound ||
                              (found.group && kind == static_cast<std::uint32_t>(ring::group_kind::lossy))
                          ? demand::lossy
                          : demand::lossless;
        found.alive = alive;
        found.asleep = alive && (sleeping >> slot & 1) != 0;
        found.armed = alive && words.armed.load(std::memory_order_relaxed) != 0;
        found.lost = words.lost.load(std::memory_order_relaxed);
        into.consumers.push_back(std::move(found));
        return true;
    });
}

position observer::channel_pages::saved_place(unsigned slot, unsigned lane) const noexcept
{
    const auto& saved = reinterpret_cast<const ring::saved_words<hardware>*>(
        control_.data() + ring::saved_offset(header_) +
        slot * ring::saved_bytes<hardware_atomics>(header_.lane_count))[lane];
    return std::max(saved.entries[0].place.load(std::memory_order_acquire),
                    saved.entries[1].place.load(std::memory_order_acquire));
}

cell_sight observer::channel_pages::look_at_cell(const observed_consumer& consumer, unsigned lane,
                                                 std::uint64_t most_held) const
{
    const unsigned slot = consumer.slot;
    cell_sight found;
    found.cursor = cursor(slot, lane);
    const auto* const holds =
        reinterpret_cast<const ring::hold_words<hardware>*>(cell(slot, lane) + sizeof(ring::cell_words<hardware>));
    // Producers heed the holds of those who joined. What another slot says is left of somebody who died.
    const bool joined = (control().joined.load(std::memory_order_acquire) >> slot & 1) != 0;
    for (unsigned i = 0; joined && i != header_.max_holds; ++i) {
        for (int attempt = 0; attempt != tries; ++attempt) {
            const std::uint64_t begin = holds[i].begin.load(std::memory_order_acquire);
            const position end = holds[i].end.load(std::memory_order_acquire);
            if ((begin & ring::held) == 0) {
                break;
            }
            if (holds[i].begin.load(std::memory_order_acquire) != begin) {
                continue; // that hold was let go meanwhile
            }
            const position from = begin & ~ring::held;
            if (end < from || end > ring::most_position) {
                found.crooked = true;
                break;
            }
            ++found.holds;
            found.held_bytes += std::min(end - from, most_held);
            found.goes_on_at = std::max(found.goes_on_at.value_or(0), end);
            break;
        }
    }
    if (!consumer.name.empty() && !found.goes_on_at &&
        control().consumers[slot].settled.load(std::memory_order_acquire) != 0) {
        found.goes_on_at = saved_place(slot, lane);
    }
    return found;
}

observed_place observer::channel_pages::lossless_place(observed_consumer& consumer, position at, unsigned lane,
                                                       const ring::lane_sight& sight,
                                                       const ring::observed_pages& pages) const
{
    for (int attempt = 0;; ++attempt) {
        observed_place found;
        found.lane = lane;
        found.at = at;
        // A framed consumer may be a record ahead of head, and whoever reads on while we look is ahead of what we saw.
        const std::uint64_t behind = sight.head - std::min(at, sight.head);
        found.lag_bytes =
            std::min(behind, pages.geometry.capacity_bytes); // one that joins may be a little behind the ring
        found.lag = behind > pages.geometry.capacity_bytes ? std::nullopt : sight.count_from(at, pages);
        const position now = cursor(consumer.slot, lane);
        if (now == at) { // so nothing above it was overwritten
            const position head = lane_words(lane).head.load(std::memory_order_acquire); // since then it went on
            if (at > head && at - head > pages.geometry.capacity_bytes) {
                consumer.contradiction = "a cursor at " + std::to_string(at) + ", more than a ring above head";
            } else if (!pages.on_grid(at)) {
                consumer.contradiction = "a cursor at " + std::to_string(at) + ", where no record can begin";
            }
            return found;
        }
        if (attempt == tries || now == ring::unbound) {
            found.lag.reset();
            return found;
        }
        at = now;
    }
}

observed_place observer::channel_pages::lossy_place(observed_consumer& consumer, const cell_sight& cell, unsigned lane,
                                                    const ring::lane_sight& sight,
                                                    const ring::observed_pages& pages) const
{
    observed_place found;
    found.lane = lane;
    found.held = cell.holds;
    found.held_bytes = cell.held_bytes;
    if (cell.crooked) {
        consumer.contradiction = "a hold that ends before it begins, or where no lane gets";
    }
    if (cell.goes_on_at) {
        const position at = std::min(*cell.goes_on_at, sight.head); // a claim is longer than what will be held
        found.at = at;
        found.lag_bytes = sight.head - at;
        found.passed_bytes = sight.horizon > at ? sight.horizon - at : 0;
        found.lag = sight.count_from(at, pages);
        const bool framed = header_.record_bytes == 0;
        if (framed && lane_words(lane).horizon.load(std::memory_order_acquire) > at) {
            found.lag.reset(); // the headers from there on may be anything
        }
    }
    return found;
}

} // namespace samepage
