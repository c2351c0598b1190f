// SPDX-License-Identifier: BSL-1.0
// damaged_files_test.cpp: files that were a channel's once, or another release's: refused, never a crash.
#include "support/pages.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/crc.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

using samepage::errc;
using samepage::ring::control_header;
using samepage::ring::data_header;
using support::refusal;
using support::says;

namespace {

namespace fs = std::filesystem;

std::vector<char> content(const fs::path& path)
{
    std::ifstream from(path, std::ios::binary);
    return {std::istreambuf_iterator<char>{from}, {}};
}

/// A channel of ticks that nobody uses now, and its bytes.
struct resting_channel {
    support::scratch_channel name;
    std::vector<char> data;
    std::vector<char> control;

    resting_channel()
    {
        samepage::producer<support::tick> made{name.name(), {.capacity_bytes = 8192}};
        for (std::uint64_t i = 0; i < 10; ++i) {
            auto slot = made.loan();
            *slot = support::tick_of(i);
            slot.publish();
        }
        made.close();
        data = content(name.data());
        control = content(name.control());
    }

    void restore() const
    {
        fs::resize_file(name.data(), data.size());
        support::overwrite(name.data(), 0, data.data(), data.size());
        fs::resize_file(name.control(), control.size());
        support::overwrite(name.control(), 0, control.data(), control.size());
    }

    [[nodiscard]] data_header header() const { return support::read_data_header(name.data()); }

    void consume() const { samepage::consumer<support::tick>{name.name()}; }
    void produce() const { samepage::producer<support::tick>{name.name()}; }
};

/// The code with which `attempt` is refused; errc{} if it is not.
template <class Attempt>
errc code_of(Attempt&& attempt)
{
    try {
        attempt();
    } catch (const samepage::error& fault) {
        return static_cast<errc>(fault.code().value());
    }
    return errc{};
}

std::uint32_t checksum(data_header header, const std::string& format)
{
    header.checksum = 0;
    boost::crc_32_type crc;
    crc.process_bytes(&header, sizeof header);
    crc.process_bytes(format.data(), format.size());
    return crc.checksum();
}

std::uint32_t checksum(control_header header)
{
    header.checksum = 0;
    boost::crc_32_type crc;
    crc.process_bytes(&header, sizeof header);
    return crc.checksum();
}

template <class T>
T swapped(T value)
{
    auto* const bytes = reinterpret_cast<std::byte*>(&value);
    std::reverse(bytes, bytes + sizeof value);
    return value;
}

} // namespace

BOOST_AUTO_TEST_SUITE(damaged_files)

BOOST_AUTO_TEST_CASE(the_undamaged_channel_is_taken)
{
    const resting_channel channel;
    channel.consume();
    channel.produce();
}

BOOST_AUTO_TEST_CASE(a_data_file_cut_anywhere_is_refused)
{
    const resting_channel channel;
    const auto header = channel.header();
    const std::set<std::uint64_t> cuts{0,
                                       1,
                                       8,
                                       sizeof header - 1,
                                       sizeof header,
                                       sizeof header + 1,
                                       sizeof header + header.type_bytes,
                                       header.lane_offset - 1,
                                       header.lane_offset,
                                       header.lane_offset + 1,
                                       header.lane_offset + header.page_bytes,
                                       header.lane_offset + header.page_bytes + header.capacity_bytes / 2,
                                       header.file_bytes - 4096,
                                       header.file_bytes - 1};
    for (const auto bytes : cuts) {
        BOOST_TEST_CONTEXT("cut to " << bytes << " bytes")
        {
            fs::resize_file(channel.name.data(), bytes);
            const auto code = bytes < sizeof header ? errc::not_a_channel : errc::corrupt;
            const auto fault = refusal(code, [&] { channel.consume(); });
            BOOST_TEST(says(fault, channel.name.data().string()));
            refusal(code, [&] { channel.produce(); });
            channel.restore();
        }
    }
}

BOOST_AUTO_TEST_CASE(a_control_file_cut_anywhere_is_refused)
{
    const resting_channel channel;
    const auto header = support::read_control_header(channel.name.control());
    for (const std::uint64_t bytes :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{sizeof header - 1}, std::uint64_t{sizeof header},
          std::uint64_t{4096}, std::uint64_t{4097}, header.file_bytes - 4096, header.file_bytes - 1}) {
        BOOST_TEST_CONTEXT("cut to " << bytes << " bytes")
        {
            fs::resize_file(channel.name.control(), bytes);
            const auto code = bytes < sizeof header ? errc::not_a_channel : errc::corrupt;
            const auto fault = refusal(code, [&] { channel.consume(); });
            BOOST_TEST(says(fault, channel.name.control().string()));
            refusal(code, [&] { channel.produce(); });
            channel.restore();
        }
    }
}

BOOST_AUTO_TEST_CASE(another_layout_version_is_refused_with_both_numbers)
{
    const resting_channel channel;
    auto header = channel.header();
    header.version = samepage::ring::layout_version + 1;
    header.checksum = checksum(header, samepage::format_of<support::tick>().data());
    support::overwrite(channel.name.data(), 0, &header, sizeof header);
    const auto fault = refusal(errc::wrong_version, [&] { channel.consume(); });
    BOOST_TEST(says(fault, "expected layout version " + std::to_string(samepage::ring::layout_version)));
    BOOST_TEST(says(fault, "found version " + std::to_string(samepage::ring::layout_version + 1)));
    refusal(errc::wrong_version, [&] { channel.produce(); });
}

BOOST_AUTO_TEST_CASE(another_layout_version_of_the_control_file_is_refused)
{
    const resting_channel channel;
    auto header = support::read_control_header(channel.name.control());
    header.version = samepage::ring::layout_version + 1;
    header.checksum = checksum(header);
    support::overwrite(channel.name.control(), 0, &header, sizeof header);
    refusal(errc::wrong_version, [&] { channel.consume(); });
    refusal(errc::wrong_version, [&] { channel.produce(); });
}

BOOST_AUTO_TEST_CASE(a_channel_of_a_machine_of_the_other_byte_order_is_refused_as_such)
{
    const resting_channel channel;
    auto header = channel.header();
    header.magic = swapped(header.magic);
    header.version = swapped(header.version);
    header.byte_order = swapped(header.byte_order);
    support::overwrite(channel.name.data(), 0, &header, sizeof header);
    const auto fault = refusal(errc::wrong_version, [&] { channel.consume(); });
    BOOST_TEST(says(fault, "byte order"));
    refusal(errc::wrong_version, [&] { channel.produce(); });
}

BOOST_AUTO_TEST_CASE(another_byte_order_mark_alone_is_refused)
{
    const resting_channel channel;
    auto header = channel.header();
    header.byte_order = swapped(header.byte_order);
    header.checksum = checksum(header, samepage::format_of<support::tick>().data());
    support::overwrite(channel.name.data(), 0, &header, sizeof header);
    refusal(errc::wrong_version, [&] { channel.consume(); });
    refusal(errc::wrong_version, [&] { channel.produce(); });
}

BOOST_AUTO_TEST_CASE(any_bit_of_the_data_header_or_format_flipped_is_refused)
{
    const resting_channel channel;
    const std::size_t bytes = sizeof(data_header) + channel.header().type_bytes;
    for (std::size_t bit = 0; bit < bytes * 8; ++bit) {
        const char flipped = static_cast<char>(channel.data[bit / 8] ^ (1 << bit % 8));
        support::overwrite(channel.name.data(), bit / 8, &flipped, 1);
        // The magic's eight bytes; version and byte order; the rest.
        const errc expected = bit < 64 ? errc::not_a_channel : bit < 128 ? errc::wrong_version : errc::corrupt;
        BOOST_TEST((code_of([&] { channel.consume(); }) == expected), "bit " << bit << ", consumer");
        BOOST_TEST((code_of([&] { channel.produce(); }) == expected), "bit " << bit << ", producer");
        support::overwrite(channel.name.data(), bit / 8, &channel.data[bit / 8], 1);
    }
    channel.consume();
}

BOOST_AUTO_TEST_CASE(any_bit_of_the_control_header_flipped_is_refused)
{
    const resting_channel channel;
    for (std::size_t bit = 0; bit < sizeof(control_header) * 8; ++bit) {
        const char flipped = static_cast<char>(channel.control[bit / 8] ^ (1 << bit % 8));
        support::overwrite(channel.name.control(), bit / 8, &flipped, 1);
        const errc expected = bit < 64 ? errc::not_a_channel : bit < 128 ? errc::wrong_version : errc::corrupt;
        BOOST_TEST((code_of([&] { channel.consume(); }) == expected), "bit " << bit << ", consumer");
        BOOST_TEST((code_of([&] { channel.produce(); }) == expected), "bit " << bit << ", producer");
        support::overwrite(channel.name.control(), bit / 8, &channel.control[bit / 8], 1);
    }
    channel.consume();
}

BOOST_AUTO_TEST_CASE(a_forged_header_whose_checksum_holds_is_refused_or_harmless)
{
    const resting_channel channel;
    const std::string format{samepage::format_of<support::tick>()};
    const std::uint64_t seed = support::new_seed("forged headers");
    support::random_numbers random{seed};
    const std::uint64_t values[] = {0,           1,           2,           3,           7,         8,
                                    24,          48,          64,          100,         4095,      4096,
                                    8192,        12288,       16384,       1U << 20U,   1U << 31U, 0xffff'ffffU,
                                    1ULL << 32U, 1ULL << 40U, 1ULL << 41U, 1ULL << 63U, ~0ULL - 7, ~0ULL};
    std::set<errc> met;
    for (int round = 0; round < 3000; ++round) {
        auto header = channel.header();
        const auto forge = [&](auto& field) {
            field = static_cast<std::remove_reference_t<decltype(field)>>(values[random.below(std::size(values))]);
        };
        for (auto changes = 1 + random.below(3); changes != 0; --changes) {
            switch (random.below(10)) {
            case 0: forge(header.file_bytes); break;
            case 1: forge(header.record_bytes); break;
            case 2: forge(header.alignment); break;
            case 3: forge(header.capacity_bytes); break;
            case 4: forge(header.lane_offset); break;
            case 5: header.kind = static_cast<std::uint32_t>(random.below(4)); break;
            case 6: forge(header.lane_count); break;
            case 7: forge(header.page_bytes); break;
            case 8: forge(header.slot_count); break;
            default: forge(header.type_bytes); break;
            }
        }
        header.checksum = checksum(header, format.substr(0, std::min<std::size_t>(header.type_bytes, format.size())));
        support::overwrite(channel.name.data(), 0, &header, sizeof header);
        met.insert(code_of([&] {
            samepage::consumer<support::tick> reader{channel.name.name(), {.from = samepage::start::oldest}};
            static_cast<void>(reader.try_take());
        }));
        met.insert(code_of([&] {
            samepage::producer<support::tick> writer{channel.name.name()};
            auto slot = writer.try_loan();
            if (slot) {
                *slot = support::tick_of(0);
                slot.publish();
            }
        }));
        met.insert(code_of([&] { samepage::bytes_consumer{channel.name.name()}; }));
        channel.restore();
    }
    met.erase(errc{});
    const std::set<errc> allowed{errc::corrupt, errc::wrong_type};
    BOOST_TEST(std::includes(allowed.begin(), allowed.end(), met.begin(), met.end()));
}

BOOST_AUTO_TEST_CASE(a_control_file_of_another_channel_is_refused)
{
    const resting_channel one;
    const resting_channel other;
    fs::copy_file(other.name.control(), one.name.control(), fs::copy_options::overwrite_existing);
    const auto fault = refusal(errc::corrupt, [&] { one.consume(); });
    BOOST_TEST(says(fault, one.name.control().string()));
    refusal(errc::corrupt, [&] { one.produce(); });
}

BOOST_AUTO_TEST_CASE(a_damaged_channel_can_be_removed_and_made_anew)
{
    const resting_channel channel;
    fs::resize_file(channel.name.data(), 50);
    fs::resize_file(channel.name.control(), 50);
    refusal(errc::not_a_channel, [&] { channel.consume(); });
    BOOST_TEST(samepage::remove_channel(channel.name.name()));
    channel.produce();
    channel.consume();
}

BOOST_AUTO_TEST_SUITE_END()
