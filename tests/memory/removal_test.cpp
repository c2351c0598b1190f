// SPDX-License-Identifier: BSL-1.0
// removal_test.cpp: removing a channel takes its name; whoever uses it goes on.
#include "support/forked.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string_view>

using samepage::errc;
using support::refusal;

namespace {

void publish(samepage::producer<int>& to, int value)
{
    auto slot = to.loan();
    *slot = value;
    slot.publish();
}

} // namespace

BOOST_AUTO_TEST_SUITE(removal)

BOOST_AUTO_TEST_CASE(removing_takes_both_files)
{
    const support::scratch_directory place;
    samepage::producer<int>{"a", {.directory = place.path()}};
    BOOST_TEST(samepage::remove_channel("a", place.path()));
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(removing_what_is_not_there_says_so)
{
    const support::scratch_directory place;
    BOOST_TEST(!samepage::remove_channel("a", place.path()));
    BOOST_TEST(!samepage::remove_channel("a", place.path() / "nowhere"));
}

BOOST_AUTO_TEST_CASE(bells_that_dead_consumers_left_go_and_others_stay)
{
    const support::scratch_directory place;
    samepage::producer<int>{"a", {.directory = place.path()}};
    samepage::consumer<int> living{"a", {.directory = place.path()}};
    BOOST_TEST(living.native_handle() != -1);
    support::forked dead{[&]() -> int {
        samepage::consumer<int> other{"a", {.directory = place.path()}};
        const bool made = other.native_handle() != -1;
        ::_exit(made ? 0 : 1); // without its destructor
    }};
    BOOST_TEST(dead.wait() == 0);
    BOOST_TEST(place.listing() == "samepage.a.bell.0 samepage.a.bell.1 samepage.a.ctl samepage.a.data");
    BOOST_TEST(samepage::remove_channel("a", place.path()));
    BOOST_TEST(place.listing() == "samepage.a.bell.0");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_called_as_a_bell_stays)
{
    const support::scratch_directory place;
    samepage::producer<int>{"a", {.directory = place.path()}};
    std::ofstream{place.path() / "samepage.a.bell.3"} << "precious text";
    BOOST_TEST(samepage::remove_channel("a", place.path()));
    BOOST_TEST(place.listing() == "samepage.a.bell.3");
}

BOOST_AUTO_TEST_CASE(other_channels_stay)
{
    const support::scratch_directory place;
    samepage::producer<int>{"a", {.directory = place.path()}};
    samepage::producer<int>{"a.b", {.directory = place.path()}};
    BOOST_TEST(samepage::remove_channel("a", place.path()));
    BOOST_TEST(place.listing() == "samepage.a.b.ctl samepage.a.b.data");
}

BOOST_AUTO_TEST_CASE(those_who_use_it_go_on)
{
    const support::scratch_channel channel;
    samepage::producer<int> made{channel.name()};
    samepage::consumer<int> joined{channel.name()};
    BOOST_TEST(samepage::remove_channel(channel.name()));
    publish(made, 1);
    BOOST_TEST(joined.take().front() == 1);
    made.close();
    BOOST_TEST((joined.take().why() == samepage::outcome::closed));
}

BOOST_AUTO_TEST_CASE(a_channel_of_that_name_made_later_is_another)
{
    const support::scratch_channel channel;
    samepage::producer<int> old_made{channel.name()};
    samepage::consumer<int> old_joined{channel.name()};
    publish(old_made, 1);
    BOOST_TEST(samepage::remove_channel(channel.name()));
    samepage::producer<int> made{channel.name()}; // not producer_exists: that one is nameless now
    samepage::consumer<int> joined{channel.name()};
    BOOST_TEST(made.info().inode != old_made.info().inode);
    publish(made, 2);
    BOOST_TEST(old_joined.take().front() == 1);
    BOOST_TEST((old_joined.take().why() == samepage::outcome::retired)); // and not 2
    BOOST_TEST(joined.take().front() == 2);
}

BOOST_AUTO_TEST_CASE(a_control_file_alone_is_cleared_away_though_it_was_no_channel)
{
    const support::scratch_directory place;
    samepage::producer<int>{"a", {.directory = place.path()}};
    std::filesystem::remove(place.path() / "samepage.a.data");
    BOOST_TEST(!samepage::remove_channel("a", place.path()));
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(a_link_is_removed_and_not_what_it_leads_to)
{
    const support::scratch_directory place;
    std::ofstream{place.path() / "precious"} << "text";
    std::filesystem::create_symlink(place.path() / "precious", place.path() / "samepage.a.data");
    samepage::remove_channel("a", place.path());
    BOOST_TEST(place.listing() == "precious");
}

BOOST_AUTO_TEST_CASE(a_foreign_file_is_refused_and_everything_stays)
{
    for (const char* file : {"samepage.a.data", "samepage.a.ctl"}) {
        for (const char* text : {"", "s", "precious text"}) {
            const support::scratch_directory place;
            samepage::producer<int>{"a", {.directory = place.path()}};
            std::filesystem::remove(place.path() / file); // the lock is on the old one
            std::ofstream{place.path() / file} << text;
            const auto fault = refusal(errc::not_a_channel, [&] { samepage::remove_channel("a", place.path()); });
            BOOST_TEST(support::says(fault, file));
            BOOST_TEST(place.listing() == "samepage.a.ctl samepage.a.data");
            BOOST_TEST(std::filesystem::file_size(place.path() / file) == std::string_view{text}.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_foreign_file_in_the_control_files_place_stops_a_creator_and_stays)
{
    const support::scratch_directory place;
    std::ofstream{place.path() / "samepage.a.ctl"} << "precious text";
    refusal(errc::not_a_channel, [&] { samepage::producer<int>{"a", {.directory = place.path()}}; });
    BOOST_TEST(place.listing() == "samepage.a.ctl");
}

BOOST_AUTO_TEST_CASE(a_channel_that_is_cut_off_or_of_another_version_is_removed)
{
    const support::scratch_directory place;
    const auto data = place.path() / "samepage.a.data";
    samepage::producer<int>{"a", {.directory = place.path()}};
    std::filesystem::resize_file(data, 100);
    BOOST_TEST(samepage::remove_channel("a", place.path()));
    samepage::producer<int>{"a", {.directory = place.path()}};
    std::fstream{data, std::ios::in | std::ios::out}.seekp(8) << '\x7f'; // the version, behind the magic
    BOOST_TEST(samepage::remove_channel("a", place.path()));
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(a_directory_in_a_files_place_is_refused)
{
    const support::scratch_directory place;
    std::filesystem::create_directory(place.path() / "samepage.a.data");
    refusal(errc::not_a_channel, [&] { samepage::remove_channel("a", place.path()); });
}

BOOST_AUTO_TEST_SUITE_END()
