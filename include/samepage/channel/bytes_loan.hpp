// SPDX-License-Identifier: BSL-1.0
// bytes_loan.hpp: bytes of the ring, writable in place, published or discarded exactly once.
// Thread safety: none; a loan stays on its producer's thread.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/framed_writer.hpp>
#include <samepage/ring/hardware.hpp>

#include <cassert>
#include <cstddef>
#include <span>
#include <utility>

namespace samepage {

class bytes_producer;

/// One record of a framed channel, in the shared pages. Holds what earlier laps left there, not zeros.
/// Lifetime: until publish(), discard() or destruction (which discards); never beyond its producer's.
class bytes_loan {
public:
    bytes_loan(bytes_loan&& other) noexcept
        : to_(std::exchange(other.to_, nullptr)), bytes_(std::exchange(other.bytes_, {})), why_(other.why_)
    {
    }
    bytes_loan& operator=(bytes_loan&& other) noexcept
    {
        if (this != &other) {
            discard();
            to_ = std::exchange(other.to_, nullptr);
            bytes_ = std::exchange(other.bytes_, {});
            why_ = other.why_;
        }
        return *this;
    }
    ~bytes_loan() { discard(); }

    /// True if there is something to write to.
    explicit operator bool() const noexcept { return to_ != nullptr; }
    /// ok, or why the loan is empty: full, too_large, timed_out, closed, retired, invalid_after_fork.
    [[nodiscard]] outcome why() const noexcept { return why_; }

    /// As many as were asked for, aligned to the channel's payload alignment, contiguous over the ring's wrap.
    [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
    [[nodiscard]] std::byte* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
    /// Where the first byte lies in the lane: a count of bytes that never wraps.
    /// @pre *this holds bytes.
    [[nodiscard]] std::uint64_t position() const noexcept { return to_->next() + ring::frame::header_bytes; }

    /// Makes the record visible. The loan is empty then.
    /// @pre *this holds bytes. Progress: wait-free; a system call only if a consumer sleeps.
    void publish() noexcept { publish(bytes_.size()); }

    /// Makes a record of the first `bytes` visible and gives the rest back; 0 publishes an empty record.
    /// @pre bytes <= size()
    void publish(std::size_t bytes) noexcept
    {
        assert(to_ != nullptr && bytes <= bytes_.size());
        assert(bytes_.data() == to_->lend()); // no other loan was published
        to_->publish(bytes, bytes == bytes_.size());
        to_ = nullptr;
        bytes_ = {};
    }

    /// Gives everything back, never seen by anyone. Idempotent.
    void discard() noexcept
    {
        if (to_ != nullptr) {
            to_->discard(); // it has no header, and is not seen
        }
        to_ = nullptr;
        bytes_ = {};
    }

private:
    friend class bytes_producer;
    using writer = ring::framed_writer<ring::hardware>;

    explicit bytes_loan(outcome why) noexcept : why_(why) {}
    bytes_loan(writer& to, std::span<std::byte> bytes) noexcept : to_(&to), bytes_(bytes), why_(outcome::ok) {}

    writer* to_ = nullptr;
    std::span<std::byte> bytes_;
    outcome why_;
};

} // namespace samepage
