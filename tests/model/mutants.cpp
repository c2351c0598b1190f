// SPDX-License-Identifier: BSL-1.0
// mutants.cpp: the list. Lines are found by their text: a mutant whose line is gone is an error, not a mutant fewer.
#include "model/mutants.hpp"

#include "model/sources.hpp"

namespace model {
namespace {

constexpr auto relaxed = mutation::relaxed;
constexpr auto dropped = mutation::dropped;
constexpr auto repeats = mutation::repeats;
constexpr auto zero = mutation::zero;
constexpr auto late = mutation::late;
constexpr auto always = mutation::always;

std::vector<mutant> all()
{
    const std::string writer = "lane_writer.hpp";
    const std::string reader = "lane_reader.hpp";
    const std::string fence = "Policy::full_fence();";
    return {
        // joining and the horizon
        {"J0 relaxed: a joiner's cleared hold", reader,
         "lane_.hold(slot_, i).begin.store(0, std::memory_order_release);", relaxed, "dense_slot_reused"},
        {"J0 relaxed: a joiner's first cursor", reader, "cursor_word().store(lossless_ ? next_ : unbound", relaxed,
         "dense_slot_reused_lossless", "",
         "it is the horizon, below which the producer acquired all reads before; told apart only by a lossy successor "
         "of a "
         "lossless consumer that the horizon passed, in rings of many records to a boundary"},
        {"J0 left out: a joiner's first cursor", reader, "cursor_word().store(lossless_ ? next_ : unbound", dropped,
         "dense_slot_reused"},
        {"J1 relaxed: the joiner's bit", reader, "control.joined.fetch_or(", relaxed, "dense_slot_reused", "",
         "the fences J2 and H2 order the cursor and the bit as well"},
        {"J1 left out: the joiner's bit", reader, "control.joined.fetch_or(", dropped, "dense_join_oldest"},
        {"J2 left out: the joiner's fence", reader, fence, dropped, "dense_join_oldest", "control.joined.fetch_or("},
        {"J3 relaxed: the joiner's second look at the horizon", reader,
         "const position horizon = std::max(next_, lane_.words->horizon.load(", relaxed, "dense_join_oldest"},
        {"J3 skipped: no second look at the horizon", reader,
         "const position horizon = std::max(next_, lane_.words->horizon.load(", repeats, "dense_join_oldest"},
        {"H1 relaxed: the new horizon", writer, "lane_.words->horizon.store(goal.place", relaxed, "dense_join_oldest"},
        {"H1 left out: the new horizon", writer, "lane_.words->horizon.store(goal.place", dropped, "dense_join_oldest"},
        {"H2 left out: the producer's fence", writer, fence, dropped, "dense_join_oldest",
         "passed_.forget_below(goal.place);"},
        {"H3 relaxed: who has joined", writer, "return lane_.control->joined.load(", relaxed, "dense_slot_reused"},
        {"H3 skipped: no second look at who has joined", writer, "return lane_.control->joined.load(", repeats,
         "dense_second_joins"},
        {"H4 relaxed: a cursor", writer, "cursor.load(std::memory_order_acquire);", relaxed, "dense_join_oldest"},
        {"H5 left out: a successor's fence", writer, fence, dropped, "dense_producer_dies_joining",
         "longest_ = std::min(lane_.words->longest.load"},
        {"M1 relaxed: a mark's number", writer, "mark.number.store(at.number", relaxed, "dense_marks", "",
         "whoever read a wrong number finds itself lapped (H2, L2) before it hands out a record, and reads again"},
        {"M1 left out: a mark is not unset first", writer, "mark.place.store(no_mark", dropped, "dense_marks", "",
         "whoever read a wrong number finds itself lapped (H2, L2) before it hands out a record, and reads again"},
        {"M relaxed: a mark's place", writer, "mark.place.store(at.place", relaxed, "dense_join_oldest", "",
         "H1 releases it as well"},
        {"M left out: a mark's place", writer, "mark.place.store(at.place", dropped, "dense_join_oldest"},
        {"M2 relaxed: the look at a mark's number", reader, "const std::uint64_t found = mark.number.load(", relaxed,
         "dense_marks", "",
         "whoever read a wrong number finds itself lapped (H2, L2) before it hands out a record, and reads again"},
        {"M2 skipped: no second look at a mark's place", reader,
         "if (mark.place.load(std::memory_order_relaxed) == place)", repeats, "dense_marks", "",
         "whoever read a wrong number finds itself lapped (H2, L2) before it hands out a record, and reads again"},
        {"M relaxed: the look at a mark's place", reader, "if (mark.place.load(std::memory_order_acquire) == place)",
         relaxed, "dense_join_oldest", "", "the look at the horizon (J3) acquired it already"},
        // publishing and releasing
        {"P1 relaxed: head", "dense_writer.hpp", "this->lane_.words->head.store(this->next_", relaxed, "dense_wrap"},
        {"C1 relaxed: the look at head", "dense_reader.hpp", "const position head = this->lane_.words->head.load(",
         relaxed, "dense_wrap"},
        {"C2 relaxed: the cursor", reader, "cursor_word().store(leases_.oldest(next_)", relaxed, "dense_wrap"},
        {"C2 left out: the cursor", reader, "cursor_word().store(leases_.oldest(next_)", dropped, "dense_wait"},
        {"C5 relaxed: leaving", reader, "control.joined.fetch_and(~bit", relaxed, "dense_join_leave"},
        {"C5 left out: leaving", reader, "control.joined.fetch_and(~bit", dropped, "dense_wait_leave"},
        {"P2 left out: the next header is not cleared", "framed_writer.hpp", "this->lane_.header(where).store(0",
         dropped, "framed_wrap"},
        {"P2 left out: the foreseen header is not cleared", "framed_writer.hpp", "this->lane_.header(place).store(0",
         dropped, "framed_large_ahead"},
        {"P2 left out: the block ahead is not cleared", "framed_writer.hpp", "Policy::clear(", dropped, "framed_ahead"},
        {"P3 relaxed: the header", "framed_writer.hpp", "store(frame::encode(number, payload_bytes)", relaxed,
         "framed_wrap"},
        {"C3 relaxed: the look at a header", "framed_reader.hpp", "return this->lane_.header(where).load(", relaxed,
         "framed_wrap"},
        {"P5 relaxed: head behind a header", "framed_writer.hpp", "words.head.store(after", relaxed,
         "framed_newest_lossless"},
        {"P5 left out: head behind a header", "framed_writer.hpp", "words.head.store(after", dropped,
         "framed_producer_dies_lossy"},
        {"P6 left out: the newest record's place", "framed_writer.hpp", "words.last.store(at", dropped,
         "framed_newest_lossless", "", "it is a hint: an older record is met, and the walk goes on from there"},
        {"C6 relaxed: the look at head before a leap", "framed_reader.hpp",
         "const position head = this->lane_.words->head.load(", relaxed, "framed_newest_lossless"},
        {"P4 relaxed: closed", writer, "store(static_cast<std::uint32_t>(lane_state::closed)", relaxed,
         "dense_closing"},
        {"C4 relaxed: the look at closed", reader, "return static_cast<lane_state>(", relaxed, "dense_closing"},
        // holding and stepping over
        {"L1 relaxed: whether it was lapped", reader, "bool lapped() const noexcept", relaxed, "dense_lossy", "",
         "go_to_horizon() loads the horizon again, with acquire (J3)"},
        {"L2 left out: the fence behind a hold", reader, fence, dropped, "dense_lossy_once",
         "hold.begin.store(next_ | held"},
        {"L2 skipped: no second look at the horizon", reader, "bool lapped() const noexcept", repeats,
         "dense_lossy_once"},
        {"L3 relaxed: the hold", reader, "hold.begin.store(next_ | held", relaxed, "dense_lossy"},
        {"L3 left out: the hold", reader, "hold.begin.store(next_ | held", dropped, "dense_lossy_once"},
        {"L4 relaxed: letting go", reader, "lane_.hold(slot_, found.ticket).begin.store(0", relaxed, "dense_lossy"},
        {"L4 left out: letting go", reader, "lane_.hold(slot_, found.ticket).begin.store(0", dropped,
         "dense_wait_held"},
        {"L5 relaxed: the hold's end", reader, "hold.end.store(end, std::memory_order_release);", relaxed,
         "dense_lossy", "", "the bytes avoided are a superset: some room is wasted until the next look"},
        {"L5 left out: the hold's end", reader, "hold.end.store(end, std::memory_order_release);", dropped,
         "dense_lossy_once"},
        {"let_go left out", reader, "lane_.hold(slot_, leases_.next_ticket()).begin.store(0", dropped,
         "dense_wait_one_record"},
        {"let_go relaxed", reader, "lane_.hold(slot_, leases_.next_ticket()).begin.store(0", relaxed,
         "dense_wait_one_record", "", "nothing was read under that claim"},
        {"shrink left out", reader, "lane_.hold(slot_, leases_.next_ticket()).end.store(end", dropped, "framed_lossy",
         "", "bytes beyond the batch stay claimed until it is released: room is wasted"},
        {"H6 relaxed: a hold", writer, "const std::uint64_t begin = hold.begin.load(", relaxed, "dense_lossy"},
        {"H6 skipped: holds are not looked at", writer, "const std::uint64_t begin = hold.begin.load(", zero,
         "dense_lossy_once"},
        {"H7 relaxed: a hold's end", writer, "const position to = hold.end.load(", relaxed, "dense_lossy", "",
         "the bytes avoided are a superset: some room is wasted until the next look"},
        {"H7 skipped: no second look at a hold's begin", writer,
         "if (hold.begin.load(std::memory_order_relaxed) != begin", repeats, "dense_lossy", "",
         "the bytes avoided are a superset: some room is wasted until the next look"},
        {"G1 relaxed: the gap count", "dense_writer.hpp", "words.gap_count.store(", relaxed, "dense_lossy_holds_two"},
        {"G1 left out: a gap is not counted", "dense_writer.hpp", "words.gap_count.store(", dropped,
         "dense_lossy_lossless"},
        {"G left out: a gap's begin", "dense_writer.hpp", "gap.begin.store(", dropped, "dense_lossy_lossless"},
        {"G left out: a gap's end", "dense_writer.hpp", "gap.end.store(", dropped, "dense_lossy_lossless"},
        {"G2 relaxed: the look at the gap count", "dense_reader.hpp", "std::uint64_t count = words.gap_count.load(",
         relaxed, "dense_lossy_holds_two"},
        {"G2 skipped: gaps are not looked for", "dense_reader.hpp", "std::uint64_t count = words.gap_count.load(", zero,
         "dense_lossy_lossless"},
        {"P9 relaxed: head beyond a gap", "dense_writer.hpp", "words.head.store(place, std::memory_order_release);",
         relaxed, "dense_lossy_lossless"},
        {"P9 left out: head beyond a gap", "dense_writer.hpp", "words.head.store(place, std::memory_order_release);",
         dropped, "dense_wait_behind_gap"},
        {"P9 left out by a successor", "dense_writer.hpp", "words.head.store(place.place, std::memory_order_release);",
         dropped, "dense_successor_dies_lossy", "",
         "the successor's next record stores it; until then a lossless consumer cannot give the gap back, and no "
         "scenario "
         "has a successor that waits for just that"},
        {"P7 relaxed: a framed gap", "framed_writer.hpp", "store(frame::encode_gap(place - at)", relaxed,
         "framed_lossy"},
        {"P7 left out: a framed gap", "framed_writer.hpp", "store(frame::encode_gap(place - at)", dropped,
         "framed_slot_reused"},
        {"P8 left out: head beyond a framed gap", "framed_writer.hpp", "this->lane_.words->head.store(place", dropped,
         "framed_lossy", "",
         "readers go by headers; head behind a gap is a hint for leaps until the next record stores it"},
        {"longest left out: a successor does not know how long a held record may be", writer,
         "lane_.words->longest.store(bytes", dropped, "framed_long_record_held"},
        // death
        {"R1 relaxed: expelling the dead", writer, "lane_.control->joined.fetch_and(~bit", relaxed,
         "dense_slot_of_the_dead", "",
         "only a producer of another lane could tell, which neither expelled nor waited: no scenario has that"},
        {"R1 left out: expelling the dead", writer, "lane_.control->joined.fetch_and(~bit", dropped,
         "dense_wait_consumer_dies"},
        {"R skipped: the living are expelled", writer, "if (locks_->try_share(lock_byte::consumer + slot))", always,
         "dense_slot_of_the_dead"},
        // waiting
        {"W1 relaxed: the claim of a sleeper's bit", "lane.hpp", "sleeping.fetch_and(~bit", relaxed, "framed_poll"},
        {"W2 relaxed: the bell", "lane.hpp", "word.fetch_add(1", relaxed, "dense_wait_lockstep", "",
         "what was published is seen by way of the mask as well (W1 releases, clearing the bit acquires)"},
        {"W2 left out: the bell", "lane.hpp", "word.fetch_add(1", dropped, "dense_wait_lockstep"},
        {"W2 left out: the futex's wake", "lane.hpp", "Policy::wake(word);", dropped, "dense_wait_lockstep"},
        {"W3 relaxed: the sleeper's bit", "waiting.hpp", "place.mask.fetch_or(place.bit", relaxed,
         "dense_wait_lockstep", "", "clearing the bit, which is acq_rel too, and the heavy fence order the same"},
        {"W3 left out: the sleeper's bit", "waiting.hpp", "place.mask.fetch_or(place.bit", dropped,
         "dense_wait_lockstep"},
        {"W4 relaxed: the sleeper's look at its bell", "waiting.hpp", "place.doorbell.load(std::memory_order_acquire)",
         relaxed, "dense_wait_lockstep", "",
         "what was published is seen by way of the mask as well (W1 releases, clearing the bit acquires)"},
        {"W5 left out: head stored behind the look at the sleepers", "dense_writer.hpp",
         "this->lane_.words->head.store(this->next_", late, "dense_wait_lockstep"},
        {"W5 left out: a header stored behind the look at the sleepers", "framed_writer.hpp",
         "store(frame::encode(number, payload_bytes)", late, "framed_wait_lockstep"},
        {"W5 left out: the cursor stored behind the look at the sleepers", reader,
         "cursor_word().store(leases_.oldest(next_)", late, "dense_wait_lockstep"},
        {"W5 left out: a hold let go behind the look at the sleepers", reader,
         "lane_.hold(slot_, found.ticket).begin.store(0", late, "dense_wait_behind_gap"},
        {"W5 left out: closed behind the look at the sleepers", writer,
         "store(static_cast<std::uint32_t>(lane_state::closed)", late, "dense_wait_one"},
        {"W5 skipped: a producer does not look for sleepers", writer, "if (lane_.control->sleeping_consumers.load(",
         zero, "dense_wait_lockstep"},
        {"W5 skipped: a consumer does not look for sleepers", reader, "if ((lane_.control->sleeping_producers.load(",
         zero, "dense_wait_lockstep"},
        {"W6 left out: the heavy fence", "waiting.hpp", "Policy::heavy_fence();", dropped, "dense_wait_lockstep"},
        {"W6 one-sided: a full fence in place of the heavy one", "waiting.hpp", "Policy::heavy_fence();", relaxed,
         "dense_wait_lockstep"},
        {"W8 relaxed: whether a descriptor is armed", writer, "control.consumers[slot].armed.load(", relaxed,
         "dense_poll", "", "the claim of the bit (W1, W3) orders it already"},
        {"W8 skipped: descriptors are not rung", writer, "control.consumers[slot].armed.load(", zero, "dense_poll"},
    };
}

} // namespace

const std::vector<mutant>& mutants()
{
    static const std::vector<mutant> list = all();
    return list;
}

void activate(const mutant& one)
{
    const std::string file = "include/samepage/ring/" + one.file;
    the_mutant = {one.how, line_with(file, one.text, one.below), file};
    mutant_was_met = false;
}

void deactivate() noexcept
{
    the_mutant.how = mutation::none;
}

} // namespace model
