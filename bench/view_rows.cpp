// SPDX-License-Identifier: BSL-1.0
// view_rows.cpp: loops over views against the same loops over spans and pointers, turn by turn in one process.
#include "row.hpp"
#include "site.hpp"
#include "view_kernels.hpp"

#include <samepage/view/strided_view.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace bench {

namespace {

using samepage::strided_view;

// In the first-level cache: nothing but the loop is measured. The column's records fill it, one value of each is read.
constexpr std::size_t values = 4096;
constexpr std::size_t records = 1024;
constexpr std::size_t matrix_rows = 32;

struct reading {
    double at;
    std::int32_t count;
    std::int32_t other[3];
};

/// What each loop has to add up to.
constexpr std::int32_t sum_below(std::size_t count)
{
    return static_cast<std::int32_t>(count * (count - 1) / 2);
}

struct contiguous {
    alignas(64) std::array<std::int32_t, values> all{};
    static constexpr std::int32_t expected = sum_below(values);

    contiguous()
    {
        for (std::size_t i = 0; i < values; ++i) {
            all[i] = static_cast<std::int32_t>(i);
        }
    }
    [[nodiscard]] std::int32_t limit() const { return sum_of_span(all); }
    [[nodiscard]] std::int32_t ours() const { return sum_of_view(all); }
};

struct column {
    std::vector<reading> all{records};
    static constexpr std::int32_t expected = sum_below(records);

    column()
    {
        for (std::size_t i = 0; i < records; ++i) {
            all[i].count = static_cast<std::int32_t>(i);
        }
    }
    [[nodiscard]] std::int32_t limit() const
    {
        return sum_by_pointer(reinterpret_cast<const std::byte*>(&all[0].count), records, sizeof(reading));
    }
    [[nodiscard]] std::int32_t ours() const { return sum_of_view(strided_view{all}.field(&reading::count)); }
};

/// The left half of every row.
struct matrix : contiguous {
    static constexpr std::size_t row_values = values / matrix_rows;
    std::int32_t expected = 0;

    matrix()
    {
        strided_view<const std::int32_t, 2>{all.data(), {matrix_rows, row_values}}(samepage::all, left)
            .for_each([this](std::int32_t value) { expected += value; });
    }
    static constexpr samepage::slice left{0, row_values / 2};
    [[nodiscard]] std::int32_t limit() const
    {
        return sum_of_rows(all.data(), matrix_rows, row_values / 2, row_values);
    }
    [[nodiscard]] std::int32_t ours() const
    {
        return sum_of_matrix(
            strided_view<const std::int32_t, 2>{all.data(), {matrix_rows, row_values}}(samepage::all, left));
    }
};

/// Side A does a few of ours and a few of the limit's in turn, so that whatever the machine does meets both. Side B has
/// nothing to do.
template <class Loops>
class in_turns final : public side {
    using clock = std::chrono::steady_clock;
    static constexpr std::uint64_t turn = 32; // some microseconds: many times what looking at the clock takes

public:
    explicit in_turns(site& here) : is_a_(here.who() == role::a) {}

    void go(std::uint64_t count) override
    {
        if (!is_a_) {
            return;
        }
        ours_ = limits_ = {};
        for (std::uint64_t done = 0; done < count; done += turn) {
            const std::uint64_t now = std::min(turn, count - done);
            const auto begin = clock::now();
            repeat(now, [this] { return loops_.limit(); });
            const auto middle = clock::now();
            repeat(now, [this] { return loops_.ours(); });
            ours_ += clock::now() - middle;
            limits_ += middle - begin;
        }
    }

    [[nodiscard]] std::optional<double> own_clock() const override { return seconds(ours_); }
    [[nodiscard]] std::optional<double> limits_clock() const override { return seconds(limits_); }

private:
    [[nodiscard]] std::optional<double> seconds(std::chrono::duration<double> of) const
    {
        return is_a_ ? std::optional(of.count()) : std::nullopt;
    }

    template <class Loop>
    void repeat(std::uint64_t count, Loop loop)
    {
        for (; count != 0; --count) {
            if (loop() != loops_.expected) [[unlikely]] {
                throw std::runtime_error("a loop added up to something else");
            }
        }
    }

    bool is_a_;
    Loops loops_;
    std::chrono::duration<double> ours_{}, limits_{};
};

template <class Loops>
void add_pair(std::vector<row>& rows, const std::string& limit, const std::string& ours, std::size_t count,
              double target)
{
    const std::size_t bytes = count * sizeof(std::int32_t);
    rows.push_back({limit, unit::gigabytes_second, bytes, count, 0, nullptr, nullptr});
    rows.push_back({.name = ours,
                    .unit = unit::gigabytes_second,
                    .bytes_each = bytes,
                    .records_each = count,
                    .warm_up = 1000,
                    .a = make<in_turns<Loops>>,
                    .b = make<in_turns<Loops>>,
                    .limit = limit,
                    .target = target});
}

} // namespace

void add_view_rows(std::vector<row>& rows)
{
    add_pair<contiguous>(rows, "limit/span", "view/contiguous", values, 0.98);
    add_pair<column>(rows, "limit/column", "view/column", records, 0.95);
    add_pair<matrix>(rows, "limit/rows", "view/rows", values / 2, 0.95);
}

} // namespace bench
