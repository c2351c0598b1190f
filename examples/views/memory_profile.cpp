// SPDX-License-Identifier: BSL-1.0
// memory_profile.cpp: one job on a video, by copies and by views, each in a process of its own: memory and bytes
// copied.
#include "in_child.hpp"
#include "side_by_side.hpp"

#include <samepage/view/get_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr std::size_t height = 720;
constexpr std::size_t width = 1280;
constexpr std::size_t colours = 3;
constexpr std::size_t row_bytes = width * colours;
constexpr std::size_t frame_bytes = height * row_bytes;

// The middle of each frame.
constexpr std::size_t top = 180;
constexpr std::size_t bottom = 540;
constexpr std::size_t left = 320;
constexpr std::size_t right = 960;

using bytes = std::vector<std::uint8_t>;

bytes record_video(std::size_t frames)
{
    bytes video(frames * frame_bytes);
    std::iota(video.begin(), video.end(), std::uint8_t{0});
    return video;
}

// The job: of the second half of the video, the middle of each frame, all of them kept, and then worked on row by row.

std::uint64_t job_by_copies(std::size_t frames)
{
    const bytes video = record_video(frames);
    const bytes clip(video.data() + frames / 2 * frame_bytes, video.data() + video.size());
    std::vector<std::vector<bytes>> crops;
    for (std::size_t at = 0; at != clip.size(); at += frame_bytes) {
        const bytes frame(clip.data() + at, clip.data() + at + frame_bytes);
        auto& rows = crops.emplace_back();
        for (std::size_t y = top; y != bottom; ++y) {
            const auto* const row = frame.data() + y * row_bytes;
            rows.emplace_back(row + left * colours, row + right * colours);
        }
    }
    std::uint64_t sum = 0;
    for (const auto& rows : crops) {
        for (const bytes& row : rows) {
            sum += std::accumulate(row.begin(), row.end(), std::uint64_t{0});
        }
    }
    return sum;
}

std::uint64_t job_by_views(std::size_t frames)
{
    using samepage::slice;
    const bytes video = record_video(frames);
    const auto pictures = samepage::view_of(video).cast("B", {frames, height, width, colours});
    const auto clip = pictures(slice{frames / 2, {}});
    std::vector<samepage::memory_view> crops;
    for (std::size_t n = 0; n != clip.shape()[0]; ++n) {
        crops.push_back(clip(n, slice{top, bottom}, slice{left, right}));
    }
    std::uint64_t sum = 0;
    for (const auto& crop : crops) {
        for (const auto row : crop.view<const std::uint8_t, 3>()) {
            row.for_each([&](std::uint8_t value) { sum += value; });
        }
    }
    return sum;
}

// ---- the profile ----

struct profile {
    std::uint64_t sum = 0;
    meter::figures took;
    std::uint64_t milliseconds = 0;
    std::uint64_t peak_memory_bytes = 0;
};

template <class Job>
profile run(Job job)
{
    meter::in_child<profile> child{[&] {
        const auto began = std::chrono::steady_clock::now();
        const auto done = meter::measure(job);
        const auto took = std::chrono::steady_clock::now() - began;
        return profile{done.result, done.took,
                       static_cast<std::uint64_t>(std::chrono::round<std::chrono::milliseconds>(took).count()), 0};
    }};
    auto found = child.wait();
    found.peak_memory_bytes = child.peak_memory_bytes();
    return found;
}

void print(std::string_view what, double naive, double view)
{
    std::cout << std::left << std::setw(28) << what << std::right << std::fixed << std::setprecision(1) << std::setw(10)
              << naive << std::setw(10) << view << '\n';
}

double megabytes(std::uint64_t count)
{
    return static_cast<double>(count) / 1e6;
}

} // namespace

int main(int count, char** arguments)
try {
    const std::size_t frames = count > 1 ? std::stoul(arguments[1]) : 100;
    if (frames < 2) {
        throw std::invalid_argument{"usage: memory_profile [FRAMES], at least 2"};
    }
    const auto naive = run([&] { return job_by_copies(frames); });
    const auto view = run([&] { return job_by_views(frames); });
    std::cout << frames << " frames of " << width << " x " << height << ", " << megabytes(frames * frame_bytes)
              << " MB\n\n"
              << "                                 naive      view\n";
    print("bytes copied, MB", megabytes(naive.took.bytes_copied), megabytes(view.took.bytes_copied));
    print("peak heap, MB", megabytes(naive.took.peak_heap_bytes), megabytes(view.took.peak_heap_bytes));
    print("peak memory, MB", megabytes(naive.peak_memory_bytes), megabytes(view.peak_memory_bytes));
    print("time, ms", static_cast<double>(naive.milliseconds), static_cast<double>(view.milliseconds));
    std::cout << '\n';
    meter::print_table(naive.took, view.took);
    meter::require_same(naive.sum, view.sum);
    if (view.took.peak_heap_bytes >= naive.took.peak_heap_bytes || view.peak_memory_bytes >= naive.peak_memory_bytes) {
        throw std::runtime_error{"the view version saved no memory"};
    }
    std::cout << "sum " << view.sum << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "memory_profile: " << problem.what() << '\n';
    return 1;
}
