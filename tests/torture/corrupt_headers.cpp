// SPDX-License-Identifier: BSL-1.0
// corrupt_headers.cpp: each bit of the headers flipped, and headers forged whole: refused in words that name the place.
#include "support/records.hpp"
#include "support/scratch.hpp"
#include "torture/corrupt.hpp"
#include "torture/risked.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include <unistd.h>

namespace torture::damage {
namespace {

namespace ring = samepage::ring;
using ring::control_header;
using ring::data_header;
using samepage::errc;

/// What the refusal must say if one bit of a field was flipped and the checksum put right.
struct field {
    const char* name;
    std::size_t offset;
    std::size_t bytes;
    std::array<errc, 3> codes; ///< any of them
    const char* words;         ///< any of them, apart by '|'; empty: it may be let in
    bool slow = false;         ///< attaching tries for a while before it gives up
};

constexpr errc damaged = errc::corrupt;
constexpr std::array only_damaged{damaged, damaged, damaged};
constexpr std::array damaged_or_type{damaged, errc::wrong_type, damaged};
constexpr std::array foreign{errc::not_a_channel, errc::not_a_channel, errc::not_a_channel};
constexpr std::array version{errc::wrong_version, errc::wrong_version, errc::wrong_version};

#define SAMEPAGE_FIELD(header, member) #member, offsetof(header, member), sizeof(header::member)

constexpr field data_fields[] = {
    {SAMEPAGE_FIELD(data_header, magic), foreign, "first bytes"},
    {SAMEPAGE_FIELD(data_header, version), version, "layout version"},
    {SAMEPAGE_FIELD(data_header, byte_order), version, "byte order"},
    {SAMEPAGE_FIELD(data_header, channel_id), only_damaged, "belongs to", true},
    {SAMEPAGE_FIELD(data_header, created_ns), only_damaged, ""},
    {SAMEPAGE_FIELD(data_header, file_bytes), only_damaged, "a file that ends with its last lane"},
    {SAMEPAGE_FIELD(data_header, record_bytes), damaged_or_type, "record size|no fixed size|records of"},
    {SAMEPAGE_FIELD(data_header, alignment), damaged_or_type, "alignment|aligned"},
    {SAMEPAGE_FIELD(data_header, capacity_bytes), only_damaged, "capacity|last lane|16 GiB"},
    {SAMEPAGE_FIELD(data_header, lane_offset), only_damaged, "lanes right behind the type description"},
    {SAMEPAGE_FIELD(data_header, kind), only_damaged, "kind of record"},
    {SAMEPAGE_FIELD(data_header, lane_count), only_damaged, "lanes|last lane"},
    {SAMEPAGE_FIELD(data_header, page_bytes), only_damaged, "pages of"},
    {SAMEPAGE_FIELD(data_header, max_consumers), only_damaged, "consumer slots|numbers of producers, consumers"},
    {SAMEPAGE_FIELD(data_header, max_holds), only_damaged, "holds"},
    {SAMEPAGE_FIELD(data_header, lossless), {damaged, errc::invalid_argument, damaged}, "lossless|lossy"},
    {SAMEPAGE_FIELD(data_header, type_bytes), damaged_or_type, "type description|format|checksum"},
};
constexpr field control_fields[] = {
    {SAMEPAGE_FIELD(control_header, magic), foreign, "first bytes"},
    {SAMEPAGE_FIELD(control_header, version), version, "layout version"},
    {SAMEPAGE_FIELD(control_header, byte_order), version, "byte order"},
    {SAMEPAGE_FIELD(control_header, channel_id), only_damaged, "belongs to", true},
    {SAMEPAGE_FIELD(control_header, file_bytes), only_damaged, "numbers of producers, consumers and holds"},
    {SAMEPAGE_FIELD(control_header, max_consumers), only_damaged, "numbers of producers, consumers and holds"},
    {SAMEPAGE_FIELD(control_header, lane_count), only_damaged, "numbers of producers, consumers and holds"},
    {SAMEPAGE_FIELD(control_header, max_holds), only_damaged, "numbers of producers, consumers and holds"},
};
#undef SAMEPAGE_FIELD

constexpr std::size_t first_page = 4096; ///< header and description lie in it

/// The type description, behind the header: part of the type that is compared.
constexpr field description{"type description", 0, 0, {errc::wrong_type, damaged, damaged}, "format"};

/// Before a checksum is put right, it is what speaks, but for what is looked at before it.
constexpr const char* checksum_words = "checksum|type description";

bool says_any(std::string_view text, std::string_view words)
{
    for (;;) {
        const auto end = words.find('|');
        if (text.find(words.substr(0, end)) != std::string_view::npos) {
            return true;
        }
        if (end == std::string_view::npos) {
            return false;
        }
        words.remove_prefix(end + 1);
    }
}

/// A channel at rest, of dense or framed records.
struct resting {
    files at;
    bytes data;
    bytes control;

    /// In a directory of the parent's, which outlives a crash.
    resting(bool dense, const std::filesystem::path& place) : at{place, dense ? "dense" : "framed"}
    {
        std::filesystem::remove(at.data());
        std::filesystem::remove(at.control());
        const samepage::channel_options options{
            .capacity_bytes = 8192, .max_producers = 2, .max_consumers = 3, .max_held = 2, .directory = place};
        if (dense) {
            samepage::producer<support::tick> made{at.name, options};
            for (std::uint64_t i = 0; i < 500; ++i) {
                auto slot = made.loan();
                *slot = support::tick_of(i);
                slot.publish();
            }
        } else {
            samepage::bytes_producer made{at.name, options};
            for (std::uint64_t i = 0; i < 500; ++i) {
                auto slot = made.loan(support::bytes_of(i, 400));
                support::fill(slot.bytes(), i);
                slot.publish();
            }
        }
        data = content(at.data());
        control = content(at.control());
    }
};

/// What a refusal says wrongly; empty if it is right.
std::string judge(const field& of, bool repaired, const files& at, bool in_data, const samepage::error& fault,
                  bool checked_first)
{
    const std::string_view what = fault.what();
    const auto& path = in_data ? at.data() : at.control();
    const bool named = what.find(path.string()) != std::string_view::npos ||
                       (fault.code() == errc::wrong_type || fault.code() == errc::invalid_argument) ||
                       (in_data && what.find(at.control().string()) != std::string_view::npos);
    if (!named) {
        return "does not name the file";
    }
    if (fault.parts().expected.empty() || fault.parts().found.empty() || fault.parts().remedy.empty()) {
        return "lacks what was expected, what was found or what to do";
    }
    if (!repaired && !checked_first) {
        return fault.code() == errc::corrupt && says_any(what, checksum_words) ? "" : "does not name the checksum";
    }
    for (const errc code : of.codes) {
        if (fault.code() == code) {
            return says_any(what, of.words) ? "" : "names something else";
        }
    }
    return "has another code";
}

/// Counters in the logbook.
enum : std::size_t { data_bits, control_bits, attempts, let_in, messages_wrong, forged };

class flipping {
public:
    flipping(const resting& channel, logbook& book, const char* kind, bool ci)
        : channel_(channel), book_(book), kind_(kind), ci_(ci)
    {
    }

    void all()
    {
        for (const auto& each : data_fields) {
            flip(each, true);
        }
        for (const auto& each : control_fields) {
            flip(each, false);
        }
        field behind = description;
        behind.offset = sizeof(data_header);
        behind.bytes = header_of<data_header>(channel_.data).type_bytes;
        flip(behind, true);
        flip({"checksum", offsetof(data_header, checksum), 4, only_damaged, "checksum"}, true);
        flip({"checksum", offsetof(control_header, checksum), 4, only_damaged, "checksum"}, false);
    }

private:
    void flip(const field& of, bool in_data)
    {
        for (std::size_t bit = 0; bit < 8 * of.bytes; ++bit) {
            ++book_.counts[in_data ? data_bits : control_bits];
            try_bit(of, in_data, bit, false);
            const bool sampled = !of.slow || bit % (ci_ ? 64 : 8) == 0;
            if (sampled && std::string_view{of.name} != "checksum") {
                try_bit(of, in_data, bit, true);
            }
        }
    }

    void try_bit(const field& of, bool in_data, std::size_t bit, bool repaired)
    {
        const bytes& good = in_data ? channel_.data : channel_.control;
        bytes bad = good; // whole: a longer description reaches into what comes behind
        bad[of.offset + bit / 8] ^= std::byte{1} << bit % 8;
        if (repaired) {
            in_data ? repair_data(bad) : repair_control(bad);
        }
        const auto& path = in_data ? channel_.at.data() : channel_.at.control();
        overwrite(path, bad, first_page);
        const std::string doing =
            fmt::format("{} channel, {} header, {}, bit {}{}", kind_, in_data ? "data" : "control", of.name, bit,
                        repaired ? ", checksum put right" : "");
        book_.begin(doing);
        ++book_.counts[attempts];
        const bool checked_first =
            of.codes == foreign || of.codes == version; // magic, version and byte order come before the checksum
        const auto see = [&](const char* who, const std::optional<samepage::error>& fault) {
            if (!fault) {
                ++book_.counts[let_in];
                const bool allowed = repaired && (*of.words == '\0' || std::string_view{of.name} == "lossless");
                if (!allowed) {
                    wrong(doing, who, "it was let in");
                }
            } else if (const auto why = judge(of, repaired, channel_.at, in_data, *fault, checked_first);
                       !why.empty()) {
                wrong(doing, who, fmt::format("{}: {}", why, fault->what()));
            }
        };
        see("consumer", consume_typed());
        book_.beat();
        see("producer", produce_typed());
        overwrite(path, good, first_page);
    }

    // With the type that the channel had: what a program would do.
    [[nodiscard]] std::optional<samepage::error> consume_typed() const;
    [[nodiscard]] std::optional<samepage::error> produce_typed() const;

    void wrong(const std::string& doing, const char* who, const std::string& why)
    {
        if (book_.counts[messages_wrong]++ < 4) {
            fmt::print("  {}: {}: {}\n", doing, who, why);
        }
    }

    const resting& channel_;
    logbook& book_;
    const char* kind_;
    bool ci_;
};

template <class Attempt>
std::optional<samepage::error> refusal(Attempt&& attempt)
{
    try {
        attempt();
    } catch (const samepage::error& fault) {
        return fault;
    }
    return std::nullopt;
}

std::optional<samepage::error> flipping::consume_typed() const
{
    const samepage::consumer_options options{.directory = channel_.at.directory};
    return refusal([&] {
        std::string_view{kind_} == "dense"
            ? static_cast<void>(samepage::consumer<support::tick>{channel_.at.name, options})
            : static_cast<void>(samepage::bytes_consumer{channel_.at.name, options});
    });
}

std::optional<samepage::error> flipping::produce_typed() const
{
    const samepage::channel_options options{.directory = channel_.at.directory};
    return refusal([&] {
        std::string_view{kind_} == "dense"
            ? static_cast<void>(samepage::producer<support::tick>{channel_.at.name, options})
            : static_cast<void>(samepage::bytes_producer{channel_.at.name, options});
    });
}

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
        case 7: header.max_consumers = static_cast<std::uint32_t>(odd_number(random, header.max_consumers)); break;
        default: header.max_holds = static_cast<std::uint32_t>(odd_number(random, header.max_holds)); break;
        }
    }
    if (random.below(4) != 0) {
        header.lane_offset = (sizeof header + header.type_bytes + header.page_bytes - 1) /
                             std::max<std::uint64_t>(header.page_bytes, 1) * header.page_bytes;
        header.file_bytes = header.lane_offset + (1 + std::uint64_t{header.lane_count}) * header.page_bytes +
                            header.lane_count * header.capacity_bytes;
        beside.lane_count = header.lane_count;
        beside.max_consumers = header.max_consumers;
        beside.max_holds = header.max_holds;
        const std::uint64_t cell = (16 + std::uint64_t{header.max_holds} * 16 + 127) / 128 * 128;
        const std::uint64_t cells = cell * header.max_consumers * header.lane_count;
        const std::uint64_t words = sizeof(ring::control_words<samepage::hardware_atomics>) + cells;
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

void flip_headers(const settings& how, report& to)
{
    std::uint64_t bits_of_data = 0;
    std::uint64_t bits_of_control = 0;
    std::uint64_t crashes = 0;
    std::uint64_t hangs = 0;
    std::uint64_t wrong = 0;
    for (const bool dense : {true, false}) {
        const shared_logbook book;
        const support::scratch_directory place;
        // Attaching to a control file of another channel is tried two hundred times: long on a machine that is busy.
        const auto end = risk(*book, 12 * patience(), [&] {
            const resting channel(dense, place.path());
            flipping{channel, *book, dense ? "dense" : "framed", how.ci}.all();
            std::fflush(nullptr);
        });
        if (end.how != fate::well) {
            to.fail(fmt::format("{}: {}", in_words(end), book->tell()));
        }
        crashes += end.how == fate::crashed ? 1 : 0;
        hangs += end.how == fate::hung ? 1 : 0;
        bits_of_data += book->counts[data_bits];
        bits_of_control += book->counts[control_bits];
        wrong += book->counts[messages_wrong];
    }
    to.add({"corrupt: bits of data headers flipped", "", static_cast<double>(bits_of_data)});
    to.add({"corrupt: bits of control headers flipped", "", static_cast<double>(bits_of_control)});
    to.add({"corrupt: flips let in or misnamed", "", static_cast<double>(wrong), relation::equal, 0});
    to.add({"corrupt: flips that crashed", "", static_cast<double>(crashes), relation::equal, 0});
    to.add({"corrupt: flips that hung", "", static_cast<double>(hangs), relation::equal, 0});
}

void forge_headers(const settings& how, report& to)
{
    const std::uint64_t wanted = how.amount(100'000, 2'000);
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
