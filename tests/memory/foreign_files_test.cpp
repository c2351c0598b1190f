// SPDX-License-Identifier: BSL-1.0
// foreign_files_test.cpp: things at a channel's names that are no channel's files.
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using samepage::errc;
using support::refusal;
using support::says;

namespace {

namespace fs = std::filesystem;

struct thing {
    const char* what;
    void (*put)(const fs::path& at, const fs::path& real);

    friend std::ostream& operator<<(std::ostream& to, const thing& of) { return to << of.what; }
};

void put_socket(const fs::path& at, const fs::path&)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = at.string();
    BOOST_TEST_REQUIRE(path.size() < sizeof address.sun_path);
    path.copy(address.sun_path, path.size());
    const int bound = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    BOOST_TEST_REQUIRE(::bind(bound, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ::close(bound);
}

const thing things[] = {
    {"a symbolic link to the real file",
     [](const fs::path& at, const fs::path& real) { fs::create_symlink(real, at); }},
    {"a dangling symbolic link", [](const fs::path& at, const fs::path&) { fs::create_symlink("nowhere", at); }},
    {"a symbolic link to itself", [](const fs::path& at, const fs::path&) { fs::create_symlink(at, at); }},
    {"a directory", [](const fs::path& at, const fs::path&) { fs::create_directory(at); }},
    {"a named pipe", [](const fs::path& at, const fs::path&) { BOOST_TEST_REQUIRE(::mkfifo(at.c_str(), 0600) == 0); }},
    {"a socket", &put_socket},
    {"a text", [](const fs::path& at, const fs::path&) { std::ofstream{at} << std::string(100'000, 'x'); }},
    {"an empty file", [](const fs::path& at, const fs::path&) { std::ofstream{at}; }},
    {"a file of zeros",
     [](const fs::path& at, const fs::path&) {
         std::ofstream{at};
         fs::resize_file(at, 1'000'000);
     }},
};

/// A channel in a directory of its own, one of its files moved away and something put in its place.
struct replaced {
    support::scratch_directory place;
    fs::path data = place.path() / "samepage.a.data";
    fs::path control = place.path() / "samepage.a.ctl";

    replaced(const thing& by, bool replace_data)
    {
        samepage::producer<int>{"a", {.directory = place.path()}};
        const fs::path& at = replace_data ? data : control;
        const fs::path real = place.path() / "real";
        fs::rename(at, real);
        by.put(at, real);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(foreign_files)

BOOST_DATA_TEST_CASE(at_the_data_files_name_is_refused_as_no_channel, boost::unit_test::data::make(things), what)
{
    const replaced channel{what, true};
    const auto read = refusal(errc::not_a_channel, [&] {
        samepage::consumer<int>{"a", {.directory = channel.place.path()}};
    });
    BOOST_TEST(says(read, channel.data.string()));
    const auto written = refusal(errc::not_a_channel, [&] {
        samepage::producer<int>{"a", {.directory = channel.place.path()}};
    });
    BOOST_TEST(says(written, channel.data.string()));
    BOOST_TEST(channel.place.listing() == "real samepage.a.ctl samepage.a.data");
}

BOOST_DATA_TEST_CASE(at_the_control_files_name_is_refused_as_no_channel, boost::unit_test::data::make(things), what)
{
    const replaced channel{what, false};
    const auto read = refusal(errc::not_a_channel, [&] {
        samepage::consumer<int>{"a", {.directory = channel.place.path()}};
    });
    BOOST_TEST(says(read, channel.control.string()));
    const auto written = refusal(errc::not_a_channel, [&] {
        samepage::producer<int>{"a", {.directory = channel.place.path()}};
    });
    BOOST_TEST(says(written, channel.control.string()));
    BOOST_TEST(channel.place.listing() == "real samepage.a.ctl samepage.a.data");
}

BOOST_AUTO_TEST_CASE(a_link_at_the_data_files_name_does_not_lead_a_creator_elsewhere)
{
    const support::scratch_directory place;
    fs::create_symlink(place.path() / "target", place.path() / "samepage.a.data");
    refusal(errc::not_a_channel, [&] { samepage::producer<int>{"a", {.directory = place.path()}}; });
    BOOST_TEST(place.listing() == "samepage.a.data");
}

BOOST_AUTO_TEST_CASE(a_link_at_the_control_files_name_does_not_lead_a_creator_elsewhere)
{
    const support::scratch_directory place;
    fs::create_symlink(place.path() / "target", place.path() / "samepage.a.ctl");
    refusal(errc::not_a_channel, [&] { samepage::producer<int>{"a", {.directory = place.path()}}; });
    BOOST_TEST(place.listing() == "samepage.a.ctl");
}

BOOST_AUTO_TEST_CASE(the_message_about_a_link_says_that_it_is_one)
{
    const replaced channel{things[0], true};
    const auto fault = refusal(errc::not_a_channel, [&] {
        samepage::consumer<int>{"a", {.directory = channel.place.path()}};
    });
    BOOST_TEST(says(fault, "symbolic link"));
}

BOOST_AUTO_TEST_SUITE_END()
