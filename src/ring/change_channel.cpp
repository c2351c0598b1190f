// SPDX-License-Identifier: BSL-1.0
// change_channel.cpp: what is to change is written down; producers and consumers find it.
#include "ring/attachment.hpp"
#include "ring/header.hpp"
#include "ring/ring_space.hpp"

#include <samepage/ring/change_channel.hpp>

#include <exception>
#include <memory>
#include <thread>

namespace samepage {
namespace ring {
namespace {

constexpr std::chrono::milliseconds between_looks{1};
constexpr std::chrono::seconds patience{5}; // a producer moves in the time that copying its ring takes

/// Who joined and is not lossy, absent ones included.
unsigned lossless_consumers(attachment& channel)
{
    unsigned count = 0;
    const unsigned slots = channel.header().slot_count;
    for_each_bit(channel.control().joined.load(std::memory_order_acquire), [&](unsigned slot) {
        count += slot < slots && channel.cell(slot, 0).cursor.load(std::memory_order_acquire) != unbound ? 1U : 0U;
        return true;
    });
    return count;
}

bool has_producer(attachment& channel, unsigned lane)
{
    return channel.locks().held_elsewhere(lock_byte::producer + lane);
}

/// Asks a lane's producer to move. Of a lane without one, takes back what its last one was asked: the next sees what
/// the terms say.
/// @return false: its producer moves at this moment, or died in that: then the next one sees to it.
/// @pre we hold the naming lock
bool want_ring_in(attachment& channel, unsigned lane, std::uint64_t capacity_bytes)
{
    auto& words = channel.writable_words(lane);
    return has_producer(channel, lane)
               ? want_ring(channel.place(), channel.data(), channel.header(), words, capacity_bytes)
               : withdraw_ring(channel.data(), words);
}

/// Asks all. @pre as want_ring_in()
void want_rings(attachment& channel, std::uint64_t capacity_bytes)
{
    const auto begin = std::chrono::steady_clock::now();
    for (unsigned lane = 0; lane < channel.lane_count(); ++lane) {
        while (!want_ring_in(channel, lane, capacity_bytes) && has_producer(channel, lane)) {
            if (std::chrono::steady_clock::now() - begin >= patience) {
                channel.place().fail(
                    errc::system, "producers that take milliseconds to move to another ring",
                    "process " +
                        std::to_string(channel.writable_words(lane).producer_pid.load(std::memory_order_relaxed)) +
                        ", which is at it for seconds",
                    "let it go on if it was stopped, or end it");
            }
            std::this_thread::sleep_for(between_looks);
        }
    }
}

/// Where nobody is there who needs such a ring yet: there is room for one now. @pre as want_ring_in()
void require_room(attachment& channel, std::uint64_t capacity_bytes)
{
    const bool needed = channel.locks().held_elsewhere(lock_byte::producer, channel.lane_count());
    if (!needed && capacity_bytes > channel.capacity_bytes()) {
        const auto end = static_cast<std::uint64_t>(memory::status(channel.place(), channel.data()).st_size);
        unmake_ring(channel.data(), make_ring(channel.place(), channel.data(), channel.header(), capacity_bytes), end);
    }
}

/// As far as there is room: those that have moved would need it again, and may stay where they are. @pre as above
void want_back(attachment& channel, std::uint64_t capacity_bytes) noexcept
{
    for (unsigned lane = 0; lane < channel.lane_count(); ++lane) {
        try {
            (void)want_ring_in(channel, lane, capacity_bytes);
        } catch (const std::exception&) {
        }
    }
}

/// Live producers that have not moved yet.
unsigned still_to_move(attachment& channel)
{
    unsigned count = 0;
    for (unsigned lane = 0; lane < channel.lane_count(); ++lane) {
        const bool wanted = channel.writable_words(lane).wanted_ring.load(std::memory_order_acquire) != 0;
        count += wanted && has_producer(channel, lane) ? 1U : 0U;
    }
    return count;
}

void wake_producers(attachment& channel)
{
    auto& control = channel.control();
    wake<hardware>(
        control.sleeping_producers,
        ~std::uint64_t{0}, [&](unsigned lane) -> auto& { return control.producer_bells[lane].doorbell; });
}

} // namespace
} // namespace ring

unsigned change_channel(std::string_view name, const channel_changes& changes, const std::filesystem::path& directory)
{
    const memory::channel_place place("change channel", name, directory);
    const auto begin = std::chrono::steady_clock::now();
    const auto channel = ring::attachment::change(place);
    if (!channel) {
        place.fail(errc::not_found, "a channel at " + place.data.string(), "none",
                   "start its producer first, or see whether the name is right");
    }
    const std::uint64_t before = channel->capacity_bytes();
    const std::uint64_t capacity =
        changes.capacity_bytes ? ring::ring_capacity(place, channel->header(), *changes.capacity_bytes) : before;
    if (changes.wait_for_absent && changes.wait_for_absent->count() < 0) {
        place.fail(errc::invalid_argument, "wait_for_absent of 0 or more",
                   std::to_string(changes.wait_for_absent->count()) + " ns", "correct channel_changes");
    }
    const auto& header = channel->header();
    const auto most_of = [&](std::optional<unsigned> wanted, unsigned present, unsigned room, const char* option,
                             const char* room_option) {
        if (wanted && (*wanted == 0 || *wanted > room)) {
            place.fail(errc::invalid_argument,
                       std::string{option} + " from 1 to " + std::to_string(room) + ", for which the channel has room",
                       std::to_string(*wanted),
                       std::string{"correct channel_changes, or create the channel anew with more "} + room_option);
        }
        return wanted.value_or(present);
    };
    const unsigned producers = most_of(changes.max_producers, channel->max_producers(), header.lane_count,
                                       "max_producers", "room_for_producers");
    const unsigned consumers = most_of(changes.max_consumers, channel->max_consumers(), header.slot_count,
                                       "max_consumers", "room_for_consumers");
    auto& terms = channel->terms();
    const std::uint32_t allowed = terms.lossless.load(std::memory_order_relaxed) & ~ring::forbidding;
    const auto whom = changes.lossless ? changes.lossless->whom() : static_cast<lossless_for>(allowed);
    if (whom == lossless_for::nobody && allowed != 0) {
        // Who joins from here on sees that it may not; producers heed those that are there.
        terms.lossless.store(allowed | ring::forbidding, std::memory_order_relaxed);
        ring::hardware::full_fence(); // meets J2: we see its bit, or it sees our word
        channel->withdraw_dead_consumers();
        if (const unsigned count = ring::lossless_consumers(*channel); count != 0) {
            terms.lossless.store(allowed, std::memory_order_relaxed);
            place.fail(errc::invalid_argument, "no lossless consumer", std::to_string(count) + " of them",
                       "end them, and remove_consumer() those with a name, or let lossless ones be");
        }
    }
    if (changes.capacity_bytes) {
        try {
            ring::require_room(*channel, capacity);
            terms.capacity_bytes.store(capacity, std::memory_order_release);
            ring::hardware::full_fence(); // before our look at the lanes' rings; meets want_present_capacity()'s
            ring::want_rings(*channel, capacity);
        } catch (...) {
            terms.lossless.store(allowed, std::memory_order_relaxed);
            terms.capacity_bytes.store(before, std::memory_order_release);
            ring::want_back(*channel, before);
            throw;
        }
    }
    terms.lossless.store(static_cast<std::uint32_t>(whom), std::memory_order_relaxed);
    terms.max_producers.store(producers, std::memory_order_relaxed);
    terms.max_consumers.store(consumers, std::memory_order_relaxed);
    if (changes.wait_for_absent) {
        terms.absence_ns.store(*changes.wait_for_absent == std::chrono::nanoseconds::max()
                                   ? ring::waits_always
                                   : static_cast<std::uint64_t>(changes.wait_for_absent->count()),
                               std::memory_order_relaxed);
    }
    channel->locks().unlock(ring::lock_byte::naming);
    ring::wake_producers(*channel);
    unsigned left = ring::still_to_move(*channel);
    while (left != 0 && std::chrono::steady_clock::now() - begin < changes.wait_for_producers) {
        std::this_thread::sleep_for(ring::between_looks);
        left = ring::still_to_move(*channel);
    }
    return left;
}

} // namespace samepage
