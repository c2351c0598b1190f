// SPDX-License-Identifier: BSL-1.0
// item_format_test.cpp: what a format string says, against literals of CPython 3.11's struct and NumPy 1.24.
#include "sample_records.hpp"

#include <samepage/view/item_format.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using samepage::item_format;
using samepage::item_kind;

namespace {

std::size_t size_of(std::string_view text)
{
    return item_format{text}.itemsize();
}

std::string respelled(std::string_view text)
{
    return item_format{text}.text();
}

std::vector<std::size_t> shape_of(std::string_view text)
{
    const item_format format{text};
    return {format.shape().begin(), format.shape().end()};
}

bool same(std::string_view left, std::string_view right)
{
    return item_format{left} == item_format{right};
}

} // namespace

// The literals are those of a little-endian machine with longs of eight bytes.
BOOST_AUTO_TEST_SUITE(item_formats)

BOOST_AUTO_TEST_CASE(sizes_are_native_in_the_modes_that_say_so_and_standard_in_the_others)
{
    struct known {
        std::string_view code;
        std::size_t native_bytes;
        std::size_t standard_bytes;
    };
    for (const auto& one : {known{"c", 1, 1}, {"b", 1, 1}, {"B", 1, 1}, {"?", 1, 1},  {"h", 2, 2},    {"H", 2, 2},
                            {"i", 4, 4},      {"I", 4, 4}, {"l", 8, 4}, {"L", 8, 4},  {"q", 8, 8},    {"Q", 8, 8},
                            {"e", 2, 2},      {"f", 4, 4}, {"d", 8, 8}, {"Zf", 8, 8}, {"Zd", 16, 16}, {"F", 8, 8},
                            {"D", 16, 16},    {"s", 1, 1}, {"p", 1, 1}, {"x", 1, 1},  {"u", 2, 2},    {"w", 4, 4}}) {
        BOOST_TEST_CONTEXT(one.code)
        {
            for (const char* order : {"", "@", "^"}) {
                BOOST_TEST(size_of(order + std::string{one.code}) == one.native_bytes);
            }
            for (const char* order : {"=", "<", ">", "!"}) {
                BOOST_TEST(size_of(order + std::string{one.code}) == one.standard_bytes);
            }
        }
    }
    for (const char* code : {"n", "N", "P"}) {
        BOOST_TEST(size_of(code) == 8U);
    }
    BOOST_TEST(size_of("g") == sizeof(long double));
    BOOST_TEST(size_of("^Zg") == 2 * sizeof(long double));
    BOOST_TEST(size_of("G") == 2 * sizeof(long double));
}

BOOST_AUTO_TEST_CASE(kinds_and_codes_go_by_size_and_sign_whatever_the_spelling)
{
    BOOST_CHECK((item_format{"?"}.kind() == item_kind::boolean));
    BOOST_CHECK((item_format{"c"}.kind() == item_kind::character));
    BOOST_CHECK((item_format{"n"}.kind() == item_kind::signed_integer));
    BOOST_CHECK((item_format{"N"}.kind() == item_kind::unsigned_integer));
    BOOST_CHECK((item_format{"e"}.kind() == item_kind::real));
    BOOST_CHECK((item_format{"F"}.kind() == item_kind::complex));
    BOOST_CHECK((item_format{"3s"}.kind() == item_kind::bytes));
    BOOST_CHECK((item_format{"3p"}.kind() == item_kind::pascal_string));
    BOOST_CHECK((item_format{"3w"}.kind() == item_kind::unicode));
    BOOST_CHECK((item_format{"P"}.kind() == item_kind::pointer));
    BOOST_CHECK((item_format{"T{i}"}.kind() == item_kind::structure));
    BOOST_CHECK((item_format{"2i"}.kind() == item_kind::sub_array));
    BOOST_TEST(item_format{"l"}.code() == 'q');
    BOOST_TEST(item_format{"<l"}.code() == 'i');
    BOOST_TEST(item_format{"N"}.code() == 'Q');
    BOOST_TEST(item_format{"<L"}.code() == 'I');
    BOOST_TEST(item_format{"Zd"}.code() == 'd');
    BOOST_TEST(item_format{"G"}.code() == 'g');
    BOOST_TEST(item_format{"T{}"}.code() == 'T');
    BOOST_TEST(item_format{"2i"}.code() == '(');
    BOOST_TEST(name_of(item_kind::sub_array) == "sub-array");
}

BOOST_AUTO_TEST_CASE(native_mode_aligns_and_pads_behind_the_last_only_inside_braces)
{
    BOOST_TEST(size_of("ci") == 8U);
    BOOST_TEST(size_of("ic") == 5U);
    BOOST_TEST(size_of("T{ic}") == 8U);
    BOOST_TEST(size_of("ic0i") == 8U);
    BOOST_TEST(size_of("cZd") == 24U);
    BOOST_TEST(size_of("cT{ic}c") == 13U);
    BOOST_TEST(size_of("<ci") == 5U);
    BOOST_TEST(size_of("=ci") == 5U);
    BOOST_TEST(size_of("^ci") == 5U);
    BOOST_TEST(size_of("^cl") == 9U);
    BOOST_TEST(size_of("cg") == 32U);
}

BOOST_AUTO_TEST_CASE(alignment_is_that_of_the_most_aligned_scalar_in_native_mode)
{
    BOOST_TEST(item_format{"d"}.alignment() == 8U);
    BOOST_TEST(item_format{"<d"}.alignment() == 1U);
    BOOST_TEST(item_format{"T{ch}"}.alignment() == 2U);
    BOOST_TEST(item_format{"Zf"}.alignment() == 4U);
    BOOST_TEST(item_format{"(2)T{cT{<dc@h}}"}.alignment() == 2U);
    BOOST_TEST(item_format{"8s"}.alignment() == 1U);
}

BOOST_AUTO_TEST_CASE(a_byte_order_holds_until_the_next_across_braces)
{
    BOOST_TEST(size_of("<T{c@i:a:}ci") == 16U);
    BOOST_TEST(size_of("T{c<i}ci") == 10U);
    BOOST_TEST(!item_format{"T{>h:a:}h"}.is_native_order());
    BOOST_TEST(item_format{"T{>h:a:}<h:b:"}.field("b").format.is_native_order());
    BOOST_TEST(!item_format{"T{T{>h:a:}:x:h:b:}"}.field("b").format.is_native_order());
    // The mode behind the structure says whether it is aligned.
    BOOST_TEST(item_format{"cT{i<c}:a:"}.field("a").offset_bytes == 1U);
    BOOST_TEST(item_format{"<cT{c@i}:a:"}.field("a").offset_bytes == 4U);
}

BOOST_AUTO_TEST_CASE(an_order_may_stand_before_or_behind_the_shape)
{
    BOOST_TEST(same("<(2)h", "(2)<h"));
    BOOST_TEST(!item_format{">(2)h"}.is_native_order());
    BOOST_TEST(same("!h", ">h"));
    BOOST_TEST(same("=h", "h"));
}

BOOST_AUTO_TEST_CASE(one_byte_has_no_order)
{
    BOOST_TEST(item_format{">3s"}.is_native_order());
    BOOST_TEST(item_format{">?"}.is_native_order());
    BOOST_TEST(same(">B", "<B"));
    BOOST_TEST(!item_format{">2w"}.is_native_order());
}

BOOST_AUTO_TEST_CASE(a_count_makes_an_array_except_of_strings_and_padding)
{
    BOOST_TEST(shape_of("3i") == (std::vector<std::size_t>{3}), boost::test_tools::per_element());
    BOOST_TEST(shape_of("(2,4)3i") == (std::vector<std::size_t>{2, 4, 3}), boost::test_tools::per_element());
    BOOST_TEST(shape_of("( 2 ,\t4 ) i") == (std::vector<std::size_t>{2, 4}), boost::test_tools::per_element());
    BOOST_TEST(shape_of("(2)3s") == (std::vector<std::size_t>{2}), boost::test_tools::per_element());
    BOOST_TEST(item_format{"(2)3s"}.element().itemsize() == 3U);
    BOOST_TEST(same("(2)3T{i}", "(2,3)T{i}"));
    BOOST_TEST(same("1i", "i"));
    BOOST_TEST(!same("(1)i", "i"));
    BOOST_TEST(size_of("0i") == 0U);
    BOOST_TEST(size_of("(3,0)d") == 0U);
    BOOST_TEST(size_of("007h") == 14U);
}

BOOST_AUTO_TEST_CASE(one_unnamed_item_alone_is_that_item_and_everything_else_a_structure)
{
    BOOST_CHECK((item_format{" i "}.kind() == item_kind::signed_integer));
    for (const char* text : {"i:a:", "ii", "xi", "ix", "3x", "", "<", "@"}) {
        BOOST_TEST_CONTEXT("'" << text << "'")
        {
            BOOST_CHECK((item_format{text}.kind() == item_kind::structure));
        }
    }
    BOOST_TEST(size_of("3x") == 3U);
    BOOST_TEST(item_format{"3x"}.field_count() == 0U);
    BOOST_TEST(size_of("") == 0U);
    BOOST_TEST(same("T{ii}", "ii"));
}

BOOST_AUTO_TEST_CASE(padding_is_no_field_unless_it_has_a_name)
{
    const item_format format{"T{3x:pad:2xi:a:(2)2xB:b:}"};
    BOOST_TEST(format.field_count() == 3U);
    BOOST_CHECK((format.field("pad").format.kind() == item_kind::bytes));
    BOOST_TEST(format.field("pad").format.code() == 'x');
    BOOST_TEST(format.field("a").offset_bytes == 8U);
    BOOST_TEST(format.field("b").offset_bytes == 16U);
    BOOST_TEST(!same("3x:a:", "3s:a:"));
}

BOOST_AUTO_TEST_CASE(fields_are_found_by_index_name_and_path)
{
    const auto& format = item_format::of<sample::twice_nested>();
    BOOST_TEST(format.field_count() == 3U);
    BOOST_TEST(format.field(1).name == "inner");
    BOOST_TEST(format.field(1).offset_bytes == offsetof(sample::twice_nested, inner));
    const auto price = format.field("inner.second.price");
    BOOST_TEST(price.name == "price");
    BOOST_TEST(price.format.code() == 'd');
    BOOST_TEST(price.offset_bytes == offsetof(sample::twice_nested, inner) + offsetof(sample::nested, second));
    BOOST_TEST(format.field("inner").format.field("second.lots").offset_bytes ==
               offsetof(sample::nested, second) + offsetof(sample::padded_at_the_end, lots));
}

BOOST_AUTO_TEST_CASE(names_may_hold_anything_but_colons)
{
    const item_format format{"T{i:a.b:T{i:c:h:b.c:}:a:i:x } y:i:\xc3\xa9:}"};
    BOOST_TEST(format.field("a.b").offset_bytes == 0U);
    BOOST_TEST(format.field("a.c").offset_bytes == 4U);
    BOOST_TEST(format.field("a.b.c").offset_bytes == 8U);
    BOOST_TEST(item_format{"T{T{h:c:}:a.b:T{i:b.c:}:a:}"}.field("a.b.c").offset_bytes == 0U);
    BOOST_TEST(format.field("x } y").offset_bytes == 12U);
    BOOST_TEST(format.field("\xc3\xa9").offset_bytes == 16U);
}

BOOST_AUTO_TEST_CASE(a_field_that_is_not_there_is_told_with_those_that_are)
{
    const auto says = [](std::string_view text, std::string_view path) -> std::string {
        try {
            static_cast<void>(item_format{text}.field(path));
        } catch (const std::out_of_range& fault) {
            return fault.what();
        }
        return "found";
    };
    BOOST_TEST(says("T{d:bid:T{i:x:}:in:}", "ask") ==
               "item_format::field: no field 'ask'; there are 'bid', 'in', 'in.x'");
    BOOST_TEST(says("T{d:bid:}", "bid.x") == "item_format::field: no field 'bid.x'; there are 'bid'");
    BOOST_TEST(says("T{dd}", "") == "item_format::field: no field ''; no field has a name");
    BOOST_TEST(says("3d", "x") == "item_format::field: no field 'x'; this is no structure: sub-array");
    std::string many;
    for (int i = 0; i < 30; ++i) {
        many += "B:f" + std::to_string(i) + ":";
    }
    BOOST_TEST(says(many, "x").ends_with("'f19', …"));
}

BOOST_AUTO_TEST_CASE(the_canonical_text_is_that_of_format_of)
{
    BOOST_TEST(respelled("T{ic:tag:}") == "<T{ic:tag:3x}");
    BOOST_TEST(respelled("<d") == "d");
    BOOST_TEST(respelled("!d") == ">d");
    BOOST_TEST(respelled("=5w") == "5w");
    BOOST_TEST(respelled("2T{>h}") == "(2)>T{h}");
    BOOST_TEST(respelled("T{h>h<hB>B<h}") == "<T{h>h<hBBh}");
    BOOST_TEST(respelled("") == "<T{}");
    BOOST_TEST(respelled("0s") == "0s");
    BOOST_TEST(respelled("T{(2)3x:a:}") == "<T{(2)3x:a:}");
    BOOST_TEST(respelled("F") == "Zf");
}

BOOST_AUTO_TEST_CASE(native_sizes_are_spelled_without_alignment)
{
    BOOST_TEST(respelled("@T{P>h@g}") == "^T{P>h6x^g}");
    BOOST_TEST(respelled("T{P:p:>h:h:@q}") == "^T{P:p:>h:h:6x^q}");
    BOOST_TEST(respelled("(2)g") == "(2)^g");
    BOOST_TEST(respelled("T{>h3p?s}") == ">T{h3p?s}");
    BOOST_TEST(respelled("T{>h@g}") == ">T{h14x^g}");
}

BOOST_AUTO_TEST_CASE(formats_are_equal_by_layout_and_names)
{
    BOOST_TEST(same("T{ib}", "<ib3x"));
    BOOST_TEST(same("l", "<q"));
    BOOST_TEST(!same("i", "I"));
    BOOST_TEST(!same("i", ">i"));
    BOOST_TEST(!same("P", "Q"));
    BOOST_TEST(!same("4s", "4p"));
    BOOST_TEST(!same("c", "s"));
    BOOST_TEST(!same("Zf", "d"));
    BOOST_TEST(!same("Zf", "f"));
    BOOST_TEST(!same("2u", "w"));
    BOOST_TEST(!same("T{i:a:}", "T{i:b:}"));
    BOOST_TEST(!same("T{i:a:}", "T{i}"));
    BOOST_TEST(!same("T{ib}", "ib"));
    BOOST_TEST(!same("T{xi}", "T{bi}"));
    BOOST_TEST(!same("(2,3)i", "(3,2)i"));
    BOOST_TEST(!same("(2)i", "(2)f"));
    BOOST_TEST(!same("T{ii}", "T{i}"));
    BOOST_TEST(!same("T{b2xb}", "T{bxbx}"));
}

BOOST_AUTO_TEST_CASE(parts_outlive_what_they_were_asked_of)
{
    const auto inner = [] { return item_format{"T{B:a:(2)T{h:x:>i:y:}:in:}"}.field("in").format.element(); }();
    BOOST_TEST(inner.text() == "<T{h:x:>i:y:}");
    BOOST_TEST(inner.field("y").offset_bytes == 2U);
}

BOOST_AUTO_TEST_CASE(without_a_text_it_is_unsigned_bytes)
{
    BOOST_TEST((item_format{} == item_format{"B"}));
}

BOOST_AUTO_TEST_SUITE_END()
