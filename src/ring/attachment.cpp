// SPDX-License-Identifier: BSL-1.0
// attachment.cpp: create, find, validate and map a channel. The steps are in docs/protocol.md, "Create" and "Attach".
#include "ring/attachment.hpp"

#include "ring/header.hpp"
#include "ring/naming.hpp"

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

[[noreturn]] void fail_restless(const memory::channel_place& place)
{
    place.fail(errc::retired, "a channel that stays at " + place.data.string(),
               "one that is made and removed again and again", "see which processes do that");
}

} // namespace

struct attachment::opened {
    memory::channel_place place;
    memory::file data;
    memory::file control;
    checked_header header;
};

attachment::attachment(opened&& files, memory::access data_access)
    : place_(std::move(files.place)),
      data_(std::move(files.data)),
      format_(std::move(files.header.format)),
      ring_offset_(files.header.header.lane_offset + files.header.header.page_bytes),
      geometry_{.capacity_bytes = files.header.header.capacity_bytes,
                .alignment = files.header.header.alignment,
                .record_bytes = files.header.header.record_bytes},
      max_consumers_(files.header.header.max_consumers),
      words_(place_, data_, data_access, files.header.header.lane_offset, files.header.header.page_bytes),
      ring_(place_, data_, data_access, ring_offset_, geometry_.capacity_bytes),
      control_(place_, files.control, memory::access::read_write, files.header.header.page_bytes,
               sizeof(control_words<hardware>)),
      locks_(files.control.release()) // last: nothing can fail between two owners of the descriptor
{
    hardware::enlist();
}

control_words<hardware>& attachment::control() const noexcept
{
    return *reinterpret_cast<control_words<hardware>*>(control_.data());
}

lane<hardware, true> attachment::writable_lane() const noexcept
{
    return {reinterpret_cast<lane_words<hardware>*>(words_.data()), ring_.data(), &control(), geometry_};
}

lane<hardware, false> attachment::readable_lane() const noexcept
{
    return {reinterpret_cast<const lane_words<hardware>*>(words_.data()), ring_.data(), &control(), geometry_};
}

channel_info attachment::info() const
{
    const auto status = memory::status(place_, data_);
    return {.name = place_.name,
            .data_path = place_.data,
            .control_path = place_.control,
            .device = status.st_dev,
            .inode = status.st_ino,
            .ring_offset_bytes = ring_offset_,
            .capacity_bytes = geometry_.capacity_bytes,
            .ring = ring_.data(),
            .format = format_};
}

void attachment::fail_corrupt(std::string found) const
{
    place_.fail(errc::corrupt, "a lane whose words agree with each other in " + place_.data.string(), std::move(found),
                "remove the channel and let its producer create it anew");
}

std::unique_ptr<attachment> attachment::try_open(const memory::channel_place& place, memory::access how,
                                                 const record_type& type)
{
    std::optional<memory::file> first;
    std::string found;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        auto data = memory::open_existing(place, place.data, how);
        if (!data) {
            return nullptr;
        }
        auto header = check_data(place, *data);
        check_type(place, header, type);
        auto control = memory::open_existing(place, place.control, memory::access::read_write);
        if (control && check_control(place, *control, header.header)) {
            return std::unique_ptr<attachment>(
                new attachment({place, std::move(*data), std::move(*control), std::move(header)}, how));
        }
        found = control ? "one of another channel" : "none";
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
    const auto headers = make_headers(place, options, type);
    opened files{place,
                 memory::create_nameless(place, headers.data.file_bytes, options.mode),
                 memory::create_nameless(place, headers.control.file_bytes, options.mode),
                 {headers.data, std::string{type.format}}};
    memory::write_at(place, files.data, bytes_of(headers.data), 0);
    memory::write_at(place, files.data, std::as_bytes(std::span{type.format}), sizeof(data_header));
    memory::write_at(place, files.control, bytes_of(headers.control), 0);

    std::unique_ptr<attachment> made(new attachment(std::move(files), memory::access::read_write));
    // Both locks before the file has a name: nobody can be first to get them.
    if (!made->locks_.try_lock(lock_byte::naming) || !made->locks_.try_lock(lock_byte::producer)) {
        place.fail(errc::system, "a file system with OFD locks", place.directory.string() + " without",
                   "use /dev/shm or a local file system");
    }
    if (!give_names(place, made->data_.get(), made->locks_.descriptor())) {
        return nullptr;
    }
    made->locks_.unlock(lock_byte::naming);
    return made;
}

std::unique_ptr<attachment> attachment::produce(std::string_view name, const channel_options& options,
                                                const record_type& type)
{
    const memory::channel_place place("producer", name, options.directory);
    for (int attempt = 0; attempt < attempts; ++attempt) {
        if (auto found = try_open(place, memory::access::read_write, type)) {
            if (!found->locks_.try_lock(lock_byte::producer)) {
                const auto pid = found->writable_lane().words->producer_pid.load(std::memory_order_relaxed);
                place.fail(errc::producer_exists, "a channel without a live producer",
                           pid != 0 ? "one with process id " + std::to_string(pid) : "one that is about to begin",
                           "end it first, or use another channel name");
            }
            if (memory::names(place.data, found->data_.get())) {
                return found;
            }
        } else if (auto made = try_create(place, options, type)) {
            return made;
        }
        std::this_thread::sleep_for(between_attempts);
    }
    fail_restless(place);
}

std::unique_ptr<attachment> attachment::consume(std::string_view name, const consumer_options& options,
                                                const record_type& type)
{
    const memory::channel_place place("consumer", name, options.directory);
    const auto begin = std::chrono::steady_clock::now();
    auto found = try_open(place, memory::access::read_only, type);
    while (!found) {
        if (std::chrono::steady_clock::now() - begin >= options.wait_for_channel) {
            std::error_code unknown;
            place.fail(errc::not_found, "a channel at " + place.data.string(),
                       std::filesystem::exists(place.directory, unknown) ? "none" : "no such directory",
                       "start its producer first, or set consumer_options::wait_for_channel");
        }
        std::this_thread::sleep_for(between_attempts);
        found = try_open(place, memory::access::read_only, type);
    }
    // Twice: the producer takes a dead consumer's lock for a moment, and this one could be the last that is free.
    for (unsigned i = 0; i < 2 * found->max_consumers_; ++i) {
        const unsigned slot = i % found->max_consumers_;
        if (i == found->max_consumers_) {
            std::this_thread::sleep_for(between_attempts);
        }
        if (found->locks_.try_lock(lock_byte::consumer + slot)) {
            const std::uint64_t bit = std::uint64_t{1} << slot;
            // R2 relaxed: what a dead owner left; idempotent. join() sets the bit anew behind a release.
            found->control().sleeping_consumers.fetch_and(~bit, std::memory_order_relaxed);
            found->control().joined.fetch_and(~bit, std::memory_order_relaxed);
            found->slot_ = slot;
            return found;
        }
    }
    place.fail(errc::too_many_consumers, "fewer than " + std::to_string(found->max_consumers_) + " live consumers",
               "every slot held by a live process", "end a consumer, or create the channel with more max_consumers");
}

} // namespace samepage::ring
