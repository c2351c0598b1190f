// SPDX-License-Identifier: BSL-1.0
// naming.cpp: the order of link and unlink, and the lock that makes it one step.
#include "ring/naming.hpp"

#include "memory/bell_socket.hpp"

#include <samepage/memory/fork_guard.hpp>
#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/layout.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace samepage {
namespace ring {
namespace {

constexpr std::chrono::seconds patience{5}; // a creator or remover holds the naming lock for microseconds

[[noreturn]] void fail_kept(const memory::channel_place& place)
{
    place.fail(errc::system, "the naming lock of " + place.control.string(), "a process that keeps it",
               "see which process was stopped while it created or removed the channel, or gave a consumer its name");
}

bool is_there(const std::filesystem::path& path) noexcept
{
    struct ::stat found {};
    return ::lstat(path.c_str(), &found) == 0;
}

} // namespace

std::optional<held_names> lock_names(const memory::channel_place& place)
{
    const auto begin = std::chrono::steady_clock::now();
    for (;;) {
        memory::fork_barrier without_forks;
        auto control = memory::open_existing(place, place.control, memory::access::read_write);
        if (!control) {
            return std::nullopt;
        }
        memory::ownership_locks locks{control->release()};
        if (locks.try_lock(lock_byte::naming)) {
            if (memory::names(place.control, locks.descriptor())) {
                return held_names{std::move(without_forks), std::move(locks)};
            }
        } else if (std::chrono::steady_clock::now() - begin >= patience) {
            fail_kept(place);
        }
        {
            const held_names others{std::move(without_forks), std::move(locks)}; // forks may go on meanwhile
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

void require_ours(const memory::channel_place& place, const std::filesystem::path& path)
{
    std::error_code unknown;
    if (std::filesystem::is_symlink(path, unknown)) {
        return;
    }
    const auto opened = memory::open_existing(place, path, memory::access::read_only);
    if (!opened) {
        return;
    }
    const auto ours = std::bit_cast<std::array<std::byte, sizeof magic>>(magic);
    std::array<std::byte, sizeof magic> found{};
    const auto bytes = memory::read_at(place, *opened, found, 0);
    if (bytes < sizeof magic || (found != ours && !std::equal(found.begin(), found.end(), ours.rbegin()))) {
        place.fail(errc::not_a_channel, "a samepage channel in " + path.string(),
                   bytes == 0 ? "an empty file" : "a file with other first bytes",
                   "nothing was removed: see whose it is, and remove it by hand");
    }
}

bool give_names(const memory::channel_place& place, int data, int control)
{
    while (!memory::link(place, control, place.control)) {
        if (is_there(place.data)) {
            return false;
        }
        const auto orphan = lock_names(place);
        if (orphan && !is_there(place.data)) {
            require_ours(place, place.control);
            memory::unlink(place, place.control); // nobody else can be between the two names: we hold the lock
        }
    }
    if (memory::link(place, data, place.data)) {
        return true;
    }
    memory::unlink(place, place.control); // ours; the data file was put there by hand, without a control file
    return false;
}

void wait_for_naming_lock(const memory::channel_place& place, memory::ownership_locks& locks)
{
    const auto begin = std::chrono::steady_clock::now();
    while (!locks.try_lock(lock_byte::naming)) {
        if (std::chrono::steady_clock::now() - begin >= patience) {
            fail_kept(place);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
}

} // namespace ring

bool remove_channel(std::string_view name, const std::filesystem::path& directory)
{
    const memory::channel_place place("remove channel", name, directory);
    const auto held = ring::lock_names(place);
    ring::require_ours(place, place.data);
    ring::require_ours(place, place.control);
    const bool existed = ring::is_there(place.data);
    memory::unlink(place, place.data); // first: from here on the channel does not exist
    if (held) {
        memory::unlink(place, place.control);
    }
    memory::remove_dead_bells(place, ring::most_consumers);
    return existed;
}

} // namespace samepage
