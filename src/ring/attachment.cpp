// SPDX-License-Identifier: BSL-1.0
// attachment.cpp: create, find, validate and map a channel. The steps are in docs/protocol.md, "Create" and "Attach".
#include "ring/attachment.hpp"

#include "ring/header.hpp"
#include "ring/naming.hpp"

#include <chrono>
#include <span>
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
      locks_(files.control.get()),
      format_(std::move(files.header.format)),
      ring_offset_(files.header.header.lane_offset + files.header.header.page_bytes),
      geometry_{.capacity_bytes = files.header.header.capacity_bytes,
                .alignment = files.header.header.alignment,
                .record_bytes = files.header.header.record_bytes},
      max_consumers_(files.header.header.max_consumers),
      words_(place_, data_, data_access, files.header.header.lane_offset, files.header.header.page_bytes),
      ring_(place_, data_, data_access, ring_offset_, geometry_.capacity_bytes),
      control_(place_, files.control, memory::access::read_write, files.header.header.page_bytes,
               sizeof(control_words<hardware>))
{
    static_cast<void>(files.control.release()); // locks_ owns it
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
        std::this_thread::sleep_for(between_attempts);
    }
    place.fail(
        errc::retired, "a data and a control file that belong together", "files that do not match",
        "another process makes and removes this channel all the time, or one file was removed by hand: remove the "
        "channel");
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
                           "one with process id " + std::to_string(pid), "end it first, or use another channel name");
            }
            if (memory::names(place.data, found->data_.get())) {
                return found;
            }
        } else if (auto made = try_create(place, options, type)) {
            return made;
        }
        std::this_thread::sleep_for(between_attempts);
    }
    place.fail(errc::retired, "a channel that stays", "one that was removed again and again",
               "see which process removes it");
}

std::unique_ptr<attachment> attachment::consume(std::string_view name, const consumer_options& options,
                                                const record_type& type)
{
    const memory::channel_place place("consumer", name, options.directory);
    const auto begin = std::chrono::steady_clock::now();
    auto found = try_open(place, memory::access::read_only, type);
    while (!found) {
        if (std::chrono::steady_clock::now() - begin >= options.wait_for_channel) {
            place.fail(errc::not_found, "a channel at " + place.data.string(), "none",
                       "start its producer first, or set consumer_options::wait_for_channel");
        }
        std::this_thread::sleep_for(between_attempts);
        found = try_open(place, memory::access::read_only, type);
    }
    for (unsigned slot = 0; slot < found->max_consumers_; ++slot) {
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
