// SPDX-License-Identifier: BSL-1.0
// attachment.hpp: creating, finding and validating a channel's two files, and mapping them.
// Thread safety: none needed; made once, then read.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/mapping.hpp"

#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/channel_info.hpp>
#include <samepage/ring/hardware.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/options.hpp>
#include <samepage/ring/record_type.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace samepage::ring {

/// A channel's files as this process opened and mapped them. Nothing of the headers is read from the pages again.
class attachment {
public:
    /// Creates the channel or opens the existing one, and holds the lock of its producer.
    /// @throws error
    [[nodiscard]] static std::unique_ptr<attachment> produce(std::string_view name, const channel_options& options,
                                                             const record_type& type);

    /// Opens an existing channel, data read-only, and holds the lock of a consumer slot.
    /// @throws error
    [[nodiscard]] static std::unique_ptr<attachment> consume(std::string_view name, const consumer_options& options,
                                                             const record_type& type);

    [[nodiscard]] channel_info info() const;
    [[nodiscard]] memory::ownership_locks& locks() noexcept { return locks_; }
    [[nodiscard]] control_words<hardware>& control() const noexcept;
    [[nodiscard]] lane<hardware, true> writable_lane() const noexcept; ///< @pre made by produce()
    [[nodiscard]] lane<hardware, false> readable_lane() const noexcept;
    [[nodiscard]] unsigned slot() const noexcept { return slot_; } ///< @pre made by consume()
    [[noreturn]] void fail_corrupt(std::string found) const;

private:
    /// Both files open, their headers validated on private copies.
    struct opened;

    attachment(opened&& files, memory::access data_access);

    memory::channel_place place_;
    memory::file data_;
    std::string format_;
    std::uint64_t ring_offset_;
    lane_geometry geometry_;
    unsigned max_consumers_;
    memory::plain_mapping words_;
    memory::mirrored_mapping ring_;
    memory::plain_mapping control_;
    memory::ownership_locks locks_; ///< owns the control file's descriptor
    unsigned slot_ = 0;

    static std::unique_ptr<attachment> try_create(const memory::channel_place& place, const channel_options& options,
                                                  const record_type& type);
    static std::unique_ptr<attachment> try_open(const memory::channel_place& place, memory::access how,
                                                const record_type& type);
};

} // namespace samepage::ring
