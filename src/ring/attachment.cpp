// SPDX-License-Identifier: BSL-1.0
// attachment.cpp: create, find, validate and map a channel. The steps are in docs/protocol.md, "Create" and "Attach".
#include "ring/attachment.hpp"

#include "ring/attachment_parts.hpp"
#include "ring/channel_pages.hpp"
#include "ring/consumer_names.hpp"
#include "ring/header.hpp"
#include "ring/naming.hpp"
#include "ring/ring_space.hpp"

#include <samepage/ring/channel_type.hpp>
#include <samepage/ring/membership.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <thread>
#include <utility>

namespace samepage::ring {
namespace {

/// Removal and creation pass through states in which the two files do not match; they last microseconds.
constexpr int attempts = 200;
constexpr std::chrono::milliseconds between_attempts{2};

std::span<const std::byte> bytes_of(const auto& value)
{
    return std::as_bytes(std::span{&value, 1});
}

/// A mask of so many.
std::uint64_t first_bits(unsigned count) noexcept
{
    return count < 64 ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
}

/// Somebody removed the channel between two steps of attaching.
struct channel_gone {};

[[noreturn]] void fail_restless(const memory::channel_place& place)
{
    place.fail(errc::retired, "a channel that stays at " + place.data.string(),
               "one that is made and removed again and again", "see which processes do that");
}

} // namespace

attachment::attachment(opened&& files, memory::access data_access, const memory::fork_barrier& amid)
    : place_(std::move(files.place)),
      storage_(files.storage),
      data_access_(data_access),
      data_(std::move(files.data)),
      header_(files.header.header),
      type_(std::move(files.header.type)),
      geometry_{.capacity_bytes = header_.capacity_bytes,
                .alignment = header_.alignment,
                .record_bytes = header_.record_bytes,
                .lane_count = header_.lane_count,
                .max_holds = header_.max_holds,
                .max_consumers = header_.max_consumers,
                .lossless = header_.lossless != 0,
                .absence_ns = header_.absence_ns},
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
              self.locks_.abandon();
              self.control_.forsake();
          },
          this, amid)
{
    hardware::enlist();
}

attachment::~attachment()
{
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
    auto geometry = geometry_;
    geometry.capacity_bytes = ring_place::capacity_bytes(rings_->ring(index));
    return {reinterpret_cast<const lane_words<hardware>*>(words_of(index)),
            rings_->bytes(index),
            &control(),
            cells(),
            geometry,
            index,
            rings_->ring(index)};
}

void attachment::let_go_of_left_ring() noexcept
{
    ring_->let_go_of_left(
        locks_, header_.max_consumers, [this](unsigned slot) -> auto& { return cell(slot, lane_); });
}

bool attachment::is_superseded() const noexcept
{
    struct ::stat ours {};
    struct ::stat there {};
    return place_.has_files && ::fstat(data_.get(), &ours) == 0 && ::lstat(place_.data.c_str(), &there) == 0 &&
           (ours.st_ino != there.st_ino || ours.st_dev != there.st_dev);
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

void attachment::fail_argument(std::string expected, std::string found) const
{
    place_.fail(errc::invalid_argument, std::move(expected), std::move(found), "correct consumer_options");
}

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
    made->write_terms();
    made->take_first_lane(options.memory);
    if (!give_names(place, made->data_.get(), made->locks_.descriptor())) {
        return nullptr;
    }
    made->locks_.unlock(lock_byte::naming);
    return made;
}

void attachment::write_terms()
{
    channel_terms& terms = this->terms();
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
    for (unsigned index = 0; index < header_.lane_count; ++index) {
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

void attachment::check_options(const consumer_options& options) const
{
    const unsigned most = options.group.empty() ? most_holds : claims_kept;
    const unsigned most_held = options.wants == demand::lossy ? std::min(header_.max_holds, most) : most;
    if (!options.group.empty() && !options.name.empty()) {
        fail_argument("a name or a group", "both: a member has no name of its own");
    }
    if (options.held == 0 || options.held > most_held) {
        fail_argument("held from 1 to " + std::to_string(most_held), std::to_string(options.held));
    }
    const auto allowed = lossless();
    if (options.wants == demand::lossless && !admits_this_process(allowed, memory::status(place_, data_))) {
        if (allowed == lossless_for::nobody) {
            fail_argument("a lossy consumer: the channel's creator allows no others", "one that wants every record");
        }
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
    const std::uint64_t slots = first_bits(header_.max_consumers);
    bool found = false;
    for_each_bit(control().named.load(std::memory_order_acquire) & slots,
                 [&](unsigned slot) { return !(found = !memory::valid_name(name_of(control(), slot))); });
    return found;
}

void attachment::require_named() const
{
    if (place_.has_files && !memory::names(place_.control, locks_.descriptor())) {
        throw channel_gone{};
    }
}

bool attachment::is_being_removed() const noexcept
{
    return locks_.held_elsewhere(lock_byte::naming);
}

lossless_for attachment::lossless() const noexcept
{
    const std::uint32_t whom = terms().lossless.load(std::memory_order_relaxed);
    return (whom & forbidding) != 0 ? lossless_for::nobody : static_cast<lossless_for>(whom);
}

void attachment::take_slot()
{
    // Twice: producers share a dead consumer's lock for a moment, and this one could be the last that is free. Who
    // clears dead channels away holds the naming lock, and for a moment every slot's.
    auto slot = ring::take_slot(control(), locks_, header_.max_consumers);
    for (int attempt = 0; !slot && attempt < (is_being_removed() ? attempts : 1); ++attempt) {
        std::this_thread::sleep_for(between_attempts);
        require_named();
        slot = ring::take_slot(control(), locks_, header_.max_consumers);
    }
    if (!slot && keeps_slots_for_nobody()) {
        place_.fail(errc::corrupt, "consumer slots of " + place_.data.string() + " kept for a name",
                    "some kept for nobody", "remove the channel and let its producer create it anew");
    }
    if (!slot) {
        const unsigned most = header_.max_consumers;
        const std::uint64_t slots = first_bits(most);
        const auto kept = static_cast<unsigned>(std::popcount(
            (control().named.load(std::memory_order_relaxed) | control().grouped.load(std::memory_order_relaxed)) &
            slots));
        place_.fail(
            errc::too_many_consumers,
            "fewer than " + std::to_string(most) + " consumers that live or are kept by their names",
            kept == 0 ? "every slot held by a live process"
                      : "every slot taken, " + std::to_string(kept) + " of them by a name or a group",
            std::string{kept == 0 ? "end a consumer" : "end a consumer, or remove_consumer() one that is gone"} +
                (most < most_consumers ? ", or create the channel with more max_consumers"
                                       : ": a channel has at most 64"));
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
}

void attachment::take_slot_of(std::string_view name)
{
    require_consumer_name(place_, name);
    wait_for_naming_lock(place_, locks_);
    require_named();
    const auto slot = slot_of(control(), header_.max_consumers, name);
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
        return of == group_kind::none       ? "a consumer alone"
               : of == group_kind::lossless ? "a lossless group"
                                            : "a lossy group";
    };
    require_consumer_name(place_, name);
    wait_for_naming_lock(place_, locks_);
    require_named();
    const auto slot = slot_of(control(), header_.max_consumers, name);
    if (!slot) {
        give_name(name, kind);
    } else if (const group_kind found = kind_of(control(), *slot); found != kind) {
        fail_argument(std::string{in_words(kind)} + " of the name '" + std::string{name} + "'",
                      std::string{in_words(found)} + ": it is as its first member was");
    } else if (!take_named(*slot)) {
        place_.fail(errc::system, "the lock of the group '" + std::string{name} + "'", "a process that keeps it",
                    "see which process was stopped while it entered the group");
    } else {
        named_slot_ = *slot;
    }
    // The slot of one who died in the group, if there is one, with what it held; it is nobody else's.
    const std::uint64_t members = control().consumers[named_slot_].members.load(std::memory_order_acquire);
    for (unsigned member = 0; member < header_.max_consumers; ++member) {
        if ((members >> member & 1) != 0 && locks_.try_lock(lock_byte::consumer + member)) {
            withdraw(control(), member);
            control().consumers[member].armed.store(0, std::memory_order_relaxed);
            slot_ = member;
            return;
        }
    }
    take_slot();
}

void attachment::end_entering() noexcept
{
    locks_.unlock(lock_byte::consumer + named_slot_);
    locks_.unlock(lock_byte::naming);
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
            .slots = header_.max_consumers,
            .group = named_slot_,
            .own = slot_};
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

void attachment::fail_crowded() const
{
    std::string found;
    for (unsigned index = 0; index < header_.lane_count; ++index) {
        const auto pid = reinterpret_cast<const lane_words<hardware>*>(words_of(index))
                             ->producer_pid.load(std::memory_order_relaxed);
        found += (found.empty() ? "" : ", ") + (pid != 0 ? std::to_string(pid) : "one that is about to begin");
    }
    const unsigned lanes = header_.lane_count;
    place_.fail(errc::producer_exists,
                lanes == 1 ? "a channel without a live producer"
                           : "fewer than " + std::to_string(lanes) + " live producers",
                (lanes == 1 ? "one with process id " : "those with process ids ") + found,
                "end one first, use another channel name, or create the channel with more max_producers (at most " +
                    std::to_string(most_lanes) + ")");
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
            std::string found_there = std::filesystem::exists(place.directory, unknown) ? "none" : "no such directory";
            if (waited.count() > 0) {
                found_there += " within " + std::to_string(waited.count()) + " ms";
            }
            place.fail(errc::not_found, "a channel at " + place.data.string(), found_there,
                       waited.count() > 0 ? "start its producer, or wait longer: consumer_options::wait_for_channel"
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
    rings_ = std::make_unique<consumer_rings>(place_, data_, header_, lanes,
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
