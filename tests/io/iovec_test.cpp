// SPDX-License-Identifier: BSL-1.0
// iovec_test.cpp: strided rows go through system calls where they lie; pieces are as few as can be, and in C order.
#define BOOST_TEST_MODULE samepage_iovec
#include "../support/refusal.hpp"

#include <samepage/io/iovec.hpp>
#include <samepage/view/get_buffer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <iterator>
#include <memory>
#include <random>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

using samepage::ellipsis;
using samepage::geometry;
using samepage::iovec_cursor;
using samepage::item_format;
using samepage::memory_view;
using samepage::slice;
using support::refusal;
using support::says;

namespace {

using const_runs = samepage::byte_runs<std::span<const std::byte>>;

static_assert(std::random_access_iterator<const_runs::const_iterator>);
static_assert(std::ranges::sized_range<const_runs>);

/// 12 rows of 10 pixels of 3 bytes, each byte its own number modulo 256.
struct image {
    std::vector<std::byte> bytes = std::vector<std::byte>(12 * 10 * 3);
    memory_view view{bytes.data(), item_format{"B"}, geometry::c_order(1, {12, 10, 3})};

    image()
    {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::byte>(i);
        }
    }
};

struct ends {
    ends() { BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, both.data()) == 0); }
    ends(const ends&) = delete;
    ends& operator=(const ends&) = delete;
    ~ends()
    {
        ::close(both[0]);
        ::close(both[1]);
    }

    std::array<int, 2> both{};
};

/// What the pieces hold, one after the other.
template <class Runs>
std::vector<std::byte> joined(const Runs& runs)
{
    std::vector<std::byte> all;
    for (const auto& run : runs) {
        const auto bytes = std::span{static_cast<const std::byte*>(run.iov_base), run.iov_len};
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}

void has_runs(const memory_view& of, std::size_t count, std::size_t bytes)
{
    const auto all = samepage::gather_iovecs(of);
    BOOST_TEST(all.size() == count);
    BOOST_TEST(std::ranges::all_of(all, [&](const iovec& one) { return one.iov_len == bytes; }));
    // to_bytes() walks the items by another way.
    BOOST_TEST((joined(all) == of.to_bytes()));
}

/// What the cursor gives at once, taken `bytes` at a time.
std::vector<std::byte> walked(iovec_cursor cursor, std::span<iovec> room, std::size_t bytes)
{
    std::vector<std::byte> all;
    while (!cursor.done()) {
        auto some = joined(cursor.next(room));
        some.resize(std::min(bytes, some.size()));
        all.insert(all.end(), some.begin(), some.end());
        cursor.advance(some.size());
    }
    return all;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(byte_runs, image)

BOOST_AUTO_TEST_CASE(contiguous_items_are_one_piece)
{
    has_runs(view, 1, 360);
    has_runs(view(slice{2, 5}), 1, 90);
    has_runs(view(3), 1, 30);
}

BOOST_AUTO_TEST_CASE(a_part_of_each_row_is_a_piece_a_row)
{
    has_runs(view(slice{2, 7}, slice{4, 8}), 5, 12);
}

BOOST_AUTO_TEST_CASE(one_byte_of_each_pixel_is_a_piece_a_pixel)
{
    has_runs(view(slice{2, 7}, slice{4, 8}, 1), 20, 1);
}

BOOST_AUTO_TEST_CASE(rows_may_be_left_out_and_go_backwards)
{
    has_runs(view(slice{{}, {}, -2}, slice{4, 8}), 6, 12);
    has_runs(view(slice{{}, {}, -1}), 12, 30);
    has_runs(view(slice{{}, {}, -1}, slice{{}, {}, -1}, slice{{}, {}, -1}), 360, 1);
}

BOOST_AUTO_TEST_CASE(a_dimension_of_one_may_have_any_stride)
{
    const memory_view odd{bytes.data(), item_format{"B"},
                          geometry{1, std::array<std::size_t, 3>{4, 1, 5}, std::array<std::ptrdiff_t, 3>{5, -77, 1}}};
    has_runs(odd, 1, 20);
}

BOOST_AUTO_TEST_CASE(what_is_repeated_is_a_piece_each_time)
{
    has_runs(view(0).broadcast_to({4, 10, 3}), 4, 30);
}

BOOST_AUTO_TEST_CASE(a_transposed_matrix_is_a_piece_an_item)
{
    has_runs(view(ellipsis, 0).transpose(), 120, 1);
}

BOOST_AUTO_TEST_CASE(one_item_is_one_piece)
{
    has_runs(view(1, 2, 0), 1, 1);
    has_runs(memory_view{bytes.data(), item_format{"8s"}, geometry::c_order(8, {})}, 1, 8);
}

BOOST_AUTO_TEST_CASE(where_there_are_no_bytes_there_is_no_piece)
{
    has_runs(view(slice{0, 0}), 0, 0);
    has_runs(view(ellipsis, slice{0, 0}), 0, 0);
    has_runs(memory_view{bytes.data(), item_format{"T{}"}, geometry::c_order(0, {4})}, 0, 0);
    BOOST_TEST(iovec_cursor::gather(view(slice{0, 0})).done());
}

BOOST_AUTO_TEST_CASE(pieces_lie_in_the_views_own_bytes)
{
    const auto all = samepage::gather_iovecs(view(slice{2, 4}, slice{4, 8}));
    BOOST_TEST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].iov_base == static_cast<void*>(&bytes[2 * 30 + 12]));
    BOOST_TEST(all[1].iov_base == static_cast<void*>(&bytes[3 * 30 + 12]));
}

BOOST_AUTO_TEST_CASE(pieces_are_reached_from_either_end_and_by_number)
{
    const const_runs runs{view(slice{2, 7}, slice{4, 8})};
    auto at = runs.end();
    BOOST_TEST((*--at).data() == runs[4].data());
    at -= 3;
    BOOST_TEST((*at--).data() == runs[1].data());
    BOOST_TEST((at - runs.begin()) == 0);
    BOOST_TEST((*(1 + at)).data() == at[1].data());
    BOOST_TEST((at < runs.end()));
}

BOOST_AUTO_TEST_CASE(pieces_share_the_views_lease)
{
    const auto owner = std::make_shared<int>(1);
    memory_view leased{bytes.data(), item_format{"B"}, geometry::c_order(1, {12, 30}),
                       samepage::lease{std::shared_ptr{owner}}};
    {
        const const_runs runs{std::move(leased)};
        leased = {};
        BOOST_TEST(owner.use_count() == 2);
    }
    BOOST_TEST(owner.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_released_view_has_none)
{
    view.release();
    BOOST_TEST(says(refusal(samepage::errc::buffer_released, [&] { static_cast<void>(samepage::gather_iovecs(view)); }),
                    "released"));
}

BOOST_AUTO_TEST_CASE(random_parts_are_whole_and_in_order)
{
    const auto seed = std::random_device{}();
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    const auto any = [&random](std::ptrdiff_t from, std::ptrdiff_t to) {
        return std::uniform_int_distribution<std::ptrdiff_t>{from, to}(random);
    };
    for (int round = 0; round < 2000; ++round) {
        memory_view part = view;
        for (int change = 0; change < 3; ++change) {
            const auto step = any(1, 3) * (any(0, 3) == 0 ? -1 : 1);
            const slice cut{any(-13, 13), any(-13, 13), step};
            part = any(0, 2) == 0 ? part(cut) : any(0, 1) == 0 ? part(ellipsis, cut) : part.transpose();
        }
        std::array<iovec, 3> room{};
        const auto all = joined(samepage::gather_iovecs(part));
        BOOST_TEST_REQUIRE((all == part.to_bytes()));
        BOOST_TEST_REQUIRE((walked(iovec_cursor::gather(part), room, static_cast<std::size_t>(any(1, 40))) == all));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(iovecs, image)

BOOST_AUTO_TEST_CASE(a_part_of_an_image_is_written_in_one_call)
{
    const auto part = view(slice{2, 7}, slice{4, 8});
    const auto all = samepage::gather_iovecs(part);
    const ends sockets;
    BOOST_TEST(::writev(sockets.both[0], all.data(), static_cast<int>(all.size())) == 60);
    std::vector<std::byte> got(60);
    BOOST_TEST(::read(sockets.both[1], got.data(), got.size()) == 60);
    BOOST_TEST((got == part.to_bytes()));
}

BOOST_AUTO_TEST_CASE(what_arrives_fills_a_part_of_an_image_and_nothing_else)
{
    auto wanted = bytes;
    const memory_view copy{wanted.data(), item_format{"B"}, view.layout()};
    copy(slice{2, 7}, slice{4, 8}).fill(255U);

    const std::vector<std::byte> sent(60, std::byte{255});
    const ends sockets;
    BOOST_TEST_REQUIRE(::write(sockets.both[0], sent.data(), sent.size()) == 60);
    const auto all = samepage::scatter_iovecs(view(slice{2, 7}, slice{4, 8}));
    BOOST_TEST(::readv(sockets.both[1], all.data(), static_cast<int>(all.size())) == 60);
    BOOST_TEST((bytes == wanted));
}

BOOST_AUTO_TEST_CASE(read_only_bytes_are_not_read_into)
{
    const auto frozen = view.as_const();
    BOOST_TEST(
        says(refusal(samepage::errc::buffer_refused, [&] { static_cast<void>(samepage::scatter_iovecs(frozen)); }),
             "read-only"));
    BOOST_TEST(says(refusal(samepage::errc::buffer_refused, [&] { static_cast<void>(iovec_cursor::scatter(frozen)); }),
                    "read-only"));
    BOOST_TEST(samepage::gather_iovecs(frozen).size() == 1U);
    BOOST_TEST(!iovec_cursor::gather(frozen).done());
}

BOOST_AUTO_TEST_CASE(a_cursor_goes_on_in_the_middle_of_a_piece)
{
    auto cursor = iovec_cursor::gather(view(slice{2, 7}, slice{4, 8}));
    std::array<iovec, 2> room{};
    cursor.advance(17); // one piece of 12 and five bytes
    const auto some = cursor.next(room);
    BOOST_TEST_REQUIRE(some.size() == 2U);
    BOOST_TEST(some[0].iov_base == static_cast<void*>(&bytes[3 * 30 + 12 + 5]));
    BOOST_TEST(some[0].iov_len == 7U);
    BOOST_TEST(some[1].iov_base == static_cast<void*>(&bytes[4 * 30 + 12]));
    BOOST_TEST(some[1].iov_len == 12U);
    BOOST_TEST(cursor.done_bytes() == 17U);
    BOOST_TEST(cursor.left_bytes() == 43U);
}

BOOST_AUTO_TEST_CASE(a_cursor_keeps_to_its_room)
{
    const auto cursor = iovec_cursor::gather(view(slice{}, slice{4, 8}));
    std::array<iovec, 20> room{};
    BOOST_TEST(cursor.next(std::span{room}.first(5)).size() == 5U);
    BOOST_TEST(cursor.next(room).size() == 12U);
    BOOST_TEST(cursor.next({}).empty());
    BOOST_TEST(!cursor.done());
}

// The kernel refuses 1025 at once.
BOOST_AUTO_TEST_CASE(more_pieces_than_one_call_takes_go_in_several)
{
    std::vector<std::byte> many(5000 * 4);
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i] = static_cast<std::byte>(i * 7);
    }
    const memory_view column{many.data(), item_format{"H"},
                             geometry{2, std::array<std::size_t, 1>{5000}, std::array<std::ptrdiff_t, 1>{4}}};
    const auto all = samepage::gather_iovecs(column);
    const ends sockets;
    BOOST_TEST(all.size() == 5000U);
    BOOST_TEST(::writev(sockets.both[0], all.data(), static_cast<int>(samepage::max_iovecs + 1)) == -1);
    BOOST_TEST(errno == EINVAL);

    auto out = iovec_cursor::gather(column);
    std::vector<std::byte> into(5000 * 4);
    const memory_view target{into.data(), item_format{"H"}, column.layout()};
    auto in = iovec_cursor::scatter(target);
    std::vector<iovec> room(3000);
    int calls = 0;
    while (!in.done()) {
        if (!out.done()) {
            const auto some = out.next(room);
            const auto written = ::writev(sockets.both[0], some.data(), static_cast<int>(some.size()));
            BOOST_TEST_REQUIRE(written > 0);
            out.advance(static_cast<std::size_t>(written));
            ++calls;
        }
        const auto some = in.next(std::span{room}.first(100));
        const auto got = ::readv(sockets.both[1], some.data(), static_cast<int>(some.size()));
        BOOST_TEST_REQUIRE(got > 0);
        in.advance(static_cast<std::size_t>(got));
    }
    BOOST_TEST(calls == 5);
    BOOST_TEST((target == column));
}

BOOST_AUTO_TEST_SUITE_END()
