// SPDX-License-Identifier: BSL-1.0
// retired_test.cpp: who holds a channel whose name is another's by now is told so, after all that is there was taken.
#include "process/kinds.hpp"
#include "support/scratch.hpp"

#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using process::publish;
using samepage::outcome;

namespace {

constexpr auto slices = 50ms; ///< names are looked at once in 10 ms

template <class Kind>
struct replaced_channel {
    support::scratch_channel channel;
    typename Kind::producer to{channel.name(), {.capacity_bytes = 1U << 14U}};
    typename Kind::consumer from{channel.name()};

    void remove() const { BOOST_REQUIRE(samepage::remove_channel(channel.name())); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(retired_channels)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_takes_what_is_there_and_is_told, Kind, process::kinds)
{
    replaced_channel<Kind> old;
    publish<Kind>(old.to, 0);
    old.remove();
    typename Kind::producer to{old.channel.name()};
    typename Kind::consumer from{old.channel.name()};
    std::this_thread::sleep_for(slices);
    BOOST_TEST(old.from.try_take().number() == 0U);
    BOOST_TEST(old.from.try_take().why() == outcome::retired);
    BOOST_TEST(old.from.take().why() == outcome::retired);
    publish<Kind>(old.to, 1); // before its producer knew
    BOOST_TEST(old.from.take().number() == 1U);
    BOOST_TEST(from.try_take().why() == outcome::empty);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_waiting_consumer_is_told, Kind, process::kinds)
{
    replaced_channel<Kind> old;
    std::thread replaces{[&] {
        std::this_thread::sleep_for(20ms);
        old.remove();
        typename Kind::producer{old.channel.name()}.close();
    }};
    BOOST_TEST(old.from.take().why() == outcome::retired);
    replaces.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_producer_is_told_when_it_looks_for_room, Kind, process::kinds)
{
    replaced_channel<Kind> old;
    old.remove();
    typename Kind::producer to{old.channel.name()};
    std::this_thread::sleep_for(slices);
    std::uint64_t number = 0;
    while (auto loan = Kind::try_loan(old.to, number)) {
        Kind::write(loan, number++);
        loan.publish();
    }
    BOOST_TEST(Kind::try_loan(old.to, number).why() == outcome::retired);
    BOOST_TEST(Kind::loan(old.to, number).why() == outcome::retired);
    support::follower with;
    BOOST_TEST(process::follow_to_the_end<Kind>(old.from, with) == outcome::retired);
    BOOST_TEST(with.seen() == number);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_consumer_whose_producer_was_told_is_told_at_once, Kind, process::kinds)
{
    replaced_channel<Kind> old;
    support::follower with;
    process::publish<Kind>(old.to, 0);
    old.remove();
    std::this_thread::sleep_for(slices);
    BOOST_TEST(process::follow<Kind>(old.from, with, 1) == outcome::ok);
    BOOST_TEST(old.from.try_take().why() == outcome::empty); // looks at the name, and will not for a while
    typename Kind::producer to{old.channel.name()};
    std::uint64_t number = 1;
    outcome why = outcome::ok;
    while (why != outcome::retired) { // closes the lane
        auto loan = Kind::try_loan(old.to, number);
        why = loan.why();
        if (loan) {
            Kind::write(loan, number++);
            loan.publish();
        }
    }
    while (auto batch = old.from.try_take()) {
        Kind::follow(batch, with);
    }
    BOOST_TEST(old.from.try_take().why() == outcome::retired);
    BOOST_TEST(with.seen() == number);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_producer_that_waits_for_room_is_told, Kind, process::kinds)
{
    replaced_channel<Kind> old;
    const auto full = process::fill_up<Kind>(old.to, 0);
    std::thread replaces{[&] {
        std::this_thread::sleep_for(20ms);
        old.remove();
        typename Kind::producer{old.channel.name()}.close();
    }};
    BOOST_TEST(Kind::loan(old.to, full).why() == outcome::retired);
    replaces.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(without_a_new_one_of_its_name_it_is_used_on, Kind, process::kinds)
{
    replaced_channel<Kind> old;
    old.remove();
    std::this_thread::sleep_for(slices);
    support::follower with;
    for (std::uint64_t number = 0; number != 3000; ++number) {
        publish<Kind>(old.to, number);
        BOOST_REQUIRE(process::follow<Kind>(old.from, with, 1) == outcome::ok);
    }
    old.to.close();
    BOOST_TEST(old.from.take().why() == outcome::closed);
}

BOOST_AUTO_TEST_SUITE_END()
