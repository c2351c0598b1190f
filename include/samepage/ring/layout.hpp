// SPDX-License-Identifier: BSL-1.0
// layout.hpp: the bytes that processes share, layout version 1. docs/layout.md draws them.
#pragma once

#include <samepage/core/atomics.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>

namespace samepage::ring {

/// A count of bytes since the lane began; never wraps. position mod capacity is an offset.
using position = std::uint64_t;

/// No lane gets here in centuries; a page that says so is corrupt, and sums of positions cannot overflow.
inline constexpr position most_position = position{1} << 62U;

inline constexpr std::uint64_t magic = 0x6567'6170'656d'6173; // "samepage" in memory order on little endian
inline constexpr std::uint32_t layout_version = 1;
inline constexpr std::uint32_t byte_order_mark = 0x0102'0304;

/// Lines of different writers lie this far apart: two lines, since processors fetch lines in pairs.
inline constexpr std::size_t writer_distance = 128;

inline constexpr unsigned most_consumers = 64; // one bit each in the control words
inline constexpr std::size_t most_type_bytes = 1 << 20;

enum class record_kind : std::uint32_t {
    dense = 1,  ///< records of one size, nothing between them
    framed = 2, ///< variable size, a header word before each payload
};

/// Start of the data file; constant once the file has its name. `type_bytes` bytes of type description follow it.
struct data_header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t byte_order;
    std::uint64_t channel_id[2];  ///< random; the control file carries the same
    std::uint64_t created_ns;     ///< since the epoch
    std::uint64_t file_bytes;     ///< of the data file
    std::uint64_t record_bytes;   ///< dense: of each record; framed: 0
    std::uint64_t alignment;      ///< of each record (dense) or payload (framed); a power of two
    std::uint64_t capacity_bytes; ///< of a lane's ring; a power of two
    std::uint64_t lane_offset;    ///< of lane 0: one page of lane_words, then its ring
    std::uint32_t kind;           ///< record_kind
    std::uint32_t lane_count;     ///< 1 in version 1
    std::uint32_t page_bytes;     ///< unit of every offset and of the lane's head page
    std::uint32_t max_consumers;
    std::uint32_t type_bytes;
    std::uint32_t checksum; ///< CRC-32 of header (with this word 0) and type description
};
static_assert(sizeof(data_header) == 104);

/// Start of the control file; constant once the file has its name.
struct control_header {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t byte_order;
    std::uint64_t channel_id[2];
    std::uint64_t file_bytes;
    std::uint32_t max_consumers;
    std::uint32_t checksum; ///< CRC-32 of this header with this word 0
};
static_assert(sizeof(control_header) == 48);

/// First page of a lane, in the data file. Written by the lane's producer alone.
template <class Atomics>
struct lane_words {
    /// Records below are published. Framed: trails the committed headers, which are the truth.
    alignas(writer_distance) typename Atomics::template word<position> head;
    /// Framed: number of the record at head.
    typename Atomics::template word<std::uint64_t> sequence;
    /// Who joins begins at or above it. Records below may be overwritten unless a cursor of the joined forbids it.
    alignas(writer_distance) typename Atomics::template word<position> horizon;
    /// 1 once the producer closed; 0 while one is at work, or after it died.
    alignas(writer_distance) typename Atomics::template word<std::uint32_t> closed;
    /// Process id of the latest producer as it saw itself: for people, never for decisions.
    typename Atomics::template word<std::uint32_t> producer_pid;
};
static_assert(sizeof(lane_words<hardware_atomics>) == 3 * writer_distance);

/// A participant's bell: whoever wakes it adds one and calls futex_wake.
template <class Atomics>
struct doorbell_words {
    alignas(writer_distance) typename Atomics::template word<std::uint32_t> doorbell;
};

template <class Atomics>
struct consumer_slot {
    /// Records below are released. Written by the slot's owner, from joining to leaving.
    alignas(writer_distance) typename Atomics::template word<position> cursor;
    /// As producer_pid: for people.
    typename Atomics::template word<std::uint32_t> pid;
    doorbell_words<Atomics> bell;
};

/// Second page of the control file.
template <class Atomics>
struct control_words {
    /// Bit i: consumer slot i counts. Set by its owner; cleared by it, or by whoever holds its lock after its death.
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> joined;
    /// Bit i: consumer i sleeps, or is about to. Cleared by whoever wakes it.
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> sleeping_consumers;
    /// Bit l: the producer of lane l sleeps for want of room, or is about to.
    alignas(writer_distance) typename Atomics::template word<std::uint64_t> sleeping_producers;
    doorbell_words<Atomics> producer_bell;
    consumer_slot<Atomics> consumers[most_consumers];
};
static_assert(sizeof(control_words<hardware_atomics>) == 4 * writer_distance + most_consumers * 2 * writer_distance);

/// Bytes of the control file that carry OFD locks; nothing is stored there.
namespace lock_byte {
inline constexpr std::uint64_t naming = 0;    ///< held while the files get or lose their names
inline constexpr std::uint64_t producer = 1;  ///< + lane
inline constexpr std::uint64_t consumer = 64; ///< + slot
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
    return room < 0xffff'fffeU ? room : 0xffff'fffeU;
}
} // namespace frame

/// What both sides must know of a lane; taken from a validated private copy of the header, never from the page again.
struct lane_geometry {
    std::uint64_t capacity_bytes = 0;
    std::uint64_t alignment = 0;
    std::uint64_t record_bytes = 0; ///< dense only

    [[nodiscard]] std::uint64_t offset(position at) const noexcept { return at & (capacity_bytes - 1); }
};

} // namespace samepage::ring
