// SPDX-License-Identifier: BSL-1.0
// format_offsets_test.cpp: what a reader computes from a format is what the compiler laid out.
#include "format_reader.hpp"
#include "sample_records.hpp"

#include <samepage/view/format.hpp>
#include <samepage/view/item_format.hpp>

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

template <class T>
void require_fields(const std::vector<read_field>& expected)
{
    const auto found = read(samepage::format_of<T>());
    BOOST_TEST(found.itemsize_bytes == sizeof(T));
    BOOST_TEST_REQUIRE(found.fields.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        BOOST_TEST_CONTEXT(expected[i].path)
        {
            BOOST_TEST(found.fields[i].path == expected[i].path);
            BOOST_TEST(found.fields[i].offset_bytes == expected[i].offset_bytes);
            BOOST_TEST(found.fields[i].size_bytes == expected[i].size_bytes);
        }
    }
    const auto& format = samepage::item_format::of<T>();
    BOOST_TEST(format.itemsize() == sizeof(T));
    BOOST_TEST(format.text() == samepage::format_of<T>());
    for (const auto& one : expected) {
        BOOST_TEST_CONTEXT(one.path)
        {
            BOOST_TEST(format.field(one.path).offset_bytes == one.offset_bytes);
            BOOST_TEST(format.field(one.path).format.itemsize() == one.size_bytes);
        }
    }
}

read_field field(const char* path, std::size_t offset_bytes, std::size_t size_bytes)
{
    return {path, offset_bytes, size_bytes};
}

} // namespace

#define SAMEPAGE_FIELD(type, member) field(#member, offsetof(type, member), sizeof(type::member))

// offsetof of a nested member is the sum of both, which the language does not spell in one designator.
#define SAMEPAGE_INNER_FIELD(type, member, inner_type, inner)                                                          \
    field(#member "." #inner, offsetof(type, member) + offsetof(inner_type, inner), sizeof(inner_type::inner))

BOOST_AUTO_TEST_SUITE(format_offsets)

BOOST_AUTO_TEST_CASE(records_without_padding)
{
    using sample::quote;
    require_fields<quote>({SAMEPAGE_FIELD(quote, time_ns), SAMEPAGE_FIELD(quote, bid), SAMEPAGE_FIELD(quote, ask)});
}

BOOST_AUTO_TEST_CASE(records_with_padding_before_and_after)
{
    using sample::padded_at_the_end;
    using sample::padded_before_double;
    require_fields<padded_before_double>(
        {SAMEPAGE_FIELD(padded_before_double, valid), SAMEPAGE_FIELD(padded_before_double, price)});
    require_fields<padded_at_the_end>(
        {SAMEPAGE_FIELD(padded_at_the_end, price), SAMEPAGE_FIELD(padded_at_the_end, lots)});
}

BOOST_AUTO_TEST_CASE(every_scalar)
{
    using sample::every_scalar;
    require_fields<every_scalar>(
        {SAMEPAGE_FIELD(every_scalar, flag), SAMEPAGE_FIELD(every_scalar, letter), SAMEPAGE_FIELD(every_scalar, s8),
         SAMEPAGE_FIELD(every_scalar, u8), SAMEPAGE_FIELD(every_scalar, raw), SAMEPAGE_FIELD(every_scalar, s16),
         SAMEPAGE_FIELD(every_scalar, u16), SAMEPAGE_FIELD(every_scalar, s32), SAMEPAGE_FIELD(every_scalar, u32),
         SAMEPAGE_FIELD(every_scalar, s64), SAMEPAGE_FIELD(every_scalar, u64), SAMEPAGE_FIELD(every_scalar, s_long),
         SAMEPAGE_FIELD(every_scalar, u_long_long), SAMEPAGE_FIELD(every_scalar, f32),
         SAMEPAGE_FIELD(every_scalar, f64)});
}

BOOST_AUTO_TEST_CASE(characters_and_enumerations)
{
    using sample::every_character;
    using sample::every_enumeration;
    require_fields<every_character>({SAMEPAGE_FIELD(every_character, c8), SAMEPAGE_FIELD(every_character, c16),
                                     SAMEPAGE_FIELD(every_character, c32), SAMEPAGE_FIELD(every_character, wide)});
    require_fields<every_enumeration>(
        {SAMEPAGE_FIELD(every_enumeration, taker), SAMEPAGE_FIELD(every_enumeration, where),
         SAMEPAGE_FIELD(every_enumeration, which), SAMEPAGE_FIELD(every_enumeration, accepted)});
}

BOOST_AUTO_TEST_CASE(arrays)
{
    using sample::every_array;
    require_fields<every_array>({SAMEPAGE_FIELD(every_array, name), SAMEPAGE_FIELD(every_array, point),
                                 SAMEPAGE_FIELD(every_array, grid), SAMEPAGE_FIELD(every_array, bytes),
                                 SAMEPAGE_FIELD(every_array, mixed), SAMEPAGE_FIELD(every_array, inner)});
}

BOOST_AUTO_TEST_CASE(nested_structs)
{
    using sample::nested;
    using sample::padded_at_the_end;
    using sample::padded_before_double;
    require_fields<nested>(
        {SAMEPAGE_FIELD(nested, tag), SAMEPAGE_FIELD(nested, first),
         SAMEPAGE_INNER_FIELD(nested, first, padded_before_double, valid),
         SAMEPAGE_INNER_FIELD(nested, first, padded_before_double, price), SAMEPAGE_FIELD(nested, between),
         SAMEPAGE_FIELD(nested, second), SAMEPAGE_INNER_FIELD(nested, second, padded_at_the_end, price),
         SAMEPAGE_INNER_FIELD(nested, second, padded_at_the_end, lots), SAMEPAGE_FIELD(nested, last)});
}

BOOST_AUTO_TEST_CASE(over_aligned_members_and_records)
{
    using sample::a_cache_line;
    using sample::over_aligned;
    require_fields<over_aligned>(
        {SAMEPAGE_FIELD(over_aligned, tag), SAMEPAGE_FIELD(over_aligned, counter), SAMEPAGE_FIELD(over_aligned, last)});
    require_fields<a_cache_line>({SAMEPAGE_FIELD(a_cache_line, sequence)});
}

BOOST_AUTO_TEST_CASE(long_double)
{
    using sample::extended;
    require_fields<extended>(
        {SAMEPAGE_FIELD(extended, before), SAMEPAGE_FIELD(extended, wide), SAMEPAGE_FIELD(extended, after)});
}

BOOST_AUTO_TEST_CASE(complex_numbers)
{
    using sample::every_complex;
    using sample::extended_complex;
    require_fields<every_complex>({SAMEPAGE_FIELD(every_complex, flag), SAMEPAGE_FIELD(every_complex, c64),
                                   SAMEPAGE_FIELD(every_complex, tag), SAMEPAGE_FIELD(every_complex, c128),
                                   SAMEPAGE_FIELD(every_complex, pair)});
    require_fields<extended_complex>({SAMEPAGE_FIELD(extended_complex, tag), SAMEPAGE_FIELD(extended_complex, c256)});
    require_fields<std::complex<float>>({});
}

BOOST_AUTO_TEST_CASE(partly_described_qualified_empty_and_gigantic_records)
{
    using sample::a_gigabyte;
    using sample::a_page_a_member;
    using sample::partly_described;
    using sample::qualified;
    require_fields<partly_described>({SAMEPAGE_FIELD(partly_described, first), SAMEPAGE_FIELD(partly_described, last)});
    require_fields<a_page_a_member>({SAMEPAGE_FIELD(a_page_a_member, tag), SAMEPAGE_FIELD(a_page_a_member, last)});
    require_fields<qualified>(
        {SAMEPAGE_FIELD(qualified, fixed), SAMEPAGE_FIELD(qualified, cached), SAMEPAGE_FIELD(qualified, shared)});
    require_fields<sample::nothing>({});
    require_fields<a_gigabyte>(
        {SAMEPAGE_FIELD(a_gigabyte, tag), SAMEPAGE_FIELD(a_gigabyte, samples), SAMEPAGE_FIELD(a_gigabyte, check)});
}

BOOST_AUTO_TEST_CASE(scalars_and_arrays_that_are_records_themselves)
{
    require_fields<double>({});
    require_fields<long double>({});
    require_fields<sample::venue>({});
    require_fields<std::array<std::array<float, 3>, 2>>({});
    require_fields<std::array<sample::twice_nested, 3>>({});
}

BOOST_AUTO_TEST_CASE(the_reader_of_these_tests_refuses_what_is_no_format)
{
    for (const char* format : {"", "<T{", "<T{d:price}", "<T{d}", "<z", "<g", "(2,)d", "dd", "<T{3:x:}"}) {
        BOOST_TEST_CONTEXT(format)
        {
            BOOST_CHECK_THROW(static_cast<void>(read(format)), std::invalid_argument);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
