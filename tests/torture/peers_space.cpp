// SPDX-License-Identifier: BSL-1.0
// peers_space.cpp: a file system that is full at each step of making a channel and taking its lanes: an error that says
// what is needed, nothing left behind, and never a SIGBUS.
#include "process/kinds.hpp"
#include "support/scratch.hpp"
#include "torture/peer.hpp"

#include <samepage/core/error.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

namespace torture {
namespace {

namespace fs = std::filesystem;
using process::dense;
using process::framed;
using samepage::errc;
using support::require;

constexpr unsigned lanes = 3;
constexpr std::size_t ring_bytes = 8192;
constexpr unsigned pages_of_all = 96; ///< more than the whole channel needs

void mount_pages(const std::string& at, unsigned pages, int flags = 0)
{
    const auto options = fmt::format("size={}k,nr_inodes=64", 4 * pages);
    if (::mount("tmpfs", at.c_str(), "tmpfs", static_cast<unsigned long>(flags), options.c_str()) != 0) {
        throw not_permitted("mount of a tmpfs: " + samepage::describe_errno(errno));
    }
}

std::uint64_t free_bytes(const std::string& at)
{
    struct statvfs room {};
    require(::statvfs(at.c_str(), &room) == 0, "statvfs");
    return std::uint64_t{room.f_bavail} * room.f_frsize;
}

/// A producer, or nothing if there is no room and the error says so.
template <class Kind>
std::unique_ptr<typename Kind::producer> produce(const std::string& at)
{
    const auto before = free_bytes(at);
    try {
        return std::make_unique<typename Kind::producer>(
            "full", samepage::channel_options{.capacity_bytes = ring_bytes, .max_producers = lanes, .directory = at});
    } catch (const samepage::error& fault) {
        require(fault.code() == errc::no_space, std::string{"no room is no_space, but: "} + fault.what());
        require(fault.parts().expected.find("KiB") != std::string::npos, std::string{"what it needs: "} + fault.what());
        require(fault.parts().found.find(" free in " + at) != std::string::npos,
                std::string{"what is free: "} + fault.what());
        require(fault.parts().remedy.find("enlarge") != std::string::npos, std::string{"what helps: "} + fault.what());
        require(free_bytes(at) == before, "a producer that was refused leaves no page behind");
        return nullptr;
    }
}

/// Some laps: a page that is not there is a SIGBUS.
template <class Kind>
void write_laps(typename Kind::producer& to)
{
    const auto end = to.next_number() + 1000;
    while (to.next_number() < end) {
        process::publish<Kind>(to, to.next_number());
    }
}

/// As many producers as there is room for; they write, and consumers read.
/// @return how many there were
template <class Kind>
unsigned take_what_fits(const std::string& at)
{
    std::vector<std::unique_ptr<typename Kind::producer>> all;
    while (all.size() < lanes) {
        auto next = produce<Kind>(at);
        if (!next) {
            require(!all.empty() || fs::is_empty(at), "a channel that does not fit leaves no file behind");
            break;
        }
        all.push_back(std::move(next));
        for (auto& each : all) {
            write_laps<Kind>(*each);
        }
    }
    if (all.empty()) {
        return 0;
    }
    // Consumers take nothing but address space, whatever lanes they see.
    typename Kind::consumer from{"full", {.from = samepage::start::oldest, .directory = at}};
    const auto wanted = all.size();
    std::uint64_t lanes_seen = 0;
    while (const auto batch = from.try_take()) {
        lanes_seen |= std::uint64_t{1} << batch.lane();
    }
    require(static_cast<std::size_t>(std::popcount(lanes_seen)) == wanted, "a consumer reads every lane there is");
    static_cast<void>(from.native_handle());
    // A lane that was refused is refused again, and the others go on.
    if (wanted < lanes) {
        require(!produce<Kind>(at), "there is no more room than before");
    }
    for (auto& each : all) {
        require(bool{Kind::try_loan(*each, 0)}, "a producer goes on beside one that was refused");
    }
    return static_cast<unsigned>(wanted);
}

/// With every size from one page to enough, and then with more room for what was refused.
template <class Kind>
void fill_up_at_each_step(const std::string& at)
{
    unsigned last = 0;
    unsigned steps = 0;
    for (unsigned pages = 1; pages <= pages_of_all; ++pages) {
        mount_pages(at, pages);
        const unsigned fitted = take_what_fits<Kind>(at);
        require(fitted >= last, "more room is room for more");
        steps += fitted != last ? 1 : 0;
        last = fitted;
        mount_pages(at, pages_of_all, MS_REMOUNT);
        require(take_what_fits<Kind>(at) == lanes, "what was refused is let in once there is room");
        require(::umount(at.c_str()) == 0, "nobody is left who holds the file system");
    }
    require(last == lanes && steps == lanes, "each lane came at a size of its own");
}

template <class Kind>
void refuse_without_inodes(const std::string& at)
{
    for (unsigned inodes = 1; inodes <= 3; ++inodes) { // the directory's own is one
        const auto options = fmt::format("size=1m,nr_inodes={}", inodes);
        if (::mount("tmpfs", at.c_str(), "tmpfs", 0, options.c_str()) != 0) {
            throw not_permitted("mount of a tmpfs: " + samepage::describe_errno(errno));
        }
        std::optional<samepage::error> refused;
        try {
            typename Kind::producer to{"full", {.capacity_bytes = ring_bytes, .directory = at}};
            write_laps<Kind>(to);
        } catch (const samepage::error& fault) {
            refused = fault;
        }
        require(refused.has_value() == (inodes < 3), "two files need two inodes");
        require(!refused || (refused->code() == errc::no_space && fs::is_empty(at)), "no inode is no_space");
        require(::umount(at.c_str()) == 0, "nobody is left who holds the file system");
    }
}

void in_own_mounts(const std::function<void(const std::string& at)>& what)
{
    const support::scratch_directory place;
    peer inside{"the process in the small file system", [&](support::lines& parent) {
                    leave_for_own(CLONE_NEWNS);
                    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
                        throw not_permitted("mount: " + samepage::describe_errno(errno));
                    }
                    what(place.path().string());
                    parent.say("done");
                }};
    inside.expect("done");
    inside.end_well();
}

} // namespace

void peers_without_room(const settings&, scenarios& all)
{
    all.run("a full file system at each step, dense", [] { in_own_mounts(fill_up_at_each_step<dense>); });
    all.run("a full file system at each step, framed", [] { in_own_mounts(fill_up_at_each_step<framed>); });
    all.run("a file system without inodes", [] { in_own_mounts(refuse_without_inodes<dense>); });
}

} // namespace torture
