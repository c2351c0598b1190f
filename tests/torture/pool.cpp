// SPDX-License-Identifier: BSL-1.0
// pool.cpp: a group of workers, one of which is killed every 100 ms; what each record went through is counted.
#include "support/scratch.hpp"
#include "torture/kinds.hpp"
#include "torture/parts.hpp"
#include "torture/peer.hpp"
#include "torture/shared_array.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

namespace torture {
namespace {

using namespace std::chrono_literals;
using samepage::outcome;
using clock = std::chrono::steady_clock;

constexpr std::size_t workers = 4;
constexpr std::uint64_t most_records = std::uint64_t{1} << 25U; ///< each has a byte
constexpr auto between_kills = 100ms;

/// What the pool's processes write down.
struct board {
    shared_array<std::atomic<unsigned char>> done{most_records}; ///< by number: how often, up to 255
    shared_array<std::atomic<std::uint64_t>> counts{4};

    std::atomic<std::uint64_t>& published() const { return counts[0]; }
    std::atomic<std::uint64_t>& redelivered() const { return counts[1]; } ///< records handed out once more
    std::atomic<std::uint64_t>& unmarked() const { return counts[2]; }    ///< done before, and not marked
    std::atomic<std::uint64_t>& torn() const { return counts[3]; }
};

struct site {
    std::string name;
    std::filesystem::path directory;
};

template <class Kind>
void produce(const site& where, const board& all, clock::time_point end)
{
    typename Kind::producer to{where.name,
                               {.capacity_bytes = 1U << 16U,
                                .max_consumers = workers + 1, // the group's, and a slot for each
                                .wait_for_absent = std::chrono::nanoseconds::max(),
                                .directory = where.directory}};
    while (to.consumer_count() == 0) {
        std::this_thread::sleep_for(1ms);
    }
    while (clock::now() < end && to.next_number() + 64 < most_records) {
        for (int i = 0; i != 64; ++i) {
            auto slot = Kind::lend(to);
            publish<Kind>(to, slot);
        }
        all.published() = to.next_number();
        std::this_thread::sleep_for(1ms); // so that the table lasts for the whole time
    }
}

template <class Kind>
void work(const site& where, const board& all, std::uint64_t seed)
{
    support::random_numbers random{seed};
    typename Kind::consumer from{
        where.name,
        {.group = "pool", .from = samepage::start::oldest, .wait_for_channel = 10s, .directory = where.directory}};
    for (;;) {
        auto batch = from.take(1 + random.below(16));
        if (!batch) {
            support::require(batch.why() == outcome::closed, "the stream ends when it is closed");
            return;
        }
        std::uint64_t number = batch.number();
        Kind::read(batch, [&](std::uint64_t key) {
            all.torn() += key != key_of(batch.lane(), number) ? 1U : 0U;
            const auto before = all.done[number].fetch_add(1);
            all.unmarked() += before != 0 && !batch.redelivered() ? 1U : 0U;
            all.redelivered() += batch.redelivered() ? 1U : 0U;
            ++number;
        });
        if (random.below(8) == 0) { // something to do, with records in its hands
            std::this_thread::sleep_for(std::chrono::microseconds{random.below(2000)});
        }
    }
}

template <class Kind>
void storm_a_pool(const settings& how, std::chrono::seconds span, report& to)
{
    const support::scratch_directory scratch;
    const site where{"pool", scratch.path()};
    const board all;
    support::random_numbers random{how.seed};
    const auto end = clock::now() + span;
    const std::string what = std::string{"pool, "} + Kind::name;
    peer producer{what + ": the producer", [&](support::lines& parent) {
                      produce<Kind>(where, all, end);
                      parent.say("published");
                  }};
    std::array<std::unique_ptr<peer>, workers> pool;
    const auto start = [&](std::unique_ptr<peer>& one) {
        const auto seed = random();
        one = std::make_unique<peer>(what + ": a worker", [&where, &all, seed](support::lines& parent) {
            work<Kind>(where, all, seed);
            parent.say("done");
        });
    };
    for (auto& each : pool) {
        start(each);
    }
    std::uint64_t kills = 0;
    while (clock::now() + between_kills < end) {
        std::this_thread::sleep_for(between_kills);
        auto& victim = pool.at(random.below(workers));
        victim->kill_at_work();
        start(victim);
        ++kills;
    }
    producer.expect("published");
    for (auto& each : pool) {
        each->expect("done");
    }
    const std::uint64_t published = all.published();
    std::uint64_t missed = 0;
    std::uint64_t again = 0;
    for (std::uint64_t number = 0; number != published; ++number) {
        missed += all.done[number] == 0 ? 1U : 0U;
        again += all.done[number] > 1 ? 1U : 0U;
    }
    const auto add = [&](const char* name, std::uint64_t value, relation held_to = relation::none, double bound = 0) {
        to.add({what + ": " + name, "", static_cast<double>(value), held_to, bound});
    };
    add("workers killed", kills, relation::at_least, 1);
    add("records published", published, relation::at_least, 1);
    add("handed out once more, and marked", all.redelivered());
    add("done more than once", again);
    add("done more than once without the mark", all.unmarked(), relation::equal, 0);
    add("never done", missed, relation::equal, 0);
    add("torn, or another", all.torn(), relation::equal, 0);
}

} // namespace

void pool(const settings& how, report& to)
{
    const std::chrono::seconds span{how.amount(300, 4)};
    storm_a_pool<dense>(how, span, to);
    storm_a_pool<framed>(how, span, to);
}

} // namespace torture
