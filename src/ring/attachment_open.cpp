// SPDX-License-Identifier: BSL-1.0
// attachment_open.cpp: create, find, validate and map a channel. The steps are in docs/protocol.md, "Create and
// attach".
#include "ring/attachment.hpp"
#include "ring/attachment_parts.hpp"
#include "ring/channel_pages.hpp"
#include "ring/header.hpp"
#include "ring/naming.hpp"
#include "ring/ring_space.hpp"

#include <samepage/ring/channel_type.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

namespace samepage::ring {
namespace {

std::span<const std::byte> bytes_of(const auto& value)
{
    return std::as_bytes(std::span{&value, 1});
}

[[noreturn]] void fail_restless(const memory::channel_place& place)
{
    place.fail(errc::retired, "a channel that stays at " + place.data.string(),
               "one that is made and removed again and again", "see which processes do that");
}

} // namespace

std::unique_ptr<attachment> attachment::try_open(const memory::channel_place& place, memory::access how,
                                                 const record_type* type)
{
    std::optional<memory::file> first;
    std::string found;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        auto data = memory::open_existing(place, place.data, how);
        if (!data) {
            return nullptr;
        }
        const auto storage = memory::file_system_of(place, *data).kind;
        auto header = check_data(place, *data);
        if (type != nullptr) {
            check_type(place, header.type, *type);
        }
        {
            const memory::fork_barrier without_forks; // a child would keep our locks, until there is a guard
            auto control = memory::open_existing(place, place.control, memory::access::read_write);
            if (control && check_control(place, *control, header.header)) {
                return std::unique_ptr<attachment>(new attachment(
                    {place, std::move(*data), std::move(*control), std::move(header), storage}, how, without_forks));
            }
            found = control ? "one of another channel" : "none";
        }
        if (!first) {
            first = std::move(data); // kept open, so that no other file gets its inode
        }
        std::this_thread::sleep_for(between_attempts);
    }
    if (memory::names(place.data, first->get())) {
        place.fail(errc::corrupt,
                   "a control file " + place.control.string() + " that belongs to " + place.data.string(),
                   std::move(found),
                   "it was removed or replaced by hand: remove the channel and let its producer create it anew");
    }
    fail_restless(place);
}

std::unique_ptr<attachment> attachment::try_create(const memory::channel_place& place, const channel_options& options,
                                                   const record_type& type)
{
    const auto pages = pages_of_new(place, options.memory);
    const auto headers = make_headers(place, options, type, pages.page_bytes);
    // The rings come last in the file: each is reserved when a producer takes it.
    auto data = memory::create_nameless(place, 0, headers.data.file_bytes, options.mode, place.data);
    reserve_heads(place, data, headers.data, pages.kind);
    memory::write_at(place, data, bytes_of(headers.data), 0);
    memory::write_at(place, data, std::as_bytes(std::span{headers.description}), sizeof(data_header));
    const auto make = [&] {
        const memory::fork_barrier without_forks; // as in try_open()
        auto control = memory::create_nameless(place, 0, headers.control.file_bytes,
                                               options.control_mode.value_or(options.mode), place.control);
        reserve_control(place, control, headers.data, pages.kind);
        if (options.group) {
            memory::give_group(place, data, *options.group);
            memory::give_group(place, control, *options.group);
        }
        memory::write_at(place, control, bytes_of(headers.control), 0);
        return std::unique_ptr<attachment>(new attachment({place,
                                                           std::move(data),
                                                           std::move(control),
                                                           {headers.data,
                                                            {.kind = type.kind,
                                                             .record_bytes = headers.data.record_bytes,
                                                             .alignment = headers.data.alignment,
                                                             .format = std::string{type.format},
                                                             .detail = std::string{type.detail}}},
                                                           pages.kind},
                                                          memory::access::read_write, without_forks));
    };
    auto made = make();
    made->write_terms(options);
    made->take_first_lane(options.memory);
    if (!give_names(place, made->data_.get(), made->locks_.descriptor())) {
        return nullptr;
    }
    made->locks_.unlock(lock_byte::naming);
    return made;
}

void attachment::write_terms(const channel_options& options)
{
    channel_terms& terms = this->terms();
    terms.max_producers.store(options.max_producers, std::memory_order_relaxed);
    terms.max_consumers.store(options.max_consumers, std::memory_order_relaxed);
    terms.capacity_bytes.store(header_.capacity_bytes, std::memory_order_relaxed);
    terms.absence_ns.store(header_.absence_ns, std::memory_order_relaxed);
    terms.lossless.store(header_.lossless, std::memory_order_relaxed);
    for (unsigned index = 0; index < header_.lane_count; ++index) {
        writable_words(index).ring.store(first_ring(header_, index), std::memory_order_relaxed);
    }
}

/// Before the channel has a name: nobody else can be first to get our locks.
void attachment::take_first_lane(const memory_options& memory)
{
    if (!locks_.try_lock(lock_byte::naming) || !take_lane(memory)) {
        place_.fail(errc::system, "a file system with OFD locks", place_.directory.string() + " without",
                    "use /dev/shm or a local file system");
    }
    place_words(memory);
    take_care(memory.prefault, memory.lock);
}

bool attachment::take_lane(const memory_options& memory)
{
    const unsigned most = max_producers();
    if (is_crowded(lock_byte::producer, most, header_.lane_count, 0)) {
        return false;
    }
    for (unsigned index = 0; index < most; ++index) {
        if (!locks_.try_lock(lock_byte::producer + index)) {
            continue;
        }
        lane_ = index;
        ring_ = std::make_unique<producer_ring>(
            place_, data_, header_, writable_words(index),
            [this, memory](const memory::page_range& once) { care_for_ring(once, memory); },
            writable_ ? writable_->rings[index].data() : nullptr);
        reserve_ring(memory);
        return true;
    }
    return false;
}

void attachment::want_present_capacity()
{
    const std::uint64_t present = ring_place::capacity_bytes(ring_->present().ring);
    hardware::full_fence(); // our lane's ring before our look at the terms; meets the one in change_channel()
    if (capacity_bytes() == present && writable_words(lane_).wanted_ring.load(std::memory_order_acquire) == 0) {
        return;
    }
    wait_for_naming_lock(place_, locks_);
    try {
        if (memory::names(place_.data, data_.get())) { // else nobody needs it
            (void)want_ring(place_, data_, header_, writable_words(lane_), capacity_bytes());
        }
    } catch (const error& refusal) {
        if (refusal.code() != errc::no_space) {
            throw;
        }
        // The ring that is there is good; who changes the channel next asks again.
    }
    locks_.unlock(lock_byte::naming);
}

void attachment::fail_crowded() const
{
    std::string found;
    const unsigned lanes = max_producers();
    for (unsigned index = 0; index < header_.lane_count; ++index) {
        if (!locks_.held_elsewhere(lock_byte::producer + index)) {
            continue;
        }
        const auto pid = reinterpret_cast<const lane_words<hardware>*>(words_of(index))
                             ->producer_pid.load(std::memory_order_relaxed);
        found += (found.empty() ? "" : ", ") + (pid != 0 ? std::to_string(pid) : "one that is about to begin");
    }
    place_.fail(errc::producer_exists,
                lanes == 1 ? "a channel without a live producer"
                           : "fewer than " + std::to_string(lanes) + " live producers",
                (lanes == 1 ? "one with process id " : "those with process ids ") + found,
                "end one first, or use another channel name" +
                    more("max_producers", lanes, header_.lane_count, place_.has_files));
}

described_type read_channel_type(std::string_view name, const std::filesystem::path& directory)
{
    const memory::channel_place place("channel type", name, directory);
    const auto data = memory::open_existing(place, place.data, memory::access::read_only);
    if (!data) {
        place.fail(errc::not_found, "a channel at " + place.data.string(), "none", "start its producer first");
    }
    return std::move(check_data(place, *data).type);
}

std::unique_ptr<attachment> attachment::produce(const channel_source& from, const channel_options& options,
                                                const record_type& type)
{
    if (from.received() != nullptr) {
        return produce_received(*from.received(), options, type);
    }
    const std::string_view name = from.name();
    if (options.memory.nameless) {
        return create_sealed(memory::channel_place::nameless("producer", name), options, type);
    }
    const memory::channel_place place("producer", name, options.directory);
    int refusals = 0;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (auto found = try_open(place, memory::access::read_write, &type)) {
            if (!found->take_lane(options.memory)) {
                // Once more: a producer that closes shares a dead one's lock for a moment, and this could be the last.
                // Who clears dead channels away holds all of them for a moment.
                if (found->is_being_removed() || ++refusals < 2) {
                    std::this_thread::sleep_for(between_attempts);
                    continue;
                }
                found->fail_crowded();
            }
            if (memory::names(place.data, found->data_.get())) {
                found->want_present_capacity();
                found->take_care(options.memory.prefault, options.memory.lock);
                return found;
            }
        } else if (auto made = try_create(place, options, type)) {
            return made;
        }
        std::this_thread::sleep_for(between_attempts);
    }
    fail_restless(place);
}

std::unique_ptr<attachment> attachment::consume(const channel_source& from, const consumer_options& options,
                                                const record_type& type)
{
    if (from.received() != nullptr) {
        return consume_received(*from.received(), options, type);
    }
    const memory::channel_place place("consumer", from.name(), options.directory);
    for (int attempt = 0; attempt < attempts; ++attempt) {
        try {
            return try_consume(place, options, type);
        } catch (const channel_gone&) {
            std::this_thread::sleep_for(between_attempts);
        }
    }
    fail_restless(place);
}

std::unique_ptr<attachment> attachment::try_consume(const memory::channel_place& place, const consumer_options& options,
                                                    const record_type& type)
{
    const auto begin = std::chrono::steady_clock::now();
    auto found = try_open(place, memory::access::read_only, &type);
    while (!found) {
        if (std::chrono::steady_clock::now() - begin >= options.wait_for_channel) {
            std::error_code unknown;
            const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(options.wait_for_channel);
            const bool is_there = std::filesystem::exists(place.directory, unknown);
            std::string found_there = is_there ? "none" : "no such directory";
            if (waited.count() > 0) {
                found_there += " within " + std::to_string(waited.count()) + " ms";
            }
            place.fail(errc::not_found, "a channel at " + place.data.string(), found_there,
                       !is_there            ? "create the directory, or name the one that its producer has"
                       : waited.count() > 0 ? "start its producer, or wait longer: consumer_options::wait_for_channel"
                                            : "start its producer first, or set consumer_options::wait_for_channel");
        }
        std::this_thread::sleep_for(between_attempts);
        found = try_open(place, memory::access::read_only, &type);
    }
    found->join_as(options);
    found->require_named(); // with our slot's lock, nobody clears it away as a dead one's from here on
    return found;
}

void attachment::join_as(const consumer_options& options)
{
    check_options(options);
    std::vector<const lane_words<hardware>*> lanes;
    for (unsigned index = 0; index < header_.lane_count; ++index) {
        lanes.push_back(reinterpret_cast<const lane_words<hardware>*>(words_of(index)));
    }
    constexpr std::uint64_t first = 1; // the creator's: info() shows its ring
    rings_ = std::make_unique<consumer_rings>(place_, data_, header_, lanes,
                                              directory().lanes.load(std::memory_order_acquire) | first, // D1
                                              [care = options.memory, place = &place_](const memory::page_range& ring) {
                                                  care_for(*place, {&ring, 1}, care.prefault, care.lock);
                                              });
    take_care(options.memory.prefault, options.memory.lock); // whoever is refused has taken no slot yet
    if (!options.group.empty()) {
        take_slot_in(options.group, options.wants == demand::lossless ? group_kind::lossless : group_kind::lossy);
    } else if (!options.name.empty()) {
        take_slot_of(options.name);
    } else {
        take_slot();
    }
    rings_->look_at([&](unsigned index) { return &cell(slot_, index); });
}

std::unique_ptr<attachment> attachment::change(const memory::channel_place& place)
{
    for (int attempt = 0; attempt < attempts; ++attempt) {
        auto found = try_open(place, memory::access::read_write, nullptr);
        if (!found) {
            return nullptr;
        }
        wait_for_naming_lock(place, found->locks_);
        if (memory::names(place.data, found->data_.get()) && memory::names(place.control, found->locks_.descriptor())) {
            return found;
        }
    }
    fail_restless(place);
}

} // namespace samepage::ring
