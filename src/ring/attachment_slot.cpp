// SPDX-License-Identifier: BSL-1.0
// attachment_slot.cpp: a consumer's slot: anybody's, a name's, or one of a group's. docs/protocol.md, "Named consumers"
// and "Groups".
#include "ring/attachment.hpp"
#include "ring/attachment_parts.hpp"
#include "ring/consumer_names.hpp"
#include "ring/header.hpp"
#include "ring/naming.hpp"

#include <samepage/ring/membership.hpp>

#include <algorithm>
#include <bit>
#include <exception>
#include <string>
#include <thread>

namespace samepage::ring {
namespace {

/// A mask of so many.
std::uint64_t first_bits(unsigned count) noexcept
{
    return count < 64 ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
}

} // namespace

void attachment::check_options(const consumer_options& options) const
{
    const unsigned most = options.group.empty() ? most_holds : claims_kept;
    const unsigned most_held = options.wants == demand::lossy ? std::min(header_.max_holds, most) : most;
    if (!options.group.empty() && !options.name.empty()) {
        fail_argument("a name or a group", "both: a member has no name of its own");
    }
    if (options.held == 0 || options.held > most_held) {
        const auto* const why = most_held < most        ? ", the channel's max_held for lossy consumers"
                                : options.group.empty() ? ""
                                                        : ", for a group's member";
        fail_argument("held from 1 to " + std::to_string(most_held) + why, std::to_string(options.held));
    }
    const auto allowed = lossless();
    if (options.wants == demand::lossless && !admits_this_process(allowed, memory::status(place_, data_))) {
        fail_class(allowed);
    }
    for (const record_place& at : options.resume) {
        if (at.lane >= header_.lane_count) {
            fail_argument("lanes below " + std::to_string(header_.lane_count) + " in resume", std::to_string(at.lane));
        }
    }
}

bool attachment::keeps_slots_for_nobody() const
{
    const std::uint64_t slots = first_bits(header_.slot_count);
    bool found = false;
    for_each_bit(control().named.load(std::memory_order_acquire) & slots,
                 [&](unsigned slot) { return !(found = !memory::valid_name(name_of(control(), slot))); });
    return found;
}

void attachment::take_slot()
{
    // Twice: producers share a dead consumer's lock for a moment, and this one could be the last that is free. Who
    // clears dead channels away holds the naming lock, and for a moment every slot's.
    unsigned most = 0;
    std::uint64_t kept = 0;
    const auto take = [&] {
        most = max_consumers();
        kept = 0;
        for (unsigned slot = 0; slot < header_.slot_count; ++slot) {
            kept |= is_kept(control(), slot) ? std::uint64_t{1} << slot : 0;
        }
        return is_crowded(lock_byte::consumer, most, header_.slot_count, kept)
                   ? std::nullopt
                   : ring::take_slot(control(), locks_, most);
    };
    auto slot = take();
    for (int attempt = 0; !slot && attempt < (is_being_removed() ? attempts : 1); ++attempt) {
        std::this_thread::sleep_for(between_attempts);
        require_named();
        slot = take();
    }
    if (!slot && keeps_slots_for_nobody()) {
        place_.fail(errc::corrupt, "consumer slots of " + place_.data.string() + " kept for a name",
                    "some kept for nobody", "remove the channel and let its producer create it anew");
    }
    if (!slot) {
        place_.fail(
            errc::too_many_consumers,
            "fewer than " + std::to_string(most) + " consumers that live or are kept by their names",
            kept == 0 ? "as many live processes, or more"
                      : "as many slots taken, or more, " + std::to_string(std::popcount(kept)) +
                            " of them by names or groups",
            std::string{kept == 0 ? "end a consumer" : "end a consumer, or remove_consumer() one that is gone"} +
                more("max_consumers", most, header_.slot_count, place_.has_files));
    }
    slot_ = *slot;
}

bool attachment::take_named(unsigned slot)
{
    const std::uint64_t byte = lock_byte::consumer + slot;
    bool ours = locks_.try_lock(byte);
    for (int attempt = 0; !ours && !locks_.held_elsewhere(byte) && attempt < attempts; ++attempt) {
        std::this_thread::sleep_for(between_attempts); // a producer shares it for a moment
        ours = locks_.try_lock(byte);
    }
    return ours;
}

void attachment::give_name(std::string_view name, group_kind kind)
{
    take_slot();
    named_slot_ = slot_;
    name_slot(control(), named_slot_, name, kind);
    for (unsigned index = 0; index < header_.lane_count; ++index) {
        saved(index).forget();
    }
    keep_slot(control(), named_slot_);
    new_name_ = true;
}

void attachment::forget_new_name() noexcept
{
    if (!new_name_) {
        return;
    }
    try {
        wait_for_naming_lock(place_, locks_); // a group's first member has it
        forget_name(control(), named_slot_);
    } catch (const std::exception&) { // somebody keeps the lock: the name stays
    }
}

void attachment::take_slot_of(std::string_view name)
{
    require_consumer_name(place_, name);
    wait_for_naming_lock(place_, locks_);
    require_named();
    const auto slot = slot_of(control(), header_.slot_count, name);
    if (!slot) {
        give_name(name, group_kind::none);
    } else if (kind_of(control(), *slot) != group_kind::none) {
        fail_argument("a consumer's name, or consumer_options::group for a group's",
                      "'" + std::string{name} + "', which is a group");
    } else if (!take_named(*slot)) {
        place_.fail(errc::consumer_exists, "no live consumer of the name '" + std::string{name} + "'",
                    "one with process id " +
                        std::to_string(control().consumers[*slot].pid.load(std::memory_order_relaxed)),
                    "end it first, or use another name");
    }
    slot_ = named_slot_ = slot.value_or(slot_);
    locks_.unlock(lock_byte::naming);
}

void attachment::take_slot_in(std::string_view name, group_kind kind)
{
    const auto in_words = [](group_kind of) {
        return of == group_kind::none       ? "a consumer alone, by that name"
               : of == group_kind::lossless ? "a lossless group, as its first member was"
                                            : "a lossy group, as its first member was";
    };
    require_consumer_name(place_, name);
    wait_for_naming_lock(place_, locks_);
    require_named();
    const auto slot = slot_of(control(), header_.slot_count, name);
    if (!slot) {
        give_name(name, kind);
    } else if (const group_kind found = kind_of(control(), *slot); found != kind) {
        place_.fail(errc::invalid_argument,
                    (kind == group_kind::lossless ? "a lossless group of the name '" : "a lossy group of the name '") +
                        std::string{name} + "'",
                    in_words(found),
                    (found == group_kind::none ? "" : "give consumer_options::wants the other value, ") +
                        std::string{"use another name, or remove_consumer() that one first"});
    } else if (!take_named(*slot)) {
        place_.fail(errc::system, "the lock of the group '" + std::string{name} + "'", "a process that keeps it",
                    "see which process was stopped while it entered the group");
    } else {
        named_slot_ = *slot;
    }
    if (!take_slot_of_dead_member()) {
        take_slot();
    }
}

/// The slot of one who died in the group, if there is one, with what it held; it is nobody else's.
bool attachment::take_slot_of_dead_member()
{
    for (int attempt = 0; attempt <= attempts; ++attempt) {
        bool shared = false; // by a producer or a member, for a moment
        const std::uint64_t members = control().consumers[named_slot_].members.load(std::memory_order_acquire);
        for (unsigned member = 0; member < header_.slot_count; ++member) {
            const std::uint64_t byte = lock_byte::consumer + member;
            if ((members >> member & 1) == 0) {
                continue;
            }
            if (locks_.try_lock(byte)) {
                withdraw(control(), member);
                control().consumers[member].armed.store(0, std::memory_order_relaxed);
                slot_ = member;
                return true;
            }
            shared = shared || !locks_.held_elsewhere(byte);
        }
        if (!shared) {
            return false;
        }
        std::this_thread::sleep_for(between_attempts);
    }
    return false;
}

unsigned attachment::withdraw_dead_consumers()
{
    unsigned found = 0;
    for_each_bit(control().joined.load(std::memory_order_acquire), [&](unsigned slot) {
        const std::uint64_t byte = lock_byte::consumer + slot;
        if (slot < header_.slot_count && !is_kept(control(), slot) && locks_.try_share(byte)) {
            if (!is_kept(control(), slot)) {
                withdraw(control(), slot); // R1; idempotent
                ++found;
            }
            locks_.unlock(byte);
        }
        return true;
    });
    if (found != 0) {
        wake<hardware>(
            control().sleeping_producers,
            ~std::uint64_t{0}, [&](unsigned lane) -> auto& { return control().producer_bells[lane].doorbell; });
    }
    return found;
}

void attachment::end_entering() noexcept
{
    locks_.unlock(lock_byte::consumer + named_slot_);
    locks_.unlock(lock_byte::naming);
}

} // namespace samepage::ring
