// SPDX-License-Identifier: BSL-1.0
// huge_pages_test.cpp: rings in transparent huge pages, and channels on a hugetlbfs.
#include "support/child.hpp"
#include "support/mapped.hpp"
#include "support/own_mounts.hpp"
#include "support/records.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/ring/observer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>

using samepage::errc;
using support::mapping_at;
using support::refusal;
using support::require;
using support::says;

namespace {

namespace fs = std::filesystem;

constexpr const char* pool = "/proc/sys/vm/nr_hugepages"; // of the default size

std::uint64_t number_in(const std::string& path)
{
    std::ifstream from(path);
    std::uint64_t number = 0;
    from >> number;
    return number;
}

/// More huge pages than the machine has reserved, as long as this lives.
class more_huge_pages {
public:
    explicit more_huge_pages(std::uint64_t count) : before_(number_in(pool))
    {
        std::ofstream{pool} << before_ + count;
        enough_ = number_in(pool) >= before_ + count;
    }
    more_huge_pages(const more_huge_pages&) = delete;
    more_huge_pages& operator=(const more_huge_pages&) = delete;
    ~more_huge_pages() { std::ofstream{pool} << before_; }

    [[nodiscard]] bool enough() const noexcept { return enough_; }

private:
    std::uint64_t before_;
    bool enough_ = false;
};

/// Passes records over the wrap several times, in one process.
void pass_records(const std::string& name, const fs::path& directory, samepage::bytes_producer& from)
{
    samepage::bytes_consumer to{name, {.directory = directory}};
    support::follower seen;
    const std::size_t bytes = from.info().capacity_bytes / 5;
    for (std::uint64_t number = 0; number < 23; ++number) {
        auto slot = from.loan(bytes);
        support::fill(slot.bytes(), number);
        slot.publish();
        seen.see(to.take().front());
    }
    require(seen.next() == 23, "every record came whole");
}

std::string refused_without_pages(const std::string& at)
{
    try {
        samepage::bytes_producer{"a", {.max_producers = 1, .directory = at}};
    } catch (const samepage::error& fault) {
        require(fault.code() == errc::no_space, fault.what());
        require(fault.parts().expected.find("huge pages of") != std::string::npos, fault.what());
        require(fault.parts().found.find(" free of ") != std::string::npos, fault.what());
        require(fault.parts().remedy.find("nr_hugepages") != std::string::npos, fault.what());
        require(fs::is_empty(at), "nothing is left");
        return fault.what();
    }
    throw std::runtime_error("a channel was made of huge pages that are not there");
}

std::string made_of_huge_pages(const std::string& at)
{
    samepage::bytes_producer made{"a", {.capacity_bytes = 1, .max_producers = 2, .directory = at}};
    const auto ring = mapping_at(made.info().ring);
    require(ring.page_bytes > 4096 && made.info().capacity_bytes == ring.page_bytes, "a ring is one huge page");
    const auto taken = support::taken_by(at + "/samepage.a.data");
    require(taken == 5 * ring.page_bytes, "header, directory, two producers' words, and one ring are reserved");
    pass_records("a", at, made);
    {
        samepage::bytes_producer second{"a", {.directory = at, .memory = {.prefault = true, .lock = true}}};
        require(support::taken_by(at + "/samepage.a.data") == taken + ring.page_bytes, "the second ring came with it");
        pass_records("a", at, second);
        samepage::observer outside{"a", at};
        require(outside.look().lanes.size() == 2, "it can be observed");
    }
    const samepage::bytes_consumer named{"a", {.name = "keeps", .directory = at, .memory = {.prefault = true}}};
    require(samepage::remove_channel("a", at), "it can be removed");
    require(fs::is_empty(at), "nothing is left");
    return "a ring of " + std::to_string(ring.page_bytes) + " bytes";
}

} // namespace

SAMEPAGE_CHILD(on_a_hugetlbfs)
{
    std::string obstacle = support::leave_for_own_mounts();
    if (obstacle.empty()) {
        obstacle = support::mount_own("hugetlbfs", told.at(1), told.at(2));
    }
    if (!obstacle.empty()) {
        parent.say("cannot: " + obstacle);
        return;
    }
    parent.say("right");
    parent.say(told.at(0) == "none" ? refused_without_pages(told.at(1)) : made_of_huge_pages(told.at(1)));
}

namespace {

void run_on_hugetlbfs(const std::string& what, const std::string& options)
{
    const support::scratch_directory place;
    support::child inside{"on_a_hugetlbfs", {what, place.path().string(), options}};
    const std::string said = inside.hear();
    if (said.starts_with("cannot: ")) {
        BOOST_TEST_MESSAGE("SKIPPED: this machine allows no mount of a hugetlbfs (" << said.substr(8) << ")");
        return;
    }
    BOOST_TEST(said == "right");
    BOOST_TEST_MESSAGE("    " << inside.hear());
    BOOST_TEST(inside.wait() == support::ended_well);
}

} // namespace

BOOST_AUTO_TEST_SUITE(huge_pages)

BOOST_AUTO_TEST_CASE(a_ring_on_a_tmpfs_is_mapped_by_huge_pages_and_the_words_take_small_ones)
{
    const support::scratch_channel channel;
    std::optional<samepage::bytes_producer> made;
    try {
        made.emplace(channel.name(), samepage::channel_options{.max_producers = 2, .memory = {.huge = true}});
    } catch (const samepage::error& fault) {
        BOOST_TEST(!fault.parts().remedy.empty());
        BOOST_TEST(!support::is_there(channel.data()));
        BOOST_TEST_MESSAGE("SKIPPED: no huge pages here: " << fault.what());
        return;
    }
    const std::size_t huge = number_in("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
    BOOST_TEST(made->info().capacity_bytes == huge);
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(made->info().ring) % huge == 0U);
    BOOST_TEST(mapping_at(made->info().ring).huge == huge);
    BOOST_TEST(support::taken_by(channel.data()) < huge + huge / 4, "header and words lie apart, and take little");
    BOOST_TEST(support::taken_by(channel.control()) < huge);
    pass_records(channel.name(), "/dev/shm", *made);
    {
        const samepage::bytes_consumer reader{channel.name(), {.memory = {.prefault = true}}};
        BOOST_TEST(mapping_at(reader.info().ring).huge == huge);
        BOOST_TEST(mapping_at(reader.info().ring + huge).huge == huge);
    }
    samepage::bytes_producer second{channel.name()}; // its ring is made as the channel's
    BOOST_TEST(mapping_at(second.info().ring).huge == huge);
    pass_records(channel.name(), "/dev/shm", second);
}

BOOST_AUTO_TEST_CASE(huge_pages_and_nodes_on_a_disk_are_refused_with_the_reason)
{
    const support::scratch_directory disk{"/var/tmp"};
    for (const samepage::memory_options& wanted :
         {samepage::memory_options{.huge = true}, samepage::memory_options{.numa_node = 0}}) {
        const auto fault = refusal(errc::invalid_argument, [&] {
            samepage::bytes_producer{"a", {.directory = disk.path(), .memory = wanted}};
        });
        BOOST_TEST(says(fault, "disk"));
        BOOST_TEST(disk.listing() == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(hugetlbfs)

BOOST_AUTO_TEST_CASE(too_few_huge_pages_are_no_space_with_what_to_do)
{
    run_on_hugetlbfs("none", "size=2M");
}

BOOST_AUTO_TEST_CASE(a_channel_on_a_hugetlbfs_is_made_of_huge_pages)
{
    const more_huge_pages reserved{16};
    if (!reserved.enough()) {
        BOOST_TEST_MESSAGE("SKIPPED: no 16 huge pages can be reserved (root, and free memory in one piece)");
        return;
    }
    run_on_hugetlbfs("some", "");
}

BOOST_AUTO_TEST_SUITE_END()
