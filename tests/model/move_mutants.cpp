// SPDX-License-Identifier: BSL-1.0
// move_mutants.cpp: mutants of going on in another ring. As mutants.cpp: lines are found by their text.
#include "model/mutants.hpp"

namespace model {
namespace {

using enum mutation;

const place_in_code new_ring{"lane_writer.hpp", "words.ring.store(ring, std::memory_order_release);"};
const place_in_code copied{"lane_writer.hpp", "Policy::copy("};
const place_in_code compared{"lane.hpp", "return words->ring.load("};
const place_in_code fence{"lane_writer.hpp", "Policy::full_fence();", "lane_.geometry.capacity_bytes = capacity;"};
const place_in_code told{"framed_writer.hpp", "polled.store(frame::moved", "if (old_ring != ring) {"};
const place_in_code told_again{"framed_writer.hpp", "polled.store(frame::moved",
                               "if (at <= most_position && this->lane_.on_grid(at)) {"};

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
    };
    to.insert(to.end(), all.begin(), all.end());
}

void parts::add_harmless_of_moves(std::vector<harmless_change>& to)
{
    const std::vector<harmless_change> all{
        {{"P12 left out: the fence behind the new ring", {{fence, dropped}}, "dense_moves"},
         "it is for who gives the old ring's pages back, which is src/ring/producer_ring.cpp's matter and not "
         "modelled"},
        {{"P13 relaxed: those who poll the old ring are told", {{told, relaxed}}, "framed_moves"},
         "the fence before it (P12) is a release as well"},
    };
    to.insert(to.end(), all.begin(), all.end());
}

} // namespace model
