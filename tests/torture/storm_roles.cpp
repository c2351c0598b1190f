// SPDX-License-Identifier: BSL-1.0
// storm_roles.cpp: what producers, consumers and verifiers do in a storm.
#include "torture/sleeps.hpp"
#include "torture/storm_board.hpp"

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

namespace torture {
namespace {

using samepage::demand;
using samepage::outcome;
using samepage::start;
using samepage::wait_policy;

wait_policy any_policy(support::random_numbers& random)
{
    switch (random.below(3)) {
    case 0: return wait_policy::sleep();
    case 1: return {std::chrono::microseconds{random.below(100)}};
    default: return {};
    }
}

void nap(support::random_numbers& random, std::uint64_t most_us)
{
    std::this_thread::sleep_for(std::chrono::microseconds{random.below(most_us)});
}

/// Opens an end. A place may be refused for a moment: somebody who looks whether its last owner lives has its lock, and
/// may be stopped with it.
template <class Open>
auto insist(Open&& open)
{
    for (;;) {
        try {
            return open();
        } catch (const samepage::error& fault) {
            if (fault.code() != samepage::errc::too_many_consumers && fault.code() != samepage::errc::producer_exists) {
                throw;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
    }
}

/// Makes a call that waits for less than a slice; counts by what it was woken, if it got something after a sleep.
template <class Call>
auto waited(Call&& call, storm_board::word& rung, storm_board::word& unrung)
{
    forget_sleeps();
    auto got = call();
    if (const auto how = last_waking(); got && how != waking::none) {
        (how == waking::clock ? unrung : rung).fetch_add(1, std::memory_order_relaxed);
    }
    return got;
}

template <class Kind>
typename Kind::loan any_loan(typename Kind::producer& to, support::random_numbers& random, storm_board& board)
{
    const auto dice = random.below(100);
    if (dice < 80) {
        return dice < 50 ? Kind::lend(to) : Kind::try_lend(to);
    }
    return waited([&] { return Kind::lend_for(to, std::chrono::milliseconds{dice % 3}); }, board.producers_rung,
                  board.producers_unrung);
}

/// Tells the board what a consumer saw since the last time.
class teller {
public:
    explicit teller(storm_board& board) noexcept : board_(board) {}

    /// @return whether all was well
    bool tell(const tally& now)
    {
        tally since = now;
        since.records -= told_.records;
        since.skipped -= told_.skipped;
        since.lost -= told_.lost;
        since.duplicated -= told_.duplicated;
        since.torn -= told_.torn;
        since.miscounted -= told_.miscounted;
        board_.add(since);
        told_ = now;
        return now.good();
    }

private:
    storm_board& board_;
    tally told_;
};

template <class Kind>
outcome hold(observer<Kind>& who, std::size_t most)
{
    const bool any = who.hold(most);
    who.look();
    return any ? outcome::ok : outcome::empty;
}

bool bad(outcome why) noexcept
{
    return why == outcome::corrupt || why == outcome::invalid_after_fork || why == outcome::too_large;
}

} // namespace

void storm_board::add(const tally& of) noexcept
{
    records.fetch_add(of.records, std::memory_order_relaxed);
    skipped.fetch_add(of.skipped, std::memory_order_relaxed);
    lost.fetch_add(of.lost, std::memory_order_relaxed);
    duplicated.fetch_add(of.duplicated, std::memory_order_relaxed);
    torn.fetch_add(of.torn, std::memory_order_relaxed);
    miscounted.fetch_add(of.miscounted, std::memory_order_relaxed);
}

void storm_board::say(const std::string& what) noexcept
{
    if (note[0] == '\0') {
        std::strncpy(note.data(), what.c_str(), note.size() - 1);
    }
}

samepage::channel_options storm_site::producing(wait_policy wait) const
{
    return {.capacity_bytes = ring_bytes,
            .max_producers = storm_lanes,
            .max_consumers = storm_consumers + 2, // as many as there are: a dead one's place is needed again
            .room_for_producers = storm_lanes,
            .directory = directory,
            .wait = wait};
}

samepage::consumer_options storm_site::consuming(demand wants, wait_policy wait) const
{
    return {.from = start::oldest,
            .wants = wants,
            .wait_for_channel = std::chrono::seconds{10},
            .directory = directory,
            .wait = wait};
}

template <class Kind>
int storm_roles<Kind>::produce(const storm_site& site, std::uint64_t seed, unsigned which)
{
    support::random_numbers random{seed};
    const auto wait = any_policy(random);
    auto to = insist([&] { return typename Kind::producer{site.name, site.producing(wait)}; });
    auto& published = site.board->published.at(to.lane());
    published.store(to.next_number(), std::memory_order_relaxed);
    site.board->lane_of.at(which).store(to.lane() + 1, std::memory_order_release);
    for (std::uint64_t life = 1 + random.below(40'000); life != 0; --life) {
        if (random.below(200) == 0) {
            nap(random, 300);
        }
        if (random.below(16) == 0) {
            Kind::try_publish_otherwise(to, 1 + random.below(20));
            continue;
        }
        auto slot = any_loan<Kind>(to, random, *site.board);
        if (!slot) {
            continue;
        }
        if (random.below(10) == 0) { // written, and never published
            Kind::write(slot, torn_key);
            continue;
        }
        publish<Kind>(to, slot);
        published.store(to.next_number(), std::memory_order_relaxed);
    }
    return 0; // closes
}

template <class Kind>
int storm_roles<Kind>::produce_the_end(const storm_site& site, std::uint64_t seed)
{
    support::random_numbers random{seed};
    auto to = insist([&] { return typename Kind::producer{site.name, site.producing({})}; });
    for (int i = 0; i < 500; ++i) {
        auto slot = Kind::lend(to);
        publish<Kind>(to, slot);
    }
    site.board->published.at(to.lane()).store(to.next_number(), std::memory_order_relaxed);
    site.board->over.fetch_add(1, std::memory_order_release);
    // The others' lanes must be taken by others: it keeps its own until each has one.
    while (site.board->over.load(std::memory_order_acquire) < storm_lanes) {
        nap(random, 1000);
    }
    return 0;
}

template <class Kind>
int storm_roles<Kind>::consume(const storm_site& site, std::uint64_t seed, unsigned which)
{
    support::random_numbers random{seed};
    auto options = site.consuming(which == 0 ? demand::lossless : demand::lossy, any_policy(random));
    auto& places = site.board->places.at(which);
    const bool resumes = which == 2;
    if (resumes) {
        for (unsigned lane = 0; lane < storm_lanes; ++lane) {
            options.resume.push_back({lane, places.at(lane).load(std::memory_order_relaxed)});
        }
    } else if (random.below(2) == 0) {
        options.from = start::newest;
    }
    auto from = insist([&] { return typename Kind::consumer{site.name, options}; });
    lanes_followed seen{resumes ? options.resume : from.next()};
    teller to{*site.board};
    std::vector<typename Kind::batch> held;
    for (std::uint64_t life = 1 + random.below(20'000); life != 0; --life) {
        const bool latest = !resumes && random.below(16) == 0;
        constexpr std::chrono::milliseconds most{1};
        auto batch =
            waited([&] { return latest ? from.take_latest_for(most) : from.take_for(most, 1 + random.below(100)); },
                   site.board->consumers_rung, site.board->consumers_unrung);
        if (!batch) {
            if (bad(batch.why())) {
                site.board->say("a consumer's take is " + std::string{to_string(batch.why())});
                return 1;
            }
            if (batch.why() == outcome::too_many_held || random.below(4) == 0) {
                held.clear();
            } else if (batch.why() == outcome::producer_died || batch.why() == outcome::closed) {
                nap(random, 100);
            }
            continue;
        }
        seen.see<Kind>(batch, which == 0, latest);
        if (resumes) {
            places.at(batch.lane()).store(batch.number() + batch.size(), std::memory_order_relaxed);
        }
        if (which != 2 && held.size() < 3 && random.below(which == 0 ? 64 : 4) == 0) {
            held.push_back(std::move(batch));
        } else if (!held.empty() && random.below(3) == 0) {
            if (random.below(20) == 0) {
                nap(random, 3000);
            }
            const auto given_back = held.begin() + static_cast<std::ptrdiff_t>(random.below(held.size()));
            seen.read<Kind>(*given_back); // it is still what it was
            held.erase(given_back);
        }
        if (!to.tell(seen.said())) {
            site.board->say("consumer " + std::to_string(which) + ": " + seen.said().first);
            return 1;
        }
    }
    return 0; // leaves
}

template <class Kind>
int storm_roles<Kind>::verify(const storm_site& site, std::uint64_t seed, demand wants)
{
    support::random_numbers random{seed};
    const bool lossless = wants == demand::lossless;
    const char* const whose = lossless ? "the lossless verifier: " : "the lossy verifier: ";
    observer<Kind> sees{site.name, site.consuming(wants, {})};
    auto& board = *site.board;
    teller to{board};
    board.ready.fetch_add(1, std::memory_order_release);
    for (;;) {
        const bool over = board.over.load(std::memory_order_acquire) == storm_lanes;
        const auto take = [&] { return sees.consumer().take_for(std::chrono::milliseconds{5}, 1 + random.below(200)); };
        const auto why = random.below(lossless ? 500 : 20) == 0
                             ? hold(sees, 1 + random.below(50))
                             : sees.see(waited(take, board.consumers_rung, board.consumers_unrung));
        for (unsigned lane = 0; lossless && lane < storm_lanes; ++lane) {
            board.taken.at(lane).store(sees.seen().next(lane), std::memory_order_relaxed);
        }
        if (sees.holding() != 0 && (why == outcome::too_many_held || random.below(lossless ? 3 : 30) == 0)) {
            sees.let_go();
        }
        if (bad(why)) {
            board.say(whose + std::string{"a take is "} + std::string{to_string(why)});
            return 1;
        }
        const auto& said = sees.seen().said();
        if (!to.tell(said)) {
            board.say(whose + said.first);
            return 1;
        }
        if (why == outcome::closed && over) {
            break;
        }
        if (why == outcome::closed || why == outcome::producer_died) {
            nap(random, 50);
        }
    }
    sees.let_go();
    std::uint64_t due = 0;
    for (unsigned lane = 0; lane < storm_lanes; ++lane) {
        const auto end = board.published.at(lane).load(std::memory_order_relaxed);
        if (sees.seen().next(lane) != end) {
            board.say(whose + std::string{"it ended at record "} + std::to_string(sees.seen().next(lane)) + " of " +
                      std::to_string(end) + " in lane " + std::to_string(lane));
            (lossless ? board.lost : board.miscounted).fetch_add(1, std::memory_order_relaxed);
            return 1;
        }
        due += end - sees.seen().begun(lane);
    }
    const auto& said = sees.seen().said();
    if (said.records + said.skipped != due) {
        board.say(whose + std::to_string(said.records) + " records and " + std::to_string(said.skipped) +
                  " told of as lost, of " + std::to_string(due));
        (lossless ? board.lost : board.miscounted).fetch_add(1, std::memory_order_relaxed);
        return 1;
    }
    return to.tell(said) ? 0 : 1;
}

template struct storm_roles<dense>;
template struct storm_roles<framed>;

} // namespace torture
