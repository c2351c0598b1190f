// SPDX-License-Identifier: BSL-1.0
// in_place.cpp: changes bytes through views of them: a rectangle, a column, one field of every record.
#include "side_by_side.hpp"

#include <samepage/view/get_buffer.hpp>

#include <boost/describe.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

namespace {

using samepage::slice;

constexpr std::size_t height = 1080;
constexpr std::size_t width = 1920;
constexpr std::size_t column = 7;

struct position {
    double x, y;
    [[nodiscard]] friend bool operator==(const position&, const position&) = default;
};
BOOST_DESCRIBE_STRUCT(position, (), (x, y))

struct particle {
    std::uint64_t number;
    position where;
    [[nodiscard]] friend bool operator==(const particle&, const particle&) = default;
};
BOOST_DESCRIBE_STRUCT(particle, (), (number, where))

using picture = std::vector<std::uint8_t>;
using particles = std::vector<particle>;

// What both versions change.
struct scene {
    picture pixels = picture(height * width, 100);
    particles cloud = particles(50'000, particle{1, {2, 3}});
    [[nodiscard]] friend bool operator==(const scene&, const scene&) = default;
};

// ---- by copies: a function takes what it changes by value, and returns it ----

picture brightened(picture pixels)
{
    for (std::size_t y = 200; y != 400; ++y) {
        for (std::size_t x = 300; x != 900; ++x) {
            pixels[y * width + x] += 50;
        }
    }
    return pixels;
}

picture with_a_column(picture pixels)
{
    for (std::size_t y = 0; y != height; ++y) {
        pixels[y * width + column] = 255;
    }
    return pixels;
}

particles moved(particles cloud)
{
    for (auto& one : cloud) {
        one.where.x += 0.5;
    }
    return cloud;
}

scene change_by_copies(scene& of)
{
    of.pixels = brightened(of.pixels);
    of.pixels = with_a_column(of.pixels);
    of.cloud = moved(of.cloud);
    return std::move(of);
}

// ---- by views: a function takes a view of what it changes, which it need not know the rest of ----

void brighten(const samepage::memory_view& pixels)
{
    pixels.view<std::uint8_t, 2>().for_each([](std::uint8_t& pixel) { pixel += 50; });
}

void move(const samepage::memory_view& coordinates)
{
    for (double& coordinate : coordinates.view<double>()) {
        coordinate += 0.5;
    }
}

scene change_by_views(scene& of)
{
    const auto pixels = samepage::view_of(of.pixels).cast("B", {height, width});
    brighten(pixels(slice{200, 400}, slice{300, 900}));
    pixels.transpose()[column].fill(255); // row 7 of the transposed picture
    move(samepage::view_of(of.cloud).field("where.x"));
    return std::move(of);
}

void require(bool holds, const char* what)
{
    if (!holds) {
        throw std::runtime_error{what};
    }
}

// One item at a time, by the same rules as in Python.
void show_single_changes()
{
    particles cloud{{1, {2, 3}}, {2, {2, 3}}, {3, {2, 3}}};
    const auto view = samepage::view_of(cloud);
    view.field("where.y").set(9.5, -1);
    view.field("number")(slice{0, 2}).copy_from(view.field("number")(slice{1, 3})); // they overlap
    require(cloud[2].where.y == 9.5 && cloud[0].number == 2 && cloud[1].number == 3,
            "the owner does not see what was written through a view");
    std::cout << "the owner sees " << cloud[2].where.y << "; all of it:\n" << view << '\n';
}

} // namespace

int main()
try {
    scene first;
    scene second;
    const scene changed =
        meter::side_by_side([&] { return change_by_copies(first); }, [&] { return change_by_views(second); });
    require(changed.pixels[300 * width + 500] == 150 && changed.pixels[column] == 255 &&
                changed.cloud[9].where.x == 2.5,
            "the owner does not see what was changed through views");
    show_single_changes();
    std::cout << "both scenes are the same" << std::endl;
    return 0;
} catch (const std::exception& problem) {
    std::cerr << "in_place: " << problem.what() << '\n';
    return 1;
}
