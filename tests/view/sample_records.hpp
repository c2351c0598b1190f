// SPDX-License-Identifier: BSL-1.0
// sample_records.hpp: records with every kind of member and of padding.
#pragma once

#include <boost/describe/class.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>

namespace sample {

enum class side : char { buy = 'B', sell = 'S' };
enum class venue : std::uint16_t { here, there };
enum plain { one, two };
enum class answer : bool { no, yes };

struct quote {
    std::uint64_t time_ns;
    double bid, ask;
};
BOOST_DESCRIBE_STRUCT(quote, (), (time_ns, bid, ask))

struct padded_before_double {
    bool valid;
    double price;
};
BOOST_DESCRIBE_STRUCT(padded_before_double, (), (valid, price))

struct padded_at_the_end {
    double price;
    std::int16_t lots;
};
BOOST_DESCRIBE_STRUCT(padded_at_the_end, (), (price, lots))

struct one_byte_of_padding {
    std::uint8_t small;
    std::uint16_t large;
};
BOOST_DESCRIBE_STRUCT(one_byte_of_padding, (), (small, large))

struct every_scalar {
    bool flag;
    char letter;
    signed char s8;
    unsigned char u8;
    std::byte raw;
    std::int16_t s16;
    std::uint16_t u16;
    std::int32_t s32;
    std::uint32_t u32;
    std::int64_t s64;
    std::uint64_t u64;
    long s_long;
    unsigned long long u_long_long;
    float f32;
    double f64;
};
BOOST_DESCRIBE_STRUCT(every_scalar, (),
                      (flag, letter, s8, u8, raw, s16, u16, s32, u32, s64, u64, s_long, u_long_long, f32, f64))

struct every_character {
    char8_t c8;
    char16_t c16;
    char32_t c32;
    wchar_t wide;
};
BOOST_DESCRIBE_STRUCT(every_character, (), (c8, c16, c32, wide))

struct every_enumeration {
    side taker;
    venue where;
    plain which;
    answer accepted;
};
BOOST_DESCRIBE_STRUCT(every_enumeration, (), (taker, where, which, accepted))

struct every_array {
    char name[5];
    std::array<float, 3> point;
    std::int16_t grid[2][3];
    std::array<std::array<std::uint8_t, 4>, 2> bytes;
    std::array<double, 2> mixed[3];
    std::array<padded_at_the_end, 2> inner;
};
BOOST_DESCRIBE_STRUCT(every_array, (), (name, point, grid, bytes, mixed, inner))

struct nested {
    char tag;
    padded_before_double first;
    std::uint8_t between;
    padded_at_the_end second;
    float last;
};
BOOST_DESCRIBE_STRUCT(nested, (), (tag, first, between, second, last))

struct twice_nested {
    std::uint32_t id;
    nested inner;
    bool done;
};
BOOST_DESCRIBE_STRUCT(twice_nested, (), (id, inner, done))

struct over_aligned {
    char tag;
    alignas(32) std::int32_t counter;
    bool last;
};
BOOST_DESCRIBE_STRUCT(over_aligned, (), (tag, counter, last))

struct alignas(64) a_cache_line {
    std::uint64_t sequence;
};
BOOST_DESCRIBE_STRUCT(a_cache_line, (), (sequence))

struct extended {
    std::int32_t before;
    long double wide;
    char after;
};
BOOST_DESCRIBE_STRUCT(extended, (), (before, wide, after))

struct every_complex {
    bool flag;
    std::complex<float> c64;
    char tag;
    std::complex<double> c128;
    std::array<std::complex<float>, 2> pair;
};
BOOST_DESCRIBE_STRUCT(every_complex, (), (flag, c64, tag, c128, pair))

struct extended_complex {
    char tag;
    std::complex<long double> c256;
};
BOOST_DESCRIBE_STRUCT(extended_complex, (), (tag, c256))

/// `hidden`, between the two others, is not described, and lies where padding would be without it.
struct partly_described {
    std::int32_t first;
    std::int32_t hidden;
    std::int64_t last;
};
BOOST_DESCRIBE_STRUCT(partly_described, (), (first, last))

struct alignas(4096) a_page_a_member {
    char tag;
    alignas(4096) std::int32_t last;
};
BOOST_DESCRIBE_STRUCT(a_page_a_member, (), (tag, last))

struct qualified {
    const std::uint8_t fixed;
    mutable std::int32_t cached;
    volatile std::int16_t shared;
};
BOOST_DESCRIBE_STRUCT(qualified, (), (fixed, cached, shared))

struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

/// Neither an aggregate nor a literal type, and it has no default constructor.
class made_with_care {
public:
    explicit made_with_care(int value);
    int sum() const { return tag_ + value_; }

private:
    std::uint8_t tag_;
    int value_;
    BOOST_DESCRIBE_CLASS(made_with_care, (), (), (), (tag_, value_))
};

struct holds_one_made_with_care {
    char tag;
    made_with_care inner;
};
BOOST_DESCRIBE_STRUCT(holds_one_made_with_care, (), (tag, inner))

struct a_gigabyte {
    char tag;
    std::array<float, (std::size_t{1} << 28)> samples;
    std::uint16_t check;
};
BOOST_DESCRIBE_STRUCT(a_gigabyte, (), (tag, samples, check))

} // namespace sample
