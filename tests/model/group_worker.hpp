// SPDX-License-Identifier: BSL-1.0
// group_worker.hpp: a member of a group in the model, and what the group was handed, by whom it was given back.
#pragma once

#include "model/consumer.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace model {

/// Beside the channel: every batch that a member of its group was handed, and how it went with it.
template <class Kind>
class group_truth {
public:
    explicit group_truth(const channel<Kind>& where) : channel_(&where) {}

    void begin()
    {
        batches_.clear();
        begun_.reset();
        somebody_left_ = false;
    }
    /// The group stands with these records, for the first time.
    void stands(const std::array<std::uint64_t, lanes_at_most>& numbers)
    {
        if (!begun_) {
            begun_ = numbers;
        }
    }

    void handed(const ring::found_records& found)
    {
        const bool again = (found.ticket & ring::redelivered) != 0;
        for (auto each = batches_.begin(); each != batches_.end(); ++each) {
            if (each->lane != found.lane || each->number >= found.number + found.count ||
                found.number >= each->number + each->count) {
                continue;
            }
            const std::string which = "record " + std::to_string(found.number);
            if (!again) {
                the_engine().fail(which + " is handed out again, and not marked");
            }
            if (each->state == released) {
                the_engine().fail(which + " was released, and comes again");
            }
            if (lives(*each)) {
                the_engine().fail(which + " is handed on, and who had it lives");
            }
            if (each->number != found.number || each->count != found.count) {
                the_engine().fail(which + " is handed on with others than before");
            }
            batches_.erase(each);
            break;
        }
        if (again && !somebody_left_ && !anybody_died()) {
            the_engine().fail("a record is marked, and nobody died");
        }
        batches_.push_back({found.lane, found.number, found.count, found.lost, the_engine().process(), held});
    }
    void releases(const ring::found_records& found) { of(found).state = in_release; }
    void has_released(const ring::found_records& found) { of(found).state = released; }
    /// Its batches are others' from now on.
    void left()
    {
        somebody_left_ = true;
        disown(the_engine().process());
    }
    /// Of those handed out in the scene: to who is dead by now.
    void killed(unsigned /*member*/)
    {
        somebody_left_ = true;
        disown(most_processes);
    }

    /// When the last member has looked for everything: each of `published` records of a lane was worked on, or told of
    /// as lost; what was lost with one who died while it was told of, may count.
    /// @param untold  lost, and to be told with the next record.
    void settle(unsigned lane, std::uint64_t published, std::uint64_t untold) const
    {
        std::uint64_t sure = untold;
        std::uint64_t perhaps = 0;
        std::uint64_t lost = 0;
        for (const auto& each : batches_) {
            if (each.lane == lane) {
                const bool counts = each.state == released || lives(each);
                (counts ? sure : each.state == in_release ? perhaps : lost) += each.count + each.lost;
            }
        }
        const std::uint64_t due = published - begun_.value_or(std::array<std::uint64_t, lanes_at_most>{})[lane];
        if (due < sure || due > sure + perhaps) {
            the_engine().fail("of " + std::to_string(due) + " records " + std::to_string(sure) +
                              " were worked on or told of as lost, and " + std::to_string(perhaps) + " perhaps; " +
                              std::to_string(lost) + " went with the dead");
        }
    }

private:
    enum state { held, in_release, released };
    struct batch {
        unsigned lane;
        std::uint64_t number;
        std::uint64_t count;
        std::uint64_t lost;
        unsigned holder;
        enum state state;
    };

    [[nodiscard]] batch& of(const ring::found_records& found)
    {
        return *std::find_if(batches_.begin(), batches_.end(),
                             [&](const batch& each) { return each.lane == found.lane && each.number == found.number; });
    }
    void disown(unsigned process)
    {
        for (auto& each : batches_) {
            each.holder = each.holder == process ? nobody : each.holder;
        }
    }
    [[nodiscard]] static bool lives(const batch& each)
    {
        return each.holder != nobody && (each.holder >= most_processes || !the_engine().died(each.holder));
    }
    [[nodiscard]] static bool anybody_died()
    {
        for (unsigned process = 0; process < most_processes; ++process) {
            if (the_engine().died(process)) {
                return true;
            }
        }
        return false;
    }

    const channel<Kind>* channel_;
    std::vector<batch> batches_;
    std::optional<std::array<std::uint64_t, lanes_at_most>> begun_;
    bool somebody_left_ = false;
};

template <class Kind>
class group_worker final : public consumer<Kind> {
    using base = consumer<Kind>;
    using reader_type = typename base::reader_type;

public:
    group_worker(channel<Kind>& where, ring::demand wants, unsigned held, group_truth<Kind>& truth)
        : base(where, wants, held), truth_(&truth)
    {
    }

    /// attachment::take_slot_in(), consumer_endpoint::enter_group(), and what its constructor does. False: every slot
    /// is taken.
    bool enter(ring::start from = ring::start::oldest)
    {
        namespace byte = ring::lock_byte;
        const auto kind = wants_ == ring::demand::lossless ? ring::group_kind::lossless : ring::group_kind::lossy;
        locks_.lock(byte::naming);
        auto group = channel_->slot_of(channel<Kind>::group_name);
        if (group) {
            locks_.lock(byte::consumer + *group);
        } else {
            group = ring::take_slot(channel_->control(), locks_, channel_->slots());
            if (!group) {
                locks_.unlock(byte::naming);
                return false;
            }
            channel_->give_name(*group, channel<Kind>::group_name, kind);
        }
        group_ = *group;
        auto slot = inherited_slot();
        if (!slot) {
            slot = ring::take_slot(channel_->control(), locks_, channel_->slots());
        }
        if (!slot) { // what the process has is dropped as it ends
            locks_.unlock(byte::consumer + group_);
            locks_.unlock(byte::naming);
            return false;
        }
        slot_ = *slot;
        make_readers();
        begin(from);
        member_.emplace(channel_->at_group(group_, slot_), locks_, readers_, held_);
        if (!member_->enter()) {
            the_engine().fail("a member waits for no turn that comes");
        }
        locks_.unlock(byte::consumer + group_);
        locks_.unlock(byte::naming);
        return true;
    }

    void leave() override
    {
        member_->leave();
        truth_->left();
        rings_.leave();
        ring::leave_slot(channel_->control(), locks_, slot_, readers_);
        the_engine().let_time_pass();
    }

    void release(const ring::found_records& found) override
    {
        if (found.count != 0) {
            truth_->releases(found);
            base::release(found);
            truth_->has_released(found);
        }
    }

    /// Once everybody else is gone: everything that is left, whoever had it; then all is accounted for.
    void drain() override
    {
        look_after_dead_ = true;
        for (;;) {
            const auto found = this->take();
            if (found.count == 0) {
                if (found.why != outcome::empty) {
                    the_engine().fail("what is left is not found");
                }
                break;
            }
            release(found);
        }
        for (auto& reader : readers_) {
            const unsigned lane = reader.where().index;
            const auto& truth = channel_->of(lane);
            if (reader.next_number() < truth.sure || reader.next_number() > truth.most) {
                the_engine().fail("a group that drained a lane stands with record " +
                                  std::to_string(reader.next_number()) + ", published were " +
                                  std::to_string(truth.sure));
            }
            truth_->settle(lane, reader.next_number(), reader.stands().lost);
        }
    }

    /// Looks after the dead as well from now on: a slice has passed.
    void look_after_dead() { look_after_dead_ = true; }

private:
    using base::channel_, base::locks_, base::slot_, base::readers_, base::wants_, base::held_, base::rings_;
    using base::make_readers, base::join_lanes, base::lanes_in_use, base::look_at;

    /// Of one who died in the group, with what it held.
    std::optional<unsigned> inherited_slot()
    {
        auto& control = channel_->control();
        const std::uint64_t members = control.consumers[group_].members.load(std::memory_order_acquire);
        for (unsigned member = 0; member < channel_->slots(); ++member) {
            if ((members >> member & 1U) != 0 && locks_.try_lock(ring::lock_byte::consumer + member)) {
                ring::withdraw(control, member);
                control.consumers[member].armed.store(0, std::memory_order_relaxed);
                return member;
            }
        }
        return std::nullopt;
    }

    void begin(ring::start from)
    {
        auto& control = channel_->control();
        const auto place = channel_->at_group(group_, slot_);
        std::array<std::uint64_t, lanes_at_most> stands{};
        if (wants_ == ring::demand::lossy) {
            const bool known = ring::unsettle_slot(control, group_);
            join_lanes(readers_, slot_, from, {});
            for (auto& reader : readers_) {
                const unsigned lane = reader.where().index;
                if (!known) {
                    place.stands(lane).set(reader.stands());
                }
                stands[lane] = reader.next_number();
            }
            ring::settle_slot(control, group_, false);
        } else if (!ring::return_to_slot(control, group_)) {
            const bool known = ring::unsettle_slot(control, group_);
            std::vector<reader_type> binding;
            std::vector<std::uint64_t> places;
            std::vector<std::uint64_t> lost;
            for (const auto& reader : readers_) {
                binding.emplace_back(reader.where(), group_, ring::demand::lossless, 1U);
                const ring::standing at = reader_type::saved_in(place.stands(reader.where().index));
                places.push_back(at.number);
                lost.push_back(known ? at.lost : 0);
            }
            join_lanes(binding, group_, from, known ? places : std::vector<std::uint64_t>{});
            for (auto& reader : binding) {
                const unsigned lane = reader.where().index;
                reader.owe(lost[lane]);
                reader.save_in(place.stands(lane));
                stands[lane] = reader.next_number();
            }
            ring::settle_slot(control, group_, true);
        }
        truth_->stands(stands);
    }

    ring::found_records look_around(std::size_t most) override
    {
        return member_->take(
            lanes_in_use(), [&](reader_type& reader) { return look_at(reader, most); }, look_after_dead_);
    }

    void check_number(const ring::found_records& found) override
    {
        if (wants_ == ring::demand::lossless && found.lost != 0 &&
            channel_->geometry().absence_ns == ring::waits_always) {
            the_engine().fail("a lossless group that is waited for lost records");
        }
        truth_->handed(found);
    }

    outcome await() override
    {
        outcome end = outcome::ok;
        const auto ready = [&] {
            bool any = false;
            member_->catch_up(lanes_in_use());
            ring::for_each_bit(lanes_in_use(), [&](unsigned index) { return !(any = readers_[index].worth_a_look()); });
            return any;
        };
        const auto idle = [&] {
            if (member_->has_dead()) {
                return true;
            }
            const outcome found = this->end_of_stream();
            end = found == outcome::empty ? outcome::ok : found;
            return end != outcome::ok;
        };
        const auto over = [&] { return this->all_closed() && idle(); };
        (void)ring::wait_until_ready<typename Kind::words>(this->place(), samepage::wait_policy::sleep(), std::nullopt,
                                                           ready, idle, over);
        look_after_dead_ = true;
        return end;
    }

    group_truth<Kind>* truth_;
    unsigned group_ = 0;
    std::optional<ring::group_member<reader_type, typename Kind::words>> member_;
    bool look_after_dead_ = false;
};

} // namespace model
