// SPDX-License-Identifier: BSL-1.0
// options.hpp: what a creator decides about a channel, and a consumer about itself.
#pragma once

#include <samepage/memory/memory_options.hpp>
#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/lossless_permission.hpp>
#include <samepage/ring/waiting.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace samepage {

using ring::demand;
using ring::start;

/// A record of the channel: the lane its producer wrote to, and its number there.
struct record_place {
    unsigned lane = 0;
    std::uint64_t number = 0;
};

/// Decided by whoever creates the channel; a producer that joins an existing one takes that one's, and only
/// `directory`, `wait` and, of `memory`, what concerns its own ring of these.
struct channel_options {
    /// Of each producer's ring; rounded up to a power of two of at least a page. All of it is reserved when the first
    /// producer takes it, and goes on to later ones.
    std::size_t capacity_bytes = std::size_t{1} << 20U;
    /// At a time; 1 to 64. Each has a ring of its own; one that nobody took yet takes no memory.
    unsigned max_producers = 8;
    /// At a time; 1 to 64.
    unsigned max_consumers = 64;
    /// As many as change_channel() may allow later, 1 to 64; never fewer than max_producers and max_consumers. Their
    /// words are reserved with the channel: about 4 KiB for a producer, 0.6 KiB for a consumer and 0.2 KiB for each
    /// pair; and the data file is as long as if all rings were there (RLIMIT_FSIZE). 0: 16 and 64, which is 0.3 MiB,
    /// and fewer producers with rings above 256 GiB; in huge pages, and in a nameless channel, which cannot be changed,
    /// as many as max_producers and max_consumers.
    unsigned room_for_producers = 0;
    unsigned room_for_consumers = 0;
    /// Batches that a lossy consumer may hold of one producer's records at a time; 1 to 63.
    unsigned max_held = 7;
    /// Who may be a lossless consumer: true (everyone), false (nobody: then no consumer can ever make a producer wait
    /// by being slow), or a class of users, lossless_for::owner or lossless_for::group. Others are refused and may be
    /// lossy.
    lossless_permission lossless = true;
    /// How long producers whose rings are full wait for a named lossless consumer that is absent: it closed, or died.
    /// So it finds a ring full of records at least, and more only if this lets it. Then they pass it over; when it
    /// comes back, it is told what it lost. 0: not at all. The largest: always.
    std::chrono::nanoseconds wait_for_absent = std::chrono::seconds{10};
    /// Of both files. Consumers need read permission on the data file and read and write on the control file.
    ::mode_t mode = 0600;
    /// Of the control file, if not `mode`: with 0640 and 0660 here, the group consumes and only the owner produces.
    std::optional<::mode_t> control_mode{};
    /// Of both files; none: as the kernel gives it, the creator's or the directory's. One of the creator's own groups.
    std::optional<::gid_t> group{};
    /// Of each payload of a framed channel: a power of two, 8 to 4096.
    std::size_t payload_alignment = 8;
    /// docs/places.md says which file systems are fit, and what survives there.
    std::filesystem::path directory = "/dev/shm";
    memory_options memory{};
    /// How loan() waits for room.
    wait_policy wait{};
};

struct consumer_options {
    /// A named consumer goes on where the last one of that name in this channel stopped: behind what it released,
    /// whether it closed or was killed. The name keeps one of the channel's consumer slots until remove_consumer().
    /// `from` and `resume` are for the first time only. 1 to 63 characters, as in a channel's name; "": no name.
    std::string name{};
    /// Several consumers of one group share a cursor, and each record goes to one of them: work sharing. What a member
    /// held when it died, or closed, is handed to another, and batch::redelivered() says so. The group has a name,
    /// which is kept as a consumer's is; it is lossless or lossy as its first member was. Not together with `name`.
    std::string group{};
    start from = start::newest;
    /// Lossless: a producer whose ring is full waits for this consumer. Lossy: it goes on, and batch::lost() tells.
    demand wants = demand::lossless;
    /// Batches held of one producer's records at a time, released in any order; 1 to 63, for a lossy consumer to the
    /// channel's max_held. For a group's member: of all producers' together, 1 to 16. A take beyond it is empty with
    /// too_many_held.
    unsigned held = 4;
    /// Lanes in which to begin elsewhere than `from` says: with the record of this number, if it is still there; those
    /// before it that are gone count as lost. What consumer::next() said before a restart.
    std::vector<record_place> resume{};
    /// How long to wait for a channel that does not exist yet; 0: not at all (error not_found).
    std::chrono::nanoseconds wait_for_channel{0};
    std::filesystem::path directory = "/dev/shm";
    mapping_options memory{};
    /// How take() waits for records.
    wait_policy wait{};
};

} // namespace samepage
