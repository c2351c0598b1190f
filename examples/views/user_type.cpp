// SPDX-License-Identifier: BSL-1.0
// user_type.cpp: a class of one's own joins the buffer protocol, and is read by code that never heard of it.
#include "side_by_side.hpp"

#include <samepage/view/buffer_error.hpp>
#include <samepage/view/get_buffer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <numeric>
#include <span>
#include <vector>

// ---- the class: grey pixels, whose rows begin at multiples of 64 bytes, as graphics cards and codecs want them ----

class surface {
public:
    surface(std::size_t height, std::size_t width)
        : height_{height},
          width_{width},
          stride_bytes_{(width + 63) / 64 * 64},
          pixels_{std::make_shared<std::vector<std::byte>>(height * stride_bytes_)}
    {
    }

    void paint(std::size_t y, std::size_t x, std::uint8_t grey) { (*pixels_)[y * stride_bytes_ + x] = std::byte{grey}; }

    /// What such a class offers without the protocol: its pixels without the gaps between the rows, copied.
    [[nodiscard]] std::vector<std::byte> to_bytes() const
    {
        std::vector<std::byte> packed;
        packed.reserve(height_ * width_);
        for (std::size_t y = 0; y != height_; ++y) {
            const auto* const row = pixels_->data() + y * stride_bytes_;
            packed.insert(packed.end(), row, row + width_);
        }
        return packed;
    }

private:
    /// How it joins: Python's __buffer__. A shape, strides that step over the gaps, and a lease: a view keeps the
    /// pixels, also of a surface that is gone.
    friend samepage::memory_view samepage_buffer(const surface& from, samepage::buffer_request)
    {
        const std::array<std::size_t, 2> shape{from.height_, from.width_};
        const std::array<std::ptrdiff_t, 2> strides{static_cast<std::ptrdiff_t>(from.stride_bytes_), 1};
        const std::span<const std::byte> memory{*from.pixels_};
        return samepage::memory_view::within(memory, samepage::item_format{"B"}, shape, strides, 0,
                                             samepage::lease{std::shared_ptr{from.pixels_}});
    }

    std::size_t height_;
    std::size_t width_;
    std::size_t stride_bytes_;
    std::shared_ptr<std::vector<std::byte>> pixels_;
};

namespace {

// ---- code that knows views, and no class: it says what it can cope with, and is given that or refused ----

// Any number of dimensions, lying anyhow.
std::uint64_t sum(const samepage::buffer_exporter auto& of)
{
    const auto buffer = samepage::get_buffer(of, samepage::buffer_request::records_ro);
    std::uint64_t sum = 0;
    buffer.view().for_each([&](const std::byte* pixel) { sum += std::to_integer<std::uint64_t>(*pixel); });
    return sum;
}

// Only bytes one after another: it would write them to a file in one go.
std::size_t bytes_to_write(const samepage::buffer_exporter auto& of)
{
    return samepage::get_buffer(of, samepage::buffer_request::simple).nbytes();
}

// ---- without views each such function takes a copy ----

std::uint64_t sum_of_bytes(const std::vector<std::byte>& of)
{
    return std::accumulate(of.begin(), of.end(), std::uint64_t{0}, [](std::uint64_t sum, std::byte pixel) {
        return sum + std::to_integer<std::uint64_t>(pixel);
    });
}

surface painted()
{
    surface picture{1080, 1900};
    for (std::size_t y = 0; y != 1080; ++y) {
        for (std::size_t x = 0; x != 1900; ++x) {
            picture.paint(y, x, static_cast<std::uint8_t>(y ^ x));
        }
    }
    return picture;
}

} // namespace

int main()
try {
    const surface picture = painted();
    const auto total =
        meter::side_by_side([&] { return sum_of_bytes(picture.to_bytes()); }, [&] { return sum(picture); });

    // The same function takes whatever else exports bytes.
    const std::vector<std::uint8_t> numbers{1, 2, 3};
    const std::array<std::array<std::uint8_t, 2>, 2> matrix{{{4, 5}, {6, 7}}};
    std::cout << "sums: of a surface " << total << ", a vector " << sum(numbers) << ", a matrix " << sum(matrix)
              << ", part of the surface " << sum(samepage::view_of(picture)(samepage::slice{0, 10}, 5)) << '\n';

    // Rows with gaps between them are not what `simple` asks for; those of a surface without gaps are.
    std::cout << "refused, bytes in one go:\n  "
              << meter::why_refused<samepage::buffer_error>([&] { return bytes_to_write(picture); }) << '\n'
              << "without gaps: " << bytes_to_write(surface{10, 128}) << " bytes in one go\n";

    // A view outlives the surface that it was got from.
    const auto kept = samepage::view_of(surface{2, 3});
    std::cout << "kept of a surface that is gone:\n" << kept << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "user_type: " << problem.what() << '\n';
    return 1;
}
