// SPDX-License-Identifier: BSL-1.0
// batch.hpp: a run of records in the ring, read in place, given back when it goes.
// Thread safety: none; a batch stays on its consumer's thread.
#pragma once

#include <samepage/core/outcome.hpp>
#include <samepage/ring/dense_reader.hpp>
#include <samepage/ring/hardware.hpp>
#include <samepage/view/strided_view.hpp>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace samepage {

template <class T>
class consumer;

/// Records of a consumer's take, one read-only array in the producer's own pages. The producer overwrites none of them
/// while the batch lives.
/// Lifetime: what it hands out (spans, columns, references) until release(), move-assignment or destruction; never
/// beyond its consumer's.
template <class T>
class batch {
public:
    using value_type = T;

    batch(batch&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)), records_(std::exchange(other.records_, {})), found_(other.found_)
    {
    }
    batch& operator=(batch&& other) noexcept
    {
        if (this != &other) {
            release();
            from_ = std::exchange(other.from_, nullptr);
            records_ = std::exchange(other.records_, {});
            found_ = other.found_;
        }
        return *this;
    }
    ~batch() { release(); }

    /// True if there is at least one record.
    explicit operator bool() const noexcept { return from_ != nullptr; }
    /// ok, or why the batch is empty: empty, timed_out, closed, producer_died, retired, unmapped, too_many_held,
    /// corrupt, invalid_after_fork.
    [[nodiscard]] outcome why() const noexcept { return found_.why; }

    /// The lane whose producer wrote the records: one live producer at a time, and its successor goes on counting.
    /// @pre *this held records, now or before release().
    [[nodiscard]] unsigned lane() const noexcept { return found_.lane; }
    /// Number of the first record in its lane, from 0; the others follow one by one. @pre as lane()
    [[nodiscard]] std::uint64_t number() const noexcept { return found_.number; }
    /// Records of this lane that were overwritten before this consumer came to them, since its last batch of this lane;
    /// not those that take_latest() passed over. A lossless consumer's are always 0, unless it resumed too late.
    [[nodiscard]] std::uint64_t lost() const noexcept { return found_.lost; }
    /// They were handed to another member of the group before, which died or closed without releasing them.
    [[nodiscard]] bool redelivered() const noexcept { return (found_.ticket & ring::redelivered) != 0; }

    /// Shape {size()}, stride sizeof(T) bytes; contiguous over the ring's wrap.
    [[nodiscard]] std::span<const T> records() const noexcept { return records_; }
    [[nodiscard]] operator strided_view<const T>() const noexcept { return strided_view<const T>(records_); }

    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
    [[nodiscard]] const T* data() const noexcept { return records_.data(); }
    [[nodiscard]] const T* begin() const noexcept { return records_.data(); }
    [[nodiscard]] const T* end() const noexcept { return records_.data() + records_.size(); }
    /// @pre index < size()
    [[nodiscard]] const T& operator[](std::size_t index) const noexcept
    {
        assert(index < records_.size());
        return records_[index];
    }
    [[nodiscard]] const T& front() const noexcept { return (*this)[0]; }
    [[nodiscard]] const T& back() const noexcept { return (*this)[records_.size() - 1]; }

    /// The column of one member, or of a member of a member: field(&quote::ask), field(&order::price, &money::cents).
    /// Shape {size()}, stride sizeof(T) bytes.
    template <class... Members>
    [[nodiscard]] auto field(Members... path) const noexcept
    {
        return strided_view<const T>(records_).field(path...);
    }

    /// Gives the pages back to the ring. Idempotent. Progress: wait-free; a system call only if the producer sleeps.
    void release() noexcept
    {
        if (from_ != nullptr) {
            from_->release(found_);
            from_ = nullptr;
            records_ = {};
        }
    }

private:
    friend class consumer<T>;
    using reader = ring::dense_reader<ring::hardware>;

    explicit batch(outcome why) noexcept : found_{.why = why} {}
    batch(reader& from, const ring::found_records& found) noexcept
        : from_(&from),
          records_(reinterpret_cast<const T*>(from.at(found.begin)), found.count),
          found_(ring::copied_apart(found))
    {
    }

    reader* from_ = nullptr;
    std::span<const T> records_;
    ring::found_records found_;
};

} // namespace samepage
