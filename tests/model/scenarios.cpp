// SPDX-License-Identifier: BSL-1.0
// scenarios.cpp: the list.
#include "model/scenarios.hpp"

#include <set>

namespace model {

const std::vector<scenario>& scenarios()
{
    static const std::vector<scenario> all = [] {
        std::vector<scenario> list;
        parts::add_streaming(list);
        parts::add_lossy(list);
        parts::add_deaths(list);
        parts::add_waiting(list);
        parts::add_corners(list);
        parts::add_named(list);
        parts::add_groups(list);
        parts::add_moves(list);
        parts::add_rings(list);
        return list;
    }();
    return all;
}

bool is_explored_whole(const scenario& one)
{
    static const std::set<std::string> names{
        "dense_wrap",
        "dense_wrap_four",
        "dense_hold_two",
        "dense_join_oldest",
        "dense_second_joins",
        "dense_ahead",
        "dense_two_lanes",
        "dense_closing",
        "dense_newest_lossless",
        "dense_producer_dies",
        "dense_producer_dies_ahead",
        "dense_successor_dies",
        "dense_lane_dies",
        "dense_wait_leave",
        "framed_wrap",
        "framed_wrap_four",
        "framed_hold_two",
        "framed_join_oldest",
        "framed_join_newest",
        "framed_join_leave",
        "framed_second_joins",
        "framed_ahead",
        "framed_two_lanes",
        "framed_closing",
        "framed_newest_lossless",
        "framed_dropped_loans",
        "framed_large_ahead",
        "framed_dropped_large_loans",
        "framed_lossy_once",
        "framed_producer_dies",
        "framed_producer_dies_ahead",
        "framed_successor_dies",
        "framed_lane_dies",
        "framed_wait_leave",
        "dense_full_lossy",
        "dense_full_gap",
        "dense_full_gap_let_go",
        "dense_full_slot_lossless",
        "dense_poll_once",
        "dense_expelled_by_another",
        "dense_slot_passed",
        "dense_lying_page",
        "framed_full_lossy",
        "framed_full_lossy_twice",
        "framed_full_gap",
        "framed_full_gap_let_go",
        "framed_full_slot",
        "framed_full_slot_lossless",
        "framed_poll_once",
        "framed_expelled_by_another",
        "framed_lying_page",
    };
    return names.contains(one.name);
}

} // namespace model
