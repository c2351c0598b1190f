// SPDX-License-Identifier: BSL-1.0
// checks_test.cpp: each thing that may be wrong at the end of the demo is found, and nothing else.
#include "example_findings.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

using namespace demo;

namespace {

std::vector<check> broken(const findings& all)
{
    std::vector<check> found;
    std::ranges::copy_if(judge(all), std::back_inserter(found),
                         [](const check& one) { return one.outcome == check::result::broken; });
    return found;
}

/// The only check that breaks once consumer 2 has told `line` instead.
check broken_by(const std::string& line)
{
    findings all = example_findings();
    all.consumers[1].add_line(line);
    const auto found = broken(all);
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST(!all_held(judge(all)));
    return found.front();
}

} // namespace

BOOST_AUTO_TEST_SUITE(checks)

BOOST_AUTO_TEST_CASE(everything_holds_in_the_example)
{
    const auto made = judge(example_findings());
    BOOST_TEST(made.size() == 48U);
    BOOST_TEST(std::ranges::count(made, check::result::held, &check::outcome) == 48);
    BOOST_TEST(all_held(made));
}

BOOST_AUTO_TEST_CASE(a_wrong_hash_is_found)
{
    const check found = broken_by("bytes.checksum 0xabd");
    BOOST_TEST(found.what == "consumer 2: SHA-256");
    BOOST_TEST(found.expected == "0xabc");
    BOOST_TEST(found.found == "0xabd");
}

BOOST_AUTO_TEST_CASE(a_sha256sum_that_says_something_else_breaks_both_consumers)
{
    findings all = example_findings();
    all.sha256sum = "sha256sum cannot be started";
    BOOST_TEST(broken(all).size() == 2U);
    BOOST_TEST(!all_held(judge(all)));
}

BOOST_AUTO_TEST_CASE(a_missing_record_is_found)
{
    for (const std::string channel : {"samples", "processes", "bytes"}) {
        const check found = broken_by(channel + ".records 1233");
        BOOST_TEST(found.channel == channel);
        BOOST_TEST(found.what == "consumer 2: records");
    }
}

BOOST_AUTO_TEST_CASE(a_missing_byte_is_found)
{
    for (const std::string channel : {"samples", "processes", "bytes"}) {
        BOOST_TEST(broken_by(channel + ".bytes 5677999").what == "consumer 2: bytes");
    }
}

BOOST_AUTO_TEST_CASE(other_content_is_found)
{
    for (const std::string channel : {"samples", "processes"}) {
        BOOST_TEST(broken_by(channel + ".checksum 0xdef").what == "consumer 2: checksum");
    }
}

BOOST_AUTO_TEST_CASE(another_place_is_found)
{
    for (const std::string channel : {"samples", "processes", "bytes"}) {
        BOOST_TEST(broken_by(channel + ".place.told device 0:27, inode 6, offset 8192").what ==
                   "consumer 2: ring, says the library");
        BOOST_TEST(broken_by(channel + ".place.seen device 0:27, inode 5, offset 4096").what ==
                   "consumer 2: ring, says the kernel");
    }
}

BOOST_AUTO_TEST_CASE(a_producer_whose_mapping_is_elsewhere_is_found)
{
    findings all = example_findings();
    all.producer.add_line("samples.place.seen not mapped");
    BOOST_REQUIRE(broken(all).size() == 1U);
    BOOST_TEST(broken(all).front().what == "producer: ring, says the kernel");
}

BOOST_AUTO_TEST_CASE(a_consumer_that_may_write_is_found)
{
    const check found = broken_by("samples.protection rw-s");
    BOOST_TEST(found.expected == "r--s");
    BOOST_TEST(found.found == "rw-s");
}

BOOST_AUTO_TEST_CASE(another_page_frame_is_found_and_named)
{
    const check found = broken_by("bytes.frames 1a2b 1a2f 3c4d");
    BOOST_TEST(found.what == "consumer 2: physical frames");
    BOOST_TEST(found.expected == "page 1 in frame 0x1a2c");
    BOOST_TEST(found.found == "0x1a2f");
}

BOOST_AUTO_TEST_CASE(another_number_of_pages_is_found)
{
    BOOST_TEST(broken_by("bytes.frames 1a2b 1a2c").what == "consumer 2: physical frames");
}

BOOST_AUTO_TEST_CASE(a_page_that_is_not_in_memory_is_left_out)
{
    findings all = example_findings();
    all.consumers[1].add_line("bytes.frames 1a2b 0 3c4d");
    BOOST_TEST(all_held(judge(all)));
}

BOOST_AUTO_TEST_CASE(frames_of_which_none_can_be_compared_do_not_hold)
{
    findings all = example_findings();
    all.producer.add_line("bytes.frames 1a2b 0 0");
    all.consumers[0].add_line("bytes.frames 1a2b 0 0");
    all.consumers[1].add_line("bytes.frames 0 1a2c 3c4d");
    BOOST_TEST(broken(all).size() == 1U);
}

BOOST_AUTO_TEST_CASE(frames_that_may_not_be_seen_are_not_held_against_anyone)
{
    findings all = example_findings();
    for (report* process : {&all.producer, &all.consumers[0], &all.consumers[1]}) {
        for (const std::string_view channel : channels) {
            process->add_line(fmt::format("{}.frames 0 0 0", channel));
        }
    }
    const auto made = judge(all);
    BOOST_TEST(std::ranges::count(made, check::result::not_permitted, &check::outcome) == 6);
    BOOST_TEST(all_held(made));
    BOOST_TEST(same_frames(all.producer, all.consumers));
}

BOOST_AUTO_TEST_CASE(same_frames_tells_whether_to_look_again)
{
    findings all = example_findings();
    BOOST_TEST(same_frames(all.producer, all.consumers));
    all.consumers[0].add_line("processes.frames 1 2 3");
    BOOST_TEST(!same_frames(all.producer, all.consumers));
}

BOOST_AUTO_TEST_CASE(a_report_that_lacks_something_is_an_error_that_says_what)
{
    findings all = example_findings();
    all.consumers[0] = report("consumer 1");
    BOOST_CHECK_EXCEPTION((void)judge(all), std::runtime_error, [](const std::runtime_error& problem) {
        return std::string(problem.what()) == "consumer 1 did not report samples.records";
    });
}

BOOST_AUTO_TEST_SUITE_END()
