// SPDX-License-Identifier: BSL-1.0
// scene.hpp: a few producers and consumers on one channel, and what each of them does.
#pragma once

#include "model/consumer.hpp"
#include "model/producer.hpp"

#include <functional>
#include <optional>

namespace model {

template <class Kind>
class scene;

template <class Kind>
struct plot {
    shape form;
    std::vector<unsigned> producers;                       ///< the lane of each; processes 0…
    std::vector<ring::demand> consumers;                   ///< the processes that follow
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

    // ---- in bodies ----

    /// Until all producers ended, dead or not; then consumer i takes what is left.
    void drain(unsigned i = 0)
    {
        the_engine().join(all_producers());
        c(i).drain();
    }

private:
    plot<Kind> plot_;
    channel<Kind> channel_;
    std::array<std::optional<producer<Kind>>, 3> producers_;
    std::array<std::optional<consumer<Kind>>, 3> consumers_;
    std::array<word<std::uint32_t>, slots> descriptors_;
};

} // namespace model
