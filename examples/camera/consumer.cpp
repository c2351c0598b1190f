// SPDX-License-Identifier: BSL-1.0
// consumer.cpp: looks at frames where read(2) put them: rows, colours and regions are views of the ring's pages.
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_views.hpp>
#include <samepage/view/memory_view.hpp>
#include <samepage/view/strided_view.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

#include <camera.capnp.h>

namespace {

using pixels = samepage::strided_view<const std::uint8_t, 3>; // rows, columns, colours

// The message moves into the view, which keeps its pages from the producer while it lives.
samepage::memory_view image_of(samepage::message<Frame> message)
{
    const auto frame = message.root(); // moving the message leaves it valid
    const std::size_t colours = frame.getFormat() == PixelFormat::GRAY8 ? 1 : 3;
    return samepage::data_view(frame.getPixels(), samepage::lease{std::move(message)})
        .cast("B", {frame.getHeight(), frame.getWidth(), colours});
}

// A part of the image, with the image's strides.
pixels region_of(pixels image, Region::Box::Reader box)
{
    using samepage::slice;
    return image(slice{box.getTop(), box.getTop() + box.getHeight()},
                 slice{box.getLeft(), box.getLeft() + box.getWidth()}, samepage::all);
}

// Of an image, a region or a row: of any pixels, however far apart they lie.
template <std::size_t Rank>
double mean(samepage::strided_view<const std::uint8_t, Rank> part)
{
    std::uint64_t sum = 0;
    part.for_each([&](std::uint8_t value) { sum += value; });
    return static_cast<double>(sum) / static_cast<double>(std::max<std::size_t>(part.item_count(), 1));
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "camera";
    samepage::message_consumer<Frame> frames(
        name, {.from = samepage::start::oldest, .wait_for_channel = std::chrono::seconds(30)});
    const auto channel = frames.info();

    std::size_t rows = 0;
    std::size_t aligned = 0;
    std::size_t same_place = 0;
    samepage::memory_view before; // the frame before this one stays in the ring, pinned, until it is replaced
    while (auto message = frames.take()) {
        const auto frame = message.root();
        const auto view = image_of(std::move(message));
        const auto image = view.view<const std::uint8_t, 3>();

        double brightest = 0;
        for (const auto row : image) {
            brightest = std::max(brightest, mean(row));
        }
        std::cout << "frame " << frame.getNumber() << ": " << image.size() << " rows, the brightest " << brightest;
        for (const auto region : frame.getRegions()) {
            std::cout << ", " << region.getLabel().cStr() << ' ' << mean(region_of(image, region.getBox()));
            if (before.held()) {
                const auto image_before = before.view<const std::uint8_t, 3>();
                std::cout << ", before " << mean(region_of(image_before, region.getBox()));
            }
        }
        std::cout << '\n';

        rows += image.size();
        aligned += reinterpret_cast<std::uintptr_t>(view.data()) % 4096 == 0 ? 1U : 0U;
        const auto offset = static_cast<std::uint64_t>(view.data() - channel.ring) % channel.capacity_bytes;
        same_place += offset == frame.getRingOffset() ? 1U : 0U; // where the producer wrote them
        before = view;
    }

    std::cout << rows << " rows taken; pixels page-aligned in " << aligned << " frames, in the producer's own pages in "
              << same_place << std::endl;
    if (const auto why = frames.try_take().why(); why != samepage::outcome::closed) {
        std::cerr << "consumer: the frames ended early: " << to_string(why) << '\n';
        return 1;
    }
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "consumer: " << problem.what() << '\n';
    return 1;
}
