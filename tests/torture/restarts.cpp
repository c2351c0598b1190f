// SPDX-License-Identifier: BSL-1.0
// restarts.cpp: a channel in a directory on disk, all of whose processes are killed at once, again and again.
#include "torture/kinds.hpp"
#include "torture/parts.hpp"
#include "torture/peer.hpp"
#include "torture/shared_array.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

namespace torture {
namespace {

using namespace std::chrono_literals;
using samepage::outcome;

constexpr unsigned lanes = 2;
constexpr std::array names{"first", "second"};

/// A directory on whatever file system holds temporary files; gone with what is in it.
class disk_directory {
public:
    disk_directory()
    {
        const char* const given = std::getenv("SAMEPAGE_TORTURE_DIRECTORY"); // NOLINT(concurrency-mt-unsafe)
        std::string name =
            (given != nullptr ? std::filesystem::path{given} : std::filesystem::path{"/var/tmp"}) / "samepage-XXXXXX";
        support::require(::mkdtemp(name.data()) != nullptr, "a directory at " + name);
        path_ = name;
    }
    disk_directory(const disk_directory&) = delete;
    disk_directory& operator=(const disk_directory&) = delete;
    ~disk_directory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// How far everybody is, by lane; outlives all of them.
struct board {
    using word = std::atomic<std::uint64_t>;
    std::array<word, lanes> published; ///< number of the next record: it is published, or almost
    std::array<word, lanes> sure;      ///< those below are published
    struct of_consumer {
        std::array<word, lanes> releasing; ///< those below are released, or almost
        std::array<word, lanes> released;  ///< those below are released
    };
    std::array<of_consumer, names.size()> consumers;
    word taken;
    word wrong;     ///< records that are not what was published
    word misplaced; ///< where another was due: one was missed, or comes again
    word lost;
};

struct site {
    std::filesystem::path directory;
    std::string name = "restarted";
    board* all = nullptr;
};

template <class Kind>
typename Kind::producer producer_at(const site& where)
{
    return typename Kind::producer{where.name,
                                   {.capacity_bytes = 1U << 15U,
                                    .max_producers = lanes,
                                    .max_consumers = names.size(),
                                    .wait_for_absent = std::chrono::nanoseconds::max(),
                                    .directory = where.directory}};
}

template <class Kind>
typename Kind::consumer consumer_at(const site& where, std::size_t which)
{
    return typename Kind::consumer{where.name,
                                   {.name = names.at(which),
                                    .from = samepage::start::oldest,
                                    .wait_for_channel = 10s,
                                    .directory = where.directory}};
}

/// @param so_many  records; then it closes, when it is told to
template <class Kind>
void produce(const site& where, std::uint64_t so_many, support::lines& parent)
{
    auto to = producer_at<Kind>(where);
    auto& published = where.all->published.at(to.lane());
    auto& sure = where.all->sure.at(to.lane());
    support::require(to.next_number() == published || to.next_number() == sure, "the lane goes on with record " +
                                                                                    std::to_string(sure) + ", not " +
                                                                                    std::to_string(to.next_number()));
    sure = to.next_number();
    for (std::uint64_t i = 0; i != so_many; ++i) {
        auto slot = Kind::lend(to);
        Kind::write(slot, key_of(to.lane(), to.next_number()));
        published = to.next_number() + 1;
        slot.publish();
        sure = to.next_number();
    }
    parent.say("published");
    (void)parent.hear();
}

template <class Kind>
void consume(const site& where, std::size_t which, std::uint64_t seed)
{
    support::random_numbers random{seed};
    auto& own = where.all->consumers.at(which);
    auto from = consumer_at<Kind>(where, which);
    std::array<bool, lanes> went_on{};
    for (;;) {
        auto batch = from.take(1 + random.below(20));
        if (batch.why() == outcome::producer_died) { // others are about to come
            std::this_thread::sleep_for(100us);
            continue;
        }
        if (!batch) {
            support::require(batch.why() == outcome::closed, "a take is " + std::string{to_string(batch.why())});
            return;
        }
        const unsigned lane = batch.lane();
        auto& releasing = own.releasing.at(lane);
        auto& released = own.released.at(lane);
        // Killed between the two, it may or may not have released.
        const bool right =
            batch.number() == released || (!std::exchange(went_on.at(lane), true) && batch.number() == releasing);
        where.all->misplaced += right ? 0U : 1U;
        released = batch.number();
        where.all->lost += batch.lost();
        std::uint64_t number = batch.number();
        Kind::read(batch, [&](std::uint64_t key) { where.all->wrong += key != key_of(lane, number++) ? 1U : 0U; });
        where.all->taken += batch.size();
        releasing = number;
        batch.release();
        released = number;
    }
}

template <class Kind>
class life_of_a_channel {
public:
    life_of_a_channel(const site& where, support::random_numbers& random) : where_(where), random_(random) { start(); }

    void kill_all()
    {
        while (!running_.empty()) {
            const auto victim = running_.begin() + static_cast<std::ptrdiff_t>(random_.below(running_.size()));
            (*victim)->kill_at_work();
            running_.erase(victim);
        }
    }
    void start()
    {
        for (unsigned lane = 0; lane != lanes; ++lane) {
            add("a producer", [this](support::lines& parent) { produce<Kind>(where_, ~std::uint64_t{0}, parent); });
        }
        start_consumers();
    }
    void end()
    {
        start_consumers();
        std::vector<std::unique_ptr<peer>> last;
        for (unsigned lane = 0; lane != lanes; ++lane) { // one after the other: each in a lane of its own
            last.push_back(std::make_unique<peer>(
                "the last producer", [this](support::lines& parent) { produce<Kind>(where_, 100, parent); }));
            last.back()->expect("published");
        }
        for (const auto& each : last) {
            each->say("close");
            each->end_well();
        }
        for (const auto& each : running_) {
            each->expect("done");
        }
    }

private:
    template <class Body>
    void add(const char* name, Body body)
    {
        running_.push_back(std::make_unique<peer>(std::string{Kind::name} + ": " + name, body));
    }
    void start_consumers()
    {
        for (std::size_t which = 0; which != names.size(); ++which) {
            const auto seed = random_();
            add(names.at(which), [this, which, seed](support::lines& parent) {
                consume<Kind>(where_, which, seed);
                parent.say("done");
            });
        }
    }

    const site& where_;
    support::random_numbers& random_;
    std::vector<std::unique_ptr<peer>> running_;
};

template <class Kind>
void restart(const settings& how, std::uint64_t rounds, report& to)
{
    const disk_directory disk;
    const shared_array<board> memory{1};
    const site where{.directory = disk.path(), .all = &memory[0]};
    board& all = memory[0];
    support::random_numbers random{how.seed};
    {
        const auto creator = producer_at<Kind>(where);
        for (std::size_t which = 0; which != names.size(); ++which) {
            (void)consumer_at<Kind>(where, which); // from the first record on
        }
    }
    life_of_a_channel<Kind> channel{where, random};
    for (std::uint64_t round = 0; round != rounds; ++round) {
        std::this_thread::sleep_for(std::chrono::microseconds{random.below(12'000)});
        channel.kill_all();
        if (round + 1 != rounds) {
            channel.start();
        }
    }
    channel.end();
    std::uint64_t missed = 0;
    std::uint64_t published = 0;
    for (unsigned lane = 0; lane != lanes; ++lane) {
        published += all.sure.at(lane);
        for (const auto& each : all.consumers) {
            missed += all.sure.at(lane) - std::min<std::uint64_t>(all.sure.at(lane), each.released.at(lane));
        }
    }
    const std::string what = std::string{"restarts, "} + Kind::name;
    const auto add = [&](const char* name, std::uint64_t value, relation held_to = relation::none, double bound = 0) {
        to.add({what + ": " + name, "", static_cast<double>(value), held_to, bound});
    };
    add("times all were killed", rounds, relation::at_least, 1);
    add("records published", published, relation::at_least, 1);
    add("records taken by two named consumers", all.taken);
    add("where another was due", all.misplaced, relation::equal, 0);
    add("told of as lost", all.lost, relation::equal, 0);
    add("not what was published", all.wrong, relation::equal, 0);
    add("never released", missed, relation::equal, 0);
}

} // namespace

void restarts(const settings& how, report& to)
{
    const std::uint64_t rounds = how.amount(1000, 25);
    restart<dense>(how, rounds, to);
    restart<framed>(how, rounds, to);
}

} // namespace torture
