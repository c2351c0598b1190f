// SPDX-License-Identifier: BSL-1.0
// corrupt_page_test.cpp: whatever a page holds, reading it ends: with records inside the ring, or with `corrupt`.
#include "process/peers.hpp"
#include "support/refusal.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <vector>

using process::dense;
using process::framed;
using samepage::errc;
using samepage::outcome;
using samepage::start;

namespace {

constexpr std::size_t ring_bytes = 4096;

/// A closed channel with some laps behind it, whose pages anybody may write to.
template <class Kind>
struct written_channel {
    support::scratch_channel name;
    samepage::channel_info info;

    written_channel()
    {
        typename Kind::producer from{name.name(), {.capacity_bytes = ring_bytes}};
        info = from.info();
        for (std::uint64_t number = 0; number < 500; ++number) {
            process::publish<Kind>(from, number);
        }
    }

    void put(std::uint64_t offset, std::uint64_t word) const
    {
        support::overwrite(name.data(), offset, &word, sizeof word);
    }
    [[nodiscard]] std::uint64_t ring_offset() const { return info.ring_offset_bytes; }
};

/// A word as damage leaves it: something near to right, or anything.
std::uint64_t damaged(support::random_numbers& random, std::uint64_t right)
{
    switch (random.below(5)) {
    case 0: return random();
    case 1: return right + random.below(64) - 32;
    case 2: return right ^ std::uint64_t{1} << random.below(64);
    case 3: return random.below(2 * ring_bytes);
    default: return ~std::uint64_t{0} - random.below(64);
    }
}

/// Touches every byte that is handed out, and checks that it lies in the ring's two mappings.
template <class Batch>
std::uint64_t touch(const Batch& batch, const std::byte* ring)
{
    std::uint64_t sum = 0;
    const auto see = [&](const std::byte* data, std::size_t bytes) {
        BOOST_TEST_REQUIRE((data >= ring && data + bytes <= ring + 2 * ring_bytes));
        for (std::size_t i = 0; i < bytes; ++i) {
            sum += static_cast<std::uint64_t>(data[i]);
        }
    };
    if constexpr (requires { batch.records(); }) {
        see(reinterpret_cast<const std::byte*>(batch.data()), batch.records().size_bytes());
    } else {
        for (const auto record : batch) {
            see(record.data(), record.size());
        }
    }
    return sum;
}

/// Attaches to the damaged channel and takes and lends what it can.
template <class Kind>
std::set<outcome> use(const support::scratch_channel& channel)
{
    std::set<outcome> met;
    for (const auto from : {start::oldest, start::newest}) {
        try {
            typename Kind::consumer to{channel.name(), {.from = from}};
            const auto* const ring = to.info().ring;
            for (int i = 0; i < 300; ++i) { // a page of garbage may be read on and on
                const auto batch = to.try_take(1 + static_cast<std::size_t>(i));
                met.insert(batch.why());
                if (!batch) {
                    break;
                }
                touch(batch, ring);
            }
        } catch (const samepage::error& fault) {
            BOOST_TEST_REQUIRE((fault.code() == errc::corrupt), fault.what());
        }
    }
    try {
        typename Kind::producer to{channel.name()};
        for (std::uint64_t number = 0; number < 300; ++number) {
            const auto slot = Kind::try_loan(to, number);
            met.insert(slot.why());
            if (!slot) {
                break;
            }
            Kind::write(slot, number);
        }
    } catch (const samepage::error& fault) {
        BOOST_TEST_REQUIRE((fault.code() == errc::corrupt), fault.what());
    }
    return met;
}

template <class Kind>
void damage_the_lanes_words()
{
    support::random_numbers random{support::new_seed("damaged words")};
    const written_channel<Kind> channel;
    const auto header = support::read_data_header(channel.name.data());
    using words = samepage::ring::lane_words<samepage::hardware_atomics>;
    std::vector<char> good(header.file_bytes);
    {
        const support::pages pages{channel.info};
        std::copy_n(reinterpret_cast<const char*>(&pages.lane()), sizeof(words), good.begin());
    }
    for (int round = 0; round < 1500; ++round) {
        std::vector<std::uint64_t> bad(sizeof(words) / sizeof(std::uint64_t));
        std::copy_n(good.begin(), sizeof(words), reinterpret_cast<char*>(bad.data()));
        for (auto changes = 1 + random.below(3); changes != 0; --changes) {
            // head, last; horizon; state, longest; gap count; marks; gaps
            const std::size_t places[] = {0, 1, 16, 32, 33, 48, 64 + random.below(16), 80 + random.below(8)};
            auto& word = bad[places[random.below(8)]];
            word = damaged(random, word);
        }
        support::overwrite(channel.name.data(), support::lane_words_offset(header), bad.data(), sizeof(words));
        use<Kind>(channel.name);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(corrupt_pages)

BOOST_AUTO_TEST_CASE_TEMPLATE(damaged_words_of_a_lane_end_in_records_of_the_ring_or_in_corrupt, Kind, process::kinds)
{
    damage_the_lanes_words<Kind>();
}

BOOST_AUTO_TEST_CASE(damaged_headers_of_framed_records_end_in_records_of_the_ring_or_in_corrupt)
{
    support::random_numbers random{support::new_seed("damaged headers")};
    std::set<outcome> met;
    for (int round = 0; round < 300; ++round) {
        const written_channel<framed> channel;
        for (auto changes = 1 + random.below(50); changes != 0; --changes) {
            channel.put(channel.ring_offset() + 8 * random.below(ring_bytes / 8), damaged(random, 100));
        }
        met.merge(use<framed>(channel.name));
    }
    BOOST_TEST(met.contains(outcome::corrupt));
}

BOOST_AUTO_TEST_CASE(a_ring_of_noise_ends_in_records_of_the_ring_or_in_corrupt)
{
    support::random_numbers random{support::new_seed("noise")};
    for (int round = 0; round < 100; ++round) {
        const written_channel<framed> channel;
        for (std::uint64_t offset = 0; offset < ring_bytes; offset += 8) {
            channel.put(channel.ring_offset() + offset, round % 2 == 0 ? random() : random.below(200));
        }
        use<framed>(channel.name);
    }
}

BOOST_AUTO_TEST_CASE(a_head_that_goes_back_is_corrupt)
{
    const written_channel<dense> channel;
    dense::producer from{channel.name.name()};
    dense::consumer to{channel.name.name()};
    const support::pages pages{channel.info};
    pages.lane().head -= sizeof(support::tick);
    BOOST_TEST((to.try_take().why() == outcome::corrupt));
    BOOST_TEST((to.take().why() == outcome::corrupt));
}

BOOST_AUTO_TEST_CASE(a_head_within_a_record_is_corrupt)
{
    const written_channel<dense> channel;
    dense::producer from{channel.name.name()};
    dense::consumer to{channel.name.name()};
    const support::pages pages{channel.info};
    pages.lane().head += 7;
    BOOST_TEST((to.take().why() == outcome::corrupt));
}

BOOST_AUTO_TEST_CASE(a_head_more_than_a_ring_ahead_is_corrupt)
{
    const written_channel<dense> channel;
    dense::producer from{channel.name.name()};
    dense::consumer to{channel.name.name()};
    const support::pages pages{channel.info};
    pages.lane().head += sizeof(support::tick) * (ring_bytes / sizeof(support::tick) + 1);
    BOOST_TEST((to.take().why() == outcome::corrupt));
}

BOOST_AUTO_TEST_CASE(a_framed_record_of_another_number_is_corrupt)
{
    const support::scratch_channel channel;
    samepage::bytes_producer from{channel.name()};
    samepage::bytes_consumer to{channel.name()};
    from.loan(100).publish();
    BOOST_TEST((to.take().why() == outcome::ok));
    from.loan(100).publish();
    const auto second = samepage::ring::frame::next(0, 100, 8); // the first lies at 0, aligned to 8
    const auto wrong = samepage::ring::frame::encode(7, 100);
    support::overwrite(channel.data(), to.info().ring_offset_bytes + second, &wrong, sizeof wrong);
    BOOST_TEST((to.take().why() == outcome::corrupt));
}

BOOST_AUTO_TEST_CASE(a_gap_that_leads_back_to_itself_is_corrupt)
{
    for (const auto wants : {samepage::demand::lossless, samepage::demand::lossy}) {
        const support::scratch_channel channel;
        samepage::bytes_producer from{channel.name(), {.capacity_bytes = ring_bytes}};
        samepage::bytes_consumer to{channel.name(), {.wants = wants}};
        const auto lap = samepage::ring::frame::encode_gap(ring_bytes);
        support::overwrite(channel.data(), to.info().ring_offset_bytes, &lap, sizeof lap);
        BOOST_TEST((to.try_take().why() == outcome::corrupt));
        BOOST_TEST((to.take().why() == outcome::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(joined_bits_without_a_slot_are_nobody)
{
    // A cell for each of them would lie beyond the control file.
    const support::scratch_channel channel;
    dense::producer from{channel.name(),
                         {.capacity_bytes = ring_bytes, .max_consumers = 1, .room_for_consumers = 1, .max_held = 63}};
    const support::pages pages{from.info()};
    pages.control().joined = ~std::uint64_t{1};
    BOOST_TEST(from.consumer_count() == 0U);
    for (std::uint64_t number = 0; number < 1000; ++number) {
        process::publish<dense>(from, number);
    }
    BOOST_TEST(from.next_number() == 1000U);
}

BOOST_AUTO_TEST_CASE(slots_kept_for_no_name_are_told_as_damage_and_those_for_no_group_are_free)
{
    const support::scratch_channel channel;
    dense::producer from{channel.name(), {.capacity_bytes = ring_bytes, .max_consumers = 2}};
    const support::pages pages{from.info()};
    pages.control().named = 3; // without names
    {
        const dense::consumer one{channel.name()};
        const dense::consumer two{channel.name()};
    }
    pages.control().consumers[0].name[0] = pages.control().consumers[1].name[0] = '/';
    support::refusal(errc::corrupt, [&] { dense::consumer{channel.name()}; });
    pages.control().named = 0;
    pages.control().grouped = 3; // as one leaves it that dies entering its group, or leaving it
    const dense::consumer one{channel.name()};
    const dense::consumer two{channel.name()};
    BOOST_TEST(pages.control().grouped == 0U);
}

BOOST_AUTO_TEST_CASE(a_successor_refuses_a_lane_whose_words_contradict_each_other)
{
    const written_channel<dense> channel;
    {
        const support::pages pages{channel.info};
        pages.lane().horizon = pages.lane().head + sizeof(support::tick);
    }
    support::refusal(errc::corrupt, [&] { dense::producer{channel.name.name()}; });
}

BOOST_AUTO_TEST_SUITE_END()
