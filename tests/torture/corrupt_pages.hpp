// SPDX-License-Identifier: BSL-1.0
// corrupt_pages.hpp: the words of a channel's pages by name, and what damage leaves in one.
// Thread safety: as the words'.
#pragma once

#include "support/records.hpp"
#include "torture/corrupt.hpp"

#include <samepage/ring/lane.hpp>

#include <boost/interprocess/file_mapping.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include <algorithm>
#include <atomic>
#include <vector>

namespace torture::damage {

namespace bip = boost::interprocess;
namespace ring = samepage::ring;
using support::random_numbers;

/// A channel's words by name, beside the library's back.
class all_words {
public:
    explicit all_words(const files& of)
        : data_(map(of.data())), control_(map(of.control())), header_(header_of<ring::data_header>(content(of.data())))
    {
        using lane = ring::lane_words<samepage::hardware_atomics>;
        using control = ring::control_words<samepage::hardware_atomics>;
        const auto page = header_.page_bytes;
        const auto add = [&](const char* what, const bip::mapped_region& in, std::uint64_t from,
                             std::uint64_t byte_count, unsigned weight) {
            for (unsigned i = 0; i < weight; ++i) {
                regions_.push_back({what, static_cast<std::byte*>(in.get_address()) + from, byte_count / 8});
            }
        };
        add("directory", data_, header_.lane_offset, 8, 1);
        for (unsigned index = 0; index < header_.lane_count; ++index) {
            const auto words = header_.lane_offset + (1 + index) * page;
            add("lane: head and last", data_, words + offsetof(lane, head), 16, 4);
            add("lane: horizon", data_, words + offsetof(lane, horizon), 8, 4);
            add("lane: state, pid, longest", data_, words + offsetof(lane, state), 16, 1);
            add("lane: gap count", data_, words + offsetof(lane, gap_count), 8, 1);
            add("lane: marks", data_, words + offsetof(lane, marks), sizeof lane::marks, 2);
            add("lane: gaps", data_, words + offsetof(lane, gaps), 256, 1);
            const auto first = header_.lane_offset + (1 + header_.lane_count) * page;
            if ((std::size_t{index} < 2)) { // the ones that producers take, whose pages are there
                add("ring", data_, first + index * header_.capacity_bytes, header_.capacity_bytes,
                    header_.kind == static_cast<std::uint32_t>(ring::record_kind::framed) ? 6 : 1);
            }
        }
        add("control: joined", control_, page, 8, 3);
        add("control: masks", control_, page, 3 * ring::writer_distance, 3);
        add("control: bells and slots", control_, page, sizeof(control), 1);
        add("control: cells", control_, page + sizeof(control),
            std::uint64_t{header_.slot_count} * header_.lane_count *
                ring::cell_bytes<samepage::hardware_atomics>(header_.max_holds),
            6);
        add("control: saved places and claims", control_,
            page + sizeof(control) +
                std::uint64_t{header_.slot_count} * header_.lane_count *
                    ring::cell_bytes<samepage::hardware_atomics>(header_.max_holds),
            header_.slot_count * ring::saved_bytes<samepage::hardware_atomics>(header_.lane_count), 2);
    }

    /// A word: what it belongs to, and which of its words.
    struct place {
        const char* what;
        std::uint64_t offset;
        std::atomic<std::uint64_t>* word;
    };
    [[nodiscard]] place any(random_numbers& random) const
    {
        const auto& in = regions_[random.below(regions_.size())];
        // The beginning is what most is at: the first cell, the record that comes next.
        const auto index = random.below(random.below(3) == 0 ? in.words : std::min<std::uint64_t>(in.words, 16));
        return {in.what, 8 * index, reinterpret_cast<std::atomic<std::uint64_t>*>(in.begin + 8 * index)};
    }
    [[nodiscard]] const ring::data_header& header() const noexcept { return header_; }

private:
    struct region {
        const char* what;
        std::byte* begin;
        std::uint64_t words;
    };
    static bip::mapped_region map(const std::filesystem::path& path)
    {
        return {bip::file_mapping(path.c_str(), bip::read_write), bip::read_write};
    }

    bip::mapped_region data_;
    bip::mapped_region control_;
    ring::data_header header_;
    std::vector<region> regions_;
};

/// A word as damage leaves it: near to right, one that means something elsewhere, or anything.
inline std::uint64_t damaged(random_numbers& random, std::uint64_t right, const all_words& of)
{
    const auto capacity = of.header().capacity_bytes;
    const auto unit = std::max<std::uint64_t>(of.header().record_bytes, of.header().alignment);
    switch (random.below(14)) {
    case 0: return random();
    case 1: return right + random.below(64) - 32;
    case 2: return right ^ std::uint64_t{1} << random.below(64);
    case 3: return random.below(2 * capacity);
    case 4: return ~std::uint64_t{0} - random.below(64);
    case 5: return 0;
    case 6: return right + unit * random.below(2 * capacity / unit);
    case 7: return right - unit * random.below(2 * capacity / unit);
    case 8: return ring::frame::encode_gap(8 * random.below(capacity / 8 + 2));
    case 9: return ring::frame::encode_gap(random.below(2) == 0 ? capacity : unit);
    case 10: return ring::frame::encode(right >> 32U, random.below(2 * capacity));
    case 11: return ring::held | (right + random.below(64) * unit);
    case 12: return ring::most_position - random.below(2) * unit * random.below(16);
    default: return of.any(random).word->load(std::memory_order_relaxed);
    }
}

} // namespace torture::damage
