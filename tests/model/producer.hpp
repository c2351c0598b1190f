// SPDX-License-Identifier: BSL-1.0
// producer.hpp: a producer's process in the model: the shipped writer, and around it what src/ring does by hand.
#pragma once

#include "model/channel.hpp"

#include <samepage/ring/membership.hpp>
#include <samepage/ring/ring_looks.hpp>

#include <optional>
#include <string>

namespace model {

template <class Kind>
class producer {
public:
    producer(channel<Kind>& where, unsigned lane) : channel_(&where), lane_(lane) {}

    /// attachment::take_lane(), then what the constructor of producer_endpoint does. False: another one has the lane.
    bool take()
    {
        if (!locks_.try_lock(ring::lock_byte::producer + lane_)) {
            return false;
        }
        std::uint64_t ring = 0;
        if (channel_->may_move(lane_)) { // producer_ring's constructor
            auto& words = channel_->words(lane_);
            ring = words.ring.load(std::memory_order_acquire);
            if (ring == 0) { // as the creator stores it
                ring = channel_->ring_after(0);
                words.ring.store(ring, std::memory_order_release);
            }
        }
        writer_.emplace(channel_->writable(lane_, ring), locks_, &channel_->doors);
        if (!writer_->resume()) {
            the_engine().fail("resume() finds the lane corrupt");
        }
        if (ring != 0) {
            left_ = ring::left_ring(channel_->words(lane_), ring,
                                    [this](std::uint64_t left) { return channel_->is_ring(left); });
            if (left_ != 0) {
                writer_->end_move(channel_->bytes_of(left_), left_);
            }
        }
        auto& truth = channel_->of(lane_);
        if (writer_->number() < truth.sure || writer_->number() > truth.most) {
            the_engine().fail("resume() counts " + std::to_string(writer_->number()) + " records, published were " +
                              std::to_string(truth.sure) + " to " + std::to_string(truth.most));
        }
        truth.sure = truth.most = writer_->number();
        ring::announce_lane(channel_->directory(), lane_);
        return true;
    }

    /// producer_endpoint::look_for_room(), but for the time; then writes and publishes so many dense records, or one
    /// framed one. False: full.
    bool put(unsigned records = 1)
    {
        return writer_->has_room(room(records)) || writer_->make_room(room(records)) ? (write(records), true) : false;
    }

    /// producer_endpoint::wait_for_room(), then as put(). False: the wait ended without room, which nothing lets it.
    bool put_waiting(unsigned records = 1)
    {
        const std::uint64_t bytes = room(records);
        if (!writer_->has_room(bytes) && !writer_->make_room(bytes)) {
            auto& control = channel_->control();
            const ring::sleeping_place<typename Kind::words> place{
                control.sleeping_producers, std::uint64_t{1} << lane_, control.producer_bells[lane_].doorbell};
            const auto ready = [&] { return writer_->make_room(bytes); };
            const auto idle = [&] { return writer_->recover_dead_consumers() && writer_->make_room(bytes); };
            if (!ring::wait_until_ready<typename Kind::words>(place, samepage::wait_policy::sleep(), std::nullopt,
                                                              ready, idle)) {
                return false;
            }
        }
        write(records);
        return true;
    }

    /// As put(), of a framed record for which room is made first without its payload, and then extended; if that fails,
    /// what was lent is dropped, and the record put anew. False: full.
    bool put_growing()
    {
        const std::uint64_t bytes = writer_->room_for(0);
        if (!writer_->has_room(bytes) && !writer_->make_room(bytes)) {
            return false;
        }
        const ring::position begin = writer_->next();
        if (!writer_->has_room(room(1)) && !writer_->extend_room(room(1))) {
            if (writer_->next() != begin) {
                the_engine().fail("extend_room() moves what is lent");
            }
            writer_->discard();
            return put();
        }
        write(1);
        return true;
    }

    /// A loan that is written to and dropped.
    void spoil()
    {
        if (writer_->has_room(room(1)) || writer_->make_room(room(1))) {
            const std::uint64_t bytes = channel_->payload_bytes(writer_->number());
            for (std::uint64_t i = 0; i<bytes / 8; i += bytes> 64 ? bytes : 1) {
                policy::write(payload(0) + 8 * i, frame::encode(writer_->number() + 1, 8));
            }
            if constexpr (Kind::has_headers) {
                writer_->discard();
            }
        }
    }

    /// producer_endpoint::change_ring(). False: it does not fit, now; the ring before is kept; or there is no other.
    bool move()
    {
        const std::uint64_t from = writer_->where().ring_word;
        const std::uint64_t to = channel_->ring_after(from);
        if (to == 0 || left_ != 0 || !writer_->move_to(channel_->bytes_of(to), to)) {
            return false;
        }
        left_ = from;
        return true;
    }

    /// producer_ring::let_go_of_left(). False: somebody looks at the ring before, or there is none.
    bool let_go()
    {
        if (left_ == 0 || !ring::give_up_ring(
                              channel_->words(lane_), locks_, channel_->slots(),
                              left_, [this](unsigned slot) -> auto& { return channel_->cell(slot, lane_); },
                              [this] { policy::give_back(channel_->bytes_of(left_)); })) {
            return false;
        }
        left_ = 0;
        return true;
    }
    /// Now that nobody looks at it.
    void must_let_go()
    {
        if (left_ != 0 && !let_go()) {
            the_engine().fail("a ring that nobody looks at is kept");
        }
    }

    bool recover() { return writer_->recover_dead_consumers(); }

    /// producer_endpoint::close()
    void close()
    {
        channel_->closing(lane_);
        ring::mark_dead_lanes(
            channel_->directory(), locks_, channel_->lanes(),
            lane_, [this](unsigned index) -> auto& { return channel_->words(index).state; });
        ring::leave_lane<typename Kind::words>(*writer_, locks_);
    }

    [[nodiscard]] typename Kind::writer& writer() { return *writer_; }

private:
    [[nodiscard]] std::uint64_t room(unsigned records) const
    {
        if constexpr (Kind::has_headers) {
            return writer_->room_for(channel_->payload_bytes(writer_->number()));
        } else {
            return records * channel_->geometry().record_bytes;
        }
    }

    [[nodiscard]] std::byte* payload(unsigned record)
    {
        if constexpr (Kind::has_headers) {
            return writer_->lend();
        } else {
            return writer_->at(writer_->next() + record * channel_->geometry().record_bytes);
        }
    }

    void write(unsigned records)
    {
        const std::uint64_t number = writer_->number();
        for (unsigned record = 0; record < records; ++record) {
            const std::uint64_t words = channel_->payload_bytes(number + record) / 8;
            std::byte* const to = payload(record);
            for (std::uint64_t i = 0; i<words; i += words> 8 ? words : 1) { // of a long one, the first
                policy::write(to + 8 * i, channel_->content(lane_, number + record, i));
            }
        }
        auto& truth = channel_->of(lane_);
        truth.most = number + records;
        if constexpr (Kind::has_headers) {
            writer_->publish(channel_->payload_bytes(number), true);
        } else {
            writer_->publish(records * channel_->geometry().record_bytes, records);
        }
        truth.sure = truth.most;
    }

    channel<Kind>* channel_;
    unsigned lane_;
    locks locks_;
    std::optional<typename Kind::writer> writer_;
    std::uint64_t left_ = 0; ///< the ring before, if its pages are kept
};

} // namespace model
