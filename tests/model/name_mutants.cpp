// SPDX-License-Identifier: BSL-1.0
// name_mutants.cpp: mutants of names and groups. As mutants.cpp: lines are found by their text.
#include "model/mutants.hpp"

namespace model {
namespace {

using enum mutation;

const std::string member = "group_member.hpp";
const std::string names = "membership.hpp";
const std::string words = "layout.hpp";
const place_in_code saved_place{words, "to.place.store(at.place"};
const place_in_code cursor{"lane_reader.hpp", "cursor_word().store(leases_.oldest(next_)"};
const place_in_code named_bit{"lane.hpp", "return (control.named.load("};
const place_in_code new_claim{member, "claim.begin.store(found.begin | held"};
const place_in_code old_claim{member, "claim.begin.store(0", "lose(claim, found);"};

} // namespace

void parts::add_mutants_of_names(std::vector<mutant>& to)
{
    const std::vector<mutant> all{
        // what a name saves
        {"N1 left out: a saved place", {{saved_place, dropped}}, "dense_named"},
        {"N1 behind C2: a place is saved after the cursor", {{saved_place, swapped}}, "dense_named", {}, {cursor}},
        {"N behind N1: a number is saved after its place",
         {{{words, "to.number.store(at.number"}, swapped}},
         "dense_named",
         {},
         {saved_place}},
        {"N skipped: which entry is higher is not looked for",
         {{{words, "return entries[1].place.load("}, zero}},
         "dense_named"},
        {"N left out: what a name has settled by",
         {{{names, "control.consumers[slot].settled.store("}, dropped}},
         "dense_named_dies_coming_first"},
        {"N left out: that it has not settled any more",
         {{{names, "settled.store(static_cast<std::uint32_t>(settlement::known)"}, dropped}},
         "dense_named_turns_lossy"},
        {"N3 left out: the bit of a name", {{{names, "control.named.fetch_or("}, dropped}}, "dense_named_slot"},
        {"H8 skipped: names are not looked for", {{named_bit, zero}}, "dense_named_slot"},
        {"H8 skipped: no second look at the name of a slot", {{named_bit, repeats}}, "dense_named_slot"},
        {"R skipped: a group is passed over though somebody lives in it",
         {{{"lane_writer.hpp", "found = locks_->held_elsewhere(lock_byte::consumer + member);"}, never}},
         "dense_group_holds_on"},
        // turns
        {"T1 relaxed: the turn", {{{"turn.hpp", "word_->compare_exchange_strong(free, own_"}, relaxed}}, "dense_group"},
        {"T1 relaxed: the turn that was slept for",
         {{{"turn.hpp", "if (word_->compare_exchange_strong(found, own_ | sleepers"}, relaxed}},
         "dense_group"},
        {"T1 skipped: the turn is taken whosever it is",
         {{{"turn.hpp", "word_->compare_exchange_strong(free, own_"}, always}},
         "dense_group_turns"},
        {"T2 relaxed: the turn is given back",
         {{{"turn.hpp", "word_->exchange(0, std::memory_order_release)"}, relaxed}},
         "dense_group"},
        {"T2 left out: the turn is kept",
         {{{"turn.hpp", "word_->exchange(0, std::memory_order_release)"}, dropped}},
         "dense_group_turns"},
        {"T2 left out: the wake of who waits for the turn",
         {{{"turn.hpp", "Policy::wake(*word_);"}, dropped}},
         "dense_group_turns"},
        {"T3 left out: a dead one keeps the turn",
         {{{"turn.hpp", "return word_->compare_exchange_strong(found"}, never}},
         "dense_group_turn_of_the_dead"},
        {"T3 skipped: the turn is taken from the living",
         {{{"turn.hpp", "if (!locks_->try_share(byte))"}, always}},
         "dense_group_inherits_beside"},
        {"grouped left out: a slot in whose turn somebody died is anybody's",
         {{{member, "where_.control->grouped.fetch_or("}, dropped}},
         "dense_group_slot"},
        {"H8 skipped: whose turn it is does not keep the slot",
         {{{names, "holder_of(words.turn.load("}, zero}},
         "dense_group_slot"},
        // claims
        {"claim behind N1: the group moves on before the claim",
         {{new_claim, swapped}},
         "dense_group_dies",
         {},
         {saved_place}},
        {"claim left out", {{new_claim, dropped}}, "dense_group"},
        {"the dead one's claim cleared before the new one is written",
         {{new_claim, swapped}},
         "dense_group_inherits",
         {{{member, ".lane = claim.lane.load("}, new_claim}},
         {old_claim}},
        {"the dead one's claim not cleared", {{old_claim, dropped}}, "dense_group_dies"},
        {"claims that were not made good stay",
         {{{member, "claim.begin.store(0", "if (begin >= standing_in(lane).place) {"}, dropped}},
         "dense_group_dies"},
        {"two claims of the same records stay",
         {{{member, "other.begin.store(0"}, dropped}},
         "dense_group_inherits_beside"},
        {"a released claim stays",
         {{{member, "where_.claim(where_.own, which).begin.store(0"}, dropped}},
         "dense_group"},
        {"T4 relaxed: a claim given up without the turn",
         {{{member, "where_.claim(where_.own, which).begin.store(0"}, relaxed}},
         "dense_group_turn_late"},
        {"T4 relaxed: the look at a claim that may be given up without the turn",
         {{{member, "const std::uint64_t begin = claim.begin.load("}, relaxed}},
         "dense_group_turn_late"},
        {"what is gone is counted without a mark", {{{member, "claim.count.store(0"}, dropped}}, "dense_group_loses"},
        {"C2 relaxed: the group's cursor",
         {{{"lane_reader.hpp", "cursor.store(place, std::memory_order_release);"}, relaxed}},
         "dense_group"},
        {"C2 left out: the group's cursor",
         {{{"lane_reader.hpp", "cursor.store(place, std::memory_order_release);"}, dropped}},
         "dense_group_waits"},
    };
    to.insert(to.end(), all.begin(), all.end());
}

void parts::add_harmless_of_names(std::vector<harmless_change>& to)
{
    const std::vector<harmless_change> all{
        {{"N1 relaxed: a saved place", {{saved_place, relaxed}}, "dense_named"},
         "who believes it has the writer's lock, or its turn (T1), and so all that it stored; without either a group's "
         "members only ask whether a look is due. What counts is that it is the last of three"},
        {{"N2 relaxed: the look at the higher place",
          {{{"lane_reader.hpp", "const position place = entry.place.load("}, relaxed}},
          "dense_named"},
         "as N1"},
        {{"N3 relaxed: the bit of a name", {{{names, "control.named.fetch_or("}, relaxed}}, "dense_named_slot"},
         "it is set with the slot's lock held, and who acts on it has the lock, or shares it"},
        {{"H8 relaxed: the look at the bit", {{named_bit, relaxed}}, "dense_named_slot"}, "as N3"},
        {{"T3 relaxed: a dead one's turn",
          {{{"turn.hpp", "return word_->compare_exchange_strong(found"}, relaxed}},
          "dense_group_turn_of_the_dead"},
         "who takes it over shares the dead one's lock, or owns it by now, and so sees all that it stored"},
    };
    to.insert(to.end(), all.begin(), all.end());
}

} // namespace model
