// SPDX-License-Identifier: BSL-1.0
// nameless_test.cpp: channels of two sealed memfds, handed on over a socket, to other users too.
#include "support/child.hpp"
#include "support/mapped.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"
#include "support/users.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/memory/channel_descriptors.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

using samepage::errc;
using support::refusal;
using support::says;
using support::tick;
using namespace std::chrono_literals;

namespace {

/// A Unix socket at a path, over which a child gets what its parent sends.
class meeting_place {
public:
    meeting_place() : path_(directory_.path() / "s"), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        const auto address = address_of(path_.string());
        BOOST_TEST_REQUIRE(::bind(listener_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
        BOOST_TEST_REQUIRE(::listen(listener_, 8) == 0);
        std::filesystem::permissions(directory_.path(), std::filesystem::perms{0755});
        std::filesystem::permissions(path_, std::filesystem::perms{0666});
    }
    meeting_place(const meeting_place&) = delete;
    meeting_place& operator=(const meeting_place&) = delete;
    ~meeting_place() { ::close(listener_); }

    [[nodiscard]] std::string path() const { return path_.string(); }

    /// To the next one who comes.
    void send(const samepage::channel_descriptors& what) const
    {
        const int to = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        samepage::send_channel(to, what);
        ::close(to);
    }

    /// From the next one who comes.
    [[nodiscard]] samepage::channel_descriptors receive() const
    {
        const int from = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        auto received = samepage::receive_channel(from);
        ::close(from);
        return received;
    }

    static ::sockaddr_un address_of(const std::string& path)
    {
        ::sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        return address;
    }

private:
    support::scratch_directory directory_;
    std::filesystem::path path_;
    int listener_;
};

samepage::channel_descriptors fetch(const std::string& path)
{
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = meeting_place::address_of(path);
    support::require(::connect(socket, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0, "connect");
    auto received = samepage::receive_channel(socket);
    ::close(socket);
    return received;
}

const samepage::channel_options nameless{.capacity_bytes = 1 << 16, .memory = {.nameless = true}};

void publish(samepage::producer<tick>& to, std::uint64_t count = 1)
{
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto number = to.next_number();
        auto slot = to.loan();
        *slot = support::tick_of(number);
        slot.publish();
    }
}

/// Every way that there is to write to a descriptor's pages; those that are not refused.
std::string ways_to_write(int descriptor, void* mapped, std::size_t bytes)
{
    std::string open;
    const auto attempt = [&](bool refused, const char* what) { open += refused ? "" : std::string{what} + ' '; };
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor);
    for (const int how :
         {descriptor, ::open(self.c_str(), O_RDWR | O_CLOEXEC), ::open(self.c_str(), O_WRONLY | O_CLOEXEC)}) {
        attempt(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, how, 0) == MAP_FAILED, "mmap");
        attempt(::pwrite(how, "x", 1, 0) == -1, "pwrite");
        attempt(::ftruncate(how, 0) == -1, "ftruncate");
        attempt(::fallocate(how, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) == -1, "punch");
        attempt(::fallocate(how, 0, 0, 1 << 30) == -1, "grow");
        void* const seen = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, how, 0);
        attempt(seen == MAP_FAILED || ::mprotect(seen, 4096, PROT_READ | PROT_WRITE) == -1, "mprotect");
    }
    attempt(::open(self.c_str(), O_RDWR | O_TRUNC | O_CLOEXEC) == -1, "O_TRUNC");
    attempt(::mprotect(mapped, bytes, PROT_READ | PROT_WRITE) == -1, "mprotect of the mapping");
    attempt(::madvise(mapped, bytes, MADV_REMOVE) == -1, "MADV_REMOVE");
    return open.empty() ? "none" : open;
}

} // namespace

// Receives a channel, under another user if told one; then does as it is told.
SAMEPAGE_CHILD(receives_a_channel)
{
    if (told.at(1) != "0") {
        const auto user = static_cast<::uid_t>(std::stoul(told.at(1)));
        support::become(user, user);
    }
    const auto channel = fetch(told.at(0));
    parent.say(channel.name());
    std::unique_ptr<samepage::consumer<tick>> from;
    std::unique_ptr<samepage::batch<tick>> held; // until the next is taken
    for (std::string what; (what = parent.hear()) != "end";) {
        if (what == "join" || what == "join by name") {
            from = std::make_unique<samepage::consumer<tick>>(
                channel,
                samepage::consumer_options{.name = what == "join" ? "" : "kept", .from = samepage::start::oldest});
            parent.say(std::to_string(from->next().front().number));
        } else if (what == "take") {
            held.reset();
            held = std::make_unique<samepage::batch<tick>>(from->take(1));
            const auto& batch = *held;
            parent.say(!batch                          ? std::string{to_string(batch.why())}
                       : support::whole(batch.front()) ? std::to_string(batch.front().number)
                                                       : "torn");
        } else if (what == "poll") {
            const int descriptor = from->native_handle();
            const bool armed = from->arm();
            parent.say(armed ? "armed" : "there is something");
            ::pollfd watched{descriptor, POLLIN, 0};
            support::require(::poll(&watched, 1, -1) == 1, "poll");
            parent.say("woken");
            from->disarm();
        } else if (what == "write") {
            const auto info = from->info();
            parent.say(ways_to_write(channel.data(), const_cast<std::byte*>(info.ring), info.capacity_bytes));
        } else if (what == "produce") {
            try {
                samepage::producer<tick>{channel};
                parent.say("allowed");
            } catch (const samepage::error& fault) {
                parent.say(fault.what());
            }
        }
    }
}

// A producer that hands its channel to whoever comes, until it is killed.
SAMEPAGE_CHILD(hands_out_a_channel)
{
    samepage::producer<tick> to{"fed", nameless};
    publish(to, 3);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = meeting_place::address_of(told.at(0));
    support::require(::connect(socket, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0, "connect");
    samepage::send_channel(socket, to.descriptors());
    parent.say("sent");
    static_cast<void>(parent.hear());
}

BOOST_AUTO_TEST_SUITE(nameless_channels)

BOOST_AUTO_TEST_CASE(records_pass_between_processes_that_got_the_descriptors)
{
    const meeting_place there;
    samepage::producer<tick> to{"quotes", nameless};
    publish(to, 5);
    support::child one{"receives_a_channel", {there.path(), "0"}};
    there.send(to.descriptors());
    one.expect("quotes");
    one.say("join");
    one.expect("0");
    for (std::uint64_t number = 0; number < 8; ++number) {
        if (number >= 5) {
            publish(to);
        }
        one.say("take");
        one.expect(std::to_string(number));
    }
    to.close();
    one.say("take");
    one.expect("closed");
    one.say("end");
    BOOST_TEST(one.wait() == support::ended_well);
}

BOOST_AUTO_TEST_CASE(it_has_no_file_and_its_pages_go_with_the_last_who_holds_them)
{
    const support::scratch_directory before;
    samepage::producer<tick> to{"quotes", nameless};
    BOOST_TEST(!support::is_there("/dev/shm/samepage.quotes.data"));
    BOOST_TEST(to.info().data_path.string() == "memfd:quotes.data");
    auto held = to.descriptors();
    to.close();
    samepage::consumer<tick> late{held};
    BOOST_TEST((late.try_take().why() == samepage::outcome::closed));
}

BOOST_AUTO_TEST_CASE(records_of_any_size_pass_in_many_laps)
{
    samepage::bytes_producer to{"bytes", nameless};
    samepage::bytes_consumer from{to.descriptors()};
    support::follower seen;
    for (std::uint64_t number = 0; number < 300; ++number) {
        auto slot = to.loan(support::bytes_of(number, 4000));
        support::fill(slot.bytes(), number);
        slot.publish();
        seen.see(from.take().front());
    }
    BOOST_TEST(seen.next() == 300U);
}

BOOST_AUTO_TEST_CASE(several_producers_of_the_process_share_the_creators_mapping)
{
    auto first = std::make_unique<samepage::producer<tick>>("quotes", nameless);
    const auto channel = first->descriptors();
    samepage::producer<tick> second{channel, {.memory = {.prefault = true}}};
    BOOST_TEST(second.lane() == 1U);
    BOOST_TEST(support::mapping_at(second.info().ring).present == second.info().capacity_bytes);
    samepage::consumer<tick> from{channel};
    first.reset(); // the mapping stays with the second
    std::uint64_t count = 0;
    for (int lap = 0; lap < 10; ++lap) {
        publish(second, 2000);
        while (const auto batch = from.try_take()) {
            count += batch.size();
        }
    }
    BOOST_TEST(count == 20'000U);
}

BOOST_AUTO_TEST_CASE(room_for_more_is_laid_out_as_told_and_nobody_beyond_the_numbers_is_let_in)
{
    auto options = nameless;
    options.max_producers = options.max_consumers = 1;
    const samepage::producer<tick> narrow{"narrow", options};
    options.room_for_producers = options.room_for_consumers = 3;
    const samepage::producer<tick> wide{"wide", options};
    BOOST_TEST(wide.info().ring_offset_bytes == narrow.info().ring_offset_bytes + 2U * 4096);
    const auto channel = wide.descriptors();
    const samepage::consumer<tick> only{channel};
    support::refusal(errc::producer_exists, [&] { samepage::producer<tick>{channel}; });
    support::refusal(errc::too_many_consumers, [&] { samepage::consumer<tick>{channel}; });
}

BOOST_AUTO_TEST_CASE(another_process_cannot_produce)
{
    const meeting_place there;
    const samepage::producer<tick> to{"quotes", nameless};
    support::child one{"receives_a_channel", {there.path(), "0"}};
    there.send(to.descriptors());
    one.expect("quotes");
    one.say("produce");
    const std::string said = one.hear();
    BOOST_TEST(said.find("permission denied") != std::string::npos, said);
    BOOST_TEST(said.find("sealed") != std::string::npos, said);
    one.say("end");
}

BOOST_AUTO_TEST_CASE(the_type_is_checked_as_of_files)
{
    const samepage::producer<tick> to{"quotes", nameless};
    const auto channel = to.descriptors();
    refusal(errc::wrong_type, [&] { samepage::consumer<int>{channel}; });
    refusal(errc::wrong_type, [&] { samepage::bytes_consumer{channel}; });
    const samepage::producer<tick> other{"others", nameless};
    const auto theirs = other.descriptors();
    const samepage::channel_descriptors mixed{"mixed", ::fcntl(channel.data(), F_DUPFD_CLOEXEC, 0),
                                              ::fcntl(theirs.control(), F_DUPFD_CLOEXEC, 0)};
    refusal(errc::corrupt, [&] { samepage::consumer<tick>{mixed}; });
}

BOOST_AUTO_TEST_CASE(a_channel_with_a_name_has_no_descriptors)
{
    const support::scratch_channel channel;
    const samepage::producer<tick> to{channel.name()};
    refusal(errc::invalid_argument, [&] { static_cast<void>(to.descriptors()); });
}

BOOST_AUTO_TEST_CASE(memory_that_is_not_sealed_is_refused_with_the_seal_that_is_missing)
{
    const auto memory = [](int seals) {
        const int made = ::memfd_create("m", MFD_ALLOW_SEALING | MFD_CLOEXEC);
        BOOST_TEST_REQUIRE(::fcntl(made, F_ADD_SEALS, seals) == 0);
        return made;
    };
    constexpr int whole = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    constexpr int future_write = 0x10;
    struct expectation {
        int data, control;
        const char* missing;
    };
    for (const auto& each : {expectation{whole, whole, "F_SEAL_FUTURE_WRITE"},
                             expectation{(whole & ~F_SEAL_SHRINK) | future_write, whole, "F_SEAL_SHRINK"},
                             expectation{whole | future_write, whole & ~F_SEAL_GROW, "F_SEAL_GROW"},
                             expectation{whole | future_write, F_SEAL_SHRINK | F_SEAL_GROW, "F_SEAL_SEAL"}}) {
        const auto fault = refusal(errc::not_a_channel, [&] {
            const samepage::channel_descriptors made{"x", memory(each.data), memory(each.control)};
        });
        BOOST_TEST(says(fault, each.missing));
    }
    const support::scratch_directory place;
    const auto file = [&] { return ::open(place.path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); };
    const auto fault = refusal(errc::not_a_channel, [&] {
        const samepage::channel_descriptors made{"x", file(), file()};
    });
    BOOST_TEST(says(fault, "F_SEAL_SHRINK"));
}

BOOST_AUTO_TEST_CASE(what_is_no_message_of_ours_is_refused_and_leaves_no_descriptor)
{
    const auto count = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                             std::filesystem::directory_iterator{});
    };
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const auto before = count();
    const samepage::producer<tick> to{"quotes", nameless};
    const auto with_channel = count();
    BOOST_TEST_REQUIRE(::send(ends[0], "hello", 5, 0) == 5);
    BOOST_TEST(says(refusal(errc::not_a_channel, [&] { static_cast<void>(samepage::receive_channel(ends[1])); }),
                    "0 descriptors with 5 bytes"));
    {
        const auto channel = to.descriptors();
        samepage::send_channel(ends[0], channel);
        const auto received = samepage::receive_channel(ends[1]);
        BOOST_TEST(received.name() == "quotes");
        BOOST_TEST((::fcntl(received.data(), F_GETFD) & FD_CLOEXEC) != 0);
    }
    BOOST_TEST(count() == with_channel);
    BOOST_TEST(with_channel > before);
    ::close(ends[0]);
    refusal(errc::system, [&] { static_cast<void>(samepage::receive_channel(ends[1])); });
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(a_producer_that_died_is_told_though_others_hold_descriptors_that_came_from_it)
{
    const meeting_place there;
    std::optional<samepage::channel_descriptors> channel;
    support::child producer{"hands_out_a_channel", {there.path()}};
    channel.emplace(there.receive());
    producer.expect("sent");
    samepage::consumer<tick> from{*channel, {.from = samepage::start::oldest}};
    BOOST_TEST(from.take().size() == 3U);
    BOOST_TEST((from.try_take().why() == samepage::outcome::empty));
    producer.kill();
    BOOST_TEST((from.take().why() == samepage::outcome::producer_died));
}

BOOST_AUTO_TEST_CASE(a_named_consumer_goes_on_where_the_last_of_its_name_was_killed)
{
    const meeting_place there;
    samepage::producer<tick> to{"quotes", nameless};
    publish(to, 10);
    for (const std::uint64_t first : {0U, 3U}) { // the fourth was not released
        support::child one{"receives_a_channel", {there.path(), "0"}};
        there.send(to.descriptors());
        one.expect("quotes");
        one.say("join by name");
        one.expect(std::to_string(first));
        for (std::uint64_t number = first; number < first + 4; ++number) {
            one.say("take");
            one.expect(std::to_string(number));
        }
        one.kill();
    }
}

BOOST_AUTO_TEST_CASE(the_child_of_a_fork_has_no_part_in_it_and_does_not_hide_its_parents_death)
{
    samepage::producer<tick> to{"quotes", nameless};
    const auto channel = to.descriptors();
    samepage::consumer<tick> from{channel, {.from = samepage::start::oldest}};
    publish(to);
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const ::pid_t child = ::fork();
    if (child == 0) {
        bool right = to.try_loan().why() == samepage::outcome::invalid_after_fork &&
                     from.try_take().why() == samepage::outcome::invalid_after_fork;
        try {
            samepage::producer<tick>{channel};
            right = false;
        } catch (const samepage::error& fault) {
            right = right && fault.code() == errc::permission_denied;
        }
        samepage::consumer<tick> own{channel, {.from = samepage::start::oldest}}; // as any other process
        right = right && own.try_take().size() == 1;
        const char done = right ? 'y' : 'n';
        static_cast<void>(::write(ends[1], &done, 1) == 1);
        ::pause();
    }
    char done = 0;
    BOOST_TEST(::read(ends[0], &done, 1) == 1);
    BOOST_TEST(done == 'y');
    BOOST_TEST(from.take().size() == 1U);
    to.close(); // while the child lives
    BOOST_TEST((from.take_for(10s).why() == samepage::outcome::closed));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(a_descriptor_to_poll_wakes_by_an_abstract_bell)
{
    const meeting_place there;
    samepage::producer<tick> to{"quotes", nameless};
    support::child one{"receives_a_channel", {there.path(), "0"}};
    there.send(to.descriptors());
    one.expect("quotes");
    one.say("join");
    one.expect("0");
    one.say("poll");
    one.expect("armed");
    publish(to);
    one.expect("woken");
    one.say("take");
    one.expect("0");
    one.say("end");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(nameless_users)

BOOST_AUTO_TEST_CASE(a_consumer_under_another_user_reads_everything_and_can_write_by_no_way)
{
    if (!support::is_root()) {
        return;
    }
    const meeting_place there;
    samepage::producer<tick> to{"quotes", nameless};
    publish(to, 2);
    for (const char* const user : {"42004", "0"}) { // root neither: a seal asks nobody who he is
        support::child one{"receives_a_channel", {there.path(), user}};
        there.send(to.descriptors());
        one.expect("quotes");
        one.say("join");
        one.expect("0");
        one.say("take");
        one.expect("0");
        one.say("write");
        one.expect("none");
        one.say("take");
        one.expect("1");
        one.say("end");
        BOOST_TEST(one.wait() == support::ended_well);
    }
}

BOOST_AUTO_TEST_SUITE_END()
