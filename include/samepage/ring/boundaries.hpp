// SPDX-License-Identifier: BSL-1.0
// boundaries.hpp: where records began lately: places to which the horizon may advance. Private memory of a producer.
// Thread safety: none; a part of one lane's producer.
#pragma once

#include <samepage/ring/layout.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace samepage::ring {

class boundaries {
public:
    /// Remembers `where` if it lies at least `spacing` beyond the last one.
    void remember(const boundary& where, std::uint64_t spacing) noexcept
    {
        if (count_ != 0 && where.place < at(count_ - 1).place + spacing) {
            return;
        }
        if (count_ == places_.size()) { // only after a walk over more than a ring: the oldest is worth least
            drop_first();
        }
        places_[(first_ + count_) % places_.size()] = where;
        ++count_;
    }

    void forget_below(position where) noexcept
    {
        while (count_ != 0 && at(0).place < where) {
            drop_first();
        }
    }

    void forget_all() noexcept { count_ = 0; }

    /// The last one at or below `where`; `otherwise` if there is none.
    [[nodiscard]] boundary last_to(position where, const boundary& otherwise) const noexcept
    {
        for (std::size_t i = count_; i != 0; --i) {
            if (at(i - 1).place <= where) {
                return at(i - 1);
            }
        }
        return otherwise;
    }

    /// The first one at or beyond `where`; `otherwise` if there is none.
    [[nodiscard]] boundary first_from(position where, const boundary& otherwise) const noexcept
    {
        for (std::size_t i = 0; i < count_; ++i) {
            if (at(i).place >= where) {
                return at(i);
            }
        }
        return otherwise;
    }

private:
    [[nodiscard]] const boundary& at(std::size_t i) const noexcept { return places_[(first_ + i) % places_.size()]; }
    void drop_first() noexcept
    {
        first_ = (first_ + 1) % places_.size();
        --count_;
    }

    std::array<boundary, 32> places_{};
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

} // namespace samepage::ring
