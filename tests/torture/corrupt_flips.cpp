// SPDX-License-Identifier: BSL-1.0
// corrupt_flips.cpp: each bit of the headers flipped: refused in words that name the place.
#include "support/records.hpp"
#include "support/scratch.hpp"
#include "torture/corrupt_resting.hpp"
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
    {SAMEPAGE_FIELD(data_header, slot_count), only_damaged, "consumer slots|numbers of producers, consumers"},
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
    {SAMEPAGE_FIELD(control_header, slot_count), only_damaged, "numbers of producers, consumers and holds"},
    {SAMEPAGE_FIELD(control_header, lane_count), only_damaged, "numbers of producers, consumers and holds"},
    {SAMEPAGE_FIELD(control_header, max_holds), only_damaged, "numbers of producers, consumers and holds"},
};
#undef SAMEPAGE_FIELD

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

} // namespace torture::damage
