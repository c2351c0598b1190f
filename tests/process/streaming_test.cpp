// SPDX-License-Identifier: BSL-1.0
// streaming_test.cpp: from one process to two others, everything arrives, whole and in order.
#include "process/peers.hpp"

#include <boost/test/unit_test.hpp>

using process::dense;
using process::framed;
using support::child;

namespace {

/// The role of a producer of arrays of ticks: loans of many sizes, trimmed, discarded.
constexpr const char* arrays_role = "produces_arrays";

} // namespace

SAMEPAGE_CHILD(produces_arrays)
{
    samepage::producer<support::tick> to{told.at(0), {.capacity_bytes = 1U << 16U}};
    support::random_numbers random{std::stoull(told.at(2))};
    parent.say("ready");
    parent.expect("go");
    const std::uint64_t all = std::stoull(told.at(1));
    for (std::uint64_t number = 0; number < all;) {
        auto many = to.loan(1 + random.below(random.below(20) == 0 ? to.capacity_records() : 40));
        for (std::size_t i = 0; i < many.size(); ++i) {
            many[i] = support::tick_of(number + i);
        }
        const auto fate = random.below(8);
        if (fate == 0) {
            continue; // dropped
        }
        auto count = fate == 1 ? random.below(many.size() + 1) : many.size();
        count = std::min<std::uint64_t>(count, all - number);
        many.publish(count);
        number += count;
    }
    to.close();
    parent.say("closed");
}

BOOST_AUTO_TEST_SUITE(streaming)

BOOST_AUTO_TEST_CASE(a_million_typed_records_reach_two_processes_in_order)
{
    constexpr std::uint64_t all = 1'000'000;
    const support::scratch_channel channel;
    process::producer_process<dense> from{channel, std::size_t{1} << 16U};
    process::consumer_process<dense> one{channel};
    process::consumer_process<dense> other{channel};
    one.say("finish");
    other.say("finish");
    from.say("publish " + std::to_string(all));
    from.expect("published");
    from.say("close");
    from.expect("closed");
    one.expect("closed 1000000 1000000");
    other.expect("closed 1000000 1000000");
}

BOOST_AUTO_TEST_CASE(bytes_of_many_sizes_reach_two_processes_whole_and_in_order)
{
    constexpr std::uint64_t all = 200'000;
    const support::scratch_channel channel;
    process::producer_process<framed> from{channel, std::size_t{1} << 16U};
    process::consumer_process<framed> one{channel};
    process::consumer_process<framed> other{channel};
    one.say("finish");
    other.say("finish");
    from.say("publish " + std::to_string(all));
    from.expect("published");
    from.say("close");
    from.expect("closed");
    one.expect("closed 200000 200000");
    other.expect("closed 200000 200000");
}

BOOST_AUTO_TEST_CASE(arrays_of_many_lengths_trimmed_or_dropped_arrive_as_if_published_singly)
{
    const support::scratch_channel channel;
    const auto seed = support::new_seed("arrays");
    child from{arrays_role, {channel.name(), "300000", std::to_string(seed)}};
    from.expect("ready");
    process::consumer_process<dense> one{channel};
    process::consumer_process<dense> other{channel, "oldest", "sleep"};
    one.say("finish");
    other.say("finish");
    from.say("go");
    from.expect("closed");
    one.expect("closed 300000 300000");
    other.expect("closed 300000 300000");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_sleeping_pair_loses_nothing, Kind, process::kinds)
{
    const support::scratch_channel channel;
    process::producer_process<Kind> from{channel, 4096, "sleep"};
    process::consumer_process<Kind> to{channel, "newest", "sleep"};
    to.say("finish");
    from.say("publish 20000");
    from.expect("published");
    from.say("close");
    from.expect("closed");
    to.expect("closed 20000 20000");
}

BOOST_AUTO_TEST_SUITE_END()
