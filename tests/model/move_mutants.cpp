// SPDX-License-Identifier: BSL-1.0
// move_mutants.cpp: mutants of going on in another ring. As mutants.cpp: lines are found by their text.
#include "model/mutants.hpp"

namespace model {
namespace {

using enum mutation;

const place_in_code new_ring{"lane_writer.hpp", "words.ring.store(ring, std::memory_order_release);"};
const place_in_code copied{"lane_writer.hpp", "Policy::copy("};
const place_in_code compared{"lane.hpp", "return (words->ring.load("};
const place_in_code fence{"lane_writer.hpp", "Policy::full_fence();", "lane_.geometry.capacity_bytes = capacity;"};
const place_in_code told{"framed_writer.hpp", "polled.store(frame::moved", "if (old_ring != ring) {"};
const place_in_code told_again{"framed_writer.hpp", "polled.store(frame::moved",
                               "if (at <= most_position && this->lane_.on_grid(at)) {"};

const std::string looks = "ring_looks.hpp";
const place_in_code chosen{looks, "cell.ring.store(ring", "std::uint64_t ring = words.ring.load("};
const place_in_code chosen_still{looks, "const std::uint64_t now = words.ring.load("};
const place_in_code over{looks, "cell.ring.store(ring", "void look_only_at("};
const place_in_code asked{looks, "if (cell_of(slot).ring.load("};
const place_in_code alive{looks, "if (!locks.try_share(byte))"};
const place_in_code forgotten{looks, "words.old_ring.store(0", "locks.unlock(byte);"};

} // namespace

void parts::add_mutants_of_moves(std::vector<mutant>& to)
{
    const std::vector<mutant> all{
        {"P10 relaxed: the ring's word", {{new_ring, relaxed}}, "dense_moves"},
        {"P10 left out: the ring's word", {{new_ring, dropped}}, "dense_moves"},
        {"what is not released is not copied", {{copied, dropped}}, "dense_moves"},
        {"P13 left out: those who poll the old ring are not told", {{told, dropped}}, "framed_moves"},
        {"P13 relaxed, and no fence before it", {{told, relaxed}, {fence, dropped}}, "framed_moves_joined_newest"},
        {"P13 left out by the successor", {{told_again, dropped}}, "framed_mover_dies"},
        {"P11 left out: the old ring",
         {{{"lane_writer.hpp", "words.old_ring.store(lane_.ring_word"}, dropped}},
         "framed_mover_dies"},
        {"P11 left out: where the new ring begins",
         {{{"lane_writer.hpp", "words.moved_at.store(next_"}, dropped}},
         "framed_mover_dies"},
        {"C8 skipped: the ring is compared once", {{compared, repeats}}, "dense_moves"},
        {"C8 relaxed: the ring that is followed",
         {{{"lane_reader.hpp", "const std::uint64_t ring = lane_.words->ring.load("}, relaxed}},
         "dense_moves"},
        // the ring before is given back
        {"P12 left out: the fence behind the new ring", {{fence, dropped}}, "dense_lets_go_joined"},
        {"H5 left out: a successor's fence, before it gives back",
         {{{"lane_writer.hpp", "Policy::full_fence();", "longest_ = std::min(lane_.words->longest.load"}, dropped}},
         "dense_lets_go_dies_joined"},
        {"C9 left out: the fence behind what a consumer looks at",
         {{{looks, "Policy::full_fence();"}, dropped}},
         "framed_lets_go_named"},
        {"C9 left out: what a consumer looks at", {{chosen, dropped}}, "dense_lets_go_joined"},
        {"C9 skipped: no second look at the lane's ring", {{chosen_still, repeats}}, "framed_lets_go_named"},
        {"C10 relaxed: a consumer looks at the old ring no more", {{over, relaxed}}, "dense_lets_go_followed"},
        {"C10 left out: a consumer looks at the old ring no more", {{over, dropped}}, "dense_lets_go_followed"},
        {"C10 relaxed: who had the slot before looks no more", {{chosen, relaxed}}, "dense_lets_go_slot"},
        {"H9 relaxed: who looks at the old ring", {{asked, relaxed}}, "dense_lets_go_followed"},
        {"H9 skipped: who looks at the old ring", {{asked, zero}}, "dense_lets_go"},
        {"H9 skipped: whoever looks at the old ring counts as dead", {{alive, always}}, "dense_lets_go"},
        {"H9 skipped: the dead look at the old ring still", {{alive, never}}, "dense_lets_go_of_the_dead"},
        {"the old ring's word is cleared behind its giving back", {{forgotten, late}}, "framed_lets_go_dies"},
        {"the old ring's word is not cleared", {{forgotten, dropped}}, "framed_lets_go_dies"},
        {"a successor does not look for the old ring",
         {{{looks, "const std::uint64_t left = words.old_ring.load("}, zero}},
         "framed_mover_dies"},
    };
    to.insert(to.end(), all.begin(), all.end());
}

void parts::add_harmless_of_moves(std::vector<harmless_change>& to)
{
    const std::vector<harmless_change> all{
        {{"C8 relaxed: the ring that is chosen",
          {{{looks, "std::uint64_t ring = words.ring.load("}, relaxed}, {chosen_still, relaxed}},
          "dense_lets_go_named"},
         "C9 comes behind the load of each ring that is chosen, and acquires for it"},
        {{"P13 relaxed: those who poll the old ring are told", {{told, relaxed}}, "framed_moves"},
         "the fence before it (P12) is a release as well"},
    };
    to.insert(to.end(), all.begin(), all.end());
}

} // namespace model
