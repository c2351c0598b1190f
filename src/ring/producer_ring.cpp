// SPDX-License-Identifier: BSL-1.0
// producer_ring.cpp: docs/protocol.md, "Another ring", argues the steps.
#include "ring/producer_ring.hpp"

#include "ring/ring_space.hpp"

#include <samepage/ring/ring_looks.hpp>

#include <exception>
#include <utility>

namespace samepage::ring {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds between_attempts{1};

} // namespace

producer_ring::producer_ring(const memory::channel_place& place, const memory::file& data, const data_header& header,
                             lane_words<hardware>& words, care see_to, std::byte* given)
    : place_(&place),
      data_(&data),
      header_(&header),
      words_(&words),
      see_to_(std::move(see_to)),
      ring_(words.ring.load(std::memory_order_acquire)),
      given_(given)
{
    if (!is_possible_ring(place, data, header, ring_)) {
        place.fail(errc::corrupt, "a lane whose ring lies in " + place.data.string(),
                   "one that lies elsewhere, or has no possible capacity",
                   "remove the channel and let its producer create it anew");
    }
    if (given_ != nullptr) {
        return;
    }
    present_ = make(ring_);
    // The lane's last producer may have died on its way to another ring.
    const std::uint64_t wanted = words.wanted_ring.load(std::memory_order_acquire);
    if ((wanted & ring_place::taken_up) != 0) {
        const std::uint64_t ring = wanted & ~ring_place::taken_up;
        words.wanted_ring.store(ring == ring_ ? 0 : ring, std::memory_order_release);
    }
    old_ring_ =
        left_ring(words, ring_, [&](std::uint64_t ring) { return is_possible_ring(place, data, header, ring); });
    if (old_ring_ != 0) {
        old_ = make(old_ring_);
    }
}

memory::mirrored_mapping producer_ring::make(std::uint64_t ring) const
{
    return {*place_,
            *data_,
            memory::access::read_write,
            ring_place::offset(ring),
            ring_place::capacity_bytes(ring),
            header_->page_bytes};
}

std::optional<producer_ring::mapped> producer_ring::begin_move() noexcept
{
    // P15 acq_rel: pairs with P14. From here on nobody takes back what is wanted.
    const std::uint64_t ring = words_->wanted_ring.fetch_or(ring_place::taken_up, std::memory_order_acq_rel);
    if (ring == 0) { // withdrawn at this moment
        words_->wanted_ring.store(0, std::memory_order_release);
        return std::nullopt;
    }
    try {
        if (ring == ring_ || !is_possible_ring(*place_, *data_, *header_, ring)) {
            words_->wanted_ring.store(0, std::memory_order_release); // a damaged page's
            return std::nullopt;
        }
        if (ring == refused_ring_ && steady::now() - refused_at_ < between_attempts) {
            stayed(); // an attempt costs what mapping costs
            return std::nullopt;
        }
        if (ring != next_ring_) {
            next_ = {};
            next_ring_ = 0;
            next_ = make(ring);
            see_to_({next_.data(), ring_place::capacity_bytes(ring), memory::access::read_write});
            next_ring_ = ring;
        }
    } catch (const std::exception&) {
        next_ = {};
        refused_ring_ = ring;
        refused_at_ = steady::now();
        stayed();
        return std::nullopt;
    }
    return mapped{next_.data(), ring};
}

void producer_ring::moved() noexcept
{
    old_ring_ = std::exchange(ring_, std::exchange(next_ring_, 0));
    old_ = std::exchange(present_, std::move(next_));
    next_ = {};
    words_->wanted_ring.store(0, std::memory_order_release);
}

void producer_ring::stayed() noexcept
{
    words_->wanted_ring.fetch_and(~ring_place::taken_up, std::memory_order_acq_rel);
}

std::optional<producer_ring::mapped> producer_ring::left() const noexcept
{
    return old_ring_ == 0 ? std::nullopt : std::optional{mapped{old_.data(), old_ring_}};
}

void producer_ring::let_go_of_left(memory::ownership_locks& locks, unsigned slots,
                                   const std::function<cell_words<hardware>&(unsigned)>& cell_of) noexcept
{
    if (old_ring_ != 0 &&
        give_up_ring(*words_, locks, slots, old_ring_, cell_of, [this] { give_back_ring(*data_, old_ring_); })) {
        old_ = {};
        old_ring_ = 0;
    }
}

} // namespace samepage::ring
