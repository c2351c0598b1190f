// SPDX-License-Identifier: BSL-1.0
// producer.cpp: reads frames from a file into the shared pages, each where it will be looked at.
#include "frame_file.hpp"

#include <samepage/channel/message_producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include <camera.capnp.h>

namespace {

constexpr std::uint16_t width = 640;
constexpr std::uint16_t height = 480;
constexpr std::size_t row_bytes = std::size_t{width} * 3;
constexpr std::size_t frame_bytes = height * row_bytes; // 225 pages

// All but the pixels.
void set(Frame::Builder frame, std::uint32_t number)
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    frame.setNumber(number);
    frame.setTimeNs(static_cast<std::uint64_t>(std::chrono::nanoseconds(now).count()));
    frame.setExposureNs(8'000'000);
    frame.setFormat(PixelFormat::RGB24);
    frame.setWidth(width);
    auto lens = frame.getLens(); // a group is a part of its struct, and always there
    lens.setFocalLengthMm(35);
    lens.setCalibration({800, 0, 320, 0, 800, 240, 0, 0, 1});
    auto region = frame.initRegions(1)[0];
    region.setLabel("middle");
    region.setConfidence(0.9F);
    auto box = region.getBox();
    box.setLeft(280);
    box.setTop(200);
    box.setWidth(80);
    box.setHeight(80);
}

} // namespace

int main(int count, char** arguments)
try {
    const std::string name = count > 1 ? arguments[1] : "camera";
    frame_file camera = count > 2 ? frame_file(arguments[2]) : frame_file::synthetic(height, width);

    samepage::message_producer<Frame> frames(name, {.capacity_bytes = 8 << 20});
    while (frames.consumer_count() == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    const auto channel = frames.info();

    std::uint32_t number = 0;
    std::size_t rows_read = 0;
    while (true) {
        auto draft = frames.loan(1024, frame_bytes + 4096); // for the fields, and for pixels that begin with a page
        if (!draft) {                                       // more than the ring holds, or closed: why() says which
            throw std::runtime_error("no draft of a frame: " + std::string(to_string(draft.why())));
        }
        set(draft.root(), number);
        auto pixels = draft.init_blob("pixels", frame_bytes, 4096); // a field like others, not zeroed, in whole pages
        if (!pixels) {
            throw std::runtime_error("no room for the pixels: " + std::string(to_string(pixels.why())));
        }
        const std::size_t rows = camera.read(pixels.bytes()) / row_bytes; // the kernel writes the pages
        if (rows == 0) {
            break; // dropped unpublished, the draft is discarded
        }
        pixels.truncate(rows * row_bytes); // what the file did not fill, the message does not have
        draft.root().setHeight(static_cast<std::uint16_t>(rows));
        draft.root().setRingOffset(static_cast<std::uint64_t>(pixels.data() - channel.ring) % channel.capacity_bytes);
        if (const auto why = draft.publish(); why != samepage::outcome::ok) {
            throw std::runtime_error("frame not published: " + std::string(to_string(why)));
        }
        rows_read += rows;
        ++number;
    }

    frames.close();
    std::cout << "published " << number << " frames, " << rows_read << " rows, read " << camera.how() << std::endl;
    samepage::remove_channel(name);
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "producer: " << problem.what() << '\n';
    return 1;
}
