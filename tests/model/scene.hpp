// SPDX-License-Identifier: BSL-1.0
// scene.hpp: a few producers and consumers on one channel, and what each of them does.
#pragma once

#include "model/group_worker.hpp"
#include "model/named.hpp"
#include "model/producer.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace model {

template <class Kind>
class scene;

template <class Kind>
struct plot {
    shape form;
    std::vector<unsigned> producers;                       ///< the lane of each; processes 0…
    std::vector<ring::demand> consumers;                   ///< the processes that follow
    std::vector<ring::demand> lives;                       ///< then those of one name, in any order but one at a time
    std::vector<ring::demand> members;                     ///< then those of one group
    unsigned held = 1;                                     ///< batches at a time, of each consumer
    std::function<void(scene<Kind>&)> before;              ///< is past when the processes start
    std::vector<std::function<void(scene<Kind>&)>> bodies; ///< one a process
    unsigned mortals = 0;                                  ///< processes, a mask
};

template <class Kind>
class scene final : public program {
public:
    explicit scene(plot<Kind> what) : plot_(std::move(what)), channel_(plot_.form) {}

    [[nodiscard]] unsigned processes() const override { return static_cast<unsigned>(plot_.bodies.size()); }
    [[nodiscard]] unsigned mortals() const override { return plot_.mortals; }

    void set_up() override
    {
        channel_.begin();
        channel_.doors.rung = descriptors_.data();
        for (std::size_t i = 0; i < plot_.producers.size(); ++i) {
            producers_[i].emplace(channel_, plot_.producers[i]);
        }
        for (std::size_t i = 0; i < plot_.consumers.size(); ++i) {
            consumers_[i].emplace(channel_, plot_.consumers[i], plot_.held);
        }
        name_ = {};
        for (std::size_t i = 0; i < plot_.lives.size(); ++i) {
            lives_[i].emplace(channel_, plot_.lives[i], plot_.held, name_);
        }
        group_.begin();
        for (std::size_t i = 0; i < plot_.members.size(); ++i) {
            members_[i].emplace(channel_, plot_.members[i], plot_.held, group_);
        }
        if (plot_.before) {
            plot_.before(*this);
        }
    }
    void run(unsigned process) override { plot_.bodies[process](*this); }
    void changes(const std::uint32_t& id, std::uint64_t before, std::uint64_t after) override
    {
        channel_.check_change(id, before, after);
    }
    void owner_changed(unsigned byte, int owner, bool by_death) override
    {
        channel_.owner_changed(byte, owner, by_death);
    }

    [[nodiscard]] producer<Kind>& p(unsigned i = 0) { return *producers_[i]; }
    [[nodiscard]] consumer<Kind>& c(unsigned i = 0) { return *consumers_[i]; }
    [[nodiscard]] named_consumer<Kind>& life(unsigned i) { return *lives_[i]; }
    [[nodiscard]] group_worker<Kind>& member(unsigned i) { return *members_[i]; }
    [[nodiscard]] channel<Kind>& where() { return channel_; }
    [[nodiscard]] unsigned all_producers() const { return (1U << plot_.producers.size()) - 1U; }

    // ---- in `before` ----

    /// Producer i has taken its lane and published so many records.
    void opened(unsigned i, unsigned records = 0)
    {
        p(i).take();
        the_engine().own(producer_lock(plot_.producers[i]), i);
        for (unsigned k = 0; k < records; ++k) {
            p(i).put();
        }
    }
    void joined(unsigned i, ring::start from = ring::start::oldest)
    {
        c(i).join(from);
        the_engine().own(consumer_lock(c(i).slot()), static_cast<unsigned>(plot_.producers.size()) + i);
    }

    /// Life i of the name has come.
    void came(unsigned i)
    {
        life(i).come();
        the_engine().own(consumer_lock(life(i).slot()), first_life() + i);
    }
    /// Member i has entered the group.
    void entered(unsigned i)
    {
        member(i).enter();
        the_engine().own(consumer_lock(member(i).slot()), first_member() + i);
    }
    /// Member i was killed before all this.
    void killed(unsigned i)
    {
        the_engine().own(consumer_lock(member(i).slot()), nobody);
        group_.killed(i);
    }

    // ---- in bodies ----

    [[nodiscard]] unsigned life_process(unsigned i) const { return 1U << (first_life() + i); }
    [[nodiscard]] unsigned member_process(unsigned i) const { return 1U << (first_member() + i); }

    /// Until all producers ended, dead or not; then consumer i takes what is left.
    void drain(unsigned i = 0)
    {
        the_engine().join(all_producers());
        c(i).drain();
    }

    void drain_life(unsigned i)
    {
        the_engine().join(all_producers());
        life(i).drain();
    }
    void drain_member(unsigned i)
    {
        the_engine().join(all_producers());
        member(i).drain();
    }

private:
    [[nodiscard]] unsigned first_life() const
    {
        return static_cast<unsigned>(plot_.producers.size() + plot_.consumers.size());
    }
    [[nodiscard]] unsigned first_member() const { return first_life() + static_cast<unsigned>(plot_.lives.size()); }

    plot<Kind> plot_;
    channel<Kind> channel_;
    std::array<std::optional<producer<Kind>>, 3> producers_;
    std::array<std::optional<consumer<Kind>>, 3> consumers_;
    name_truth name_;
    std::array<std::optional<named_consumer<Kind>>, 3> lives_;
    group_truth<Kind> group_{channel_};
    std::array<std::optional<group_worker<Kind>>, 4> members_;
    std::array<word<std::uint32_t>, slots_at_most> descriptors_;
};

template <class Kind>
std::unique_ptr<program> made(plot<Kind> what)
{
    return std::make_unique<scene<Kind>>(std::move(what));
}

} // namespace model
