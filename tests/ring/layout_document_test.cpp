// SPDX-License-Identifier: BSL-1.0
// layout_document_test.cpp: the example in docs/layout.md is a file that this library makes and believes.
#include "ring/header.hpp"

#include <samepage/core/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace ring = samepage::ring;
namespace memory = samepage::memory;

namespace {

/// The bytes of the lines "00000010: 61 62 …  ab" in the document.
std::vector<std::byte> example()
{
    std::ifstream document(SAMEPAGE_LAYOUT_DOCUMENT);
    BOOST_REQUIRE(document.is_open());
    std::vector<std::byte> bytes;
    for (std::string line; std::getline(document, line);) {
        if (line.size() < 10 || line.find(": ") != 8 || line.find_first_not_of("0123456789abcdef") != 8) {
            continue;
        }
        std::istringstream digits(line.substr(10, 3 * 16));
        for (std::string pair; digits >> pair;) {
            bytes.push_back(static_cast<std::byte>(std::stoul(pair, nullptr, 16)));
        }
    }
    return bytes;
}

/// The example as a file of the length it names.
memory::file example_file(const std::vector<std::byte>& bytes)
{
    memory::file file{::memfd_create("example", MFD_CLOEXEC)};
    std::uint64_t file_bytes = 0;
    BOOST_REQUIRE_GE(bytes.size(), sizeof(ring::data_header));
    std::memcpy(&file_bytes, bytes.data() + offsetof(ring::data_header, file_bytes), sizeof file_bytes);
    BOOST_REQUIRE_EQUAL(::ftruncate(file.get(), static_cast<off_t>(file_bytes)), 0);
    BOOST_REQUIRE_EQUAL(::pwrite(file.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    return file;
}

} // namespace

BOOST_AUTO_TEST_SUITE(layout_document)

BOOST_AUTO_TEST_CASE(the_example_is_a_believable_data_file_and_says_what_the_text_says)
{
    const memory::channel_place place("test", "quotes", "/nowhere");
    const auto found = ring::check_data(place, example_file(example()));
    BOOST_TEST(found.header.kind == static_cast<std::uint32_t>(ring::record_kind::dense));
    BOOST_TEST(found.header.record_bytes == 24U);
    BOOST_TEST(found.header.alignment == 8U);
    BOOST_TEST(found.header.capacity_bytes == 1U << 20U);
    BOOST_TEST(found.header.lane_count == 16U);
    BOOST_TEST(found.header.max_holds == 7U);
    BOOST_TEST(found.header.lossless == 1U);
    BOOST_TEST(found.header.lane_offset == 4096U);
    BOOST_TEST(found.header.slot_count == 64U);
    BOOST_TEST(found.type.format == "<T{Q:time_ns:d:bid:d:ask:}");
}

BOOST_AUTO_TEST_CASE(every_other_bit_of_the_example_makes_it_unbelievable)
{
    const memory::channel_place place("test", "quotes", "/nowhere");
    const auto good = example();
    for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
        auto bytes = good;
        bytes[bit / 8] ^= std::byte(1U << bit % 8);
        memory::file file{::memfd_create("example", MFD_CLOEXEC)};
        BOOST_REQUIRE_EQUAL(::ftruncate(file.get(), 32 << 20), 0);
        BOOST_REQUIRE_EQUAL(::pwrite(file.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
        BOOST_CHECK_THROW(static_cast<void>(ring::check_data(place, file)), samepage::error);
    }
}

BOOST_AUTO_TEST_SUITE_END()
