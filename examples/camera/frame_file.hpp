// SPDX-License-Identifier: BSL-1.0
// frame_file.hpp: stands for the camera: a file of pixels, read with read(2).
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

class frame_file {
public:
    /// Past the page cache if the file system lets it: the disk writes to the ring's pages itself then. It wants memory
    /// that is aligned as a page is, which the pixels are.
    explicit frame_file(const char* path)
        : frame_file(static_cast<int>(checked(::open(path, O_RDONLY | O_CLOEXEC), path)),
                     "through the page cache: no O_DIRECT here")
    {
        if (::fcntl(descriptor_, F_SETFL, O_DIRECT) == 0) {
            how_ = "past the page cache (O_DIRECT)";
        }
    }

    /// Two frames and a half, brighter from row to row, with a square in the middle that is brighter from frame to
    /// frame.
    static frame_file synthetic(std::size_t height, std::size_t width)
    {
        const auto made = static_cast<int>(checked(::memfd_create("frames", MFD_CLOEXEC), "memfd_create"));
        frame_file frames(made, "from memory: no file was given");
        std::vector<std::uint8_t> pixels;
        for (std::size_t row = 0; row != 2 * height + height / 2; ++row) {
            const std::size_t y = row % height;
            for (std::size_t x = 0; x != width; ++x) {
                const bool square =
                    y >= height / 2 - 40 && y < height / 2 + 40 && x >= width / 2 - 40 && x < width / 2 + 40;
                pixels.insert(pixels.end(), 3, static_cast<std::uint8_t>(square ? 100 + 50 * (row / height) : y / 4));
            }
        }
        checked(::write(made, pixels.data(), pixels.size()), "write");
        checked(::lseek(made, 0, SEEK_SET), "lseek");
        return frames;
    }

    frame_file(frame_file&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), how_(std::move(other.how_))
    {
    }
    frame_file& operator=(frame_file&&) = delete;
    ~frame_file() { ::close(descriptor_); }

    /// As much as there is, at most `into`; 0 at the end.
    std::size_t read(std::span<std::byte> into)
    {
        ssize_t got = ::read(descriptor_, into.data(), into.size());
        if (got < 0 && errno == EINVAL && ::fcntl(descriptor_, F_SETFL, 0) == 0) { // the end of a file is no whole page
            got = ::read(descriptor_, into.data(), into.size());
        }
        return checked(got, "read");
    }

    [[nodiscard]] const std::string& how() const { return how_; }

private:
    frame_file(int descriptor, std::string how) : descriptor_(descriptor), how_(std::move(how)) {}

    static std::size_t checked(ssize_t result, const char* what)
    {
        if (result < 0) {
            throw std::system_error(errno, std::generic_category(), what);
        }
        return static_cast<std::size_t>(result);
    }

    int descriptor_;
    std::string how_;
};
