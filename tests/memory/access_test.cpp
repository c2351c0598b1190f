// SPDX-License-Identifier: BSL-1.0
// access_test.cpp: a consumer can read a channel's data and nothing else; another user not even that.
#include "support/child.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include <fcntl.h>
#include <grp.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

using samepage::errc;
using support::refusal;
using support::tick;

namespace {

namespace fs = std::filesystem;

void publish(samepage::producer<tick>& to, std::uint64_t number)
{
    auto slot = to.loan();
    *slot = support::tick_of(number);
    slot.publish();
}

/// Permissions of this process's mappings of `path`, and how it opened it.
struct views {
    std::string mappings;
    std::string descriptors;
};

void become_nobody()
{
    constexpr ::uid_t nobody = 65534;
    support::require(::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
                         ::setresuid(nobody, nobody, nobody) == 0,
                     "root can become nobody");
}

views views_of(const fs::path& path)
{
    views found;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        if (line.ends_with(path.string())) {
            const auto permissions = line.find(' ') + 1;
            found.mappings += line.substr(permissions, line.find(' ', permissions) - permissions + 1);
        }
    }
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        if (fs::read_symlink(entry.path(), gone) == path) {
            const int flags = ::fcntl(std::stoi(entry.path().filename().string()), F_GETFL);
            found.descriptors += (flags & O_ACCMODE) == O_RDONLY ? "r " : "rw ";
        }
    }
    return found;
}

} // namespace

// Takes a record and writes to it, as a consumer with a stray pointer does.
SAMEPAGE_CHILD(writes_to_what_it_took)
{
    std::signal(SIGSEGV, SIG_DFL); // not a sanitizer's
    const ::rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    if (told.at(1) == "dense") {
        samepage::consumer<tick> joined{told.at(0), {.from = samepage::start::oldest}};
        const auto batch = joined.take();
        parent.say("took");
        const_cast<tick&>(batch.front()).number = 666;
    } else {
        samepage::bytes_consumer joined{told.at(0), {.from = samepage::start::oldest}};
        const auto batch = joined.take();
        parent.say("took");
        const_cast<std::byte&>(batch.front().front()) = std::byte{66};
    }
    parent.say("wrote");
}

// Tries everything under another user's id; says the codes.
SAMEPAGE_CHILD(tries_as_nobody)
{
    become_nobody();
    const auto attempt = [&](auto&& call) {
        try {
            call();
            parent.say("allowed");
        } catch (const samepage::error& fault) {
            parent.say(fault.code().message() + ": " + fault.what());
        }
    };
    attempt([&] { samepage::consumer<tick>{told.at(0)}; });
    attempt([&] { samepage::producer<tick>{told.at(0)}; });
    attempt([&] { samepage::remove_channel(told.at(0)); });
}

SAMEPAGE_CHILD(creates_as_nobody_in)
{
    become_nobody();
    try {
        samepage::producer<tick>{"a", {.directory = told.at(0)}};
        parent.say("allowed");
    } catch (const samepage::error& fault) {
        parent.say(fault.code().message() + ": " + fault.what());
    }
}

BOOST_AUTO_TEST_SUITE(access_rights)

BOOST_AUTO_TEST_CASE(a_consumers_write_to_a_record_ends_the_consumer_and_leaves_the_record)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name()};
    samepage::consumer<tick> witness{channel.name()};
    publish(made, 1);
    support::child writer{"writes_to_what_it_took", {channel.name(), "dense"}};
    writer.expect("took");
    BOOST_TEST(writer.wait() == support::killed_by(SIGSEGV));
    BOOST_TEST(support::whole(witness.take().front()));
}

BOOST_AUTO_TEST_CASE(a_consumers_write_to_bytes_ends_the_consumer_and_leaves_the_bytes)
{
    const support::scratch_channel channel;
    samepage::bytes_producer made{channel.name()};
    samepage::bytes_consumer witness{channel.name()};
    auto slot = made.loan(100);
    support::fill(slot.bytes(), 1);
    slot.publish();
    support::child writer{"writes_to_what_it_took", {channel.name(), "framed"}};
    writer.expect("took");
    BOOST_TEST(writer.wait() == support::killed_by(SIGSEGV));
    BOOST_TEST(support::number_of(witness.take().front()) == 1U);
}

BOOST_AUTO_TEST_CASE(a_consumer_opens_and_maps_the_data_read_only)
{
    const support::scratch_channel channel;
    samepage::producer<tick>{channel.name(), {.max_producers = 2}};
    const samepage::consumer<tick> joined{channel.name()};
    const auto found = views_of(channel.data());
    BOOST_TEST(found.mappings == "r--s r--s r--s "); // the lanes' words, the ring that somebody had, that again
    BOOST_TEST(found.descriptors == "r ");
}

BOOST_AUTO_TEST_CASE(a_consumer_cannot_make_its_mapping_writable_either)
{
    const support::scratch_channel channel;
    samepage::producer<tick>{channel.name()};
    const samepage::consumer<tick> joined{channel.name()};
    const auto info = joined.info();
    BOOST_TEST(::mprotect(const_cast<std::byte*>(info.ring), info.capacity_bytes, PROT_READ | PROT_WRITE) == -1);
}

BOOST_AUTO_TEST_CASE(handles_given_back_leave_no_mapping_and_no_descriptor)
{
    const support::scratch_channel channel;
    {
        const samepage::producer<tick> made{channel.name()};
        const samepage::consumer<tick> joined{channel.name()};
    }
    for (const auto& path : {channel.data(), channel.control()}) {
        const auto found = views_of(path);
        BOOST_TEST(found.mappings == "");
        BOOST_TEST(found.descriptors == "");
    }
}

BOOST_AUTO_TEST_CASE(a_refused_consumer_leaves_no_mapping_and_no_descriptor)
{
    const support::scratch_channel channel;
    samepage::producer<tick>{channel.name(), {.max_consumers = 1}};
    const samepage::bytes_producer other{channel.name() + "x"};
    samepage::remove_channel(channel.name() + "x");
    {
        const samepage::consumer<tick> only{channel.name()};
        for (int i = 0; i < 3; ++i) {
            refusal(errc::too_many_consumers, [&] { samepage::consumer<tick>{channel.name()}; });
        }
    }
    const auto found = views_of(channel.data());
    BOOST_TEST(found.mappings == "");
    BOOST_TEST(found.descriptors == "");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(another_user)

namespace {

bool is_root()
{
    if (::geteuid() == 0) {
        return true;
    }
    BOOST_TEST_MESSAGE("SKIPPED: only root can become another user");
    return false;
}

} // namespace

BOOST_AUTO_TEST_CASE(is_refused_everything_by_default)
{
    if (!is_root()) {
        return;
    }
    const support::scratch_channel channel;
    const samepage::producer<tick> made{channel.name()};
    support::child stranger{"tries_as_nobody", {channel.name()}};
    for (int i = 0; i < 3; ++i) {
        const std::string said = stranger.hear();
        BOOST_TEST(said.starts_with("permission denied: "), said);
        BOOST_TEST(said.find("samepage." + channel.name()) != std::string::npos, said);
    }
    BOOST_TEST(support::is_there(channel.data()));
}

BOOST_AUTO_TEST_CASE(may_consume_where_the_mode_admits_others)
{
    if (!is_root()) {
        return;
    }
    const support::scratch_channel channel;
    const samepage::producer<tick> made{channel.name(), {.mode = 0666}};
    support::child stranger{"tries_as_nobody", {channel.name()}};
    stranger.expect("allowed");
}

BOOST_AUTO_TEST_CASE(is_refused_where_the_mode_admits_reading_alone_since_a_consumer_writes_its_cursor)
{
    if (!is_root()) {
        return;
    }
    const support::scratch_channel channel;
    const samepage::producer<tick> made{channel.name(), {.mode = 0644}};
    support::child stranger{"tries_as_nobody", {channel.name()}};
    const std::string said = stranger.hear();
    BOOST_TEST(said.starts_with("permission denied: "), said);
    BOOST_TEST(said.find(channel.control().string()) != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(who_may_not_write_to_the_directory_is_told_of_the_directory)
{
    if (!is_root()) {
        return;
    }
    const support::scratch_directory place;
    fs::permissions(place.path(), fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
    support::child stranger{"creates_as_nobody_in", {place.path().string()}};
    const std::string said = stranger.hear();
    BOOST_TEST(said.starts_with("permission denied: "), said);
    BOOST_TEST(said.find(place.path().string()) != std::string::npos, said);
    BOOST_TEST(said.find("directory") != std::string::npos, said);
}

BOOST_AUTO_TEST_SUITE_END()
