// SPDX-License-Identifier: BSL-1.0
// page_care_test.cpp: pages that were asked to be in memory, locked, or on a node, are.
#include "support/child.hpp"
#include "support/denied_call.hpp"
#include "support/forked.hpp"
#include "support/mapped.hpp"
#include "support/refusal.hpp"
#include "support/scratch.hpp"
#include "support/users.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <linux/mempolicy.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

using samepage::errc;
using support::mapping_at;
using support::refusal;
using support::says;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t capacity = std::size_t{1} << 20U;

/// The ring of one end, and its mirror.
template <class End>
support::mapped lower(const End& of)
{
    return mapping_at(of.info().ring);
}
template <class End>
support::mapped upper(const End& of)
{
    return mapping_at(of.info().ring + of.info().capacity_bytes);
}

void publish(samepage::bytes_producer& to, std::size_t bytes)
{
    auto slot = to.loan(bytes);
    std::memset(slot.data(), 1, slot.size());
    slot.publish();
}

/// The policy of the page at `address`, and the node it is on.
struct policy {
    int mode = -1;
    unsigned long nodes = 0; ///< the first of them
    int node = -1;
};

policy policy_of(const std::byte* address)
{
    policy found;
    unsigned long nodes[1024 / (CHAR_BIT * sizeof(unsigned long))] = {};
    auto* const at = const_cast<std::byte*>(address);
    BOOST_TEST(::syscall(SYS_get_mempolicy, &found.mode, nodes, 1024UL, at, MPOL_F_ADDR) == 0);
    BOOST_TEST(::syscall(SYS_get_mempolicy, &found.node, nullptr, 0UL, at, MPOL_F_ADDR | MPOL_F_NODE) == 0);
    found.nodes = nodes[0];
    return found;
}

bool has_nodes()
{
    if (fs::exists("/sys/devices/system/node/has_memory")) {
        return true;
    }
    BOOST_TEST_MESSAGE("    this kernel lists no NUMA nodes");
    return false;
}

} // namespace

// Makes a channel whose pages are to be locked, with little leave to do so; says the error.
SAMEPAGE_CHILD(locks_beyond_its_limit)
{
    const ::rlimit limit{65536, 65536};
    support::require(::setrlimit(RLIMIT_MEMLOCK, &limit) == 0, "a lower limit can be set");
    if (::geteuid() == 0) {
        support::become(65534, 65534);
    }
    const auto attempt = [&](auto&& call) {
        try {
            call();
            parent.say("allowed");
        } catch (const samepage::error& fault) {
            parent.say(fault.what());
        }
    };
    attempt([&] { samepage::bytes_producer{told.at(0), {.memory = {.lock = true}}}; });
    samepage::bytes_producer made{told.at(1)};
    attempt([&] { samepage::bytes_consumer{told.at(1), {.name = "its", .memory = {.lock = true}}}; });
    attempt([&] { samepage::bytes_consumer{told.at(1)}; });
}

// Is refused nameless channels that it has made half of, for each reason why their first ring may not be as asked for;
// says the errors, then makes one.
SAMEPAGE_CHILD(is_refused_nameless_channels)
{
    const ::rlimit limit{65536, 65536};
    support::require(::setrlimit(RLIMIT_MEMLOCK, &limit) == 0, "a lower limit can be set");
    if (::geteuid() == 0) {
        support::become(65534, 65534);
    }
    for (const samepage::memory_options& care :
         {samepage::memory_options{.nameless = true, .numa_node = 5000}, {.nameless = true, .lock = true}}) {
        try {
            samepage::bytes_producer{"refused", {.memory = care}};
            parent.say("allowed");
        } catch (const samepage::error& fault) {
            parent.say(fault.what());
        }
    }
    const support::forked bystander([] { return 0; }); // forks go on
    samepage::bytes_producer made{"good", {.memory = {.nameless = true}}};
    samepage::bytes_consumer from{made.descriptors()};
    publish(made, 100);
    parent.say(std::to_string(from.take().front().size()));
}

SAMEPAGE_CHILD(prefaults_on_an_older_kernel)
{
    support::deny_call(SYS_madvise, EINVAL);
    const samepage::bytes_producer made{told.at(0), {.memory = {.prefault = true}}};
    parent.say(std::to_string(lower(made).present));
}

BOOST_AUTO_TEST_SUITE(page_care)

BOOST_AUTO_TEST_CASE(a_prefaulted_ring_is_in_the_page_tables_twice_and_another_is_not)
{
    const support::scratch_channel channel;
    const support::scratch_channel other;
    const samepage::bytes_producer made{channel.name(), {.memory = {.prefault = true}}};
    const samepage::bytes_producer plain{other.name()};
    BOOST_TEST(lower(made).present == capacity);
    BOOST_TEST(upper(made).present == capacity);
    BOOST_TEST(lower(plain).present < capacity);
    BOOST_TEST(!lower(made).is_locked);
}

BOOST_AUTO_TEST_CASE(a_producer_that_joins_has_its_own_ring_prefaulted)
{
    const support::scratch_channel channel;
    const samepage::bytes_producer first{channel.name()};
    const samepage::bytes_producer second{channel.name(), {.memory = {.prefault = true}}};
    BOOST_TEST(lower(second).present == capacity);
    BOOST_TEST(lower(first).present < capacity);
}

BOOST_AUTO_TEST_CASE(a_consumer_prefaults_and_locks_the_rings_that_are_taken_and_reserves_no_other)
{
    const support::scratch_channel channel;
    const samepage::bytes_producer first{channel.name(), {.max_producers = 2}};
    const auto before = support::taken_by(channel.data());
    const samepage::bytes_consumer prefaulted{channel.name(), {.memory = {.prefault = true}}};
    const samepage::bytes_consumer locked{channel.name(), {.memory = {.lock = true}}};
    for (const auto* each : {&prefaulted, &locked}) {
        BOOST_TEST(lower(*each).present == capacity);
        BOOST_TEST(upper(*each).present == capacity);
    }
    BOOST_TEST(locked.info().ring != prefaulted.info().ring);
    BOOST_TEST(lower(locked).is_locked);
    BOOST_TEST(!lower(prefaulted).is_locked);
    BOOST_TEST(support::taken_by(channel.data()) == before);
    const samepage::bytes_producer second{channel.name()};
    BOOST_TEST(support::taken_by(channel.data()) == before + capacity);
}

BOOST_AUTO_TEST_CASE(a_locked_ring_stays_in_memory_with_its_mirror)
{
    const support::scratch_channel channel;
    const samepage::bytes_producer made{channel.name(), {.memory = {.lock = true}}};
    BOOST_TEST(lower(made).is_locked);
    BOOST_TEST(upper(made).is_locked);
    BOOST_TEST(lower(made).locked + upper(made).locked == capacity); // each page counts as a half, twice
}

BOOST_AUTO_TEST_CASE(a_ring_that_is_taken_later_is_locked_as_it_is_read)
{
    const support::scratch_channel channel;
    const samepage::bytes_producer first{channel.name(), {.max_producers = 2}};
    samepage::bytes_consumer joined{channel.name(), {.memory = {.lock = true}}};
    samepage::bytes_producer second{channel.name()};
    publish(second, capacity / 2);
    const auto batch = joined.take();
    BOOST_TEST_REQUIRE(batch.lane() == 1U);
    unsigned sum = 0;
    for (const std::byte each : batch.front()) {
        sum += std::to_integer<unsigned>(each);
    }
    BOOST_TEST(sum == capacity / 2);
    // Lane 1's mapping, wherever it lies: it holds the record.
    const std::byte* const page = batch.front().data() - 8;
    const auto there = mapping_at(page);
    BOOST_TEST(there.is_locked);
    BOOST_TEST(there.present >= capacity / 2);
}

BOOST_AUTO_TEST_CASE(more_locked_pages_than_the_limit_allows_are_refused_with_the_limit_and_nothing_is_left)
{
    const support::scratch_channel channel;
    const support::scratch_channel other;
    support::child limited{"locks_beyond_its_limit", {channel.name(), other.name()}};
    const std::string made = limited.hear();
    BOOST_TEST_MESSAGE("    " << made);
    if (made == "allowed") {
        BOOST_TEST_MESSAGE("    this process may lock what it likes");
        return;
    }
    BOOST_TEST(made.find("permission denied") != std::string::npos, made);
    BOOST_TEST(made.find("RLIMIT_MEMLOCK) of 64 KiB") != std::string::npos, made);
    BOOST_TEST(made.find("ulimit -l") != std::string::npos, made);
    BOOST_TEST(!support::is_there(channel.data()));
    BOOST_TEST(!support::is_there(channel.control()));
    const std::string joined = limited.hear();
    BOOST_TEST(joined.find("RLIMIT_MEMLOCK) of 64 KiB") != std::string::npos, joined);
    limited.expect("allowed");
    BOOST_TEST(limited.wait() == support::ended_well);
}

BOOST_AUTO_TEST_CASE(a_nameless_channel_that_cannot_be_as_asked_for_is_refused_with_its_reason_and_others_can_be_made)
{
    support::child limited{"is_refused_nameless_channels"};
    const std::string on_a_node = limited.hear();
    BOOST_TEST(on_a_node.find("5000") != std::string::npos, on_a_node);
    BOOST_TEST(on_a_node.find("correct memory_options::numa_node") != std::string::npos, on_a_node);
    const std::string locked = limited.hear();
    if (locked == "allowed") {
        BOOST_TEST_MESSAGE("    this process may lock what it likes");
    } else {
        BOOST_TEST(locked.find("RLIMIT_MEMLOCK) of 64 KiB") != std::string::npos, locked);
    }
    limited.expect("100");
    BOOST_TEST(limited.wait() == support::ended_well);
}

BOOST_AUTO_TEST_CASE(a_kernel_that_cannot_be_asked_to_prefault_is_made_to)
{
    const support::scratch_channel channel;
    support::child older{"prefaults_on_an_older_kernel", {channel.name()}};
    BOOST_TEST(older.hear_number() == capacity);
}

BOOST_AUTO_TEST_CASE(pages_of_a_channel_that_is_bound_to_a_node_are_there)
{
    if (!has_nodes()) {
        return;
    }
    const support::scratch_channel channel;
    samepage::bytes_producer made{channel.name(), {.memory = {.numa_node = 0}}};
    samepage::bytes_producer joined{channel.name()}; // says nothing: as the kernel sees fit
    publish(made, 1000);
    publish(joined, 1000);
    const auto bound = policy_of(made.info().ring);
    BOOST_TEST(bound.mode == MPOL_BIND);
    BOOST_TEST(bound.nodes == 1U);
    BOOST_TEST(bound.node == 0);
    BOOST_TEST(policy_of(joined.info().ring).mode == MPOL_DEFAULT);
    const samepage::bytes_consumer reader{channel.name()};
    BOOST_TEST(policy_of(reader.info().ring).mode == MPOL_BIND, "the pages are bound, whoever maps them");
}

BOOST_AUTO_TEST_CASE(a_ring_that_was_reserved_elsewhere_moves_to_the_node_of_the_next_producer)
{
    if (!has_nodes()) {
        return;
    }
    const support::scratch_channel channel;
    samepage::bytes_producer{channel.name(), {.max_producers = 1}}.loan(1000).publish();
    const samepage::bytes_producer next{channel.name(), {.memory = {.numa_node = 0}}};
    BOOST_TEST(policy_of(next.info().ring).mode == MPOL_BIND);
}

BOOST_AUTO_TEST_CASE(pages_that_one_who_died_left_in_a_ring_nobody_used_are_seen_when_it_is_bound_to_a_node)
{
    if (!has_nodes()) {
        return;
    }
    const support::scratch_channel channel;
    const samepage::bytes_producer first{channel.name(), {.max_producers = 2}};
    const auto at = static_cast<::off_t>(first.info().ring_offset_bytes + capacity); // where the second ring is
    const int data = ::open(channel.data().c_str(), O_RDWR | O_CLOEXEC);
    BOOST_TEST(::posix_fallocate(data, at, capacity) == 0);
    ::close(data);
    const samepage::bytes_producer next{channel.name(), {.memory = {.numa_node = 0}}};
    BOOST_TEST_REQUIRE(next.info().ring_offset_bytes == static_cast<std::uint64_t>(at));
    BOOST_TEST(policy_of(next.info().ring).mode == MPOL_BIND);
    // With one node there is nothing to move; a kernel moves and refuses what is in the page tables of who asks.
    BOOST_TEST(lower(next).present == capacity);
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_exist_is_refused_with_those_that_do)
{
    for (const int node : {1023, 5000, -7}) {
        const support::scratch_channel channel;
        const auto fault = refusal(errc::invalid_argument, [&] {
            samepage::bytes_producer{channel.name(), {.memory = {.numa_node = node}}};
        });
        BOOST_TEST(says(fault, std::to_string(node)));
        if (has_nodes()) {
            BOOST_TEST(says(fault, "memory: 0"));
        }
        BOOST_TEST(!support::is_there(channel.data()));
        BOOST_TEST(!support::is_there(channel.control()));
    }
}

BOOST_AUTO_TEST_SUITE_END()
