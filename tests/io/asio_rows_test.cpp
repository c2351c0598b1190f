// SPDX-License-Identifier: BSL-1.0
// asio_rows_test.cpp: Boost.Asio's sockets send and fill strided rows of a larger image.
#include "../support/refusal.hpp"

#include <samepage/io/asio_rows.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

using samepage::geometry;
using samepage::item_format;
using samepage::memory_view;
using samepage::slice;

namespace {

namespace asio = boost::asio;

static_assert(asio::is_const_buffer_sequence<samepage::const_rows>::value);
static_assert(asio::is_mutable_buffer_sequence<samepage::mutable_rows>::value);
static_assert(!asio::is_mutable_buffer_sequence<samepage::const_rows>::value);

/// 500 rows of 400 numbers.
struct picture {
    explicit picture(std::uint16_t first)
    {
        for (auto& pixel : pixels) {
            pixel = first;
            first = static_cast<std::uint16_t>(first == 0 ? 0 : first + 1);
        }
    }

    std::vector<std::uint16_t> pixels = std::vector<std::uint16_t>(500 * 400);
    memory_view view{reinterpret_cast<std::byte*>(pixels.data()), item_format{"H"}, geometry::c_order(2, {500, 400})};
};

struct connection {
    connection() { asio::local::connect_pair(near, far); }

    asio::io_context context{};
    asio::local::stream_protocol::socket near{context};
    asio::local::stream_protocol::socket far{context};
};

} // namespace

BOOST_AUTO_TEST_SUITE(asio_rows)

BOOST_AUTO_TEST_CASE(the_rows_are_the_views_own_bytes)
{
    const picture from{1};
    const samepage::const_rows rows{from.view(slice{10, 13}, slice{100, 200})};
    BOOST_TEST(asio::buffer_size(rows) == 600U);
    auto each = asio::buffer_sequence_begin(rows);
    for (std::size_t row = 10; row < 13; ++row, ++each) {
        BOOST_TEST((*each).data() == static_cast<const void*>(&from.pixels[row * 400 + 100]));
        BOOST_TEST(each->size() == 200U);
    }
    BOOST_TEST((each == asio::buffer_sequence_end(rows)));
}

BOOST_AUTO_TEST_CASE(strided_rows_are_sent_from_one_image_and_received_into_another)
{
    const picture from{1};
    const picture to{0};
    // More than a socket holds at once, and more buffers than Asio puts into a call.
    const auto sent = from.view(slice{{}, {}, -2}, slice{3, 400});
    const auto filled = to.view(slice{100, 350}, slice{0, 397});
    connection sockets;
    std::thread sender{[&] { asio::write(sockets.near, samepage::const_rows{sent}); }};
    const std::size_t received = asio::read(sockets.far, samepage::mutable_rows{filled});
    sender.join();
    BOOST_TEST(received == sent.nbytes());
    BOOST_TEST((filled == sent));

    picture wanted{0};
    wanted.view(slice{100, 350}, slice{0, 397}).copy_from(sent);
    BOOST_TEST((to.pixels == wanted.pixels));
}

BOOST_AUTO_TEST_CASE(an_operation_keeps_the_bytes_until_it_has_ended)
{
    connection sockets;
    auto from = std::make_shared<picture>(std::uint16_t{1});
    const auto kept = from->pixels;
    const std::weak_ptr<picture> alive = from;
    auto* const bytes = reinterpret_cast<std::byte*>(from->pixels.data());
    memory_view leased{bytes, item_format{"H"}, geometry::c_order(2, {500, 400}), samepage::lease{std::move(from)}};
    asio::async_write(sockets.near, samepage::const_rows{leased(slice{}, slice{100, 200})},
                      [](const boost::system::error_code& problem, std::size_t) { BOOST_TEST(!problem); });
    leased = {};
    BOOST_TEST(!alive.expired());

    std::vector<std::uint16_t> got(500 * 100);
    asio::async_read(sockets.far, asio::buffer(got),
                     [](const boost::system::error_code& problem, std::size_t) { BOOST_TEST(!problem); });
    sockets.context.run();
    BOOST_TEST(alive.expired());
    BOOST_TEST(got.front() == kept[100]);
    BOOST_TEST(got.back() == kept[499 * 400 + 199]);
}

BOOST_AUTO_TEST_CASE(a_read_only_view_is_not_received_into)
{
    const picture from{1};
    const auto fault = support::refusal(samepage::errc::buffer_refused,
                                        [&] { const samepage::mutable_rows rows{from.view.as_const()}; });
    BOOST_TEST(support::says(fault, "read-only"));
}

BOOST_AUTO_TEST_CASE(an_empty_view_is_an_empty_sequence)
{
    const picture from{1};
    BOOST_TEST(asio::buffer_size(samepage::const_rows{from.view(slice{0, 0})}) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
