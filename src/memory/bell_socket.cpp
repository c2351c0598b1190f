// SPDX-License-Identifier: BSL-1.0
// bell_socket.cpp: Unix datagram sockets, reached through descriptors since their addresses hold 107 characters.
#include "memory/bell_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace samepage::memory {
namespace {

/// A channel's directory and name may be longer than a socket's address: it begins at a descriptor instead.
class socket_address {
public:
    explicit socket_address(int descriptor, const char* inside = "") noexcept
    {
        address_.sun_family = AF_UNIX;
        std::snprintf(address_.sun_path, sizeof address_.sun_path, "/proc/self/fd/%d%s", descriptor, inside);
    }
    [[nodiscard]] const ::sockaddr* get() const noexcept { return reinterpret_cast<const ::sockaddr*>(&address_); }
    [[nodiscard]] ::socklen_t bytes() const noexcept { return sizeof address_; }
    [[nodiscard]] const char* path() const noexcept { return address_.sun_path; }

private:
    ::sockaddr_un address_{};
};

/// Of a bell that is no file: goes with its socket.
class abstract_address {
public:
    explicit abstract_address(const std::filesystem::path& name) noexcept
    {
        const std::string_view text = name.native();
        address_.sun_family = AF_UNIX;
        length_ = std::min(text.size(), sizeof address_.sun_path);
        std::memcpy(address_.sun_path, text.data(), length_);
        address_.sun_path[0] = '\0'; // instead of '@'
    }
    [[nodiscard]] static bool is_one(const std::filesystem::path& name) noexcept
    {
        const std::string_view text = name.native();
        return text.starts_with('@') && text.find('/') == std::string_view::npos;
    }
    [[nodiscard]] const ::sockaddr* get() const noexcept { return reinterpret_cast<const ::sockaddr*>(&address_); }
    [[nodiscard]] ::socklen_t bytes() const noexcept
    {
        return static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + length_);
    }

private:
    ::sockaddr_un address_{};
    std::size_t length_ = 0;
};

/// The name of a bell that is being made: short, another one for each bell of a directory, and the same each time, so
/// that a successor clears away what was left by a death half-way. No channel's file is called so: '~' is in no name.
struct name_in_the_making {
    char text[1 + 10 + 16 + 1 + 10 + 1] = {}; // "/samepage.~", the hash, '.', the slot

    name_in_the_making(std::string_view channel, unsigned slot) noexcept
    {
        std::uint64_t hash = 14695981039346656037U; // FNV-1a
        for (const char c : channel) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
        }
        std::snprintf(text, sizeof text, "/samepage.~%016llx.%u", static_cast<unsigned long long>(hash), slot);
    }
    [[nodiscard]] const char* in_directory() const noexcept { return text; } ///< with a '/' before it
    [[nodiscard]] const char* plain() const noexcept { return text + 1; }
};
static_assert(sizeof("/proc/self/fd/2147483647") + sizeof(name_in_the_making) <= sizeof(::sockaddr_un::sun_path));

/// Unlinks a name in the making unless it was given away.
class unfinished {
public:
    unfinished(int directory, const char* name) noexcept : directory_(directory), name_(name) {}
    unfinished(const unfinished&) = delete;
    unfinished& operator=(const unfinished&) = delete;
    ~unfinished()
    {
        if (name_ != nullptr) {
            ::unlinkat(directory_, name_, 0);
        }
    }
    void finish() noexcept { name_ = nullptr; }

private:
    int directory_;
    const char* name_;
};

file make_socket() noexcept
{
    return file{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

void refuse_what_is_no_bell(const channel_place& place, const std::filesystem::path& path)
{
    struct ::stat found {};
    if (::lstat(path.c_str(), &found) == 0 && !S_ISSOCK(found.st_mode)) {
        place.fail(errc::not_a_channel, "a socket at " + path.string() + ", or nothing", kind_of(found.st_mode),
                   "see who put it there (ls -l), and remove it");
    }
}

void bind_at(const channel_place& place, int socket, int directory, const name_in_the_making& name)
{
    const socket_address address{directory, name.in_directory()};
    if (::bind(socket, address.get(), address.bytes()) == 0) {
        return;
    }
    const int error = errno;
    if (error == ENOENT && ::access(place.directory.c_str(), F_OK) == 0) {
        place.fail(errc::system, "/proc, through which a bell gets its name",
                   "bind(" + std::string{address.path()} + "): " + describe_errno(error), "mount it");
    }
    place.fail_call("bind", place.directory, error);
}

} // namespace

std::filesystem::path bell_path(const channel_place& place, unsigned slot)
{
    const std::string end = ".bell." + std::to_string(slot);
    return place.has_files ? place.directory / ("samepage." + place.name + end)
                           : std::filesystem::path{"@samepage." + place.token + end};
}

bool is_dead_bell(const std::filesystem::path& path) noexcept
{
    const file found{::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    struct ::stat what {};
    const bool is_socket = found && ::fstat(found.get(), &what) == 0 && S_ISSOCK(what.st_mode); // of a file, connect()
    const file socket = is_socket ? make_socket() : file{};                                     // says the same
    if (!socket) {
        return false;
    }
    const socket_address itself{found.get()};
    return ::connect(socket.get(), itself.get(), itself.bytes()) != 0 && errno == ECONNREFUSED;
}

void remove_dead_bells(const channel_place& place, unsigned slots) noexcept
try {
    for (unsigned slot = 0; slot < slots; ++slot) {
        const auto path = bell_path(place, slot);
        if (is_dead_bell(path)) {
            ::unlink(path.c_str());
        }
    }
} catch (const std::bad_alloc&) { // a path: they stay
}

bell_socket::bell_socket(const channel_place& place, unsigned slot, ::mode_t mode, ::gid_t group)
{
    const auto path = bell_path(place, slot);
    if (!place.has_files) {
        file made = make_socket();
        const abstract_address address{path};
        if (!made || ::bind(made.get(), address.get(), address.bytes()) != 0) { // taken: by another participant alone
            place.fail_call(made ? "bind" : "socket", path, errno);
        }
        socket_ = file{made.release(), path};
        return;
    }
    const name_in_the_making name{place.name, slot};
    refuse_what_is_no_bell(place, path);
    const file directory{::open(place.directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
    if (!directory) {
        place.fail_call("open", place.directory, errno);
    }
    file made = make_socket();
    if (!made) {
        place.fail_call("socket", path, errno);
    }
    if (::fchmod(made.get(), mode) != 0) { // bind() makes the file with this mode less the umask: never with more
        place.fail_call("fchmod", path, errno);
    }
    unlink(place, place.directory / name.plain());
    bind_at(place, made.get(), directory.get(), name);

    unfinished cleared{directory.get(), name.plain()};
    auto bound_at = place.directory / name.plain();
    const file bound{::openat(directory.get(), name.plain(), O_PATH | O_NOFOLLOW | O_CLOEXEC), std::move(bound_at)};
    if (!bound) {
        place.fail_call("openat", bound.path(), errno);
    }
    const struct ::stat found = status(place, bound);
    if (!S_ISSOCK(found.st_mode)) {
        place.fail(errc::system, "the socket just made in " + place.directory.string(), kind_of(found.st_mode),
                   "see who else writes to that directory");
    }
    const socket_address itself{bound.get()}; // a path to that very file, whatever its name is by now
    if (group != static_cast<::gid_t>(-1) && ::chown(itself.path(), static_cast<::uid_t>(-1), group) != 0) {
        mode &= ~static_cast<::mode_t>(S_IRWXG);
    }
    if (::chmod(itself.path(), mode) != 0) {
        place.fail_call("chmod", path, errno);
    }
    if (::renameat(directory.get(), name.plain(), AT_FDCWD, path.c_str()) != 0) {
        place.fail_call("renameat", path, errno);
    }
    cleared.finish();
    device_ = found.st_dev;
    inode_ = found.st_ino;
    socket_ = file{made.release(), path};
}

bell_socket::~bell_socket()
{
    if (!socket_ || abstract_address::is_one(socket_.path())) {
        return;
    }
    struct ::stat found {};
    // The bound socket keeps its inode, so no other file has that number before it is closed.
    if (::lstat(socket_.path().c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_) {
        ::unlink(socket_.path().c_str());
    }
}

void bell_socket::drain() noexcept
{
    constexpr int most = 4096; // a queue holds net.unix.max_dgram_qlen: some 10 to 512
    char ignored = 0;
    for (int i = 0; i < most && ::recv(socket_.get(), &ignored, sizeof ignored, MSG_DONTWAIT) >= 0; ++i) {
    }
}

void bell_socket::abandon() noexcept
{
    if (const int descriptor = socket_.release(); descriptor != -1) {
        ::close(descriptor);
    }
}

ringing bell_ringer::ring(const std::filesystem::path& path) noexcept
{
    if (abstract_address::is_one(path)) {
        const abstract_address address{path};
        return send_to(address.get(), address.bytes());
    }
    // O_PATH holds on to what lies there, be it a symbolic link, and touches nothing.
    const file target{::open(path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    if (!target) {
        return errno == ENOENT || errno == ENOTDIR ? ringing::nobody : ringing::failed;
    }
    struct ::stat found {};
    if (::fstat(target.get(), &found) != 0 || !S_ISSOCK(found.st_mode)) {
        return ringing::nobody;
    }
    const socket_address address{target.get()};
    return send_to(address.get(), address.bytes());
}

ringing bell_ringer::send_to(const ::sockaddr* address, ::socklen_t address_bytes) noexcept
{
    for (;;) {
        const bool fresh = !socket_;
        if (fresh) {
            socket_ = make_socket();
            if (!socket_) {
                return ringing::failed;
            }
        }
        const char ring = 1;
        if (::sendto(socket_.get(), &ring, 1, MSG_DONTWAIT | MSG_NOSIGNAL, address, address_bytes) == 1) {
            return ringing::heard;
        }
        switch (errno) {
        case EAGAIN:
            if (fresh) { // nothing of ours is under way: the bell's queue is full
                return ringing::heard;
            }
            // Or our own buffer is, with rings that other sleepers left lying; a new socket has one of its own.
            socket_ = file{};
            break;
        case ECONNREFUSED: // its sleeper died
        case EPROTOTYPE:   // another kind of socket
            return ringing::nobody;
        default: return ringing::failed;
        }
    }
}

} // namespace samepage::memory
