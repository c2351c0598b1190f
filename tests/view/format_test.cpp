// SPDX-License-Identifier: BSL-1.0
// format_test.cpp: format strings against literals derived by hand from the x86-64 and AArch64 Linux ABIs.
#define BOOST_TEST_MODULE view
#include "sample_records.hpp"

#include <samepage/view/describable_record.hpp>
#include <samepage/view/format.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

using samepage::describable_record;
using samepage::format_of;

static_assert(format_of<sample::quote>() == "<T{Q:time_ns:d:bid:d:ask:}");
static_assert(samepage::format_of_v<double> == "d");
static_assert(noexcept(format_of<sample::quote>()));

static_assert(describable_record<double> && describable_record<std::byte> && describable_record<sample::side>);
static_assert(describable_record<std::array<std::array<int, 2>, 3>> && describable_record<sample::twice_nested>);
static_assert(describable_record<sample::made_with_care> && describable_record<sample::a_gigabyte>);

namespace refused {

struct a_pointer {
    int* where;
};
BOOST_DESCRIBE_STRUCT(a_pointer, (), (where))

struct a_pointer_inside {
    std::array<a_pointer, 2> inner;
};
BOOST_DESCRIBE_STRUCT(a_pointer_inside, (), (inner))

struct a_string {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(a_string, (), (text))

struct not_described {
    int member;
};

struct base {
    int member;
};
struct derived : base {
    int more;
};
BOOST_DESCRIBE_STRUCT(base, (), (member))
BOOST_DESCRIBE_STRUCT(derived, (base), (more))

struct out_of_order {
    int first, second;
};
BOOST_DESCRIBE_STRUCT(out_of_order, (), (second, first))

struct twice {
    int member;
};
BOOST_DESCRIBE_STRUCT(twice, (), (member, member))

struct __attribute__((packed)) packed {
    char tag;
    int value;
};
BOOST_DESCRIBE_STRUCT(packed, (), (tag, value))

/// Each member's offset is a multiple of its alignment, and still every second record of an array is unaligned.
struct __attribute__((packed)) packed_at_the_end {
    int value;
    char tag;
};
BOOST_DESCRIBE_STRUCT(packed_at_the_end, (), (value, tag))

/// The record is aligned and its member is not.
struct __attribute__((packed, aligned(4))) packed_inside {
    char tag;
    int value;
};
BOOST_DESCRIBE_STRUCT(packed_inside, (), (tag, value))

struct overlapping {
    [[no_unique_address]] sample::nothing empty;
    int value;
};
BOOST_DESCRIBE_STRUCT(overlapping, (), (empty, value))

union either {
    int integer;
    float real;
};

struct holds_a_union {
    either value;
};
BOOST_DESCRIBE_STRUCT(holds_a_union, (), (value))

} // namespace refused

static_assert(!describable_record<refused::a_pointer> && !describable_record<refused::a_pointer_inside>);
static_assert(!describable_record<int*> && !describable_record<int refused::a_pointer::*>);
static_assert(!describable_record<std::nullptr_t> && !describable_record<int&>);
static_assert(!describable_record<refused::a_string> && !describable_record<std::vector<int>>);
static_assert(!describable_record<refused::not_described> && !describable_record<refused::derived>);
static_assert(!describable_record<refused::out_of_order> && !describable_record<refused::twice>);
static_assert(!describable_record<refused::packed> && !describable_record<refused::packed_at_the_end>);
static_assert(!describable_record<refused::packed_inside> && !describable_record<refused::overlapping>);
static_assert(!describable_record<refused::either> && !describable_record<refused::holds_a_union>);
static_assert(!describable_record<std::array<int, 0>> && !describable_record<void> && !describable_record<int()>);
static_assert(!describable_record<const double> && !describable_record<volatile int> && !describable_record<int[3]>);

BOOST_AUTO_TEST_SUITE(formats)

BOOST_AUTO_TEST_CASE(a_scalar_is_its_code_alone_and_indexable_by_memoryview)
{
    BOOST_TEST(format_of<double>() == "d");
    BOOST_TEST(format_of<float>() == "f");
    BOOST_TEST(format_of<bool>() == "?");
    BOOST_TEST(format_of<char>() == "c");
    BOOST_TEST(format_of<std::int8_t>() == "b");
    BOOST_TEST(format_of<std::uint8_t>() == "B");
    BOOST_TEST(format_of<std::byte>() == "B");
    BOOST_TEST(format_of<std::int64_t>() == "q");
}

BOOST_AUTO_TEST_CASE(integers_of_one_size_and_sign_have_one_code)
{
    BOOST_TEST(format_of<long>() == format_of<long long>());
    BOOST_TEST(format_of<unsigned long>() == "Q");
}

BOOST_AUTO_TEST_CASE(qualifiers_do_not_change_the_format)
{
    BOOST_TEST(format_of<const double>() == "d");
    BOOST_TEST(format_of<const volatile sample::quote>() == format_of<sample::quote>());
    BOOST_TEST(format_of<sample::qualified>() == "<T{B:fixed:3xi:cached:h:shared:2x}");
}

BOOST_AUTO_TEST_CASE(every_scalar_member_has_its_standard_code)
{
    BOOST_TEST(format_of<sample::every_scalar>() ==
               "<T{?:flag:c:letter:b:s8:B:u8:B:raw:xh:s16:H:u16:2xi:s32:I:u32:4xq:s64:Q:u64:q:s_long:Q:u_long_long:"
               "f:f32:4xd:f64:}");
}

BOOST_AUTO_TEST_CASE(wide_characters_are_integers_of_their_size)
{
    BOOST_TEST(format_of<sample::every_character>() ==
               "<T{B:c8:xH:c16:I:c32:" + std::string{std::is_signed_v<wchar_t> ? "i" : "I"} + ":wide:}");
}

BOOST_AUTO_TEST_CASE(an_enumeration_is_its_underlying_type)
{
    BOOST_TEST(format_of<sample::venue>() == "H");
    BOOST_TEST(format_of<sample::every_enumeration>() == "<T{c:taker:xH:where:I:which:?:accepted:3x}");
}

BOOST_AUTO_TEST_CASE(padding_before_a_double_is_spelled_out)
{
    BOOST_TEST(format_of<sample::padded_before_double>() == "<T{?:valid:7xd:price:}");
}

BOOST_AUTO_TEST_CASE(padding_at_the_end_is_spelled_out)
{
    BOOST_TEST(format_of<sample::padded_at_the_end>() == "<T{d:price:h:lots:6x}");
}

BOOST_AUTO_TEST_CASE(one_byte_of_padding_has_no_count)
{
    BOOST_TEST(format_of<sample::one_byte_of_padding>() == "<T{B:small:xH:large:}");
}

BOOST_AUTO_TEST_CASE(a_nested_struct_keeps_its_own_padding_inside_its_braces)
{
    BOOST_TEST(format_of<sample::nested>() ==
               "<T{c:tag:7xT{?:valid:7xd:price:}:first:B:between:7xT{d:price:h:lots:6x}:second:f:last:4x}");
    BOOST_TEST(
        format_of<sample::twice_nested>() ==
        "<T{I:id:4xT{c:tag:7xT{?:valid:7xd:price:}:first:B:between:7xT{d:price:h:lots:6x}:second:f:last:4x}:inner:"
        "?:done:7x}");
}

BOOST_AUTO_TEST_CASE(arrays_of_the_library_and_of_the_language_are_sub_arrays_all_dimensions_in_one)
{
    BOOST_TEST(format_of<sample::every_array>() ==
               "<T{(5)c:name:3x(3)f:point:(2,3)h:grid:(2,4)B:bytes:(3,2)d:mixed:(2)T{d:price:h:lots:6x}:inner:}");
}

BOOST_AUTO_TEST_CASE(an_outermost_array_has_its_shape_before_the_byte_order)
{
    BOOST_TEST((format_of<std::array<std::array<float, 3>, 2>>() == "(2,3)<f"));
    BOOST_TEST((format_of<std::array<sample::padded_at_the_end, 4>>() == "(4)<T{d:price:h:lots:6x}"));
}

BOOST_AUTO_TEST_CASE(alignas_shows_as_padding)
{
    BOOST_TEST(format_of<sample::over_aligned>() == "<T{c:tag:31xi:counter:?:last:27x}");
    BOOST_TEST(format_of<sample::a_cache_line>() == "<T{Q:sequence:56x}");
}

BOOST_AUTO_TEST_CASE(a_long_double_makes_the_whole_format_native)
{
    BOOST_TEST(format_of<long double>() == "g");
    BOOST_TEST(format_of<sample::extended>() == "^T{i:before:12xg:wide:c:after:15x}");
    BOOST_TEST((format_of<std::array<sample::extended, 2>>() == "(2)^T{i:before:12xg:wide:c:after:15x}"));
}

BOOST_AUTO_TEST_CASE(a_complex_number_is_z_and_the_code_of_its_parts)
{
    BOOST_TEST(format_of<std::complex<float>>() == "Zf");
    BOOST_TEST(format_of<std::complex<double>>() == "Zd");
    BOOST_TEST(format_of<std::complex<long double>>() == "Zg");
    BOOST_TEST((format_of<std::array<std::complex<double>, 3>>() == "(3)<Zd"));
    BOOST_TEST(format_of<sample::every_complex>() == "<T{?:flag:3xZf:c64:c:tag:3xZd:c128:(2)Zf:pair:}");
    BOOST_TEST(format_of<sample::extended_complex>() == "^T{c:tag:15xZg:c256:}");
    static_assert(!describable_record<std::complex<int>>);
}

BOOST_AUTO_TEST_CASE(a_member_that_is_not_described_where_padding_would_be_shows_as_padding)
{
    BOOST_TEST(format_of<sample::partly_described>() == "<T{i:first:4xq:last:}");
}

BOOST_AUTO_TEST_CASE(what_alignas_leaves_free_is_padding)
{
    BOOST_TEST(format_of<sample::a_page_a_member>() == "<T{c:tag:4095xi:last:4092x}");
}

BOOST_AUTO_TEST_CASE(a_struct_without_members_is_its_bytes)
{
    BOOST_TEST(format_of<sample::nothing>() == "<T{x}");
}

BOOST_AUTO_TEST_CASE(private_members_and_types_that_no_constant_can_be_made_of_are_described_alike)
{
    BOOST_TEST(format_of<sample::holds_one_made_with_care>() == "<T{c:tag:3xT{B:tag_:3xi:value_:}:inner:}");
}

BOOST_AUTO_TEST_CASE(a_gigabyte_is_described_without_making_one)
{
    BOOST_TEST(format_of<sample::a_gigabyte>() == "<T{c:tag:3x(268435456)f:samples:H:check:2x}");
}

BOOST_AUTO_TEST_CASE(the_text_is_terminated_and_static)
{
    const auto format = format_of<sample::quote>();
    BOOST_TEST(std::strlen(format.data()) == format.size());
    BOOST_TEST(static_cast<const void*>(format.data()) == static_cast<const void*>(format_of<sample::quote>().data()));
}

BOOST_AUTO_TEST_SUITE_END()
