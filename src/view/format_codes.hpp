// SPDX-License-Identifier: BSL-1.0
// format_codes.hpp: the codes of scalars: what they are, how large they are in each mode, and which are refused.
#pragma once

#include <samepage/view/item_kind.hpp>

#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace samepage::view {

/// A size of 0: the code is not known in that mode. A count makes `count` of them, except where it `is_length`.
struct scalar_code_row {
    std::string_view spelling; ///< 'Z' has a second character
    std::size_t native_bytes;
    std::size_t native_alignment;
    std::size_t standard_bytes;
    item_kind kind;
    bool is_length = false;
};

template <class T>
[[nodiscard]] constexpr scalar_code_row code_row(std::string_view spelling, item_kind kind,
                                                 std::size_t standard_bytes) noexcept
{
    struct aligned {
        char first;
        T member;
    };
    // As CPython and NumPy measure it: within a struct, where some machines align less than alone.
    return {spelling, sizeof(T), offsetof(aligned, member), standard_bytes, kind};
}

/// Sizes, native and standard, and alignments, of Python's struct and of PEP 3118. F D G are how Python 3.14 and NumPy
/// spell Zf Zd Zg.
inline constexpr scalar_code_row scalar_code_rows[] = {
    {"?", 1, 1, 1, item_kind::boolean},
    {"c", 1, 1, 1, item_kind::character},
    {"b", 1, 1, 1, item_kind::signed_integer},
    {"B", 1, 1, 1, item_kind::unsigned_integer},
    code_row<short>("h", item_kind::signed_integer, 2),
    code_row<unsigned short>("H", item_kind::unsigned_integer, 2),
    code_row<int>("i", item_kind::signed_integer, 4),
    code_row<unsigned>("I", item_kind::unsigned_integer, 4),
    code_row<long>("l", item_kind::signed_integer, 4),
    code_row<unsigned long>("L", item_kind::unsigned_integer, 4),
    code_row<long long>("q", item_kind::signed_integer, 8),
    code_row<unsigned long long>("Q", item_kind::unsigned_integer, 8),
    code_row<std::ptrdiff_t>("n", item_kind::signed_integer, 0),
    code_row<std::size_t>("N", item_kind::unsigned_integer, 0),
    code_row<std::uint16_t>("e", item_kind::real, 2),
    code_row<float>("f", item_kind::real, 4),
    code_row<double>("d", item_kind::real, 8),
    code_row<long double>("g", item_kind::real, 0),
    code_row<std::complex<float>>("Zf", item_kind::complex, 8),
    code_row<std::complex<double>>("Zd", item_kind::complex, 16),
    code_row<std::complex<long double>>("Zg", item_kind::complex, 0),
    code_row<std::complex<float>>("F", item_kind::complex, 8),
    code_row<std::complex<double>>("D", item_kind::complex, 16),
    code_row<std::complex<long double>>("G", item_kind::complex, 0),
    {"s", 1, 1, 1, item_kind::bytes, true},
    {"p", 1, 1, 1, item_kind::pascal_string, true},
    {"x", 1, 1, 1, item_kind::bytes, true},
    {"u", 2, alignof(char16_t), 2, item_kind::unicode, true},
    {"w", 4, alignof(char32_t), 4, item_kind::unicode, true},
    code_row<void*>("P", item_kind::pointer, 0),
};

/// Codes that have a meaning and cannot be served.
struct refused_code_row {
    char code;
    std::string_view reason;
};

inline constexpr refused_code_row refused_code_rows[] = {
    {'O', "a Python object is an address, which means nothing outside its process"},
    {'&', "a pointer's target is not in the item; 'P' reads the address itself as an integer"},
    {'X', "a function is an address, which means nothing outside its process; 'P' reads it as an integer"},
    {'t', "bits have no address; describe the integer that holds them"},
};

/// The one code by which equal scalars are known: integers by sign and size, complex by its parts.
[[nodiscard]] constexpr char canonical_code(const scalar_code_row& row, std::size_t size_bytes) noexcept
{
    switch (row.kind) {
    case item_kind::signed_integer: return size_bytes == 1 ? 'b' : size_bytes == 2 ? 'h' : size_bytes == 4 ? 'i' : 'q';
    case item_kind::unsigned_integer:
        return size_bytes == 1 ? 'B' : size_bytes == 2 ? 'H' : size_bytes == 4 ? 'I' : 'Q';
    case item_kind::complex:
        return row.spelling == "F" ? 'f' : row.spelling == "D" ? 'd' : row.spelling == "G" ? 'g' : row.spelling[1];
    default: return row.spelling[0];
    }
}

} // namespace samepage::view
