// SPDX-License-Identifier: BSL-1.0
// bell_socket_test.cpp: a descriptor that another process makes readable, and that harms nobody who rings it.
#include "memory/bell_socket.hpp"
#include "support/child.hpp"
#include "support/denied_call.hpp"
#include "support/forked.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using samepage::errc;
using samepage::memory::bell_path;
using samepage::memory::bell_ringer;
using samepage::memory::bell_socket;
using samepage::memory::channel_place;
using samepage::memory::ringing;
using support::refusal;

bool readable(int descriptor, int limit_ms = 0)
{
    ::pollfd what{descriptor, POLLIN, 0};
    return ::poll(&what, 1, limit_ms) == 1 && (what.revents & POLLIN) != 0;
}

std::string in_words(ringing what)
{
    switch (what) {
    case ringing::heard: return "heard";
    case ringing::nobody: return "nobody";
    case ringing::failed: return "failed";
    }
    return "?";
}

std::string ring_once(const fs::path& path)
{
    return in_words(bell_ringer{}.ring(path));
}

/// The place of a channel that has no files: a bell needs none.
struct bell_place {
    support::scratch_directory directory;
    channel_place channel{"test", "a", directory.path()};
    fs::path path = bell_path(channel, 7);
};

::mode_t mode_of(const fs::path& path)
{
    struct ::stat found {};
    return ::lstat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

/// A umask while it lives.
class masked {
public:
    explicit masked(::mode_t mask) : before_(::umask(mask)) {}
    masked(const masked&) = delete;
    masked& operator=(const masked&) = delete;
    ~masked() { ::umask(before_); }

private:
    ::mode_t before_;
};

void become_nobody()
{
    constexpr ::uid_t nobody = 65534;
    support::require(::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
                         ::setresuid(nobody, nobody, nobody) == 0,
                     "root can become nobody");
}

} // namespace

// Sleeps at a bell: told the directory and the channel.
SAMEPAGE_CHILD(sleeps_at_a_bell)
{
    const channel_place place{"test", told.at(1), told.at(0)};
    bell_socket bell{place, 7, 0600};
    parent.say("ready");
    for (;;) {
        const std::string wish = parent.hear();
        if (wish == "sleep") {
            support::require(readable(bell.descriptor(), -1), "a wake");
            parent.say("woken");
        } else if (wish == "drain") {
            bell.drain();
            parent.say(readable(bell.descriptor()) ? "readable" : "quiet");
        } else {
            return;
        }
    }
}

SAMEPAGE_CHILD(rings)
{
    bell_ringer ringer;
    for (std::string path = parent.hear(); !path.empty(); path = parent.hear()) {
        parent.say(in_words(ringer.ring(path)));
    }
}

SAMEPAGE_CHILD(rings_as_nobody)
{
    become_nobody();
    parent.say(ring_once(told.at(0)));
}

SAMEPAGE_CHILD(makes_a_bell_as_nobody)
{
    become_nobody();
    try {
        const bell_socket bell{{"test", "a", told.at(0)}, 7, 0600};
        parent.say("allowed");
    } catch (const samepage::error& fault) {
        parent.say(fault.code().message() + ": " + fault.what());
    }
}

SAMEPAGE_CHILD(rings_without_descriptors)
{
    bell_ringer ringer;
    const int lowest = ::dup(0);
    ::close(lowest);
    for (const ::rlim_t left : {0U, 1U}) { // for the bell's own, for the ringer's socket
        const ::rlimit few{static_cast<::rlim_t>(lowest) + left, static_cast<::rlim_t>(lowest) + 1};
        support::require(::setrlimit(RLIMIT_NOFILE, &few) == 0, "the limit is set");
        parent.say(in_words(ringer.ring(told.at(0))));
    }
}

SAMEPAGE_CHILD(dies_before_the_bell_has_its_name)
{
    const ::rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    support::die_at_call(SYS_renameat);
    const bell_socket bell{{"test", "a", told.at(0)}, 7, 0600};
    parent.say("alive");
}

SAMEPAGE_CHILD(cannot_give_the_bell_its_name)
{
    support::deny_call(SYS_renameat, EROFS);
    try {
        const bell_socket bell{{"test", "a", told.at(0)}, 7, 0600};
        parent.say("allowed");
    } catch (const samepage::error& fault) {
        parent.say(fault.code().message() + ": " + fault.what());
    }
}

BOOST_AUTO_TEST_SUITE(bells)

BOOST_AUTO_TEST_CASE(a_ring_wakes_another_process_that_polls)
{
    const bell_place at;
    support::child sleeper{"sleeps_at_a_bell", {at.directory.path().string(), "a"}};
    sleeper.expect("ready");
    bell_ringer ringer;
    for (int i = 0; i < 3; ++i) {
        sleeper.say("sleep");
        BOOST_TEST(in_words(ringer.ring(at.path)) == "heard");
        sleeper.expect("woken");
        sleeper.say("drain");
        BOOST_TEST(sleeper.hear() == "quiet");
    }
}

BOOST_AUTO_TEST_CASE(rings_of_many_processes_are_one_wake)
{
    const bell_place at;
    bell_socket bell{at.channel, 7, 0600};
    BOOST_TEST(!readable(bell.descriptor()));
    support::child one{"rings"};
    support::child other{"rings"};
    for (int i = 0; i < 20; ++i) {
        for (auto* const ringer : {&one, &other}) {
            ringer->say(at.path.string());
            BOOST_TEST(ringer->hear() == "heard");
        }
    }
    BOOST_TEST(readable(bell.descriptor()));
    bell.drain();
    BOOST_TEST(!readable(bell.descriptor()));
    one.say(at.path.string());
    BOOST_TEST(one.hear() == "heard");
    BOOST_TEST(readable(bell.descriptor()));
}

BOOST_AUTO_TEST_CASE(a_full_bell_is_heard_and_its_ringer_never_waits)
{
    const bell_place at;
    bell_socket bell{at.channel, 7, 0600};
    bell_ringer ringer;
    for (int i = 0; i < 3000; ++i) { // more than any queue holds; the watchdog ends a wait
        BOOST_TEST_REQUIRE(in_words(ringer.ring(at.path)) == "heard");
    }
    BOOST_TEST(readable(bell.descriptor()));
    bell.drain();
    BOOST_TEST(!readable(bell.descriptor()));
}

BOOST_AUTO_TEST_CASE(rings_that_others_leave_lying_do_not_use_up_the_ringers_buffer)
{
    const bell_place at;
    std::vector<std::unique_ptr<bell_socket>> bells;
    bell_ringer ringer;
    for (unsigned slot = 0; slot < 64; ++slot) { // 8 rings fit into each queue, and 64 times 8 into no buffer
        bells.push_back(std::make_unique<bell_socket>(at.channel, slot, 0600));
        for (int i = 0; i < 8; ++i) {
            BOOST_TEST_REQUIRE(in_words(ringer.ring(bell_path(at.channel, slot))) == "heard");
        }
        BOOST_TEST(readable(bells.back()->descriptor()), "bell " << slot);
    }
}

BOOST_AUTO_TEST_CASE(nobody_hears_the_bell_of_a_killed_sleeper_until_a_successor_takes_its_place)
{
    const bell_place at;
    support::child sleeper{"sleeps_at_a_bell", {at.directory.path().string(), "a"}};
    sleeper.expect("ready");
    bell_ringer ringer;
    BOOST_TEST(in_words(ringer.ring(at.path)) == "heard");
    sleeper.kill();
    BOOST_TEST(support::is_there(at.path));
    BOOST_TEST(in_words(ringer.ring(at.path)) == "nobody");
    {
        const bell_socket successor{at.channel, 7, 0600};
        BOOST_TEST(in_words(ringer.ring(at.path)) == "heard");
        BOOST_TEST(readable(successor.descriptor()));
    }
    BOOST_TEST(at.directory.listing() == "");
    BOOST_TEST(in_words(ringer.ring(at.path)) == "nobody");
}

BOOST_AUTO_TEST_CASE(a_stopped_sleeper_hears_when_it_goes_on)
{
    const bell_place at;
    support::child sleeper{"sleeps_at_a_bell", {at.directory.path().string(), "a"}};
    sleeper.expect("ready");
    sleeper.say("sleep");
    sleeper.stop();
    BOOST_TEST(ring_once(at.path) == "heard"); // the ringer's socket is closed before it is heard
    sleeper.go_on();
    sleeper.expect("woken");
}

BOOST_AUTO_TEST_CASE(what_is_no_bell_is_rung_in_vain_and_a_link_leads_nowhere)
{
    const bell_place at;
    const bell_socket elsewhere{at.channel, 8, 0600};
    BOOST_TEST(ring_once(at.path) == "nobody");
    BOOST_TEST(ring_once(at.directory.path() / "no" / "directory") == "nobody");

    fs::create_symlink(bell_path(at.channel, 8), at.path);
    BOOST_TEST(ring_once(at.path) == "nobody");
    BOOST_TEST(!readable(elsewhere.descriptor()));
    fs::remove(at.path);

    std::ofstream{at.path} << "x";
    BOOST_TEST(ring_once(at.path) == "nobody");
    fs::remove(at.path);

    fs::create_directory(at.path);
    BOOST_TEST(ring_once(at.path) == "nobody");
    fs::remove(at.path);

    const int stream = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    at.path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::bind(stream, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
    BOOST_TEST(ring_once(at.path) == "nobody");
    ::close(stream);
}

BOOST_AUTO_TEST_CASE(names_and_directories_may_be_longer_than_a_sockets_address)
{
    const support::scratch_directory directory;
    fs::path deep = directory.path();
    for (int i = 0; i < 4; ++i) {
        deep /= std::string(200, static_cast<char>('a' + i));
    }
    fs::create_directories(deep);
    const std::string name(200, 'n'); // the longest that a channel may have
    support::child sleeper{"sleeps_at_a_bell", {deep.string(), name}};
    sleeper.expect("ready");
    sleeper.say("sleep");
    const fs::path path = bell_path({"test", name, deep}, 7);
    BOOST_TEST(ring_once(path) == "heard");
    sleeper.expect("woken");
    sleeper.say("end");
    BOOST_TEST(sleeper.wait() == support::ended_well);
    BOOST_TEST(fs::is_empty(deep));
}

BOOST_AUTO_TEST_CASE(bells_of_like_names_are_apart)
{
    const support::scratch_directory directory;
    const channel_place one{"test", "a", directory.path()};
    const channel_place other{"test", "b", directory.path()};
    const bell_socket bell{one, 1, 0600};
    const bell_socket same_slot{other, 1, 0600};
    const bell_socket same_channel{one, 2, 0600};
    BOOST_TEST(directory.listing() == "samepage.a.bell.1 samepage.a.bell.2 samepage.b.bell.1");
    BOOST_TEST(ring_once(bell_path(one, 1)) == "heard");
    BOOST_TEST(readable(bell.descriptor()));
    BOOST_TEST(!readable(same_slot.descriptor()));
    BOOST_TEST(!readable(same_channel.descriptor()));
}

BOOST_AUTO_TEST_CASE(the_mode_is_as_told_whatever_the_umask)
{
    const bell_place at;
    for (const ::mode_t mask : {0U, 022U, 0777U}) {
        const masked by{mask};
        for (const ::mode_t mode : {0600U, 0660U, 0666U}) {
            const bell_socket bell{at.channel, 7, mode};
            BOOST_TEST(mode_of(at.path) == mode);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_descriptor_is_close_on_exec_and_does_not_block)
{
    const bell_place at;
    bell_socket bell{at.channel, 7, 0600};
    BOOST_TEST((::fcntl(bell.descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
    BOOST_TEST((::fcntl(bell.descriptor(), F_GETFL) & O_NONBLOCK) != 0);
    bell.drain(); // nothing there: returns
    BOOST_TEST(!readable(bell.descriptor()));
}

BOOST_AUTO_TEST_CASE(a_bell_takes_away_its_own_file_and_not_its_successors)
{
    const bell_place at;
    auto first = std::make_unique<bell_socket>(at.channel, 7, 0600);
    auto second = std::make_unique<bell_socket>(at.channel, 7, 0600);
    first.reset();
    BOOST_TEST(ring_once(at.path) == "heard");
    BOOST_TEST(readable(second->descriptor()));
    second.reset();
    BOOST_TEST(!support::is_there(at.path));
}

BOOST_AUTO_TEST_CASE(a_bell_abandoned_in_the_child_of_a_fork_stays_the_parents)
{
    const bell_place at;
    std::optional<bell_socket> bell;
    bell.emplace(at.channel, 7, 0600U);
    support::forked child{[&] {
        bell->abandon();
        const bool closed = bell->descriptor() == -1;
        bell->drain();
        bell.reset();
        return closed && support::is_there(at.path) ? 0 : 1;
    }};
    BOOST_TEST(child.wait() == 0);
    BOOST_TEST(ring_once(at.path) == "heard");
    BOOST_TEST(readable(bell->descriptor()));
}

BOOST_AUTO_TEST_CASE(what_a_sleeper_leaves_who_dies_half_way_its_successor_clears_away)
{
    const bell_place at;
    support::child unlucky{"dies_before_the_bell_has_its_name", {at.directory.path().string()}};
    BOOST_TEST(unlucky.wait() == support::killed_by(SIGSYS));
    BOOST_TEST(at.directory.listing() != "");
    BOOST_TEST(!support::is_there(at.path));
    const bell_socket successor{at.channel, 7, 0600};
    BOOST_TEST(at.directory.listing() == at.path.filename().string());
}

BOOST_AUTO_TEST_CASE(a_bell_that_gets_no_name_leaves_nothing_and_says_so)
{
    const bell_place at;
    support::child denied{"cannot_give_the_bell_its_name", {at.directory.path().string()}};
    const std::string said = denied.hear();
    BOOST_TEST(said.starts_with("permission denied: "), said);
    BOOST_TEST(said.find(at.path.string()) != std::string::npos, said);
    BOOST_TEST(at.directory.listing() == "");
}

BOOST_AUTO_TEST_CASE(anything_but_a_socket_at_its_name_is_refused_and_left_alone)
{
    const bell_place at;
    for (const auto& put : std::vector<std::pair<const char*, void (*)(const fs::path&)>>{
             {"a regular file", [](const fs::path& path) { std::ofstream{path} << "x"; }},
             {"a directory", [](const fs::path& path) { fs::create_directory(path); }},
             {"a symbolic link", [](const fs::path& path) { fs::create_symlink("nowhere", path); }}}) {
        put.second(at.path);
        const auto fault = refusal(errc::not_a_channel, [&] { const bell_socket bell{at.channel, 7, 0600}; });
        BOOST_TEST(support::says(fault, at.path.string()));
        BOOST_TEST(fault.parts().found == put.first);
        BOOST_TEST(at.directory.listing() == at.path.filename().string());
        fs::remove(at.path);
    }
}

BOOST_AUTO_TEST_CASE(a_bell_without_its_directory_is_an_error_that_names_it)
{
    const support::scratch_directory directory;
    const auto missing = directory.path() / "missing";
    const auto fault = refusal(errc::not_found, [&] { const bell_socket bell{{"test", "a", missing}, 7, 0600}; });
    BOOST_TEST(support::says(fault, missing.string()));
}

BOOST_AUTO_TEST_CASE(a_ringer_without_descriptors_knows_that_it_was_not_heard)
{
    const bell_place at;
    const bell_socket bell{at.channel, 7, 0600};
    support::child ringer{"rings_without_descriptors", {at.path.string()}};
    BOOST_TEST(ringer.hear() == "failed");
    BOOST_TEST(ringer.hear() == "failed");
    BOOST_TEST(!readable(bell.descriptor()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(another_user)

BOOST_AUTO_TEST_CASE(rings_where_the_mode_admits_it_and_knows_where_not)
{
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("SKIPPED: only root can become another user");
        return;
    }
    const bell_place at;
    {
        const bell_socket bell{at.channel, 7, 0600};
        support::child stranger{"rings_as_nobody", {at.path.string()}};
        BOOST_TEST(stranger.hear() == "failed");
        BOOST_TEST(!readable(bell.descriptor()));
    }
    const bell_socket bell{at.channel, 7, 0666};
    support::child stranger{"rings_as_nobody", {at.path.string()}};
    BOOST_TEST(stranger.hear() == "heard");
    BOOST_TEST(readable(bell.descriptor()));
}

BOOST_AUTO_TEST_CASE(who_may_not_write_to_the_directory_gets_no_bell_there)
{
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("SKIPPED: only root can become another user");
        return;
    }
    const bell_place at;
    support::child stranger{"makes_a_bell_as_nobody", {at.directory.path().string()}};
    const std::string said = stranger.hear();
    BOOST_TEST(said.starts_with("permission denied: "), said);
    BOOST_TEST(said.find(at.directory.path().string()) != std::string::npos, said);
}

BOOST_AUTO_TEST_SUITE_END()
