// SPDX-License-Identifier: BSL-1.0
// obstacles.hpp: what lossy consumers hold of the room ahead of a producer. Private memory of a producer.
// Thread safety: none; a part of one lane's producer.
#pragma once

#include <samepage/ring/layout.hpp>

#include <array>
#include <cstddef>

namespace samepage::ring {

/// Bytes [begin, end), positions at or beyond the producer's next record.
struct obstacle {
    position begin = 0;
    position end = 0;
};

/// Obstacles in order, none touching another.
class obstacles {
public:
    void clear() noexcept { count_ = 0; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    /// Adds one; merges it with what it touches. When there are too many, the two nearest become one, with what lies
    /// between them: room is wasted, nothing else.
    void add(obstacle added) noexcept
    {
        std::size_t from = 0;
        while (from < count_ && list_[from].end < added.begin) {
            ++from;
        }
        std::size_t to = from;
        while (to < count_ && list_[to].begin <= added.end) {
            added.begin = list_[to].begin < added.begin ? list_[to].begin : added.begin;
            added.end = list_[to].end > added.end ? list_[to].end : added.end;
            ++to;
        }
        replace(from, to, added);
        if (count_ == list_.size()) {
            merge_nearest();
        }
    }

    /// The first obstacle that is in the way of bytes [begin, end); nullptr: none is.
    [[nodiscard]] const obstacle* first_in(position begin, position end) const noexcept
    {
        for (std::size_t i = 0; i < count_; ++i) {
            if (list_[i].begin < end && list_[i].end > begin) {
                return &list_[i];
            }
        }
        return nullptr;
    }

private:
    /// [from, to) of the list become one.
    void replace(std::size_t from, std::size_t to, const obstacle& by) noexcept
    {
        if (from == to) {
            for (std::size_t i = count_; i > from; --i) {
                list_[i] = list_[i - 1];
            }
            ++count_;
        } else {
            for (std::size_t i = to; i < count_; ++i) {
                list_[from + 1 + i - to] = list_[i];
            }
            count_ -= to - from - 1;
        }
        list_[from] = by;
    }

    void merge_nearest() noexcept
    {
        std::size_t nearest = 0;
        for (std::size_t i = 1; i + 1 < count_; ++i) {
            if (list_[i + 1].begin - list_[i].end < list_[nearest + 1].begin - list_[nearest].end) {
                nearest = i;
            }
        }
        replace(nearest, nearest + 2, {list_[nearest].begin, list_[nearest + 1].end});
    }

    std::array<obstacle, 64> list_{};
    std::size_t count_ = 0;
};

} // namespace samepage::ring
