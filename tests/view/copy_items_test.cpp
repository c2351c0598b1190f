// SPDX-License-Identifier: BSL-1.0
// copy_items_test.cpp: a copy puts every item where its index says, however the two lie.
#include <samepage/view/copy_items.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <random>
#include <string>
#include <vector>

using samepage::geometry;
using samepage::item_order;
using samepage::view::copy_items;

namespace {

using sizes = std::vector<std::size_t>;
using strides = std::vector<std::ptrdiff_t>;

std::vector<std::byte> counted_bytes(std::size_t count)
{
    std::vector<std::byte> all(count);
    std::ranges::generate(all, [next = 0U]() mutable { return static_cast<std::byte>(next++ * 31 % 251); });
    return all;
}

/// Items in C order, one by one.
std::vector<std::byte> packed(const std::byte* item_zero, const geometry& how)
{
    std::vector<std::byte> all;
    how.visit_offsets(item_order::c, [&](std::ptrdiff_t offset_bytes) {
        all.insert(all.end(), item_zero + offset_bytes,
                   item_zero + offset_bytes + static_cast<std::ptrdiff_t>(how.itemsize()));
    });
    return all;
}

/// A geometry of this shape with gaps, in any order of dimensions, partly backwards.
geometry scattered(std::mt19937& random, std::size_t itemsize, const sizes& shape)
{
    std::vector<std::size_t> order(shape.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::shuffle(order, random);
    strides by(shape.size());
    auto stride_bytes = static_cast<std::ptrdiff_t>(itemsize * (1 + random() % 2));
    for (const auto dimension : order) {
        by[dimension] = random() % 2 == 0 ? stride_bytes : -stride_bytes;
        stride_bytes *= static_cast<std::ptrdiff_t>(shape[dimension] + random() % 2);
    }
    return {itemsize, shape, by};
}

} // namespace

BOOST_AUTO_TEST_SUITE(copies)

BOOST_AUTO_TEST_CASE(every_item_goes_where_its_index_says)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    for (int round = 0; round < 2000; ++round) {
        sizes shape(random() % 5);
        std::ranges::generate(shape, [&] { return random() % 5 == 0 ? 1 : 1 + random() % 4; });
        static constexpr std::array<std::size_t, 8> itemsizes{1, 2, 3, 4, 8, 12, 16, 24};
        const auto itemsize = itemsizes[random() % itemsizes.size()];
        const auto from_geometry = scattered(random, itemsize, shape);
        const auto to_geometry = scattered(random, itemsize, shape);
        const auto from =
            counted_bytes(static_cast<std::size_t>(from_geometry.extent().end - from_geometry.extent().begin));
        const auto bytes = static_cast<std::size_t>(to_geometry.extent().end - to_geometry.extent().begin);
        std::vector<std::byte> to(bytes, std::byte{255}); // in no item: they are 250 at most
        const auto* const from_zero = from.data() - from_geometry.extent().begin;
        auto* const to_zero = to.data() - to_geometry.extent().begin;

        copy_items(to_zero, to_geometry, from_zero, from_geometry);
        BOOST_TEST_REQUIRE((packed(to_zero, to_geometry) == packed(from_zero, from_geometry)), "seed " << seed);
        BOOST_TEST_REQUIRE(static_cast<std::size_t>(std::ranges::count(to, std::byte{255})) ==
                               bytes - to_geometry.nbytes(),
                           "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(what_overlaps_is_read_before_it_is_written)
{
    const auto before = counted_bytes(64);
    const auto shifted = [&](const geometry& to_geometry, std::ptrdiff_t to, const geometry& from_geometry,
                             std::ptrdiff_t from) {
        auto bytes = before;
        copy_items(bytes.data() + to, to_geometry, bytes.data() + from, from_geometry);
        return packed(bytes.data() + to, to_geometry) == packed(before.data() + from, from_geometry);
    };
    const auto row = geometry::c_order(4, {10});
    const geometry backwards{4, sizes{10}, strides{-4}};
    const geometry every_second{4, sizes{6}, strides{8}};
    BOOST_TEST(shifted(row, 0, row, 4));
    BOOST_TEST(shifted(row, 4, row, 0));
    BOOST_TEST(shifted(row, 0, backwards, 36));
    BOOST_TEST(shifted(every_second, 0, every_second, 8));
    BOOST_TEST(shifted(every_second, 8, every_second, 0));
    BOOST_TEST(shifted(geometry::c_order(4, {3, 3}), 0, geometry::f_order(4, {3, 3}), 0));
    BOOST_TEST(shifted(geometry::f_order(4, {3, 3}), 4, geometry::f_order(4, {3, 3}), 0));
}

BOOST_AUTO_TEST_CASE(repeated_items_are_written_out)
{
    const auto before = counted_bytes(4);
    std::array<std::byte, 12> to{};
    copy_items(to.data(), geometry::c_order(4, {3}), before.data(), geometry{4, sizes{3}, strides{0}});
    for (std::size_t i = 0; i < to.size(); ++i) {
        BOOST_TEST((to[i] == before[i % 4]));
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_copied_from_nowhere)
{
    copy_items(nullptr, geometry::c_order(4, {0, 3}), nullptr, geometry::c_order(4, {0, 3}));
    copy_items(nullptr, geometry::c_order(0, {2}), nullptr, geometry::c_order(0, {2}));
}

BOOST_AUTO_TEST_CASE(other_shapes_and_item_sizes_are_refused)
{
    std::array<std::byte, 64> bytes{};
    const auto refuses = [&](const geometry& from, const std::string& found) {
        try {
            copy_items(bytes.data(), geometry::c_order(4, {2, 3}), bytes.data(), from);
        } catch (const samepage::geometry_error& fault) {
            return fault.what() == "copy: expected shape (2, 3) of items of 4 bytes, found " + found;
        }
        return false;
    };
    BOOST_TEST(refuses(geometry::c_order(4, {3, 2}), "(3, 2) of items of 4 bytes"));
    BOOST_TEST(refuses(geometry::c_order(4, {6}), "(6,) of items of 4 bytes"));
    BOOST_TEST(refuses(geometry::c_order(2, {2, 3}), "(2, 3) of items of 2 bytes"));
}

BOOST_AUTO_TEST_SUITE_END()
