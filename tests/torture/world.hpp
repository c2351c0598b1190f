// SPDX-License-Identifier: BSL-1.0
// world.hpp: a channel with those who survive on it, and what must hold for them after somebody's death.
// Thread safety: none.
#pragma once

#include "support/forked.hpp"
#include "torture/observer.hpp"
#include "torture/sleeps.hpp"
#include "torture/traced.hpp"

#include <samepage/ring/layout.hpp>
#include <samepage/ring/remove_consumer.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace torture {

/// For children and for survivors alike. @throws std::runtime_error with `what` if `fact` is false
inline void demand_that(bool fact, const std::string& what)
{
    if (!fact) {
        throw std::runtime_error(what);
    }
}

/// One small channel, used once.
template <class Kind>
class world {
public:
    static constexpr std::size_t ring_bytes = 4096;
    static constexpr std::size_t lap_records = Kind::is_dense ? ring_bytes / sizeof(support::tick) : 20;

    /// @param most_consumers  as many as live at a time: who comes needs a dead one's slot.
    world(std::filesystem::path directory, unsigned most_consumers, unsigned most_producers = 2)
        : directory_(std::move(directory)),
          name_("w" + std::to_string(::getpid()) + '-' + std::to_string(++made())),
          most_consumers_(most_consumers),
          most_producers_(most_producers)
    {
    }
    world(const world&) = delete;
    world& operator=(const world&) = delete;
    ~world()
    {
        for (const char* const ending : {".data", ".ctl"}) {
            ::unlink((directory_ / ("samepage." + name_ + ending)).c_str());
        }
        for (unsigned slot = 0; slot < most_consumers_; ++slot) { // bells of the dead
            ::unlink((directory_ / ("samepage." + name_ + ".bell." + std::to_string(slot))).c_str());
        }
    }

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
    [[nodiscard]] samepage::channel_options producing(samepage::wait_policy wait = {}) const
    {
        return {.capacity_bytes = ring_bytes,
                .max_producers = most_producers_,
                .max_consumers = most_consumers_,
                .room_for_producers = most_producers_,
                .room_for_consumers = most_consumers_,
                .max_held = 3,
                .wait_for_absent = wait_for_absent,
                .directory = directory_,
                .wait = wait};
    }
    [[nodiscard]] samepage::consumer_options consuming(samepage::demand wants,
                                                       samepage::start from = samepage::start::oldest,
                                                       samepage::wait_policy wait = {}) const
    {
        return {.from = from,
                .wants = wants,
                .held = 3,
                .wait_for_channel = std::chrono::seconds{5},
                .directory = directory_,
                .wait = wait};
    }

    /// The consumer whose name is "log".
    [[nodiscard]] samepage::consumer_options named(samepage::demand wants) const
    {
        auto options = consuming(wants);
        options.name = "log";
        return options;
    }
    /// A member of the group "workers".
    [[nodiscard]] samepage::consumer_options grouped(samepage::demand wants) const
    {
        auto options = consuming(wants);
        options.group = "workers";
        return options;
    }
    /// Both are nobody's any more, and bind nobody.
    void forget_names()
    {
        samepage::remove_consumer(name_, "log", directory_);
        samepage::remove_consumer(name_, "workers", directory_);
    }

    std::chrono::nanoseconds wait_for_absent{0};   ///< for the channel that is made
    std::uint64_t larger_by = 1;                   ///< so many times as large as at first the rings are to be
    std::uint64_t expected = 0;                    ///< record of lane 0 up to which a name or a group had released all
    std::optional<typename Kind::consumer> member; ///< of the group

    /// Those who survive, as far as they are there.
    std::optional<typename Kind::producer> producer;
    std::optional<observer<Kind>> lossless;
    std::optional<observer<Kind>> lossy;
    std::optional<sleeper> asleep; ///< its clock stands: see sleeps.hpp
    bool finished = false;         ///< the victim came to the end of its operation, and was killed then

    void open_producer() { producer.emplace(name_, producing()); }
    void open_observers()
    {
        lossless.emplace(name_, consuming(samepage::demand::lossless));
        lossy.emplace(name_, consuming(samepage::demand::lossy));
    }

    /// Publishes so many; the lossless observer takes meanwhile.
    void publish(std::uint64_t count)
    {
        for (; count != 0; --count) {
            auto slot = Kind::try_lend(*producer);
            if (!slot) {
                drain(lossless);
                drain(late);
                slot = Kind::try_lend(*producer);
            }
            if (!slot) { // the dead are looked for now and then
                slot = Kind::lend_for(*producer, std::chrono::seconds{5});
            }
            demand_that(static_cast<bool>(slot), "the producer goes on, not " + std::string{to_string(slot.why())});
            torture::publish<Kind>(*producer, slot);
        }
        drain(lossless);
    }

    /// Number of the record of lane 0 that comes next for who loses none.
    [[nodiscard]] std::uint64_t seen() const { return lossless->seen().next(0); }

    /// What must hold after a death, whoever's, with a second lane if `others`.
    /// @param least, most  records of lane 0 that may be visible by now.
    void aftermath(std::uint64_t least, std::uint64_t most, bool others = false);

private:
    static unsigned& made()
    {
        static unsigned count = 0;
        return count;
    }

    static void drain(std::optional<observer<Kind>>& who)
    {
        if (who) {
            const auto why = who->drain();
            demand_that(why == samepage::outcome::empty || why == samepage::outcome::producer_died ||
                            why == samepage::outcome::closed,
                        "a take is " + std::string{to_string(why)});
        }
    }

    /// Everything until now was seen or told of, and nothing was wrong.
    void settle(std::optional<observer<Kind>>& who, const char* whose)
    {
        drain(who);
        const auto& lanes = who->seen();
        const tally& said = lanes.said();
        demand_that(said.good(), std::string{whose} + ": " + said.first);
        demand_that(lanes.next(0) == producer->next_number(), std::string{whose} + " came to record " +
                                                                  std::to_string(lanes.next(0)) + " of " +
                                                                  std::to_string(producer->next_number()));
        std::uint64_t due = 0;
        for (unsigned lane = 0; lane < lanes.lanes(); ++lane) {
            due += lanes.next(lane) - lanes.begun(lane);
        }
        demand_that(said.records + said.skipped == due, std::string{whose} + " counts right");
    }

    std::filesystem::path directory_;
    std::string name_;
    unsigned most_consumers_;
    unsigned most_producers_;
    std::optional<observer<Kind>> late;
    std::optional<observer<Kind>> late_lossy;
};

template <class Kind>
void world<Kind>::aftermath(std::uint64_t least, std::uint64_t most, bool others)
{
    using samepage::demand;
    using samepage::start;
    if (member) { // of no more use, and its group binds the producer
        while (member->try_take()) {
        }
        member.reset();
        forget_names();
    }
    drain(lossless);
    const std::uint64_t there = seen();
    demand_that(least <= there && there <= most, std::to_string(there) + " records visible, not " +
                                                     std::to_string(least) + " to " + std::to_string(most));
    if (!producer) {
        open_producer();
        demand_that(producer->lane() == 0, "the successor takes the dead one's lane");
    }
    demand_that(producer->next_number() == there, "the producer goes on with record " + std::to_string(there) +
                                                      ", not " + std::to_string(producer->next_number()));
    publish(2); // of these none is gone yet
    auto resuming = consuming(demand::lossless);
    resuming.resume.push_back({0, there});
    late.emplace(name_, resuming);
    publish(2 * lap_records);
    settle(late, "the resuming one");
    lossy->look();
    late.emplace(name_, consuming(demand::lossless, start::oldest));
    late_lossy.emplace(name_, consuming(demand::lossy, start::newest));
    publish(lap_records / 2);
    if (others) { // another lane's begin, or what its last producer left of it
        typename Kind::producer other{name_, producing()};
        demand_that(other.lane() == 1, "the other lane can be taken");
        for (int i = 0; i < 5; ++i) {
            auto slot = Kind::try_lend(other);
            demand_that(static_cast<bool>(slot), "the other lane has room");
            torture::publish<Kind>(other, slot);
        }
        drain(lossless);
        demand_that(lossless->seen().next(1) == other.next_number(), "the other lane's records are seen");
    }
    lossy->let_go();
    settle(lossless, "the lossless one");
    settle(lossy, "the lossy one");
    settle(late, "the late one");
    settle(late_lossy, "the late lossy one");
    producer->close();
    const auto end = lossless->drain();
    demand_that(end == samepage::outcome::closed, "the stream ends closed, not " + std::string{to_string(end)});
}

} // namespace torture
