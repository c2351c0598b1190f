// SPDX-License-Identifier: BSL-1.0
// observer.cpp: opens a channel read-only, and turns its words into an observation. docs/observing.md says what they
// tell.
#include "ring/observer_pages.hpp"

#include <samepage/ring/end_of_stream.hpp>

#include <bit>
#include <limits>
#include <thread>
#include <utility>

namespace samepage {
namespace {

using ring::hardware;

/// As attachment's: removal and creation pass through states in which the two files do not match.
constexpr int attempts = 200;
constexpr std::chrono::milliseconds between_attempts{2};

std::uint64_t bytes_of(const struct ::stat& status) noexcept
{
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

[[noreturn]] void fail_missing_control(const memory::channel_place& place, std::string found)
{
    place.fail(errc::corrupt, "a control file " + place.control.string() + " that belongs to " + place.data.string(),
               std::move(found),
               "it was removed or replaced by hand: remove the channel and let its producer create it anew");
}

observed_files open_files(const memory::channel_place& place)
{
    std::optional<memory::file> first;
    std::string found;
    for (int attempt = 0; attempt != attempts; ++attempt) {
        auto data = memory::open_existing(place, place.data, memory::access::read_only);
        if (!data) {
            place.fail(errc::not_found, "a channel at " + place.data.string(), "none",
                       "start its producer first, or see whether the name is right");
        }
        auto header = ring::check_data(place, *data);
        auto control = memory::open_existing(place, place.control, memory::access::read_only);
        if (control && ring::check_control(place, *control, header.header)) {
            return {std::move(*data), std::move(*control), std::move(header)};
        }
        found = control ? "one of another channel" : "none";
        if (!first) {
            first = std::move(data); // kept open, so that no other file gets its inode
        }
        std::this_thread::sleep_for(between_attempts);
    }
    if (memory::names(place.data, first->get())) {
        fail_missing_control(place, std::move(found));
    }
    place.fail(errc::retired, "a channel that stays at " + place.data.string(),
               "one that is made and removed again and again", "see which processes do that");
}

} // namespace

std::optional<std::chrono::system_clock::time_point> time_of(std::uint64_t ns) noexcept
{
    using std::chrono::nanoseconds;
    if (ns == 0 || ns > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    return std::chrono::system_clock::time_point{
        std::chrono::duration_cast<std::chrono::system_clock::duration>(nanoseconds{static_cast<std::int64_t>(ns)})};
}

const char* to_string(lane_condition condition) noexcept
{
    switch (condition) {
    case lane_condition::open: return "open";
    case lane_condition::closed: return "closed";
    case lane_condition::died: return "died";
    }
    return "unknown";
}

void observer::channel_pages::look_at_terms(observation& into) const
{
    const std::uint64_t capacity = terms().capacity_bytes.load(std::memory_order_relaxed);
    const bool possible = ring::is_possible_capacity(header_, capacity);
    into.capacity_bytes = possible ? capacity : header_.capacity_bytes;
    if (!possible) {
        into.contradiction = "a capacity of " + std::to_string(capacity) + " bytes, which no ring can have";
    }
    const auto within = [&](std::uint32_t number, unsigned room, const char* whom) {
        if (number != 0 && number <= room) {
            return number;
        }
        into.contradiction = std::to_string(number) + " " + whom + " at a time, with room for " + std::to_string(room);
        return room;
    };
    into.most_lanes = within(terms().max_producers.load(std::memory_order_relaxed), header_.lane_count, "producers");
    into.most_consumers =
        within(terms().max_consumers.load(std::memory_order_relaxed), header_.slot_count, "consumers");
}

void observer::channel_pages::look_at_files(observation& into) const
{
    const auto whole = [&](const struct ::stat& status, std::uint64_t needed, const std::filesystem::path& path) {
        if (static_cast<std::uint64_t>(status.st_size) < needed) {
            place_.fail(errc::corrupt, std::to_string(needed) + " bytes in " + path.string(),
                        std::to_string(status.st_size) + " bytes: it was truncated",
                        "see who may write to the file; end its processes, and remove the channel");
        }
    };
    const auto data = memory::status(place_, data_);
    whole(data, header_.file_bytes, place_.data);
    struct ::stat control {};
    if (::fstat(control_file_.descriptor(), &control) != 0) {
        place_.fail_call("fstat", place_.control, errno);
    }
    whole(control, ring::control_file_bytes(header_), place_.control);

    into.name = place_.name;
    into.data_path = place_.data;
    into.named = memory::names(place_.data, data_.get());
    into.format = format_;
    into.kind = static_cast<ring::record_kind>(header_.kind);
    into.record_bytes = header_.record_bytes;
    look_at_terms(into);
    into.lossless = lossless();
    into.created = time_of(header_.created_ns);
    into.reserved_bytes = bytes_of(data) + bytes_of(control);
    // A lane's ring is reserved when the lane is first taken, the next one it is to have when it is asked for.
    const auto& directory = *reinterpret_cast<const ring::directory_words<hardware>*>(words_.data());
    const std::uint64_t taken = directory.lanes.load(std::memory_order_relaxed);
    const std::uint64_t allowed = ~std::uint64_t{0} >> (ring::most_lanes - into.most_lanes);
    into.most_bytes =
        into.reserved_bytes + static_cast<unsigned>(std::popcount(allowed & ~taken)) * into.capacity_bytes;
    into.file_bytes = static_cast<std::uint64_t>(data.st_size);
}

observation observer::channel_pages::look()
{
    observation found;
    found.at = steady::now();
    look_at_files(found);
    look_at_consumers(found);
    const auto& directory = *reinterpret_cast<const ring::directory_words<hardware>*>(words_.data());
    const std::uint64_t existing = ~std::uint64_t{0} >> (ring::most_lanes - header_.lane_count);
    ring::for_each_bit(ring::lanes_in_use(directory, existing), [&](unsigned lane) {
        look_at_lane(lane, found);
        return true;
    });
    return found;
}

observer::observer(std::string_view name, const std::filesystem::path& directory)
{
    memory::channel_place place("observer", name, directory);
    auto files = open_files(place);
    pages_ = std::make_unique<channel_pages>(std::move(place), std::move(files));
}

observer::observer(observer&& other) noexcept = default;
observer& observer::operator=(observer&& other) noexcept = default;
observer::~observer() = default;

observation observer::look()
{
    return pages_->look();
}

} // namespace samepage
