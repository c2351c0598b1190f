// SPDX-License-Identifier: BSL-1.0
// bytes_batch.hpp: records of any size in the ring, read in place, given back when they go.
// Thread safety: none; a batch stays on its consumer's thread.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/framed_reader.hpp>
#include <samepage/ring/hardware.hpp>

#include <cassert>
#include <cstddef>
#include <iterator>
#include <span>
#include <utility>

namespace samepage {

class bytes_consumer;

/// Records of a consumer's take, a forward range of std::span<const std::byte> onto the producer's own pages.
/// Lifetime: the spans, until release(), move-assignment or destruction; never beyond its consumer's.
class bytes_batch {
public:
    class iterator {
    public:
        using value_type = std::span<const std::byte>;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::forward_iterator_tag;
        using iterator_category = std::input_iterator_tag;
        using reference = value_type;
        using pointer = void;

        iterator() = default;
        [[nodiscard]] value_type operator*() const noexcept { return {at_ + ring::frame::header_bytes, bytes_}; }
        iterator& operator++() noexcept
        {
            at_ += step_;
            --left_;
            read();
            return *this;
        }
        iterator operator++(int) noexcept
        {
            iterator before = *this;
            ++*this;
            return before;
        }
        /// Only iterators of one batch compare.
        friend bool operator==(const iterator& a, const iterator& b) noexcept { return a.left_ == b.left_; }

    private:
        friend class bytes_batch;
        explicit iterator(const bytes_batch& of) noexcept
            : alignment_(of.from_ != nullptr ? of.from_->where().geometry.alignment : 0),
              at_(of.first_),
              end_(of.first_ + (of.found_.end - of.found_.begin)),
              left_(of.found_.count)
        {
            read();
        }

        /// The header was checked by take; whoever could change it since may not lead us out of the batch.
        void read() noexcept
        {
            if (left_ == 0) {
                return;
            }
            const std::uint64_t header = ring::hardware::word_at<std::uint64_t>(at_).load(std::memory_order_acquire);
            if (ring::frame::size_word(header) != size_word_) [[unlikely]] { // see framed_reader::look()
                size_word_ = ring::frame::size_word(header);
                bytes_ = ring::frame::size_word(header) - 1; // in 32 bits, so that the sum below cannot overflow
                step_ = ring::frame::step(bytes_, alignment_);
            }
            if (bytes_ + ring::frame::header_bytes > static_cast<std::uint64_t>(end_ - at_)) [[unlikely]] {
                left_ = bytes_ = step_ = 0;
            }
        }

        std::uint64_t alignment_ = 0;
        const std::byte* at_ = nullptr;
        const std::byte* end_ = nullptr; ///< of the batch
        std::size_t left_ = 0;
        std::uint64_t bytes_ = 0; ///< of the record at at_
        std::uint64_t step_ = 0;  ///< to the next
        std::uint64_t size_word_ = ring::frame::no_size;
    };

    bytes_batch(bytes_batch&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)), first_(other.first_), found_(other.found_)
    {
        other.found_.count = 0;
    }
    bytes_batch& operator=(bytes_batch&& other) noexcept
    {
        if (this != &other) {
            release();
            from_ = std::exchange(other.from_, nullptr);
            first_ = other.first_;
            found_ = other.found_;
            other.found_.count = 0;
        }
        return *this;
    }
    // Inlined, with release(): a batch that no call sees by its address stays in registers.
    [[gnu::always_inline]] ~bytes_batch() { release(); }

    /// True if there is at least one record.
    explicit operator bool() const noexcept { return from_ != nullptr; }
    /// ok, or why the batch is empty: empty, timed_out, closed, producer_died, retired, unmapped, too_many_held,
    /// corrupt, invalid_after_fork.
    [[nodiscard]] outcome why() const noexcept { return found_.why; }

    /// As batch's: the lane whose producer wrote the records, the first one's number there, how many were lost before.
    [[nodiscard]] unsigned lane() const noexcept { return found_.lane; }
    [[nodiscard]] std::uint64_t number() const noexcept { return found_.number; }
    [[nodiscard]] std::uint64_t lost() const noexcept { return found_.lost; }
    /// They were handed to another member of the group before, which died or closed without releasing them.
    [[nodiscard]] bool redelivered() const noexcept { return (found_.ticket & ring::redelivered) != 0; }

    /// Records.
    [[nodiscard]] std::size_t size() const noexcept { return found_.count; }
    [[nodiscard]] iterator begin() const noexcept { return iterator(*this); }
    [[nodiscard]] iterator end() const noexcept { return {}; }
    /// The first record. @pre *this holds one.
    [[nodiscard]] std::span<const std::byte> front() const noexcept
    {
        assert(from_ != nullptr);
        return *begin();
    }

    /// Gives the pages back to the ring. Idempotent. Progress: wait-free; a system call only if the producer sleeps.
    [[gnu::always_inline]] void release() noexcept
    {
        if (from_ != nullptr) {
            from_->release(found_);
            from_ = nullptr;
            found_.count = 0;
        }
    }

private:
    friend class bytes_consumer;
    using reader = ring::framed_reader<ring::hardware>;

    explicit bytes_batch(outcome why) noexcept : found_{.why = why} {}
    bytes_batch(reader& from, const ring::found_records& found) noexcept
        : from_(&from), first_(from.at(found.begin)), found_(ring::copied_apart(found))
    {
    }

    reader* from_ = nullptr;
    const std::byte* first_ = nullptr; ///< the first header: the reader may go over to another ring
    ring::found_records found_;
};

} // namespace samepage
