// SPDX-License-Identifier: BSL-1.0
// observer_test.cpp: what a process that takes no part sees of a channel that stands still.
#include "support/child.hpp"
#include "support/forked.hpp"
#include "support/pages.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/memory/ownership_locks.hpp>
#include <samepage/ring/change_channel.hpp>
#include <samepage/ring/observer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using samepage::demand;
using samepage::errc;
using samepage::lane_condition;
using samepage::observation;
using samepage::observer;
using support::tick;

namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

void publish(samepage::producer<tick>& to, std::uint64_t count)
{
    for (std::uint64_t i = 0; i != count; ++i) {
        auto slot = to.loan();
        *slot = support::tick_of(i);
        slot.publish();
    }
}

void publish(samepage::bytes_producer& to, std::size_t bytes)
{
    auto record = to.loan(bytes);
    BOOST_TEST_REQUIRE(static_cast<bool>(record));
    record.publish();
}

samepage::consumer_options lossy(unsigned held = 4)
{
    return {.from = samepage::start::oldest, .wants = demand::lossy, .held = held};
}

bool is_recent(std::optional<system_clock::time_point> when)
{
    return when && *when <= system_clock::now() && *when > system_clock::now() - std::chrono::minutes{5};
}

/// Both: a lane's only consumer's only place.
const samepage::observed_place& only_place(const observation& seen)
{
    BOOST_TEST_REQUIRE(seen.consumers.size() == 1U);
    BOOST_TEST_REQUIRE(seen.consumers.front().places.size() == 1U);
    BOOST_TEST(seen.consumers.front().contradiction == "");
    return seen.consumers.front().places.front();
}

const samepage::observed_lane& only_lane(const observation& seen)
{
    BOOST_TEST_REQUIRE(seen.lanes.size() == 1U);
    BOOST_TEST(seen.lanes.front().contradiction == "");
    return seen.lanes.front();
}

SAMEPAGE_CHILD(observed_producer)
{
    samepage::producer<tick> made{told.at(0)};
    publish(made, 10);
    parent.say("published");
    static_cast<void>(parent.hear());
}

SAMEPAGE_CHILD(observed_lossless)
{
    samepage::consumer<tick> joined{told.at(0), {.from = samepage::start::oldest}};
    const auto batch = joined.take(3);
    support::require(batch.size() == 3, "three records");
    parent.say("holds");
    static_cast<void>(parent.hear());
}

SAMEPAGE_CHILD(observed_waiting)
{
    samepage::consumer<tick> joined{told.at(0)};
    parent.say("joined");
    static_cast<void>(joined.take());
}

} // namespace

BOOST_AUTO_TEST_SUITE(observing)

BOOST_AUTO_TEST_CASE(a_channel_that_is_not_there_is_not_found)
{
    const support::scratch_directory place;
    support::refusal(errc::not_found, [&] { observer{"a", place.path()}; });
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_channel_is_refused)
{
    const support::scratch_directory place;
    std::ofstream{place.path() / "samepage.a.data"}
        << "something else, and long enough to be a header, which it is not: "
           "a header has more than a hundred bytes, and begins with a magic";
    support::refusal(errc::not_a_channel, [&] { observer{"a", place.path()}; });
}

BOOST_AUTO_TEST_CASE(a_channel_without_its_control_file_is_refused)
{
    const support::scratch_directory place;
    samepage::producer<tick>{"a", {.directory = place.path()}};
    fs::remove(place.path() / "samepage.a.ctl");
    support::refusal(errc::corrupt, [&] { observer{"a", place.path()}; });
}

BOOST_AUTO_TEST_CASE(participants_of_other_processes_are_seen_with_their_ids_and_times)
{
    const support::scratch_channel channel;
    support::child producer{"observed_producer", {channel.name()}};
    producer.expect("published");
    support::child consumer{"observed_lossless", {channel.name()}};
    consumer.expect("holds");

    const observation seen = observer{channel.name()}.look();
    BOOST_TEST(seen.name == channel.name());
    BOOST_TEST(seen.named);
    BOOST_TEST(seen.record_bytes == sizeof(tick));
    BOOST_TEST(is_recent(seen.created));
    const auto& lane = only_lane(seen);
    BOOST_TEST((lane.condition == lane_condition::open));
    BOOST_TEST(lane.producer_pid == static_cast<unsigned>(producer.pid()));
    BOOST_TEST(is_recent(lane.since));
    BOOST_TEST(lane.published.value() == 10U);
    BOOST_TEST(lane.kept.value() == 10U);
    BOOST_TEST(lane.head == 10 * sizeof(tick));
    BOOST_TEST(lane.kept_bytes == 10 * sizeof(tick));
    BOOST_TEST(lane.unreleased_bytes == 10 * sizeof(tick));
    const auto& place = only_place(seen);
    const auto& found = seen.consumers.front();
    BOOST_TEST(found.pid == static_cast<unsigned>(consumer.pid()));
    BOOST_TEST(is_recent(found.since));
    BOOST_TEST((*found.since >= *lane.since));
    BOOST_TEST((found.wants == demand::lossless));
    BOOST_TEST(found.alive);
    BOOST_TEST(place.at.value() == 0U);
    BOOST_TEST(place.lag.value() == 10U); // what it holds is not released
    BOOST_TEST(place.lag_bytes.value() == 10 * sizeof(tick));
    BOOST_TEST(!place.held); // private to a lossless one
}

BOOST_AUTO_TEST_CASE(the_dead_are_told_from_the_living_by_their_locks)
{
    const support::scratch_channel channel;
    support::child producer{"observed_producer", {channel.name()}};
    producer.expect("published");
    support::child consumer{"observed_lossless", {channel.name()}};
    consumer.expect("holds");
    samepage::consumer<tick> living{channel.name()};
    consumer.kill();
    producer.kill();

    const observation seen = observer{channel.name()}.look();
    BOOST_TEST((only_lane(seen).condition == lane_condition::died));
    BOOST_TEST_REQUIRE(seen.consumers.size() == 2U);
    BOOST_TEST(!seen.consumers[0].alive);
    BOOST_TEST(!seen.consumers[0].asleep);
    BOOST_TEST(seen.consumers[1].alive);
    BOOST_TEST(seen.consumers[1].pid == static_cast<unsigned>(::getpid()));
}

BOOST_AUTO_TEST_CASE(a_stopped_process_is_alive)
{
    const support::scratch_channel channel;
    support::child producer{"observed_producer", {channel.name()}};
    producer.expect("published");
    producer.stop();
    BOOST_TEST((only_lane(observer{channel.name()}.look()).condition == lane_condition::open));
}

BOOST_AUTO_TEST_CASE(a_lane_that_was_closed_is_closed)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name()};
    observer looking{channel.name()};
    made.close();
    BOOST_TEST((only_lane(looking.look()).condition == lane_condition::closed));
    samepage::producer<tick> successor{channel.name()};
    BOOST_TEST((only_lane(looking.look()).condition == lane_condition::open));
}

BOOST_AUTO_TEST_CASE(lag_counts_records_of_one_size_over_gaps)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name(), {.capacity_bytes = 4096}};
    samepage::consumer<tick> holding{channel.name(), lossy()};
    publish(made, 20);
    const auto held = holding.take(5);
    BOOST_TEST_REQUIRE(held.size() == 5U);
    publish(made, 500); // laps it, and steps over what it holds
    samepage::consumer<tick> reading{channel.name()};
    observer looking{channel.name()};
    publish(made, 100);

    const observation seen = looking.look();
    const auto& lane = only_lane(seen);
    BOOST_TEST(lane.published.value() == 620U);
    BOOST_TEST(lane.gaps >= 3U);
    BOOST_TEST(lane.gap_bytes >= lane.gaps * 5 * sizeof(tick));
    BOOST_TEST(lane.head == 620 * sizeof(tick) + lane.gap_bytes);
    BOOST_TEST(lane.fullness > 0.5);
    BOOST_TEST(lane.fullness <= 1);
    BOOST_TEST_REQUIRE(seen.consumers.size() == 2U);
    const auto& behind = seen.consumers[1].places.front();
    BOOST_TEST(behind.lag.value() == 100U);
    BOOST_TEST(behind.lag_bytes.value() >= 100 * sizeof(tick));
    const auto& lapped = seen.consumers[0].places.front();
    BOOST_TEST((seen.consumers[0].wants == demand::lossy));
    BOOST_TEST(lapped.held.value() == 1U);
    BOOST_TEST(lapped.held_bytes.value() == 5 * sizeof(tick));
    BOOST_TEST(lapped.at.value() == 5 * sizeof(tick));
    BOOST_TEST(lapped.lag.value() == 615U);
    BOOST_TEST(lapped.passed_bytes.value() == lane.horizon - 5 * sizeof(tick));
}

BOOST_AUTO_TEST_CASE(lag_counts_records_of_any_size)
{
    const support::scratch_channel channel;
    samepage::bytes_producer made{channel.name(), {.capacity_bytes = 4096}};
    samepage::bytes_consumer reading{channel.name()};
    observer looking{channel.name()};
    BOOST_TEST(only_lane(looking.look()).published.value() == 0U);
    BOOST_TEST(!only_lane(looking.look()).newest);
    std::uint64_t count = 0;
    for (std::size_t lap = 0; lap != 30; ++lap) {
        for (std::size_t bytes : {0U, 8U, 100U, 7U, 900U}) {
            publish(made, bytes);
            ++count;
        }
        const observation seen = looking.look();
        BOOST_TEST(only_lane(seen).published.value() == count);
        BOOST_TEST(only_place(seen).lag.value() == 5U);
        BOOST_TEST(only_place(seen).lag_bytes.value() == 8U + 16 + 112 + 16 + 912);
        for (int i = 0; i != 5; ++i) {
            BOOST_TEST_REQUIRE(static_cast<bool>(reading.take(1)));
        }
        BOOST_TEST(only_place(looking.look()).lag.value() == 0U);
        BOOST_TEST(only_place(looking.look()).lag_bytes.value() == 0U);
    }
}

BOOST_AUTO_TEST_CASE(records_of_any_size_are_counted_over_gaps)
{
    const support::scratch_channel channel;
    samepage::bytes_producer made{channel.name(), {.capacity_bytes = 4096}};
    samepage::bytes_consumer holding{channel.name(), lossy()};
    publish(made, 100);
    const auto held = holding.take(1);
    BOOST_TEST_REQUIRE(static_cast<bool>(held));
    observer looking{channel.name()};
    for (std::uint64_t i = 2; i != 200; ++i) {
        publish(made, 56);
        BOOST_TEST(only_lane(looking.look()).published.value() == i);
    }
    const observation seen = looking.look();
    BOOST_TEST(only_lane(seen).gaps >= 2U);
    BOOST_TEST(only_lane(seen).gap_bytes >= only_lane(seen).gaps * 112);
    BOOST_TEST(only_place(seen).held.value() == 1U);
    BOOST_TEST(only_place(seen).passed_bytes.value() != 0U);
    BOOST_TEST(!only_place(seen).lag); // the headers there are gone
}

BOOST_AUTO_TEST_CASE(losses_are_those_that_batches_told)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name(), {.capacity_bytes = 4096}};
    samepage::consumer<tick> slow{channel.name(), lossy()};
    observer looking{channel.name()};
    std::uint64_t told = 0;
    for (int i = 0; i != 5; ++i) {
        publish(made, 400);
        BOOST_TEST(looking.look().consumers.front().lost == told); // not told yet
        told += slow.take(10).lost();
        BOOST_TEST(looking.look().consumers.front().lost == told);
    }
    BOOST_TEST(told > 1000U);
    slow.close();
    samepage::consumer<tick> next{channel.name(), lossy()};
    BOOST_TEST(looking.look().consumers.front().lost == 0U); // the slot's, not its last owner's
}

BOOST_AUTO_TEST_CASE(what_is_passed_over_for_the_newest_is_no_loss)
{
    const support::scratch_channel channel;
    samepage::bytes_producer made{channel.name(), {.capacity_bytes = 4096}};
    samepage::bytes_consumer slow{channel.name(), lossy()};
    observer looking{channel.name()};
    std::uint64_t told = 0;
    for (int i = 0; i != 5; ++i) {
        for (int k = 0; k != 400; ++k) {
            auto slot = made.loan(8);
            slot.publish();
        }
        const auto newest = slow.try_take_latest();
        BOOST_REQUIRE(static_cast<bool>(newest));
        told += newest.lost();
        BOOST_TEST(looking.look().consumers.front().lost == told);
    }
}

// Of a name that nobody has at the moment, or of a group, whose slot another one's holds are left in.
BOOST_AUTO_TEST_CASE(what_a_dead_one_held_is_held_no_more)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name(), {.capacity_bytes = 4096}};
    publish(made, 3);
    {
        support::forked dies([&] {
            auto options = lossy();
            options.name = "log";
            samepage::consumer<tick> from{channel.name(), options};
            const auto held = from.try_take(2);
            ::kill(::getpid(), held.size() == 2 ? SIGKILL : SIGTERM);
            return 0;
        });
        BOOST_TEST(dies.wait() == -1);
    }
    publish(made, 2000); // expels it
    observer looking{channel.name()};
    const observation seen = looking.look();
    BOOST_TEST(only_place(seen).held.value() == 0U);
    BOOST_TEST(only_place(seen).held_bytes.value_or(0) == 0U);
}

BOOST_AUTO_TEST_CASE(sleepers_are_seen_asleep_and_armed)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name()};
    observer looking{channel.name()};
    support::child waiting{"observed_waiting", {channel.name()}};
    waiting.expect("joined");
    support::until([&] { return looking.look().consumers.front().asleep; });
    BOOST_TEST(!looking.look().consumers.front().armed);
    publish(made, 1);
    BOOST_TEST(waiting.wait() == support::ended_well);

    samepage::consumer<tick> polling{channel.name()};
    BOOST_TEST(polling.arm());
    BOOST_TEST(looking.look().consumers.front().armed);
    polling.disarm();
    BOOST_TEST(!looking.look().consumers.front().armed);
}

BOOST_AUTO_TEST_CASE(a_producer_that_waits_for_room_is_seen_asleep_in_a_full_ring)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name(), {.capacity_bytes = 4096}};
    samepage::consumer<tick> stopped{channel.name()};
    observer looking{channel.name()};
    std::thread waits([&] {
        while (auto slot = made.loan_for(std::chrono::milliseconds{500})) {
            slot.publish();
        }
    });
    support::until([&] { return looking.look().lanes.front().asleep; });
    BOOST_TEST(only_lane(looking.look()).fullness > 0.99);
    waits.join();
    BOOST_TEST(!only_lane(looking.look()).asleep);
}

BOOST_AUTO_TEST_CASE(a_second_look_tells_rates_and_between_which_times_the_newest_record_came)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name()};
    publish(made, 5);
    observer looking{channel.name()};
    const observation first = looking.look();
    BOOST_TEST(!only_lane(first).rate);
    BOOST_TEST(!only_lane(first).newest.value().at_most); // it may be of any age
    publish(made, 1000);
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    const observation second = looking.look();
    const double seconds = std::chrono::duration<double>(second.at - first.at).count();
    const auto rate = only_lane(second).rate.value();
    BOOST_TEST(rate.records_per_second.value() > 0.5 * 1000 / seconds);
    BOOST_TEST(rate.records_per_second.value() < 2 * 1000 / seconds);
    BOOST_TEST(std::abs(rate.bytes_per_second / rate.records_per_second.value() - sizeof(tick)) < 1e-6);
    const auto fresh = only_lane(second).newest.value();
    BOOST_TEST(fresh.at_least.count() == 0);
    BOOST_TEST((fresh.at_most.value() >= std::chrono::milliseconds{20}));
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    const observation third = looking.look();
    BOOST_TEST(only_lane(third).rate.value().records_per_second.value() == 0);
    const auto old = only_lane(third).newest.value();
    BOOST_TEST((old.at_least >= std::chrono::milliseconds{20}));
    BOOST_TEST((old.at_most.value() >= old.at_least + std::chrono::milliseconds{20}));
}

BOOST_AUTO_TEST_CASE(several_lanes_are_seen_each_with_its_own_producer)
{
    const support::scratch_channel channel;
    samepage::producer<tick> one{channel.name()};
    support::child other{"observed_producer", {channel.name()}};
    other.expect("published");
    samepage::consumer<tick> reading{channel.name(), {.from = samepage::start::oldest}};
    publish(one, 3);
    const observation seen = observer{channel.name()}.look();
    BOOST_TEST_REQUIRE(seen.lanes.size() == 2U);
    BOOST_TEST(seen.lanes[0].published.value() == 3U);
    BOOST_TEST(seen.lanes[1].published.value() == 10U);
    BOOST_TEST(seen.lanes[1].producer_pid == static_cast<unsigned>(other.pid()));
    BOOST_TEST_REQUIRE(seen.consumers.front().places.size() == 2U);
    BOOST_TEST(seen.consumers.front().places[0].lag.value() == 3U);
    BOOST_TEST(seen.consumers.front().places[1].lag.value() == 10U);
}

BOOST_AUTO_TEST_CASE(a_named_consumer_is_seen_by_its_name_also_while_it_is_absent)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name()};
    observer looking{channel.name()};
    {
        samepage::consumer<tick> reading{channel.name(), {.name = "prices"}};
        samepage::consumer_options options = lossy();
        options.name = "charts";
        samepage::consumer<tick> losing{channel.name(), options};
        publish(made, 10);
        BOOST_TEST(reading.take(4).size() == 4U);
        BOOST_TEST(losing.take(3).size() == 3U);
        const auto seen = looking.look();
        BOOST_TEST_REQUIRE(seen.consumers.size() == 2U);
        BOOST_TEST(seen.consumers[0].name == "prices");
        BOOST_TEST(seen.consumers[0].alive);
        BOOST_TEST(!seen.consumers[0].absent);
        BOOST_TEST(seen.consumers[0].places.front().lag.value() == 6U);
        BOOST_TEST(seen.consumers[1].name == "charts");
        BOOST_TEST(seen.consumers[1].places.front().held.value() == 0U);
        BOOST_TEST(seen.consumers[1].places.front().lag.value() == 7U); // by what it saved
    }
    publish(made, 5);
    const auto seen = looking.look();
    BOOST_TEST_REQUIRE(seen.consumers.size() == 2U);
    for (const auto& each : seen.consumers) {
        BOOST_TEST(!each.alive);
        BOOST_TEST(each.absent);
        BOOST_TEST(each.contradiction == "");
    }
    BOOST_TEST(seen.consumers[0].joined); // producers wait for it
    BOOST_TEST((seen.consumers[0].absent_for.value() >= std::chrono::nanoseconds{0}));
    BOOST_TEST(seen.consumers[0].places.front().lag.value() == 11U);
    BOOST_TEST(seen.lanes.front().unreleased_bytes == 11 * sizeof(tick));
    BOOST_TEST(!seen.consumers[1].joined);
    BOOST_TEST(seen.consumers[1].places.front().lag.value() == 12U);
}

BOOST_AUTO_TEST_CASE(a_group_is_seen_with_its_members_and_what_each_holds)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name()};
    observer looking{channel.name()};
    {
        samepage::consumer<tick> one{channel.name(), {.group = "workers"}};
        samepage::consumer<tick> two{channel.name(), {.group = "workers"}};
        publish(made, 10);
        const auto first = one.take(2);
        const auto second = one.take(1);
        const auto third = two.take(3);
        const auto seen = looking.look();
        BOOST_TEST_REQUIRE(seen.consumers.size() == 1U);
        const auto& group = seen.consumers.front();
        BOOST_TEST(group.group);
        BOOST_TEST(group.name == "workers");
        BOOST_TEST((group.wants == samepage::demand::lossless));
        BOOST_TEST(group.alive);
        BOOST_TEST(!group.absent);
        BOOST_TEST(group.places.front().lag.value() == 10U); // nothing is released
        BOOST_TEST_REQUIRE(group.members.size() == 2U);
        BOOST_TEST(group.members[0].held + group.members[1].held == 3U);
        for (const auto& member : group.members) {
            BOOST_TEST(member.alive);
            BOOST_TEST(member.pid == static_cast<std::uint32_t>(::getpid()));
        }
    }
    const auto seen = looking.look();
    BOOST_TEST_REQUIRE(seen.consumers.size() == 1U);
    BOOST_TEST(seen.consumers.front().absent);
    BOOST_TEST(seen.consumers.front().members.empty());
    BOOST_TEST(seen.consumers.front().places.front().lag.value() == 4U);
}

BOOST_AUTO_TEST_CASE(a_group_says_since_when_it_is_there_and_what_all_its_members_lost)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name(), {.capacity_bytes = 4096, .max_consumers = 4}};
    observer looking{channel.name()};
    {
        samepage::consumer<tick> before{channel.name(), {.wants = samepage::demand::lossy}};
        publish(made, 1000);
        BOOST_TEST(before.try_take(1).lost() != 0U); // in the slot that the group's name gets
    }
    const auto earlier = std::chrono::system_clock::now();
    samepage::consumer<tick> one{channel.name(), {.group = "workers", .wants = samepage::demand::lossy}};
    BOOST_TEST(looking.look().consumers.front().lost == 0U);
    const auto between = std::chrono::system_clock::now();
    samepage::consumer<tick> two{channel.name(), {.group = "workers", .wants = samepage::demand::lossy}};
    std::uint64_t lost = 0;
    for (auto* each : {&one, &two, &one}) {
        publish(made, 1000);
        lost += each->try_take(1).lost();
    }
    const auto seen = looking.look();
    const auto& group = seen.consumers.front();
    BOOST_TEST_REQUIRE(group.group);
    BOOST_TEST(lost > 1000U);
    BOOST_TEST(group.lost == lost);
    BOOST_TEST((group.since.value() >= earlier && group.since.value() <= between));
    BOOST_TEST_REQUIRE(group.members.size() == 2U);
    for (const auto& member : group.members) {
        BOOST_TEST((member.since.value() >= (member.slot == 1 ? earlier : between)));
    }
}

BOOST_AUTO_TEST_CASE(what_a_channel_will_take_is_what_its_lanes_will_have)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name(), {.capacity_bytes = 1 << 16, .max_producers = 3}};
    observer looking{channel.name()};
    const auto first = looking.look();
    BOOST_TEST(first.most_bytes == first.reserved_bytes + 2 * (1U << 16U));
    for (const std::size_t capacity : {std::size_t{1} << 20U, std::size_t{1} << 16U}) {
        samepage::change_channel(channel.name(), {.capacity_bytes = capacity});
        while (made.info().capacity_bytes != capacity) {
            publish(made, 1);
        }
        const auto changed = looking.look();
        BOOST_TEST(changed.most_bytes == changed.reserved_bytes + 2 * capacity);
    }
    BOOST_TEST(looking.look().reserved_bytes < first.reserved_bytes + (1U << 18U)); // holes take nothing
}

BOOST_AUTO_TEST_CASE(a_removed_channel_is_still_seen_and_has_no_name)
{
    const support::scratch_channel channel;
    samepage::producer<tick> made{channel.name()};
    observer looking{channel.name()};
    samepage::remove_channel(channel.name());
    publish(made, 2);
    BOOST_TEST(!looking.look().named);
    BOOST_TEST(only_lane(looking.look()).published.value() == 2U);
    samepage::producer<tick> another{channel.name()};
    BOOST_TEST(!looking.look().named);
}

BOOST_AUTO_TEST_CASE(an_observer_maps_nothing_writable_and_holds_no_lock)
{
    const support::scratch_channel channel;
    samepage::producer<tick>{channel.name()}.close();
    observer looking{channel.name()};
    static_cast<void>(looking.look());
    std::ifstream maps{"/proc/self/maps"};
    int mapped = 0;
    for (std::string line; std::getline(maps, line);) {
        if (line.find("samepage." + channel.name() + '.') != std::string::npos) {
            ++mapped;
            BOOST_TEST(line.find(" r--s ") != std::string::npos, line);
        }
    }
    BOOST_TEST(mapped == 2);
    int opened = 0;
    for (const auto& entry : fs::directory_iterator{"/proc/self/fd"}) {
        std::error_code gone;
        const auto target = fs::read_symlink(entry.path(), gone).string();
        if (target.find("samepage." + channel.name() + '.') != std::string::npos) {
            ++opened;
            const int flags = ::fcntl(std::stoi(entry.path().filename()), F_GETFL);
            BOOST_TEST((flags & O_ACCMODE) == O_RDONLY);
        }
    }
    BOOST_TEST(opened == 2);
    // A writer's query finds locks of every kind.
    const int descriptor = ::open(channel.control().c_str(), O_RDWR | O_CLOEXEC);
    struct flock all {};
    all.l_type = F_WRLCK;
    BOOST_TEST(::fcntl(descriptor, F_OFD_GETLK, &all) == 0);
    BOOST_TEST(all.l_type == F_UNLCK);
    ::close(descriptor);
}

BOOST_AUTO_TEST_SUITE_END()
