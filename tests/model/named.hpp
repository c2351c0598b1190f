// SPDX-License-Identifier: BSL-1.0
// named.hpp: a consumer with a name in the model, in one of its lives; and what the next life must begin with.
#pragma once

#include "model/consumer.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace model {

/// What the lives of a name released, and no process reads.
struct name_truth {
    struct lane {
        std::uint64_t sure = 0;  ///< records below are released, or were lost before one that is
        std::uint64_t maybe = 0; ///< the same, if the release that its owner died in took effect
    };
    std::array<lane, lanes_at_most> lanes{};
    bool begun = false; ///< some life got as far as its first record
    bool bound = false; ///< the latest life that did was lossless
};

template <class Kind>
class named_consumer final : public consumer<Kind> {
    using base = consumer<Kind>;

public:
    named_consumer(channel<Kind>& where, ring::demand wants, unsigned held, name_truth& truth)
        : base(where, wants, held), truth_(&truth)
    {
    }

    /// attachment::take_slot_of(), then consumer_endpoint::begin(). @pre no other life of the name
    void come(ring::start from = ring::start::oldest)
    {
        namespace byte = ring::lock_byte;
        auto& control = channel_->control();
        locks_.lock(byte::naming);
        if (const auto slot = channel_->slot_of(channel<Kind>::name)) {
            locks_.lock(byte::consumer + *slot);
            slot_ = *slot;
        } else {
            const auto taken = ring::take_slot(control, locks_, channel_->slots());
            if (!taken) {
                the_engine().fail("there is no slot for a name");
            }
            slot_ = *taken;
            channel_->give_name(slot_, channel<Kind>::name, ring::group_kind::none);
        }
        locks_.unlock(byte::naming);
        make_readers();
        begin(from);
    }

    void leave() override
    {
        auto& control = channel_->control();
        rings_.leave();
        if (ring::is_named(control, slot_) && wants_ == ring::demand::lossless &&
            channel_->geometry().absence_ns != 0) {
            ring::leave_named_slot<typename Kind::words>(control, locks_, slot_, readers_);
            the_engine().let_time_pass();
        } else {
            ring::leave_slot(control, locks_, slot_, readers_);
        }
    }

    void release(const ring::found_records& found) override
    {
        if (found.count == 0) {
            return;
        }
        std::erase_if(held_here_,
                      [&](const auto& each) { return each.ticket == found.ticket && each.lane == found.lane; });
        std::uint64_t oldest = expected_[found.lane];
        for (const auto& each : held_here_) {
            oldest = each.lane == found.lane ? std::min(oldest, each.number - each.lost) : oldest;
        }
        auto& truth = truth_->lanes[found.lane];
        truth.maybe = oldest;
        base::release(found);
        truth.sure = oldest;
    }

private:
    using base::channel_, base::locks_, base::slot_, base::readers_, base::wants_, base::expected_, base::rings_;
    using base::make_readers, base::join_lanes, base::check_follows;

    void begin(ring::start from)
    {
        auto& control = channel_->control();
        truth_->bound = truth_->bound && wants_ == ring::demand::lossless;
        bool waited_for = ring::return_to_slot(control, slot_);
        if (waited_for && wants_ == ring::demand::lossy) {
            ring::withdraw(control, slot_);
            waited_for = false;
        }
        const auto saved = [&](const reader_type& reader) -> auto&
        {
            return channel_->at_group(slot_, slot_).stands(reader.where().index);
        };
        if (waited_for) {
            for (auto& reader : readers_) {
                reader.save_in(saved(reader));
                if (!reader.go_on()) {
                    the_engine().fail("a consumer that is waited for does not find its place");
                }
            }
        } else {
            std::vector<std::uint64_t> places;
            std::vector<std::uint64_t> lost;
            const bool known = ring::unsettle_slot(control, slot_);
            for (const auto& reader : readers_) {
                const ring::standing at = reader_type::saved_in(saved(reader));
                places.push_back(at.number);
                lost.push_back(known ? at.lost : 0);
            }
            join_lanes(readers_, slot_, from, known ? places : std::vector<std::uint64_t>{});
            for (auto& reader : readers_) {
                reader.owe(lost[reader.where().index]);
                reader.save_in(saved(reader));
            }
            ring::settle_slot(control, slot_, wants_ == ring::demand::lossless);
        }
        back_.fill(true);
        lossless_before_ = std::exchange(truth_->bound, wants_ == ring::demand::lossless);
        if (!truth_->begun) { // for the first time: wherever it is
            for (const auto& reader : readers_) {
                const auto& at = reader.stands();
                truth_->lanes[reader.where().index] = {at.number - at.lost, at.number - at.lost};
            }
            truth_->begun = true;
        }
    }

    /// Behind what was released, however the life before ended; lost is told of, by who is not waited for.
    void check_number(const ring::found_records& found) override
    {
        held_here_.push_back(found);
        const bool first = std::exchange(back_[found.lane], false);
        if (first) {
            const auto& truth = truth_->lanes[found.lane];
            const std::uint64_t begins = found.number - found.lost;
            if (begins != truth.sure && begins != truth.maybe) {
                the_engine().fail("who comes back goes on with record " + std::to_string(begins) + ", released were " +
                                  std::to_string(truth.sure) + " or " + std::to_string(truth.maybe));
            }
            expected_[found.lane] = begins;
        }
        if (wants_ == ring::demand::lossless && found.lost != 0 &&
            (!first || (lossless_before_ && channel_->geometry().absence_ns == ring::waits_always))) {
            the_engine().fail("a named consumer that is waited for lost records");
        }
        check_follows(found);
    }

    using reader_type = typename base::reader_type;

    name_truth* truth_;
    std::array<bool, lanes_at_most> back_{}; ///< nothing was found in the lane in this life
    bool lossless_before_ = false;
    std::vector<ring::found_records> held_here_;
};

} // namespace model
