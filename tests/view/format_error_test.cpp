// SPDX-License-Identifier: BSL-1.0
// format_error_test.cpp: what is no format is refused, with the column and what was expected there.
#include <samepage/view/item_format.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

using samepage::format_error;
using samepage::item_format;

namespace {

std::optional<format_error> fault_of(std::string_view text)
{
    try {
        static_cast<void>(item_format{text});
    } catch (const format_error& fault) {
        return fault;
    }
    return std::nullopt;
}

void require_fault(std::string_view text, std::size_t column, std::string_view expected)
{
    BOOST_TEST_CONTEXT("'" << text.substr(0, 100) << "'")
    {
        const auto fault = fault_of(text);
        BOOST_TEST_REQUIRE(fault.has_value());
        BOOST_TEST(fault->column() == column);
        BOOST_TEST(fault->expected() == expected);
        BOOST_CHECK(fault->text() == text); // which may be a megabyte
        BOOST_TEST((fault->code() == samepage::errc::invalid_format));
        BOOST_TEST(!fault->parts().remedy.empty());
    }
}

std::string repeated(std::string_view text, std::size_t times)
{
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(format_errors)

BOOST_AUTO_TEST_CASE(the_line_names_the_text_the_column_what_was_expected_and_what_was_found)
{
    BOOST_TEST(
        fault_of("T{d:bid:O:note:}").value().what() ==
        std::string{"format 'T{d:bid:O:note:}': invalid format: expected a code that can be served, found 'O' in "
                    "column 8; a Python object is an address, which means nothing outside its process"});
    BOOST_TEST(fault_of("T{i").value().what() ==
               std::string{"format 'T{i': invalid format: expected an item, or '}' for the T{ in column 0, found the "
                           "end in column 3; see docs/views.md, \"Formats\""});
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_around_the_fault_and_what_cannot_be_printed_is_escaped)
{
    const std::string line = fault_of(repeated("i", 100) + '\0' + repeated("d", 100)).value().what();
    BOOST_TEST(line.starts_with("format '…" + repeated("i", 60) + "\\x00" + repeated("d", 19) + "…': "));
    BOOST_TEST(line.find("found '\\x00' in column 100") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(codes_that_do_not_exist)
{
    require_fault("y", 0, "a code");
    require_fault("ij", 1, "a code");
    require_fault("4", 1, "a code");
    require_fault("4 h", 1, "a code");
    require_fault("}", 0, "a code");
    require_fault("i}", 1, "a code");
    require_fault("\xff", 0, "a code");
    require_fault(std::string_view{"i\0", 2}, 1, "a code");
    require_fault(":a:", 0, "a code");
    require_fault("i:a::b:", 4, "a code");
}

BOOST_AUTO_TEST_CASE(codes_that_cannot_be_served)
{
    for (const char* text : {"O", "&d", "X{}", "t", "3t"}) {
        const std::size_t column = text[0] == '3' ? 1 : 0;
        require_fault(text, column, "a code that can be served");
    }
    BOOST_TEST(fault_of("X{}").value().parts().remedy.find("function") != std::string::npos);
    BOOST_TEST(fault_of("&d").value().parts().remedy.find("pointer") != std::string::npos);
    BOOST_TEST(fault_of("t").value().parts().remedy.find("bits") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(codes_of_native_size_in_standard_modes)
{
    for (const char* code : {"n", "N", "P", "g", "Zg", "G"}) {
        for (const char* order : {"=", "<", ">", "!"}) {
            require_fault(order + std::string{code}, 1, "a code with a standard size");
        }
    }
}

BOOST_AUTO_TEST_CASE(complex_numbers_of_something_else)
{
    require_fault("Z", 1, "f, d or g behind Z");
    require_fault("Zi", 1, "f, d or g behind Z");
    require_fault("Ze", 1, "f, d or g behind Z");
}

BOOST_AUTO_TEST_CASE(byte_orders_without_an_item)
{
    require_fault("<>i", 1, "a code behind the byte order");
    require_fault("i<", 2, "a code");
    require_fault("T{i<}", 4, "a code");
    require_fault("3<i", 1, "a code behind the byte order");
    require_fault("<(2)>i", 4, "a code behind the byte order");
}

BOOST_AUTO_TEST_CASE(structures_without_braces)
{
    require_fault("T", 1, "'{'");
    require_fault("Ti", 1, "'{'");
    require_fault("T {i}", 1, "'{'");
    require_fault("iT{", 3, "an item, or '}' for the T{ in column 1");
    require_fault("T{T{i}", 6, "an item, or '}' for the T{ in column 0");
}

BOOST_AUTO_TEST_CASE(shapes)
{
    require_fault("()i", 1, "a dimension");
    require_fault("(2,)i", 3, "a dimension");
    require_fault("(-1)i", 1, "a dimension");
    require_fault("(2 3)i", 3, "',' or ')'");
    require_fault("(2", 2, "',' or ')'");
    require_fault("(2)", 3, "a code");
    require_fault("(2)(3)i", 3, "a code");
}

BOOST_AUTO_TEST_CASE(names)
{
    require_fault("i:a", 3, "':' behind the name that begins in column 2");
    require_fault("i::", 2, "a name");
    require_fault("T{i:a:d:a:}", 8, "a name that no other field of this structure has");
    BOOST_CHECK(!fault_of("T{T{i:a:}:b:T{i:a:}:a:}"));
}

BOOST_AUTO_TEST_CASE(sizes_that_no_item_has)
{
    const std::string most = "9223372036854775807";
    const std::string expected = "an item of at most " + most + " bytes";
    BOOST_TEST(item_format{most + "s"}.itemsize() == 9223372036854775807U);
    require_fault("9223372036854775808s", 0, "a number of at most " + most);
    require_fault("99999999999999999999999s", 0, "a number of at most " + most);
    require_fault(most + "h", 0, expected);
    require_fault(most + "w", 0, expected);
    require_fault("b" + most + "s", 1, expected);
    require_fault("b" + most + "x", 1, expected);
    require_fault("(4294967296,4294967296)b", 0, expected);
    require_fault("(4294967296,4294967296,0)b", 0, expected);
    require_fault("(0,4294967296,4294967296)b", 0, expected);
    require_fault("(4294967296,4294967296)x", 0, expected);
    require_fault("(2)T{" + most + "s}", 0, expected);
    require_fault("9223372036854775805xi", 20, expected);
    require_fault("T{i9223372036854775802s}", 23, expected);
}

BOOST_AUTO_TEST_CASE(arrays_of_elements_without_a_byte)
{
    require_fault("(2)0s", 0, "elements of a byte or more");
    require_fault("i2T{}", 1, "elements of a byte or more");
    require_fault("0T{}", 0, "elements of a byte or more");
    require_fault("(1000000)T{0i}", 0, "elements of a byte or more");
    BOOST_CHECK(!fault_of("1T{}"));
}

BOOST_AUTO_TEST_CASE(depth_has_a_limit)
{
    const auto nested = [](std::size_t depth) { return repeated("T{", depth) + "i" + repeated("}", depth); };
    BOOST_TEST(item_format{nested(64)}.itemsize() == 4U);
    require_fault(nested(65), 128, "at most 64 structures within each other");
    require_fault(repeated("T{", 500'000), 128, "at most 64 structures within each other");
}

BOOST_AUTO_TEST_CASE(dimensions_have_a_limit)
{
    const auto dimensions = [](std::size_t count) { return "(" + repeated("1,", count - 1) + "1)"; };
    BOOST_TEST(item_format{dimensions(64) + "b"}.shape().size() == 64U);
    require_fault(dimensions(65) + "b", 129, "at most 64 dimensions");
    require_fault(dimensions(64) + "2b", 131, "at most 64 dimensions");
}

BOOST_AUTO_TEST_CASE(fields_and_characters_have_limits)
{
    BOOST_TEST(item_format{std::string(65'536, 'b')}.field_count() == 65'536U);
    require_fault(std::string(65'537, 'b'), 65'536, "at most 65536 fields");
    require_fault(repeated("T{b}", 32'769), 131'074, "at most 65536 fields");
    BOOST_CHECK(!fault_of(std::string(1U << 20U, ' ')));
    require_fault(std::string((1U << 20U) + 1, ' '), 1U << 20U, "at most 1048576 characters");
}

BOOST_AUTO_TEST_SUITE_END()
