// SPDX-License-Identifier: BSL-1.0
// records.cpp: bytes from a number and back, and a stream's order.
#include "support/records.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <stdexcept>

namespace support {
namespace {

constexpr std::size_t envelope_bytes = 16; // the number in front, the checksum behind

std::uint64_t word_at(const std::byte* bytes) noexcept
{
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
}

} // namespace

std::uint64_t new_seed(const char* what)
{
    const char* const given = std::getenv("SAMEPAGE_TEST_SEED"); // NOLINT(concurrency-mt-unsafe)
    const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cerr << what << ": SAMEPAGE_TEST_SEED=" << seed << '\n';
    return seed;
}

std::size_t bytes_of(std::uint64_t number, std::size_t most) noexcept
{
    const std::uint64_t dice = scatter(~number);
    const std::size_t range = dice % 64 == 0 ? most : std::min<std::size_t>(most, 400);
    return envelope_bytes + (dice >> 8U) % (range - envelope_bytes + 1);
}

void fill(std::span<std::byte> into, std::uint64_t number) noexcept
{
    std::memcpy(into.data(), &number, sizeof number);
    std::uint64_t sum = scatter(number ^ into.size());
    std::byte* at = into.data() + sizeof number;
    std::byte* const end = into.data() + into.size() - sizeof sum;
    for (std::uint64_t word = sum; at < end;) {
        word = word * 0x5851'f42d'4c95'7f2dU + 0x1405'7b7e'f767'814fU;
        const auto n = std::min<std::size_t>(sizeof word, static_cast<std::size_t>(end - at));
        std::memcpy(at, &word, n);
        at += n;
        sum = (sum << 7U | sum >> 57U) ^ word;
    }
    std::memcpy(end, &sum, sizeof sum);
}

[[gnu::section("record_checks"), gnu::noinline]] std::uint64_t number_of(std::span<const std::byte> record) noexcept
{
    if (record.size() < envelope_bytes) {
        return ~std::uint64_t{0};
    }
    const std::uint64_t number = word_at(record.data());
    std::uint64_t sum = scatter(number ^ record.size());
    const std::byte* at = record.data() + sizeof number;
    const std::byte* const end = record.data() + record.size() - sizeof sum;
    for (std::uint64_t word = sum; at < end;) {
        word = word * 0x5851'f42d'4c95'7f2dU + 0x1405'7b7e'f767'814fU;
        const auto n = std::min<std::size_t>(sizeof word, static_cast<std::size_t>(end - at));
        if (std::memcmp(at, &word, n) != 0) {
            return ~std::uint64_t{0};
        }
        at += n;
        sum = (sum << 7U | sum >> 57U) ^ word;
    }
    return word_at(end) == sum ? number : ~std::uint64_t{0};
}

void follower::see(const tick& record)
{
    if (!whole(record)) {
        throw std::runtime_error("a torn record, number " + std::to_string(record.number) + ", after " +
                                 std::to_string(seen_) + ", expected " + std::to_string(next_));
    }
    see_number(record.number);
}

void follower::see(std::span<const std::byte> record)
{
    const std::uint64_t number = number_of(record);
    if (number == ~std::uint64_t{0}) {
        throw std::runtime_error("a torn record of " + std::to_string(record.size()) + " bytes, after " +
                                 std::to_string(seen_) + ", expected number " + std::to_string(next_));
    }
    see_number(number);
}

void follower::see_number(std::uint64_t number)
{
    if (began_ && number != next_) {
        throw std::runtime_error("record " + std::to_string(number) + " where " + std::to_string(next_) +
                                 " was expected, after " + std::to_string(seen_));
    }
    began_ = true;
    next_ = number + 1;
    ++seen_;
}

} // namespace support
