// SPDX-License-Identifier: BSL-1.0
// item_value_test.cpp: items read, written, compared and printed by value.
#include "sample_records.hpp"

#include <samepage/view/item_value.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

using samepage::item_format;
using samepage::item_value;
using samepage::value_error;
using list = item_value::list;
using record = item_value::record;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values)
{
    std::vector<std::byte> bytes;
    for (const int value : values) {
        bytes.push_back(static_cast<std::byte>(value));
    }
    return bytes;
}

template <class T>
std::vector<std::byte> bytes_of_value(const T& value)
{
    std::vector<std::byte> bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
}

item_value read(std::string_view format, const std::vector<std::byte>& bytes)
{
    const item_format read_as{format};
    BOOST_TEST_REQUIRE(read_as.itemsize() == bytes.size());
    return read_value(read_as, bytes.data());
}

std::vector<std::byte> written(std::string_view format, const item_value& value)
{
    const item_format write_as{format};
    std::vector<std::byte> bytes(write_as.itemsize(), std::byte{0xaa});
    write_value(write_as, bytes.data(), value);
    return bytes;
}

std::string refusal(std::string_view format, const item_value& value)
{
    const item_format write_as{format};
    std::vector<std::byte> bytes(write_as.itemsize(), std::byte{0xaa});
    try {
        write_value(write_as, bytes.data(), value);
    } catch (const value_error& fault) {
        BOOST_CHECK(bytes == std::vector<std::byte>(bytes.size(), std::byte{0xaa}));
        return fault.what();
    }
    return "written";
}

bool equal(std::string_view left, const item_value& one, std::string_view right, const item_value& other)
{
    const auto left_bytes = written(left, one);
    const auto right_bytes = written(right, other);
    const bool said = items_equal(item_format{left}, left_bytes.data(), item_format{right}, right_bytes.data());
    BOOST_TEST(said == items_equal(item_format{right}, right_bytes.data(), item_format{left}, left_bytes.data()));
    BOOST_TEST(said == (read(left, left_bytes) == read(right, right_bytes)));
    return said;
}

std::string printed(std::string_view format, const item_value& value)
{
    const auto bytes = written(format, value);
    std::ostringstream out;
    print_value(out, item_format{format}, bytes.data());
    return out.str();
}

std::string printed(const item_value& value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(item_values)

BOOST_AUTO_TEST_CASE(integers_are_read_in_either_order_and_unaligned)
{
    BOOST_TEST(read("<h", bytes_of({0x01, 0xff})).get<std::int64_t>() == -255);
    BOOST_TEST(read(">h", bytes_of({0x01, 0xff})).get<std::int64_t>() == 0x1ff);
    BOOST_TEST(read(">I", bytes_of({0xff, 0, 0, 1})).get<std::uint64_t>() == 0xff000001U);
    BOOST_TEST(read(">q", bytes_of({0x80, 0, 0, 0, 0, 0, 0, 0})).get<std::int64_t>() ==
               std::numeric_limits<std::int64_t>::min());
    const auto packed = read("<bi", bytes_of({1, 2, 0, 0, 0}));
    BOOST_TEST(packed.at(1).get<std::int64_t>() == 2);
    BOOST_TEST(read("P", bytes_of_value(std::uint64_t{1} << 63U)).get<std::uint64_t>() == std::uint64_t{1} << 63U);
}

BOOST_AUTO_TEST_CASE(any_byte_but_zero_is_true)
{
    BOOST_TEST(read("?", bytes_of({2})).get<bool>() == true);
    BOOST_TEST(read("?", bytes_of({0})).get<bool>() == false);
    const auto two = bytes_of({2});
    const auto one = bytes_of({1});
    BOOST_TEST(items_equal(item_format{"?"}, two.data(), item_format{"B"}, one.data()));
}

BOOST_AUTO_TEST_CASE(reals_are_read_in_either_order)
{
    BOOST_TEST(read(">f", bytes_of({0x3f, 0x80, 0, 0})).get<double>() == 1.0);
    BOOST_TEST(read(">d", bytes_of({0xbf, 0xf0, 0, 0, 0, 0, 0, 0})).get<double>() == -1.0);
    BOOST_TEST(read("g", bytes_of_value(0.1L)).get<long double>() == 0.1L);
    BOOST_TEST((read(">Zf", bytes_of({0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0})).get<std::complex<double>>() ==
                std::complex<double>{1, -2}));
    BOOST_TEST((read("Zg", bytes_of_value(std::complex<long double>{1, 0.1L})).get<std::complex<long double>>() ==
                std::complex<long double>{1, 0.1L}));
}

BOOST_AUTO_TEST_CASE(every_half_is_read_and_written_back)
{
    for (unsigned bits = 0; bits < 0x10000U; ++bits) {
        const auto bytes = bytes_of_value(static_cast<std::uint16_t>(bits));
        const auto value = read("e", bytes);
        if (std::isnan(value.get<double>())) {
            BOOST_REQUIRE((bits & 0x7c00U) == 0x7c00U && (bits & 0x3ffU) != 0);
        } else if (written("e", value) != bytes) {
            BOOST_ERROR("half " << bits << " is not written as it was read");
        }
    }
    BOOST_TEST(read("e", bytes_of({0x00, 0x3c})).get<double>() == 1.0);
    BOOST_TEST(read(">e", bytes_of({0x00, 0x01})).get<double>() == 0x1p-24);
    BOOST_TEST(read("e", bytes_of({0xff, 0x7b})).get<double>() == 65504.0);
}

BOOST_AUTO_TEST_CASE(halves_are_rounded_half_to_even_in_one_step)
{
    const auto half = [](long double value) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, written("e", value).data(), sizeof bits);
        return bits;
    };
    BOOST_TEST(half(1 + 0x1p-11L) == 0x3c00U);
    BOOST_TEST(half(1 + 0x3p-11L) == 0x3c02U);
    BOOST_TEST(half(1 + 0x1p-11L + 0x1p-60L) == 0x3c01U); // by way of a double it would be the tie
    BOOST_TEST(half(0x1p-25L) == 0U);
    BOOST_TEST(half(0x1.8p-24L) == 2U);
    BOOST_TEST(half(0x1.000002p-25L) == 1U);
    BOOST_TEST(half(0x1.ffcp-15L) == 0x0400U); // up to the smallest normal
    BOOST_TEST(half(65519.99L) == 0x7bffU);
    BOOST_TEST(half(-0.0L) == 0x8000U);
    BOOST_TEST(half(-std::numeric_limits<long double>::infinity()) == 0xfc00U);
    BOOST_TEST(half(std::numeric_limits<long double>::quiet_NaN()) == 0x7e00U);
}

BOOST_AUTO_TEST_CASE(strings_keep_their_zeros_and_unicode_loses_those_behind_it)
{
    BOOST_TEST(read("3s", bytes_of({'a', 0, 0})).get<std::string>() == std::string("a\0\0", 3));
    BOOST_TEST(read("c", bytes_of({'a'})).get<char>() == 'a');
    BOOST_TEST((read("<3w", bytes_of({'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})).get<std::u32string>() == U"a"));
    BOOST_TEST((read(">2u", bytes_of({0x20, 0xac, 0xd8, 0x00})).get<std::u32string>() ==
                std::u32string{U'\u20ac', static_cast<char32_t>(0xd800)}));
    BOOST_TEST(read("T{2x:v:}", bytes_of({1, 2})).at(0).get<std::string>() == "\1\2");
}

BOOST_AUTO_TEST_CASE(a_pascal_string_is_cut_to_its_item)
{
    BOOST_TEST(read("4p", bytes_of({2, 'a', 'b', 'c'})).get<std::string>() == "ab");
    BOOST_TEST(read("4p", bytes_of({200, 'a', 'b', 'c'})).get<std::string>() == "abc");
    BOOST_TEST(read("1p", bytes_of({200})).get<std::string>().empty());
    BOOST_TEST(read("0p", {}).get<std::string>().empty());
}

BOOST_AUTO_TEST_CASE(arrays_are_lists_of_lists_and_structures_are_records)
{
    const auto grid = read("(2,3)B", bytes_of({1, 2, 3, 4, 5, 6}));
    BOOST_TEST_REQUIRE(grid.size() == 2U);
    BOOST_TEST_REQUIRE(grid.at(1).size() == 3U);
    BOOST_TEST(grid.at(1).at(0).get<std::uint64_t>() == 4U);
    const auto rows = read("(2)T{B:a:xH:b:}", bytes_of({1, 9, 2, 0, 3, 9, 4, 0}));
    BOOST_TEST(rows.holds<list>());
    BOOST_TEST(rows.at(1).holds<record>());
    BOOST_TEST(rows.at(1).at(1).get<std::uint64_t>() == 4U);
    BOOST_CHECK_THROW(static_cast<void>(rows.at(2)), std::out_of_range);
    BOOST_CHECK_THROW(static_cast<void>(rows.at(0).at(0).at(0)), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(an_array_without_elements_is_one_empty_list)
{
    const auto none = read("(1000000000,0)d", {});
    BOOST_TEST(none.holds<list>());
    BOOST_TEST(none.size() == 0U);
    BOOST_TEST(written("(3,0)d", list{}).empty());
}

BOOST_AUTO_TEST_CASE(a_described_record_is_read_as_it_was_filled)
{
    sample::every_complex filled{};
    filled.flag = true;
    filled.c64 = {1, 2};
    filled.tag = 'x';
    filled.c128 = {3, 4};
    filled.pair = {std::complex<float>{5, 6}, std::complex<float>{7, 8}};
    const auto value = read_value(item_format::of<sample::every_complex>(), reinterpret_cast<std::byte*>(&filled));
    BOOST_TEST(printed(value) == "(True, (1+2j), b'x', (3+4j), [(5+6j), (7+8j)])");
}

BOOST_AUTO_TEST_CASE(values_are_written_as_they_are_read_in_either_order)
{
    BOOST_CHECK(written(">h", -2) == bytes_of({0xff, 0xfe}));
    BOOST_CHECK(written("<h", -2) == bytes_of({0xfe, 0xff}));
    BOOST_CHECK(written(">f", 1.0) == bytes_of({0x3f, 0x80, 0, 0}));
    BOOST_CHECK(written(">Zf", std::complex<float>{1, -2}) == bytes_of({0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0}));
    BOOST_CHECK(written("Zf", 1) == bytes_of({0, 0, 0x80, 0x3f, 0, 0, 0, 0}));
    BOOST_CHECK(written(">2u", U"a") == bytes_of({0, 'a', 0, 0}));
    BOOST_CHECK(written("c", "a") == bytes_of({'a'}));
    BOOST_CHECK(written("2s", 'a') == bytes_of({'a', 0}));
    BOOST_CHECK(written("2s", "abc") == bytes_of({'a', 'b'}));
    BOOST_CHECK(written("3p", "abc") == bytes_of({2, 'a', 'b'}));
    BOOST_CHECK(written("(2,2)B", list{list{1, 2}, list{3, 4}}) == bytes_of({1, 2, 3, 4}));
    BOOST_CHECK(written("T{B>H}", record{{1, 2}}) == written("T{B>H}", list{1, 2}));
    BOOST_CHECK(read("g", written("g", 0.1L)) == item_value{0.1L});
}

BOOST_AUTO_TEST_CASE(an_integer_becomes_a_double_before_it_becomes_a_smaller_real_as_in_python)
{
    const std::int64_t beyond_the_tie = (std::int64_t{1} << 60) + (std::int64_t{1} << 36) + 1;
    BOOST_TEST(read("f", written("f", beyond_the_tie)).get<double>() == 0x1p60);
    BOOST_TEST(read("g", written("g", beyond_the_tie)).get<long double>() == 0x1p60L + 0x1p36L + 1);
}

BOOST_AUTO_TEST_CASE(a_long_pascal_string_counts_to_255)
{
    const auto bytes = written("300p", std::string(290, 'a'));
    BOOST_TEST(static_cast<int>(bytes[0]) == 255);
    BOOST_TEST(static_cast<int>(bytes[290]) == 'a');
}

BOOST_AUTO_TEST_CASE(padding_is_written_as_zeros)
{
    BOOST_CHECK(written("T{Bx:a:B2x}", record{{1, "v", 2}}) == bytes_of({1, 'v', 2, 0, 0}));
    BOOST_CHECK(written("T{B:a:H:b:B}", record{{1, 2, 3}}) == bytes_of({1, 0, 2, 0, 3, 0}));
    const auto wide = written("g", 1.0L);
    BOOST_TEST(static_cast<int>(wide.back()) ==
               static_cast<int>(std::numeric_limits<long double>::digits == 64 ? 0 : 0x3f));
}

BOOST_AUTO_TEST_CASE(whatever_is_true_in_python_is_written_as_one)
{
    for (const item_value& value : {item_value{true}, item_value{2}, item_value{0.5}, item_value{not_a_number},
                                    item_value{std::complex<double>{0, 1}}, item_value{'\0'}, item_value{"0"},
                                    item_value{U"a"}, item_value{list{0}}}) {
        BOOST_CHECK(written("?", value) == bytes_of({1}));
    }
    for (const item_value& value : {item_value{false}, item_value{0U}, item_value{-0.0}, item_value{""},
                                    item_value{U""}, item_value{list{}}, item_value{std::complex<double>{}}}) {
        BOOST_CHECK(written("?", value) == bytes_of({0}));
    }
}

BOOST_AUTO_TEST_CASE(integers_are_checked_against_their_range)
{
    BOOST_CHECK(written("b", -128) == bytes_of({0x80}));
    BOOST_CHECK(written("b", 127) == bytes_of({0x7f}));
    BOOST_CHECK(written("B", true) == bytes_of({1}));
    BOOST_TEST(refusal("b", 128) == "write an item: invalid argument: expected an integer from -128 to 127, found 128");
    BOOST_TEST(refusal("b", -129).ends_with("found -129"));
    BOOST_TEST(refusal("B", -1) == "write an item: invalid argument: expected an integer from 0 to 255, found -1");
    BOOST_TEST(refusal("B", 256).ends_with("found 256"));
    BOOST_CHECK(written("Q", std::numeric_limits<std::uint64_t>::max()) == std::vector<std::byte>(8, std::byte{0xff}));
    BOOST_TEST(refusal("q", std::uint64_t{1} << 63U) ==
               "write an item: invalid argument: expected an integer from -9223372036854775808 to "
               "9223372036854775807, found 9223372036854775808");
    BOOST_CHECK(written("q", std::numeric_limits<std::int64_t>::min()) ==
                bytes_of_value(std::numeric_limits<std::int64_t>::min()));
    BOOST_TEST(refusal("P", -1).ends_with("found -1"));
}

BOOST_AUTO_TEST_CASE(reals_that_would_become_infinite_are_refused_and_infinities_are_not)
{
    BOOST_TEST(refusal("e", 65520.0).find("does not round to infinity") != std::string::npos);
    BOOST_TEST(refusal("<f", 1e39).find("does not round to infinity") != std::string::npos);
    BOOST_TEST(refusal("f", 1e39).find("does not round to infinity") != std::string::npos);
    BOOST_TEST(refusal("d", std::numeric_limits<long double>::max()).find("infinity") != std::string::npos);
    BOOST_TEST(refusal("Zf", std::complex<double>{0, -1e39}).find("infinity") != std::string::npos);
    BOOST_TEST(std::isinf(read("e", written("e", -infinity)).get<double>()));
    BOOST_TEST(std::isinf(read("f", written("f", infinity)).get<double>()));
    BOOST_TEST(std::isnan(read("f", written("f", not_a_number)).get<double>()));
}

BOOST_AUTO_TEST_CASE(values_of_another_kind_are_refused)
{
    BOOST_TEST(refusal("i", 1.0).ends_with("found 1.0"));
    BOOST_TEST(refusal("i", 'a').ends_with("found b'a'"));
    BOOST_TEST(refusal("d", "1").find("expected a real number, found b'1'") != std::string::npos);
    BOOST_TEST(refusal("d", std::complex<double>{1, 0}).find("expected a real number") != std::string::npos);
    BOOST_TEST(refusal("Zd", "1").find("expected a number") != std::string::npos);
    BOOST_TEST(refusal("c", "ab").find("expected a character, or one byte, found b'ab'") != std::string::npos);
    BOOST_TEST(refusal("c", 97).find("expected a character, or one byte, found 97") != std::string::npos);
    BOOST_TEST(refusal("2s", 97).find("expected bytes, found 97") != std::string::npos);
    BOOST_TEST(refusal("2s", U"ab").find("expected bytes, found 'ab'") != std::string::npos);
    BOOST_TEST(refusal("2w", "ab").find("expected unicode, found b'ab'") != std::string::npos);
    BOOST_TEST(refusal("u", U"\U0001f600").find("expected characters up to U+FFFF") != std::string::npos);
    BOOST_TEST(refusal("2B", 1).find("expected a list of 2, found 1") != std::string::npos);
    BOOST_TEST(refusal("2B", list{1, 2, 3}).find("expected a list of 2, found a list of 3") != std::string::npos);
    BOOST_TEST(refusal("(0)B", list{1}).find("expected a list of 0, found a list of 1") != std::string::npos);
    BOOST_TEST(refusal("T{BB}", record{{1}}).find("expected a record or a list of 2, found a record of 1") !=
               std::string::npos);
    BOOST_TEST(refusal("T{BB}", list{1, 2, 3}).find("found a list of 3") != std::string::npos);
    BOOST_TEST(refusal("b", std::string(100, 'a')).ends_with("…"));
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_place_and_leaves_the_item_as_it_was)
{
    BOOST_TEST(refusal("T{B:a:(2)T{B:x:B}:in:}", record{{1, list{record{{1, 2}}, record{{1, 300}}}}}) ==
               "write 'in[1][1]': invalid argument: expected an integer from 0 to 255, found 300");
    BOOST_TEST(refusal("T{T{b:x:}:in:}", record{{record{{300}}}}).starts_with("write 'in.x': "));
    BOOST_TEST(refusal("(2,2)B", list{list{1, 2}, list{3}}).starts_with("write '[1]': "));
}

BOOST_AUTO_TEST_CASE(numbers_are_equal_by_value_across_kinds)
{
    BOOST_TEST(equal("?", true, "b", 1));
    BOOST_TEST(equal(">q", 1, "e", 1.0));
    BOOST_TEST(equal("d", 1.0, "Zf", 1));
    BOOST_TEST(!equal("d", 1.0, "Zf", std::complex<float>{1, 1}));
    BOOST_TEST(equal("P", 7, "B", 7));
    BOOST_TEST(!equal("b", -1, "Q", std::numeric_limits<std::uint64_t>::max()));
    BOOST_TEST(equal("d", -0.0, "d", 0.0));
    BOOST_TEST(!equal("d", not_a_number, "d", not_a_number));
    BOOST_TEST(!equal("Zd", std::complex<double>{0, not_a_number}, "Zd", std::complex<double>{0, not_a_number}));
    BOOST_TEST(equal("f", infinity, "g", infinity));
}

BOOST_AUTO_TEST_CASE(an_integer_is_compared_with_a_real_without_rounding)
{
    const std::int64_t odd = (std::int64_t{1} << 53) + 1;
    BOOST_TEST(!equal("q", odd, "d", 0x1p53));
    BOOST_TEST(equal("q", odd - 1, "d", 0x1p53));
    BOOST_TEST(!equal("Q", std::numeric_limits<std::uint64_t>::max(), "d", 0x1p64));
    BOOST_TEST(!equal("q", std::numeric_limits<std::int64_t>::max(), "d", 0x1p63));
    BOOST_TEST(equal("q", std::numeric_limits<std::int64_t>::min(), "f", -0x1p63));
}

BOOST_AUTO_TEST_CASE(strings_are_equal_to_strings_of_their_own_family_alone)
{
    BOOST_TEST(equal("c", 'a', "s", "a"));
    BOOST_TEST(equal("5p", "ab", "2s", "ab"));
    BOOST_TEST(!equal("3s", "ab", "2s", "ab"));
    BOOST_TEST(!equal("c", 'a', "B", 97));
    BOOST_TEST(equal("5u", U"ab", ">2w", U"ab"));
    BOOST_TEST(!equal("2u", U"ab", "2w", U"ac"));
    BOOST_TEST(!equal("2u", U"ab", "2s", "ab"));
    BOOST_TEST(!equal("w", U"", "B", 0));
}

BOOST_AUTO_TEST_CASE(structures_and_rows_are_compared_as_sequences)
{
    BOOST_TEST(equal("3i", list{1, 2, 3}, "<hdB", record{{1, 2.0, 3}}));
    BOOST_TEST(!equal("3i", list{1, 2, 3}, "2i", list{1, 2}));
    BOOST_TEST(equal("2ib", record{{list{1, 2}, 3}}, "i2b", record{{1, list{2, 3}}}));
    BOOST_TEST(equal("xi", record{{1}}, "i", 1));
    BOOST_TEST(!equal("ii", record{{1, 1}}, "i", 1));
    BOOST_TEST(equal("T{i:a:T{b:x:b}:b:}", record{{1, record{{2, 3}}}}, "T{bT{hh}}", record{{1, list{2, 3}}}));
    BOOST_TEST(!equal("T{iT{bb}}", record{{1, record{{2, 3}}}}, "3i", list{1, 2, 3}));
    BOOST_TEST(!equal("T{ii}", record{{1, 2}}, "T{ii}", record{{1, 3}}));
    BOOST_TEST(equal("(0)i", list{}, "3x", record{}));
}

BOOST_AUTO_TEST_CASE(arrays_of_more_dimensions_are_compared_with_their_like_alone)
{
    const item_value grid = list{list{1, 2}, list{3, 4}};
    BOOST_TEST(equal("(2,2)i", grid, "(2,2)>d", grid));
    BOOST_TEST(equal("(2,2)<i", grid, "(2,2)>i", grid));
    BOOST_TEST(!equal("(2,2)i", grid, "(2,2)i", item_value{list{list{1, 2}, list{3, 5}}}));
    BOOST_TEST(!equal("(2,2)i", grid, "4i", list{1, 2, 3, 4}));
    BOOST_TEST(!equal("(1,2)i", list{item_value{list{1, 2}}}, "(2,1)i", list{list{1}, list{2}}));
    BOOST_TEST(!equal("(1,1)i", list{item_value{list{1}}}, "i", 1));
    BOOST_TEST(equal("T{(2,2)i}", record{{grid}}, "T{x(2,2)B}", record{{grid}}));
    BOOST_TEST(!equal("(2,1)f", list{list{not_a_number}, list{1}}, "(2,1)f", list{list{not_a_number}, list{1}}));
}

BOOST_AUTO_TEST_CASE(padding_does_not_count)
{
    const auto one = bytes_of({1, 77, 2, 0});
    const auto other = bytes_of({1, 88, 2, 0});
    const item_format format{"T{BxH}"};
    BOOST_TEST(items_equal(format, one.data(), format, other.data()));
}

BOOST_AUTO_TEST_CASE(numbers_are_printed_with_as_few_digits_as_lead_back_to_them)
{
    BOOST_TEST(printed("f", 0.1F) == "0.1");
    BOOST_TEST(printed("d", 0.1) == "0.1");
    BOOST_TEST(printed("e", 0.1) == "0.1");
    BOOST_TEST(printed("e", 65504) == "65500.0");
    BOOST_TEST(printed("g", 0.1L) == "0.1");
    BOOST_TEST(printed("d", 1) == "1.0");
    BOOST_TEST(printed("d", 100) == "100.0");
    BOOST_TEST(printed("d", -0.0) == "-0.0");
    BOOST_TEST(printed("d", 123456.75) == "123456.75");
    BOOST_TEST(printed("d", 1e15) == "1000000000000000.0");
    BOOST_TEST(printed("d", 1e16) == "1e+16");
    BOOST_TEST(printed("d", 1.5e300) == "1.5e+300");
    BOOST_TEST(printed("d", 0.0001) == "0.0001");
    BOOST_TEST(printed("d", 0.000012) == "1.2e-05");
    BOOST_TEST(printed("d", infinity) == "inf");
    BOOST_TEST(printed("d", -infinity) == "-inf");
    BOOST_TEST(printed("d", not_a_number) == "nan");
    BOOST_TEST(printed("q", -5) == "-5");
    BOOST_TEST(printed("Q", std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    BOOST_TEST(printed("?", true) == "True");
    BOOST_TEST(printed("P", 255) == "0xff");
    BOOST_TEST(printed("Zd", std::complex<double>{1, -2.5}) == "(1-2.5j)");
    BOOST_TEST(printed("Zd", std::complex<double>{0, 1}) == "1j");
    BOOST_TEST(printed("Zd", std::complex<double>{-0.0, not_a_number}) == "(-0+nanj)");
}

BOOST_AUTO_TEST_CASE(strings_are_printed_as_python_quotes_them)
{
    BOOST_TEST(printed("4s", std::string("a'\n\0", 4)) == R"(b"a'\n\x00")");
    BOOST_TEST(printed("2s", "'\"") == R"(b'\'"')");
    BOOST_TEST(printed("c", '\\') == R"(b'\\')");
    BOOST_TEST(printed("c", '\xff') == R"(b'\xff')");
    BOOST_TEST(printed("3w", U"\u00e9\u20ac\U0001f600") == "'\u00e9\u20ac\U0001f600'");
    BOOST_TEST(printed(std::u32string{static_cast<char32_t>(0xd800), static_cast<char32_t>(0x110000), U'\x85'}) ==
               R"('\ud800\U00110000\x85')");
}

BOOST_AUTO_TEST_CASE(structures_are_printed_in_parentheses_and_arrays_in_brackets)
{
    BOOST_TEST(printed("T{B:a:(2,2)f:b:3s:c:}", record{{1, list{list{1, 2}, list{3, 4.5}}, "abc"}}) ==
               "(1, [[1.0, 2.0], [3.0, 4.5]], b'abc')");
    BOOST_TEST(printed("T{B}", record{{1}}) == "(1,)");
    BOOST_TEST(printed("T{}", record{}) == "()");
    BOOST_TEST(printed("(3,0)B", list{}) == "[]");
    BOOST_TEST(printed(record{{1, list{true, 'c'}, 1.5}}) == "(1, [True, b'c'], 1.5)");
}

BOOST_AUTO_TEST_SUITE_END()
