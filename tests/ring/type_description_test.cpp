// SPDX-License-Identifier: BSL-1.0
// type_description_test.cpp: a format and what lies behind it, stored, read and judged.
#include "ring/header.hpp"

#include <samepage/core/error.hpp>

#include <boost/crc.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

namespace ring = samepage::ring;
namespace memory = samepage::memory;
using samepage::errc;

namespace {

const memory::channel_place place("test", "described", "/nowhere");

ring::record_type framed(std::string_view format, std::string_view detail = {}, ring::type_judge* judge = nullptr)
{
    return {.kind = ring::record_kind::framed, .format = format, .detail = detail, .judge = judge};
}

/// A data file with that description and a checksum that holds.
memory::file file_of(ring::data_header header, std::string_view description)
{
    header.type_bytes = static_cast<std::uint32_t>(description.size());
    header.checksum = 0;
    boost::crc_32_type crc;
    crc.process_bytes(&header, sizeof header);
    crc.process_bytes(description.data(), description.size());
    header.checksum = crc.checksum();
    memory::file file{::memfd_create("described", MFD_CLOEXEC)};
    BOOST_REQUIRE_EQUAL(::ftruncate(file.get(), static_cast<off_t>(header.file_bytes)), 0);
    memory::write_at(place, file, std::as_bytes(std::span{&header, 1}), 0);
    memory::write_at(place, file, std::as_bytes(std::span{description}), sizeof header);
    return file;
}

ring::described_type stored(const ring::record_type& type)
{
    const auto made = ring::make_headers(place, {}, type);
    return ring::check_data(place, file_of(made.data, made.description)).type;
}

errc refusal(auto&& attempt)
{
    try {
        attempt();
    } catch (const samepage::error& refused) {
        return static_cast<errc>(refused.code().value());
    }
    return errc{};
}

struct fixed_judge final : ring::type_judge {
    std::optional<ring::type_refusal> judge(const ring::described_type& found) override
    {
        seen = found.detail;
        return verdict;
    }
    std::optional<ring::type_refusal> verdict;
    std::string seen;
};

} // namespace

BOOST_AUTO_TEST_SUITE(type_description)

BOOST_AUTO_TEST_CASE(a_format_alone_is_the_description)
{
    BOOST_TEST(ring::make_headers(place, {}, framed("B")).description == "B");
    BOOST_TEST(stored(framed("B")).format == "B");
    BOOST_TEST(stored(framed("B")).detail.empty());
    BOOST_TEST(stored(framed("")).format.empty());
}

BOOST_AUTO_TEST_CASE(a_detail_lies_at_a_multiple_of_eight_behind_the_format_and_a_nul)
{
    for (std::size_t bytes = 0; bytes < 20; ++bytes) {
        const std::string format(bytes, 'f');
        const std::string detail{"\0d\0", 3};
        const auto description = ring::make_headers(place, {}, framed(format, detail)).description;
        const auto begin = (bytes + 8) / 8 * 8;
        BOOST_TEST(description == format + std::string(begin - bytes, '\0') + detail);
        BOOST_TEST(stored(framed(format, detail)).format == format);
        BOOST_TEST(stored(framed(format, detail)).detail == detail);
    }
}

BOOST_AUTO_TEST_CASE(nuls_that_end_elsewhere_are_corrupt)
{
    const auto header = ring::make_headers(place, {}, framed("B")).data;
    using namespace std::string_literals;
    for (const auto& description :
         {"B\0"s, "B\0\0\0\0\0\0\0"s, "B\0d"s, "B\0\0\0\0\0d\0detail"s, std::string{"B"} + std::string(23, '\0')}) {
        BOOST_TEST((refusal([&] { static_cast<void>(ring::check_data(place, file_of(header, description))); }) ==
                    errc::corrupt));
    }
}

BOOST_AUTO_TEST_CASE(a_format_with_a_nul_or_too_long_a_description_is_an_invalid_argument)
{
    const auto make = [](const ring::record_type& type) {
        return refusal([&] { static_cast<void>(ring::make_headers(place, {}, type)); });
    };
    BOOST_TEST((make(framed(std::string_view{"a\0b", 3})) == errc::invalid_argument));
    BOOST_TEST((make(framed("B", std::string(ring::most_type_bytes - 8, 'd'))) == errc{}));
    BOOST_TEST((make(framed("B", std::string(ring::most_type_bytes - 7, 'd'))) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(formats_are_compared_and_details_are_not)
{
    const auto found = stored(framed("B", "detail"));
    ring::check_type(place, found, framed("B"));
    ring::check_type(place, found, framed("B", "other"));
    BOOST_TEST((refusal([&] { ring::check_type(place, found, framed("C", "detail")); }) == errc::wrong_type));
}

BOOST_AUTO_TEST_CASE(a_judge_decides_in_the_formats_place)
{
    const auto found = stored(framed("B", "detail"));
    fixed_judge judge;
    ring::check_type(place, found, framed("C", {}, &judge));
    BOOST_TEST(judge.seen == "detail");
    judge.verdict = ring::type_refusal{errc::corrupt, "this", "that", "do so"};
    BOOST_TEST((refusal([&] { ring::check_type(place, found, framed("B", {}, &judge)); }) == errc::corrupt));
}

BOOST_AUTO_TEST_CASE(no_judge_makes_dense_records_framed)
{
    const auto found = stored({.kind = ring::record_kind::dense, .record_bytes = 8, .alignment = 8, .format = "Q"});
    fixed_judge judge;
    BOOST_TEST((refusal([&] { ring::check_type(place, found, framed("Q", {}, &judge)); }) == errc::wrong_type));
}

BOOST_AUTO_TEST_SUITE_END()
