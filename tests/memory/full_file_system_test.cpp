// SPDX-License-Identifier: BSL-1.0
// full_file_system_test.cpp: no room is an error when a channel is made, never a fault afterwards.
#include "support/child.hpp"
#include "support/own_mounts.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/change_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;
using samepage::errc;
using support::require;

std::uint64_t free_bytes(const std::string& at)
{
    struct statvfs room {};
    require(::statvfs(at.c_str(), &room) == 0, "statvfs");
    return std::uint64_t{room.f_bavail} * room.f_frsize;
}

std::size_t files_in(const std::string& at)
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(at), {}));
}

/// A channel with little besides its ring.
samepage::channel_options few(std::size_t capacity_bytes, const std::string& at)
{
    return {.capacity_bytes = capacity_bytes, .max_producers = 2, .room_for_producers = 2, .directory = at};
}

/// Makes a channel that does not fit and returns the error.
samepage::error no_room_for(const std::string& at, std::size_t capacity_bytes)
{
    try {
        samepage::bytes_producer{"big", few(capacity_bytes, at)};
    } catch (const samepage::error& fault) {
        require(fault.code() == errc::no_space, std::string{"no space, but: "} + fault.what());
        return fault;
    }
    throw std::runtime_error("a channel that cannot fit was made");
}

/// A file that takes all the room there is.
void fill_up(const std::string& path)
{
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    require(file >= 0, "the filler opens");
    const std::vector<char> bytes(4096, 'x');
    while (::write(file, bytes.data(), bytes.size()) > 0) {
    }
    ::close(file);
}

constexpr std::uint64_t a_disks_own = 4 * 4096; // of its tables

std::uint64_t length_of(const std::string& at, const std::string& channel)
{
    return fs::file_size(at + "/samepage." + channel + ".data");
}

/// Asks for rings that the file system has no room for, and sees that it is as full as before.
/// @return the error
std::string no_room_to_change(const std::string& at, std::size_t capacity_bytes)
{
    const auto before = free_bytes(at);
    const auto length = length_of(at, "big");
    try {
        samepage::change_channel("big", {.capacity_bytes = capacity_bytes}, at);
    } catch (const samepage::error& fault) {
        require(fault.code() == errc::no_space, std::string{"no space, but: "} + fault.what());
        require(fault.parts().found.starts_with(std::to_string(before >> 20U)),
                "what was free: " + fault.parts().found);
        require(free_bytes(at) + a_disks_own >= before, std::to_string(before - free_bytes(at)) + " bytes are left");
        require(length_of(at, "big") == length, "the file is as long as before");
        return fault.what();
    }
    throw std::runtime_error("rings that cannot fit were made");
}

/// Runs the named role in a namespace of its own; false if the machine does not allow it.
bool in_small_file_system(const std::string& what, const std::string& options)
{
    const support::scratch_directory place;
    support::child inside{"in_a_small_file_system", {what, place.path().string(), options}};
    const std::string said = inside.hear();
    if (said.starts_with("cannot: ")) {
        BOOST_TEST_MESSAGE("SKIPPED: this machine allows no mount namespace (" << said.substr(8) << ")");
        return false;
    }
    BOOST_TEST(said == "right");
    for (std::string line; (line = inside.hear()) != "end";) {
        BOOST_TEST_MESSAGE("    " << line);
    }
    BOOST_TEST(inside.wait() == support::ended_well);
    BOOST_TEST(place.listing() == "");
    return true;
}

std::string refused_with_what_it_needs(const std::string& at)
{
    const auto before = free_bytes(at);
    const auto fault = no_room_for(at, std::size_t{8} << 20U);
    const auto& parts = fault.parts();
    require(parts.expected.find("8 MiB") != std::string::npos, "needs: " + parts.expected);
    require(parts.found.find("KiB free in " + at) != std::string::npos, "free: " + parts.found);
    require(parts.remedy.find("capacity_bytes") != std::string::npos, "a smaller one helps: " + parts.remedy);
    require(parts.remedy.find("shm-size") != std::string::npos, "a larger file system helps: " + parts.remedy);
    require(files_in(at) == 0, "no file is left");
    require(free_bytes(at) == before, "no page is left");
    return fault.what();
}

std::string fits_when_room_is_made(const std::string& at)
{
    fill_up(at + "/filler");
    const auto fault = no_room_for(at, 65536);
    require(files_in(at) == 1, "no file is left");
    fs::remove(at + "/filler");
    samepage::bytes_producer made{"big", few(65536, at)};
    made.loan(1000).publish();
    return fault.what();
}

std::string refused_for_the_second_file(const std::string& at)
{
    // 76 KiB: the data file of 72 KiB fits, the control file does not.
    const auto before = free_bytes(at);
    const auto fault = no_room_for(at, 65536);
    require(files_in(at) == 0, "no file is left");
    require(free_bytes(at) == before, "no page is left");
    return fault.what();
}

std::string refused_without_an_inode(const std::string& at)
{
    const auto fault = no_room_for(at, 4096);
    require(!fault.parts().expected.empty(), "says what it needs");
    require(files_in(at) == 0, "no file is left");
    return fault.what();
}

std::string keeps_its_room(const std::string& at)
{
    samepage::bytes_producer made{"kept", few(65536, at)};
    fill_up(at + "/filler");
    require(free_bytes(at) == 0, "the file system is full");
    for (int lap = 0; lap < 10; ++lap) { // every page of the ring is written: one that is not there is a SIGBUS
        auto slot = made.loan(made.max_record_bytes());
        std::memset(slot.data(), lap, slot.size());
        slot.publish();
    }
    return "no fault in ten laps over a full file system";
}

std::string joined_when_full(const std::string& at)
{
    samepage::producer<int> made{"kept", few(65536, at)};
    fill_up(at + "/filler");
    std::vector<std::unique_ptr<samepage::consumer<int>>> joined; // they write to the control file's pages
    for (int i = 0; i < 64; ++i) {
        joined.push_back(
            std::make_unique<samepage::consumer<int>>("kept", samepage::consumer_options{.directory = at}));
    }
    auto slot = made.loan();
    *slot = 1;
    slot.publish();
    for (auto& each : joined) {
        require(each->take().front() == 1, "the record is there");
    }
    return "64 consumers joined in a full file system";
}

std::string changes_after_one_that_found_no_room(const std::string& at)
{
    constexpr std::size_t larger = std::size_t{2} << 20U;
    std::optional<samepage::bytes_producer> to{std::in_place, "big", few(larger / 2, at)};
    static_cast<void>(no_room_to_change(at, std::size_t{256} << 20U)); // its producer would need it
    require(samepage::change_channel("big", {.capacity_bytes = larger}, at) == 1, "there is room for a smaller one");
    while (to->info().capacity_bytes != larger) {
        to->loan(1000).publish();
    }
    to.reset();
    const auto said = no_room_to_change(at, std::size_t{256} << 20U); // nobody is there who would
    require(samepage::change_channel("big", {.capacity_bytes = 2 * larger}, at) == 0,
            "there is room for a smaller one");
    to.emplace("big", few(larger, at));
    to->loan(1000).publish();
    require(to->info().capacity_bytes == 2 * larger, "the next producer has it");
    return said;
}

std::string is_joined_by_one_without_room(const std::string& at)
{
    samepage::bytes_producer first{"big", few(std::size_t{32} << 20U, at)};
    const auto before = free_bytes(at);
    std::string said;
    try {
        samepage::bytes_producer{"big", {.directory = at}};
    } catch (const samepage::error& fault) {
        require(fault.code() == errc::no_space, std::string{"no space, but: "} + fault.what());
        said = fault.what();
    }
    require(!said.empty(), "there is no room for a second ring");
    require(free_bytes(at) + a_disks_own >= before, std::to_string(before - free_bytes(at)) + " bytes of it are left");
    first.loan(1000).publish();
    return said;
}

/// A disk of 60 MiB at `at`, on an image that goes with it. Empty, or why it cannot be.
std::string mount_disk(const std::string& at)
{
    const std::string image = at + ".image";
    const auto run = [](const std::string& command) {
        return std::system((command + " >/dev/null 2>&1").c_str()) == 0; // NOLINT(cert-env33-c,concurrency-mt-unsafe)
    };
    fs::create_directory(at);
    const bool mounted =
        run("truncate -s 60M " + image) && run("mkfs.ext4 -q " + image) && run("mount -o loop " + image + " " + at);
    fs::remove(image);
    return mounted ? std::string{} : "mkfs.ext4 or a loop device";
}

} // namespace

SAMEPAGE_CHILD(in_a_small_file_system)
{
    const bool on_a_disk = told.at(2) == "ext4";
    const std::string at = told.at(1) + (on_a_disk ? "/disk" : "");
    std::string obstacle = support::leave_for_own_mounts();
    if (obstacle.empty()) {
        obstacle = on_a_disk ? mount_disk(at) : support::mount_own("tmpfs", at, told.at(2));
    }
    if (!obstacle.empty()) {
        parent.say("cannot: " + obstacle);
        return;
    }
    const std::string& what = told.at(0);
    const auto message = what == "needs"             ? refused_with_what_it_needs(at)
                         : what == "freed"           ? fits_when_room_is_made(at)
                         : what == "second"          ? refused_for_the_second_file(at)
                         : what == "inode"           ? refused_without_an_inode(at)
                         : what == "kept"            ? keeps_its_room(at)
                         : what == "change"          ? changes_after_one_that_found_no_room(at)
                         : what == "second producer" ? is_joined_by_one_without_room(at)
                                                     : joined_when_full(at);
    if (on_a_disk) {
        require(::umount(at.c_str()) == 0 && fs::remove(at), "the disk goes");
    }
    parent.say("right");
    parent.say(message);
    parent.say("end");
}

BOOST_AUTO_TEST_SUITE(full_file_system)

BOOST_AUTO_TEST_CASE(a_channel_that_does_not_fit_is_refused_with_what_it_needs_and_what_is_free)
{
    in_small_file_system("needs", "size=328k");
}

BOOST_AUTO_TEST_CASE(a_channel_fits_once_room_is_made)
{
    in_small_file_system("freed", "size=328k");
}

BOOST_AUTO_TEST_CASE(a_control_file_that_does_not_fit_takes_the_data_file_along)
{
    in_small_file_system("second", "size=76k");
}

BOOST_AUTO_TEST_CASE(a_file_system_without_a_free_inode_is_no_space)
{
    in_small_file_system("inode", "size=1m,nr_inodes=1");
}

BOOST_AUTO_TEST_CASE(a_channel_keeps_its_room_when_the_file_system_fills_up)
{
    in_small_file_system("kept", "size=328k");
}

BOOST_AUTO_TEST_CASE(consumers_join_though_the_file_system_is_full)
{
    in_small_file_system("joined", "size=328k");
}

BOOST_AUTO_TEST_CASE(a_change_that_finds_no_room_leaves_the_room_that_was_there)
{
    in_small_file_system("change", "size=32m");
    in_small_file_system("change", "ext4");
}

BOOST_AUTO_TEST_CASE(a_producer_that_finds_no_room_for_its_ring_leaves_the_room_that_was_there)
{
    in_small_file_system("second producer", "size=46m");
    in_small_file_system("second producer", "ext4");
}

BOOST_AUTO_TEST_SUITE_END()
