// SPDX-License-Identifier: BSL-1.0
// change_corners_test.cpp: changes of a channel that meet somebody at a bad moment, or ask for what is not there.
#include "process/kinds.hpp"
#include "support/mapped.hpp"
#include "support/pages.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/remove_consumer.hpp>
#include <samepage/ring/remove_dead.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace std::chrono_literals;
using samepage::change_channel;
using samepage::demand;
using samepage::errc;
using samepage::outcome;
using samepage::start;
using support::refusal;
using support::tick;

namespace {

constexpr std::size_t small = std::size_t{1} << 14U;
constexpr std::size_t large = std::size_t{1} << 18U;

using tick_producer = samepage::producer<tick>;
using tick_consumer = samepage::consumer<tick>;

bool publish(tick_producer& to)
{
    auto slot = to.loan_for(10ms);
    if (!slot) {
        return false;
    }
    *slot = support::tick_of(to.next_number());
    slot.publish();
    return true;
}

/// Calls `what` in a thread of its own again and again, until it goes.
class meanwhile {
public:
    template <class What>
    explicit meanwhile(What what)
        : thread_([this, what]() mutable {
              while (!done_) {
                  what();
              }
          })
    {
    }
    meanwhile(const meanwhile&) = delete;
    meanwhile& operator=(const meanwhile&) = delete;
    ~meanwhile()
    {
        done_ = true;
        thread_.join();
    }

private:
    std::atomic<bool> done_{false};
    std::thread thread_;
};

template <class What>
void again_and_again_for(std::chrono::milliseconds span, What what)
{
    for (const auto end = std::chrono::steady_clock::now() + span; std::chrono::steady_clock::now() < end;) {
        what();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(corners_of_a_change)

BOOST_AUTO_TEST_CASE(a_cursor_far_below_the_ring_does_not_lead_the_mover_out_of_it)
{
    // One that joined long ago by its page, and has not looked at the horizon yet.
    const support::scratch_channel channel;
    tick_producer to{channel.name(), {.capacity_bytes = small, .max_producers = 1}};
    const support::pages pages{to.info()};
    samepage::memory::ownership_locks joiner{::open(channel.control().c_str(), O_RDWR | O_CLOEXEC)};
    BOOST_REQUIRE(joiner.try_lock(samepage::ring::lock_byte::consumer));
    while (to.next_number() * sizeof(tick) < 12 * small) {
        BOOST_REQUIRE(publish(to));
    }
    reinterpret_cast<samepage::ring::cell_words<samepage::hardware_atomics>*>(pages.cells())->cursor.store(0);
    pages.control().joined.fetch_or(1);
    change_channel(channel.name(), {.capacity_bytes = large});
    while (to.info().capacity_bytes == small && publish(to)) {
    }
    BOOST_TEST(to.info().capacity_bytes == large);
    pages.control().joined.fetch_and(~std::uint64_t{1});
    tick_consumer oldest{channel.name(), {.from = start::oldest}};
    support::follower with;
    while (auto batch = oldest.try_take()) {
        process::dense::follow(batch, with);
    }
    BOOST_TEST(with.next() == to.next_number());
}

BOOST_AUTO_TEST_CASE(who_succeeds_one_that_died_before_it_moved_moves)
{
    const support::scratch_channel channel;
    auto to = std::make_unique<tick_producer>(channel.name(), samepage::channel_options{.capacity_bytes = small});
    const support::pages pages{to->info()};
    publish(*to);
    change_channel(channel.name(), {.capacity_bytes = large});
    pages.lane().wanted_ring.fetch_or(samepage::ring::ring_place::taken_up);
    to.reset();
    to = std::make_unique<tick_producer>(channel.name());
    while (to->next_number() * sizeof(tick) < 4 * small) {
        BOOST_REQUIRE(publish(*to));
    }
    BOOST_TEST(to->info().capacity_bytes == large);
}

BOOST_AUTO_TEST_CASE(what_one_that_is_gone_was_to_have_goes_back_and_who_succeeds_it_has_what_is_wanted_then)
{
    const support::scratch_channel channel;
    auto to = std::make_unique<tick_producer>(channel.name(), samepage::channel_options{.capacity_bytes = small});
    publish(*to);
    const auto before = support::taken_by(channel.data());
    change_channel(channel.name(), {.capacity_bytes = large});
    BOOST_TEST(support::taken_by(channel.data()) >= before + large);
    to.reset(); // without a look at what it was asked
    change_channel(channel.name(), {.capacity_bytes = 2 * large});
    BOOST_TEST(support::taken_by(channel.data()) == before); // no ring for nobody
    to = std::make_unique<tick_producer>(channel.name());
    while (to->next_number() * sizeof(tick) < 4 * small) {
        BOOST_REQUIRE(publish(*to));
    }
    BOOST_TEST(to->info().capacity_bytes == 2 * large);
}

BOOST_AUTO_TEST_CASE(who_succeeds_one_that_died_before_it_told_of_the_move_tells)
{
    const support::scratch_channel channel;
    auto to =
        std::make_unique<samepage::bytes_producer>(channel.name(), samepage::channel_options{.capacity_bytes = small});
    const support::pages pages{to->info()};
    samepage::bytes_consumer from{channel.name()};
    const auto old_ring = to->info().ring_offset_bytes;
    to->try_loan(100).publish();
    change_channel(channel.name(), {.capacity_bytes = large});
    to->try_loan(14000).discard(); // moves, and publishes nothing
    BOOST_REQUIRE(to->info().capacity_bytes == large);
    const std::uint64_t nothing = 0;
    support::overwrite(channel.data(), old_ring + pages.lane().moved_at.load(), &nothing, sizeof nothing);
    BOOST_TEST(from.try_take().size() == 1U);
    to.reset();
    to = std::make_unique<samepage::bytes_producer>(channel.name());
    to->try_loan(100).publish();
    BOOST_TEST(from.try_take().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_record_that_fits_the_larger_ring_alone_brings_it)
{
    const support::scratch_channel channel;
    samepage::bytes_producer to{channel.name(), {.capacity_bytes = small}};
    BOOST_TEST(to.try_loan(20000).why() == outcome::too_large);
    change_channel(channel.name(), {.capacity_bytes = large});
    BOOST_TEST(!!to.try_loan(20000));
    tick_producer ticks{channel.name() + "-ticks", {.capacity_bytes = small}};
    BOOST_TEST(ticks.try_loan(1000).why() == outcome::too_large);
    change_channel(channel.name() + "-ticks", {.capacity_bytes = large});
    BOOST_TEST(!!ticks.try_loan(1000));
    ::unlink(ticks.info().data_path.c_str());
    ::unlink(ticks.info().control_path.c_str());
}

BOOST_AUTO_TEST_CASE(a_loan_that_grew_too_large_fits_the_next_time)
{
    const support::scratch_channel channel;
    samepage::bytes_producer to{channel.name(), {.capacity_bytes = small}};
    change_channel(channel.name(), {.capacity_bytes = large});
    const auto attempt = [&] {
        auto loan = to.try_loan(100);
        BOOST_REQUIRE(loan);
        return to.try_grow(loan, 20000);
    };
    if (attempt() != outcome::ok) {
        BOOST_TEST(attempt() == outcome::ok);
    }
}

BOOST_AUTO_TEST_CASE(a_loan_that_grows_sees_at_once_that_consumers_may_be_lossless)
{
    const support::scratch_channel channel;
    samepage::bytes_producer to{channel.name(), {.capacity_bytes = large, .lossless = false}};
    for (int i = 0; i != 200; ++i) {
        auto loan = to.try_loan(1024);
        BOOST_REQUIRE(loan);
        std::memset(loan.data(), i, loan.size());
        loan.publish();
    }
    auto growing = to.try_loan(512);
    BOOST_REQUIRE(growing);
    change_channel(channel.name(), {.lossless = true});
    samepage::bytes_consumer from{channel.name(), {.from = start::oldest}};
    auto first = from.try_take(1);
    BOOST_REQUIRE(first);
    const auto was = first.front()[0];
    BOOST_TEST(to.try_grow(growing, 200000) == outcome::full);
    std::memset(growing.data(), 0xee, growing.size());
    growing.publish();
    BOOST_TEST((was == first.front()[0]));
}

BOOST_AUTO_TEST_CASE(who_always_holds_something_lets_the_old_ring_go)
{
    for (const char* const group : {"", "workers"}) {
        const support::scratch_channel channel;
        tick_producer to{channel.name(), {.capacity_bytes = small, .max_producers = 1}};
        tick_consumer from{channel.name(), {.group = group, .held = 2}};
        publish(to);
        auto held = from.take(1);
        const meanwhile publishing{[&] { publish(to); }};
        const meanwhile taking{[&] {
            if (auto next = from.take_for(100ms, 4)) {
                held = std::move(next);
            }
        }};
        for (const std::size_t capacity : {large, small, 2 * large}) {
            BOOST_TEST(change_channel(channel.name(), {.capacity_bytes = capacity, .wait_for_producers = 20s}) == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_long_record_held_in_the_ring_before_stops_nobody_in_a_smaller_one)
{
    const support::scratch_channel channel;
    samepage::bytes_producer to{channel.name(), {.capacity_bytes = large}};
    samepage::bytes_consumer from{channel.name(), {.wants = demand::lossy}};
    to.try_loan(100'000).publish();
    const auto held = from.try_take(1);
    BOOST_REQUIRE(held);
    change_channel(channel.name(), {.capacity_bytes = small});
    for (int i = 0; i != 5000; ++i) {
        auto loan = to.try_loan(100);
        BOOST_REQUIRE(loan);
        loan.publish();
    }
    BOOST_TEST(to.info().capacity_bytes == small);
}

BOOST_AUTO_TEST_CASE(who_waits_where_the_lane_was_left_is_not_told_of_records_that_are_not_there)
{
    const support::scratch_channel channel;
    samepage::bytes_producer to{channel.name(), {.capacity_bytes = small}};
    samepage::bytes_consumer from{channel.name()};
    to.try_loan(100).publish();
    while (from.try_take()) {
    }
    change_channel(channel.name(), {.capacity_bytes = large});
    to.try_loan(14000).discard(); // moves, and publishes nothing
    BOOST_REQUIRE(to.info().capacity_bytes == large);
    BOOST_TEST(from.arm());
    from.disarm();
    to.try_loan(100).publish();
    BOOST_TEST(from.try_take().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_refused_change_has_changed_nothing)
{
    const support::scratch_channel channel;
    {
        tick_producer to{channel.name(), {.capacity_bytes = small}};
        refusal(errc::no_space,
                [&] { change_channel(channel.name(), {.capacity_bytes = std::size_t{1} << 39U, .lossless = false}); });
        const tick_consumer from{channel.name()}; // lossless
    }
    // Nor where nobody is there who needs the room.
    refusal(errc::no_space, [&] { change_channel(channel.name(), {.capacity_bytes = std::size_t{1} << 39U}); });
    tick_producer again{channel.name()};
    BOOST_TEST(publish(again));
}

BOOST_AUTO_TEST_CASE(whoever_starts_while_a_change_is_refused_heeds_the_consumer)
{
    const support::scratch_channel channel;
    const tick_producer keeps{channel.name(), {.capacity_bytes = small, .max_producers = 2}};
    tick_consumer from{channel.name()};
    const meanwhile refused{[&] {
        try {
            change_channel(channel.name(), {.lossless = false});
        } catch (const samepage::error&) {
        }
    }};
    again_and_again_for(1500ms, [&] {
        tick_producer to{channel.name()};
        const auto begin = to.next_number();
        while (publish(to)) {
            BOOST_REQUIRE(to.next_number() - begin <= small / sizeof(tick));
        }
        while (from.try_take()) {
        }
    });
}

BOOST_AUTO_TEST_CASE(entering_a_group_while_a_lane_moves_is_no_damage)
{
    const support::scratch_channel channel;
    tick_producer to{channel.name(), {.capacity_bytes = small, .max_producers = 1}};
    const meanwhile publishing{[&] { publish(to); }};
    const meanwhile changing{[&, larger = false]() mutable {
        larger = !larger;
        change_channel(channel.name(), {.capacity_bytes = larger ? 2 * small : small});
    }};
    again_and_again_for(1500ms, [&] {
        {
            tick_consumer from{channel.name(), {.group = "workers"}};
            (void)from.take_for(1ms);
        }
        samepage::remove_consumer(channel.name(), "workers");
    });
}

BOOST_AUTO_TEST_CASE(who_attaches_beside_a_removal_has_what_the_name_leads_to)
{
    const support::scratch_directory place;
    const meanwhile removing{[&] { samepage::remove_dead(place.path(), {.closed = true}); }};
    const meanwhile creating{[&] {
        try {
            tick_producer{"a", {.capacity_bytes = small, .directory = place.path()}}.close();
        } catch (const samepage::error&) {
        }
    }};
    unsigned attached = 0;
    again_and_again_for(1500ms, [&] {
        try {
            const tick_consumer from{"a", {.directory = place.path()}};
            struct ::stat found {};
            BOOST_REQUIRE_EQUAL(::stat(from.info().data_path.c_str(), &found), 0);
            BOOST_REQUIRE_EQUAL(found.st_ino, from.info().inode);
            ++attached;
        } catch (const samepage::error& none) {
            BOOST_TEST(none.code() == make_error_code(errc::not_found));
        }
    });
    BOOST_TEST_MESSAGE("    attached " << attached << " times");
}

BOOST_AUTO_TEST_CASE(a_directory_is_the_same_wherever_the_process_goes)
{
    const support::scratch_directory first;
    const support::scratch_directory second;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(first.path());
    tick_producer to{"a", {.capacity_bytes = small, .directory = "."}};
    std::filesystem::current_path(second.path());
    const tick_producer other{"a", {.capacity_bytes = small, .directory = "."}};
    std::filesystem::current_path(before);
    std::this_thread::sleep_for(30ms);
    for (int i = 0; i != 2000; ++i) {
        BOOST_REQUIRE(publish(to)); // not retired
    }
}

BOOST_AUTO_TEST_SUITE_END()
