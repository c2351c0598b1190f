// SPDX-License-Identifier: BSL-1.0
// bytes_to_matrix.cpp: the same bytes as integers, and as a matrix of integers; and which bytes are none.
#include "side_by_side.hpp"

#include <samepage/view/buffer_error.hpp>
#include <samepage/view/get_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t rows = 1000;
constexpr std::size_t columns = 1000;

using bytes = std::vector<std::byte>;
using integers = std::vector<std::uint32_t>;

// What a file or a socket gives: bytes, here those of the integers 0, 1, 2, ….
bytes read_file()
{
    bytes read(rows * columns * sizeof(std::uint32_t));
    const auto numbers = samepage::view_of(read).cast("I").view<std::uint32_t>();
    std::uint32_t next = 0;
    numbers.for_each([&](std::uint32_t& number) { number = next++; });
    return read;
}

struct found {
    std::uint32_t last;
    std::uint64_t diagonal;
    [[nodiscard]] friend bool operator==(const found&, const found&) = default;
};

// From bytes to integers by one copy, to a matrix by another.
found read_by_copies(const bytes& read)
{
    integers numbers(read.size() / sizeof(std::uint32_t));
    std::memcpy(numbers.data(), read.data(), read.size());
    std::vector<integers> matrix;
    for (std::size_t row = 0; row != rows; ++row) {
        const auto* const begin = numbers.data() + row * columns;
        matrix.emplace_back(begin, begin + columns);
    }
    std::uint64_t diagonal = 0;
    for (std::size_t i = 0; i != rows; ++i) {
        diagonal += matrix[i][i];
    }
    return {numbers.back(), diagonal};
}

found read_by_views(const bytes& read)
{
    const auto numbers = samepage::view_of(read).cast("I"); // one dimension, where the bytes are
    const auto matrix = samepage::view_of(read).cast<std::uint32_t>({rows, columns}); // two, the type named
    std::uint64_t diagonal = 0;
    for (std::size_t i = 0; i != rows; ++i) {
        diagonal += matrix.at<std::uint32_t>(i, i);
    }
    return {numbers.at<std::uint32_t>(-1), diagonal};
}

void print_refusals(const bytes& read)
{
    using samepage::slice;
    const auto view = samepage::view_of(read);
    const auto print = [](std::string_view what, auto cast) {
        std::cout << "refused, " << what << ":\n  " << meter::why_refused<samepage::buffer_error>(cast) << '\n';
    };
    print("an odd number of bytes", [&] { return view(slice{0, 4001}).cast("I"); });
    print("an odd address", [&] { return view(slice{1, 4001}).cast("I"); });
    print("every other byte", [&] { return view(slice{0, 8000, 2}).cast("I"); });
    print("another number of integers", [&] { return view.cast("I", {rows, columns + 1}); });
    print("integers of another type", [&] { return view.cast("I").view<const std::int32_t>(); });

    // Integers that need no alignment are read at any address, one at a time.
    const auto unaligned = view(slice{1, 4001}).cast("=I");
    std::cout << "at an odd address, =I: " << unaligned.at<std::uint32_t>(0) << '\n';
}

} // namespace

int main()
try {
    const bytes read = read_file();
    const auto seen = meter::side_by_side([&] { return read_by_copies(read); }, [&] { return read_by_views(read); });
    print_refusals(read);
    using samepage::slice;
    std::cout << samepage::view_of(read).cast("I", {rows, columns})(slice{0, 3}, slice{0, 4}) << '\n';
    std::cout << "last " << seen.last << ", sum of the diagonal " << seen.diagonal << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "bytes_to_matrix: " << problem.what() << '\n';
    return 1;
}
