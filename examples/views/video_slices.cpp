// SPDX-License-Identifier: BSL-1.0
// video_slices.cpp: cuts frames and parts of frames out of a large video, with copies and without.
#include "side_by_side.hpp"

#include <samepage/view/get_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <numeric>
#include <vector>

namespace {

constexpr std::size_t frames = 10;
constexpr std::size_t height = 1080;
constexpr std::size_t width = 1920;
constexpr std::size_t colours = 3;
constexpr std::size_t row_bytes = width * colours;
constexpr std::size_t frame_bytes = height * row_bytes;

// The middle of each frame.
constexpr std::size_t top = 270;
constexpr std::size_t bottom = 810;
constexpr std::size_t left = 480;
constexpr std::size_t right = 1440;

using bytes = std::vector<std::uint8_t>;

bytes record_video()
{
    bytes video(frames * frame_bytes);
    std::iota(video.begin(), video.end(), std::uint8_t{0});
    return video;
}

// Each slice owns its bytes: the frame, then the part of each row.
std::uint64_t green_by_copies(const bytes& video)
{
    std::uint64_t sum = 0;
    for (std::size_t n = 0; n != frames; ++n) {
        const auto* const begin = video.data() + n * frame_bytes;
        const bytes frame(begin, begin + frame_bytes);
        for (std::size_t y = top; y != bottom; ++y) {
            const auto* const row = frame.data() + y * row_bytes;
            const bytes part(row + left * colours, row + right * colours);
            for (std::size_t at = 1; at < part.size(); at += colours) {
                sum += part[at];
            }
        }
    }
    return sum;
}

// Each slice is an address, a shape and strides: of every frame, the middle, and of it the green bytes.
std::uint64_t green_by_views(const bytes& video)
{
    using samepage::all, samepage::slice;
    const auto pictures = samepage::view_of(video).cast("B", {frames, height, width, colours});
    const auto green = pictures(all, slice{top, bottom}, slice{left, right}, 1);
    std::uint64_t sum = 0;
    green.view<const std::uint8_t, 3>().for_each([&](std::uint8_t value) { sum += value; });
    return sum;
}

} // namespace

int main()
try {
    const bytes video = record_video();
    const std::uint64_t sum =
        meter::side_by_side([&] { return green_by_copies(video); }, [&] { return green_by_views(video); });
    std::cout << "mean green " << static_cast<double>(sum) / (frames * (bottom - top) * (right - left)) << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "video_slices: " << problem.what() << '\n';
    return 1;
}
