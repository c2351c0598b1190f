// SPDX-License-Identifier: BSL-1.0
// channel.hpp: a channel in the model: its lanes' words and rings, its control words, and what was truly published.
#pragma once

#include "model/policy.hpp"

#include <samepage/ring/dense_reader.hpp>
#include <samepage/ring/dense_writer.hpp>
#include <samepage/ring/framed_reader.hpp>
#include <samepage/ring/framed_writer.hpp>
#include <samepage/ring/group_member.hpp>
#include <samepage/ring/waiting.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace model {

namespace ring = samepage::ring;
namespace frame = samepage::ring::frame;
using samepage::outcome;

inline constexpr unsigned slots_at_most = 6;
inline constexpr unsigned lanes_at_most = 2;

/// Where the engine keeps the lock of a byte.
constexpr unsigned producer_lock(unsigned lane)
{
    return static_cast<unsigned>(ring::lock_byte::producer) + lane;
}
constexpr unsigned consumer_lock(unsigned slot)
{
    return 16 + slot;
}

template <class Policy>
struct dense_over {
    using words = Policy;
    using writer = ring::dense_writer<Policy>;
    using reader = ring::dense_reader<Policy>;
    static constexpr bool has_headers = false;
};

template <class Policy>
struct framed_over {
    using words = Policy;
    using writer = ring::framed_writer<Policy>;
    using reader = ring::framed_reader<Policy>;
    static constexpr bool has_headers = true;
};

using dense = dense_over<policy>;
using framed = framed_over<policy>;
using two_marks_dense = dense_over<frugal_policy<2, 128>>;
using two_marks_framed = framed_over<frugal_policy<2, 128>>;
using two_gaps = dense_over<frugal_policy<2, 2>>;
using four_gaps = dense_over<frugal_policy<8, 4>>;
using small_dense = dense_over<frugal_policy<2, 4>>; ///< fewer words: a group has many of its own
using small_framed = framed_over<frugal_policy<2, 4>>;

struct shape {
    std::uint64_t capacity_bytes = 32;
    std::uint64_t record_bytes = 8;            ///< dense
    std::vector<std::uint64_t> payloads = {8}; ///< framed: record n has payloads[n % size] bytes
    unsigned lanes = 1;
    unsigned max_holds = 2;
    unsigned slots = 3;
    std::uint64_t absence_ns = 0;  ///< producers' patience with a named consumer
    std::uint64_t other_bytes = 0; ///< of another ring that lane 0 may move to; 0: there is none
    std::uint64_t third_bytes = 0; ///< and of one after that
};

/// The files of a channel, and a record of the truth beside them that no process reads.
template <class Kind>
class channel {
public:
    using words_policy = typename Kind::words;
    explicit channel(const shape& how)
        : shape_(how),
          geometry_{.capacity_bytes = how.capacity_bytes,
                    .alignment = 8,
                    .record_bytes = Kind::has_headers ? 0 : how.record_bytes,
                    .lane_count = how.lanes,
                    .max_holds = how.max_holds,
                    .slot_count = how.slots,
                    .absence_ns = how.absence_ns},
          cells_(how.slots * how.lanes * ring::cell_bytes<words_policy>(how.max_holds) / 64),
          saved_(how.slots * ring::saved_bytes<words_policy>(how.lanes) / 64)
    {
        for (unsigned i = 0; i < how.lanes; ++i) {
            words_.push_back(std::make_unique<ring::lane_words<words_policy>>());
            rings_.emplace_back(2 * how.capacity_bytes / 64 + 1);
        }
        if (may_move()) {
            other_.resize(2 * how.other_bytes / 64 + 1);
            third_.resize(2 * how.third_bytes / 64 + 1);
            ring_bytes_ = {ring_of(0), other_.front().bytes.data(), third_.front().bytes.data()};
        }
    }

    void begin()
    {
        policy::forget_rings();
        for (auto& bytes : rings_) {
            policy::add_ring({bytes.front().bytes.data(), geometry_.capacity_bytes, Kind::has_headers});
        }
        if (may_move()) {
            policy::add_ring({other_.front().bytes.data(), shape_.other_bytes, Kind::has_headers});
            policy::add_ring({third_.front().bytes.data(), shape_.third_bytes, Kind::has_headers});
        }
        truth_ = {};
        group_.reset();
        for (auto& each : control_.consumers) {
            each.name[0] = '\0';
        }
        silences_.clear();
        silences_.push_back({}); // nobody has come yet
    }

    // ---- what must hold whoever does what ----

    /// Only who holds a participant's lock changes its words; of a dead one also who shares its lock. Wakers clear a
    /// sleeper's bit.
    void check_change(const std::uint32_t& id, std::uint64_t before, std::uint64_t after) const
    {
        const void* const word = &id;
        for (unsigned lane = 0; lane < lanes(); ++lane) {
            const auto& words = *words_[lane];
            if (within(word, &words, sizeof(words))) {
                expect_owner(producer_lock(lane), word == &words.state);
            }
        }
        if (policy::is_given_back(word)) {
            the_engine().fail("a ring that was given back is written to");
        }
        check_shared_among_consumers(word, before, after);
        const auto cell_bytes = ring::cell_bytes<words_policy>(geometry_.max_holds) * lanes();
        for (unsigned slot = 0; slot < slots(); ++slot) {
            if ((within(word, cells_.front().bytes.data() + slot * cell_bytes, cell_bytes) && !has_turn(slot)) ||
                word == &control_.consumers[slot].armed) {
                expect_owner(consumer_lock(slot), false);
            }
        }
        if (word == &control_.joined) {
            ring::for_each_bit(before ^ after, [&](unsigned slot) {
                if ((before >> slot & 1U) != 0 && the_engine().owner(consumer_lock(slot)) != -1 &&
                    the_engine().owner(consumer_lock(slot)) != static_cast<int>(the_engine().process())) {
                    the_engine().fail("a living consumer is evicted");
                }
                if ((before >> slot & 1U) != 0 && slot == group_ && anybody_in_group()) {
                    the_engine().fail("a group is passed over, and somebody lives in it");
                }
                expect_owner(consumer_lock(slot), true);
                return true;
            });
        } else if (word == &control_.sleeping_consumers || word == &control_.sleeping_producers) {
            ring::for_each_bit(after & ~before, [&](unsigned who) {
                expect_owner(word == &control_.sleeping_consumers ? consumer_lock(who) : producer_lock(who), false);
                return true;
            });
        } else if (word == &directory_.lanes) {
            ring::for_each_bit(before ^ after, [&](unsigned lane) { return expect_owner(producer_lock(lane), false); });
        }
    }

    /// A producer begins to close.
    void closing(unsigned lane) { truth_[lane].closing = ++moment_; }

    void owner_changed(unsigned byte, int owner, bool by_death)
    {
        if (byte < producer_lock(0) || byte >= producer_lock(0) + lanes()) {
            return;
        }
        const unsigned lane = byte - producer_lock(0);
        const auto open = [&](unsigned l) {
            return the_engine().peek(words_[l]->state.id()) == static_cast<std::uint64_t>(ring::lane_state::open);
        };
        if (owner == -1) {
            truth_[lane].died = by_death && open(lane) ? ++moment_ : 0;
        }
        unsigned held = 0;
        for (unsigned l = 0; l < lanes(); ++l) {
            held += the_engine().owner(producer_lock(l)) != -1 ? 1U : 0U;
        }
        if (owner != -1 && held == 1) {
            silences_.back().until = the_engine().steps();
        } else if (owner == -1 && held == 0) {
            // A death while the last one closed may be told or not: it did not see it.
            silence now{.from = the_engine().steps(), .closed = truth_[lane].died == 0, .died = truth_[lane].died != 0};
            for (unsigned l = 0; l < lanes(); ++l) {
                now.died = now.died || (open(l) && truth_[l].died > truth_[lane].closing);
            }
            silences_.push_back(now);
        }
    }

    /// A consumer that asked at step `asked` was told `end` now.
    void check_end(outcome end, std::size_t asked) const
    {
        if (end == outcome::empty) {
            return;
        }
        bool silent = false;
        bool right = false;
        for (const silence& one : silences_) {
            if (one.until >= asked) {
                silent = true;
                right = right || (end == outcome::closed ? one.closed : one.died);
            }
        }
        if (!silent) {
            the_engine().fail("the end is told while a producer lives");
        }
        if (!right) {
            the_engine().fail(end == outcome::closed ? "closed is told, and the last producer died"
                                                     : "a death is told, and the last producer closed");
        }
    }

    /// @param ring  ring_place: which of the lane's; 0: the only one
    [[nodiscard]] ring::lane<words_policy, true> writable(unsigned lane, std::uint64_t ring = 0)
    {
        return lane_at<true>(lane, ring);
    }
    [[nodiscard]] ring::lane<words_policy, false> readable(unsigned lane, std::uint64_t ring = 0)
    {
        return lane_at<false>(lane, ring);
    }

    // ---- other rings: src/ring/consumer_rings.cpp, src/ring/producer_ring.cpp ----

    [[nodiscard]] bool may_move(unsigned lane = 0) const { return lane == 0 && shape_.other_bytes != 0; }
    /// The lane's rings, one after the other; 0: there are no more.
    [[nodiscard]] std::uint64_t ring_after(std::uint64_t ring) const
    {
        const std::array<std::uint64_t, 3> capacities{shape_.capacity_bytes, shape_.other_bytes, shape_.third_bytes};
        const std::size_t next = ring == 0 ? 0 : number_of(ring) + 1;
        return next < capacities.size() && capacities[next] != 0
                   ? ring::ring_place::encode((next + 1) * ring::ring_place::unit, capacities[next])
                   : 0;
    }
    /// is_possible_ring() of src/ring/ring_space.cpp
    [[nodiscard]] bool is_ring(std::uint64_t ring) const { return ring != 0 && number_of(ring) < ring_bytes_.size(); }
    [[nodiscard]] std::byte* bytes_of(std::uint64_t ring) const { return ring_bytes_.at(number_of(ring)); }
    [[nodiscard]] ring::cell_words<words_policy>& cell(unsigned slot, unsigned lane) const
    {
        return ring::lane<words_policy, true>{
            .cells = const_cast<std::byte*>(cells_.front().bytes.data()), .geometry = geometry_, .index = lane}
            .cell(slot);
    }

    [[nodiscard]] ring::control_words<words_policy>& control() { return control_; }
    [[nodiscard]] ring::directory_words<words_policy>& directory() { return directory_; }
    [[nodiscard]] ring::lane_words<words_policy>& words(unsigned lane) { return *words_[lane]; }
    [[nodiscard]] const ring::lane_geometry& geometry() const { return geometry_; }
    [[nodiscard]] unsigned lanes() const { return geometry_.lane_count; }
    [[nodiscard]] unsigned slots() const { return shape_.slots; }

    // ---- names and groups: a channel has one of either at most ----

    static constexpr char name = 'n';
    static constexpr char group_name = 'g';
    /// slot_of() of src/ring/consumer_names.cpp
    [[nodiscard]] std::optional<unsigned> slot_of(char whom) const
    {
        for (unsigned slot = 0; slot < slots(); ++slot) {
            if (ring::is_named(control_, slot) && control_.consumers[slot].name[0] == whom) {
                return slot;
            }
        }
        return std::nullopt;
    }
    /// name_slot(), and attachment::give_name()
    void give_name(unsigned slot, char whom, ring::group_kind kind)
    {
        auto& words = control_.consumers[slot];
        group_.reset();
        words.name[0] = whom;
        words.absent_since_ns.store(0, std::memory_order_relaxed);
        words.settled.store(0, std::memory_order_relaxed);
        words.group.store(static_cast<std::uint32_t>(kind), std::memory_order_relaxed);
        words.turn.store(0, std::memory_order_relaxed);
        words.members.store(0, std::memory_order_relaxed);
        for (unsigned lane = 0; lane < lanes(); ++lane) {
            at_group(slot, slot).stands(lane).forget();
        }
        if (kind != ring::group_kind::none) {
            group_ = slot;
        }
        ring::keep_slot(control_, slot);
    }
    /// Slot `slot` was taken by one without a name.
    void expect_unnamed(unsigned slot)
    {
        if ((the_engine().peek(control_.named.id()) >> slot & 1U) != 0) {
            the_engine().fail("a slot that is kept for a name is taken by another");
        }
    }
    /// attachment::group()
    [[nodiscard]] ring::group_place<words_policy> at_group(unsigned group, unsigned own) const
    {
        return {.control = const_cast<ring::control_words<words_policy>*>(&control_),
                .saved = const_cast<std::byte*>(saved_.front().bytes.data()),
                .lane_count = lanes(),
                .slots = slots(),
                .group = group,
                .own = own};
    }

    [[nodiscard]] std::uint64_t payload_bytes(std::uint64_t number) const
    {
        return Kind::has_headers ? shape_.payloads[number % shape_.payloads.size()] : shape_.record_bytes;
    }
    /// Word `index` of a record. A framed one's looks like the header of an earlier record: whoever takes a payload for
    /// a header is misled, not warned.
    [[nodiscard]] static std::uint64_t content(unsigned lane, std::uint64_t number, std::uint64_t index)
    {
        return Kind::has_headers ? frame::encode(number - 1 - index, 8) : (number + 1) << 16U | lane << 8U | index;
    }

    /// Of a lane's records, `sure` are published, and those below `most` may be: a producer is at it, or died in it.
    struct truth {
        std::uint64_t sure = 0;
        std::uint64_t most = 0;
        std::uint64_t closing = 0; ///< moment at which its latest producer began to close
        std::uint64_t died = 0;    ///< moment at which it died without
    };
    [[nodiscard]] truth& of(unsigned lane) { return truth_[lane]; }

    bells doors; ///< rings descriptors; see consumer::arm()

private:
    struct alignas(64) line {
        std::array<std::byte, 64> bytes{};
    };
    /// While no producer's lock was held: steps, and what may be told of it.
    struct silence {
        std::size_t from = 0;
        std::size_t until = ~std::size_t{0};
        bool closed = false;
        bool died = true;
    };

    /// Does this process have the turn of the group in `slot`, if there is one?
    [[nodiscard]] bool has_turn(unsigned slot) const
    {
        if (slot != group_) {
            return false;
        }
        const auto holder =
            static_cast<std::uint32_t>(the_engine().peek(control_.consumers[slot].turn.id())) << 1U >> 1U;
        return holder != 0 && holder <= slots() && is_ours(holder - 1);
    }
    [[nodiscard]] static bool is_ours(unsigned slot)
    {
        return the_engine().owner(consumer_lock(slot)) == static_cast<int>(the_engine().process());
    }
    [[nodiscard]] bool anybody_in_group() const
    {
        bool any = false;
        ring::for_each_bit(the_engine().peek(control_.consumers[*group_].members.id()),
                           [&](unsigned slot) { return !(any = the_engine().owner(consumer_lock(slot)) != -1); });
        return any;
    }
    /// Saved places are changed by who holds the slot's lock; a group's, claims and members by who has the turn. But
    /// whose claim it is may give it up.
    void check_shared_among_consumers(const void* word, std::uint64_t before, std::uint64_t after) const
    {
        const auto bytes = ring::saved_bytes<words_policy>(lanes());
        const auto* const begin = saved_.front().bytes.data();
        if (within(word, begin, slots() * bytes)) {
            const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(word) - begin);
            const auto slot = static_cast<unsigned>(at / bytes);
            const bool claim = at % bytes >= sizeof(ring::saved_words<words_policy>) * lanes();
            const bool gives_up = claim && after == 0 && is_ours(slot);
            if (!(group_ && has_turn(*group_) && (claim || slot == group_)) && (claim ? !gives_up : !is_ours(slot))) {
                the_engine().fail("a saved place or a claim is changed by one that may not");
            }
        }
        if (group_ && word == &control_.consumers[*group_].members && !has_turn(*group_)) {
            the_engine().fail("members are changed by one that has not the turn");
        }
        if (word == &control_.grouped || word == &control_.named) {
            ring::for_each_bit(before ^ after, [&](unsigned slot) { return expect_owner(consumer_lock(slot), true); });
        }
        for (unsigned slot = 0; slot < slots(); ++slot) {
            if (word == &control_.consumers[slot].absent_since_ns) {
                expect_owner(consumer_lock(slot), true);
            }
        }
    }

    static bool within(const void* word, const void* begin, std::size_t bytes)
    {
        const auto at = reinterpret_cast<std::uintptr_t>(word) - reinterpret_cast<std::uintptr_t>(begin);
        return at < bytes;
    }
    static bool expect_owner(unsigned byte, bool or_sharer)
    {
        if (the_engine().owner(byte) != static_cast<int>(the_engine().process()) &&
            !(or_sharer && the_engine().shares(byte))) {
            the_engine().fail("a word is changed by one that does not hold its owner's lock");
        }
        return true;
    }
    [[nodiscard]] static std::size_t number_of(std::uint64_t ring)
    {
        return ring::ring_place::offset(ring) / ring::ring_place::unit - 1;
    }
    [[nodiscard]] std::byte* ring_of(unsigned lane) { return rings_[lane].front().bytes.data(); }
    template <bool Writable>
    [[nodiscard]] ring::lane<words_policy, Writable> lane_at(unsigned lane, std::uint64_t ring)
    {
        auto geometry = geometry_;
        if (ring != 0) {
            geometry.capacity_bytes = ring::ring_place::capacity_bytes(ring);
        }
        return {words_[lane].get(),
                ring == 0 ? ring_of(lane) : bytes_of(ring),
                &control_,
                cells_.front().bytes.data(),
                geometry,
                lane,
                ring};
    }

    shape shape_;
    ring::lane_geometry geometry_;
    std::vector<std::unique_ptr<ring::lane_words<words_policy>>> words_;
    std::vector<std::vector<line>> rings_;
    std::vector<line> other_, third_;
    std::array<std::byte*, 3> ring_bytes_{}; ///< by their places in the file
    ring::control_words<words_policy> control_;
    ring::directory_words<words_policy> directory_;
    std::vector<line> cells_;
    std::vector<line> saved_;
    std::optional<unsigned> group_; ///< slot of its name
    std::array<truth, lanes_at_most> truth_{};
    std::uint64_t moment_ = 0;
    std::vector<silence> silences_;
};

} // namespace model
