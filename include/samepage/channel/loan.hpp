// SPDX-License-Identifier: BSL-1.0
// loan.hpp: records of the ring, writable in place, published or discarded exactly once.
// Thread safety: none; a loan stays on its producer's thread.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/dense_writer.hpp>
#include <samepage/ring/hardware.hpp>

#include <cassert>
#include <cstddef>
#include <span>
#include <utility>

namespace samepage {

template <class T>
class producer;

/// One record or a contiguous array of them, in the shared pages. Holds what earlier laps left there, not zeros: write
/// every field of every record that is published.
/// Lifetime: until publish(), discard() or destruction (which discards); never beyond its producer's.
template <class T>
class loan {
public:
    loan(loan&& other) noexcept
        : to_(std::exchange(other.to_, nullptr)), records_(std::exchange(other.records_, {})), why_(other.why_)
    {
    }
    loan& operator=(loan&& other) noexcept
    {
        to_ = std::exchange(other.to_, nullptr);
        records_ = std::exchange(other.records_, {});
        why_ = other.why_;
        return *this;
    }
    ~loan() = default; // what was not published is not seen: nothing of it is on the page but payload

    /// True if there is something to write to.
    explicit operator bool() const noexcept { return to_ != nullptr; }
    /// ok, or why the loan is empty: full, too_large, timed_out, closed, retired, invalid_after_fork.
    [[nodiscard]] outcome why() const noexcept { return why_; }

    /// Shape {count}, stride sizeof(T) bytes, aligned to alignof(T); contiguous over the ring's wrap.
    [[nodiscard]] std::span<T> records() const noexcept { return records_; }
    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
    [[nodiscard]] T* data() const noexcept { return records_.data(); }
    [[nodiscard]] T* begin() const noexcept { return records_.data(); }
    [[nodiscard]] T* end() const noexcept { return records_.data() + records_.size(); }

    /// @pre *this holds records; index < size().
    [[nodiscard]] T& operator[](std::size_t index) const noexcept
    {
        assert(index < records_.size());
        return records_[index];
    }
    [[nodiscard]] T& operator*() const noexcept { return (*this)[0]; }
    [[nodiscard]] T* operator->() const noexcept { return &(*this)[0]; }

    /// Makes all records visible at once. The loan is empty then.
    /// @pre *this holds records. Progress: wait-free; a system call only if a consumer sleeps.
    void publish() noexcept { publish(records_.size()); }

    /// Makes the first `count` visible and gives the rest back; 0 discards. @pre count <= size()
    void publish(std::size_t count) noexcept
    {
        assert(to_ != nullptr && count <= records_.size());
        assert(reinterpret_cast<std::byte*>(records_.data()) == to_->at(to_->next())); // no other loan was published
        if (count != 0) {
            to_->publish(count * sizeof(T), count);
        }
        discard();
    }

    /// Gives everything back, never seen by anyone. Idempotent.
    void discard() noexcept
    {
        to_ = nullptr;
        records_ = {};
    }

private:
    friend class producer<T>;
    using writer = ring::dense_writer<ring::hardware>;

    explicit loan(outcome why) noexcept : why_(why) {}
    loan(writer& to, std::span<T> records) noexcept : to_(&to), records_(records), why_(outcome::ok) {}

    writer* to_ = nullptr;
    std::span<T> records_;
    outcome why_;
};

} // namespace samepage
