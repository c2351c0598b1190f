// SPDX-License-Identifier: BSL-1.0
// users_test.cpp: a producer under one user, consumers under others, by real ids.
#include "support/child.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"
#include "support/users.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using samepage::errc;
using samepage::lossless_for;
using support::refusal;
using support::says;
using support::tick;

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Ids that no account has; a kernel needs none.
constexpr ::uid_t maker = 42'001;
constexpr ::uid_t member = 42'002;   ///< of the group, by a supplementary one
constexpr ::uid_t native = 42'003;   ///< of the group, by its own
constexpr ::uid_t stranger = 42'004; ///< of another group
constexpr ::gid_t shared = 43'001;
constexpr ::gid_t other = 43'002;

void become(::uid_t user)
{
    switch (user) {
    case maker: support::become(maker, other, {shared}); break;
    case member: support::become(member, other, {other, shared}); break;
    case native: support::become(native, shared); break;
    default: support::become(user, other); break;
    }
}

std::string word_for(const samepage::error& fault)
{
    return fault.code().message() + ": " + fault.what();
}

template <class Call>
std::string attempt(Call&& call)
{
    try {
        call();
        return "allowed";
    } catch (const samepage::error& fault) {
        return word_for(fault);
    }
}

} // namespace

// A producer under `maker`: told the channel, both modes, who may be lossless, and the group.
SAMEPAGE_CHILD(produces_for_others)
{
    become(maker);
    ::umask(077);
    const auto mode = [&](std::size_t which) { return static_cast<::mode_t>(std::stoul(told.at(which), nullptr, 8)); };
    const auto whom = static_cast<lossless_for>(std::stoul(told.at(3)));
    const auto group = static_cast<::gid_t>(std::stoul(told.at(4)));
    samepage::producer<tick> to{told.at(0),
                                {.lossless = whom, .mode = mode(1), .control_mode = mode(2), .group = group}};
    parent.say("made");
    for (std::uint64_t number = 0; parent.hear() == "publish"; ++number) {
        auto slot = to.loan();
        *slot = support::tick_of(number);
        slot.publish();
        parent.say("published");
    }
}

// Under another user: what it is asked to try, until "end".
SAMEPAGE_CHILD(tries_as_another)
{
    become(static_cast<::uid_t>(std::stoul(told.at(0))));
    const std::string& name = told.at(1);
    for (std::string what; (what = parent.hear()) != "end";) {
        if (what == "lossless" || what == "lossy") {
            const auto wants = what == "lossy" ? samepage::demand::lossy : samepage::demand::lossless;
            parent.say(attempt([&] { samepage::consumer<tick>{name, {.wants = wants}}; }));
        } else if (what == "group") {
            parent.say(attempt([&] { samepage::consumer<tick>{name, {.group = "workers"}}; }));
        } else if (what == "produce") {
            parent.say(attempt([&] { samepage::producer<tick>{name}; }));
        } else if (what == "write") {
            const int file = ::open(("/dev/shm/samepage." + name + ".data").c_str(), O_RDWR | O_CLOEXEC);
            parent.say(file == -1 && errno == EACCES ? "refused" : "opened");
        } else if (what == "take") {
            samepage::consumer<tick> from{name, {.from = samepage::start::oldest}};
            parent.say("joined");
            const auto batch = from.take();
            parent.say(batch && support::whole(batch.front()) ? "whole" : "nothing");
        } else if (what == "wait") {
            samepage::consumer<tick> from{name};
            static_cast<void>(from.native_handle());
            parent.say("waits");
            static_cast<void>(parent.hear());
        }
    }
}

SAMEPAGE_CHILD(gives_a_group_that_is_not_its_own)
{
    become(stranger);
    parent.say(attempt([&] { samepage::producer<tick>{told.at(0), {.mode = 0660, .group = shared}}; }));
}

BOOST_AUTO_TEST_SUITE(users)

namespace {

/// A channel of `maker`'s, and those who try something with it.
struct deployment {
    support::scratch_channel channel{};
    support::child producer;

    explicit deployment(const char* mode, const char* control_mode, lossless_for whom = lossless_for::everyone)
        : producer("produces_for_others", {channel.name(), mode, control_mode,
                                           std::to_string(static_cast<unsigned>(whom)), std::to_string(shared)})
    {
        producer.expect("made");
    }

    [[nodiscard]] std::string tries(::uid_t user, const std::string& what) const
    {
        support::child one{"tries_as_another", {std::to_string(user), channel.name()}};
        one.say(what);
        std::string said = one.hear();
        one.say("end");
        return said.substr(0, said.find(':'));
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_group_consumes_and_neither_produces_nor_writes_the_data_and_others_are_kept_out)
{
    if (!support::is_root()) {
        return;
    }
    deployment all{"0640", "0660"};
    for (const ::uid_t user : {member, native}) {
        support::child one{"tries_as_another", {std::to_string(user), all.channel.name()}};
        one.say("take");
        one.expect("joined");
        all.producer.say("publish");
        all.producer.expect("published");
        one.expect("whole");
        one.say("write");
        one.expect("refused");
        one.say("end");
        BOOST_TEST(all.tries(user, "produce") == "permission denied");
    }
    BOOST_TEST(all.tries(stranger, "lossless") == "permission denied");
    BOOST_TEST(all.tries(stranger, "lossy") == "permission denied");
    BOOST_TEST(all.tries(stranger, "write") == "refused");
    struct ::stat data {};
    struct ::stat control {};
    BOOST_TEST_REQUIRE(::stat(all.channel.data().c_str(), &data) == 0);
    BOOST_TEST_REQUIRE(::stat(all.channel.control().c_str(), &control) == 0);
    for (const auto& each : {data, control}) {
        BOOST_TEST(each.st_uid == maker);
        BOOST_TEST(each.st_gid == shared);
    }
    BOOST_TEST((data.st_mode & 07777U) == 0640U); // whatever the umask
    BOOST_TEST((control.st_mode & 07777U) == 0660U);
}

BOOST_AUTO_TEST_CASE(with_write_permission_for_the_group_its_members_produce)
{
    if (!support::is_root()) {
        return;
    }
    const deployment all{"0660", "0660"};
    BOOST_TEST(all.tries(member, "produce") == "allowed");
    BOOST_TEST(all.tries(stranger, "produce") == "permission denied");
}

BOOST_AUTO_TEST_CASE(each_class_may_be_lossless_where_the_creator_allowed_it_and_lossy_in_any_case)
{
    if (!support::is_root()) {
        return;
    }
    struct expectation {
        lossless_for whom;
        bool owner, group, others;
    };
    for (const auto& each :
         {expectation{lossless_for::nobody, false, false, false}, expectation{lossless_for::owner, true, false, false},
          expectation{lossless_for::group, true, true, false}, expectation{lossless_for::everyone, true, true, true}}) {
        const deployment all{"0644", "0666", each.whom};
        BOOST_TEST_CONTEXT("class " << static_cast<unsigned>(each.whom))
        {
            for (const char* const what : {"lossless", "group"}) {
                BOOST_TEST((all.tries(maker, what) == "allowed") == each.owner);
                BOOST_TEST((all.tries(member, what) == "allowed") == each.group);
                BOOST_TEST((all.tries(native, what) == "allowed") == each.group);
                BOOST_TEST((all.tries(stranger, what) == "allowed") == each.others);
            }
            for (const ::uid_t user : {maker, member, native, stranger}) {
                BOOST_TEST(all.tries(user, "lossy") == "allowed");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(who_is_refused_as_lossless_is_told_who_is_not)
{
    if (!support::is_root()) {
        return;
    }
    const deployment all{"0644", "0666", lossless_for::group};
    support::child one{"tries_as_another", {std::to_string(stranger), all.channel.name()}};
    one.say("lossless");
    const std::string said = one.hear();
    BOOST_TEST_MESSAGE("    " << said);
    BOOST_TEST(said.starts_with("permission denied"), said);
    BOOST_TEST(said.find("group " + std::to_string(shared)) != std::string::npos, said);
    BOOST_TEST(said.find("user " + std::to_string(stranger)) != std::string::npos, said);
    BOOST_TEST(said.find("demand::lossy") != std::string::npos, said);
    one.say("end");
}

BOOST_AUTO_TEST_CASE(a_group_that_is_not_the_creators_is_refused_with_those_that_are_and_nothing_is_left)
{
    if (!support::is_root()) {
        return;
    }
    const support::scratch_channel channel;
    support::child one{"gives_a_group_that_is_not_its_own", {channel.name()}};
    const std::string said = one.hear();
    BOOST_TEST_MESSAGE("    " << said);
    BOOST_TEST(said.starts_with("permission denied"), said);
    BOOST_TEST(said.find(std::to_string(shared) + ", which is none of " + std::to_string(other)) != std::string::npos,
               said);
    BOOST_TEST(!support::is_there(channel.data()));
    BOOST_TEST(!support::is_there(channel.control()));
}

BOOST_AUTO_TEST_CASE(the_bell_of_a_consumer_under_another_user_is_the_groups_so_that_the_producer_may_ring)
{
    if (!support::is_root()) {
        return;
    }
    const deployment all{"0640", "0660"};
    support::child one{"tries_as_another", {std::to_string(member), all.channel.name()}};
    one.say("wait");
    one.expect("waits");
    struct ::stat bell {};
    BOOST_TEST_REQUIRE(::lstat(("/dev/shm/samepage." + all.channel.name() + ".bell.0").c_str(), &bell) == 0);
    BOOST_TEST(bell.st_uid == member);
    BOOST_TEST(bell.st_gid == shared);
    BOOST_TEST((bell.st_mode & 0777U) == 0660U);
    one.say("enough");
    one.say("end");
    BOOST_TEST(one.wait() == support::ended_well);
}

BOOST_AUTO_TEST_SUITE_END()
