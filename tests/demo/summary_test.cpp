// SPDX-License-Identifier: BSL-1.0
// summary_test.cpp: what people get to read.
#include "example_findings.hpp"
#include "summary.hpp"
#include "units.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

using namespace demo;

namespace {

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

std::string summary_of(const findings& all, detail told = detail::problems)
{
    return summarise(all, judge(all), told);
}

} // namespace

BOOST_AUTO_TEST_SUITE(summary)

BOOST_AUTO_TEST_CASE(numbers_are_grouped_and_scaled)
{
    BOOST_TEST(grouped(0) == "0");
    BOOST_TEST(grouped(999) == "999");
    BOOST_TEST(grouped(1000) == "1,000");
    BOOST_TEST(grouped(12345678) == "12,345,678");
    BOOST_TEST(in_bytes(1023) == "1023 B");
    BOOST_TEST(in_bytes(1536) == "1.5 KiB");
    BOOST_TEST(in_bytes(35464168) == "33.8 MiB");
    BOOST_TEST(in_hex(0x1a2b) == "0x1a2b");
}

BOOST_AUTO_TEST_CASE(traffic_pages_hashes_and_verdict_are_there)
{
    const std::string text = summary_of(example_findings());
    BOOST_TEST(has(text, "producer process (pid 100), 2 consumer processes (pids 101 and 102)"));
    BOOST_TEST(has(text, "samples    consumer 2        1,234     5.4 MiB     0.500        2,468    10.8 MiB/s"));
    BOOST_TEST(has(text, "sha256sum   0xabc\n  consumer 1  0xabc\n  consumer 2  0xabc\n"));
    BOOST_TEST(has(text, "100.0 processes and 200.0 threads"));
    BOOST_TEST(has(text, "r--s  device 0:27, inode 5, offset 8192  physical frames 0x1a2b 0x1a2c … (3 pages)"));
    BOOST_TEST(!has(text, "FAILED"));
    BOOST_TEST(text.ends_with("\nAll 48 checks held (--verbose lists every check).\n"));
}

BOOST_AUTO_TEST_CASE(what_limits_the_rates_is_said_beside_them)
{
    BOOST_TEST(has(summary_of(example_findings()), "What limits them is not the channels"));
}

BOOST_AUTO_TEST_CASE(checks_that_held_are_listed_only_when_asked_for)
{
    BOOST_TEST(!has(summary_of(example_findings()), "\nChecks"));
    const std::string text = summary_of(example_findings(), detail::everything);
    BOOST_TEST(has(text, "\nChecks\n"));
    BOOST_TEST(has(text, "ok      bytes      consumer 1: SHA-256                expected and found 0xabc"));
    BOOST_TEST(text.ends_with("\nAll 48 checks held.\n"));
}

BOOST_AUTO_TEST_CASE(a_broken_check_says_what_was_expected_and_found)
{
    findings all = example_findings();
    all.consumers[0].add_line("bytes.checksum 0xdef");
    const std::string text = summary_of(all);
    BOOST_TEST(has(text, "FAILED  bytes      consumer 1: SHA-256                expected 0xabc, found 0xdef"));
    BOOST_TEST(!has(text, "\n  ok "));
    BOOST_TEST(text.ends_with("\nFAILED: 1 of 48 checks do not hold (--verbose lists every check).\n"));
}

BOOST_AUTO_TEST_CASE(hidden_frames_are_said_to_be_hidden)
{
    findings all = example_findings();
    all.consumers[0].add_line("bytes.frames 0 0 0");
    const std::string text = summary_of(all);
    BOOST_TEST(has(text, "physical frames not permitted"));
    BOOST_TEST(has(text, "-       bytes      consumer 1: physical frames        their numbers are not permitted"));
    BOOST_TEST(text.ends_with("\nAll 47 checks held, 1 not permitted (--verbose lists every check).\n"));
}

BOOST_AUTO_TEST_CASE(a_channel_without_records_is_summarised_too)
{
    findings all = example_findings();
    for (report* process : {&all.producer, &all.consumers[0], &all.consumers[1]}) {
        for (const std::string_view channel : channels) {
            process->add_line(fmt::format("{}.records 0", channel));
            process->add_line(fmt::format("{}.bytes 0", channel));
            process->add_line(fmt::format("{}.seconds 0", channel));
        }
    }
    const std::string text = summary_of(all);
    BOOST_TEST(has(text, "bytes      consumer 1            0         0 B     0.000            -             -"));
    BOOST_TEST(!has(text, "nan"));
}

BOOST_AUTO_TEST_SUITE_END()
