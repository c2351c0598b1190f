// SPDX-License-Identifier: BSL-1.0
// diagnose_test.cpp: each thing that can be in the way is found, with its remedy, and nothing is found where all is
// well.
#include "support/child.hpp"
#include "support/forked.hpp"
#include "support/pages.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/diagnose.hpp>
#include <samepage/ring/remove_channel.hpp>
#include <samepage/ring/remove_dead.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using samepage::concern;
using samepage::finding;
using samepage::severity;

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebi = 1 << 20;

constexpr const char* generous_limits =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max file size             unlimited            unlimited            bytes     \n"
    "Max open files            20000                20000                files     \n"
    "Max locked memory         unlimited            unlimited            bytes     \n";

/// A machine on which all is well, for one test to spoil: a tree of /proc, /sys and /etc, and an empty directory.
struct sound_machine {
    support::scratch_directory root;
    support::scratch_directory channels;
    samepage::diagnosis_options options{.directory = channels.path(),
                                        .root = root.path(),
                                        .user = 1000,
                                        .space = fs::space_info{1024 * mebi, 512 * mebi, 512 * mebi}};

    sound_machine()
    {
        write("/proc/self/limits", generous_limits);
        write("/proc/self/status", "CapEff:\t0000000000000000\n");
        write("/proc/self/mounts", "tmpfs /dev/shm tmpfs rw 0 0\n");
        write("/proc/self/fd/0", "");
        write("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size [advise] never deny force\n");
        write("/etc/passwd", "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/sh\n");
    }
    void write(std::string_view path, std::string_view text) const
    {
        const fs::path where = root.path() / path.substr(1);
        fs::create_directories(where.parent_path());
        std::ofstream{where} << text;
    }
    [[nodiscard]] std::vector<finding> diagnose() const { return samepage::diagnose(options); }

    /// The only finding; its parts are all there.
    [[nodiscard]] finding only(concern about, severity weight) const
    {
        const auto all = diagnose();
        for (const finding& each : all) {
            BOOST_TEST_MESSAGE("    " << each.text());
        }
        BOOST_TEST_REQUIRE(all.size() == 1U);
        const finding& found = all.front();
        BOOST_TEST(to_string(found.about) == to_string(about));
        BOOST_TEST(to_string(found.weight) == to_string(weight));
        BOOST_TEST(!found.subject.empty());
        BOOST_TEST(!found.expected.empty());
        BOOST_TEST(!found.found.empty());
        BOOST_TEST(!found.remedy.empty());
        return found;
    }

    /// Our scratch directories lie in /dev/shm.
    void run_systemd() const { fs::create_directories(root.path() / "run/systemd/system"); }
    [[nodiscard]] std::vector<finding> about(concern what) const
    {
        auto all = diagnose();
        all.erase(std::remove_if(all.begin(), all.end(), [&](const finding& each) { return each.about != what; }),
                  all.end());
        return all;
    }
};

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

samepage::channel_options in(const fs::path& directory)
{
    return {.capacity_bytes = 65536, .max_producers = 2, .directory = directory};
}

/// A datagram socket whose maker died.
void leave_dead_socket(const fs::path& path)
{
    const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    BOOST_TEST_REQUIRE(path.string().size() < sizeof address.sun_path);
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::bind(made, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
    ::close(made);
}

} // namespace

BOOST_AUTO_TEST_SUITE(diagnosis)

BOOST_AUTO_TEST_CASE(nothing_is_found_where_all_is_well)
{
    const sound_machine machine;
    samepage::producer<int> made{"a", in(machine.channels.path())};
    samepage::consumer<int> joined{"a", {.directory = machine.channels.path()}};
    BOOST_TEST(joined.native_handle() != -1);
    for (const finding& each : machine.diagnose()) {
        BOOST_ERROR(each.text());
    }
}

BOOST_AUTO_TEST_CASE(a_machine_that_says_nothing_of_itself_is_no_finding)
{
    sound_machine machine;
    machine.options.root = machine.root.path() / "nowhere";
    BOOST_TEST(machine.diagnose().empty());
}

BOOST_AUTO_TEST_CASE(this_machine_is_examined_without_harm)
{
    for (const finding& each : samepage::diagnose()) {
        BOOST_TEST_MESSAGE("    " << each.text());
        BOOST_TEST(!each.remedy.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_text_says_what_was_expected_found_and_to_be_done)
{
    const finding one{concern::space, severity::fault, "/x", "much", "little", "enlarge it"};
    BOOST_TEST(one.text() == "fault: /x: expected much, found little; enlarge it");
}

BOOST_AUTO_TEST_CASE(rings_that_nobody_took_yet_are_held_against_what_is_free)
{
    sound_machine machine;
    samepage::producer<int> made{
        "a", {.capacity_bytes = 64 * mebi, .max_producers = 3, .directory = machine.channels.path()}};
    machine.options.space = fs::space_info{1024 * mebi, 127 * mebi, 127 * mebi}; // two rings are not reserved yet
    const auto found = machine.only(concern::space, severity::warning);
    BOOST_TEST(has(found.expected, "128 MiB"));
    BOOST_TEST(has(found.found, "127 MiB"));
    BOOST_TEST(has(found.remedy, "--shm-size"));
    machine.options.space = fs::space_info{1024 * mebi, 130 * mebi, 130 * mebi};
    BOOST_TEST(machine.diagnose().empty());
}

BOOST_AUTO_TEST_CASE(a_small_file_system_and_a_full_one_are_told_apart)
{
    sound_machine machine;
    machine.options.space = fs::space_info{64 * mebi, 60 * mebi, 60 * mebi};
    static_cast<void>(machine.only(concern::space, severity::notice));
    machine.options.space = fs::space_info{64 * mebi, mebi, mebi};
    static_cast<void>(machine.only(concern::space, severity::warning));
}

BOOST_AUTO_TEST_CASE(remove_ipc_is_found_for_those_whom_it_meets)
{
    sound_machine machine;
    BOOST_TEST(machine.about(concern::remove_ipc).empty()); // no systemd
    machine.run_systemd();
    const auto found = machine.only(concern::remove_ipc, severity::warning);
    BOOST_TEST(has(found.found, "nothing set"));
    BOOST_TEST(has(found.subject, "ann (1000)"));
    BOOST_TEST(has(found.remedy, "enable-linger ann"));

    machine.options.user = 0;
    BOOST_TEST(machine.diagnose().empty());
    machine.options.user = 1000;
    machine.write("/var/lib/systemd/linger/ann", "");
    BOOST_TEST(machine.diagnose().empty());
}

BOOST_AUTO_TEST_CASE(the_setting_that_systemd_would_take_is_taken)
{
    const sound_machine machine;
    machine.run_systemd();
    const auto found = [&] { return !machine.about(concern::remove_ipc).empty(); };
    machine.write("/etc/systemd/logind.conf", "[Login]\n#RemoveIPC=no\n");
    BOOST_TEST(found());
    machine.write("/etc/systemd/logind.conf", "[Other]\nRemoveIPC=no\n");
    BOOST_TEST(found());
    machine.write("/etc/systemd/logind.conf", "[Login]\n RemoveIPC = No \n");
    BOOST_TEST(!found());
    machine.write("/usr/lib/systemd/logind.conf.d/20-x.conf", "[Login]\nRemoveIPC=yes\n"); // behind the main file
    BOOST_TEST(found());
    BOOST_TEST(has(machine.about(concern::remove_ipc).front().found, "/usr/lib/systemd/logind.conf.d/20-x.conf"));
    machine.write("/etc/systemd/logind.conf.d/20-x.conf", "[Login]\nRemoveIPC=off\n"); // hides its namesake
    BOOST_TEST(!found());
    machine.write("/run/systemd/logind.conf.d/30-y.conf", "[Login]\nRemoveIPC=1\n");
    BOOST_TEST(found());
    machine.write("/run/systemd/logind.conf.d/40-z.other", "[Login]\nRemoveIPC=no\n");
    BOOST_TEST(found());
}

BOOST_AUTO_TEST_CASE(limits_are_held_against_what_is_there)
{
    const sound_machine machine;
    samepage::producer<int> made{"a",
                                 {.capacity_bytes = 16 * mebi,
                                  .max_producers = 1,
                                  .room_for_producers = 1,
                                  .directory = machine.channels.path()}};
    machine.write("/proc/self/limits", "Max locked memory         8388608   8388608    bytes\n");
    BOOST_TEST(has(machine.only(concern::locked_memory, severity::notice).expected, "32."));
    // A ring is mapped twice, and counts twice.
    machine.write("/proc/self/limits", "Max locked memory         25165824   25165824    bytes\n");
    BOOST_TEST(has(machine.only(concern::locked_memory, severity::notice).expected, "twice the largest channel"));
    machine.write("/proc/self/limits", "Max locked memory         41943040   41943040    bytes\n");
    BOOST_TEST(machine.diagnose().empty());
    machine.write("/proc/self/limits", "Max locked memory         8388608   8388608    bytes\n");
    machine.write("/proc/self/status", "CapEff:\t0000000000004000\n"); // CAP_IPC_LOCK
    BOOST_TEST(machine.diagnose().empty());

    machine.write("/proc/self/limits", "Max open files            64   1024    files\n");
    BOOST_TEST(has(machine.only(concern::descriptors, severity::warning).found, "64"));
    machine.write("/proc/self/limits", "Max open files            4   1024    files\n");
    static_cast<void>(machine.only(concern::descriptors, severity::fault));

    machine.write("/proc/self/limits", "Max file size             1048576   unlimited    bytes\n");
    BOOST_TEST(has(machine.only(concern::file_size, severity::warning).found, "1 MiB"));
    machine.write("/proc/self/limits", "Max file size             104857600   unlimited    bytes\n");
    BOOST_TEST(machine.diagnose().empty());
    machine.write("/proc/self/limits", "Max file size             nonsense\nMax open files\n");
    BOOST_TEST(machine.diagnose().empty());
}

BOOST_AUTO_TEST_CASE(huge_pages_that_cannot_be_had_are_told)
{
    sound_machine machine;
    machine.write("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size advise [never] deny force");
    BOOST_TEST(has(machine.only(concern::huge_pages, severity::notice).remedy, "echo advise"));
    machine.write("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "[always] within_size advise never deny force");
    static_cast<void>(machine.only(concern::huge_pages, severity::notice));
    machine.write("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always [within_size] advise never deny force");
    machine.write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "8\n");
    machine.write("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "0\n");
    BOOST_TEST(has(machine.only(concern::huge_pages, severity::notice).found, "8 reserved"));
    machine.write("/proc/self/mounts", "none /mnt/huge hugetlbfs rw 0 0\n");
    BOOST_TEST(machine.diagnose().empty());
    machine.write("/proc/self/mounts", "none " + machine.channels.path().string() + " hugetlbfs rw 0 0\n");
    BOOST_TEST(has(machine.only(concern::huge_pages, severity::fault).found, "0 free of 8"));
}

BOOST_AUTO_TEST_CASE(a_hugetlbfs_is_held_against_the_pages_of_its_own_size)
{
    const sound_machine machine;
    const auto mounted = [&](const char* options) {
        machine.write("/proc/self/mounts",
                      "none " + machine.channels.path().string() + " hugetlbfs rw,relatime," + options + " 0 0\n");
    };
    machine.write("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "8\n");
    machine.write("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "8\n");
    machine.write("/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages", "2\n");
    machine.write("/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages", "0\n");
    mounted("pagesize=2M");
    BOOST_TEST(machine.diagnose().empty());
    mounted("pagesize=1G");
    auto found = machine.only(concern::huge_pages, severity::fault);
    BOOST_TEST(has(found.expected, "1 GiB"));
    BOOST_TEST(has(found.found, "0 free of 2"));
    BOOST_TEST(has(found.remedy, "hugepages-1048576kB/nr_hugepages"));
    mounted("pagesize=16M"); // of which there is no pool
    BOOST_TEST(has(machine.only(concern::huge_pages, severity::fault).found, "0 free of 0"));
    mounted("mode=1777"); // says nothing: any will do
    BOOST_TEST(machine.diagnose().empty());
}

BOOST_AUTO_TEST_CASE(a_file_system_without_nameless_files_is_a_fault)
{
    sound_machine machine;
    machine.options.directory = "/proc/self/task";
    const auto found = machine.about(concern::file_system);
    BOOST_TEST_REQUIRE(found.size() == 1U);
    BOOST_TEST((found.front().weight == severity::fault));
    BOOST_TEST(has(found.front().expected, "O_TMPFILE"));
    BOOST_TEST(has(found.front().remedy, "/dev/shm"));
    BOOST_TEST(std::string{to_string(concern::file_system)} == "file system");
}

BOOST_AUTO_TEST_CASE(a_handle_counts_as_many_descriptors_as_it_can_have)
{
    const auto open_now = [] { return std::distance(fs::directory_iterator("/proc/self/fd"), {}); };
    const sound_machine machine;
    const samepage::producer<int> made{"a", in(machine.channels.path())};
    const auto before = open_now();
    samepage::consumer<int> joined{"a", {.directory = machine.channels.path()}};
    BOOST_TEST(joined.native_handle() != -1);
    const auto each = open_now() - before;
    machine.write("/proc/self/limits", "Max open files            8   1024    files\n");
    BOOST_TEST(has(machine.only(concern::descriptors, severity::warning).expected,
                   "a handle takes up to " + std::to_string(each) + ','));
}

BOOST_AUTO_TEST_CASE(a_channel_whose_participants_are_all_dead_is_stale)
{
    const sound_machine machine;
    support::forked dead{[&]() -> int {
        samepage::producer<int> made{"a", in(machine.channels.path())};
        samepage::consumer<int> joined{"a", {.directory = machine.channels.path()}};
        ::_exit(0); // without their destructors
    }};
    BOOST_TEST(dead.wait() == 0);
    const auto found = machine.only(concern::stale, severity::warning);
    BOOST_TEST(has(found.found, "1 producer and 1 consumer died"));
    BOOST_TEST(has(found.remedy, "remove_channel(\"a\")"));
    BOOST_TEST(has(found.remedy, "remove_dead(\"" + machine.channels.path().string() + "\")"));
    samepage::producer<int> successor{"a", in(machine.channels.path())};
    BOOST_TEST(machine.diagnose().empty());
}

BOOST_AUTO_TEST_CASE(a_channel_that_everybody_left_is_noticed)
{
    const sound_machine machine;
    samepage::producer<int>{"a", in(machine.channels.path())};
    const auto found = machine.only(concern::stale, severity::notice);
    BOOST_TEST(has(found.found, "all have left"));
    BOOST_TEST(has(found.remedy, "{.closed = true})"));
    BOOST_TEST(samepage::remove_dead(machine.channels.path()).channels.empty());
    BOOST_TEST(samepage::remove_dead(machine.channels.path(), {.closed = true}).channels.size() == 1U); // as told
    BOOST_TEST(machine.diagnose().empty());
}

BOOST_AUTO_TEST_CASE(a_channel_that_keeps_a_place_and_whose_producer_died_is_removed_as_told)
{
    const sound_machine machine;
    support::forked dead{[&]() -> int {
        samepage::producer<int> made{"a", in(machine.channels.path())};
        samepage::consumer<int> joined{"a", {.name = "kept", .directory = machine.channels.path()}};
        ::_exit(0); // without their destructors
    }};
    BOOST_TEST(dead.wait() == 0);
    BOOST_TEST(has(machine.only(concern::stale, severity::warning).remedy, ", {.kept = true})"));
    BOOST_TEST(samepage::remove_dead(machine.channels.path()).channels.empty());
    BOOST_TEST(samepage::remove_dead(machine.channels.path(), {.kept = true}).channels.size() == 1U);
}

BOOST_AUTO_TEST_CASE(half_a_channel_is_found)
{
    const sound_machine machine;
    samepage::producer<int>{"a", in(machine.channels.path())};
    fs::rename(machine.channels.path() / "samepage.a.data", machine.root.path() / "kept");
    static_cast<void>(machine.only(concern::stale, severity::notice));
    fs::rename(machine.root.path() / "kept", machine.channels.path() / "samepage.a.data");
    fs::remove(machine.channels.path() / "samepage.a.ctl");
    static_cast<void>(machine.only(concern::damage, severity::fault));
}

BOOST_AUTO_TEST_CASE(bells_and_unfinished_ones_of_the_dead_are_found_and_those_of_the_living_are_not)
{
    const sound_machine machine;
    samepage::producer<int> made{"a", in(machine.channels.path())};
    samepage::consumer<int> living{"a", {.directory = machine.channels.path()}};
    BOOST_TEST(living.native_handle() != -1);
    BOOST_TEST(machine.diagnose().empty());
    leave_dead_socket(machine.channels.path() / "samepage.a.bell.1");
    const auto found = machine.only(concern::stale, severity::notice);
    BOOST_TEST(has(found.subject, "samepage.a.bell.1"));
    BOOST_TEST(has(found.remedy, "remove_dead("));
    BOOST_TEST(!has(found.remedy, "remove_channel(")); // which would take the living along
    BOOST_TEST(samepage::remove_dead(machine.channels.path()).files == 1U);
    BOOST_TEST(machine.diagnose().empty());
    leave_dead_socket(machine.channels.path() / "samepage.gone.bell.0");
    BOOST_TEST(has(machine.only(concern::stale, severity::notice).found, "a channel that is gone"));
    fs::remove(machine.channels.path() / "samepage.gone.bell.0");
    leave_dead_socket(machine.channels.path() / "samepage.~0123456789abcdef.3");
    BOOST_TEST(has(machine.only(concern::stale, severity::notice).found, "half-way"));
}

BOOST_AUTO_TEST_CASE(files_that_are_no_channel_are_damage)
{
    const sound_machine machine;
    std::ofstream{machine.channels.path() / "samepage.a.data"} << "precious text";
    std::ofstream{machine.channels.path() / "samepage.a.ctl"} << "precious text";
    BOOST_TEST(has(machine.only(concern::damage, severity::fault).subject, "samepage.a.data"));
    std::ofstream{machine.channels.path() / "samepage.-.data"} << "a name that no channel can have";
    std::ofstream{machine.channels.path() / "samepage.notes"} << "somebody else's";
    static_cast<void>(machine.only(concern::damage, severity::fault));
}

BOOST_AUTO_TEST_CASE(a_channel_that_was_cut_off_is_damage)
{
    const sound_machine machine;
    samepage::producer<int>{"a", in(machine.channels.path())};
    fs::resize_file(machine.channels.path() / "samepage.a.data", 8192);
    BOOST_TEST(has(machine.only(concern::damage, severity::fault).found, "truncated"));
}

BOOST_AUTO_TEST_CASE(a_channel_with_terms_that_none_can_have_is_damage)
{
    const sound_machine machine;
    const samepage::producer<int> made{"a", in(machine.channels.path())};
    support::pages{made.info()}.terms().max_producers.store(17);
    BOOST_TEST(has(machine.only(concern::damage, severity::fault).found, "17 producers at a time"));
}

BOOST_AUTO_TEST_CASE(a_consumer_that_contradicts_itself_is_damage)
{
    const sound_machine machine;
    const samepage::producer<int> made{"a", in(machine.channels.path())};
    const samepage::consumer<int> from{"a", {.directory = machine.channels.path()}};
    const support::pages pages{made.info()};
    reinterpret_cast<samepage::ring::cell_words<samepage::hardware_atomics>*>(pages.cells())->cursor.store(3);
    BOOST_TEST(has(machine.only(concern::damage, severity::fault).expected, "words of consumer slot 0"));
}

BOOST_AUTO_TEST_CASE(owners_and_modes_that_differ_are_found)
{
    const sound_machine machine;
    samepage::producer<int> made{"a", in(machine.channels.path())};
    fs::permissions(machine.channels.path() / "samepage.a.ctl", fs::perms{0640});
    const auto found = machine.only(concern::permissions, severity::warning);
    BOOST_TEST(has(found.expected, "mode 0600"));
    BOOST_TEST(has(found.found, "mode 0640"));
    fs::permissions(machine.channels.path() / "samepage.a.ctl", fs::perms{0660});
    static_cast<void>(machine.only(concern::permissions, severity::warning));
    fs::permissions(machine.channels.path() / "samepage.a.data", fs::perms{0640}); // the group consumes
    BOOST_TEST(machine.diagnose().empty());
    fs::permissions(machine.channels.path() / "samepage.a.ctl", fs::perms{0666});
    fs::permissions(machine.channels.path() / "samepage.a.data", fs::perms{0666});
    BOOST_TEST(has(machine.only(concern::permissions, severity::warning).remedy, "chmod o-w"));
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_used_is_found)
{
    sound_machine machine;
    fs::permissions(machine.channels.path(), fs::perms{0777});
    BOOST_TEST(has(machine.only(concern::permissions, severity::warning).remedy, "chmod +t"));
    machine.options.directory = machine.channels.path() / "nowhere";
    machine.options.space.reset();
    BOOST_TEST(has(machine.only(concern::permissions, severity::fault).found, "No such file"));
    std::ofstream{machine.channels.path() / "file"} << "";
    machine.options.directory = machine.channels.path() / "file";
    BOOST_TEST(has(machine.only(concern::permissions, severity::fault).found, "a regular file"));
}

BOOST_AUTO_TEST_CASE(the_worst_come_first)
{
    sound_machine machine;
    machine.write("/sys/kernel/mm/transparent_hugepage/shmem_enabled", "always within_size advise [never] deny force");
    machine.write("/proc/self/limits", "Max file size             1048576   unlimited    bytes\n");
    std::ofstream{machine.channels.path() / "samepage.a.data"} << "precious text";
    const auto all = machine.diagnose();
    BOOST_TEST_REQUIRE(all.size() == 3U);
    BOOST_TEST((all[0].weight == severity::fault));
    BOOST_TEST((all[1].weight == severity::warning));
    BOOST_TEST((all[2].weight == severity::notice));
}

BOOST_AUTO_TEST_CASE(another_users_channel_is_a_permission_fault)
{
    if (::geteuid() != 0) {
        BOOST_TEST_MESSAGE("    SKIPPED: becoming another user needs root");
        return;
    }
    const sound_machine machine;
    fs::permissions(machine.channels.path(), fs::perms{01777});
    fs::permissions(machine.root.path(), fs::perms{0755});
    samepage::producer<int> made{"a", in(machine.channels.path())};
    support::forked other{[&]() -> int {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) {
            return 2;
        }
        const auto all = samepage::diagnose(machine.options);
        const bool told = std::any_of(all.begin(), all.end(), [](const finding& each) {
            return each.about == concern::permissions && each.weight == severity::fault &&
                   has(each.remedy, "create it with a mode that admits others");
        });
        return told ? 0 : 1;
    }};
    BOOST_TEST(other.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
