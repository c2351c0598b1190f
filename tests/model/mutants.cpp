// SPDX-License-Identifier: BSL-1.0
// mutants.cpp: the lists. Lines are found by their text: a change whose line is gone is an error, not a mutant fewer.
#include "model/mutants.hpp"

#include "model/sources.hpp"

namespace model {
namespace {

using enum mutation;

const std::string writer = "lane_writer.hpp";
const std::string reader = "lane_reader.hpp";
const std::string fence = "Policy::full_fence();";

std::vector<mutant> all_mutants()
{
    const place_in_code looks{writer, "return lane_.control->joined.load("};
    const place_in_code sleepers{writer, "if (lane_.control->sleeping_consumers.load("};
    const place_in_code locks_asked{"end_of_stream.hpp", "locks.held_elsewhere(lock_byte::producer"};
    const std::vector<change_in_code> second_look{{looks, repeats},
                                                  {{writer, "cursor.load(std::memory_order_acquire);"}, repeats},
                                                  {{writer, "const std::uint64_t begin = hold.begin.load("}, repeats},
                                                  {{writer, "const position to = hold.end.load("}, repeats}};
    return {
        // joining and the horizon
        {"J0 relaxed: a joiner's cleared hold",
         {{{reader, "lane_.hold(slot_, i).begin.store(0, std::memory_order_release);"}, relaxed}},
         "dense_slot_reused"},
        {"J0 left out: a joiner's first cursor",
         {{{reader, "cursor_word().store(lossless_ ? next_ : unbound"}, dropped}},
         "dense_slot_reused"},
        {"J1 left out: the joiner's bit", {{{reader, "control.joined.fetch_or("}, dropped}}, "dense_join_oldest"},
        {"J2 left out: the joiner's fence",
         {{{reader, fence, "control.joined.fetch_or("}, dropped}},
         "dense_join_oldest"},
        {"J3 relaxed: the joiner's second look at the horizon",
         {{{reader, "const position horizon = std::max(next_, lane_.words->horizon.load("}, relaxed}},
         "dense_join_oldest"},
        {"J3 skipped: no second look at the horizon",
         {{{reader, "const position horizon = std::max(next_, lane_.words->horizon.load("}, repeats}},
         "dense_join_oldest"},
        {"H1 relaxed: the new horizon",
         {{{writer, "lane_.words->horizon.store(goal.place"}, relaxed}},
         "dense_join_oldest"},
        {"H1 left out: the new horizon",
         {{{writer, "lane_.words->horizon.store(goal.place"}, dropped}},
         "dense_join_oldest"},
        {"H2 left out: the producer's fence",
         {{{writer, fence, "passed_.forget_below(goal.place);"}, dropped}},
         "dense_join_oldest"},
        {"H3 relaxed: who has joined",
         {{{writer, "return lane_.control->joined.load("}, relaxed}},
         "dense_slot_reused"},
        {"H3 skipped: no second look at who has joined",
         {{{writer, "return lane_.control->joined.load("}, repeats}},
         "dense_second_joins"},
        {"H4 relaxed: a cursor", {{{writer, "cursor.load(std::memory_order_acquire);"}, relaxed}}, "dense_join_oldest"},
        {"H5 left out: a successor's fence",
         {{{writer, fence, "longest_ = std::min(lane_.words->longest.load"}, dropped}},
         "dense_producer_dies_joining"},
        {"M left out: a mark's place", {{{writer, "mark.place.store(at.place"}, dropped}}, "dense_join_oldest"},
        // publishing and releasing
        {"P1 relaxed: head",
         {{{"dense_writer.hpp", "this->lane_.words->head.store(this->next_"}, relaxed}},
         "dense_wrap"},
        {"C1 relaxed: the look at head",
         {{{"dense_reader.hpp", "const position head = this->lane_.words->head.load("}, relaxed}},
         "dense_wrap"},
        {"C2 relaxed: the cursor", {{{reader, "cursor_word().store(leases_.oldest(next_)"}, relaxed}}, "dense_wrap"},
        {"C2 left out: the cursor", {{{reader, "cursor_word().store(leases_.oldest(next_)"}, dropped}}, "dense_wait"},
        {"C5 relaxed: leaving", {{{reader, "control.joined.fetch_and(~bit"}, relaxed}}, "dense_join_leave"},
        {"C5 left out: leaving", {{{reader, "control.joined.fetch_and(~bit"}, dropped}}, "dense_wait_leave"},
        {"P2 left out: the next header is not cleared",
         {{{"framed_writer.hpp", "this->lane_.header(where).store(0"}, dropped}},
         "framed_wrap"},
        {"P2 left out: the foreseen header is not cleared",
         {{{"framed_writer.hpp", "this->lane_.header(place).store(0"}, dropped}},
         "framed_large_ahead"},
        {"P2 left out: the block ahead is not cleared",
         {{{"framed_writer.hpp", "Policy::clear("}, dropped}},
         "framed_ahead"},
        {"P3 relaxed: the header",
         {{{"framed_writer.hpp", "store(frame::encode(number, payload_bytes)"}, relaxed}},
         "framed_wrap"},
        {"C3 relaxed: the look at a header",
         {{{"framed_reader.hpp", "return this->lane_.header(where).load("}, relaxed}},
         "framed_wrap"},
        {"P5 relaxed: head behind a header",
         {{{"framed_writer.hpp", "words.head.store(after"}, relaxed}},
         "framed_newest_lossless"},
        {"P5 left out: head behind a header",
         {{{"framed_writer.hpp", "words.head.store(after"}, dropped}},
         "framed_producer_dies_lossy"},
        {"C6 relaxed: the look at head before a leap",
         {{{"framed_reader.hpp", "const position head = this->lane_.words->head.load("}, relaxed}},
         "framed_newest_lossless"},
        // holding and stepping over
        {"L2 left out: the fence behind a hold",
         {{{reader, fence, "hold.begin.store(next_ | held"}, dropped}},
         "dense_lossy_once"},
        {"L2 skipped: no second look at the horizon",
         {{{reader, "bool lapped() const noexcept"}, repeats}},
         "dense_lossy_once"},
        {"L3 relaxed: the hold", {{{reader, "hold.begin.store(next_ | held"}, relaxed}}, "dense_lossy"},
        {"L3 left out: the hold", {{{reader, "hold.begin.store(next_ | held"}, dropped}}, "dense_lossy_once"},
        {"L4 relaxed: letting go", {{{reader, "lane_.hold(slot_, ticket).begin.store(0"}, relaxed}}, "dense_lossy"},
        {"L4 left out: letting go",
         {{{reader, "lane_.hold(slot_, ticket).begin.store(0"}, dropped}},
         "dense_wait_held"},
        {"L5 left out: the hold's end",
         {{{reader, "hold.end.store(end, std::memory_order_release);"}, dropped}},
         "dense_lossy_once"},
        {"L4 left out in let_go(): a claim given up",
         {{{reader, "lane_.hold(slot_, leases_.next_ticket()).begin.store(0"}, dropped}},
         "dense_wait_one_record"},
        {"H6 relaxed: a hold", {{{writer, "const std::uint64_t begin = hold.begin.load("}, relaxed}}, "dense_lossy"},
        {"H6 skipped: holds are not looked at",
         {{{writer, "const std::uint64_t begin = hold.begin.load("}, zero}},
         "dense_lossy_once"},
        {"G1 relaxed: the gap count",
         {{{"dense_writer.hpp", "words.gap_count.store("}, relaxed}},
         "dense_lossy_holds_two"},
        {"G1 left out: a gap is not counted",
         {{{"dense_writer.hpp", "words.gap_count.store("}, dropped}},
         "dense_lossy_lossless"},
        {"G left out: a gap's begin", {{{"dense_writer.hpp", "gap.begin.store("}, dropped}}, "dense_lossy_lossless"},
        {"G left out: a gap's end", {{{"dense_writer.hpp", "gap.end.store("}, dropped}}, "dense_lossy_lossless"},
        {"G2 relaxed: the look at the gap count",
         {{{"dense_reader.hpp", "std::uint64_t count = words.gap_count.load("}, relaxed}},
         "dense_lossy_holds_two"},
        {"G2 skipped: gaps are not looked for",
         {{{"dense_reader.hpp", "std::uint64_t count = words.gap_count.load("}, zero}},
         "dense_lossy_lossless"},
        {"P9 relaxed: head beyond a gap",
         {{{"dense_writer.hpp", "words.head.store(place, std::memory_order_release);"}, relaxed}},
         "dense_lossy_lossless"},
        {"P9 left out: head beyond a gap",
         {{{"dense_writer.hpp", "words.head.store(place, std::memory_order_release);"}, dropped}},
         "dense_wait_behind_gap"},
        {"P7 relaxed: a framed gap",
         {{{"framed_writer.hpp", "store(frame::encode_gap(place - at)"}, relaxed}},
         "framed_lossy"},
        {"P7 left out: a framed gap",
         {{{"framed_writer.hpp", "store(frame::encode_gap(place - at)"}, dropped}},
         "framed_slot_reused"},
        {"longest left out: a successor does not know how long a held record may be",
         {{{writer, "lane_.words->longest.store(bytes"}, dropped}},
         "framed_long_record_held"},
        // death
        {"R1 left out: expelling the dead",
         {{{writer, "lane_.control->joined.fetch_and(~bit"}, dropped}},
         "dense_wait_consumer_dies"},
        {"R skipped: the living are expelled",
         {{{writer, "if (locks_->try_share(lock_byte::consumer + slot))"}, always}},
         "dense_slot_of_the_dead"},
        // waiting
        {"W1 relaxed: the claim of a sleeper's bit",
         {{{"lane.hpp", "sleeping.fetch_and(~bit"}, relaxed}},
         "dense_poll_once"},
        {"W2 left out: the bell", {{{"lane.hpp", "word.fetch_add(1"}, dropped}}, "dense_wait_lockstep"},
        {"W2 left out: the futex's wake", {{{"lane.hpp", "Policy::wake(word);"}, dropped}}, "dense_wait_lockstep"},
        {"W3 relaxed: the sleeper's bit",
         {{{"waiting.hpp", "place.mask.fetch_or(place.bit"}, relaxed}},
         "dense_poll_once"},
        {"W3 left out: the sleeper's bit",
         {{{"waiting.hpp", "place.mask.fetch_or(place.bit"}, dropped}},
         "dense_wait_lockstep"},
        {"W5 left out: head stored behind the look at the sleepers",
         {{{"dense_writer.hpp", "this->lane_.words->head.store(this->next_"}, late}},
         "dense_wait_lockstep"},
        {"W5 left out: a header stored behind the look at the sleepers",
         {{{"framed_writer.hpp", "store(frame::encode(number, payload_bytes)"}, late}},
         "framed_wait_lockstep"},
        {"W5 left out: the cursor stored behind the look at the sleepers",
         {{{reader, "cursor_word().store(leases_.oldest(next_)"}, late}},
         "dense_wait_lockstep"},
        {"W5 left out: a hold let go behind the look at the sleepers",
         {{{reader, "lane_.hold(slot_, ticket).begin.store(0"}, late}},
         "dense_wait_behind_gap"},
        {"W5 skipped: a producer does not look for sleepers",
         {{{writer, "if (lane_.control->sleeping_consumers.load("}, zero}},
         "dense_wait_lockstep"},
        {"W5 skipped: a consumer does not look for sleepers",
         {{{reader, "if ((lane_.control->sleeping_producers.load("}, zero}},
         "dense_wait_lockstep"},
        {"W6 left out: the heavy fence",
         {{{"waiting.hpp", "Policy::heavy_fence();", "const std::uint32_t bell = announce_sleep(place);"}, dropped}},
         "dense_wait_lockstep"},
        {"W6 one-sided: a full fence in place of the heavy one",
         {{{"waiting.hpp", "Policy::heavy_fence();", "const std::uint32_t bell = announce_sleep(place);"}, relaxed}},
         "dense_wait_lockstep"},
        {"W8 skipped: descriptors are not rung",
         {{{writer, "control.consumers[slot].armed.load("}, zero}},
         "dense_poll"},
        {"J0 relaxed: a joiner's first cursor",
         {{{reader, "cursor_word().store(lossless_ ? next_ : unbound"}, relaxed}},
         "dense_slot_passed"},
        {"M1 relaxed: a mark's number", {{{writer, "mark.number.store(at.number"}, relaxed}}, "dense_lapped_by_marks"},
        {"M1 left out: a mark is not unset first",
         {{{writer, "mark.place.store(no_mark"}, dropped}},
         "dense_lapped_by_marks"},
        {"M2 relaxed: the look at a mark's number",
         {{{reader, "const std::uint64_t found = mark.number.load("}, relaxed}},
         "dense_lapped_by_marks"},
        {"M2 skipped: no second look at a mark's place",
         {{{reader, "if (mark.place.load(", "const std::uint64_t found = mark.number.load("}, repeats}},
         "dense_lapped_by_marks"},
        {"M relaxed: the look at a mark's place",
         {{{reader, "if (mark.place.load(", "for (const auto& mark : lane_.words->marks)"}, relaxed}},
         "dense_few_marks"},
        {"M2 relaxed: the second look at a mark's place",
         {{{reader, "if (mark.place.load(", "const std::uint64_t found = mark.number.load("}, relaxed}},
         "dense_lapped_by_marks"},
        {"G2 relaxed: the second look at the gap count",
         {{{"dense_reader.hpp", "const std::uint64_t now = words.gap_count.load("}, relaxed}},
         "dense_few_gaps_lossless"},
        {"G skipped: a gap that is needed is written over",
         {{{"dense_writer.hpp", "oldest_trusted_gap().end.load(std::memory_order_relaxed) <= this->free_below();"},
           zero}},
         "dense_few_gaps_lossless"},
        {"P6 left out: the newest record's place",
         {{{"framed_writer.hpp", "words.last.store(at"}, dropped}},
         "framed_newest_at_rest"},
        {"shrink left out: bytes beyond the batch stay claimed",
         {{{reader, "lane_.hold(slot_, leases_.next_ticket()).end.store(end"}, dropped}},
         "framed_room_behind_hold"},
        {"P9 left out by a successor",
         {{{"dense_writer.hpp", "words.head.store(next->place, std::memory_order_release);"}, dropped}},
         "dense_gap_of_the_dead"},
        {"R1 relaxed: expelling the dead",
         {{{writer, "lane_.control->joined.fetch_and(~bit"}, relaxed}},
         "dense_expelled_by_another"},
        // put elsewhere
        {"P2 behind P3: the next header is cleared after the commit",
         {{{"framed_writer.hpp", "this->lane_.header(where).store(0"}, swapped}},
         "framed_dropped_loans"},
        {"G1 behind P9: a gap is counted after head",
         {{{"dense_writer.hpp", "words.gap_count.store("}, swapped}},
         "dense_lossy_lossless"},
        {"G3 behind G1: a gap's end is stored after the count",
         {{{"dense_writer.hpp", "gap.end.store("}, swapped}},
         "dense_lossy_holds_two"},
        {"M behind H1: a mark is left after the horizon",
         {{{writer, "mark.place.store(at.place"}, swapped}},
         "dense_join_oldest"},
        {"J0 behind J2: a joiner's first cursor is stored behind its fence",
         {{{reader, "cursor_word().store(lossless_ ? next_ : unbound"}, late}},
         "dense_slot_reused"},
        {"L5 behind L2: a hold's end is stored behind its fence",
         {{{reader, "hold.end.store(end, std::memory_order_release);"}, late}},
         "dense_lossy_once"},
        {"L3 behind L2: a hold is stored behind its fence",
         {{{reader, "hold.begin.store(next_ | held"}, late}},
         "dense_lossy_once"},
        // looks that are not taken
        {"H3, H4, H6 skipped: no second look at the consumers behind the horizon",
         second_look,
         "dense_join_oldest",
         {{{writer, fence, "passed_.forget_below(goal.place);"}, looks}}},
        {"H6 skipped by a successor: it does not look at the holds",
         {{{writer, "const std::uint64_t begin = hold.begin.load("}, zero}},
         "dense_producer_dies_lossy",
         {{{writer, fence, "longest_ = std::min(lane_.words->longest.load"}, looks}}},
        {"H4 skipped by a successor: it does not look at the cursors",
         {{{writer, "return lane_.control->joined.load("}, zero}},
         "dense_producer_dies_joining",
         {{{writer, fence, "longest_ = std::min(lane_.words->longest.load"}, looks}}},
        {"R left out: the dead are never expelled",
         {{{writer, "if (locks_->try_share(lock_byte::consumer + slot))"}, never}},
         "dense_wait_consumer_dies"},
        // the end of a stream
        {"P4 left out: closed",
         {{{writer, "store(static_cast<std::uint32_t>(lane_state::closed)"}, dropped}},
         "dense_closing"},
        {"R3 left out: who closes does not mark the dead",
         {{{"membership.hpp", "state.store(static_cast<std::uint32_t>(lane_state::died)"}, dropped}},
         "dense_lane_dies"},
        {"R3 skipped: who closes marks the living",
         {{{"membership.hpp", "locks.try_share(lock_byte::producer + index)"}, always}},
         "dense_two_wake"},
        {"the locks are not asked for the end", {{locks_asked, never}}, "dense_closing"},
        {"the locks are not asked again behind the states",
         {{locks_asked, never}},
         "dense_handed_over",
         {{{reader, "return static_cast<lane_state>("}, locks_asked}}},
        {"W5 skipped: a producer that closed does not ring behind its lock",
         {{sleepers, zero}},
         "dense_wait_one",
         {{{"membership.hpp", "locks.unlock(lock_byte::producer + writer.where().index);"}, sleepers}}},
        {"D2 left out: a lane is not announced",
         {{{"membership.hpp", "directory.lanes.fetch_or("}, dropped}},
         "dense_two_lanes"},
        // tables that are written over
        {"G4 relaxed: the look at a gap's begin and end",
         {{{"dense_reader.hpp", "const position begin = entry.begin.load("}, relaxed},
          {{"dense_reader.hpp", "const position end = entry.end.load("}, relaxed}},
         "dense_few_gaps"},
        {"G4 skipped: no second look at the gap count",
         {{{"dense_reader.hpp", "const std::uint64_t now = words.gap_count.load("}, repeats}},
         "dense_joins_among_gaps_lossy"},
    };
}

std::vector<harmless_change> all_harmless()
{
    return {
        {{"J1 relaxed: the joiner's bit", {{{reader, "control.joined.fetch_or("}, relaxed}}, "dense_slot_reused"},
         "a producer that sees the bit and not yet the cursor frees nothing above its horizon; behind its next H2 it "
         "sees the cursor, or J3 has seen that horizon. Who had the slot before is covered by the release sequence "
         "that C5, R1 or R2 heads"},
        {{"M relaxed: a mark's place", {{{writer, "mark.place.store(at.place"}, relaxed}}, "dense_few_marks"},
         "who looks for the mark of a horizon has acquired that horizon (J3 or L1), which was stored behind the mark's "
         "place and number (H1); for a later mark's number M1 and M2 stand"},
        {{"L1 relaxed: whether it was lapped", {{{reader, "bool lapped() const noexcept"}, relaxed}}, "dense_lossy"},
         "it decides only whether go_to_horizon() looks; that one loads the horizon again, with acquire (J3), and by "
         "coherence no older one"},
        {{"L5 relaxed: the hold's end",
          {{{reader, "hold.end.store(end, std::memory_order_release);"}, relaxed}},
          "dense_lossy"},
         "a begin that is read behind H2 is of the latest hold whose L2 came before, or of a later one. The former's "
         "end comes with L3; a later one finds the horizon (L2) and lets go, or begins above it and binds nobody. A "
         "later end with an earlier begin is cut to the longest honest hold, which covers the earlier one"},
        {{"L4 relaxed in let_go(): a claim given up",
          {{{reader, "lane_.hold(slot_, leases_.next_ticket()).begin.store(0"}, relaxed}},
          "dense_wait_one_record"},
         "the headers that were read under the claim were loaded with acquire (C3), behind which nothing may go ahead; "
         "the model, like RC11, knows no store ahead of a load in any case"},
        {{"H7 relaxed: a hold's end", {{{writer, "const position to = hold.end.load("}, relaxed}}, "dense_lossy"},
         "as L5"},
        {{"H7 skipped: no second look at a hold's begin",
          {{{writer, "if (hold.begin.load(std::memory_order_relaxed) != begin"}, repeats}},
          "dense_lossy"},
         "as L5: what the second look spares is room, up to the next look"},
        {{"P8 left out: head beyond a framed gap",
          {{{"framed_writer.hpp", "this->lane_.words->head.store(place"}, dropped}},
          "framed_lossy"},
         "readers and successors go by headers; leaps compare `last` with a head that is at most one gap old; people "
         "see head sooner"},
        {{"P4 relaxed: closed",
          {{{writer, "store(static_cast<std::uint32_t>(lane_state::closed)"}, relaxed}},
          "dense_closing"},
         "consumers believe the states only once no lock is held, and dropping a lock releases what came before"},
        {{"C4 relaxed: the look at closed", {{{reader, "return static_cast<lane_state>("}, relaxed}}, "dense_closing"},
         "as P4 relaxed: who sees that a lock is free acquires"},
        {{"R3 relaxed: the state of the dead",
          {{{"membership.hpp", "state.store(static_cast<std::uint32_t>(lane_state::died)"}, relaxed}},
          "dense_lane_dies"},
         "as P4 relaxed: it comes before the lock of the one that closes is dropped"},
        {{"W5 left out: closed behind the look at the sleepers",
          {{{writer, "store(static_cast<std::uint32_t>(lane_state::closed)"}, late}},
          "dense_wait_one"},
         "who closes rings once more behind its lock, without which nobody believes the state"},
        {{"W7 relaxed: armed",
          {{{"waiting.hpp", "armed.store(1, std::memory_order_release)"}, relaxed}},
          "dense_poll_once"},
         "setting the bit behind it releases (W3)"},
        {{"W2 relaxed: the bell", {{{"lane.hpp", "word.fetch_add(1"}, relaxed}}, "dense_wait_lockstep"},
         "what was published is seen by way of the mask as well: W1 releases, and the sleeper's clearing of its bit "
         "acquires"},
        {{"W4 relaxed: the sleeper's look at its bell",
          {{{"waiting.hpp", "place.doorbell.load(std::memory_order_acquire)"}, relaxed}},
          "dense_wait_lockstep"},
         "as W2"},
        {{"W8 relaxed: whether a descriptor is armed",
          {{{writer, "control.consumers[slot].armed.load("}, relaxed}},
          "dense_poll"},
         "the claim of the bit (W1, W3) orders it already"},
        {{"J0 behind J1: a joiner is announced before its cursor",
          {{{reader, "cursor_word().store(lossless_ ? next_ : unbound"}, swapped}},
          "dense_join_oldest"},
         "the fence comes behind both: who sees the bit and not yet the cursor frees nothing above its horizon, as "
         "under J1"},
        {{"L5 behind L3: a hold's end is stored after its begin",
          {{{reader, "hold.end.store(end, std::memory_order_release);"}, swapped}},
          "dense_lossy_once"},
         "the fence comes behind both: as L5 relaxed"},
        {{"C7 relaxed: the horizon that a gap must end below",
          {{{"framed_reader.hpp",
             "this->lane_.words->horizon.load(std::memory_order_acquire) + this->lane_.geometry.capacity_bytes;"},
            relaxed}},
          "framed_slot_reused"},
         "the gap's header (P7, C3) brings the horizon that was stored before it; coherence keeps an older one out"},
    };
}

line_of_source line_of(const place_in_code& where)
{
    const std::string file = "include/samepage/ring/" + where.file;
    return {file, line_with(file, where.text, where.below)};
}

} // namespace

const std::vector<mutant>& mutants()
{
    static const std::vector<mutant> list = [] {
        auto all = all_mutants();
        parts::add_mutants_of_names(all);
        parts::add_mutants_of_moves(all);
        return all;
    }();
    return list;
}

const std::vector<harmless_change>& harmless_changes()
{
    static const std::vector<harmless_change> list = [] {
        auto all = all_harmless();
        parts::add_harmless_of_names(all);
        parts::add_harmless_of_moves(all);
        return all;
    }();
    return list;
}

void activate(const mutant& one)
{
    std::vector<active_mutant::change> changes;
    for (const change_in_code& each : one.changes) {
        changes.push_back({line_of(each.where), each.how});
    }
    the_mutant.set(std::move(changes));
    if (!one.only.empty()) {
        the_mutant.only_between(line_of(one.only.front().opens), line_of(one.only.front().look));
    }
    if (!one.behind.empty()) {
        the_mutant.only_behind(line_of(one.behind.front()));
    }
}

void deactivate() noexcept
{
    the_mutant.set({});
}

std::string place_of(const mutant& one)
{
    const place_in_code& first = one.changes.front().where;
    return first.file + ":" + std::to_string(line_of(first).line);
}

} // namespace model
