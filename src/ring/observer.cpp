// SPDX-License-Identifier: BSL-1.0
// observer.cpp: opens a channel read-only, and turns its words into an observation. docs/observing.md says what they
// tell.
#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"
#include "ring/header.hpp"
#include "ring/lane_sight.hpp"
#include "ring/ring_space.hpp"

#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/end_of_stream.hpp>
#include <samepage/ring/group_member.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/observer.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <thread>
#include <utility>

namespace samepage {
namespace {

using ring::hardware;
using ring::position;
using steady = std::chrono::steady_clock;

/// As attachment's: removal and creation pass through states in which the two files do not match.
constexpr int attempts = 200;
constexpr std::chrono::milliseconds between_attempts{2};
constexpr int tries = 4; ///< of a cell whose consumer goes on

std::optional<std::chrono::system_clock::time_point> time_of(std::uint64_t ns)
{
    using std::chrono::nanoseconds;
    if (ns == 0 || ns > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return std::nullopt;
    }
    return std::chrono::system_clock::time_point{
        std::chrono::duration_cast<std::chrono::system_clock::duration>(nanoseconds{static_cast<std::int64_t>(ns)})};
}

std::uint64_t bytes_of(const struct ::stat& status) noexcept
{
    return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

/// A channel's files, opened to be read, and their headers.
struct found_files {
    memory::file data;
    memory::file control;
    ring::checked_header header;
};

[[noreturn]] void fail_missing_control(const memory::channel_place& place, std::string found)
{
    place.fail(errc::corrupt, "a control file " + place.control.string() + " that belongs to " + place.data.string(),
               std::move(found),
               "it was removed or replaced by hand: remove the channel and let its producer create it anew");
}

found_files open_files(const memory::channel_place& place)
{
    std::optional<memory::file> first;
    std::string found;
    for (int attempt = 0; attempt != attempts; ++attempt) {
        auto data = memory::open_existing(place, place.data, memory::access::read_only);
        if (!data) {
            place.fail(errc::not_found, "a channel at " + place.data.string(), "none", "start its producer first");
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

/// What a consumer says to one lane's producer, read once.
struct cell_sight {
    position cursor = ring::unbound;
    unsigned holds = 0;
    std::uint64_t held_bytes = 0;
    std::optional<position> goes_on_at{}; ///< behind the last hold; of a named one without: where it would go on
    bool crooked = false;                 ///< a hold that ends before it begins
};

} // namespace

const char* to_string(lane_condition condition) noexcept
{
    switch (condition) {
    case lane_condition::open: return "open";
    case lane_condition::closed: return "closed";
    case lane_condition::died: return "died";
    }
    return "unknown";
}

class observer::channel_pages {
public:
    channel_pages(memory::channel_place place, found_files files)
        : place_(std::move(place)),
          data_(std::move(files.data)),
          header_(files.header.header),
          format_(std::move(files.header.type.format)),
          geometry_{.capacity_bytes = header_.capacity_bytes,
                    .alignment = header_.alignment,
                    .record_bytes = header_.record_bytes,
                    .lane_count = header_.lane_count,
                    .max_holds = header_.max_holds,
                    .max_consumers = header_.max_consumers,
                    .lossless = header_.lossless != 0},
          words_(place_, data_, memory::access::read_only, header_.lane_offset,
                 (1 + std::size_t{header_.lane_count}) * header_.page_bytes),
          control_(place_, files.control, memory::access::read_only, header_.page_bytes,
                   ring::control_file_bytes(header_) - header_.page_bytes),
          control_file_(files.control.release())
    {
    }

    [[nodiscard]] observation look();

private:
    /// What is remembered of a lane from one look to the next.
    struct memory_of_lane {
        bool known = false;
        position head = 0;
        std::optional<std::uint64_t> published{};
        steady::time_point looked{};               ///< after head was read
        steady::time_point unmoved{};              ///< after head was first read as it is
        std::optional<steady::time_point> moved{}; ///< before head was last read as something else
        steady::time_point before{};               ///< before head was read
    };

    [[nodiscard]] const ring::control_words<hardware>& control() const noexcept
    {
        return *reinterpret_cast<const ring::control_words<hardware>*>(control_.data());
    }
    [[nodiscard]] const ring::lane_words<hardware>& lane_words(unsigned lane) const noexcept
    {
        return *reinterpret_cast<const ring::lane_words<hardware>*>(words_.data() +
                                                                    (1 + std::size_t{lane}) * header_.page_bytes);
    }
    [[nodiscard]] const std::byte* cell(unsigned slot, unsigned lane) const noexcept
    {
        return control_.data() + sizeof(ring::control_words<hardware>) +
               (std::size_t{slot} * header_.lane_count + lane) * ring::cell_bytes<hardware_atomics>(header_.max_holds);
    }
    [[nodiscard]] position cursor(unsigned slot, unsigned lane) const noexcept
    {
        return lossless() ? reinterpret_cast<const ring::cell_words<hardware>*>(cell(slot, lane))
                                ->cursor.load(std::memory_order_acquire)
                          : ring::unbound;
    }

    void look_at_files(observation& into) const;
    void look_at_consumers(observation& into) const;
    void look_at_lane(unsigned lane, observation& into);
    [[nodiscard]] ring::observed_pages pages_of(unsigned lane) const;
    [[nodiscard]] const ring::channel_terms& terms() const noexcept
    {
        return reinterpret_cast<const ring::directory_words<hardware>*>(words_.data())->terms;
    }
    /// Consumers may be.
    [[nodiscard]] bool lossless() const noexcept { return terms().lossless.load(std::memory_order_relaxed) != 0; }
    [[nodiscard]] cell_sight look_at_cell(const observed_consumer& consumer, unsigned lane) const;
    [[nodiscard]] position saved_place(unsigned slot, unsigned lane) const noexcept;
    [[nodiscard]] observed_place lossless_place(observed_consumer& consumer, position at, unsigned lane,
                                                const ring::lane_sight& sight, const ring::observed_pages& pages) const;
    [[nodiscard]] observed_place lossy_place(observed_consumer& consumer, const cell_sight& cell, unsigned lane,
                                             const ring::lane_sight& sight, const ring::observed_pages& pages) const;
    /// Sets what the lane's lock and state word say.
    void judge(unsigned lane, observed_lane& found) const;
    /// Sets what only a second look can tell.
    void compare(memory_of_lane now, observed_lane& found);
    /// The name for which `slot` is kept.
    [[nodiscard]] std::string name_of(unsigned slot) const;
    [[nodiscard]] std::vector<observed_member> members_of(unsigned slot) const;

    memory::channel_place place_;
    memory::file data_;
    ring::data_header header_;
    std::string format_;
    ring::lane_geometry geometry_;
    memory::plain_mapping words_;
    memory::plain_mapping control_;
    memory::ownership_locks control_file_; ///< takes none: asks
    std::array<memory_of_lane, ring::most_lanes> before_{};
};

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
    into.capacity_bytes = terms().capacity_bytes.load(std::memory_order_relaxed);
    into.most_lanes = header_.lane_count;
    into.most_consumers = header_.max_consumers;
    into.lossless = lossless();
    into.created = time_of(header_.created_ns);
    into.reserved_bytes = bytes_of(data) + bytes_of(control);
    into.most_bytes = static_cast<std::uint64_t>(data.st_size) + ring::control_file_bytes(header_);
}

std::string observer::channel_pages::name_of(unsigned slot) const
{
    // Bytes that others may be changing: each is read once, and none is believed.
    const volatile char* const bytes = control().consumers[slot].name;
    std::string name;
    for (std::size_t i = 0; i != ring::most_name_bytes; ++i) {
        const char byte = bytes[i];
        if (byte == '\0') {
            break;
        }
        const bool plain = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                           (byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-';
        name += plain ? byte : '?';
    }
    return name.empty() ? "?" : name;
}

/// A group's members, whatever the page says: claims are counted, not followed.
std::vector<observed_member> observer::channel_pages::members_of(unsigned slot) const
{
    // Only read: the pages are mapped so.
    const ring::group_place<hardware> group{.control = const_cast<ring::control_words<hardware>*>(&control()),
                                            .saved = control_.data() + ring::saved_offset(header_),
                                            .lane_count = header_.lane_count,
                                            .slots = header_.max_consumers,
                                            .group = slot};
    const std::uint64_t existing = ~std::uint64_t{0} >> (ring::most_consumers - header_.max_consumers);
    std::vector<observed_member> members;
    ring::for_each_bit(group.words().members.load(std::memory_order_acquire) & existing, [&](unsigned member) {
        observed_member found{.slot = member,
                              .pid = control().consumers[member].pid.load(std::memory_order_relaxed),
                              .alive = control_file_.held_elsewhere(ring::lock_byte::consumer + member)};
        for (unsigned i = 0; i < ring::claims_kept; ++i) {
            found.held += (group.claim(member, i).begin.load(std::memory_order_relaxed) & ring::held) != 0 ? 1U : 0U;
        }
        members.push_back(found);
        return true;
    });
    return members;
}

void observer::channel_pages::look_at_consumers(observation& into) const
{
    const auto& control = this->control();
    const std::uint64_t existing = ~std::uint64_t{0} >> (ring::most_consumers - header_.max_consumers);
    const std::uint64_t sleeping = control.sleeping_consumers.load(std::memory_order_relaxed);
    const std::uint64_t named = control.named.load(std::memory_order_acquire);
    const std::uint64_t joined = control.joined.load(std::memory_order_acquire);
    ring::for_each_bit((joined | named) & existing, [&](unsigned slot) {
        const auto& words = control.consumers[slot];
        const std::uint64_t byte = ring::lock_byte::consumer + slot;
        const bool is_named = (named >> slot & 1) != 0;
        bool alive = control_file_.held_elsewhere(byte);
        if (!alive) { // dead or absent, or it left in between: then its bit went first
            if (!is_named && (control.joined.load(std::memory_order_acquire) >> slot & 1) == 0) {
                return true;
            }
            alive = control_file_.held_elsewhere(byte); // or somebody else took the slot meanwhile
        }
        observed_consumer found;
        found.slot = slot;
        found.joined = (joined >> slot & 1) != 0;
        const auto kind = words.group.load(std::memory_order_relaxed);
        if (is_named && (kind == static_cast<std::uint32_t>(ring::group_kind::lossless) ||
                         kind == static_cast<std::uint32_t>(ring::group_kind::lossy))) {
            found.group = true;
            found.members = members_of(slot);
            alive = std::any_of(found.members.begin(), found.members.end(), [](auto& each) { return each.alive; });
        }
        if (is_named) {
            found.name = name_of(slot);
            found.absent = !alive;
        }
        if (const std::uint64_t left = words.absent_since_ns.load(std::memory_order_relaxed);
            found.absent && left != 0) {
            const auto now =
                static_cast<std::uint64_t>(std::chrono::nanoseconds{steady::now().time_since_epoch()}.count());
            if (left <= now) { // else the machine was started since
                found.absent_for = std::chrono::nanoseconds{static_cast<std::int64_t>(now - left)};
            }
        }
        found.pid = words.pid.load(std::memory_order_relaxed);
        found.since = time_of(words.since_ns.load(std::memory_order_relaxed));
        found.wants = cursor(slot, 0) == ring::unbound ||
                              (found.group && kind == static_cast<std::uint32_t>(ring::group_kind::lossy))
                          ? demand::lossy
                          : demand::lossless;
        found.alive = alive;
        found.asleep = alive && (sleeping >> slot & 1) != 0;
        found.armed = alive && words.armed.load(std::memory_order_relaxed) != 0;
        found.lost = words.lost.load(std::memory_order_relaxed);
        into.consumers.push_back(std::move(found));
        return true;
    });
}

position observer::channel_pages::saved_place(unsigned slot, unsigned lane) const noexcept
{
    const auto& saved = reinterpret_cast<const ring::saved_words<hardware>*>(
        control_.data() + ring::saved_offset(header_) +
        slot * ring::saved_bytes<hardware_atomics>(header_.lane_count))[lane];
    return std::max(saved.entries[0].place.load(std::memory_order_acquire),
                    saved.entries[1].place.load(std::memory_order_acquire));
}

cell_sight observer::channel_pages::look_at_cell(const observed_consumer& consumer, unsigned lane) const
{
    const unsigned slot = consumer.slot;
    cell_sight found;
    found.cursor = cursor(slot, lane);
    const auto* const holds =
        reinterpret_cast<const ring::hold_words<hardware>*>(cell(slot, lane) + sizeof(ring::cell_words<hardware>));
    for (unsigned i = 0; i != header_.max_holds; ++i) {
        for (int attempt = 0; attempt != tries; ++attempt) {
            const std::uint64_t begin = holds[i].begin.load(std::memory_order_acquire);
            const position end = holds[i].end.load(std::memory_order_acquire);
            if ((begin & ring::held) == 0) {
                break;
            }
            if (holds[i].begin.load(std::memory_order_acquire) != begin) {
                continue; // that hold was let go meanwhile
            }
            const position from = begin & ~ring::held;
            if (end < from || end > ring::most_position) {
                found.crooked = true;
                break;
            }
            ++found.holds;
            found.held_bytes += std::min(end - from, pages_of(lane).geometry.capacity_bytes);
            found.goes_on_at = std::max(found.goes_on_at.value_or(0), end);
            break;
        }
    }
    if (!consumer.name.empty() && !found.goes_on_at &&
        control().consumers[slot].settled.load(std::memory_order_acquire) != 0) {
        found.goes_on_at = saved_place(slot, lane);
    }
    return found;
}

observed_place observer::channel_pages::lossless_place(observed_consumer& consumer, position at, unsigned lane,
                                                       const ring::lane_sight& sight,
                                                       const ring::observed_pages& pages) const
{
    for (int attempt = 0;; ++attempt) {
        observed_place found;
        found.lane = lane;
        found.at = at;
        // A framed consumer may be a record ahead of head, and whoever reads on while we look is ahead of what we saw.
        const std::uint64_t behind = sight.head - std::min(at, sight.head);
        found.lag_bytes =
            std::min(behind, pages.geometry.capacity_bytes); // one that joins may be a little behind the ring
        found.lag = behind > pages.geometry.capacity_bytes ? std::nullopt : sight.count_from(at, pages);
        const position now = cursor(consumer.slot, lane);
        if (now == at) { // so nothing above it was overwritten
            const position head = lane_words(lane).head.load(std::memory_order_acquire); // since then it went on
            if (at > head && at - head > pages.geometry.capacity_bytes) {
                consumer.contradiction = "a cursor at " + std::to_string(at) + ", more than a ring above head";
            } else if (!pages.on_grid(at)) {
                consumer.contradiction = "a cursor at " + std::to_string(at) + ", where no record can begin";
            }
            return found;
        }
        if (attempt == tries || now == ring::unbound) {
            found.lag.reset();
            return found;
        }
        at = now;
    }
}

observed_place observer::channel_pages::lossy_place(observed_consumer& consumer, const cell_sight& cell, unsigned lane,
                                                    const ring::lane_sight& sight,
                                                    const ring::observed_pages& pages) const
{
    observed_place found;
    found.lane = lane;
    found.held = cell.holds;
    found.held_bytes = cell.held_bytes;
    if (cell.crooked) {
        consumer.contradiction = "a hold that ends before it begins, or where no lane gets";
    }
    if (cell.goes_on_at) {
        const position at = std::min(*cell.goes_on_at, sight.head); // a claim is longer than what will be held
        found.at = at;
        found.lag_bytes = sight.head - at;
        found.passed_bytes = sight.horizon > at ? sight.horizon - at : 0;
        found.lag = sight.count_from(at, pages);
        const bool framed = header_.record_bytes == 0;
        if (framed && lane_words(lane).horizon.load(std::memory_order_acquire) > at) {
            found.lag.reset(); // the headers from there on may be anything
        }
    }
    return found;
}

void observer::channel_pages::judge(unsigned lane, observed_lane& found) const
{
    const auto& words = lane_words(lane);
    const std::uint64_t byte = ring::lock_byte::producer + lane;
    bool alive = control_file_.held_elsewhere(byte);
    const std::uint32_t state = words.state.load(std::memory_order_acquire);
    if (!alive && state == static_cast<std::uint32_t>(ring::lane_state::open)) {
        alive = control_file_.held_elsewhere(byte); // or it was taken and opened in between
    }
    if (alive) {
        found.condition = lane_condition::open;
    } else if (state == static_cast<std::uint32_t>(ring::lane_state::closed)) {
        found.condition = lane_condition::closed;
    } else {
        found.condition = lane_condition::died;
        if (state > static_cast<std::uint32_t>(ring::lane_state::died)) {
            found.contradiction = "a state of " + std::to_string(state);
        }
    }
    found.producer_pid = words.producer_pid.load(std::memory_order_relaxed);
    found.since = time_of(words.since_ns.load(std::memory_order_relaxed));
    found.asleep = alive && (control().sleeping_producers.load(std::memory_order_relaxed) >> lane & 1) != 0;
}

void observer::channel_pages::compare(memory_of_lane now, observed_lane& found)
{
    memory_of_lane& last = before_[found.lane];
    if (last.known) {
        const double seconds = std::chrono::duration<double>(now.looked - last.looked).count();
        record_rate rate;
        if (seconds > 0 && now.head >= last.head) {
            rate.bytes_per_second = static_cast<double>(now.head - last.head) / seconds;
            if (now.published && last.published && *now.published >= *last.published) {
                rate.records_per_second = static_cast<double>(*now.published - *last.published) / seconds;
            }
        }
        found.rate = rate;
    }
    const bool moved = !last.known || last.head != now.head;
    now.unmoved = moved ? now.looked : last.unmoved;
    now.moved = !moved ? last.moved : last.known ? std::optional{last.before} : std::nullopt;
    now.known = true;
    if (found.published ? *found.published != 0 : found.head != 0) {
        record_age age{.at_least = now.looked - now.unmoved};
        if (now.moved) {
            age.at_most = now.looked - *now.moved;
        }
        found.newest = age;
    }
    last = now;
}

ring::observed_pages observer::channel_pages::pages_of(unsigned lane) const
{
    const std::uint64_t ring = lane_words(lane).ring.load(std::memory_order_acquire);
    // Of a damaged page: as the header has it.
    const std::uint64_t at =
        ring::is_possible_ring(place_, data_, header_, ring) ? ring : ring::first_ring(header_, lane);
    auto geometry = geometry_;
    geometry.capacity_bytes = ring::ring_place::capacity_bytes(at);
    return {.place = &place_,
            .data = &data_,
            .ring = ring,
            .ring_offset = ring::ring_place::offset(at),
            .geometry = geometry};
}

void observer::channel_pages::look_at_lane(unsigned lane, observation& into)
{
    std::vector<cell_sight> cells; // before head: no cursor is above what it saw then
    for (const observed_consumer& each : into.consumers) {
        cells.push_back(look_at_cell(each, lane));
    }
    const auto& words = lane_words(lane);
    memory_of_lane now;
    now.before = steady::now();
    ring::observed_pages pages = pages_of(lane);
    ring::lane_sight sight = ring::look_at_lane(words, pages);
    if (words.ring.load(std::memory_order_acquire) != pages.ring) { // it went to another meanwhile, and to no third one
        pages = pages_of(lane);
        sight = ring::look_at_lane(words, pages);
    }
    now.looked = steady::now();
    now.head = sight.head;
    now.published = sight.published;

    observed_lane found;
    found.lane = lane;
    found.capacity_bytes = pages.geometry.capacity_bytes;
    if (const std::uint64_t wanted = words.wanted_ring.load(std::memory_order_relaxed); wanted != 0) {
        found.wanted_bytes = ring::ring_place::capacity_bytes(wanted);
    }
    judge(lane, found);
    found.head = sight.head;
    found.horizon = sight.horizon;
    found.published = sight.published;
    found.kept_bytes = sight.head - sight.horizon;
    if (sight.published && sight.number) {
        found.kept = *sight.published - std::min(*sight.number, *sight.published);
    }
    found.gaps = words.gaps_made.load(std::memory_order_relaxed);
    found.gap_bytes = std::min(words.gap_bytes.load(std::memory_order_relaxed), sight.head);
    if (found.contradiction.empty()) {
        found.contradiction = sight.contradiction;
    }
    compare(now, found);
    for (std::size_t i = 0; i != cells.size(); ++i) {
        observed_consumer& each = into.consumers[i];
        const bool bound = each.joined && each.wants == demand::lossless && cells[i].cursor != ring::unbound;
        each.places.push_back(bound ? lossless_place(each, cells[i].cursor, lane, sight, pages)
                                    : lossy_place(each, cells[i], lane, sight, pages));
        const observed_place& place = each.places.back();
        if (bound) {
            found.unreleased_bytes = std::max(found.unreleased_bytes, *place.lag_bytes);
        }
        found.held_bytes += place.held_bytes.value_or(0);
    }
    found.fullness = static_cast<double>(found.unreleased_bytes) / static_cast<double>(found.capacity_bytes);
    into.lanes.push_back(std::move(found));
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
