// SPDX-License-Identifier: BSL-1.0
// lives_producers.cpp: what producers, and who changes the rings, do in the part `lives`; and its board.
#include "support/child.hpp"
#include "torture/lives_attach.hpp"

#include <samepage/ring/change_channel.hpp>

#include <cstring>
#include <stdexcept>

namespace torture {
namespace {

using samepage::errc;
using samepage::outcome;

constexpr unsigned needed_consumers = lives_names.size() + 1 + lives_workers; // 1: the group's

unsigned needed_producers(const lives_site& where)
{
    return where.retires ? lives_lanes : lives_producers;
}

template <class Kind>
typename Kind::loan any_loan(typename Kind::producer& to, support::random_numbers& random)
{
    const auto dice = random.below(10);
    return dice < 6   ? Kind::lend(to)
           : dice < 8 ? Kind::try_lend(to)
                      : Kind::lend_for(to, std::chrono::milliseconds{random.below(15)});
}

/// A producer's life with one handle.
template <class Kind>
class lane_of_records {
public:
    lane_of_records(const lives_site& where, typename Kind::producer& to, std::size_t generation)
        : where_(where),
          to_(to),
          generation_(generation),
          lane_(where.all->generations.at(generation).lanes.at(to.lane()))
    {
        const std::uint64_t next = to.next_number();
        if (next != lane_.published && next != lane_.sure) {
            where.all->count(where.all->misnumbered, "a producer of lane " + std::to_string(to.lane()) +
                                                         " goes on with " + std::to_string(next) + ", not " +
                                                         std::to_string(lane_.sure));
        }
        lane_.published = next;
        lane_.sure = next;
        look_at_ring();
    }
    /// A record, or some of them in one loan. @return ok, full, timed_out or retired
    outcome publish(support::random_numbers& random)
    {
        if constexpr (Kind::is_dense) {
            if (random.below(16) == 0) {
                const std::size_t much = 1 + random.below(20);
                auto slot = to_.try_loan(much);
                for (std::size_t i = 0; slot && i != much; ++i) {
                    slot[i] = support::tick_of(key(to_.next_number() + i));
                }
                return publish(slot, much);
            }
        }
        auto slot = any_loan<Kind>(to_, random);
        if (slot) {
            Kind::write(slot, key(to_.next_number()));
        }
        return publish(slot, 1);
    }
    [[nodiscard]] bool is_used_up() const { return to_.next_number() + 64 >= where_.most_records; }

private:
    [[nodiscard]] std::uint64_t key(std::uint64_t number) const { return key_in(generation_, to_.lane(), number); }
    outcome publish(typename Kind::loan& slot, std::size_t much)
    {
        if (!slot) {
            return slot.why();
        }
        lane_.published = to_.next_number() + much;
        slot.publish();
        lane_.sure = to_.next_number();
        if (++published_ % 32 == 0) {
            look_at_ring();
        }
        return outcome::ok;
    }
    void look_at_ring()
    {
        const auto now = to_.info().ring_offset_bytes;
        const auto before = lane_.ring.exchange(now);
        where_.all->moves += before != 0 && before != now ? 1U : 0U;
    }

    const lives_site& where_;
    typename Kind::producer& to_;
    std::size_t generation_;
    lives_board::of_lane& lane_;
    std::uint64_t published_ = 0;
};

} // namespace

std::size_t lives_board::generation_of(std::uint64_t inode)
{
    for (std::size_t i = 0; i != generations.size(); ++i) {
        std::uint64_t there = 0;
        if (generations[i].inode.compare_exchange_strong(there, inode) || there == inode) {
            return i;
        }
    }
    throw std::runtime_error("more channels than there is room for");
}

bool lives_board::is_left(std::size_t generation) const
{
    for (unsigned who = lives_who::producer; who <= lives_who::creator; ++who) {
        const std::uint64_t there = at.at(who);
        if (there == attaching || there == generation + 1) {
            return false;
        }
    }
    return true;
}

void lives_board::count(word& fault, const std::string& what)
{
    ++fault;
    if (!noted.exchange(true)) {
        std::strncpy(note.data(), what.c_str(), note.size() - 1);
    }
}

template <class Kind>
typename Kind::producer lives_producers_of<Kind>::open(const lives_site& where)
{
    return typename Kind::producer{where.name,
                                   {.capacity_bytes = 1U << 15U,
                                    .max_producers = needed_producers(where),
                                    .max_consumers = needed_consumers,
                                    .wait_for_absent = std::chrono::nanoseconds::max(),
                                    .directory = where.directory}};
}

template <class Kind>
void lives_producers_of<Kind>::produce(const lives_site& where, unsigned which, std::uint64_t seed)
{
    support::random_numbers random{seed};
    for (;;) {
        auto [to, generation] = attach(where, lives_who::producer + which, [&] { return open(where); });
        lane_of_records<Kind> lane{where, to, generation};
        for (std::uint64_t records = 1 + random.below(100'000); records != 0; --records) {
            if (random.below(200) == 0 || lane.is_used_up()) {
                nap(random, 600);
            }
            // Who has no number left only looks whether the channel is retired, by closing and coming again.
            const outcome why = lane.is_used_up() ? outcome::closed : lane.publish(random);
            if (why == outcome::retired) {
                support::require(where.retires, "nobody removed the channel, and a producer is told so");
                ++where.all->producers_told;
                break;
            }
            if (why == outcome::closed) {
                break;
            }
            support::require(why == outcome::ok || why == outcome::full || why == outcome::timed_out,
                             "a loan is " + std::string{to_string(why)});
        }
    }
}

template <class Kind>
typename Kind::producer lives_producers_of<Kind>::produce_the_end(const lives_site& where, unsigned which,
                                                                  std::uint64_t seed)
{
    support::random_numbers random{seed};
    auto [to, generation] = attach(where, lives_who::producer + which, [&] { return open(where); });
    lane_of_records<Kind> lane{where, to, generation};
    for (unsigned records = 0; records != 100 && !lane.is_used_up();) {
        const outcome why = lane.publish(random);
        support::require(why == outcome::ok || why == outcome::full || why == outcome::timed_out,
                         "a last loan is " + std::string{to_string(why)});
        records += why == outcome::ok ? 1U : 0U;
    }
    return std::move(to);
}

template struct lives_producers_of<dense>;
template struct lives_producers_of<framed>;

void change_rings(const lives_site& where, std::uint64_t seed)
{
    support::random_numbers random{seed};
    for (;;) {
        nap(random, 6000);
        try {
            (void)samepage::change_channel(
                where.name,
                {.capacity_bytes = std::size_t{1} << (14 + random.below(5)), // 16 to 256 KiB
                 .max_producers = needed_producers(where) + static_cast<unsigned>(random.below(3)),
                 .max_consumers = needed_consumers + static_cast<unsigned>(random.below(3)),
                 .wait_for_producers = std::chrono::milliseconds{random.below(3)}},
                where.directory);
            ++where.all->changes;
        } catch (const samepage::error& fault) {
            if (!where.retires || (fault.code() != errc::not_found && fault.code() != errc::retired)) {
                throw;
            }
        }
    }
}

} // namespace torture
