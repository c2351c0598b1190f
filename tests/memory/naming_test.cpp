// SPDX-License-Identifier: BSL-1.0
// naming_test.cpp: what a channel may be called, where its files lie, and who may open them.
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

using samepage::errc;
using support::refusal;
using support::says;
using namespace std::string_literals;

namespace {

const std::vector<std::string> bad_names{
    "",
    ".",
    "..",
    ".hidden",
    "-option",
    "a/b",
    "/absolute",
    "../up",
    "two..dots",
    "a space",
    "a\nline",
    "a\0nul"s,
    "caf\xc3\xa9",
    "star*",
    "tilde~",
    "back\\slash",
    std::string(201, 'x'),
};

const std::vector<std::string> good_ends{"", "_", "9", "A.b-c_D", "end.", "end-", std::string(150, 'x')};

/// The process's umask while it lives.
class umask_of {
public:
    explicit umask_of(::mode_t mask) : before_(::umask(mask)) {}
    umask_of(const umask_of&) = delete;
    umask_of& operator=(const umask_of&) = delete;
    ~umask_of() { ::umask(before_); }

private:
    ::mode_t before_;
};

::mode_t mode_of(const std::filesystem::path& path)
{
    struct ::stat found {};
    BOOST_TEST_REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777U;
}

} // namespace

BOOST_AUTO_TEST_SUITE(naming)

BOOST_DATA_TEST_CASE(a_bad_name_is_refused_by_every_call, boost::unit_test::data::make(bad_names), name)
{
    const support::scratch_directory place;
    const auto made = refusal(errc::invalid_name, [&] { samepage::producer<int>{name, {.directory = place.path()}}; });
    BOOST_TEST(says(made, "producer"));
    const auto joined = refusal(errc::invalid_name, [&] {
        samepage::consumer<int>{name, {.directory = place.path()}};
    });
    BOOST_TEST(says(joined, "consumer"));
    const auto removed = refusal(errc::invalid_name, [&] { samepage::remove_channel(name, place.path()); });
    BOOST_TEST(says(removed, "remove"));
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(an_error_stays_one_line_of_plain_text_whatever_the_name)
{
    for (const auto& name : bad_names) {
        const auto fault = refusal(errc::invalid_name, [&] { samepage::remove_channel(name); });
        for (const char c : std::string_view{fault.what()}) {
            BOOST_TEST((c >= ' ' && c < 127), "character " << static_cast<int>(c) << " in: " << fault.what());
        }
        BOOST_TEST(std::string_view{fault.what()}.size() < 500U);
    }
}

BOOST_DATA_TEST_CASE(a_good_name_is_taken, boost::unit_test::data::make(good_ends), end)
{
    const support::scratch_channel channel;
    const support::scratch_directory place;
    const std::string name = channel.name() + end;
    const samepage::producer<int> made{name, {.directory = place.path()}};
    BOOST_TEST(place.listing() == "samepage." + name + ".ctl samepage." + name + ".data");
}

BOOST_AUTO_TEST_CASE(a_name_of_200_characters_is_taken)
{
    const support::scratch_directory place;
    const std::string name(200, 'x');
    const samepage::producer<int> made{name, {.directory = place.path()}};
    BOOST_TEST(made.info().name == name);
}

BOOST_AUTO_TEST_CASE(the_files_lie_in_dev_shm_unless_told_otherwise)
{
    const support::scratch_channel channel;
    const samepage::producer<int> made{channel.name()};
    BOOST_TEST(made.info().data_path == channel.data());
    BOOST_TEST(made.info().control_path == channel.control());
    BOOST_TEST(support::is_there(channel.data()));
    BOOST_TEST(support::is_there(channel.control()));
}

BOOST_AUTO_TEST_CASE(channels_of_one_name_in_two_directories_are_two)
{
    const support::scratch_directory one;
    const support::scratch_directory other;
    samepage::producer<int> first{"same", {.directory = one.path()}};
    samepage::producer<int> second{"same", {.directory = other.path()}};
    samepage::consumer<int> reader{"same", {.directory = other.path()}};
    *first.loan() = 1; // and discarded
    auto slot = second.loan();
    *slot = 2;
    slot.publish();
    BOOST_TEST(reader.take().front() == 2);
}

BOOST_AUTO_TEST_CASE(a_channel_is_its_owners_alone_unless_told_otherwise)
{
    const umask_of nothing{0};
    const support::scratch_channel channel;
    const samepage::producer<int> made{channel.name()};
    BOOST_TEST(mode_of(channel.data()) == 0600U);
    BOOST_TEST(mode_of(channel.control()) == 0600U);
}

BOOST_DATA_TEST_CASE(modes_are_what_was_asked_for_under_any_umask,
                     boost::unit_test::data::make(std::vector<::mode_t>{0, 022, 077, 0277, 0777}), mask)
{
    const umask_of odd{mask};
    for (const ::mode_t mode : {0600U, 0640U, 0660U, 0644U, 0666U}) {
        const support::scratch_channel channel;
        const samepage::bytes_producer made{channel.name(), {.mode = mode}};
        BOOST_TEST(mode_of(channel.data()) == mode);
        BOOST_TEST(mode_of(channel.control()) == mode);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_directory_is_refused_by_its_name)
{
    const support::scratch_directory place;
    const auto missing = place.path() / "nowhere";
    const auto made = refusal(errc::not_found, [&] { samepage::producer<int>{"a", {.directory = missing}}; });
    BOOST_TEST(says(made, missing.string()));
    const auto joined = refusal(errc::not_found, [&] { samepage::consumer<int>{"a", {.directory = missing}}; });
    BOOST_TEST(says(joined, missing.string()));
}

BOOST_AUTO_TEST_CASE(a_file_in_place_of_the_directory_is_refused)
{
    const support::scratch_directory place;
    const auto file = place.path() / "file";
    std::ofstream{file} << "not a directory";
    const auto made = refusal(errc::not_found, [&] { samepage::producer<int>{"a", {.directory = file}}; });
    BOOST_TEST(says(made, file.string()));
    refusal(errc::not_found, [&] { samepage::consumer<int>{"a", {.directory = file}}; });
}

BOOST_AUTO_TEST_CASE(a_file_system_without_nameless_files_is_refused)
{
    try {
        samepage::producer<int>{"a", {.directory = "/proc"}};
        BOOST_ERROR("a channel in /proc");
    } catch (const samepage::error& fault) {
        BOOST_TEST_MESSAGE("    " << fault.what());
        // Who is not root is stopped by the directory's mode before the file system is asked.
        BOOST_TEST((fault.code() == errc::system || fault.code() == errc::permission_denied));
        BOOST_TEST(says(fault, "/proc"));
    }
}

BOOST_AUTO_TEST_CASE(a_channel_that_is_not_there_is_not_found_and_the_remedy_says_so)
{
    const support::scratch_channel channel;
    const auto fault = refusal(errc::not_found, [&] { samepage::consumer<int>{channel.name()}; });
    BOOST_TEST(says(fault, channel.data().string()));
    BOOST_TEST(says(fault, "wait_for_channel"));
}

BOOST_AUTO_TEST_CASE(options_outside_their_range_are_refused_before_anything_is_made)
{
    const support::scratch_directory place;
    const auto refused = [&](samepage::channel_options options, std::string_view option) {
        options.directory = place.path();
        const auto fault = refusal(errc::invalid_argument, [&] { samepage::bytes_producer{"a", options}; });
        BOOST_TEST(says(fault, option));
    };
    refused({.capacity_bytes = 0}, "capacity_bytes");
    refused({.capacity_bytes = (std::size_t{1} << 40U) + 1}, "capacity_bytes");
    refused({.max_consumers = 0}, "max_consumers");
    refused({.max_consumers = 65}, "max_consumers");
    refused({.payload_alignment = 0}, "payload_alignment");
    refused({.payload_alignment = 4}, "payload_alignment");
    refused({.payload_alignment = 24}, "payload_alignment");
    refused({.payload_alignment = 8192}, "payload_alignment");
    BOOST_TEST(place.listing() == "");
}

BOOST_AUTO_TEST_CASE(capacity_is_rounded_up_to_a_power_of_two_of_at_least_a_page)
{
    const support::scratch_channel small;
    BOOST_TEST(samepage::bytes_producer(small.name(), {.capacity_bytes = 1}).info().capacity_bytes == 4096U);
    const support::scratch_channel odd;
    BOOST_TEST(samepage::bytes_producer(odd.name(), {.capacity_bytes = 65537}).info().capacity_bytes == 131072U);
}

BOOST_AUTO_TEST_SUITE_END()
