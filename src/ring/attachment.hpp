// SPDX-License-Identifier: BSL-1.0
// attachment.hpp: creating, finding and validating a channel's two files, and mapping them.
// Thread safety: none needed; made once, then read.
#pragma once

#include "memory/channel_files.hpp"
#include "memory/file_system.hpp"
#include "memory/mapping.hpp"
#include "memory/page_care.hpp"
#include "ring/consumer_rings.hpp"
#include "ring/producer_ring.hpp"
#include "ring/writable_pages.hpp"

#include <samepage/memory/fork_guard.hpp>
#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/channel_info.hpp>
#include <samepage/ring/channel_source.hpp>
#include <samepage/ring/group_member.hpp>
#include <samepage/ring/hardware.hpp>
#include <samepage/ring/lane.hpp>
#include <samepage/ring/lane_reader.hpp>
#include <samepage/ring/options.hpp>
#include <samepage/ring/record_type.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace samepage::ring {

/// A channel's files as this process opened and mapped them. Nothing of the headers is read from the pages again.
class attachment {
public:
    /// Creates the channel or opens the existing one, and holds the lock of one of its lanes, whose ring is reserved.
    /// @throws error
    [[nodiscard]] static std::unique_ptr<attachment> produce(const channel_source& from, const channel_options& options,
                                                             const record_type& type);

    /// Opens an existing channel, data read-only, and holds the lock of a consumer slot.
    /// @throws error
    [[nodiscard]] static std::unique_ptr<attachment> consume(const channel_source& from,
                                                             const consumer_options& options, const record_type& type);

    /// Opens an existing channel, whatever its type, to change it, and holds its naming lock. Nothing: there is none.
    /// @throws error
    [[nodiscard]] static std::unique_ptr<attachment> change(const memory::channel_place& place);

    attachment(const attachment&) = delete;
    attachment& operator=(const attachment&) = delete;
    ~attachment();

    [[nodiscard]] channel_info info() const;
    [[nodiscard]] memory::ownership_locks& locks() noexcept { return locks_; }
    [[nodiscard]] control_words<hardware>& control() const noexcept;
    [[nodiscard]] const directory_words<hardware>& directory() const noexcept;
    [[nodiscard]] const memory::channel_place& place() const noexcept { return place_; }
    /// More descriptors of a nameless channel, without our locks. @throws error invalid_argument for one with a name
    [[nodiscard]] channel_descriptors descriptors() const;
    /// Owner, group and mode of the control file: of those who take part.
    [[nodiscard]] struct ::stat participants() const { return memory::status_of(place_, locks_.descriptor()); }
    [[nodiscard]] const data_header& header() const noexcept { return header_; }
    [[nodiscard]] const described_type& type() const noexcept { return type_; }
    [[nodiscard]] unsigned lane_count() const noexcept { return geometry_.lane_count; }
    [[nodiscard]] lane<hardware, true> writable_lane() const noexcept;                ///< @pre made by produce()
    [[nodiscard]] lane<hardware, false> readable_lane(unsigned index) const noexcept; ///< @pre made by consume()
    /// Of a producer: its lane's. @pre made by produce()
    [[nodiscard]] producer_ring& ring() noexcept { return *ring_; }
    /// As producer_ring::let_go_of_left(). @pre made by produce()
    void let_go_of_left_ring() noexcept;
    /// Of a consumer: its lanes'. @pre made by consume()
    [[nodiscard]] consumer_rings& rings() noexcept { return *rings_; }
    /// What holds for the channel at present.
    [[nodiscard]] const channel_terms& terms() const noexcept { return directory().terms; }
    [[nodiscard]] channel_terms& terms() noexcept; ///< @pre made by change()
    /// Which consumers may be lossless, and how long producers wait for an absent one, at present.
    [[nodiscard]] lossless_for lossless() const noexcept;
    [[nodiscard]] bool allows_lossless() const noexcept { return lossless() != lossless_for::nobody; }
    [[nodiscard]] std::uint64_t absence_ns() const noexcept
    {
        return terms().absence_ns.load(std::memory_order_relaxed);
    }
    /// That of the rings to come. @throws error corrupt
    [[nodiscard]] std::uint64_t capacity_bytes() const;
    /// As many as may come, 1 to as many as there is room for. @throws error corrupt
    [[nodiscard]] unsigned max_producers() const;
    [[nodiscard]] unsigned max_consumers() const;
    /// Lane `index` got words and a ring some time. @pre index < lane_count()
    [[nodiscard]] bool in_use(unsigned index) const noexcept;
    [[nodiscard]] lane_words<hardware>& writable_words(unsigned index) noexcept; ///< @pre made by produce() or change()
    [[nodiscard]] const memory::file& data() const noexcept { return data_; }
    /// The channel was removed, and another one has its name.
    [[nodiscard]] bool is_superseded() const noexcept;
    /// What consumer `slot` says to the producer of lane `index`.
    [[nodiscard]] cell_words<hardware>& cell(unsigned slot, unsigned index) const noexcept;
    /// Tells consumers of our lane, whose words hold and whose ring is reserved. @pre made by produce()
    void announce_lane() const noexcept;
    /// Lanes that were announced and whose producers died: marks them, now that another producer closes.
    /// @pre made by produce()
    void mark_dead_lanes() noexcept;
    /// Consumers without a name that died and bind producers still, as those find them when they need room.
    /// @return how many. @pre made by change()
    unsigned withdraw_dead_consumers();
    [[nodiscard]] unsigned slot() const noexcept { return slot_; } ///< @pre made by consume()
    /// The slot that has our group's name; our own if we have a name. @pre made by consume(), with either
    [[nodiscard]] unsigned named_slot() const noexcept { return named_slot_; }
    /// Where the consumer of our name, or our group, goes on in lane `index`. @pre as named_slot()
    [[nodiscard]] saved_words<hardware>& saved(unsigned index) const noexcept;
    /// @pre made by consume(), with a group
    [[nodiscard]] group_place<hardware> group() const noexcept;
    /// Others may enter the group from here on. @pre as group()
    void end_entering() noexcept;
    /// We have joined: a name that is new stays. Else it goes with this. @pre as named_slot()
    void keep_name() noexcept { new_name_ = false; }
    [[noreturn]] void fail_corrupt(std::string found) const;
    [[noreturn]] void fail_unmapped() const; ///< another ring of a lane
    /// Lossless consumption is for others, or for nobody.
    [[noreturn]] void fail_class(lossless_for allowed) const;
    /// The turn of our group does not come.
    [[noreturn]] void fail_turn(std::string_view group) const;
    [[noreturn]] void fail_argument(std::string expected, std::string found) const;

private:
    /// Both files open, their headers validated on private copies.
    struct opened;

    /// @param amid  since before the control file was opened.
    attachment(opened&& files, memory::access data_access, const memory::fork_barrier& amid);

    memory::channel_place place_;
    memory::storage storage_;
    memory::access data_access_;
    memory::file data_;
    data_header header_;
    described_type type_;
    lane_geometry geometry_;
    std::shared_ptr<writable_pages> writable_; ///< of a nameless channel's producers: they share one mapping
    memory::plain_mapping words_;              ///< the directory's page and the lanes', unless they are shared
    memory::plain_mapping control_;
    memory::ownership_locks locks_;         ///< owns the control file's descriptor
    std::unique_ptr<producer_ring> ring_;   ///< a producer's
    std::unique_ptr<consumer_rings> rings_; ///< a consumer's
    unsigned lane_ = 0;
    unsigned slot_ = 0;
    unsigned named_slot_ = 0;
    bool new_name_ = false;    ///< and nobody has joined by it yet
    memory::fork_guard guard_; ///< in the child the locks stay the parent's alone, and go when it dies

    [[nodiscard]] std::byte* words() const noexcept;
    [[nodiscard]] std::byte* words_of(unsigned lane) const noexcept;
    [[nodiscard]] std::byte* cells() const noexcept;
    /// Of the locks of `room` bytes from `first` on, `most` or more are held by others or `kept`, some of them beyond
    /// the first `most`: of who was there before fewer were allowed.
    [[nodiscard]] bool is_crowded(std::uint64_t first, unsigned most, unsigned room, std::uint64_t kept) const noexcept;
    /// Takes the lock of a free lane and reserves its ring. False if there is none, now.
    [[nodiscard]] bool take_lane(const memory_options& memory);
    /// Our lane is to have a ring as the channel's are at present.
    void want_present_capacity();

    // attachment_memory.cpp: pages, as the options want them.

    /// What is mapped, stretch by stretch; of a consumer's rings only those that the directory names are reserved.
    [[nodiscard]] std::vector<memory::page_range> mapped_ranges() const;
    [[nodiscard]] std::vector<memory::page_range> word_ranges(memory::access data) const;
    /// Reserves our lane's ring, if nobody had the lane before, on the node and in the pages that it is to have.
    void reserve_ring(const memory_options& options);
    /// The ring that we move to, reserved by who wants us to: its node and its pages.
    [[nodiscard]] bool has_huge_rings() const noexcept;
    void care_for_ring(const memory::page_range& once, const memory_options& options) const;
    /// Of a new channel: the words, and their node.
    void place_words(const memory_options& options) const;
    void take_care(bool prefault, bool lock) const;

    [[noreturn]] void fail_crowded() const;
    /// @throws error invalid_argument, permission_denied
    void check_options(const consumer_options& options) const;
    /// Slots are marked as kept, and nobody's name or group keeps them: the control words are damaged.
    [[nodiscard]] bool keeps_slots_for_nobody() const;
    /// The channel still has its name. @throws channel_gone
    void require_named() const;
    /// Somebody creates, removes or changes the channel at this moment, or names a consumer.
    [[nodiscard]] bool is_being_removed() const noexcept;
    /// Takes the lock of a free consumer slot. @throws error too_many_consumers, corrupt
    void take_slot();
    /// Takes the lock of the slot of consumer `name`, which becomes its own if there was none.
    /// @throws error consumer_exists, too_many_consumers, system
    void take_slot_of(std::string_view name);
    /// Takes the lock of a slot for a member of the group `name`, and keeps those of the name until end_entering().
    /// @throws error invalid_argument, too_many_consumers, system
    void take_slot_in(std::string_view name, group_kind kind);
    [[nodiscard]] bool take_slot_of_dead_member();
    /// Takes the lock of a slot that has a name. False: somebody else has it.
    [[nodiscard]] bool take_named(unsigned slot);
    /// Takes a free slot, and gives it the name.
    void give_name(std::string_view name, group_kind kind);
    void forget_new_name() noexcept;

    /// @throws error; channel_gone
    [[nodiscard]] static std::unique_ptr<attachment>
    try_consume(const memory::channel_place& place, const consumer_options& options, const record_type& type);
    /// The channel's files, made and named, or sealed.
    void write_terms(const channel_options& options);
    void take_first_lane(const memory_options& memory);
    void join_as(const consumer_options& options);
    [[nodiscard]] static std::unique_ptr<attachment>
    produce_received(const channel_descriptors& channel, const channel_options& options, const record_type& type);
    [[nodiscard]] static std::unique_ptr<attachment>
    consume_received(const channel_descriptors& channel, const consumer_options& options, const record_type& type);
    [[nodiscard]] static std::unique_ptr<attachment>
    create_sealed(const memory::channel_place& at, const channel_options& options, const record_type& type);
    [[nodiscard]] static std::unique_ptr<attachment> open_received(const memory::channel_place& at,
                                                                   const channel_descriptors& channel,
                                                                   const record_type& type,
                                                                   std::shared_ptr<writable_pages> writable);
    [[nodiscard]] static std::unique_ptr<attachment>
    try_create(const memory::channel_place& place, const channel_options& options, const record_type& type);
    /// @param type  nullptr: any
    [[nodiscard]] static std::unique_ptr<attachment> try_open(const memory::channel_place& place, memory::access how,
                                                              const record_type* type);
};

} // namespace samepage::ring
