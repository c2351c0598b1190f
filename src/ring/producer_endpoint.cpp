// SPDX-License-Identifier: BSL-1.0
// producer_endpoint.cpp: joining, waiting for room, and leaving.
#include "ring/attachment.hpp"
#include "ring/channel_bells.hpp"
#include "ring/endpoint_birth.hpp"

#include <samepage/ring/membership.hpp>
#include <samepage/ring/producer_endpoint.hpp>

#include <algorithm>
#include <utility>

namespace samepage::ring {
namespace {

// A lane of records of one size never grows what it lent. Said here and not by a constraint on the members that call
// it: Clang 14 instantiates those all the same.
template <class Writer>
bool extend_room_of(Writer& writer, std::uint64_t bytes) noexcept
{
    if constexpr (has_extensions<Writer>) {
        return writer.extend_room(bytes);
    } else {
        return false;
    }
}

} // namespace

template <class Writer>
producer_endpoint<Writer>::producer_endpoint(const channel_source& from, const channel_options& options,
                                             const record_type& type)
    : endpoint(attachment::produce(from, options, type), options.wait),
      bells_(std::make_unique<channel_bells>(attached_->place())),
      writer_(attached_->writable_lane(), attached_->locks(), bells_.get()),
      guard_(
          [](void* object) noexcept {
              auto& self = *static_cast<producer_endpoint*>(object);
              self.usable_ = outcome::invalid_after_fork;
              self.writer_.forget();
          },
          this)
{
    if (!writer_.resume()) {
        attached_->fail_corrupt("a head, a horizon and headers that contradict each other");
    }
    if (const auto left = attached_->ring().left()) {
        writer_.end_move(left->bytes, left->ring);
    }
    writer_.where().words->producer_pid.store(own_pid(), std::memory_order_relaxed);
    writer_.where().words->since_ns.store(since_1970_ns(), std::memory_order_relaxed);
    attached_->announce_lane();
}

template <class Writer>
producer_endpoint<Writer>::~producer_endpoint()
{
    close();
}

template <class Writer>
void producer_endpoint<Writer>::close() noexcept
{
    leave(outcome::closed);
}

template <class Writer>
void producer_endpoint<Writer>::leave(outcome why) noexcept
{
    if (usable_ == outcome::ok) {
        usable_ = why;
        attached_->mark_dead_lanes(); // they died before we closed: not the last
        leave_lane<hardware>(writer_, attached_->locks());
    }
}

template <class Writer>
void producer_endpoint<Writer>::heed() noexcept
{
    if (usable_ == outcome::ok) {
        change_ring(0);
    }
}

template <class Writer>
void producer_endpoint<Writer>::change_ring(std::uint64_t bytes) noexcept
{
    auto& ring = attached_->ring();
    if (!ring.is_to_move()) [[likely]] {
        return;
    }
    if (const auto to = ring.begin_move()) {
        // What is asked for was judged by the ring we have; a smaller one comes when less is asked for.
        if (bytes <= ring_place::capacity_bytes(to->ring) && writer_.move_to(to->bytes, to->ring)) {
            ring.moved();
        } else {
            ring.stayed();
        }
    }
}

template <class Writer>
outcome producer_endpoint<Writer>::look_for_room(std::uint64_t bytes) noexcept
{
    if (usable_ != outcome::ok) {
        return usable_;
    }
    if (is_retired()) [[unlikely]] {
        leave(outcome::retired);
        return usable_;
    }
    change_ring(bytes);
    if (attached_->ring().left()) [[unlikely]] {
        attached_->let_go_of_left_ring();
    }
    const bool found = writer_.make_room(bytes);
    // What the dead held is stepped over; given back, it is room.
    if ((found && !writer_.steps_over()) || !time_to_check_peers()) {
        return found ? outcome::ok : outcome::full;
    }
    return (writer_.recover_dead_consumers() && writer_.make_room(bytes)) || found ? outcome::ok : outcome::full;
}

template <class Writer>
outcome producer_endpoint<Writer>::wait_for_room(std::uint64_t bytes, time_limit limit) noexcept
{
    const outcome now = look_for_room(bytes);
    if (now != outcome::full) {
        return now;
    }
    const auto ready = [&] {
        if (attached_->ring().is_to_grow()) [[unlikely]] { // then there is room; a smaller one can wait
            change_ring(bytes);
        }
        return writer_.make_room(bytes);
    };
    const auto idle = [&] {
        if (is_retired()) {
            leave(outcome::retired);
        } else {
            change_ring(bytes);
        }
        return usable_ != outcome::ok || (writer_.recover_dead_consumers() && writer_.make_room(bytes));
    };
    return !wait_for_consumers(ready, idle, limit) ? outcome::timed_out : usable_;
}

template <class Writer>
outcome producer_endpoint<Writer>::look_behind(std::uint64_t bytes) noexcept
{
    if (usable_ != outcome::ok) {
        return usable_;
    }
    const bool found =
        extend_room_of(writer_, bytes) || ((writer_.steps_over() || time_to_check_peers()) &&
                                           writer_.recover_dead_consumers() && extend_room_of(writer_, bytes));
    return found ? outcome::ok : outcome::full;
}

template <class Writer>
outcome producer_endpoint<Writer>::wait_behind(std::uint64_t bytes, time_limit limit) noexcept
{
    const outcome now = look_behind(bytes);
    if (now != outcome::full) {
        return now;
    }
    bool found = false;
    const auto ready = [&] { return (found = extend_room_of(writer_, bytes)) || writer_.is_obstructed(bytes); };
    const auto idle = [&] { return writer_.recover_dead_consumers() && ready(); };
    if (!wait_for_consumers(ready, idle, limit)) {
        return outcome::timed_out;
    }
    return found ? outcome::ok : outcome::full;
}

/// As wait_until_ready(), on this producer's bell.
template <class Writer>
template <class Ready, class Idle>
bool producer_endpoint<Writer>::wait_for_consumers(Ready&& ready, Idle&& idle, time_limit limit) noexcept
{
    auto& control = attached_->control();
    const unsigned lane = writer_.where().index;
    const sleeping_place<hardware> place{control.sleeping_producers, std::uint64_t{1} << lane,
                                         control.producer_bells[lane].doorbell};
    // A full ring whose consumer streams: looking at its cursor after each record it releases would take the line away
    // from it each time and gain one record. Looks a little apart gain what it released meanwhile.
    const auto apart = [pauses = std::clamp(wait_.gather_pauses, 1U, 32U)] {
        for (unsigned i = 0; i < pauses; ++i) {
            hardware::pause();
        }
    };
    return wait_until_ready<hardware>(place, wait_, limit, ready, idle, never_over{}, apart);
}

template class producer_endpoint<dense_writer<hardware>>;
template class producer_endpoint<framed_writer<hardware>>;

} // namespace samepage::ring
