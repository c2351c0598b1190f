// SPDX-License-Identifier: BSL-1.0
// first_look_test.cpp: a consumer comes to a lane whose ring it has not mapped yet, and the lane moves at that moment.
#include "ring/private_lane.hpp"

#include <boost/mpl/list.hpp>

#include <algorithm>
#include <array>
#include <cstring>

using namespace samepage::test;
using samepage::outcome;
namespace frame = samepage::ring::frame;
namespace ring_place = samepage::ring::ring_place;

namespace {

constexpr std::size_t capacity = 4096;
constexpr std::uint64_t first = ring_place::encode(1 * capacity, capacity);
constexpr std::uint64_t second = ring_place::encode(2 * capacity, capacity);

/// Two rings of one lane. It moves from the first to the second just when somebody has mapped the first, if it is to.
class two_rings final : public samepage::ring::ring_source {
public:
    explicit two_rings(private_lane& lane) : lane_(&lane) { lane.words().ring.store(first); }

    samepage::ring::mapped_ring map(unsigned, std::uint64_t ring) noexcept override
    {
        ++maps;
        if (ring == second) {
            return {.bytes = other_.data(), .why = outcome::ok};
        }
        if (moves) {
            auto* const bytes = lane_->writable().ring;
            std::copy_n(bytes, other_.size(), other_.data());
            const std::uint64_t moved = frame::moved;
            std::memcpy(bytes + frame::first(frames.alignment), &moved, sizeof moved);
            lane_->words().ring.store(second);
        }
        return {.bytes = lane_->readable().ring, .why = outcome::ok};
    }
    void forget_old(unsigned) noexcept override {}

    bool moves = true;
    int maps = 0;

private:
    private_lane* lane_;
    alignas(8) std::array<std::byte, 2 * capacity> other_{};
};

struct framed {
    static constexpr auto geometry = frames;
    using writer = framed_writer;
    using reader = samepage::ring::framed_reader<hardware>;

    static constexpr int maps = 2; // it comes to the header that says 'moved'
    static bool put_one(writer& to) { return put(to, 100, 7); }
    static auto look(reader& from) { return from.look(10); }
};
struct dense {
    static constexpr auto geometry = eights;
    using writer = dense_writer;
    using reader = samepage::ring::dense_reader<hardware>;

    static constexpr int maps = 1; // all that there is lies in both
    static bool put_one(writer& to) { return put(to, 7); }
    static auto look(reader& from) { return from.look(10, 8); }
};
using kinds = boost::mpl::list<dense, framed>;

/// A reader that has not looked at the lane yet.
template <class Kind>
struct newcomer : Kind::reader {
    newcomer(private_lane& lane, two_rings& rings, demand wants) : Kind::reader(unknown(lane), 0, wants, 7, &rings) {}

private:
    static samepage::ring::lane<hardware, false> unknown(private_lane& lane)
    {
        static constexpr auto moved_away = [] {
            std::array<std::uint64_t, capacity / sizeof(std::uint64_t)> headers{};
            headers.fill(frame::moved);
            return headers;
        }();
        auto at = lane.readable();
        at.ring = reinterpret_cast<const std::byte*>(moved_away.data());
        at.ring_word = ring_place::unknown;
        return at;
    }
};

template <class Kind>
void join(newcomer<Kind>& from)
{
    from.prepare();
    samepage::ring::announce(*from.where().control, 0);
    BOOST_REQUIRE(from.settle());
}

} // namespace

BOOST_AUTO_TEST_SUITE(first_look)

BOOST_AUTO_TEST_CASE_TEMPLATE(the_ring_is_mapped_when_there_is_something_to_see, Kind, kinds)
{
    for (const auto wants : {demand::lossless, demand::lossy}) {
        private_lane lane{Kind::geometry};
        two_rings rings{lane};
        rings.moves = false;
        started<typename Kind::writer> writer{lane};
        newcomer<Kind> from{lane, rings, wants};
        join(from);
        BOOST_TEST(rings.maps == 0);
        BOOST_REQUIRE(Kind::put_one(writer));
        const auto found = Kind::look(from);
        BOOST_TEST((found.why == outcome::ok));
        BOOST_TEST(found.count == 1U);
        BOOST_TEST(rings.maps == 1);
        BOOST_TEST(from.at(found.begin) == lane.readable().at(found.begin));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_lane_that_moves_at_the_first_look_is_followed_and_not_taken_for_damaged, Kind, kinds)
{
    for (const auto wants : {demand::lossless, demand::lossy}) {
        private_lane lane{Kind::geometry};
        two_rings rings{lane};
        started<typename Kind::writer> writer{lane};
        newcomer<Kind> from{lane, rings, wants};
        join(from);
        for (int i = 0; i != 3; ++i) {
            BOOST_REQUIRE(Kind::put_one(writer));
        }
        std::uint64_t count = 0;
        for (auto found = Kind::look(from); found.count != 0; found = Kind::look(from)) {
            BOOST_TEST((found.why == outcome::ok));
            BOOST_TEST(found.number == count);
            count += found.count;
            from.release(found);
        }
        BOOST_TEST(count == 3U);
        BOOST_TEST(rings.maps == Kind::maps);
    }
}

BOOST_AUTO_TEST_SUITE_END()
