// SPDX-License-Identifier: BSL-1.0
// channel_files_test.cpp: an error about one of a channel's two files names that one.
#include "memory/channel_files.hpp"
#include "support/child.hpp"
#include "support/denied_call.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_producer.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include <fcntl.h>
#include <sys/syscall.h>

namespace {

using samepage::memory::access;
using samepage::memory::channel_place;
using samepage::memory::file;

struct two_files {
    support::scratch_directory directory;
    channel_place place{"test", "named", directory.path()};

    two_files()
    {
        std::ofstream{place.data} << "data";
        std::ofstream{place.control} << "control";
    }
};

/// The path in "found: pread(PATH): ..." of the error with which `call` fails.
template <class Call>
std::string named_in_error(const char* system_call, Call&& call)
{
    try {
        call();
    } catch (const samepage::error& fault) {
        const std::string& found = fault.parts().found;
        const std::string begin = std::string{system_call} + '(';
        BOOST_TEST(found.starts_with(begin), found);
        return found.substr(begin.size(), found.find("): ") - begin.size());
    }
    return "no error";
}

std::array<std::byte, 4> some_bytes{};

constexpr std::size_t reserved_amid_signals = (std::size_t{64} << 20U) + 4096;

} // namespace

// Reserves much more than can be had from one signal to the next; says how much it has.
SAMEPAGE_CHILD(reserves_amid_signals)
{
    const support::scratch_directory directory;
    const channel_place place{"test", "large", directory.path()};
    support::interrupt_reservations(100'000);
    const auto made = samepage::memory::create_nameless(place, reserved_amid_signals, reserved_amid_signals, 0600);
    const auto blocks = samepage::memory::status(place, made).st_blocks;
    parent.say(std::to_string(static_cast<std::uint64_t>(blocks) * 512));
}

SAMEPAGE_CHILD(has_no_memory_left)
{
    support::deny_call(SYS_fallocate, ENOSPC);
    try {
        samepage::bytes_producer{"nowhere", {.memory = {.nameless = true}}};
    } catch (const samepage::error& fault) {
        parent.say(fault.what());
    }
}

BOOST_AUTO_TEST_SUITE(channel_files)

BOOST_AUTO_TEST_CASE(a_failed_write_names_the_file_it_was_to_write)
{
    const two_files files;
    for (const auto& path : {files.place.data, files.place.control}) {
        const auto opened = samepage::memory::open_existing(files.place, path, access::read_only);
        BOOST_TEST(named_in_error("pwrite", [&] {
                       samepage::memory::write_at(files.place, opened.value(), some_bytes, 0);
                   }) == path.string());
    }
}

BOOST_AUTO_TEST_CASE(a_failed_read_names_the_file_it_was_to_read)
{
    const two_files files;
    for (const auto& path : {files.place.data, files.place.control}) {
        const file opened{::open(path.c_str(), O_WRONLY | O_CLOEXEC), path};
        BOOST_TEST_REQUIRE(static_cast<bool>(opened));
        BOOST_TEST(named_in_error("pread", [&] {
                       static_cast<void>(samepage::memory::read_at(files.place, opened, some_bytes, 0));
                   }) == path.string());
    }
}

BOOST_AUTO_TEST_CASE(a_failed_look_names_the_file_it_was_to_look_at)
{
    const two_files files;
    for (const auto& path : {files.place.data, files.place.control}) {
        const file none{-1, path};
        BOOST_TEST(named_in_error("fstat", [&] { static_cast<void>(samepage::memory::status(files.place, none)); }) ==
                   path.string());
    }
}

BOOST_AUTO_TEST_CASE(a_nameless_file_goes_by_the_name_it_is_meant_for_or_else_by_its_directory)
{
    const two_files files;
    BOOST_TEST(samepage::memory::create_nameless(files.place, 1, 1, 0600, files.place.control).path() ==
               files.place.control);
    BOOST_TEST(samepage::memory::create_nameless(files.place, 1, 1, 0600).path() == files.place.directory);
}

BOOST_AUTO_TEST_CASE(a_moved_file_keeps_its_path_and_its_descriptor)
{
    const two_files files;
    auto data = samepage::memory::open_existing(files.place, files.place.data, access::read_only);
    auto control = samepage::memory::open_existing(files.place, files.place.control, access::read_only);
    const int descriptor = control.value().get();
    file moved = std::move(*control);
    BOOST_TEST(moved.path() == files.place.control);
    *data = std::move(moved);
    BOOST_TEST(data->path() == files.place.control);
    BOOST_TEST(data->get() == descriptor);
}

BOOST_AUTO_TEST_CASE(a_large_reservation_ends_though_signals_come_all_the_time)
{
    support::child signalled{"reserves_amid_signals"};
    BOOST_TEST(signalled.hear_number() == reserved_amid_signals);
    BOOST_TEST(signalled.wait() == support::ended_well);
}

BOOST_AUTO_TEST_CASE(a_memfd_without_memory_is_refused_with_what_helps_a_memfd)
{
    support::child poor{"has_no_memory_left"};
    const std::string said = poor.hear();
    BOOST_TEST_MESSAGE("    " << said);
    BOOST_TEST(said.find("no space") != std::string::npos, said);
    BOOST_TEST(said.find("memory.max") != std::string::npos, said);
    BOOST_TEST(said.find("mount") == std::string::npos, said);
    BOOST_TEST(poor.wait() == support::ended_well);
}

BOOST_AUTO_TEST_SUITE_END()
