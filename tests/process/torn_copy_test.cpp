// SPDX-License-Identifier: BSL-1.0
// torn_copy_test.cpp: a channel's files as a crash might leave them, parts of different times, attached to again.
#include "support/child.hpp"
#include "support/records.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using support::require;
using support::tick;

constexpr std::size_t capacity = 1 << 16;

/// Copies `bytes` at a time, in an order that `random` says: pages of a file as a kernel may have written them back.
void copy_in_pieces(const fs::path& from, const fs::path& to, std::size_t bytes, support::random_numbers& random)
{
    const int in = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
    const int out = ::open(to.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct ::stat found {};
    require(in != -1 && out != -1 && ::fstat(in, &found) == 0 && ::ftruncate(out, found.st_size) == 0, "files to copy");
    std::vector<off_t> places;
    for (off_t at = 0; at < found.st_size; at += static_cast<off_t>(bytes)) {
        places.push_back(at);
    }
    std::shuffle(places.begin(), places.end(), std::mt19937_64{random()});
    std::vector<char> piece(bytes);
    for (std::size_t i = 0; const off_t at : places) {
        if (++i % 8 == 0) {
            std::this_thread::sleep_for(std::chrono::microseconds{50}); // the writer goes on meanwhile
        }
        const auto read = ::pread(in, piece.data(), piece.size(), at);
        require(read >= 0 && ::pwrite(out, piece.data(), static_cast<std::size_t>(read), at) == read, "a piece");
    }
    ::close(in);
    ::close(out);
}

/// Whatever is there, to its end. @return why it ended
template <class Consumer>
samepage::outcome read_to_the_end(Consumer& from, std::uint64_t& records)
{
    for (;;) {
        const auto batch = from.try_take();
        if (!batch) {
            return batch.why();
        }
        for (const auto& each : batch) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(each)>, tick>) {
                records += support::whole(each) ? 1U : 0U;
            } else {
                records += support::number_of(each) != ~std::uint64_t{0} ? 1U : 0U; // every byte of it is read
            }
        }
    }
}

/// Attaches as `how`, reads or goes on, and says what came of it.
template <class Consumer, class Producer, class Publish>
std::string attach(const std::string& how, const fs::path& at, Publish publish)
{
    try {
        if (how == "producer") {
            Producer next{"a", {.directory = at}};
            Consumer from{"a", {.from = samepage::start::newest, .directory = at}};
            std::uint64_t records = 0;
            for (std::size_t i = 0; i < 3 * capacity / 24; ++i) {
                if (!publish(next)) {
                    return "full"; // for a consumer that was there: it is waited for, named as it is
                }
                const auto why = read_to_the_end(from, records);
                if (why == samepage::outcome::corrupt) {
                    return "corrupt";
                }
            }
            return "went on";
        }
        Consumer from{"a",
                      {.name = how == "named" ? "kept" : "",
                       .from = samepage::start::oldest,
                       .wants = how == "lossy" ? samepage::demand::lossy : samepage::demand::lossless,
                       .directory = at}};
        std::uint64_t records = 0;
        const auto why = read_to_the_end(from, records);
        return why == samepage::outcome::producer_died ? "ended" : std::string{to_string(why)};
    } catch (const samepage::error& fault) {
        return fault.code() == samepage::errc::corrupt ? "refused" : fault.what();
    }
}

std::string attach_to(const std::string& kind, const std::string& how, const fs::path& at)
{
    if (kind == "dense") {
        return attach<samepage::consumer<tick>, samepage::producer<tick>>(how, at, [](auto& to) {
            auto slot = to.try_loan();
            if (!slot) {
                return false;
            }
            *slot = support::tick_of(to.next_number());
            slot.publish();
            return true;
        });
    }
    return attach<samepage::bytes_consumer, samepage::bytes_producer>(how, at, [](auto& to) {
        auto slot = to.try_loan(100);
        if (!slot) {
            return false;
        }
        support::fill(slot.bytes(), to.next_number());
        slot.publish();
        return true;
    });
}

} // namespace

// Publishes without a pause, to a named consumer of its own and to whoever is there, until it is killed.
SAMEPAGE_CHILD(writes_on_and_on)
{
    const fs::path at = told.at(1);
    const samepage::channel_options options{.capacity_bytes = capacity, .max_producers = 2, .directory = at};
    const samepage::consumer_options kept{.name = "kept", .directory = at};
    if (told.at(0) == "dense") {
        samepage::producer<tick> to{"a", options};
        samepage::consumer<tick> from{"a", kept};
        parent.say("writes");
        for (;;) {
            const auto number = to.next_number();
            auto slot = to.loan();
            *slot = support::tick_of(number);
            slot.publish();
            if (number % 3 == 0) {
                static_cast<void>(from.try_take());
            }
        }
    }
    samepage::bytes_producer to{"a", options};
    samepage::bytes_consumer from{"a", kept};
    parent.say("writes");
    for (;;) {
        const auto number = to.next_number();
        auto slot = to.loan(support::bytes_of(number, 2000));
        support::fill(slot.bytes(), number);
        slot.publish();
        if (number % 3 == 0) {
            static_cast<void>(from.try_take());
        }
    }
}

// In a process of its own, so that a fault is seen.
SAMEPAGE_CHILD(attaches_to_a_copy)
{
    parent.say(attach_to(told.at(0), told.at(1), told.at(2)));
}

BOOST_AUTO_TEST_SUITE(torn_copies)

BOOST_AUTO_TEST_CASE(files_of_different_times_end_in_records_or_in_corrupt_and_never_in_a_fault)
{
    support::random_numbers random{support::new_seed("torn copies")};
    for (const std::string kind : {"dense", "framed"}) {
        const support::scratch_directory live;
        support::child writer{"writes_on_and_on", {kind, live.path().string()}};
        writer.expect("writes");
        std::map<std::string, unsigned> came;
        for (int round = 0; round < 24; ++round) {
            const support::scratch_directory copy;
            for (const char* const file : {"samepage.a.data", "samepage.a.ctl"}) {
                copy_in_pieces(live.path() / file, copy.path() / file, round % 2 == 0 ? 4096 : 512, random);
            }
            for (const std::string how : {"lossless", "lossy", "named", "producer"}) {
                support::child one{"attaches_to_a_copy", {kind, how, copy.path().string()}};
                const std::string said = one.hear();
                BOOST_TEST(one.wait() == support::ended_well);
                const bool expected =
                    said == "ended" || said == "corrupt" || said == "refused" || said == "went on" || said == "full";
                BOOST_TEST(expected, kind << ", " << how << ": " << said);
                ++came[how + " " + said];
            }
        }
        BOOST_TEST_MESSAGE("    " << kind);
        for (const auto& [what, count] : came) {
            BOOST_TEST_MESSAGE("        " << count << " x " << what);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
