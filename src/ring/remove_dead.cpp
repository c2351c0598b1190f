// SPDX-License-Identifier: BSL-1.0
// remove_dead.cpp: what nobody holds a lock of goes; the locks are held meanwhile.
#include "memory/bell_socket.hpp"
#include "ring/attachment.hpp"
#include "ring/channel_listing.hpp"
#include "ring/naming.hpp"

#include <samepage/ring/remove_dead.hpp>

#include <memory>

namespace samepage {
namespace ring {
namespace {

namespace fs = std::filesystem;

/// A producer died in one of its lanes and none closed later, or it died before it had a lane.
bool was_left_by_the_dead(attachment& channel)
{
    const std::uint64_t lanes = channel.directory().lanes.load(std::memory_order_acquire);
    bool died = lanes == 0;
    for_each_bit(lanes, [&](unsigned lane) {
        died = died ||
               (lane < channel.lane_count() && channel.writable_words(lane).state.load(std::memory_order_acquire) ==
                                                   static_cast<std::uint32_t>(lane_state::open));
        return true;
    });
    return died;
}

bool keeps_a_place(attachment& channel)
{
    bool kept = false;
    for (unsigned slot = 0; slot < channel.header().slot_count; ++slot) {
        kept = kept || is_named(channel.control(), slot);
    }
    return kept;
}

void remove_file(const memory::channel_place& place, const fs::path& path, removed_leftovers& into)
{
    memory::unlink(place, path);
    ++into.files;
}

/// Bells that nobody has open any more, of a channel that is gone: nobody makes one.
void clear_bells(const memory::channel_place& place, const files_of_channel& files, removed_leftovers& into)
{
    for (const fs::path& bell : files.bells) {
        if (memory::is_dead_bell(bell)) {
            remove_file(place, bell, into);
        }
    }
}

/// The same in a channel that is there: with the slot's lock, so that nobody makes one at this moment.
void clear_bells(attachment& channel, removed_leftovers& into)
{
    for (unsigned slot = 0; slot < channel.header().slot_count; ++slot) {
        const auto bell = memory::bell_path(channel.place(), slot);
        if (memory::is_dead_bell(bell) && channel.locks().try_lock(lock_byte::consumer + slot)) {
            if (memory::is_dead_bell(bell)) {
                remove_file(channel.place(), bell, into);
            }
            channel.locks().unlock(lock_byte::consumer + slot);
        }
    }
}

void clear_whole_channel(const memory::channel_place& place, const dead_options& options, removed_leftovers& into)
{
    const auto channel = attachment::change(place); // with its naming lock
    if (!channel) {
        return;
    }
    // All of them at once: nobody lives, and nobody begins to. Who tries meanwhile waits for the naming lock, looks at
    // the name, and attaches to what it leads to then.
    constexpr std::uint64_t first = lock_byte::producer;
    if (!channel->locks().try_lock(first, lock_byte::end - first)) {
        into.consumers += channel->withdraw_dead_consumers();
        clear_bells(*channel, into);
        return;
    }
    if ((options.closed || was_left_by_the_dead(*channel)) && (options.kept || !keeps_a_place(*channel))) {
        memory::unlink(place, place.data); // first: from here on the channel does not exist
        memory::unlink(place, place.control);
        into.channels.push_back(place.name);
    }
    for (unsigned slot = 0; slot < channel->header().slot_count; ++slot) { // all locks are ours
        if (const auto bell = memory::bell_path(place, slot); memory::is_dead_bell(bell)) {
            remove_file(place, bell, into);
        }
    }
}

void clear(const memory::channel_place& place, const files_of_channel& files, const dead_options& options,
           removed_leftovers& into)
{
    if (files.data && files.control) {
        clear_whole_channel(place, options, into);
    } else if (files.control) {
        // Of a creator or remover that died between the two names; with the lock, nobody is between them now.
        const auto held = lock_names(place);
        std::error_code gone;
        if (held && !fs::exists(fs::symlink_status(place.data, gone))) {
            require_ours(place, place.control);
            remove_file(place, place.control, into);
        }
    }
    // Not of one who died: data loses its name first, and gets it last.
    if (std::error_code gone; files.data && !files.control && fs::exists(fs::symlink_status(place.data, gone)) &&
                              !fs::exists(fs::symlink_status(place.control, gone))) {
        place.fail(errc::not_found, "a control file beside " + place.data.string(), "none",
                   "remove_channel(\"" + place.name + "\"), unless somebody still uses it");
    }
    if (!files.data) {
        clear_bells(place, files, into);
    }
}

} // namespace
} // namespace ring

removed_leftovers remove_dead(const std::filesystem::path& directory, const dead_options& options)
{
    const ring::channel_listing listing = ring::list_channels(directory);
    if (listing.problem) {
        throw error(listing.problem == std::errc::permission_denied ? errc::permission_denied : errc::not_found,
                    {.operation = "remove dead",
                     .channel = {},
                     .expected = "a directory that can be listed at " + directory.string(),
                     .found = listing.problem.message(),
                     .remedy = "name the directory of the channels, as a user who may read it"});
    }
    removed_leftovers result;
    const auto attempt = [&](auto&& what) {
        try {
            what();
        } catch (const error& refusal) {
            result.refused.emplace_back(refusal.what());
        }
    };
    for (const auto& each : listing.channels) {
        if (memory::valid_name(each.first)) {
            attempt([&] { ring::clear({"remove dead", each.first, directory}, each.second, options, result); });
        }
    }
    for (const auto& path : listing.unfinished) {
        if (memory::is_dead_bell(path)) {
            attempt([&] { ring::remove_file({"remove dead", "bell", directory}, path, result); });
        }
    }
    return result;
}

} // namespace samepage
