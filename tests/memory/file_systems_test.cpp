// SPDX-License-Identifier: BSL-1.0
// file_systems_test.cpp: which file systems a channel may lie on, and what a disk keeps of it.
#include "memory/file_system.hpp"
#include "support/child.hpp"
#include "support/own_mounts.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/diagnose.hpp>
#include <samepage/ring/remove_channel.hpp>
#include <samepage/ring/write_back.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <thread>

#include <fcntl.h>
#include <linux/fuse.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using samepage::errc;
using support::refusal;
using support::require;
using support::says;
using support::tick;

namespace {

namespace fs = std::filesystem;

void publish(samepage::producer<tick>& to, std::uint64_t count)
{
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto number = to.next_number();
        auto slot = to.loan();
        *slot = support::tick_of(number);
        slot.publish();
    }
}

/// Reads all there is; the number of the record after the last one.
std::uint64_t drain(samepage::consumer<tick>& from, std::uint64_t first)
{
    support::follower seen{first};
    while (const auto batch = from.try_take()) {
        for (const tick& each : batch) {
            seen.see(each);
        }
    }
    return seen.next();
}

/// A file system of a program: it answers what a mount and a look at its root need, and nothing else.
class program_behind_files {
public:
    /// @return empty, or why it cannot be.
    std::string mount(const std::string& at)
    {
        descriptor_ = ::open("/dev/fuse", O_RDWR | O_CLOEXEC);
        if (descriptor_ == -1) {
            return "no /dev/fuse";
        }
        const std::string options = "fd=" + std::to_string(descriptor_) + ",rootmode=40000,user_id=0,group_id=0";
        std::string obstacle = support::mount_own("fuse", at, options);
        if (obstacle.empty()) {
            std::thread{[this] { serve(); }}.detach(); // ends with the process
        }
        return obstacle;
    }

private:
    void answer(std::uint64_t to, int error, const void* what = nullptr, std::size_t bytes = 0) const
    {
        std::array<char, 256> out{};
        ::fuse_out_header head{};
        head.len = static_cast<std::uint32_t>(sizeof head + bytes);
        head.error = -error;
        head.unique = to;
        std::memcpy(out.data(), &head, sizeof head);
        if (bytes != 0) {
            std::memcpy(out.data() + sizeof head, what, bytes);
        }
        static_cast<void>(::write(descriptor_, out.data(), head.len) == head.len);
    }

    void serve() const
    {
        static std::array<char, 1 << 17> in;
        while (::read(descriptor_, in.data(), in.size()) >= static_cast<ssize_t>(sizeof(::fuse_in_header))) {
            ::fuse_in_header head{};
            std::memcpy(&head, in.data(), sizeof head);
            if (head.opcode == FUSE_INIT) {
                ::fuse_init_out made{};
                made.major = FUSE_KERNEL_VERSION;
                made.minor = FUSE_KERNEL_MINOR_VERSION;
                made.max_write = 4096;
                answer(head.unique, 0, &made, sizeof made);
            } else if (head.opcode == FUSE_GETATTR) {
                ::fuse_attr_out root{};
                root.attr.ino = 1;
                root.attr.mode = S_IFDIR | 0777;
                root.attr.nlink = 2;
                answer(head.unique, 0, &root, sizeof root);
            } else if (head.opcode == FUSE_STATFS) {
                const ::fuse_statfs_out room{};
                answer(head.unique, 0, &room, sizeof room);
            } else {
                answer(head.unique, head.opcode == FUSE_LOOKUP ? ENOENT : ENOSYS);
            }
        }
    }

    int descriptor_ = -1;
};

bool run(const std::string& command)
{
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0; // NOLINT(cert-env33-c,concurrency-mt-unsafe)
}

} // namespace

SAMEPAGE_CHILD(makes_a_channel_where_a_program_answers)
{
    static program_behind_files program;
    std::string obstacle = support::leave_for_own_mounts();
    if (obstacle.empty()) {
        obstacle = program.mount(told.at(0));
    }
    if (!obstacle.empty()) {
        parent.say("cannot: " + obstacle);
        return;
    }
    try {
        samepage::producer<tick>{"a", {.directory = told.at(0)}};
        parent.say("made");
    } catch (const samepage::error& fault) {
        parent.say(fault.what());
    }
    for (const auto& each : samepage::diagnose({.directory = told.at(0)})) {
        if (each.about == samepage::concern::file_system) {
            parent.say(each.text());
        }
    }
}

SAMEPAGE_CHILD(publishes_on_a_disk_and_ends)
{
    samepage::producer<tick> to{"a", {.directory = told.at(0)}};
    publish(to, std::stoull(told.at(1)));
    parent.say(std::to_string(to.next_number()));
}

SAMEPAGE_CHILD(reads_by_name_on_a_disk_and_is_killed)
{
    samepage::consumer<tick> from{"a", {.name = "reader", .from = samepage::start::oldest, .directory = told.at(0)}};
    const auto first = from.next().front().number;
    parent.say(std::to_string(first));
    parent.say(std::to_string(drain(from, first)));
    static_cast<void>(parent.hear());
}

// A disk of its own, whose power fails: what had been written to it is copied, and mounted elsewhere.
SAMEPAGE_CHILD(loses_its_power)
{
    const fs::path base = told.at(0);
    const fs::path live = base / "live";
    const fs::path later = base / "later";
    fs::create_directory(live);
    fs::create_directory(later);
    const std::string disk = (base / "disk").string();
    const std::string copy = (base / "copy").string();
    std::string obstacle = support::leave_for_own_mounts();
    if (obstacle.empty() && !(run("truncate -s 64M " + disk) && run("mkfs.ext4 -q " + disk) &&
                              run("mount -o loop,commit=3600 " + disk + " " + live.string()))) {
        obstacle = "mkfs.ext4 or a loop device";
    }
    if (!obstacle.empty()) {
        parent.say("cannot: " + obstacle);
        return;
    }
    samepage::producer<tick> to{"a", {.max_producers = 2, .directory = live}};
    publish(to, 5000);
    samepage::write_back("a", live);
    publish(to, 1000); // not asked to be written
    require(run("cp --sparse=always " + disk + " " + copy), "the disk is copied as it is");
    require(run("mount -o loop " + copy + " " + later.string()), "what was written can be mounted");
    std::string said;
    {
        samepage::consumer<tick> from{"a", {.from = samepage::start::oldest, .directory = later}};
        said = std::to_string(drain(from, 0));
        const samepage::producer<tick> next{"a", {.directory = later}};
        said += next.next_number() >= 5000 ? " and on" : " and back";
    }
    to.close();
    run("umount " + later.string());
    run("umount " + live.string());
    parent.say(said);
}

BOOST_AUTO_TEST_SUITE(file_systems)

BOOST_AUTO_TEST_CASE(those_of_several_machines_of_programs_and_those_that_copy_are_unfit)
{
    constexpr std::uint64_t nfs = 0x6969;
    constexpr std::uint64_t ninep = 0x01021997;
    constexpr std::uint64_t cifs = 0xff534d42;
    constexpr std::uint64_t fuse = 0x65735546;
    constexpr std::uint64_t zfs = 0x2fc12fc1;
    for (const auto magic : {nfs, ninep, cifs, fuse, zfs}) {
        const auto found = samepage::memory::unfit(magic);
        BOOST_TEST_REQUIRE(found.has_value(), "magic " << std::hex << magic);
        BOOST_TEST_MESSAGE("    " << found->name << ": " << found->reason);
    }
    constexpr std::uint64_t tmpfs = 0x01021994;
    constexpr std::uint64_t ext4 = 0xef53;
    constexpr std::uint64_t xfs = 0x58465342;
    constexpr std::uint64_t btrfs = 0x9123683e;
    constexpr std::uint64_t hugetlbfs = 0x958458f6;
    constexpr std::uint64_t overlay = 0x794c7630;
    for (const auto magic : {tmpfs, ext4, xfs, btrfs, hugetlbfs, overlay}) {
        BOOST_TEST(!samepage::memory::unfit(magic).has_value(), "magic " << std::hex << magic);
    }
}

BOOST_AUTO_TEST_CASE(a_disk_is_told_from_memory)
{
    const support::scratch_directory disk{"/var/tmp"};
    const support::scratch_directory memory;
    using samepage::memory::storage;
    BOOST_TEST((samepage::memory::file_system_of({"test", "a", memory.path()}).kind == storage::shared_memory));
    BOOST_TEST((samepage::memory::file_system_of({"test", "a", disk.path()}).kind == storage::disk));
}

BOOST_AUTO_TEST_CASE(a_file_system_without_nameless_files_is_refused_with_those_that_have_them)
{
    const auto fault = refusal(errc::system, [] { samepage::producer<tick>{"a", {.directory = "/proc/self/task"}}; });
    BOOST_TEST(says(fault, "O_TMPFILE"));
    BOOST_TEST(says(fault, "ext4"));
}

BOOST_AUTO_TEST_CASE(a_channel_on_a_disk_outlives_all_its_processes)
{
    const support::scratch_directory disk{"/var/tmp"};
    const auto publishes = [&](std::uint64_t count) {
        support::child one{"publishes_on_a_disk_and_ends", {disk.path().string(), std::to_string(count)}};
        const auto next = one.hear_number();
        BOOST_TEST(one.wait() == support::ended_well);
        return next;
    };
    const auto reads = [&](std::uint64_t& first) {
        support::child one{"reads_by_name_on_a_disk_and_is_killed", {disk.path().string()}};
        first = one.hear_number();
        const auto next = one.hear_number();
        one.kill();
        return next;
    };
    std::uint64_t first = 1;
    BOOST_TEST(publishes(100) == 100U);
    BOOST_TEST(reads(first) == 100U);
    BOOST_TEST(first == 0U);
    BOOST_TEST(publishes(50) == 150U);
    BOOST_TEST(reads(first) == 150U);
    BOOST_TEST(first >= 99U); // the last batch was released when it was asked for the next one
    BOOST_TEST(samepage::remove_channel("a", disk.path()));
    BOOST_TEST(disk.listing() == "");
}

BOOST_AUTO_TEST_CASE(what_has_no_disk_cannot_be_written_back_and_what_does_not_exist_neither)
{
    const support::scratch_directory disk{"/var/tmp"};
    const support::scratch_channel channel;
    const samepage::producer<tick> made{channel.name()};
    const auto fault = refusal(errc::invalid_argument, [&] { samepage::write_back(channel.name(), "/dev/shm"); });
    BOOST_TEST(says(fault, "/dev/shm"));
    refusal(errc::not_found, [&] { samepage::write_back("a", disk.path()); });
    const samepage::producer<tick> kept{"a", {.directory = disk.path()}};
    samepage::write_back("a", disk.path());
    fs::remove(disk.path() / "samepage.a.ctl");
    refusal(errc::retired, [&] { samepage::write_back("a", disk.path()); });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(own_file_systems)

BOOST_AUTO_TEST_CASE(a_file_system_of_a_program_is_refused)
{
    const support::scratch_directory place;
    support::child inside{"makes_a_channel_where_a_program_answers", {place.path().string()}};
    const std::string said = inside.hear();
    if (said.starts_with("cannot: ")) {
        BOOST_TEST_MESSAGE("SKIPPED: this machine allows no mount of a FUSE (" << said.substr(8) << ")");
        return;
    }
    BOOST_TEST_MESSAGE("    " << said);
    BOOST_TEST(said.find("found FUSE: a program stands behind its files") != std::string::npos, said);
    BOOST_TEST(said.find("use /dev/shm") != std::string::npos, said);
    const std::string diagnosed = inside.hear();
    BOOST_TEST(diagnosed.starts_with("fault: "), diagnosed);
    BOOST_TEST(diagnosed.find("found FUSE: a program stands behind its files") != std::string::npos, diagnosed);
}

BOOST_AUTO_TEST_CASE(what_was_written_back_is_there_after_a_power_loss_and_can_be_gone_on_with)
{
    const support::scratch_directory place;
    support::child inside{"loses_its_power", {place.path().string()}};
    const std::string said = inside.hear();
    if (said.starts_with("cannot: ")) {
        BOOST_TEST_MESSAGE("SKIPPED: this machine allows no disk of its own (" << said.substr(8) << ")");
        return;
    }
    BOOST_TEST_MESSAGE("    found " << said);
    BOOST_TEST(std::stoull(said) >= 5000U);
    BOOST_TEST(said.ends_with(" and on"));
    BOOST_TEST(inside.wait() == support::ended_well);
}

BOOST_AUTO_TEST_SUITE_END()
