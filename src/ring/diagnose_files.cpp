// SPDX-License-Identifier: BSL-1.0
// diagnose_files.cpp: the channels of a directory, what they still want, and what the dead left.
#include "memory/bell_socket.hpp"
#include "memory/channel_files.hpp"
#include "memory/file_system.hpp"
#include "ring/channel_listing.hpp"
#include "ring/diagnosis.hpp"

#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/observer.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace samepage::ring::diagnosis {
namespace {

namespace fs = std::filesystem;

constexpr const char* look_and_remove = "see whose it is (ls -l), and remove it";

std::string in_octal(::mode_t mode)
{
    char text[8];
    std::snprintf(text, sizeof text, "%04o", mode & 07777U);
    return text;
}

/// The locks of a control file, to ask who holds them; nothing if it cannot be read.
std::optional<memory::ownership_locks> locks_of(const fs::path& control)
{
    const int descriptor = ::open(control.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    return descriptor != -1 ? std::optional{memory::ownership_locks{descriptor}} : std::nullopt;
}

/// The call that takes away what the dead left, and nothing that lives. `options` as dead_options has them.
std::string remove_dead_there(const examination& of, const std::string& options = {})
{
    std::string call = "remove_dead(";
    if (!options.empty() || of.options.directory != "/dev/shm") {
        call += '"' + of.options.directory.string() + '"';
    }
    return call + (options.empty() ? std::string{} : ", {" + options + '}') + ')';
}

void examine_unfinished(examination& of, const fs::path& path)
{
    struct ::stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        return; // it has its name by now
    }
    const bool socket = S_ISSOCK(found.st_mode);
    if (socket && !memory::is_dead_bell(path)) {
        return; // its maker lives
    }
    of.add(concern::stale, severity::notice, path.string(), "nothing that is half-made",
           socket ? "a bell whose maker died half-way" : memory::kind_of(found.st_mode),
           socket ? "the next consumer in its slot clears it away; or " + remove_dead_there(of) : look_and_remove);
}

void examine_bells(examination& of, const files_of_channel& files)
{
    for (const fs::path& bell : files.bells) {
        if (memory::is_dead_bell(bell)) {
            of.add(concern::stale, severity::notice, bell.string(), "a socket that a consumer has open",
                   files.data ? "one whose consumer died" : "one whose consumer died, of a channel that is gone",
                   "the next consumer in its slot replaces it; " + remove_dead_there(of) +
                       " takes it away and leaves what lives");
        }
    }
}

/// A control file alone, or a data file alone.
void examine_half(examination& of, const memory::channel_place& place, const files_of_channel& files)
{
    if (files.data) {
        of.add(concern::damage, severity::fault, place.data.string(), "a control file " + place.control.string(),
               "none",
               "it was removed by hand: remove_channel(\"" + place.name + "\"), and let its producer create it anew");
        return;
    }
    const auto locks = locks_of(place.control);
    if (locks && !locks->held_elsewhere(lock_byte::naming)) { // else somebody is between the two names
        std::error_code gone;
        if (!fs::exists(place.data, gone) && fs::exists(place.control, gone)) {
            of.add(concern::stale, severity::notice, place.control.string(), "a data file " + place.data.string(),
                   "none: whoever created or removed the channel died half-way",
                   "the next creator clears it away; or " + remove_dead_there(of) + ", or remove_channel(\"" +
                       place.name + "\")");
        }
    }
}

/// Who may read the data and write the control file takes part; a class that may do one of the two can do nothing with
/// it, unless both modes are the same: then its members may look on.
bool admits_to_one_only(::mode_t data, ::mode_t control) noexcept
{
    if ((data & 07777U) == (control & 07777U)) {
        return false;
    }
    for (const ::mode_t by : {1U, 8U, 64U}) {
        const bool reads = (data / by & 4U) != 0;
        const ::mode_t takes_part = control / by & 6U;
        if (reads ? takes_part != 6U : takes_part != 0) {
            return true;
        }
    }
    return false;
}

/// Owners and modes of a channel's two files. @return false if one is gone
bool examine_permissions(examination& of, const memory::channel_place& place)
{
    struct ::stat data {};
    struct ::stat control {};
    if (::lstat(place.data.c_str(), &data) != 0 || ::lstat(place.control.c_str(), &control) != 0) {
        return false;
    }
    of.owners.insert(data.st_uid);
    const auto describe = [](const struct ::stat& file) {
        return "user " + std::to_string(file.st_uid) + ", group " + std::to_string(file.st_gid) + ", mode " +
               in_octal(file.st_mode);
    };
    if (data.st_uid != control.st_uid || data.st_gid != control.st_gid ||
        admits_to_one_only(data.st_mode, control.st_mode)) {
        of.add(concern::permissions, severity::warning, place.control.string(),
               "owner and mode of " + place.data.string() + ": " + describe(data), describe(control),
               "some are admitted to one file only: chown and chmod both alike, or with read on the data and read and "
               "write on the control file for the same; or create the channel with channel_options::mode and "
               "control_mode as they are to be");
    }
    if (((data.st_mode | control.st_mode) & 0002U) != 0) {
        of.add(concern::permissions, severity::warning, place.data.string(), "files that not everybody may write to",
               "modes " + in_octal(data.st_mode) + " and " + in_octal(control.st_mode),
               "whoever may write may cut the pages off, which kills every participant (SIGBUS): chmod o-w, and admit "
               "others by group");
    }
    return true;
}

/// What an error of attaching says, as a finding.
void add_refusal(examination& of, const memory::channel_place& place, const error& refusal)
{
    const auto& parts = refusal.parts();
    const auto code = refusal.code();
    if (code == make_error_code(errc::not_found) || code == make_error_code(errc::retired)) {
        return; // it went, or is made anew, as we look
    }
    const bool permission = code == make_error_code(errc::permission_denied);
    of.add(permission ? concern::permissions : concern::damage, severity::fault, place.data.string(),
           parts.expected.empty() ? "a channel that can be read" : parts.expected,
           parts.found.empty() ? refusal.what() : parts.found,
           parts.remedy.empty() ? "remove the channel and let its producer create it anew" : parts.remedy);
}

void examine_participants(examination& of, const memory::channel_place& place, const observation& seen)
{
    const auto locks = locks_of(place.control);
    if (!locks || locks->held_elsewhere(lock_byte::naming, lock_byte::consumer + most_consumers)) {
        return;
    }
    const auto died = std::count_if(seen.lanes.begin(), seen.lanes.end(),
                                    [](const observed_lane& each) { return each.condition == lane_condition::died; });
    const auto names = std::count_if(seen.consumers.begin(), seen.consumers.end(),
                                     [](const observed_consumer& each) { return each.absent; });
    const auto left = static_cast<std::ptrdiff_t>(seen.consumers.size()) - names; // nobody holds a lock: they are dead
    // What remove_dead() has to be told for this one: that a producer closed it at last, that it keeps places.
    const bool closed = std::any_of(seen.lanes.begin(), seen.lanes.end(),
                                    [](const observed_lane& each) { return each.condition == lane_condition::closed; });
    const std::string options = std::string{closed ? ".closed = true" : ""} + (closed && names != 0 ? ", " : "") +
                                (names != 0 ? ".kept = true" : "");
    const std::string remove =
        "remove_channel(\"" + place.name + "\"), or " + remove_dead_there(of, options) + " for all such channels";
    if (died != 0 || left != 0) {
        of.add(concern::stale, severity::warning, place.data.string(), "a participant that lives",
               "none: " + std::to_string(died) + (died == 1 ? " producer and " : " producers and ") +
                   std::to_string(left) + (left == 1 ? " consumer died" : " consumers died") + ", and it holds " +
                   memory::in_units(seen.reserved_bytes),
               "a producer that comes goes on with it, and consumers find its records; if nobody will, " + remove);
    } else {
        of.add(concern::stale, severity::notice, place.data.string(), "somebody who uses it",
               "nobody: all have left" +
                   (names == 0 ? std::string{} : ", " + std::to_string(names) + " with names that are kept for them") +
                   ", and it holds " + memory::in_units(seen.reserved_bytes),
               "if nobody will come back for its records, " + remove);
    }
}

void examine_channel(examination& of, const memory::channel_place& place)
{
    if (!examine_permissions(of, place)) {
        return;
    }
    try {
        observer looking{place.name, place.directory};
        const observation seen = looking.look();
        ++of.channels;
        of.largest_file_bytes = std::max(of.largest_file_bytes, seen.file_bytes);
        of.largest_channel_bytes = std::max(of.largest_channel_bytes, seen.most_bytes);
        of.yet_to_reserve += seen.most_bytes - std::min(seen.most_bytes, seen.reserved_bytes);
        if (::faccessat(AT_FDCWD, place.control.c_str(), R_OK | W_OK, AT_EACCESS) != 0) {
            of.add(concern::permissions, severity::warning, place.control.string(),
                   "permission to read and write it, which consumers and producers need", describe_errno(errno),
                   "this user can only observe the channel: join the group of its files, or create it with a mode "
                   "that admits others");
        }
        examine_participants(of, place, seen);
        if (!seen.contradiction.empty()) {
            of.add(concern::damage, severity::fault, place.data.string(), "terms that a channel can have",
                   seen.contradiction, "end its processes, and remove_channel(\"" + place.name + "\")");
        }
        for (const observed_lane& lane : seen.lanes) {
            if (!lane.contradiction.empty()) {
                of.add(concern::damage, severity::fault, place.data.string(),
                       "words of lane " + std::to_string(lane.lane) + " that agree with each other", lane.contradiction,
                       "end its processes, and remove_channel(\"" + place.name + "\")");
            }
        }
        for (const observed_consumer& consumer : seen.consumers) {
            if (!consumer.contradiction.empty()) {
                of.add(concern::damage, severity::fault, place.data.string(),
                       "words of consumer slot " + std::to_string(consumer.slot) + " that agree with each other",
                       consumer.contradiction, "end its processes, and remove_channel(\"" + place.name + "\")");
            }
        }
    } catch (const error& refusal) {
        add_refusal(of, place, refusal);
    }
}

/// As a creator judges it.
void examine_file_system(examination& of)
{
    constexpr const char* elsewhere = "no channel can be made or joined there: use /dev/shm, or a directory on a "
                                      "tmpfs, hugetlbfs, ext4, xfs or btrfs of this machine";
    const fs::path& directory = of.options.directory;
    struct ::statfs found {};
    if (::statfs(directory.c_str(), &found) != 0) {
        return;
    }
    if (const auto why = memory::unfit(memory::magic_of(found))) {
        of.add(concern::file_system, severity::fault, directory.string(), "a local file system fit for channels",
               std::string{why->name} + ": " + why->reason, elsewhere);
        return;
    }
    const int nameless = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); // seen by nobody
    if (nameless != -1) {
        ::close(nameless);
    } else if (errno == EOPNOTSUPP || errno == EISDIR) {
        of.add(concern::file_system, severity::fault, directory.string(),
               "a file system with nameless files (O_TMPFILE)", describe_errno(errno), elsewhere);
    }
}

/// @return false if there is no such directory, or it cannot be read
bool examine_directory(examination& of)
{
    const fs::path& directory = of.options.directory;
    struct ::stat found {};
    const bool there = ::stat(directory.c_str(), &found) == 0;
    if (!there || !S_ISDIR(found.st_mode)) {
        const std::string what = there ? memory::kind_of(found.st_mode) : describe_errno(errno);
        of.add(concern::permissions, severity::fault, directory.string(), "a directory for channels", what,
               directory == "/dev/shm" ? "mount -t tmpfs -o mode=1777 tmpfs /dev/shm" : "create it, or name another");
        return false;
    }
    if (::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
        of.add(concern::permissions, severity::warning, directory.string(), "permission to create channels there",
               describe_errno(errno), "name a directory that this user may write to, or have its mode changed");
    }
    examine_file_system(of);
    if ((found.st_mode & 0002U) != 0 && (found.st_mode & S_ISVTX) == 0) {
        of.add(concern::permissions, severity::warning, directory.string(),
               "a sticky bit on a directory that all may write to", "mode " + in_octal(found.st_mode),
               "anybody can remove or replace anybody's channels: chmod +t " + directory.string());
    }
    return true;
}

} // namespace

void examine_files(examination& of)
{
    if (!examine_directory(of)) {
        return;
    }
    const channel_listing found = list_channels(of.options.directory);
    if (found.problem) {
        of.add(concern::permissions, severity::fault, of.options.directory.string(), "permission to list it",
               found.problem.message(), "run as a user who may read it");
    }
    for (const auto& [name, files] : found.channels) {
        try {
            const memory::channel_place place("diagnose", name, of.options.directory);
            if (files.data && files.control) {
                examine_channel(of, place);
            } else if (files.data || files.control) {
                examine_half(of, place, files);
            }
            examine_bells(of, files);
        } catch (const error&) { // called as no channel can be: somebody else's
        }
    }
    for (const fs::path& path : found.unfinished) {
        examine_unfinished(of, path);
    }
}

} // namespace samepage::ring::diagnosis
