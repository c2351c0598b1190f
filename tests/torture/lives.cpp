// SPDX-License-Identifier: BSL-1.0
// lives.cpp: named consumers, a group, rings that change and channels that are made anew, in a storm of their own.
#include "support/scratch.hpp"
#include "torture/lives_company.hpp"
#include "torture/parts.hpp"
#include "torture/peer.hpp"

#include <samepage/ring/remove_channel.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

namespace torture {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::uint64_t events_between_retirements = 40;

/// Who removes the channel and makes it anew, and is perhaps killed between the two.
template <class Kind>
class anew {
public:
    anew(const lives_site& where, support::random_numbers& random, company<Kind>& all)
        : where_(where), random_(random), all_(all)
    {
    }
    /// @return the new channel's generation
    std::uint64_t replace()
    {
        auto first = start(true);
        if (random_.below(4) == 0) {
            all_.pass(clock::now() + std::chrono::microseconds{random_.below(2000)});
            first->kill();
            first = start(false); // if there is one, that is it
        }
        // Let all who are stopped go on: a producer that stands still while it moves keeps the changer, and that one
        // the naming lock, from whoever removes the channel.
        all_.pass(clock::now() + std::chrono::milliseconds{40});
        const std::uint64_t generation = first->hear_number();
        first->end_well();
        return generation;
    }

private:
    std::unique_ptr<peer> start(bool removes)
    {
        return std::make_unique<peer>(
            "who makes the channel anew", all_.body([this, removes, seed = random_()](support::lines& parent) {
                if (removes) {
                    (void)samepage::remove_channel(where_.name, where_.directory);
                }
                std::uint64_t generation = 0;
                {
                    const auto to = lives_producers_of<Kind>::produce_the_end(where_, lives_producers, seed);
                    generation = where_.all->at[lives_who::creator] - 1;
                }
                where_.all->at[lives_who::creator] = 0;
                parent.say(std::to_string(generation));
            }));
    }

    const lives_site& where_;
    support::random_numbers& random_;
    company<Kind>& all_;
};

struct never_done {
    std::uint64_t by_a_name = 0;
    std::uint64_t by_the_group = 0;
    std::uint64_t published = 0;
    std::uint64_t more_than_once = 0;
};

/// Looks through all channels there were.
/// @param from_the_first  everybody was there before the first record; else what came before them is nobody's
never_done look_through(const lives_site& where, bool from_the_first)
{
    never_done found;
    const auto& generations = where.all->generations;
    for (std::size_t generation = 0; generation != generations.size() && generations[generation].inode != 0;
         ++generation) {
        for (unsigned lane = 0; lane != lives_lanes; ++lane) {
            const std::uint64_t sure = generations[generation].lanes.at(lane).sure;
            found.published += sure;
            bool began = from_the_first;
            for (std::uint64_t number = 0; number != sure; ++number) {
                const unsigned times = where.done_with(generation, lane, number);
                began = began || times != 0;
                found.by_the_group += began && times == 0 ? 1U : 0U;
                found.more_than_once += times > 1 ? 1U : 0U;
            }
            for (const auto& each : generations[generation].names) {
                const std::uint64_t released = each.released.at(lane);
                found.by_a_name += from_the_first ? sure + 1 - std::min(sure + 1, released) : 0;
            }
        }
    }
    return found;
}

template <class Kind>
void run(const settings& how, bool retires, std::uint64_t events, report& to)
{
    const support::scratch_directory scratch;
    const shared_array<lives_board> memory{1};
    const std::uint64_t most_records = retires ? 1U << 20U : 1U << 27U;
    shared_array<std::atomic<unsigned char>> done{(retires ? most_generations : 1) * lives_lanes * most_records};
    lives_board& all = memory[0];
    const lives_site where{
        .directory = scratch.path(), .retires = retires, .most_records = most_records, .all = &all, .done = &done};
    support::random_numbers random{support::scatter(how.seed + (retires ? 2U : 0U) + (Kind::is_dense ? 1U : 0U))};
    if (!retires) { // all from the first record on
        const auto creator = lives_producers_of<Kind>::open(where);
        for (unsigned which = 0; which != lives_names.size(); ++which) {
            (void)lives_consumers_of<Kind>::open_named(where, which);
            for (auto& released : all.generations[0].names.at(which).released) {
                released = 1;
            }
        }
        (void)lives_consumers_of<Kind>::open_worker(where);
    }
    std::uint64_t retirements = 0;
    std::uint64_t kills = 0;
    std::uint64_t stops = 0;
    const std::string what = std::string{retires ? "lives, made anew, " : "lives, "} + Kind::name;
    try {
        company<Kind> company{where, random};
        anew<Kind> anew{where, random, company};
        std::uint64_t present = 0;
        for (std::uint64_t i = 0; i != events; ++i) {
            company.event();
            if (!retires || i % events_between_retirements != events_between_retirements - 1) {
                continue;
            }
            const std::uint64_t next = anew.replace();
            retirements += next != present ? 1U : 0U;
            present = next;
            for (auto more = random.below(2) * random.below(6); more != 0; --more) {
                company.event();
            }
            company.await("all have the channel that was made anew", [&] {
                return std::all_of(all.at.begin(), all.at.end(), [&](const auto& at) {
                    return at == next + 1 || &at == &all.at[lives_who::creator];
                });
            });
        }
        kills = company.kills();
        stops = company.stops();
        company.end();
    } catch (const std::exception& fault) {
        to.fail(what + ": " + fault.what());
    }
    if (all.noted) {
        to.fail(what + ": " + all.note.data());
    }
    const auto found = look_through(where, !retires);
    const auto add = [&](const char* name, std::uint64_t value, relation held_to = relation::none, double bound = 0) {
        to.add({what + ": " + name, "", static_cast<double>(value), held_to, bound});
    };
    add("kills", kills, relation::at_least, 1);
    add("stops", stops, relation::at_least, 1);
    add("changes asked for", all.changes, relation::at_least, 1);
    add("moves to another ring", all.moves, relation::at_least, 1);
    add("records published", found.published, relation::at_least, 1);
    add("records taken by two names", all.taken);
    add("records done by the group", all.worked);
    add("handed out again, marked", all.redelivered);
    add("done more than once", found.more_than_once);
    add("closed with records in hands", all.left_in_hands);
    if (retires) {
        // Of few, all may have been killed, or have closed by themselves, before they were told.
        const auto told = retirements >= 20 ? relation::at_least : relation::none;
        add("channels made anew", retirements, told, 1);
        add("producers told", all.producers_told, told, 1);
        add("consumers told", all.consumers_told, told, 1);
        add("seen to the end by a name", all.seen_to_the_end, told, 1);
        add("of another channel", all.foreign, relation::equal, 0);
        add("not seen to the end", all.left_over, relation::equal, 0);
    } else {
        add("never released by a name", found.by_a_name, relation::equal, 0);
    }
    add("never done by the group", found.by_the_group, relation::equal, 0);
    add("done again without the mark", all.unmarked, relation::equal, 0);
    add("where another was due", all.misplaced, relation::equal, 0);
    add("producers at another number", all.misnumbered, relation::equal, 0);
    add("told of as lost", all.lost, relation::equal, 0);
    add("not what was published", all.wrong, relation::equal, 0);
}

} // namespace

void lives(const settings& how, report& to)
{
    const std::uint64_t events = how.amount(20'000, 300);
    run<dense>(how, false, events / 2, to);
    run<framed>(how, false, events / 2, to);
    const std::uint64_t anew = std::max(how.amount(12'000, 240) / 2, events_between_retirements);
    run<dense>(how, true, std::min<std::uint64_t>(anew, (most_generations / 2) * events_between_retirements), to);
    run<framed>(how, true, std::min<std::uint64_t>(anew, (most_generations / 2) * events_between_retirements), to);
}

} // namespace torture
