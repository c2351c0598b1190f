// SPDX-License-Identifier: BSL-1.0
// iovec.hpp: the bytes of a view for readv, writev, preadv, recvmsg, …: strided rows in one call, without a copy.
// Thread safety: as memory_view's.
#pragma once

#include <samepage/io/byte_runs.hpp>

#include <cstddef>
#include <span>
#include <vector>

#include <sys/uio.h>

namespace samepage {

/// The most that the kernel takes in one call (IOV_MAX); more is EINVAL.
inline constexpr std::size_t max_iovecs = 1024;

/// Every contiguous piece of the view, in C order, to be written from: all of them, however many, so more than
/// max_iovecs can be. iovec_cursor goes through them in calls, and copes with calls that did less.
/// Lifetime: the bytes'; nothing is kept.
[[nodiscard]] std::vector<iovec> gather_iovecs(const memory_view& from);

/// The same to be read into. Throws buffer_error if the view is read-only.
[[nodiscard]] std::vector<iovec> scatter_iovecs(const memory_view& into);

/// A walk over a view's bytes by calls that take iovecs and may do less than was asked:
///
///     auto out = samepage::iovec_cursor::gather(image(slice{0, 100}, slice{20, 40}));
///     std::array<iovec, 64> room;
///     while (!out.done()) {
///         const auto some = out.next(room);
///         const ssize_t written = ::writev(socket, some.data(), static_cast<int>(some.size()));
///         if (written < 0) …
///         out.advance(static_cast<std::size_t>(written));
///     }
///
/// Lifetime: it keeps a share in the view's lease; the iovecs are good until it is gone.
class iovec_cursor {
public:
    /// To be written from.
    [[nodiscard]] static iovec_cursor gather(const memory_view& from);
    /// To be read into. Throws buffer_error if the view is read-only.
    [[nodiscard]] static iovec_cursor scatter(const memory_view& into);

    [[nodiscard]] bool done() const noexcept { return done_bytes_ == runs_.total_bytes(); }
    [[nodiscard]] std::size_t done_bytes() const noexcept { return done_bytes_; }
    [[nodiscard]] std::size_t left_bytes() const noexcept { return runs_.total_bytes() - done_bytes_; }

    /// What comes next, the rest of a piece first, as far as `room` reaches, at most max_iovecs. Moves nothing: call
    /// advance() with what was done. Empty only if done() or room is.
    [[nodiscard]] std::span<const iovec> next(std::span<iovec> room) const;

    /// @pre bytes <= left_bytes().
    void advance(std::size_t bytes) noexcept;

private:
    explicit iovec_cursor(const memory_view& of) : runs_{of} {}

    byte_runs<std::span<const std::byte>> runs_;
    std::size_t done_bytes_ = 0;
};

} // namespace samepage
