// SPDX-License-Identifier: BSL-1.0
// sample_totals.hpp: what producer and consumers each make of the samples; the consumers from strided columns.
#pragma once

#include "machine_sample.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>

namespace demo {

struct column_totals {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t most = 0;
    std::uint64_t sum = 0; ///< modulo 2^64

    void add(std::uint64_t value)
    {
        least = std::min(least, value);
        most = std::max(most, value);
        sum += value;
    }
};

class sample_totals {
public:
    static constexpr std::size_t column_count = [] {
        std::size_t count = 0;
        for_each_column([&](const char*, auto...) { ++count; });
        return count;
    }();

    /// One sample, number by number: the producer's way.
    void add(const machine_sample& sample)
    {
        ++records_;
        for_each_total([&](column_totals& total, auto... path) { total.add((sample.*....*path)); });
    }

    /// A batch, column by column: the consumers' way. Nothing is copied: each column is a view with a stride of
    /// sizeof(machine_sample) over the pages that the producer wrote.
    template <class Batch>
        requires requires(const Batch& batch)
        {
            batch.field(&machine_sample::number);
        }
    void add(const Batch& batch)
    {
        records_ += batch.size();
        for_each_total([&](column_totals& total, auto... path) {
            for (const std::uint64_t value : batch.field(path...)) {
                total.add(value);
            }
        });
    }

    [[nodiscard]] std::uint64_t records() const { return records_; }
    [[nodiscard]] const std::array<column_totals, column_count>& columns() const { return columns_; }

    /// One number for all that was seen; equal for whoever saw the same records.
    [[nodiscard]] std::uint64_t checksum() const
    {
        std::uint64_t mixed = records_;
        for (const column_totals& total : columns_) {
            for (const std::uint64_t value : {total.least, total.most, total.sum}) {
                mixed = (mixed ^ value) * 0x100'0000'01b3U;
            }
        }
        return mixed;
    }

private:
    template <class Add>
    void for_each_total(Add&& add)
    {
        auto total = columns_.begin();
        for_each_column([&](const char*, auto... path) { add(*total++, path...); });
    }

    std::uint64_t records_ = 0;
    std::array<column_totals, column_count> columns_{};
};

} // namespace demo
