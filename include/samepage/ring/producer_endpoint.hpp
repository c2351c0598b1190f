// SPDX-License-Identifier: BSL-1.0
// producer_endpoint.hpp: a producer's end of a channel.
// Thread safety: as endpoint's.
#pragma once

#include <samepage/ring/dense_writer.hpp>
#include <samepage/ring/endpoint.hpp>
#include <samepage/ring/framed_writer.hpp>

#include <memory>
#include <optional>

namespace samepage::ring {

/// A lane on which what is lent can grow.
template <class Writer>
concept has_extensions = requires(Writer writer)
{
    writer.extend_room(std::uint64_t{});
};

/// Creates the channel or joins it, as one of its producers. `Writer` is dense_writer or framed_writer over hardware.
template <class Writer>
class producer_endpoint : public endpoint {
public:
    /// @throws error; see docs/protocol.md, "Attach"
    producer_endpoint(const channel_source& from, const channel_options& options, const record_type& type);
    ~producer_endpoint(); // closes

    [[nodiscard]] Writer& writer() noexcept { return writer_; }
    [[nodiscard]] const Writer& writer() const noexcept { return writer_; }

    /// Room for `bytes` at writer().next(), which may move: ok, full or closed. Never waits.
    /// @pre bytes <= writer().where().geometry.capacity_bytes
    [[nodiscard]] outcome try_reserve(std::uint64_t bytes) noexcept
    {
        return writer_.has_room(bytes) ? outcome::ok : look_for_room(bytes);
    }

    /// As try_reserve(), and waits for the consumers to release: ok, timed_out or closed.
    [[nodiscard]] outcome reserve(std::uint64_t bytes, time_limit limit) noexcept
    {
        return writer_.has_room(bytes) ? outcome::ok : wait_for_room(bytes, limit);
    }

    /// More room, `bytes` in all, for what is lent at writer().next() already; that does not move. Never waits.
    /// @return ok, full or closed; what was lent stays so.
    /// @pre bytes <= writer().where().geometry.capacity_bytes
    [[nodiscard]] outcome try_extend(std::uint64_t bytes) noexcept requires has_extensions<Writer>
    {
        return writer_.has_room(bytes) ? outcome::ok : look_behind(bytes);
    }

    /// As try_extend(), and waits for lossless consumers to release, but not for a lossy one that holds what lies
    /// behind: ok, full (for that), timed_out or closed.
    [[nodiscard]] outcome extend(std::uint64_t bytes, time_limit limit) noexcept requires has_extensions<Writer>
    {
        return writer_.has_room(bytes) ? outcome::ok : wait_behind(bytes, limit);
    }

    /// For a record that is too large for the ring there is: perhaps it is to have another. @pre nothing is lent
    void heed() noexcept;

    /// ok; or why nothing is published any more: closed, retired, invalid_after_fork.
    [[nodiscard]] outcome usable() const noexcept { return usable_; }

    /// Consumers drain, then learn `closed`. Idempotent.
    void close() noexcept;

private:
    [[nodiscard]] outcome look_behind(std::uint64_t bytes) noexcept;
    [[nodiscard]] outcome wait_behind(std::uint64_t bytes, time_limit limit) noexcept;
    template <class Ready, class Idle>
    [[nodiscard]] bool wait_for_consumers(Ready&& ready, Idle&& idle, time_limit limit) noexcept;
    [[nodiscard]] outcome look_for_room(std::uint64_t bytes) noexcept;
    /// Goes over to the ring that the lane is to have, if `bytes` and all that is needed fit it. @pre nothing is lent
    void change_ring(std::uint64_t bytes) noexcept;
    void leave(outcome why) noexcept;
    [[nodiscard]] outcome wait_for_room(std::uint64_t bytes, time_limit limit) noexcept;

    std::unique_ptr<channel_bells> bells_;
    Writer writer_;
    memory::fork_guard guard_; // last: what it tells of is whole
};

extern template class producer_endpoint<dense_writer<hardware>>;
extern template class producer_endpoint<framed_writer<hardware>>;

} // namespace samepage::ring
