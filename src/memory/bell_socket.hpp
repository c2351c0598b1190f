// SPDX-License-Identifier: BSL-1.0
// bell_socket.hpp: a descriptor to poll that other processes make readable, for sleepers in somebody's event loop.
// Thread safety: distinct objects are independent; one object, one thread at a time.
#pragma once

#include "memory/channel_files.hpp"

#include <filesystem>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>

namespace samepage::memory {

/// Where the bell of participant `slot` lies: samepage.NAME.bell.SLOT, beside the channel's files. Of a nameless one:
/// @samepage.TOKEN.bell.SLOT, which is no path but an abstract address: any process of this network namespace may ring.
[[nodiscard]] std::filesystem::path bell_path(const channel_place& place, unsigned slot);

/// A socket lies at `path` that nobody has open any more. Touches nothing, and rings nobody. What cannot be asked (not
/// permitted, no descriptor) counts as somebody's.
[[nodiscard]] bool is_dead_bell(const std::filesystem::path& path) noexcept;

/// Unlinks the bells that sleepers left when they died, slots 0 to `slots` - 1; those that somebody has stay.
void remove_dead_bells(const channel_place& place, unsigned slots) noexcept;

/// The sleeper's end: a Unix datagram socket with a name. Readable from the first ring on, until drained; what the
/// datagrams hold means nothing. Every process that may write to the file may ring. The file is this object's and goes
/// with it; that of a sleeper who died stays, and whoever rings it finds nobody there.
class bell_socket {
public:
    /// Makes the bell, in place of one that a dead predecessor left. Until it is whole it lies at a name of its own,
    /// so no ringer finds it with another mode.
    /// @param mode  who may ring: as the channel's control file, whatever the umask.
    /// @param group  the control file's, to which `mode` is for; -1: this process's. If it may not give the file to
    ///               that group, the group may not ring.
    /// @pre The caller holds the lock byte of `slot`: the bell that is there belongs to nobody who lives.
    /// @throws error not_a_channel if something else than a socket lies there; permission_denied; no_space; system
    bell_socket(const channel_place& place, unsigned slot, ::mode_t mode, ::gid_t group = static_cast<::gid_t>(-1));
    bell_socket(const bell_socket&) = delete;
    bell_socket& operator=(const bell_socket&) = delete;
    ~bell_socket(); // takes its own file away, and no successor's

    /// To poll for reading; non-blocking, close-on-exec. -1 once abandoned. Lifetime: this object's.
    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }

    /// Takes every ring so far, and never waits: not readable until the next. Drain before looking at what the bell is
    /// about: a ring in between is then heard again. (Against ringers who never pause it gives up, and leaves it
    /// readable.)
    void drain() noexcept;

    /// For the child of a fork (see fork_guard): closes the descriptor and leaves the file, which is the parent's.
    /// Async-signal-safe.
    void abandon() noexcept;

private:
    file socket_;
    ::dev_t device_ = 0;
    ::ino_t inode_ = 0;
};

/// What became of a ring.
enum class ringing {
    heard,  ///< the bell is readable now, by this ring or by earlier ones
    nobody, ///< no living sleeper has it, or what lies there is no bell
    failed, ///< not permitted, or no descriptor or memory for it: the sleeper, if there is one, was not woken
};

/// The ringer's end, for any number of bells. Takes a descriptor at the first ring.
class bell_ringer {
public:
    /// Rings the bell at `path`. Never waits, raises no signal, and follows no symbolic link from that name: the worst
    /// that a hostile file there can do is that nobody wakes. Some system calls: for those who are known to sleep.
    ringing ring(const std::filesystem::path& path) noexcept;

private:
    [[nodiscard]] ringing send_to(const ::sockaddr* address, ::socklen_t address_bytes) noexcept;

    file socket_;
};

} // namespace samepage::memory
