// SPDX-License-Identifier: BSL-1.0
// lives_company.hpp: the processes of a channel of the part `lives`, and what befalls them.
// Thread safety: none; one thread, which has no end of the channel.
#pragma once

#include "support/child.hpp"
#include "torture/lives_board.hpp"
#include "torture/peer.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace torture {

/// All processes of a channel but the last producers, and what befalls them.
template <class Kind>
class company {
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds longest_wait{20}; ///< a watchdog's

public:
    using producers = lives_producers_of<Kind>;
    using consumers = lives_consumers_of<Kind>;

    company(const lives_site& where, support::random_numbers& random) : where_(where), random_(random)
    {
        for (unsigned which = 0; which != lives_producers; ++which) {
            add("producer " + std::to_string(which), true,
                [this, which](std::uint64_t seed) { producers::produce(where_, which, seed); });
        }
        add("who changes the rings", true, [this](std::uint64_t seed) { change_rings(where_, seed); });
        first_consumer_ = everybody_.size();
        for (unsigned which = 0; which != lives_names.size(); ++which) {
            add(lives_names.at(which), true,
                [this, which](std::uint64_t seed) { consumers::consume(where_, which, seed); });
        }
        for (unsigned which = 0; which != lives_workers; ++which) {
            // What one holds that is killed in a channel that the others leave is handed to nobody.
            add("worker " + std::to_string(which), !where_.retires,
                [this, which](std::uint64_t seed) { consumers::work(where_, which, seed); });
        }
    }

    /// Something happens to one of them, or to two; then some time passes.
    void event()
    {
        const std::size_t first = random_.below(everybody_.size());
        std::vector<member*> victims{&everybody_[first]};
        if (random_.below(3) == 0) {
            victims.push_back(&everybody_[(first + 1 + random_.below(everybody_.size() - 1)) % everybody_.size()]);
        }
        const bool kills = random_.below(2) == 0;
        std::vector<member*> dead;
        for (member* const victim : victims) {
            if (kills && victim->may_be_killed) {
                victim->running->kill();
                victim->stopped = false;
                dead.push_back(victim);
                ++kills_;
            } else if (!victim->stopped) {
                victim->running->stop();
                victim->stopped = true;
                victim->goes_on = clock::now() + std::chrono::microseconds{random_.below(30'000)};
                ++stops_;
            }
        }
        if (!dead.empty() && random_.below(3) == 0) {
            pass(clock::now() + std::chrono::microseconds{random_.below(4000)});
        }
        for (member* const each : dead) {
            start(*each);
        }
        pass(clock::now() + std::chrono::milliseconds{1} + std::chrono::microseconds{random_.below(7000)});
    }

    /// Those who are stopped go on meanwhile, each at its time. @throws std::runtime_error if somebody failed
    void pass(clock::time_point until)
    {
        for (;;) {
            const auto now = clock::now();
            auto next = until;
            for (auto& each : everybody_) {
                if (each.stopped && each.goes_on <= now) {
                    each.running->go_on();
                    each.stopped = false;
                }
                next = each.stopped ? std::min(next, each.goes_on) : next;
            }
            support::require(where_.all->failed == 0, "everybody is at work");
            if (now >= until) {
                return;
            }
            std::this_thread::sleep_until(next);
        }
    }

    /// @param done  must come to hold
    void await(const std::string& what, const std::function<bool()>& done)
    {
        const auto end = clock::now() + longest_wait;
        while (!done()) {
            support::require(clock::now() < end, what + ", within seconds");
            pass(clock::now() + std::chrono::milliseconds{1});
        }
    }

    /// Last producers take each lane and close; all others come to the end of the streams.
    void end()
    {
        pass(clock::now() + std::chrono::milliseconds{40});
        for (std::size_t i = 0; i != first_consumer_; ++i) {
            everybody_[i].running->kill();
        }
        std::vector<std::unique_ptr<peer>> last;
        for (unsigned which = 0; which != lives_producers; ++which) {
            last.push_back(
                std::make_unique<peer>("a last producer", body([this, which, seed = random_()](support::lines& parent) {
                                           const auto to = producers::produce_the_end(where_, which, seed);
                                           ++where_.all->ended;
                                           parent.say("published");
                                           parent.expect("close");
                                       })));
        }
        await("the last producers publish", [&] { return where_.all->ended == lives_producers; });
        where_.all->over = 1;
        for (const auto& each : last) {
            each->expect("published");
            each->say("close");
            each->end_well();
        }
        const auto all = lives_producers + everybody_.size() - first_consumer_;
        await("consumers come to the end", [&] { return where_.all->ended == all; });
    }

    /// As peer's, and what goes wrong is on the board.
    template <class Body>
    peer::body body(Body what)
    {
        return [this, what](support::lines& parent) {
            try {
                what(parent);
            } catch (const std::exception& fault) {
                where_.all->count(where_.all->failed, fault.what());
                throw;
            }
        };
    }

    [[nodiscard]] std::uint64_t kills() const noexcept { return kills_; }
    [[nodiscard]] std::uint64_t stops() const noexcept { return stops_; }

private:
    struct member {
        std::string name;
        bool may_be_killed = true;
        std::function<void(std::uint64_t seed)> role;
        std::unique_ptr<peer> running;
        bool stopped = false;
        clock::time_point goes_on;
    };

    void add(const std::string& name, bool may_be_killed, const std::function<void(std::uint64_t)>& role)
    {
        everybody_.push_back({.name = name, .may_be_killed = may_be_killed, .role = role});
        start(everybody_.back());
    }
    void start(member& who)
    {
        who.running = std::make_unique<peer>(std::string{Kind::name} + ": " + who.name,
                                             body([this, role = who.role, seed = random_()](support::lines&) {
                                                 role(seed);
                                                 ++where_.all->ended;
                                             }));
    }

    const lives_site& where_;
    support::random_numbers& random_;
    std::vector<member> everybody_;
    std::size_t first_consumer_ = 0;
    std::uint64_t kills_ = 0;
    std::uint64_t stops_ = 0;
};

} // namespace torture
