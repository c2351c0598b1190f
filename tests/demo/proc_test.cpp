// SPDX-License-Identifier: BSL-1.0
// proc_test.cpp: samples of /proc, parsed and reduced.
#include "proc_sampler.hpp"
#include "proc_text.hpp"
#include "sample_totals.hpp"

#include <samepage/view/strided_view.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <system_error>
#include <vector>

using namespace demo;

namespace {

machine_sample sample_numbered(std::uint64_t number)
{
    return {.number = number,
            .time_ns = 1000 * number,
            .cpu = {1, 2, 3, 4, 5, 6, 7, 8 + number},
            .memory = {10, 20, 30 + number % 3, 40, 50, 60},
            .network = {100, 200, 300, 400 + number}};
}

/// As samepage::batch, over records that lie in no ring.
struct rows {
    std::span<const machine_sample> records;

    [[nodiscard]] std::size_t size() const { return records.size(); }
    template <class... Members>
    [[nodiscard]] auto field(Members... path) const
    {
        return samepage::strided_view<const machine_sample>(records).field(path...);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(proc)

BOOST_AUTO_TEST_CASE(the_first_line_of_stat_is_the_sum_of_the_processors)
{
    const cpu_times times = parse_cpu("cpu  19250 1 3583 391142 972 2 51 42 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\n");
    BOOST_TEST(times.user == 19250U);
    BOOST_TEST(times.nice == 1U);
    BOOST_TEST(times.system == 3583U);
    BOOST_TEST(times.idle == 391142U);
    BOOST_TEST(times.iowait == 972U);
    BOOST_TEST(times.irq == 2U);
    BOOST_TEST(times.softirq == 51U);
    BOOST_TEST(times.steal == 42U);
}

BOOST_AUTO_TEST_CASE(a_stat_that_is_none_is_refused)
{
    BOOST_CHECK_THROW((void)parse_cpu(""), std::runtime_error);
    BOOST_CHECK_THROW((void)parse_cpu("intr 1 2 3"), std::runtime_error);
    BOOST_CHECK_THROW((void)parse_cpu("cpu 1 2 3"), std::runtime_error);
    BOOST_CHECK_THROW((void)parse_cpu("cpu 1 2 3 4 5 6 7 8x"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(memory_is_found_by_name_and_what_is_missing_is_zero)
{
    const memory_state state = parse_memory("MemTotal:       24689004 kB\nMemFree:        20000000 kB\n"
                                            "SwapCached:            7 kB\nCached:          2097152 kB\n"
                                            "Shmem:             22016 kB");
    BOOST_TEST(state.total == 24689004U);
    BOOST_TEST(state.free == 20000000U);
    BOOST_TEST(state.cached == 2097152U);
    BOOST_TEST(state.shared == 22016U);
    BOOST_TEST(state.available == 0U);
    BOOST_TEST(state.buffers == 0U);
}

BOOST_AUTO_TEST_CASE(network_counters_are_summed_over_the_interfaces)
{
    const network_counters sum = parse_network(
        "Inter-|   Receive                                                |  Transmit\n"
        " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls\n"
        "    lo:    3267      29    0    0    0     0          0         0     3267      29    0    0    0     0\n"
        "  eth0:35046631     853    0    0    0     0          0         0    40786     527    0    0    0     0\n");
    BOOST_TEST(sum.received_bytes == 3267U + 35046631U);
    BOOST_TEST(sum.received_packets == 29U + 853U);
    BOOST_TEST(sum.sent_bytes == 3267U + 40786U);
    BOOST_TEST(sum.sent_packets == 29U + 527U);
}

BOOST_AUTO_TEST_CASE(samples_of_this_machine_are_numbered_and_move_on)
{
    proc_sampler sampler;
    machine_sample first{};
    machine_sample second{};
    sampler.sample(first);
    sampler.sample(second);
    BOOST_TEST(first.number == 0U);
    BOOST_TEST(second.number == 1U);
    BOOST_TEST(second.time_ns > first.time_ns);
    BOOST_TEST(first.memory.total > 0U);
    BOOST_TEST(first.cpu.idle + first.cpu.user > 0U);
}

BOOST_AUTO_TEST_CASE(a_proc_file_longer_than_the_buffer_is_read_whole)
{
    proc_file maps("/proc/self/maps"); // many mappings: some 10 KB
    const auto text = maps.read();
    BOOST_TEST(text.size() > 4096U);
    BOOST_TEST(text.ends_with('\n'));
    BOOST_TEST(std::ranges::count(text, '\0') == 0);
}

BOOST_AUTO_TEST_CASE(a_missing_proc_file_is_named)
{
    BOOST_CHECK_EXCEPTION(proc_file("/proc/no_such_file"), std::system_error, [](const std::system_error& problem) {
        return std::string_view(problem.what()).find("/proc/no_such_file") != std::string_view::npos;
    });
}

BOOST_AUTO_TEST_CASE(columns_and_rows_give_the_same_totals)
{
    std::vector<machine_sample> samples;
    sample_totals by_row;
    for (std::uint64_t number = 0; number < 100; ++number) {
        samples.push_back(sample_numbered(number));
        by_row.add(samples.back());
    }
    sample_totals by_column;
    by_column.add(rows{std::span(samples).first(37)});
    by_column.add(rows{std::span(samples).subspan(37)});

    BOOST_TEST(by_column.records() == 100U);
    BOOST_TEST(by_column.checksum() == by_row.checksum());
    const column_totals& number = by_column.columns()[0];
    BOOST_TEST(number.least == 0U);
    BOOST_TEST(number.most == 99U);
    BOOST_TEST(number.sum == 4950U);
}

BOOST_AUTO_TEST_CASE(every_number_of_a_sample_counts_in_the_checksum)
{
    static_assert(sample_totals::column_count * sizeof(std::uint64_t) == sizeof(machine_sample));
    machine_sample sample = sample_numbered(1);
    sample_totals original;
    original.add(sample);
    for_each_column([&](const char* name, auto... path) {
        machine_sample changed = sample;
        (changed.*....*path) += 1;
        sample_totals other;
        other.add(changed);
        BOOST_TEST(other.checksum() != original.checksum(), name);
    });
}

BOOST_AUTO_TEST_SUITE_END()
