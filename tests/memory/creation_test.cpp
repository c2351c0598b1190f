// SPDX-License-Identifier: BSL-1.0
// creation_test.cpp: a channel appears whole, once, whoever else makes or removes it and whoever dies on the way.
#include "support/child.hpp"
#include "support/pages.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/layout.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

using samepage::errc;
using support::refusal;
using support::says;
using support::tick;

namespace {

namespace fs = std::filesystem;

/// The names that come to be in a directory, in order.
class arrivals {
public:
    explicit arrivals(const fs::path& directory) : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
    {
        BOOST_TEST_REQUIRE(::inotify_add_watch(descriptor_, directory.c_str(), IN_CREATE | IN_MOVED_TO | IN_DELETE) >=
                           0);
    }
    arrivals(const arrivals&) = delete;
    arrivals& operator=(const arrivals&) = delete;
    ~arrivals() { ::close(descriptor_); }

    [[nodiscard]] std::string so_far() const
    {
        alignas(inotify_event) std::array<char, 16384> room{};
        std::string all;
        for (ssize_t n = 0; (n = ::read(descriptor_, room.data(), room.size())) > 0;) {
            for (ssize_t at = 0; at < n;) {
                const auto& event = *reinterpret_cast<const inotify_event*>(room.data() + at);
                all += ((event.mask & IN_DELETE) != 0 ? " -" : " +") + std::string{event.name};
                at += static_cast<ssize_t>(sizeof event + event.len);
            }
        }
        return all;
    }

private:
    int descriptor_;
};

/// Whether a whole channel lies at the name: "whole", "none", or what is wrong.
/// Bytes that a channel has reserved once it can be seen: everything up to the end of its first ring.
std::uint64_t reserved_bytes(const samepage::ring::data_header& header)
{
    return header.lane_offset + (1 + std::uint64_t{header.lane_count}) * header.page_bytes + header.capacity_bytes;
}

std::string judge(const support::scratch_channel& channel)
{
    struct ::stat found {};
    if (::stat(channel.data().c_str(), &found) != 0) {
        return "none";
    }
    const auto header = support::read_data_header(channel.data());
    if (header.magic != samepage::ring::magic || static_cast<std::uint64_t>(found.st_size) != header.file_bytes) {
        return "a data file without header or size";
    }
    if (static_cast<std::uint64_t>(found.st_blocks) * 512 < reserved_bytes(header)) {
        return "a data file with pages unreserved";
    }
    return "whole";
}

constexpr std::size_t large = std::size_t{8} << 20U; // takes a while to reserve

} // namespace

// Makes the channel, says so, and keeps it until told.
SAMEPAGE_CHILD(makes_when_told)
{
    std::unique_ptr<samepage::producer<int>> made;
    for (;;) {
        const auto order = parent.hear();
        if (order == "end") {
            return;
        }
        if (order == "drop") {
            made.reset();
            parent.say("dropped");
            continue;
        }
        try {
            made = std::make_unique<samepage::producer<int>>(
                order, samepage::channel_options{.capacity_bytes = 4096, .max_producers = 1});
            parent.say("made");
        } catch (const samepage::error& fault) {
            support::require(fault.code() == errc::producer_exists, fault.what());
            parent.say("exists");
        }
    }
}

SAMEPAGE_CHILD(makes_over_and_over)
{
    parent.say("begin");
    for (;;) {
        samepage::producer<int>{told.at(0), {.capacity_bytes = large}};
        samepage::remove_channel(told.at(0));
    }
}

// One of many that make, join or remove one channel at once; each may be refused only for what the others do.
SAMEPAGE_CHILD(makes_joins_or_removes)
{
    const std::string& name = told.at(0);
    const std::string& part = told.at(1);
    parent.say("ready");
    parent.expect("go");
    for (int i = 0; i < 600; ++i) {
        try {
            if (part == "make") {
                samepage::producer<int> made{name, {.capacity_bytes = 4096}};
                auto slot = made.try_loan();
                if (slot) {
                    *slot = 1;
                    slot.publish();
                }
            } else if (part == "join") {
                samepage::consumer<int> joined{name, {.from = samepage::start::oldest}};
                const auto batch = joined.try_take();
                for (const int value : batch.records()) {
                    support::require(value == 1, "a record is whole");
                }
            } else {
                samepage::remove_channel(name);
            }
        } catch (const samepage::error& fault) {
            const auto& code = fault.code();
            support::require((part == "make" && (code == errc::producer_exists || code == errc::retired)) ||
                                 (part == "join" && (code == errc::not_found || code == errc::retired)),
                             part + ": " + fault.what());
        }
    }
    parent.say("done");
}

SAMEPAGE_CHILD(holds_a_lock_byte)
{
    const int file = ::open(told.at(0).c_str(), O_RDWR | O_CLOEXEC);
    support::require(file >= 0, "the file opens");
    samepage::memory::ownership_locks locks{file};
    support::require(locks.try_lock(std::stoull(told.at(1))), "the byte is free");
    parent.say("held");
    static_cast<void>(parent.hear());
}

BOOST_AUTO_TEST_SUITE(creation)

BOOST_AUTO_TEST_CASE(the_only_names_that_appear_are_the_two_and_the_data_file_comes_last)
{
    const support::scratch_directory place;
    const arrivals seen{place.path()};
    {
        const samepage::producer<int> made{"a", {.directory = place.path()}};
        BOOST_TEST(seen.so_far() == " +samepage.a.ctl +samepage.a.data");
    }
    BOOST_TEST(seen.so_far() == "", "dropping a producer removes nothing");
}

BOOST_AUTO_TEST_CASE(a_channel_stays_when_its_producer_goes)
{
    const support::scratch_channel channel;
    samepage::producer<int>{channel.name()};
    BOOST_TEST(judge(channel) == "whole");
    samepage::consumer<int>{channel.name()};
}

BOOST_AUTO_TEST_CASE(a_data_file_that_can_be_seen_is_whole)
{
    const support::scratch_channel channel;
    support::child maker{"makes_over_and_over", {channel.name()}};
    maker.expect("begin");
    unsigned whole = 0;
    while (whole < 200) {
        // Opened once, judged through the descriptor: the name may go at any time.
        const int file = ::open(channel.data().c_str(), O_RDONLY | O_CLOEXEC);
        if (file < 0) {
            continue;
        }
        samepage::ring::data_header header{};
        struct ::stat status {};
        const bool read = ::pread(file, &header, sizeof header, 0) == sizeof header && ::fstat(file, &status) == 0;
        ::close(file);
        BOOST_TEST_REQUIRE(read);
        BOOST_TEST_REQUIRE(header.magic == samepage::ring::magic);
        BOOST_TEST_REQUIRE(static_cast<std::uint64_t>(status.st_size) == header.file_bytes);
        BOOST_TEST_REQUIRE(static_cast<std::uint64_t>(status.st_blocks) * 512 >= reserved_bytes(header));
        ++whole;
    }
}

BOOST_AUTO_TEST_CASE(a_creator_killed_at_any_moment_leaves_a_whole_channel_or_none)
{
    support::random_numbers random{support::new_seed("a creator killed")};
    for (int round = 0; round < 60; ++round) {
        const support::scratch_channel channel;
        {
            support::child maker{"makes_over_and_over", {channel.name()}};
            maker.expect("begin");
            std::this_thread::sleep_for(std::chrono::microseconds{random.below(6000)});
            maker.kill();
        }
        const std::string left = judge(channel);
        BOOST_TEST((left == "whole" || left == "none"), left);
        samepage::producer<int> successor{channel.name()}; // whatever lies there
        samepage::consumer<int> joined{channel.name()};
        *successor.loan() = 1;
    }
}

BOOST_AUTO_TEST_CASE(two_that_make_one_channel_at_once_give_one_producer)
{
    const support::scratch_channel channel;
    support::child one{"makes_when_told"};
    support::child other{"makes_when_told"};
    unsigned firsts = 0;
    for (int round = 0; round < 300; ++round) {
        one.say(channel.name());
        other.say(channel.name());
        const bool one_made = one.hear() == "made";
        const bool other_made = other.hear() == "made";
        BOOST_TEST_REQUIRE(one_made != other_made, "round " << round << ": " << one_made << other_made);
        firsts += one_made ? 1 : 0;
        for (auto* const each : {&one, &other}) {
            each->say("drop");
            each->expect("dropped");
        }
        if (round % 3 != 0) { // else the channel is taken over, not made
            BOOST_TEST(samepage::remove_channel(channel.name()));
        }
    }
    BOOST_TEST_MESSAGE("    the first one told won " << firsts << " of 300");
}

BOOST_AUTO_TEST_CASE(making_joining_and_removing_at_once_never_meet_half_a_channel)
{
    const support::scratch_channel channel;
    {
        std::array<std::unique_ptr<support::child>, 5> all;
        const char* const parts[] = {"make", "make", "join", "join", "remove"};
        for (std::size_t i = 0; i < all.size(); ++i) {
            all[i] =
                std::make_unique<support::child>("makes_joins_or_removes", support::words{channel.name(), parts[i]});
            all[i]->expect("ready");
        }
        for (auto& each : all) {
            each->say("go");
        }
        for (auto& each : all) {
            BOOST_CHECK_NO_THROW(each->expect("done"));
        }
    }
    samepage::producer<int> made{channel.name()};
    samepage::consumer<int> joined{channel.name()};
    auto slot = made.loan();
    *slot = 7;
    slot.publish();
    BOOST_TEST(joined.take().front() == 7);
}

BOOST_AUTO_TEST_CASE(a_control_file_left_alone_by_a_dead_creator_is_no_obstacle)
{
    const support::scratch_channel channel;
    samepage::producer<int>{channel.name()};
    fs::remove(channel.data());
    refusal(errc::not_found, [&] { samepage::consumer<int>{channel.name()}; });
    samepage::producer<int> made{channel.name()};
    samepage::consumer<int> joined{channel.name()};
    auto slot = made.loan();
    *slot = 1;
    slot.publish();
    BOOST_TEST(joined.take().front() == 1);
}

BOOST_AUTO_TEST_CASE(a_data_file_without_its_control_file_is_refused_and_can_be_removed)
{
    const support::scratch_channel channel;
    samepage::producer<int>{channel.name()};
    fs::remove(channel.control());
    for (const auto& fault : {refusal(errc::corrupt, [&] { samepage::consumer<int>{channel.name()}; }),
                              refusal(errc::corrupt, [&] { samepage::producer<int>{channel.name()}; })}) {
        BOOST_TEST(says(fault, channel.control().string()));
        BOOST_TEST(says(fault, "remove"));
    }
    BOOST_TEST(samepage::remove_channel(channel.name()));
    samepage::producer<int>{channel.name()};
    BOOST_TEST(judge(channel) == "whole");
}

BOOST_AUTO_TEST_CASE(a_creator_stopped_between_the_two_names_is_reported_not_waited_for_forever)
{
    const support::scratch_channel channel;
    samepage::producer<int>{channel.name()};
    support::child stopped{"holds_a_lock_byte",
                           {channel.control().string(), std::to_string(samepage::ring::lock_byte::naming)}};
    stopped.expect("held");
    fs::remove(channel.data());
    const auto fault = refusal(errc::system, [&] { samepage::producer<int>{channel.name()}; });
    BOOST_TEST(says(fault, channel.control().string()));
    stopped.kill();
    samepage::producer<int>{channel.name()}; // its death freed the name
}

BOOST_AUTO_TEST_SUITE_END()
