// SPDX-License-Identifier: BSL-1.0
// nameless_channel.cpp: channels of two sealed memfds: made, and opened by descriptors. docs/places.md says why.
#include "memory/sealed_memory.hpp"
#include "ring/attachment.hpp"
#include "ring/attachment_parts.hpp"
#include "ring/channel_pages.hpp"
#include "ring/header.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace samepage::ring {
namespace {

struct known_pages {
    std::mutex mutex;
    std::vector<std::weak_ptr<writable_pages>> all;
};

known_pages& known()
{
    static known_pages every;
    return every;
}

/// Of the channel, and of no other.
std::string token_of(const data_header& header)
{
    char text[2 * 16 + 1];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(header.channel_id[0]),
                  static_cast<unsigned long long>(header.channel_id[1]));
    return text;
}

// Whoever has the descriptors may consume; the seals keep them from writing the data, their owner's user too.
constexpr ::mode_t data_mode = 0444;
constexpr ::mode_t control_mode = 0666;

std::span<const std::byte> bytes_of(const auto& value)
{
    return std::as_bytes(std::span{&value, 1});
}

} // namespace

void remember(const std::shared_ptr<writable_pages>& pages)
{
    const std::lock_guard lock{known().mutex};
    auto& all = known().all;
    std::erase_if(all, [](const auto& each) { return each.expired(); });
    all.push_back(pages);
}

std::shared_ptr<writable_pages> writable_pages_of(int data)
{
    struct ::stat found {};
    if (::fstat(data, &found) != 0) {
        return nullptr;
    }
    const memory::fork_barrier without_forks; // a child would find the mutex taken
    const std::lock_guard lock{known().mutex};
    for (const auto& each : known().all) {
        if (auto pages = each.lock();
            pages && pages->device == found.st_dev && pages->inode == found.st_ino && pages->owner == ::getpid()) {
            return pages;
        }
    }
    return nullptr;
}

std::unique_ptr<attachment> attachment::create_sealed(const memory::channel_place& at, const channel_options& options,
                                                      const record_type& type)
{
    const auto pages = pages_of_new(at, options.memory);
    const auto headers = make_headers(at, options, type, pages.page_bytes);
    const data_header& header = headers.data;
    memory::channel_place place = at;
    place.token = token_of(header);

    auto shared = std::make_shared<writable_pages>();
    shared->data = memory::create_memory(place, header.file_bytes, data_mode, place.data);
    const memory::file& data = shared->data;
    reserve_heads(place, data, header, pages.kind);
    memory::write_at(place, data, bytes_of(header), 0);
    memory::write_at(place, data, std::as_bytes(std::span{headers.description}), sizeof header);
    const auto made = memory::create_memory(place, headers.control.file_bytes, control_mode, place.control);
    reserve_control(place, made, header, pages.kind);
    memory::write_at(place, made, bytes_of(headers.control), 0);

    constexpr auto writing = memory::access::read_write;
    shared->words = memory::plain_mapping{place, data, writing, header.lane_offset,
                                          (1 + std::size_t{header.lane_count}) * header.page_bytes};
    for (unsigned index = 0; index < header.lane_count; ++index) {
        shared->rings.emplace_back(place, data, writing, ring_offset(header, index), header.capacity_bytes,
                                   header.page_bytes);
    }
    memory::seal_data(place, data);
    memory::seal_control(place, made);
    const auto status = memory::status(place, data);
    shared->device = status.st_dev;
    shared->inode = status.st_ino;
    shared->owner = ::getpid();

    const auto attach = [&] {
        // A child would keep our locks, until there is a guard. No longer: whatever fails later takes the guard away
        // again, which forks have to wait for.
        const memory::fork_barrier without_forks;
        auto seen = memory::reopen(place, data.get(), memory::access::read_only, place.data);
        auto control = memory::reopen(place, made.get(), writing, place.control);
        return std::unique_ptr<attachment>(new attachment({place,
                                                           std::move(seen),
                                                           std::move(control),
                                                           {header,
                                                            {.kind = type.kind,
                                                             .record_bytes = header.record_bytes,
                                                             .alignment = header.alignment,
                                                             .format = std::string{type.format},
                                                             .detail = std::string{type.detail}}},
                                                           pages.kind,
                                                           shared},
                                                          writing, without_forks));
    };
    auto channel = attach();
    channel->write_terms(options);
    channel->take_first_lane(options.memory);
    channel->locks_.unlock(lock_byte::naming);
    remember(shared);
    return channel;
}

std::unique_ptr<attachment> attachment::open_received(const memory::channel_place& at,
                                                      const channel_descriptors& channel, const record_type& type,
                                                      std::shared_ptr<writable_pages> writable)
{
    memory::channel_place place = at;
    auto data = memory::reopen(place, channel.data(), memory::access::read_only, place.data);
    auto header = check_data(place, data);
    check_type(place, header.type, type);
    place.token = token_of(header.header);
    const auto storage = memory::file_system_of(place, data).kind;
    const auto how = writable ? memory::access::read_write : memory::access::read_only;
    const memory::fork_barrier without_forks; // as in create_sealed()
    auto control = memory::reopen(place, channel.control(), memory::access::read_write, place.control);
    if (!check_control(place, control, header.header)) {
        place.fail(errc::corrupt, "control words that belong to the data", "another channel's",
                   "receive both descriptors from one send_channel()");
    }
    return std::unique_ptr<attachment>(
        new attachment({place, std::move(data), std::move(control), std::move(header), storage, std::move(writable)},
                       how, without_forks));
}

/// Of this process, whose mapping for writing is shared.
std::unique_ptr<attachment> attachment::produce_received(const channel_descriptors& channel,
                                                         const channel_options& options, const record_type& type)
{
    const auto place = memory::channel_place::nameless("producer", channel.name());
    auto pages = writable_pages_of(channel.data());
    if (!pages) {
        place.fail(errc::permission_denied, "a channel that a producer of this process created and still has",
                   "one whose data are sealed against all others",
                   "produce in the process that creates the channel, or use a channel with a name");
    }
    auto found = open_received(place, channel, type, std::move(pages));
    if (!found->take_lane(options.memory)) {
        found->fail_crowded();
    }
    found->take_care(options.memory.prefault, options.memory.lock);
    return found;
}

std::unique_ptr<attachment> attachment::consume_received(const channel_descriptors& channel,
                                                         const consumer_options& options, const record_type& type)
{
    auto found = open_received(memory::channel_place::nameless("consumer", channel.name()), channel, type, nullptr);
    found->join_as(options);
    return found;
}

channel_descriptors attachment::descriptors() const
{
    if (place_.has_files) {
        place_.fail(errc::invalid_argument, "a nameless channel", "one with a name, " + place_.data.string(),
                    "attach by the name; or create the channel with memory_options::nameless");
    }
    auto data = memory::reopen(place_, data_.get(), memory::access::read_only, place_.data);
    // A description of its own: whoever gets a copy of ours would keep our locks.
    auto control = memory::reopen(place_, locks_.descriptor(), memory::access::read_write, place_.control);
    return {place_.name, data.release(), control.release()};
}

} // namespace samepage::ring
