// SPDX-License-Identifier: BSL-1.0
// header.cpp: what a header must say to be believed.
#include "ring/header.hpp"

#include <boost/crc.hpp>

#include <bit>
#include <chrono>
#include <cstring>
#include <span>

#include <sys/random.h>

namespace samepage::ring {
namespace {

constexpr std::uint64_t most_capacity_bytes = std::uint64_t{1} << 40U;
constexpr std::uint64_t most_alignment = 4096;

std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) noexcept
{
    return (value + unit - 1) / unit * unit;
}

std::string in_bytes(std::uint64_t count)
{
    return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

std::uint32_t checksum(data_header header, std::string_view description) noexcept
{
    header.checksum = 0;
    boost::crc_32_type crc;
    crc.process_bytes(&header, sizeof header);
    crc.process_bytes(description.data(), description.size());
    return crc.checksum();
}

/// The format alone, or the format, NULs up to a multiple of detail_alignment, at least one, and the detail.
std::string description_of(const record_type& type)
{
    std::string description{type.format};
    if (!type.detail.empty()) {
        description.resize(round_up(description.size() + 1, detail_alignment));
        description += type.detail;
    }
    return description;
}

std::uint32_t checksum(control_header header) noexcept
{
    header.checksum = 0;
    boost::crc_32_type crc;
    crc.process_bytes(&header, sizeof header);
    return crc.checksum();
}

void fill_random(const memory::channel_place& place, std::span<std::byte> bytes)
{
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        place.fail_call("getrandom", place.data, errno);
    }
}

template <class Header>
Header read_header(const memory::channel_place& place, const memory::file& from, const std::filesystem::path& path)
{
    Header header{};
    const auto bytes = memory::read_at(place, from, std::as_writable_bytes(std::span{&header, 1}), 0);
    if (bytes < sizeof header) {
        place.fail(errc::not_a_channel, in_bytes(sizeof header) + " of header in " + path.string(), in_bytes(bytes),
                   "the file is foreign or cut off: see whose it is, and remove it");
    }
    constexpr auto swapped = [] {
        std::uint64_t value = 0;
        for (unsigned i = 0; i < 8; ++i) {
            value |= (magic >> (8 * i) & 0xff) << (56 - 8 * i);
        }
        return value;
    }();
    if (header.magic == swapped || (header.magic == magic && header.byte_order != byte_order_mark)) {
        place.fail(errc::wrong_version, "this machine's byte order in " + path.string(), "another byte order",
                   "use the channel on a machine of its own kind, or remove it");
    }
    if (header.magic != magic) {
        place.fail(errc::not_a_channel, "a samepage channel in " + path.string(), "a file with other first bytes",
                   "the file is foreign: see whose it is, and remove it");
    }
    if (header.version != layout_version) {
        place.fail(errc::wrong_version, "layout version " + std::to_string(layout_version) + " in " + path.string(),
                   "version " + std::to_string(header.version),
                   "build all programs on the channel with one release of samepage, or remove the channel");
    }
    return header;
}

[[noreturn]] void fail_corrupt(const memory::channel_place& place, std::string expected, std::string found)
{
    place.fail(errc::corrupt, std::move(expected), std::move(found),
               "the file is damaged: remove the channel and let its producer create it anew");
}

/// The first rule of geometry that `header` breaks; empty if it keeps all.
std::string broken_rule(const data_header& header)
{
    const bool dense = header.kind == static_cast<std::uint32_t>(record_kind::dense);
    const bool framed = header.kind == static_cast<std::uint32_t>(record_kind::framed);
    if (!dense && !framed) {
        return "a known kind of record";
    }
    if (!std::has_single_bit(header.page_bytes) || header.page_bytes < most_alignment ||
        header.page_bytes % memory::page_bytes() != 0) {
        return "pages of a multiple of " + std::to_string(memory::page_bytes()) + " bytes";
    }
    if (!std::has_single_bit(header.alignment) || header.alignment > most_alignment) {
        return "an alignment that is a power of two up to 4096";
    }
    if (dense && (header.record_bytes == 0 || header.record_bytes % header.alignment != 0)) {
        return "a record size that fits its alignment";
    }
    if (framed && (header.record_bytes != 0 || header.alignment < frame::header_bytes)) {
        return "framed records of no fixed size, aligned to 8 at least";
    }
    if (dense && header.record_bytes > header.capacity_bytes && std::has_single_bit(header.capacity_bytes)) {
        return "a record size that fits its ring, of " + std::to_string(header.capacity_bytes) + " bytes";
    }
    if (!is_possible_capacity(header, header.capacity_bytes)) {
        return "a capacity that is a power of two, from a page to 1 TiB, of framed records to 16 GiB, and that fits a "
               "record";
    }
    if (header.lane_count == 0 || header.lane_count > most_lanes) {
        return "1 to 64 lanes";
    }
    if (header.max_holds == 0 || header.max_holds > most_holds) {
        return "1 to 63 holds";
    }
    if (header.lossless > static_cast<std::uint32_t>(lossless_for::group)) {
        return "a word that says which consumers may be lossless, 0 to 3";
    }
    if (header.slot_count == 0 || header.slot_count > most_consumers) {
        return "1 to 64 consumer slots";
    }
    if (header.type_bytes > most_type_bytes ||
        header.lane_offset != round_up(sizeof(data_header) + header.type_bytes, header.page_bytes)) {
        return "lanes right behind the type description";
    }
    if (header.file_bytes != ring_offset(header, header.lane_count)) {
        return "a file that ends with its last lane";
    }
    return {};
}

/// So many rings that nobody has taken yet may lie in a file: one of some TiB is more than file systems have.
unsigned lanes_that_fit(std::uint64_t capacity_bytes) noexcept
{
    constexpr std::uint64_t usual = 16;
    constexpr std::uint64_t most_bytes = std::uint64_t{1} << 42U;
    return static_cast<unsigned>(std::min(usual, most_bytes / capacity_bytes));
}

/// @param asked  0: as many as `usual`
unsigned room(unsigned asked, unsigned least, unsigned usual) noexcept
{
    return std::max(asked == 0 ? usual : asked, least);
}

/// The format and the detail of a description. False if it is not put together as description_of() does.
bool split(const std::string& description, described_type& into)
{
    const auto format_bytes = std::min(description.find('\0'), description.size());
    into.format = description.substr(0, format_bytes);
    if (format_bytes == description.size()) {
        return true;
    }
    const auto begin = round_up(format_bytes + 1, detail_alignment);
    const auto first = description.find_first_not_of('\0', format_bytes);
    if (begin >= description.size() || first < begin || first == std::string::npos) { // NULs alone are no detail
        return false;
    }
    into.detail = description.substr(begin);
    return true;
}

} // namespace

lane_geometry geometry_of(const data_header& header) noexcept
{
    return {.capacity_bytes = header.capacity_bytes,
            .alignment = header.alignment,
            .record_bytes = header.record_bytes,
            .lane_count = header.lane_count,
            .max_holds = header.max_holds,
            .slot_count = header.slot_count,
            .lossless = header.lossless != 0,
            .absence_ns = header.absence_ns};
}

std::uint64_t ring_offset(const data_header& header, unsigned lane) noexcept
{
    return header.lane_offset + (1 + std::uint64_t{header.lane_count}) * header.page_bytes +
           lane * header.capacity_bytes;
}

bool is_possible_capacity(const data_header& header, std::uint64_t capacity_bytes) noexcept
{
    if (!std::has_single_bit(capacity_bytes) || capacity_bytes < header.page_bytes ||
        capacity_bytes > most_capacity_bytes) {
        return false;
    }
    return header.kind == static_cast<std::uint32_t>(record_kind::dense)
               ? header.record_bytes <= capacity_bytes
               : 4 * header.alignment <= capacity_bytes && capacity_bytes <= most_framed_capacity_bytes;
}

std::uint64_t ring_capacity(const memory::channel_place& place, const data_header& header, std::uint64_t asked)
{
    const bool dense = header.kind == static_cast<std::uint32_t>(record_kind::dense);
    const std::uint64_t most = dense ? most_capacity_bytes : most_framed_capacity_bytes;
    if (asked == 0 || asked > most) {
        place.fail(errc::invalid_argument,
                   dense ? "capacity_bytes from 1 to 1 TiB" : "capacity_bytes from 1 to 16 GiB for records of any size",
                   std::to_string(asked), "correct the options");
    }
    // A dense ring holds at least eight records, so that the producer can run ahead of its consumers.
    const std::uint64_t least = dense ? 8 * header.record_bytes : 4 * header.alignment;
    return std::bit_ceil(std::max({asked, least, std::uint64_t{header.page_bytes}}));
}

std::uint64_t control_file_bytes(const data_header& header) noexcept
{
    return header.page_bytes + round_up(control_words_bytes(header), header.page_bytes);
}

std::uint64_t control_words_bytes(const data_header& header) noexcept
{
    return saved_offset(header) + header.slot_count * saved_bytes<hardware_atomics>(header.lane_count);
}

std::uint64_t saved_offset(const data_header& header) noexcept
{
    return sizeof(control_words<hardware_atomics>) +
           std::uint64_t{header.slot_count} * header.lane_count * cell_bytes<hardware_atomics>(header.max_holds);
}

new_headers make_headers(const memory::channel_place& place, const channel_options& options, const record_type& type,
                         std::size_t page_bytes)
{
    const bool dense = type.kind == record_kind::dense;
    const std::uint64_t page = std::max<std::uint64_t>(page_bytes, most_alignment);
    const auto refuse = [&](std::string expected, std::uint64_t found) {
        place.fail(errc::invalid_argument, std::move(expected), std::to_string(found), "correct channel_options");
    };
    if (options.max_producers == 0 || options.max_producers > most_lanes) {
        refuse("max_producers from 1 to 64", options.max_producers);
    }
    if (options.max_consumers == 0 || options.max_consumers > most_consumers) {
        refuse("max_consumers from 1 to 64", options.max_consumers);
    }
    if (options.room_for_producers > most_lanes) {
        refuse("room_for_producers up to 64", options.room_for_producers);
    }
    if (options.room_for_consumers > most_consumers) {
        refuse("room_for_consumers up to 64", options.room_for_consumers);
    }
    if (options.max_held == 0 || options.max_held > most_holds) {
        refuse("max_held from 1 to 63", options.max_held);
    }
    if (options.wait_for_absent.count() < 0) {
        place.fail(errc::invalid_argument, "wait_for_absent of 0 or more",
                   std::to_string(options.wait_for_absent.count()) + " ns", "correct channel_options");
    }
    if (!dense && (!std::has_single_bit(options.payload_alignment) || options.payload_alignment < 8 ||
                   options.payload_alignment > most_alignment)) {
        refuse("payload_alignment a power of two from 8 to 4096", options.payload_alignment);
    }
    if (dense && (type.alignment > most_alignment || type.record_bytes == 0)) {
        refuse("records aligned to at most 4096 bytes", type.alignment);
    }
    if (type.format.find('\0') != std::string_view::npos) {
        place.fail(errc::invalid_argument, "a format without NUL", "one with a NUL in it", "correct the format");
    }
    new_headers made{.data = {}, .control = {}, .description = description_of(type)};
    if (made.description.size() > most_type_bytes) {
        place.fail(errc::invalid_argument, "a type description of at most 1 MiB", in_bytes(made.description.size()),
                   "describe the type in fewer words");
    }
    data_header& data = made.data;
    data.magic = magic;
    data.version = layout_version;
    data.byte_order = byte_order_mark;
    fill_random(place, std::as_writable_bytes(std::span{data.channel_id}));
    data.created_ns = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
    data.record_bytes = dense ? type.record_bytes : 0;
    data.alignment = dense ? type.alignment : options.payload_alignment;
    data.kind = static_cast<std::uint32_t>(type.kind);
    data.page_bytes = static_cast<std::uint32_t>(page);
    data.capacity_bytes = ring_capacity(place, data, options.capacity_bytes);
    const bool changes = page == memory::page_bytes() && !options.memory.nameless;
    data.lane_count =
        room(options.room_for_producers, options.max_producers, changes ? lanes_that_fit(data.capacity_bytes) : 0);
    data.slot_count = room(options.room_for_consumers, options.max_consumers, changes ? most_consumers : 0);
    data.max_holds = options.max_held;
    data.lossless = static_cast<std::uint32_t>(options.lossless.whom());
    data.type_bytes = static_cast<std::uint32_t>(made.description.size());
    data.lane_offset = round_up(sizeof data + data.type_bytes, page);
    data.absence_ns = options.wait_for_absent == std::chrono::nanoseconds::max()
                          ? waits_always
                          : static_cast<std::uint64_t>(options.wait_for_absent.count());
    data.file_bytes = ring_offset(data, data.lane_count);
    data.checksum = checksum(data, made.description);

    control_header& control = made.control;
    control.magic = magic;
    control.version = layout_version;
    control.byte_order = byte_order_mark;
    std::memcpy(control.channel_id, data.channel_id, sizeof control.channel_id);
    control.file_bytes = control_file_bytes(data);
    control.slot_count = data.slot_count;
    control.lane_count = data.lane_count;
    control.max_holds = data.max_holds;
    control.checksum = checksum(control);
    return made;
}

checked_header check_data(const memory::channel_place& place, const memory::file& data)
{
    const auto header = read_header<data_header>(place, data, place.data);
    const std::string path = place.data.string();
    if (header.type_bytes > most_type_bytes) { // before it is trusted as a length
        fail_corrupt(place, "a type description of at most 1 MiB in " + path, in_bytes(header.type_bytes));
    }
    std::string description(header.type_bytes, '\0');
    const auto there =
        memory::read_at(place, data, std::as_writable_bytes(std::span{description}), sizeof(data_header));
    if (there != header.type_bytes || checksum(header, description) != header.checksum) {
        fail_corrupt(place, "a header whose checksum holds in " + path, "one whose bytes were changed");
    }
    if (auto rule = broken_rule(header); !rule.empty()) {
        fail_corrupt(place, std::move(rule) + " in " + path, "a header that says otherwise");
    }
    const auto bytes = static_cast<std::uint64_t>(memory::status(place, data).st_size);
    if (bytes < header.file_bytes) {
        fail_corrupt(place, in_bytes(header.file_bytes) + " in " + path, in_bytes(bytes) + ": it was truncated");
    }
    described_type type{.kind = static_cast<record_kind>(header.kind),
                        .record_bytes = header.record_bytes,
                        .alignment = header.alignment};
    if (!split(description, type)) {
        fail_corrupt(place, "a type description that is text, or text, NULs and a detail in " + path,
                     "NULs that end elsewhere");
    }
    return {header, std::move(type)};
}

bool check_control(const memory::channel_place& place, const memory::file& control, const data_header& data)
{
    const auto header = read_header<control_header>(place, control, place.control);
    const std::string path = place.control.string();
    if (checksum(header) != header.checksum) {
        fail_corrupt(place, "a header whose checksum holds in " + path, "one whose bytes were changed");
    }
    if (std::memcmp(header.channel_id, data.channel_id, sizeof header.channel_id) != 0) {
        return false;
    }
    if (header.slot_count != data.slot_count || header.lane_count != data.lane_count ||
        header.max_holds != data.max_holds || header.file_bytes != control_file_bytes(data)) {
        fail_corrupt(place, "the data file's numbers of producers, consumers and holds in " + path, "others");
    }
    const auto bytes = static_cast<std::uint64_t>(memory::status(place, control).st_size);
    if (bytes < header.file_bytes) {
        fail_corrupt(place, in_bytes(header.file_bytes) + " in " + path, in_bytes(bytes) + ": it was truncated");
    }
    return true;
}

void check_type(const memory::channel_place& place, const described_type& found, const record_type& meant)
{
    if (meant.judge != nullptr) {
        if (auto refusal = meant.judge->judge(found)) {
            place.fail(refusal->code, std::move(refusal->expected), std::move(refusal->found),
                       std::move(refusal->remedy));
        }
    }
    const auto describe = [](record_kind kind, std::uint64_t bytes, std::uint64_t alignment, std::string_view format) {
        return (kind == record_kind::dense
                    ? "records of " + in_bytes(bytes) + " aligned to " + std::to_string(alignment) + ", format \""
                    : "framed records, format \"") +
               std::string{format} + '"';
    };
    const bool same = found.kind == meant.kind && (meant.judge != nullptr || found.format == meant.format) &&
                      (found.kind != record_kind::dense ||
                       (found.record_bytes == meant.record_bytes && found.alignment == meant.alignment));
    if (!same) {
        place.fail(errc::wrong_type, describe(meant.kind, meant.record_bytes, meant.alignment, meant.format),
                   describe(found.kind, found.record_bytes, found.alignment, found.format),
                   "use the type the channel carries, another channel name, or remove the channel");
    }
}

} // namespace samepage::ring
