// SPDX-License-Identifier: BSL-1.0
// layout.hpp: the bytes that processes share, layout version 1. docs/layout.md draws them.
#pragma once

#include <samepage/core/atomics.hpp>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace samepage::ring {

/// A count of bytes since the lane began; never wraps. position mod capacity is an offset.
using position = std::uint64_t;

/// No lane gets here in centuries; a page that says so is corrupt, and sums of positions cannot overflow.
inline constexpr position most_position = position{1} << 62U;

/// A place where a record begins or will begin, and that record's number.
struct boundary {
    position place = 0;
    std::uint64_t number = 0;
};

/// Where a consumer stands in a lane: its next record, and how many before that one it lost and was not told of.
struct standing {
    position place = 0;
    std::uint64_t number = 0;
    std::uint64_t lost = 0;
};

inline constexpr std::uint64_t magic = 0x6567'6170'656d'6173; // "samepage" in memory order on little endian
inline constexpr std::uint32_t layout_version = 1;
inline constexpr std::uint32_t byte_order_mark = 0x0102'0304;

/// Lines of different writers lie this far apart: two lines, since processors fetch lines in pairs.
inline constexpr std::size_t writer_distance = 128;

inline constexpr unsigned most_consumers = 64;  // one bit each in the control words
inline constexpr unsigned most_lanes = 64;      // likewise, and in the directory
inline constexpr unsigned most_holds = 63;      // of one consumer, in one lane
inline constexpr unsigned most_name_bytes = 63; // of a named consumer
inline constexpr std::size_t most_type_bytes = 1 << 20;
inline constexpr std::size_t detail_alignment = 8; // of what follows the format in a type description

enum class record_kind : std::uint32_t {
    dense = 1,  ///< records of one size, nothing between them but gaps
    framed = 2, ///< variable size, a header word before each payload
};

/// Start of the data file; constant once the file has its name. `type_bytes` bytes of type description follow it.
struct data_header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t byte_order;
    std::uint64_t channel_id[2];  ///< random; the control file carries the same
    std::uint64_t created_ns;     ///< since the epoch
    std::uint64_t file_bytes;     ///< of the data file, unreserved rings included
    std::uint64_t record_bytes;   ///< dense: of each record; framed: 0
    std::uint64_t alignment;      ///< of each record (dense) or payload (framed); a power of two
    std::uint64_t capacity_bytes; ///< of each lane's ring; a power of two
    std::uint64_t lane_offset;    ///< of the directory's page; the lanes' words follow, a page each, then their rings
    std::uint64_t absence_ns;     ///< so long producers wait for a named consumer that is absent; ~0: always
    std::uint32_t kind;           ///< record_kind
    std::uint32_t lane_count;     ///< 1 to 64: producers that there is room for
    std::uint32_t page_bytes;     ///< unit of every offset
    std::uint32_t slot_count;     ///< 1 to 64: consumers that there is room for
    std::uint32_t max_holds;      ///< batches that one lossy consumer may hold in one lane at a time
    std::uint32_t lossless;       ///< which consumers may be lossless: lossless_for
    std::uint32_t type_bytes;
    std::uint32_t checksum; ///< CRC-32 of header (with this word 0) and type description
};
static_assert(sizeof(data_header) == 120);

/// Start of the control file; constant once the file has its name.
struct control_header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t byte_order;
    std::uint64_t channel_id[2];
    std::uint64_t file_bytes;
    std::uint32_t slot_count;
    std::uint32_t lane_count;
    std::uint32_t max_holds;
    std::uint32_t checksum; ///< CRC-32 of this header with this word 0
};
static_assert(sizeof(control_header) == 56);

/// A word outside the lanes' protocol, changed in steps that system calls make one.
template <class T>
using slow_word = std::atomic<T>;
static_assert(slow_word<std::uint64_t>::is_always_lock_free && sizeof(slow_word<std::uint32_t>) == 4);

/// What holds for a channel at present. Written by its creator, and under the naming lock; each is read by itself, and
/// checked.
struct channel_terms {
    slow_word<std::uint64_t> capacity_bytes; ///< of rings to come
    slow_word<std::uint64_t> absence_ns;
    slow_word<std::uint32_t> lossless; ///< lossless_for; not 0: producers heed cursors; `forbidding`: nobody may join
    slow_word<std::uint32_t> max_producers; ///< who are there already stay, however many
    slow_word<std::uint32_t> max_consumers; ///< likewise
};

/// In channel_terms::lossless, while somebody makes sure that there is no lossless consumer left.
inline constexpr std::uint32_t forbidding = std::uint32_t{1} << 31U;

/// First page of the lanes, in the data file. Written by producers, and by who changes or removes the channel.
template <class Atomics>
struct directory_words {
    /// Bit l: lane l has words that hold and a ring whose pages are reserved. Never cleared.
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> lanes;
    alignas(writer_distance) channel_terms terms;
};

/// Where a ring lies in the data file, in one word; 0: none.
namespace ring_place {
inline constexpr std::uint64_t unit = 4096; ///< of offsets
inline constexpr std::uint64_t taken_up = std::uint64_t{1} << 11U;
inline constexpr std::uint64_t unknown = ~std::uint64_t{0}; ///< no ring's: of a lane that one has not looked at yet

/// @pre offset is a multiple of unit, capacity_bytes a power of two
[[nodiscard]] constexpr std::uint64_t encode(std::uint64_t offset, std::uint64_t capacity_bytes) noexcept
{
    return offset | static_cast<std::uint64_t>(std::countr_zero(capacity_bytes));
}
[[nodiscard]] constexpr std::uint64_t offset(std::uint64_t ring) noexcept
{
    return ring & ~(unit - 1);
}
[[nodiscard]] constexpr std::uint64_t capacity_bytes(std::uint64_t ring) noexcept
{
    return std::uint64_t{1} << (ring & 63U);
}
} // namespace ring_place

/// How a lane stands that nobody holds the lock of; while somebody does, it is `open`.
enum class lane_state : std::uint32_t {
    open = 0,   ///< a producer is at work, or died
    closed = 1, ///< its producer closed it
    died = 2,   ///< its producer died; another one, which closed later, saw to that
};

/// The number of the record at a place where the horizon is, or was lately. Read as docs/layout.md, "Marks" says.
template <class Atomics>
struct mark_words {
    typename Atomics::template word<position> place;
    typename Atomics::template word<std::uint64_t> number;
};
inline constexpr std::size_t marks_kept = 8;
/// By a policy: a checker's may keep fewer, at least two, so that each is soon written over.
template <class Atomics>
inline constexpr std::size_t marks_in = marks_kept;
inline constexpr position no_mark = ~position{0};

/// Dense: bytes [begin, end) of the lane are no records; the producer stepped over what a lossy consumer holds there.
template <class Atomics>
struct gap_words {
    typename Atomics::template word<position> begin;
    typename Atomics::template word<position> end;
};
inline constexpr std::size_t gaps_kept = 128;
template <class Atomics>
inline constexpr std::size_t gaps_in = gaps_kept; ///< as marks_in
/// So many of the latest are whole; the place of one more may be written to at this moment, or its writer died in that.
template <class Atomics>
inline constexpr std::size_t gaps_trusted = gaps_in<Atomics> - 1;

/// A word that only an observer reads: no step depends on it, so it is no word of the policy's, and no checker has to
/// try what it may hold. Loaded and stored relaxed.
using told_word = std::atomic<std::uint64_t>;
static_assert(told_word::is_always_lock_free && sizeof(told_word) == 8);

/// Adds to a word of one's own that others only read.
inline void tell_more(told_word& word, std::uint64_t by) noexcept
{
    word.store(word.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

/// The page of a lane's words, in the data file. Written by the lane's producer alone; `state` also by who recovers it.
template <class Atomics>
struct lane_words {
    /// Records below are published. Framed: trails the committed headers, which are the truth.
    alignas(writer_distance) typename Atomics::template word<position> head;
    /// Framed: the newest record's header, if it lies below head.
    typename Atomics::template word<position> last;
    /// Who joins begins at or above it. Records below may be overwritten unless a cursor of the joined forbids it.
    alignas(writer_distance) typename Atomics::template word<position> horizon;
    /// lane_state
    alignas(writer_distance) typename Atomics::template word<std::uint32_t> state;
    /// Process id of the latest producer as it saw itself: for people, never for decisions.
    typename Atomics::template word<std::uint32_t> producer_pid;
    /// Framed: bytes of the longest record so far, its header included.
    typename Atomics::template word<std::uint64_t> longest;
    told_word since_ns; ///< since the epoch: when the latest producer took the lane
    /// ring_place: another ring that the lane is to have; with `taken_up` while its producer moves there. Written by
    /// who changes the channel, under the naming lock, and by the producer.
    typename Atomics::template word<std::uint64_t> wanted_ring;
    /// ring_place: the ring before the present one, or the present one while its producer moves; 0 once nobody looks at
    /// it any more and its pages went back to the file system.
    typename Atomics::template word<std::uint64_t> old_ring;
    /// The first place that is in the present ring and not in the old one.
    typename Atomics::template word<position> moved_at;
    /// Dense: gaps made since the lane began; gap number n stands in gaps[n % gaps_kept].
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> gap_count;
    told_word gaps_made; ///< since the lane began, dense or framed
    told_word gap_bytes; ///< of all of them
    /// ring_place: where the lane's records are or will be. What lay in the ring before is there, too, at the same
    /// positions.
    typename Atomics::template word<std::uint64_t> ring;
    alignas(writer_distance) mark_words<Atomics> marks[marks_in<Atomics>];
    gap_words<Atomics> gaps[gaps_in<Atomics>];
};
static_assert(sizeof(lane_words<hardware_atomics>) == 5 * writer_distance + 16 * gaps_kept);
static_assert(sizeof(lane_words<hardware_atomics>) <= 4096);

/// A participant's bell: whoever wakes it adds one and calls futex_wake.
template <class Atomics>
struct doorbell_words {
    alignas(writer_distance) typename Atomics::template word<std::uint32_t> doorbell;
};

template <class Atomics>
struct consumer_slot {
    /// As producer_pid: for people.
    alignas(writer_distance) typename Atomics::template word<std::uint32_t> pid;
    /// 1 while the consumer sleeps on its descriptor: who wakes it rings that as well.
    typename Atomics::template word<std::uint32_t> armed;
    /// Named: when it left, or was first found dead, by the monotonic clock; 0 while it is there. Written by its owner,
    /// and by who shares its lock after its death.
    typename Atomics::template word<std::uint64_t> absent_since_ns;
    /// Named: whether it has places to go on from; settlement. Written by its owner.
    typename Atomics::template word<std::uint32_t> settled;
    /// Named: whose slot this is, the rest NUL. Written under the naming lock by who holds the slot's, before the bit
    /// in control_words::named is set.
    char name[most_name_bytes + 1]{};
    /// Named: whether it is a group, and of which kind; group_kind. Written like the name.
    typename Atomics::template word<std::uint32_t> group;
    /// Group: which member has the turn; see turn.hpp.
    typename Atomics::template word<std::uint32_t> turn;
    /// Group: bit i: the consumer in slot i is a member, or died as one. Changed under the turn.
    typename Atomics::template word<std::uint64_t> members;
    told_word since_ns; ///< since the epoch: when it joined
    told_word lost;     ///< records that its batches, of all lanes, said were lost
    doorbell_words<Atomics> bell;
};

/// Second page of the control file; the cells follow it.
template <class Atomics>
struct control_words {
    /// Bit i: consumer slot i counts. Set by its owner; cleared by it, or by whoever holds its lock after its death.
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> joined;
    /// Bit i: consumer slot i is a named consumer's, also while that is absent. Changed under the naming lock by who
    /// holds the slot's.
    typename Atomics::template word<std::uint64_t> named;
    /// Bit i: the consumer in slot i is a group's member, or died as one and something of it is to be handed on.
    typename Atomics::template word<std::uint64_t> grouped;
    /// Bit i: consumer i sleeps, or is about to. Cleared by whoever wakes it.
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> sleeping_consumers;
    /// Bit l: the producer of lane l sleeps for want of room, or is about to.
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> sleeping_producers;
    doorbell_words<Atomics> producer_bells[most_lanes];
    consumer_slot<Atomics> consumers[most_consumers];
};
static_assert(sizeof(control_words<hardware_atomics>) == (3 + most_lanes + 2 * most_consumers) * writer_distance);

/// A lossy consumer's claim on bytes [begin, end) of a lane: while `held` is set in it, nobody writes there.
template <class Atomics>
struct hold_words {
    typename Atomics::template word<std::uint64_t> begin; ///< position | held; 0: free
    typename Atomics::template word<position> end;        ///< may only shrink while held
};
inline constexpr std::uint64_t held = std::uint64_t{1} << 63U;

/// What one consumer says to the producer of one lane, on lines of its own; the consumer's holds follow it. Written by
/// the consumer, from joining to leaving.
template <class Atomics>
struct cell_words {
    /// Lossless: records below are released. Lossy: `unbound`.
    typename Atomics::template word<position> cursor;
    /// ring_place: the oldest ring of the lane that the consumer may look at.
    typename Atomics::template word<std::uint64_t> ring;
};
inline constexpr position unbound = ~position{0};

/// Bytes from one cell to the next.
template <class Atomics>
[[nodiscard]] constexpr std::size_t cell_bytes(unsigned max_holds) noexcept
{
    const std::size_t bytes = sizeof(cell_words<Atomics>) + max_holds * sizeof(hold_words<Atomics>);
    return (bytes + writer_distance - 1) / writer_distance * writer_distance;
}

inline constexpr std::uint64_t waits_always = ~std::uint64_t{0}; ///< data_header::absence_ns

/// Where a named consumer goes on in one lane, a standing; it writes the two in turn, so that one is whole whenever it
/// dies. The one with the higher place counts; place 0: the lane's first record.
template <class Atomics>
struct saved_words {
    struct entry {
        typename Atomics::template word<position> place;
        typename Atomics::template word<std::uint64_t> number;
        typename Atomics::template word<std::uint64_t> lost;
        typename Atomics::template word<std::uint64_t> lost_next; ///< group: see group_member
    };
    entry entries[2];

    /// Which of the two counts.
    [[nodiscard]] unsigned higher() const noexcept
    {
        return entries[1].place.load(std::memory_order_relaxed) > entries[0].place.load(std::memory_order_relaxed) ? 1
                                                                                                                   : 0;
    }
    /// The lower one becomes the one that counts, once its place is there: that comes last, so that whoever counts is
    /// whole whenever the writer dies. @pre `which` is the lower one; at.place is above the other's.
    void write(unsigned which, const standing& at) noexcept
    {
        entry& to = entries[which];
        to.number.store(at.number, std::memory_order_relaxed);
        to.lost.store(at.lost, std::memory_order_relaxed);
        // N1 release: pairs with N2. Before a cursor moves up (C2): a place that is saved is never below it.
        to.place.store(at.place, std::memory_order_release);
    }
    /// While nobody reads or writes them.
    void set(const standing& at) noexcept
    {
        const standing none;
        for (auto& each : entries) {
            const standing& to = &each == entries ? at : none;
            each.place.store(to.place, std::memory_order_relaxed);
            each.number.store(to.number, std::memory_order_relaxed);
            each.lost.store(to.lost, std::memory_order_relaxed);
        }
    }
    void forget() noexcept { set({}); }
};

/// What the saved places of a name are good for.
enum class settlement : std::uint32_t {
    none = 0,  ///< they mean nothing yet
    bound = 1, ///< they mean something, and so do its cursors while its bit in `joined` is set
    known = 2, ///< they mean something; whatever its bit and its cursors say, it joins by the numbers
};

/// What a named consumer is.
enum class group_kind : std::uint32_t {
    none = 0, ///< one process
    lossless = 1,
    lossy = 2,
};

/// A batch that a member of a group was handed and has not released. Written under the group's turn.
template <class Atomics>
struct claim_words {
    typename Atomics::template word<std::uint64_t> begin; ///< position | held; 0: free
    typename Atomics::template word<position> end;
    typename Atomics::template word<std::uint64_t> number; ///< of the first record
    typename Atomics::template word<std::uint64_t> lost;   ///< before it
    typename Atomics::template word<std::uint32_t> count;  ///< 0: it is being counted as lost
    typename Atomics::template word<std::uint32_t> lane;
};
inline constexpr unsigned claims_kept = 16;
template <class Atomics>
inline constexpr unsigned claims_in = claims_kept; ///< as marks_in

/// Bytes from one consumer's saved places to the next one's; its claims as a member lie behind them.
template <class Atomics>
[[nodiscard]] constexpr std::size_t saved_bytes(unsigned lane_count) noexcept
{
    const std::size_t bytes =
        sizeof(saved_words<Atomics>) * lane_count + sizeof(claim_words<Atomics>) * claims_in<Atomics>;
    return (bytes + writer_distance - 1) / writer_distance * writer_distance;
}

/// Bytes of the control file that carry OFD locks; nothing is stored there.
namespace lock_byte {
inline constexpr std::uint64_t naming = 0;     ///< held while the files get or lose their names
inline constexpr std::uint64_t producer = 1;   ///< + lane
inline constexpr std::uint64_t consumer = 128; ///< + slot
inline constexpr std::uint64_t end = consumer + most_consumers;
} // namespace lock_byte

/// A framed record's header word; 0 where no record is committed yet.
namespace frame {
inline constexpr std::size_t header_bytes = sizeof(std::uint64_t);

/// Bits 0–31: payload bytes + 1, so that a commit is never 0. Bits 32–63: low half of the record's number.
[[nodiscard]] constexpr std::uint64_t encode(std::uint64_t sequence, std::size_t payload_bytes) noexcept
{
    return sequence << 32U | static_cast<std::uint32_t>(payload_bytes + 1);
}
/// No header's size_word().
inline constexpr std::uint64_t no_size = ~std::uint64_t{0};

/// What records of one size have in common.
[[nodiscard]] constexpr std::uint32_t size_word(std::uint64_t header) noexcept
{
    return static_cast<std::uint32_t>(header);
}
[[nodiscard]] constexpr std::uint64_t payload_bytes(std::uint64_t header) noexcept
{
    return std::uint64_t{size_word(header)} - 1;
}
[[nodiscard]] constexpr std::uint32_t sequence_low(std::uint64_t header) noexcept
{
    return static_cast<std::uint32_t>(header >> 32U);
}

/// Stands for `bytes` without a record, this word among them: the producer stepped over what a lossy consumer holds.
[[nodiscard]] constexpr std::uint64_t encode_gap(std::uint64_t bytes) noexcept
{
    return bytes / header_bytes << 32U | 0xffff'ffffU;
}
[[nodiscard]] constexpr bool is_gap(std::uint64_t header) noexcept
{
    return size_word(header) == 0xffff'ffffU;
}
[[nodiscard]] constexpr std::uint64_t gap_bytes(std::uint64_t header) noexcept
{
    return (header >> 32U) * header_bytes;
}

/// Instead of a record: the lane goes on in another ring.
inline constexpr std::uint64_t moved = 0xffff'ffffU; // a gap of no bytes

/// Position of the first header: its payload is aligned.
[[nodiscard]] constexpr position first(std::size_t alignment) noexcept
{
    return alignment - header_bytes;
}

/// From a record's header to the next one: payloads are aligned, and a header lies right before each.
[[nodiscard]] constexpr std::uint64_t step(std::uint64_t payload_bytes, std::uint64_t alignment) noexcept
{
    return (payload_bytes + header_bytes + alignment - 1) & ~(alignment - 1);
}

/// Position of the header after the record at `at`. @pre A record can begin at `at`.
[[nodiscard]] constexpr position next(position at, std::uint64_t payload_bytes, std::uint64_t alignment) noexcept
{
    return at + step(payload_bytes, alignment);
}

/// Largest payload: the record and the header after it fit the lane, wherever the record begins.
[[nodiscard]] constexpr std::uint64_t most_payload_bytes(std::uint64_t capacity_bytes, std::uint64_t alignment) noexcept
{
    const std::uint64_t room = capacity_bytes - alignment - header_bytes;
    return room < 0xffff'fffdU ? room : 0xffff'fffdU;
}
} // namespace frame

/// A framed ring is no larger: a gap's length and the low half of a record's number tell everything in it apart.
inline constexpr std::uint64_t most_framed_capacity_bytes = std::uint64_t{1} << 34U;

/// What both sides must know of a lane; taken from a validated private copy of the header, never from the page again.
struct lane_geometry {
    std::uint64_t capacity_bytes = 0;
    std::uint64_t alignment = 0;
    std::uint64_t record_bytes = 0; ///< dense only
    unsigned lane_count = 1;
    unsigned max_holds = 0;
    unsigned slot_count = most_consumers;
    bool lossless = true; ///< consumers may be
    std::uint64_t absence_ns = 0;

    [[nodiscard]] std::uint64_t offset(position at) const noexcept { return at & (capacity_bytes - 1); }
};

} // namespace samepage::ring
