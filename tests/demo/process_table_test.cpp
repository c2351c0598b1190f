// SPDX-License-Identifier: BSL-1.0
// process_table_test.cpp: the process table, parsed, written into a message and read out of it.
#include "process_table.hpp"

#include <boost/test/unit_test.hpp>
#include <capnp/message.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <unistd.h>

using namespace demo;

namespace {

constexpr std::string_view stat_of_a_shell =
    "4242 (ba) s(h) S 4200 4242 4242 34816 4300 4194304 1500 900 0 0 17 5 2 1 20 0 3 0 123456 7340032 890 "
    "18446744073709551615 1 1 0 0 0 0\n";

process_entry some_process()
{
    return parse_process(stat_of_a_shell, "bash -l").value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_table)

BOOST_AUTO_TEST_CASE(a_name_may_hold_parentheses_and_blanks)
{
    const process_entry process = some_process();
    BOOST_TEST(process.pid == 4242);
    BOOST_TEST(process.name == "ba) s(h");
    BOOST_TEST(process.state == 'S');
    BOOST_TEST(process.parent_pid == 4200);
    BOOST_TEST(process.user_ticks == 17U);
    BOOST_TEST(process.system_ticks == 5U);
    BOOST_TEST(process.threads == 3U);
    BOOST_TEST(process.virtual_bytes == 7340032U);
    BOOST_TEST(process.resident_pages == 890);
    BOOST_TEST(process.command_line == "bash -l");
}

BOOST_AUTO_TEST_CASE(what_is_no_stat_is_refused)
{
    BOOST_TEST(!parse_process("", ""));
    BOOST_TEST(!parse_process("12 name S 1", ""));
    BOOST_TEST(!parse_process("12 )name( S 1", ""));
    BOOST_CHECK_THROW((void)parse_process("12 (name) S", ""), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(this_process_is_in_the_table_each_time)
{
    process_table_reader reader;
    for (int round = 0; round < 3; ++round) {
        const auto processes = reader.read();
        const auto self = std::ranges::find(processes, ::getpid(), &process_entry::pid);
        BOOST_REQUIRE(self != processes.end());
        BOOST_TEST(self->parent_pid == ::getppid());
        BOOST_TEST(self->threads >= 1U);
        BOOST_TEST(self->command_line.find("samepage_demo_test") != std::string_view::npos);
        BOOST_TEST(self->command_line.find('\0') == std::string_view::npos);
    }
}

BOOST_AUTO_TEST_CASE(a_message_gives_back_what_was_written)
{
    std::vector<process_entry> processes{some_process(), some_process()};
    processes[1].pid = 1;
    processes[1].name = "";
    processes[1].resident_pages = -1;

    capnp::MallocMessageBuilder message;
    fill(message.initRoot<ProcessTable>(), 7, 123, processes);
    const ProcessTable::Reader table = message.getRoot<ProcessTable>().asReader();
    BOOST_TEST(table.getNumber() == 7U);
    BOOST_TEST(table.getTimeNs() == 123U);
    BOOST_REQUIRE(table.getProcesses().size() == 2U);
    const process_entry first = view(table.getProcesses()[0]);
    BOOST_TEST(first.name == processes[0].name);
    BOOST_TEST(first.command_line == "bash -l");

    table_totals written;
    written.add(7, processes);
    table_totals read;
    read.add(table);
    BOOST_TEST(read.checksum() == written.checksum());
    BOOST_TEST(read.processes() == 2U);
    BOOST_TEST(read.threads() == 6U);
    BOOST_TEST(read.longest_name() == "ba) s(h");
}

BOOST_AUTO_TEST_CASE(every_member_of_a_process_counts_in_the_checksum)
{
    const auto checksum = [](const process_entry& process) {
        table_totals totals;
        totals.add(0, std::span(&process, 1));
        return totals.checksum();
    };
    const auto original = checksum(some_process());
    const auto changed = [&](auto&& change) {
        process_entry process = some_process();
        change(process);
        return checksum(process) != original;
    };
    BOOST_TEST(changed([](process_entry& p) { p.pid += 1; }));
    BOOST_TEST(changed([](process_entry& p) { p.parent_pid += 1; }));
    BOOST_TEST(changed([](process_entry& p) { p.state = 'R'; }));
    BOOST_TEST(changed([](process_entry& p) { p.threads += 1; }));
    BOOST_TEST(changed([](process_entry& p) { p.user_ticks += 1; }));
    BOOST_TEST(changed([](process_entry& p) { p.system_ticks += 1; }));
    BOOST_TEST(changed([](process_entry& p) { p.virtual_bytes += 1; }));
    BOOST_TEST(changed([](process_entry& p) { p.resident_pages += 1; }));
    BOOST_TEST(changed([](process_entry& p) { p.name = "ba) s(i"; }));
    BOOST_TEST(changed([](process_entry& p) { p.command_line = "bash -k"; }));
    // A letter that moves from one text to the next.
    BOOST_TEST(changed([](process_entry& p) {
        p.name = "ba) s(hb";
        p.command_line = "ash -l";
    }));
}

BOOST_AUTO_TEST_SUITE_END()
