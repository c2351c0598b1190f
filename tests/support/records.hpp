// SPDX-License-Identifier: BSL-1.0
// records.hpp: records that prove themselves: each says its number, and everything else in it follows from that.
#pragma once

#include <samepage/view/format.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace support {

/// Scatters the bits of `value` over all 64 (the finaliser of SplitMix64, public domain).
[[nodiscard]] constexpr std::uint64_t scatter(std::uint64_t value) noexcept
{
    value += 0x9e37'79b9'7f4a'7c15U;
    value = (value ^ value >> 30U) * 0xbf58'476d'1ce4'e5b9U;
    value = (value ^ value >> 27U) * 0x94d0'49bb'1331'11ebU;
    return value ^ value >> 31U;
}

/// A stream of numbers from a seed.
class random_numbers {
public:
    explicit random_numbers(std::uint64_t seed) noexcept : state_(seed) {}
    std::uint64_t operator()() noexcept { return scatter(state_++); }
    /// From [0, end).
    std::uint64_t below(std::uint64_t end) noexcept { return (*this)() % end; }

private:
    std::uint64_t state_;
};

/// A seed for this run: from the environment's SAMEPAGE_TEST_SEED, else a new one. Printed, for the next run.
[[nodiscard]] std::uint64_t new_seed(const char* what);

/// 24 bytes, so that it never divides a ring and lies across its wrap.
struct tick {
    std::uint64_t number;
    std::uint64_t scattered;
    double half;
};
BOOST_DESCRIBE_STRUCT(tick, (), (number, scattered, half))

[[nodiscard]] constexpr tick tick_of(std::uint64_t number) noexcept
{
    return {number, scatter(number), static_cast<double>(number) / 2};
}
[[nodiscard]] constexpr bool whole(const tick& record) noexcept
{
    return record.scattered == scatter(record.number) && record.half == static_cast<double>(record.number) / 2;
}

/// Bytes of record `number` of a framed channel: from 16 to `most`, rarely much.
[[nodiscard]] std::size_t bytes_of(std::uint64_t number, std::size_t most) noexcept;
/// Fills a record: its number, bytes that follow from it, and a checksum of both. @pre into.size() >= 16
void fill(std::span<std::byte> into, std::uint64_t number) noexcept;
/// Its number if it is whole, else ~0. In a section of its own, so that who steps through a program can pass over it.
[[nodiscard]] std::uint64_t number_of(std::span<const std::byte> record) noexcept;

/// Follows a stream and says what is wrong with it.
class follower {
public:
    /// Begins with any number, or with `first`.
    follower() = default;
    explicit follower(std::uint64_t first) noexcept : next_(first), began_(true) {}

    void see(const tick& record);
    void see(std::span<const std::byte> record);

    [[nodiscard]] std::uint64_t seen() const noexcept { return seen_; }
    /// Number of the record that must come next. @pre one was seen, or the first is known
    [[nodiscard]] std::uint64_t next() const noexcept { return next_; }

private:
    void see_number(std::uint64_t number);

    std::uint64_t next_ = 0;
    std::uint64_t seen_ = 0;
    bool began_ = false;
};

} // namespace support
