// SPDX-License-Identifier: BSL-1.0
// remove_dead_test.cpp: what dead processes left goes; what is in use, or was left on purpose, stays.
#include "process/kinds.hpp"
#include "support/child.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/ring/remove_channel.hpp>
#include <samepage/ring/remove_dead.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using samepage::demand;
using samepage::outcome;
using samepage::remove_dead;

namespace {

using producer = samepage::producer<int>;
using consumer = samepage::consumer<int>;

samepage::channel_options in(const support::scratch_directory& place)
{
    return {.capacity_bytes = 4096, .max_consumers = 4, .directory = place.path()};
}

void put(producer& to, int value)
{
    auto slot = to.loan();
    *slot = value;
    slot.publish();
}

std::string words(const std::vector<std::string>& list)
{
    std::string all;
    for (const auto& each : list) {
        all += (all.empty() ? "" : " ") + each;
    }
    return all;
}

} // namespace

/// Has a channel, and whatever ends it are asked for, until it is killed. told: name, directory, what.
SAMEPAGE_CHILD(user_of_a_channel)
{
    const std::string& name = told.at(0);
    const std::filesystem::path directory = told.at(1);
    std::unique_ptr<producer> to;
    std::unique_ptr<consumer> from;
    if (told.at(2).find('p') != std::string::npos) {
        to = std::make_unique<producer>(
            name, samepage::channel_options{.capacity_bytes = 4096, .max_consumers = 4, .directory = directory});
        put(*to, 1);
    }
    if (told.at(2).find('c') != std::string::npos) {
        from = std::make_unique<consumer>(name, samepage::consumer_options{.directory = directory});
    }
    if (told.at(2).find('b') != std::string::npos) {
        support::require(from->native_handle() != -1, "a bell");
    }
    if (told.at(2).find('n') != std::string::npos) {
        from = std::make_unique<consumer>(name, samepage::consumer_options{.name = "it", .directory = directory});
    }
    parent.say("ready");
    (void)parent.hear();
}

namespace {

/// It must stay whole as long as it is used.
void use_a_little(const std::string& name, const std::filesystem::path& directory, int value, bool dies)
{
    const auto data = directory / ("samepage." + name + ".data");
    producer to{name, {.capacity_bytes = 4096, .max_producers = 4, .max_consumers = 8, .directory = directory}};
    consumer from{name, {.wants = demand::lossy, .wait_for_channel = 10s, .directory = directory}};
    struct ::stat there {};
    support::require(::stat(data.c_str(), &there) == 0 && there.st_ino == to.info().inode,
                     "the name leads to the channel in use");
    support::require(from.info().inode == to.info().inode, "both have the same");
    put(to, value);
    support::require(from.take().why() == outcome::ok, "a record comes");
    if (dies) { // dies without closing, as far as the channel can tell
        const auto child = ::fork();
        support::require(child != -1, "a fork");
        if (child == 0) {
            ::alarm(60);
            producer other{name, {.capacity_bytes = 4096, .max_producers = 4, .directory = directory}};
            ::_exit(0);
        }
        int status = 0;
        support::require(::waitpid(child, &status, 0) == child, "it ends");
    }
    support::require(::stat(data.c_str(), &there) == 0 && there.st_ino == to.info().inode, "it is there still");
}

} // namespace

/// Makes or joins the channel again and again, and uses it a little.
SAMEPAGE_CHILD(restless_user)
{
    const std::string& name = told.at(0);
    const std::filesystem::path directory = told.at(1);
    support::random_numbers dice{std::stoull(told.at(2))};
    parent.say("ready");
    for (int round = 0; round != 150; ++round) {
        use_a_little(name, directory, round, dice.below(3) == 0);
        if (dice.below(2) == 0) {
            std::this_thread::sleep_for(std::chrono::microseconds{dice.below(3000)});
        }
    }
    parent.say("done");
}

BOOST_AUTO_TEST_SUITE(removing_what_the_dead_left)

BOOST_AUTO_TEST_CASE(a_channel_whose_processes_died_goes)
{
    const support::scratch_directory place;
    support::child user{"user_of_a_channel", {"a", place.path(), "pcb"}};
    user.expect("ready");
    BOOST_TEST(remove_dead(place.path()).channels.empty());
    BOOST_TEST(place.listing() == "samepage.a.bell.0 samepage.a.ctl samepage.a.data");
    user.kill();
    const auto removed = remove_dead(place.path());
    BOOST_TEST(words(removed.channels) == "a");
    BOOST_TEST(removed.files == 1U); // the bell
    BOOST_TEST(words(removed.refused) == "");
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(a_channel_that_was_closed_stays_unless_it_is_asked_for)
{
    const support::scratch_directory place;
    {
        producer to{"a", in(place)};
        put(to, 7);
    }
    BOOST_TEST(remove_dead(place.path()).channels.empty());
    BOOST_TEST(consumer("a", {.from = samepage::start::oldest, .directory = place.path()}).take().front() == 7);
    BOOST_TEST(words(remove_dead(place.path(), {.closed = true}).channels) == "a");
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(a_channel_that_keeps_a_consumers_place_stays_unless_it_is_asked_for)
{
    const support::scratch_directory place;
    support::child user{"user_of_a_channel", {"a", place.path(), "pn"}};
    user.expect("ready");
    user.kill();
    BOOST_TEST(remove_dead(place.path()).channels.empty());
    BOOST_TEST(remove_dead(place.path(), {.closed = true}).channels.empty());
    BOOST_TEST(words(remove_dead(place.path(), {.kept = true}).channels) == "a");
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(in_a_channel_in_use_the_slots_of_the_dead_are_free_again)
{
    const support::scratch_directory place;
    producer to{"a", in(place)};
    support::child user{"user_of_a_channel", {"a", place.path(), "cb"}};
    user.expect("ready");
    BOOST_TEST(to.consumer_count() == 1U);
    BOOST_TEST(remove_dead(place.path()).consumers == 0U);
    user.kill();
    BOOST_TEST(to.consumer_count() == 1U);
    const auto removed = remove_dead(place.path());
    BOOST_TEST(removed.consumers == 1U);
    BOOST_TEST(removed.files == 1U);
    BOOST_TEST(to.consumer_count() == 0U);
    BOOST_TEST(place.listing() == "samepage.a.ctl samepage.a.data");
}

BOOST_AUTO_TEST_CASE(a_producer_that_sleeps_for_a_dead_consumer_wakes)
{
    const support::scratch_directory place;
    auto options = in(place);
    options.wait = samepage::wait_policy::sleep();
    producer to{"a", options};
    support::child user{"user_of_a_channel", {"a", place.path(), "c"}};
    user.expect("ready");
    while (auto slot = to.try_loan()) {
        *slot = 1;
        slot.publish();
    }
    user.kill();
    remove_dead(place.path());
    BOOST_TEST(!!to.loan_for(20s));
}

BOOST_AUTO_TEST_CASE(halves_of_channels_and_bells_without_one_go)
{
    const support::scratch_directory place;
    producer{"a", in(place)}.close();
    producer{"b", in(place)}.close();
    support::child user{"user_of_a_channel", {"b", place.path(), "cb"}};
    user.expect("ready");
    user.kill();
    std::filesystem::remove(place.path() / "samepage.a.data");
    std::filesystem::remove(place.path() / "samepage.b.data");
    std::filesystem::remove(place.path() / "samepage.b.ctl");
    BOOST_TEST(place.listing() == "samepage.a.ctl samepage.b.bell.0");
    BOOST_TEST(remove_dead(place.path()).files == 2U);
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_channel_of_ours_stays_and_is_told)
{
    const support::scratch_directory place;
    std::ofstream{place.path() / "samepage.a.data"} << "precious text";
    std::ofstream{place.path() / "samepage.a.ctl"} << "precious text";
    std::ofstream{place.path() / "samepage.b.ctl"} << "precious text";
    std::ofstream{place.path() / "samepage.-.ctl"} << "precious text";
    std::ofstream{place.path() / "samepage.c.bell.0"} << "precious text";
    std::ofstream{place.path() / "samepage.~0123.1"} << "precious text";
    const auto before = place.listing();
    const auto removed = remove_dead(place.path(), {.closed = true, .kept = true});
    BOOST_TEST(place.listing() == before);
    BOOST_TEST(removed.channels.empty());
    BOOST_TEST(removed.files == 0U);
    BOOST_REQUIRE(removed.refused.size() == 2U);
    BOOST_TEST(removed.refused[0].find("samepage.a.data") != std::string::npos);
    BOOST_TEST(removed.refused[1].find("samepage.b.ctl") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_channel_whose_control_file_was_taken_away_stays_and_is_told)
{
    const support::scratch_directory place;
    {
        const producer made{"half", in(place)};
    }
    std::filesystem::remove(place.path() / "samepage.half.ctl");
    const auto found = remove_dead(place.path(), {.closed = true, .kept = true});
    BOOST_TEST(found.channels.empty());
    BOOST_TEST_REQUIRE(found.refused.size() == 1U);
    BOOST_TEST(found.refused.front().find("remove_channel(\"half\")") != std::string::npos, found.refused.front());
    BOOST_TEST(std::filesystem::exists(place.path() / "samepage.half.data"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_is_told)
{
    support::refusal(samepage::errc::not_found, [] { remove_dead("/nowhere/at/all"); });
}

BOOST_AUTO_TEST_CASE(whoever_attaches_meanwhile_has_a_whole_channel)
{
    const support::scratch_directory place;
    const auto seed = support::new_seed("whoever_attaches_meanwhile_has_a_whole_channel");
    support::child first{"restless_user", {"a", place.path(), std::to_string(seed)}};
    support::child second{"restless_user", {"a", place.path(), std::to_string(seed + 1)}};
    first.expect("ready");
    second.expect("ready");
    std::size_t removed = 0;
    std::atomic<bool> done{false};
    std::thread removes{[&] {
        while (!done) {
            const auto found = remove_dead(place.path(), {.closed = true});
            BOOST_CHECK_MESSAGE(found.refused.empty(), words(found.refused));
            removed += found.channels.size();
        }
    }};
    first.expect("done");
    second.expect("done");
    done = true;
    removes.join();
    BOOST_TEST(removed > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
