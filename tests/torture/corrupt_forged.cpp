// SPDX-License-Identifier: BSL-1.0
// corrupt_forged.cpp: headers forged whole, with checksums, sizes and files that fit: refused in words, or well.
#include "support/scratch.hpp"
#include "torture/corrupt_resting.hpp"
#include "torture/risked.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace torture::damage {
namespace {

using ring::control_header;
using ring::data_header;

/// A number as a field might hold it that was written by somebody mad.
std::uint64_t odd_number(support::random_numbers& random, std::uint64_t right)
{
    switch (random.below(8)) {
    case 0: return random();
    case 1: return right + random.below(17) - 8;
    case 2: return right ^ std::uint64_t{1} << random.below(64);
    case 3: return std::uint64_t{1} << random.below(64);
    case 4: return ~std::uint64_t{0} - random.below(9);
    case 5: return 0;
    case 6: return right * (1 + random.below(9));
    default: return random.below(70);
    }
}

/// Changes fields of both headers; half the time so that they agree with each other and with the files.
void forge(support::random_numbers& random, bytes& data, bytes& control)
{
    auto header = header_of<data_header>(data);
    auto beside = header_of<control_header>(control);
    for (auto changes = 1 + random.below(3); changes != 0; --changes) {
        switch (random.below(9)) {
        case 0: header.record_bytes = odd_number(random, header.record_bytes); break;
        case 1: header.alignment = odd_number(random, header.alignment); break;
        case 2: header.capacity_bytes = odd_number(random, header.capacity_bytes); break;
        case 3: header.lane_offset = odd_number(random, header.lane_offset); break;
        case 4: header.kind = static_cast<std::uint32_t>(odd_number(random, header.kind)); break;
        case 5: header.lane_count = static_cast<std::uint32_t>(odd_number(random, header.lane_count)); break;
        case 6: header.page_bytes = static_cast<std::uint32_t>(odd_number(random, header.page_bytes)); break;
        case 7: header.slot_count = static_cast<std::uint32_t>(odd_number(random, header.slot_count)); break;
        default: header.max_holds = static_cast<std::uint32_t>(odd_number(random, header.max_holds)); break;
        }
    }
    if (random.below(4) != 0) {
        header.lane_offset = (sizeof header + header.type_bytes + header.page_bytes - 1) /
                             std::max<std::uint64_t>(header.page_bytes, 1) * header.page_bytes;
        header.file_bytes = header.lane_offset + (1 + std::uint64_t{header.lane_count}) * header.page_bytes +
                            header.lane_count * header.capacity_bytes;
        beside.lane_count = header.lane_count;
        beside.slot_count = header.slot_count;
        beside.max_holds = header.max_holds;
        const std::uint64_t cell = (16 + std::uint64_t{header.max_holds} * 16 + 127) / 128 * 128;
        const std::uint64_t cells = cell * header.slot_count * header.lane_count;
        const std::uint64_t saved =
            ring::saved_bytes<samepage::hardware_atomics>(header.lane_count) * header.slot_count;
        const std::uint64_t words = sizeof(ring::control_words<samepage::hardware_atomics>) + cells + saved;
        beside.file_bytes = header.page_bytes + (words + header.page_bytes - 1) /
                                                    std::max<std::uint64_t>(header.page_bytes, 1) * header.page_bytes;
    } else {
        header.file_bytes = odd_number(random, header.file_bytes);
        beside.file_bytes = odd_number(random, beside.file_bytes);
    }
    std::memcpy(data.data(), &header, sizeof header);
    std::memcpy(control.data(), &beside, sizeof beside);
    repair_data(data);
    repair_control(control);
}

/// Gives the file the size that its header claims, without pages; a size nobody can have stays as it is.
void stretch(const std::filesystem::path& path, std::uint64_t claimed)
{
    constexpr std::uint64_t most = std::uint64_t{1} << 46U;
    if (claimed <= most) {
        std::filesystem::resize_file(path, claimed);
    }
}

void forge_one(support::random_numbers& random, const resting& channel, logbook& book, std::string_view doing)
{
    bytes data(channel.data.begin(), channel.data.begin() + first_page);
    bytes control(channel.control.begin(), channel.control.begin() + first_page);
    forge(random, data, control);
    overwrite(channel.at.data(), data, data.size());
    overwrite(channel.at.control(), control, control.size());
    const auto header = header_of<data_header>(data);
    stretch(channel.at.data(), header.file_bytes);
    stretch(channel.at.control(), header_of<control_header>(control).file_bytes);
    book.begin(doing);
    ++book.counts[forged];
    const auto see = [&](const std::optional<samepage::error>& fault) {
        if (!fault) {
            ++book.counts[let_in];
        } else if (fault->parts().expected.empty() || fault->parts().found.empty() || fault->parts().remedy.empty()) {
            ++book.counts[messages_wrong];
            fmt::print("  {}: lacks what was expected, what was found or what to do: {}\n", doing, fault->what());
        }
    };
    see(consume(channel.at, ring::demand::lossless));
    see(consume(channel.at, ring::demand::lossy));
    if (header.capacity_bytes <= std::uint64_t{1} << 22U) { // else it would be reserved, all of it
        see(produce(channel.at));
    }
    std::filesystem::resize_file(channel.at.data(), channel.data.size());
    overwrite(channel.at.data(), channel.data, channel.data.size());
    std::filesystem::resize_file(channel.at.control(), channel.control.size());
    overwrite(channel.at.control(), channel.control, channel.control.size());
}

} // namespace

void forge_headers(const settings& how, report& to)
{
    const std::uint64_t wanted = how.amount(1'000'000, 2'000);
    const shared_logbook book;
    const support::scratch_directory place;
    std::uint64_t crashes = 0;
    std::uint64_t hangs = 0;
    std::uint64_t next = 0;
    while (next < wanted && crashes + hangs < 5) {
        const auto end = risk(*book, patience(), [&] {
            const resting kinds[] = {resting{true, place.path()}, resting{false, place.path()}};
            for (auto i = next; i < wanted; ++i) {
                book->counts[15] = i;
                support::random_numbers random{support::scatter(how.seed ^ support::scatter(i))};
                forge_one(random, kinds[i % 2], *book, fmt::format("forged headers {} of seed {}", i, how.seed));
            }
            std::fflush(nullptr);
        });
        next = end.how == fate::well ? wanted : book->counts[15] + 1;
        if (end.how != fate::well) {
            to.fail(fmt::format("{}: {}", in_words(end), book->tell()));
            crashes += end.how == fate::crashed ? 1 : 0;
            hangs += end.how == fate::hung ? 1 : 0;
        }
    }
    to.add({"corrupt: headers forged, checksums right", "", static_cast<double>(book->counts[forged])});
    to.add({"corrupt: attached to forged headers", "", static_cast<double>(book->counts[let_in])});
    to.add({"corrupt: forged headers that crashed", "", static_cast<double>(crashes), relation::equal, 0});
    to.add({"corrupt: forged headers that hung", "", static_cast<double>(hangs), relation::equal, 0});
}

} // namespace torture::damage
