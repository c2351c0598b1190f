// SPDX-License-Identifier: BSL-1.0
// endpoint.cpp: joining, the slow paths of waiting, and leaving.
#include "ring/attachment.hpp"

#include <samepage/ring/endpoint.hpp>

#include <algorithm>
#include <ctime>
#include <utility>

#include <unistd.h>

namespace samepage::ring {
namespace {

std::uint32_t own_pid() noexcept
{
    return static_cast<std::uint32_t>(::getpid());
}

} // namespace

endpoint::endpoint(std::unique_ptr<attachment> attached, wait_policy wait) noexcept
    : attached_(std::move(attached)), wait_(wait)
{
}

endpoint::~endpoint() = default;

channel_info endpoint::info() const
{
    return attached_->info();
}

bool endpoint::time_to_check_peers() noexcept
{
    timespec coarse{}; // some nanoseconds; exact to a few milliseconds
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &coarse);
    const std::chrono::steady_clock::time_point now{std::chrono::seconds{coarse.tv_sec} +
                                                    std::chrono::nanoseconds{coarse.tv_nsec}};
    if (now - checked_peers_ < slice) {
        return false;
    }
    checked_peers_ = now;
    return true;
}

template <class Writer>
producer_endpoint<Writer>::producer_endpoint(std::string_view name, const channel_options& options,
                                             const record_type& type)
    : endpoint(attachment::produce(name, options, type), options.wait),
      writer_(attached_->writable_lane(), attached_->locks())
{
    if (!writer_.resume()) {
        attached_->fail_corrupt("a head, a horizon and headers that contradict each other");
    }
    writer_.where().words->producer_pid.store(own_pid(), std::memory_order_relaxed);
}

template <class Writer>
producer_endpoint<Writer>::~producer_endpoint()
{
    close();
}

template <class Writer>
void producer_endpoint<Writer>::close() noexcept
{
    if (std::exchange(open_, false)) {
        writer_.close();
        attached_->locks().unlock(lock_byte::producer);
    }
}

template <class Writer>
outcome producer_endpoint<Writer>::look_for_room(position end) noexcept
{
    if (!open_) {
        return outcome::closed;
    }
    if (writer_.make_room(end) ||
        (time_to_check_peers() && writer_.recover_dead_consumers() && writer_.make_room(end))) {
        return outcome::ok;
    }
    return outcome::full;
}

template <class Writer>
outcome producer_endpoint<Writer>::wait_for_room(position end, time_limit limit) noexcept
{
    const outcome now = look_for_room(end);
    if (now != outcome::full) {
        return now;
    }
    auto& control = attached_->control();
    const sleeping_place<hardware> place{control.sleeping_producers, 1, control.producer_bell.doorbell};
    const auto ready = [&] { return writer_.make_room(end); };
    const auto idle = [&] { return writer_.recover_dead_consumers() && writer_.make_room(end); };
    // A full ring whose consumer streams: looking at its cursor after each record it releases would take the line away
    // from it each time and gain one record. Looks a little apart gain what it released meanwhile.
    const auto apart = [pauses = std::clamp(wait_.gather_pauses, 1U, 32U)] {
        for (unsigned i = 0; i < pauses; ++i) {
            hardware::pause();
        }
    };
    return wait_until_ready<hardware>(place, wait_, limit, ready, idle, never_over{}, apart) ? outcome::ok
                                                                                             : outcome::timed_out;
}

template <class Reader>
consumer_endpoint<Reader>::consumer_endpoint(std::string_view name, const consumer_options& options,
                                             const record_type& type)
    : endpoint(attachment::consume(name, options, type), options.wait),
      reader_(attached_->readable_lane(), attached_->slot()),
      pace_(options.wait.gather_pauses)
{
    attached_->control().consumers[reader_.slot()].pid.store(own_pid(), std::memory_order_relaxed);
    if (!reader_.join(options.from)) {
        reader_.leave();
        attached_->fail_corrupt("a horizon or head where no record can begin");
    }
}

template <class Reader>
consumer_endpoint<Reader>::~consumer_endpoint()
{
    close();
}

template <class Reader>
void consumer_endpoint<Reader>::close() noexcept
{
    if (std::exchange(open_, false)) {
        reader_.leave();
        attached_->locks().unlock(lock_byte::consumer + reader_.slot());
    }
}

template <class Reader>
outcome consumer_endpoint<Reader>::end_of_stream() noexcept
{
    const bool alive = attached_->locks().held_elsewhere(lock_byte::producer);
    if (reader_.closed()) {
        return outcome::closed;
    }
    // Not held and not closed: dead, or a successor has it by now, which opened what its predecessor had closed.
    if (alive || attached_->locks().held_elsewhere(lock_byte::producer)) {
        return outcome::empty;
    }
    return reader_.closed() ? outcome::closed : outcome::producer_died;
}

template <class Reader>
sleeping_place<hardware> consumer_endpoint<Reader>::place() noexcept
{
    auto& control = attached_->control();
    return {control.sleeping_consumers, reader_.bit(), control.consumers[reader_.slot()].bell.doorbell};
}

template class producer_endpoint<dense_writer<hardware>>;
template class producer_endpoint<framed_writer<hardware>>;
template class consumer_endpoint<dense_reader<hardware>>;
template class consumer_endpoint<framed_reader<hardware>>;

} // namespace samepage::ring
