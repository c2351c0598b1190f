// SPDX-License-Identifier: BSL-1.0
// loan_assertions_test.cpp: a loan that is published out of turn stops the program, in builds with assertions.
// Assertions are on in this file whatever the build; it is a program of its own, so that no function of it is mistaken
// for another file's.
#undef NDEBUG
#define BOOST_TEST_MODULE loan_assertions
#include "../support/aborts.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

#include <unistd.h>

using support::aborts;

namespace {

struct channel {
    channel() = default;
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() { samepage::remove_channel(name); }

    std::string name = "test-loans-" + std::to_string(::getpid());
};

} // namespace

BOOST_FIXTURE_TEST_CASE(of_two_loans_the_second_to_be_published_stops, channel)
{
    BOOST_TEST(aborts([&] {
        samepage::producer<int> numbers{name};
        auto first = numbers.loan();
        auto second = numbers.loan();
        second.publish();
        first.publish();
    }));
    samepage::remove_channel(name);
    BOOST_TEST(aborts([&] {
        samepage::bytes_producer packets{name};
        auto first = packets.loan(100);
        auto second = packets.loan(100);
        second.publish();
        first.publish();
    }));
}

BOOST_FIXTURE_TEST_CASE(loans_one_after_another_stop_nothing, channel)
{
    BOOST_TEST(!aborts([&] {
        samepage::producer<int> numbers{name};
        for (int i = 0; i < 3; ++i) {
            auto some = numbers.loan(2);
            auto moved = std::move(some);
            moved.publish(1);
        }
        numbers.loan().discard();
        numbers.loan().publish();
    }));
    samepage::remove_channel(name);
    BOOST_TEST(!aborts([&] {
        samepage::bytes_producer packets{name};
        for (int i = 0; i < 3; ++i) {
            auto some = packets.loan(100);
            auto moved = std::move(some);
            moved.publish(10);
        }
        packets.loan(10).discard();
        packets.loan(10).publish();
    }));
}
