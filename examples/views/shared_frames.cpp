// SPDX-License-Identifier: BSL-1.0
// shared_frames.cpp: one process draws frames, another slices them; with views the only bytes are the ring's.
#include "in_child.hpp"
#include "scratch_channel.hpp"
#include "side_by_side.hpp"

#include <samepage/channel/buffers.hpp>
#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr std::size_t frames = 24;
constexpr std::size_t height = 720;
constexpr std::size_t width = 1280;
constexpr std::size_t colours = 3;
constexpr std::size_t row_bytes = width * colours;
constexpr std::size_t frame_bytes = height * row_bytes;

// The part of each frame in which movement is looked for.
constexpr std::size_t top = 100;
constexpr std::size_t bottom = 500;
constexpr std::size_t left = 200;
constexpr std::size_t right = 1000;

using bytes = std::vector<std::byte>;

// A white square of 100 x 100 that moves by ten pixels a frame.
void draw(std::size_t number, std::span<std::byte> frame)
{
    std::ranges::fill(frame, std::byte{16});
    for (std::size_t y = 200; y != 300; ++y) {
        std::ranges::fill(frame.subspan(y * row_bytes + (250 + 10 * number) * colours, 100 * colours), std::byte{255});
    }
}

// How much two parts of frames differ. It takes any bytes in three dimensions, wherever and how far apart they lie.
std::uint64_t difference(const samepage::memory_view& one, const samepage::memory_view& other)
{
    const auto before = one.view<const std::uint8_t, 3>();
    const auto after = other.view<const std::uint8_t, 3>();
    std::uint64_t sum = 0;
    for (std::size_t y = 0; y != before.size(); ++y) {
        for (std::size_t x = 0; x != before[y].size(); ++x) {
            for (std::size_t colour = 0; colour != colours; ++colour) {
                sum += static_cast<std::uint64_t>(std::abs(before(y, x, colour) - after(y, x, colour)));
            }
        }
    }
    return sum;
}

// ---- by copies: drawn at home, copied into the ring, copied out of it, and each row copied into the part ----

std::uint64_t produce_by_copies(samepage::bytes_producer& to)
{
    for (std::size_t number = 0; number != frames; ++number) {
        bytes frame(frame_bytes);
        draw(number, frame);
        auto record = to.loan(frame_bytes);
        std::ranges::copy(frame, record.data());
        record.publish();
    }
    return frames;
}

std::uint64_t watch_by_copies(samepage::bytes_consumer& from)
{
    std::uint64_t movement = 0;
    bytes before;
    while (auto batch = from.take(1)) {
        const bytes frame(batch.front().begin(), batch.front().end());
        batch.release();
        bytes part;
        for (std::size_t y = top; y != bottom; ++y) {
            const auto* const row = frame.data() + y * row_bytes;
            part.insert(part.end(), row + left * colours, row + right * colours);
        }
        if (!before.empty()) {
            const auto picture = [](const bytes& pixels) {
                return samepage::view_of(pixels).cast("B", {bottom - top, right - left, colours});
            };
            movement += difference(picture(before), picture(part));
        }
        before = std::move(part);
    }
    return movement;
}

// ---- by views: drawn into the ring, and sliced there ----

std::uint64_t produce_by_views(samepage::bytes_producer& to)
{
    for (std::size_t number = 0; number != frames; ++number) {
        auto record = to.loan(frame_bytes); // in the pages that both processes have mapped
        draw(number, record.bytes());
        record.publish();
    }
    return frames;
}

std::uint64_t watch_by_views(samepage::bytes_consumer& from)
{
    using samepage::slice;
    std::uint64_t movement = 0;
    samepage::memory_view before;
    while (auto batch = from.take(1)) {
        // The batch moves into the lease that the view, its cast and its slices share.
        const auto frame = record_view(std::move(batch)).cast("B", {height, width, colours});
        auto part = frame(slice{top, bottom}, slice{left, right});
        if (before.nbytes() != 0) {
            movement += difference(before, part);
        }
        before = std::move(part); // the last share in the frame before: only now its pages go back to the ring
    }
    return movement;
}

// ---- two processes ----

struct outcome {
    std::uint64_t movement = 0;
    meter::figures producer;
    meter::figures consumer;
};

template <class Produce, class Watch>
outcome run(Produce produce, Watch watch)
{
    const meter::scratch_channel channel;
    // Handles belong to the process that makes them, so the child makes its own.
    meter::in_child<meter::measured<std::uint64_t>> consumer{[&] {
        samepage::bytes_consumer from{channel.name(), {.from = samepage::start::oldest, .wait_for_channel = 30s}};
        const auto watched = meter::measure([&] { return watch(from); });
        if (const auto why = from.try_take().why(); why != samepage::outcome::closed) {
            throw std::runtime_error{"the frames ended early"};
        }
        return watched;
    }};
    samepage::bytes_producer producer{channel.name(), {.capacity_bytes = 16 << 20U}};
    while (producer.consumer_count() == 0) {
        std::this_thread::sleep_for(1ms);
    }
    const auto produced = meter::measure([&] { return produce(producer); });
    producer.close();
    const auto watched = consumer.wait();
    return {watched.result, produced.took, watched.took};
}

} // namespace

int main()
try {
    const auto naive = run(produce_by_copies, watch_by_copies);
    const auto view = run(produce_by_views, watch_by_views);
    meter::print_table(naive.producer, view.producer, "producer");
    meter::print_table(naive.consumer, view.consumer, "consumer");
    meter::require_same(naive.movement, view.movement);
    std::cout << frames << " frames, movement " << view.movement << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "shared_frames: " << problem.what() << '\n';
    return 1;
}
