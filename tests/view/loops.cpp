// SPDX-License-Identifier: BSL-1.0
// loops.cpp: pairs of loops, one over spans or pointers, one over views; loops_test.cmake compares what compilers make
// of them. Nothing here is run.
#include <samepage/view/strided_view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

using samepage::strided_view;

namespace {

struct reading {
    double at;
    float degrees;
    int count;
};

template <class Range>
int sum(const Range& values)
{
    int total = 0;
    for (const int value : values) {
        total += value;
    }
    return total;
}

template <class Range>
void scale(const Range& values)
{
    for (auto& value : values) {
        value = value * 3;
    }
}

template <class To, class From>
void add_scaled(const To& to, const From& from)
{
    auto each = from.begin();
    for (auto& value : to) {
        value += 2.5F * *each;
        ++each;
    }
}

} // namespace

#define SAMEPAGE_PAIR(name, result, type, ...)                                                                         \
    extern "C" result name##_span(std::span<type> values)                                                              \
    {                                                                                                                  \
        __VA_ARGS__;                                                                                                   \
    }                                                                                                                  \
    extern "C" result name##_view(strided_view<type> values)                                                           \
    {                                                                                                                  \
        __VA_ARGS__;                                                                                                   \
    }

SAMEPAGE_PAIR(sum, int, const int, return sum(values))
SAMEPAGE_PAIR(scale_floats, void, float, scale(values))
SAMEPAGE_PAIR(scale_doubles, void, double, scale(values))
SAMEPAGE_PAIR(scale_shorts, void, std::uint16_t, scale(values))
SAMEPAGE_PAIR(accumulate, int, const int, return std::accumulate(values.begin(), values.end(), 0))
SAMEPAGE_PAIR(largest, int, const int, return std::ranges::max(values))
SAMEPAGE_PAIR(hot, std::ptrdiff_t, const float,
              return std::ranges::count_if(values, [](float value) { return value > 25; }))
SAMEPAGE_PAIR(fill, void, float, std::ranges::fill(values, 1.5F))

extern "C" void add_span(std::span<float> to, std::span<const float> from)
{
    add_scaled(to, from);
}

extern "C" void add_view(strided_view<float> to, strided_view<const float> from)
{
    add_scaled(to, from);
}

// Made here, of a stride that is known here to be in bytes.
extern "C" int made_span(const int* data, std::size_t size)
{
    return sum(std::span{data, size});
}

extern "C" int made_view(const int* data, std::size_t size, std::ptrdiff_t stride_bytes)
{
    return sum(strided_view{data, size, stride_bytes});
}

// A column whose record is known, against the pointer that walks the records.
extern "C" int column_span(const reading* first, std::size_t size)
{
    int total = 0;
    for (const reading* each = first; each != first + size; ++each) {
        total += each->count;
    }
    return total;
}

extern "C" int column_view(const reading* first, std::size_t size)
{
    return sum(strided_view{std::span{first, size}}.field(&reading::count));
}

// Rows of a matrix.
extern "C" int rows_span(const int* first, std::size_t rows, std::size_t columns)
{
    int total = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        for (const int value : std::span{first + i * columns, columns}) {
            total += value;
        }
    }
    return total;
}

extern "C" int rows_view(strided_view<const int, 2> matrix)
{
    int total = 0;
    for (const auto row : matrix) {
        for (const int value : row) {
            total += value;
        }
    }
    return total;
}

extern "C" int indexed_span(const int* first, std::size_t rows, std::size_t columns)
{
    int total = 0;
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            total += first[i * columns + j];
        }
    }
    return total;
}

extern "C" int indexed_view(strided_view<const int, 2> matrix)
{
    int total = 0;
    for (std::size_t i = 0; i < matrix.shape()[0]; ++i) {
        for (std::size_t j = 0; j < matrix.shape()[1]; ++j) {
            total += matrix(i, j);
        }
    }
    return total;
}

// Elements that are structs: for_each() looks once whether they are neighbours.
struct two_halves {
    float left, right;
};

extern "C" void halves_span(std::span<two_halves> values)
{
    for (auto& each : values) {
        each.left *= 2.5F;
        each.right *= 2.5F;
    }
}

extern "C" void halves_view(strided_view<two_halves> values)
{
    values.for_each([](two_halves& each) {
        each.left *= 2.5F;
        each.right *= 2.5F;
    });
}
