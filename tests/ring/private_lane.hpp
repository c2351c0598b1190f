// SPDX-License-Identifier: BSL-1.0
// private_lane.hpp: a lane and its control words in this process's own memory, for tests of the steps one by one.
// One mapping serves all threads, so ThreadSanitizer sees who orders what.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"
#include "support/lone_reader.hpp"

#include <samepage/ring/dense_reader.hpp>
#include <samepage/ring/dense_writer.hpp>
#include <samepage/ring/framed_reader.hpp>
#include <samepage/ring/framed_writer.hpp>
#include <samepage/ring/hardware.hpp>
#include <samepage/ring/waiting.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace samepage::test {

using ring::hardware;
using dense_writer = ring::dense_writer<hardware>;
using framed_writer = ring::framed_writer<hardware>;
using ring::demand;

using support::lone;
using dense_reader = lone<ring::dense_reader<hardware>>;
using framed_reader = lone<ring::framed_reader<hardware>>;

class private_lane {
public:
    explicit private_lane(ring::lane_geometry geometry)
        : geometry_(geometry),
          file_(::memfd_create("private lane", MFD_CLOEXEC)),
          locks_(::dup(file_.get())),
          place_("test", "private", "/nowhere")
    {
        BOOST_REQUIRE_EQUAL(::ftruncate(file_.get(), static_cast<off_t>(geometry.capacity_bytes)), 0);
        ring_ = memory::mirrored_mapping(place_, file_, memory::access::read_write, 0, geometry.capacity_bytes);
    }

    [[nodiscard]] ring::lane<hardware, true> writable() noexcept
    {
        return {words_.get(), ring_.data(), control_.get(), cells_.data(), geometry_, 0};
    }
    [[nodiscard]] ring::lane<hardware, false> readable() noexcept
    {
        return {words_.get(), ring_.data(), control_.get(), cells_.data(), geometry_, 0};
    }
    [[nodiscard]] memory::ownership_locks& locks() noexcept { return locks_; }
    [[nodiscard]] ring::lane_words<hardware>& words() noexcept { return *words_; }
    [[nodiscard]] ring::control_words<hardware>& control() noexcept { return *control_; }
    /// A second open file description of the lock file: another participant, as far as locks go.
    [[nodiscard]] memory::ownership_locks other_locks() const
    {
        const std::string self = "/proc/self/fd/" + std::to_string(file_.get());
        return memory::ownership_locks(::open(self.c_str(), O_RDWR | O_CLOEXEC));
    }

private:
    ring::lane_geometry geometry_;
    memory::file file_;
    memory::ownership_locks locks_;
    memory::channel_place place_;
    memory::mirrored_mapping ring_;
    std::unique_ptr<ring::lane_words<hardware>> words_ = std::make_unique<ring::lane_words<hardware>>();
    std::vector<std::byte> cells_ =
        std::vector<std::byte>(ring::most_consumers * ring::cell_bytes<hardware>(geometry_.max_holds));
    std::unique_ptr<ring::control_words<hardware>> control_ = std::make_unique<ring::control_words<hardware>>();
};

/// Lanes of one page with records of eight bytes.
inline constexpr ring::lane_geometry eights{.capacity_bytes = 4096, .alignment = 8, .record_bytes = 8, .max_holds = 7};
inline constexpr ring::lane_geometry frames{.capacity_bytes = 4096, .alignment = 8, .record_bytes = 0, .max_holds = 7};

/// A writer that took over its lane.
template <class Writer>
struct started : Writer {
    explicit started(private_lane& lane) : Writer(lane.writable(), lane.locks()) { BOOST_REQUIRE(this->resume()); }
};

/// Writes `value` into the next record. False if there is no room.
inline bool put(dense_writer& writer, std::uint64_t value)
{
    if (!writer.has_room(sizeof value) && !writer.make_room(sizeof value)) {
        return false;
    }
    std::memcpy(writer.at(writer.next()), &value, sizeof value);
    writer.publish(sizeof value, 1);
    return true;
}

/// Writes a record of `bytes`, each the low byte of `value`. False if there is no room.
inline bool put(framed_writer& writer, std::size_t bytes, std::uint64_t value)
{
    const auto room = writer.room_for(bytes);
    if (!writer.has_room(room) && !writer.make_room(room)) {
        return false;
    }
    std::memset(writer.lend(), static_cast<int>(value & 0xff), bytes);
    writer.publish(bytes, true);
    return true;
}

inline std::uint64_t value_at(const dense_reader& reader, ring::position where)
{
    std::uint64_t value = 0;
    std::memcpy(&value, reader.at(where), sizeof value);
    return value;
}

} // namespace samepage::test
