// SPDX-License-Identifier: BSL-1.0
// consumer_names.cpp: names of consumers, and how one is forgotten.
#include "ring/consumer_names.hpp"

#include "memory/mapping.hpp"
#include "ring/endpoint_birth.hpp"
#include "ring/header.hpp"
#include "ring/naming.hpp"

#include <samepage/memory/fork_guard.hpp>
#include <samepage/ring/group_member.hpp>
#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/membership.hpp>
#include <samepage/ring/remove_consumer.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace samepage {
namespace ring {
namespace {

/// For people: bytes that could do something to their terminal are left out.
std::string shown(std::string_view name)
{
    std::string text = "'";
    for (const char byte : name) {
        text += byte < ' ' || byte > '~' ? '?' : byte;
    }
    return text + '\'';
}

} // namespace

void require_consumer_name(const memory::channel_place& place, std::string_view name)
{
    if (!memory::valid_name(name) || name.size() > most_name_bytes) {
        place.fail(errc::invalid_name,
                   "a consumer's name of 1 to 63 characters A-Z a-z 0-9 _ . -, beginning with neither . nor -, without "
                   "\"..\"",
                   name.size() > most_name_bytes ? "one of " + std::to_string(name.size()) + " characters"
                                                 : shown(name),
                   "rename the consumer");
    }
}

std::optional<unsigned> slot_of(const control_words<hardware>& control, unsigned slots, std::string_view name) noexcept
{
    for (unsigned slot = 0; slot < slots; ++slot) {
        if (is_named(control, slot) && name_of(control, slot) == name) {
            return slot;
        }
    }
    return std::nullopt;
}

void name_slot(control_words<hardware>& control, unsigned slot, std::string_view name, group_kind kind) noexcept
{
    auto& words = control.consumers[slot];
    std::memset(words.name, 0, sizeof words.name);
    std::memcpy(words.name, name.data(), std::min<std::size_t>(name.size(), most_name_bytes));
    words.since_ns.store(since_1970_ns(), std::memory_order_relaxed);
    words.lost.store(0, std::memory_order_relaxed);
    words.absent_since_ns.store(0, std::memory_order_relaxed);
    words.settled.store(0, std::memory_order_relaxed);
    words.group.store(static_cast<std::uint32_t>(kind), std::memory_order_relaxed);
    words.turn.store(0, std::memory_order_relaxed);
    words.members.store(0, std::memory_order_relaxed);
}

void forget_name(control_words<hardware>& control, unsigned slot) noexcept
{
    withdraw(control, slot);
    control.named.fetch_and(~(std::uint64_t{1} << slot), std::memory_order_release);
}

group_kind kind_of(const control_words<hardware>& control, unsigned slot) noexcept
{
    const auto found = control.consumers[slot].group.load(std::memory_order_relaxed);
    return found <= static_cast<std::uint32_t>(group_kind::lossy) ? static_cast<group_kind>(found) : group_kind::none;
}

std::string name_of(const control_words<hardware>& control, unsigned slot)
{
    const char* const name = control.consumers[slot].name;
    return {name, ::strnlen(name, most_name_bytes)};
}

} // namespace ring

bool remove_consumer(std::string_view channel, std::string_view name, const std::filesystem::path& directory)
{
    using namespace ring;
    const memory::channel_place place("remove consumer", channel, directory);
    require_consumer_name(place, name);
    const auto data = memory::open_existing(place, place.data, memory::access::read_only);
    if (!data) {
        place.fail(errc::not_found, "a channel at " + place.data.string(), "none", "see whether the name is right");
    }
    const auto header = check_data(place, *data).header;
    const memory::fork_barrier without_forks; // a child would keep our locks
    auto opened = memory::open_existing(place, place.control, memory::access::read_write);
    if (!opened || !check_control(place, *opened, header)) {
        place.fail(errc::retired, "a control file of the channel at " + place.control.string(),
                   opened ? "another channel's" : "none", "it was removed or made anew at this moment: try again");
    }
    const memory::plain_mapping mapped(place, *opened, memory::access::read_write, header.page_bytes,
                                       control_file_bytes(header) - header.page_bytes);
    memory::ownership_locks locks{opened->release()};
    auto& control = *reinterpret_cast<control_words<hardware>*>(mapped.data());
    hardware::enlist();
    wait_for_naming_lock(place, locks);
    const auto slot = slot_of(control, header.slot_count, name);
    if (!slot) {
        return false;
    }
    if (!locks.try_lock(lock_byte::consumer + *slot) && locks.held_elsewhere(lock_byte::consumer + *slot)) {
        place.fail(errc::consumer_exists, "no live consumer of the name '" + std::string{name} + "'",
                   "one with process id " +
                       std::to_string(control.consumers[*slot].pid.load(std::memory_order_relaxed)),
                   "end it first");
    }
    const group_place<hardware> group{.control = &control,
                                      .saved = mapped.data() + saved_offset(header),
                                      .lane_count = header.lane_count,
                                      .slots = header.slot_count,
                                      .group = *slot};
    const std::uint64_t members = group.words().members.load(std::memory_order_acquire);
    for (unsigned member = 0; member < header.slot_count; ++member) {
        if ((members >> member & 1) == 0) {
            continue;
        }
        if (locks.held_elsewhere(lock_byte::consumer + member)) {
            place.fail(errc::consumer_exists, "no live member of the group '" + std::string{name} + "'",
                       "one with process id " +
                           std::to_string(control.consumers[member].pid.load(std::memory_order_relaxed)),
                       "end it first");
        }
    }
    for (unsigned member = 0; member < header.slot_count; ++member) {
        if ((members >> member & 1) != 0) { // dead: nobody takes its slot until the bit goes
            for (unsigned i = 0; i < claims_kept; ++i) {
                group.claim(member, i).begin.store(0, std::memory_order_relaxed);
            }
            control.grouped.fetch_and(~(std::uint64_t{1} << member), std::memory_order_release);
        }
    }
    forget_name(control, *slot);
    for_each_bit(control.sleeping_producers.load(std::memory_order_relaxed), [&](unsigned lane) {
        if (lane < header.lane_count) {
            wake<hardware>(
                control.sleeping_producers, std::uint64_t{1} << lane, [&](unsigned index) -> auto& {
                    return control.producer_bells[index].doorbell;
                });
        }
        return true;
    });
    return true;
}

} // namespace samepage
