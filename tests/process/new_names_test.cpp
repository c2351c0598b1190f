// SPDX-License-Identifier: BSL-1.0
// new_names_test.cpp: a consumer that is refused leaves no name and no group behind.
#include "process/kinds.hpp"
#include "support/pages.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/ring/remove_consumer.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using samepage::demand;
using samepage::errc;
using support::refusal;
using support::says;

namespace {

/// Those that have a name, without it: a name, a lossless group, a lossy one.
std::vector<samepage::consumer_options> with_a_name()
{
    return {{.name = "log"},
            {.name = "log", .wants = demand::lossy},
            {.group = "log"},
            {.group = "log", .wants = demand::lossy}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(new_names)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_resume_that_cannot_be_is_the_callers_fault_and_leaves_no_name, Kind, process::kinds)
{
    for (auto options : with_a_name()) {
        const support::scratch_channel channel;
        typename Kind::producer to{channel.name(), {.max_consumers = 2}};
        for (std::uint64_t number = 0; number != 9; ++number) {
            process::publish<Kind>(to, number);
        }
        options.resume = {{0, 1000}};
        const auto no = refusal(errc::invalid_argument, [&] { typename Kind::consumer{channel.name(), options}; });
        BOOST_TEST(says(no, "a record of lane 0 up to 9, the next one's, in resume, found 1000"));
        BOOST_TEST(!samepage::remove_consumer(channel.name(), "log"));
        const typename Kind::consumer one{channel.name()}; // both slots are free
        const typename Kind::consumer two{channel.name()};
        BOOST_TEST(to.consumer_count() == 2U);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_resume_is_where_a_new_name_begins_and_no_old_one, Kind, process::kinds)
{
    for (auto options : with_a_name()) {
        const support::scratch_channel channel;
        typename Kind::producer to{channel.name(), {.wait_for_absent = std::chrono::nanoseconds::max()}};
        for (std::uint64_t number = 0; number != 9; ++number) {
            process::publish<Kind>(to, number);
        }
        options.resume = {{0, 4}};
        {
            typename Kind::consumer from{channel.name(), options};
            auto batch = from.try_take(2);
            BOOST_TEST(batch.number() == 4U);
            BOOST_TEST(batch.lost() == 0U);
            batch.release();
        }
        options.resume = {{0, 1000}}; // where it goes on is known
        typename Kind::consumer again{channel.name(), options};
        BOOST_TEST(again.try_take(1).number() == 6U);
    }
}

BOOST_AUTO_TEST_CASE(who_finds_damage_leaves_no_name)
{
    for (const auto& options : with_a_name()) {
        const support::scratch_channel channel;
        samepage::producer<support::tick> to{channel.name()};
        const support::pages pages{to.info()};
        pages.lane().head.store(7); // no record can begin there
        refusal(errc::corrupt, [&] { samepage::consumer<support::tick>{channel.name(), options}; });
        BOOST_TEST(!samepage::remove_consumer(channel.name(), "log"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
