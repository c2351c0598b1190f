// SPDX-License-Identifier: BSL-1.0
// ownership_locks_test.cpp: a lock byte says who lives: one holder, until it dies, however it dies.
#include "support/child.hpp"
#include "support/scratch.hpp"

#include <samepage/memory/ownership_locks.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using samepage::memory::ownership_locks;

namespace {

struct locked_file {
    support::scratch_directory place;
    std::string path = (place.path() / "locks").string();

    locked_file() { std::ofstream{path} << "x"; }
    [[nodiscard]] ownership_locks open() const { return ownership_locks{::open(path.c_str(), O_RDWR | O_CLOEXEC)}; }
};

} // namespace

SAMEPAGE_CHILD(keeps_a_lock)
{
    ownership_locks locks{::open(told.at(0).c_str(), O_RDWR | O_CLOEXEC)};
    support::require(locks.try_lock(5), "byte 5 is free");
    parent.say("locked");
    static_cast<void>(parent.hear());
}

BOOST_AUTO_TEST_SUITE(locks)

BOOST_AUTO_TEST_CASE(a_byte_has_one_holder_in_one_process_too)
{
    const locked_file file;
    auto one = file.open();
    auto other = file.open();
    BOOST_TEST(one.try_lock(5));
    BOOST_TEST(!other.try_lock(5));
    one.unlock(5);
    BOOST_TEST(other.try_lock(5));
}

BOOST_AUTO_TEST_CASE(bytes_are_independent)
{
    const locked_file file;
    auto one = file.open();
    auto other = file.open();
    BOOST_TEST(one.try_lock(5));
    BOOST_TEST(other.try_lock(4));
    BOOST_TEST(other.try_lock(6));
    BOOST_TEST(other.try_lock(1U << 20U)); // beyond the file's end
    one.unlock(4);                         // not ours
    BOOST_TEST(one.held_elsewhere(4));
}

BOOST_AUTO_TEST_CASE(only_others_count_as_elsewhere)
{
    const locked_file file;
    auto one = file.open();
    const auto other = file.open();
    BOOST_TEST(!other.held_elsewhere(5));
    BOOST_TEST(one.try_lock(5));
    BOOST_TEST(other.held_elsewhere(5));
    BOOST_TEST(!one.held_elsewhere(5));
}

BOOST_AUTO_TEST_CASE(closing_another_descriptor_of_the_file_drops_nothing)
{
    const locked_file file;
    auto one = file.open();
    BOOST_TEST(one.try_lock(5));
    {
        const auto other = file.open();
    }
    BOOST_TEST(file.open().held_elsewhere(5));
}

BOOST_AUTO_TEST_CASE(a_moved_holder_holds_on)
{
    const locked_file file;
    auto one = file.open();
    BOOST_TEST(one.try_lock(5));
    const auto moved = std::move(one);
    BOOST_TEST(file.open().held_elsewhere(5));
    BOOST_TEST(!moved.held_elsewhere(5));
}

BOOST_AUTO_TEST_CASE(a_killed_holder_holds_nothing_even_before_it_is_reaped)
{
    const locked_file file;
    support::child holder{"keeps_a_lock", {file.path}};
    holder.expect("locked");
    auto ours = file.open();
    BOOST_TEST(!ours.try_lock(5));
    holder.send(SIGKILL);
    siginfo_t ended{};
    BOOST_TEST_REQUIRE(::waitid(P_PID, static_cast<id_t>(holder.pid()), &ended, WEXITED | WNOWAIT) == 0);
    BOOST_TEST(ours.try_lock(5)); // it is a zombie still
}

BOOST_AUTO_TEST_CASE(a_stopped_holder_holds_on)
{
    const locked_file file;
    support::child holder{"keeps_a_lock", {file.path}};
    holder.expect("locked");
    holder.stop();
    BOOST_TEST(file.open().held_elsewhere(5));
}

BOOST_AUTO_TEST_CASE(abandoned_locks_do_nothing_any_more)
{
    const locked_file file;
    auto one = file.open();
    const int duplicate = ::dup(one.descriptor()); // as a parent has it
    BOOST_TEST(one.try_lock(5));
    one.abandon();
    one.abandon();
    BOOST_TEST(one.descriptor() == -1);
    BOOST_TEST(!one.try_lock(6));
    BOOST_TEST(one.held_elsewhere(6));
    one.unlock(5);
    BOOST_TEST(file.open().held_elsewhere(5));
    BOOST_TEST(!file.open().held_elsewhere(6));
    ::close(duplicate);
    BOOST_TEST(!file.open().held_elsewhere(5));
}

BOOST_AUTO_TEST_CASE(a_descriptor_that_is_none_counts_as_held)
{
    ownership_locks none{-1};
    BOOST_TEST(none.held_elsewhere(5));
    BOOST_TEST(!none.try_lock(5));
}

BOOST_AUTO_TEST_SUITE_END()
