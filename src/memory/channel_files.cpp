// SPDX-License-Identifier: BSL-1.0
// channel_files.cpp: open, reserve, link, and the errors of each in words.
#include "memory/channel_files.hpp"

#include "memory/file_system.hpp"
#include "memory/own_groups.hpp"

#include <boost/interprocess/mapped_region.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace samepage::memory {

bool valid_name(std::string_view name) noexcept
{
    const auto plain = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (name.empty() || name.size() > 200 || !plain(name.front()) || name.find("..") != std::string_view::npos) {
        return false;
    }
    for (const char c : name) {
        if (!plain(c) && c != '.' && c != '-') {
            return false;
        }
    }
    return true;
}

namespace {

/// A name as an error may show it: one short line of plain text, whatever it holds.
std::string printable(std::string_view name)
{
    constexpr std::size_t most = 60;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string shown;
    for (const char c : name.substr(0, most)) {
        if (c >= ' ' && c <= '~') {
            shown += c;
        } else {
            const auto value = static_cast<unsigned char>(c);
            shown += "\\x";
            shown += digits[value / 16];
            shown += digits[value % 16];
        }
    }
    return name.size() > most ? shown + "... (" + std::to_string(name.size()) + " bytes)" : shown;
}

[[noreturn]] void fail_kind(const channel_place& place, const std::filesystem::path& path, ::mode_t mode)
{
    place.fail(errc::not_a_channel, "a regular file at " + path.string(), kind_of(mode),
               "see who put it there (ls -l), and remove it");
}

std::string free_space(const std::filesystem::path& directory)
{
    struct statvfs room {};
    if (::statvfs(directory.c_str(), &room) != 0) {
        return "less";
    }
    return in_units(std::uint64_t{room.f_bavail} * room.f_frsize) + " free in " + directory.string();
}

/// Copies into the pages themselves. False if they cannot be mapped.
bool write_by_mapping(const file& to, std::span<const std::byte> bytes, std::uint64_t offset) noexcept
{
    struct statvfs pages {};
    if (::fstatvfs(to.get(), &pages) != 0 || pages.f_bsize == 0) {
        return false;
    }
    const std::uint64_t page = pages.f_bsize;
    const std::uint64_t begin = offset / page * page;
    const std::uint64_t end = (offset + bytes.size() + page - 1) / page * page;
    void* const mapped = ::mmap(nullptr, end - begin, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, to.get(),
                                static_cast<off_t>(begin));
    if (mapped == MAP_FAILED) {
        return false;
    }
    std::memcpy(static_cast<std::byte*>(mapped) + (offset - begin), bytes.data(), bytes.size());
    ::munmap(mapped, end - begin);
    return true;
}

/// Of what a signal interrupted: a tmpfs begins anew at each, so a piece is to end before the next.
constexpr std::size_t largest_piece = std::size_t{8} << 20U;

[[noreturn]] void fail_reserving(const channel_place& place, const file& of, std::size_t bytes, const std::string& free,
                                 int error)
{
    const bool no_room = error == ENOSPC || error == EFBIG || error == EDQUOT;
    if (!place.has_files && (no_room || error == ENOMEM)) {
        place.fail(errc::no_space, in_units(bytes) + " of memory", "posix_fallocate(memfd): " + describe_errno(error),
                   "choose a smaller capacity_bytes or fewer max_producers, end what else takes memory, or allow more "
                   "(memory.max of the control group, ulimit -f, vm.overcommit_memory)");
    }
    if (error == ENOSPC && place.has_files) {
        if (const auto pages = file_system_of(place, of); pages.kind == storage::huge_pages) {
            fail_no_huge_pages(place, pages.page_bytes, bytes);
        }
    }
    if (no_room) {
        place.fail(
            errc::no_space, in_units(bytes), free,
            "choose a smaller capacity_bytes, remove channels nobody needs, or enlarge the file system (mount -o "
            "remount,size=SIZE " +
                place.directory.string() + "; docker run --shm-size=SIZE)");
    }
    place.fail_call("posix_fallocate", place.directory, error);
}

std::string in_words(const std::vector<::gid_t>& groups)
{
    std::string all;
    for (const ::gid_t each : groups) {
        all += (all.empty() ? "" : ", ") + std::to_string(each);
    }
    return all;
}

} // namespace

std::string kind_of(::mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFLNK: return "a symbolic link";
    case S_IFDIR: return "a directory";
    case S_IFIFO: return "a named pipe";
    case S_IFSOCK: return "a socket";
    case S_IFREG: return "a regular file";
    default: return "a device";
    }
}

file::file(file&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

file& file::operator=(file&& other) noexcept
{
    std::swap(descriptor_, other.descriptor_);
    path_.swap(other.path_);
    return *this;
}

file::~file()
{
    if (descriptor_ != -1) {
        ::close(descriptor_);
    }
}

int file::release() noexcept
{
    return std::exchange(descriptor_, -1);
}

channel_place::channel_place(std::string what, std::string_view channel, const std::filesystem::path& where)
    : operation(std::move(what)), name(channel), directory(where)
{
    if (std::error_code unknown; !where.empty()) { // the same wherever the process goes
        if (auto whole = std::filesystem::absolute(where, unknown); !unknown) {
            directory = std::move(whole);
        }
    }
    if (!valid_name(channel)) {
        name = printable(channel);
        fail(errc::invalid_name,
             "a name of 1 to 200 characters A-Z a-z 0-9 _ . -, beginning with neither . nor -, without \"..\"",
             channel.empty() ? "an empty one" : "'" + name + "'", "rename the channel");
    }
    data = directory / ("samepage." + name + ".data");
    control = directory / ("samepage." + name + ".ctl");
}

channel_place channel_place::nameless(std::string what, std::string_view channel)
{
    channel_place made(std::move(what), channel, {});
    made.directory = "memory";
    made.data = "memfd:" + made.name + ".data";
    made.control = "memfd:" + made.name + ".ctl";
    made.has_files = false;
    return made;
}

void channel_place::fail(errc code, std::string expected, std::string found, std::string remedy) const
{
    throw error(code, {operation, name, std::move(expected), std::move(found), std::move(remedy)});
}

void channel_place::fail_call(const char* call, const std::filesystem::path& path, int error) const
{
    const std::string found = std::string{call} + "(" + path.string() + "): " + describe_errno(error);
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        fail(errc::permission_denied, "permission to use " + path.string(), found,
             path == directory
                 ? "choose a directory that this user may write to"
                 : "run as the user who created the channel, or create it with a mode that admits others");
    case ENOENT:
    case ENOTDIR:
        fail(errc::not_found, "the directory " + directory.string(), found, "create it, or name another directory");
    case ENOSPC:
    case EDQUOT:
        fail(errc::no_space, "room for one more file in " + directory.string(), found,
             "remove channels nobody needs, or enlarge the file system (df -i shows its free inodes)");
    case EMFILE:
    case ENFILE:
        fail(errc::system, "a free file descriptor", found,
             error == EMFILE ? "close some, or raise this process's limit (ulimit -n)"
                             : "raise the machine's limit (sysctl fs.file-max)");
    default: fail(errc::system, "", found, "");
    }
}

file create_nameless(const channel_place& place, std::size_t reserved, std::size_t bytes, ::mode_t mode,
                     const std::filesystem::path& meant_for)
{
    auto named = meant_for.empty() ? place.directory : meant_for; // copied before open(): errno stays as that left it
    file made{::open(place.directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, mode), std::move(named)};
    if (!made) {
        if (errno == EOPNOTSUPP || errno == EISDIR) {
            place.fail(errc::system, "a directory on a file system with nameless files (O_TMPFILE)",
                       place.directory.string() + ": " + describe_errno(errno),
                       "use /dev/shm, tmpfs, ext4, xfs or btrfs");
        }
        place.fail_call("open", place.directory, errno);
    }
    if (::fchmod(made.get(), mode) != 0) { // open() took the umask off
        place.fail_call("fchmod", place.directory, errno);
    }
    write_in_place(place, made);
    if (reserved != 0) {
        reserve(place, made, 0, reserved);
    }
    if (bytes > reserved && ::ftruncate(made.get(), static_cast<off_t>(bytes)) != 0) {
        place.fail_call("ftruncate", place.directory, errno);
    }
    return made;
}

void give_group(const channel_place& place, const file& to, ::gid_t group)
{
    if (::fchown(to.get(), static_cast<::uid_t>(-1), group) == 0) {
        return;
    }
    if (errno == EPERM) {
        place.fail(errc::permission_denied, "a group of this user's for " + to.path().string(),
                   std::to_string(group) + ", which is none of " + in_words(own_groups()),
                   "add the user to the group (usermod -aG), and log in again; or run as root");
    }
    place.fail_call("fchown", to.path(), errno);
}

void reserve(const channel_place& place, const file& of, std::uint64_t offset, std::size_t bytes)
{
    const std::string free = place.has_files ? free_space(place.directory) : std::string{}; // before a part is ours

    std::size_t piece = bytes; // what can never fit is refused before a page of it is made
    for (std::size_t done = 0; done < bytes;) {
        const std::size_t wanted = std::min(piece, bytes - done);
        const int result = ::posix_fallocate(of.get(), static_cast<off_t>(offset + done), static_cast<off_t>(wanted));
        if (result == EINTR) {
            piece = std::max(std::min(piece / 2, largest_piece), page_bytes());
        } else if (result != 0) {
            fail_reserving(place, of, bytes, free, result);
        } else {
            done += wanted;
        }
    }
}

void give_back(const file& of, std::uint64_t offset, std::size_t bytes) noexcept
{
    (void)::fallocate(of.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                      static_cast<off_t>(bytes));
}

bool link(const channel_place& place, int descriptor, const std::filesystem::path& path)
{
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
        return true;
    }
    if (errno == EEXIST) {
        return false;
    }
    if (errno == ENOENT && ::access(place.directory.c_str(), F_OK) == 0) {
        place.fail(errc::system, "/proc, by which a nameless file gets its name", self + ": " + describe_errno(ENOENT),
                   "mount it");
    }
    place.fail_call("linkat", path, errno);
}

std::optional<file> open_existing(const channel_place& place, const std::filesystem::path& path, access how)
{
    const int flags = (how == access::read_only ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    auto named = path; // as in create_nameless()
    file opened{::open(path.c_str(), flags), std::move(named)};
    if (!opened) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        const int error = errno;
        struct ::stat found {};
        if (::lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
            fail_kind(place, path, found.st_mode);
        }
        place.fail_call("open", path, error);
    }
    if (const auto mode = status(place, opened).st_mode; !S_ISREG(mode)) {
        fail_kind(place, path, mode);
    }
    return opened;
}

void unlink(const channel_place& place, const std::filesystem::path& path)
{
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) {
        return;
    }
    if (errno == EISDIR) {
        fail_kind(place, path, S_IFDIR);
    }
    place.fail_call("unlink", path, errno);
}

struct ::stat status(const channel_place& place, const file& of)
{
    struct ::stat found {};
    if (::fstat(of.get(), &found) != 0) {
        place.fail_call("fstat", of.path(), errno);
    }
    return found;
}

struct ::stat status_of(const channel_place& place, int descriptor)
{
    struct ::stat found {};
    if (::fstat(descriptor, &found) != 0) {
        place.fail_call("fstat", place.control, errno);
    }
    return found;
}

bool names(const std::filesystem::path& path, int descriptor) noexcept
{
    struct ::stat by_name {};
    struct ::stat by_descriptor {};
    return ::lstat(path.c_str(), &by_name) == 0 && ::fstat(descriptor, &by_descriptor) == 0 &&
           by_name.st_dev == by_descriptor.st_dev && by_name.st_ino == by_descriptor.st_ino;
}

std::size_t read_at(const channel_place& place, const file& from, std::span<std::byte> into, std::uint64_t offset)
{
    std::size_t done = 0;
    while (done < into.size()) {
        const auto n = ::pread(from.get(), into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (n == 0) {
            break;
        }
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            place.fail_call("pread", from.path(), errno);
        }
        done += static_cast<std::size_t>(n);
    }
    return done;
}

void write_at(const channel_place& place, const file& to, std::span<const std::byte> bytes, std::uint64_t offset)
{
    while (!bytes.empty()) {
        const auto n = ::pwrite(to.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            const int error = errno;
            if (error == EINVAL && write_by_mapping(to, bytes, offset)) { // a hugetlbfs, which has no write(2)
                return;
            }
            place.fail_call("pwrite", to.path(), error);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        offset += static_cast<std::uint64_t>(n);
    }
}

std::size_t page_bytes() noexcept
{
    return boost::interprocess::mapped_region::get_page_size();
}

std::string in_units(std::uint64_t bytes)
{
    static constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 1024 && unit + 1 < std::size(units)) {
        value /= 1024;
        ++unit;
    }
    // Three decimals tell what is needed from what is free when they differ by a page or two.
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", value);
    std::string shown{text};
    shown.erase(shown.find_last_not_of('0') + 1);
    if (shown.back() == '.') {
        shown.pop_back();
    }
    return shown + ' ' + (bytes == 1 ? "byte" : units[unit]);
}

} // namespace samepage::memory
