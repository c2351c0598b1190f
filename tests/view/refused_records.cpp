// SPDX-License-Identifier: BSL-1.0
// refused_records.cpp: one macro, one mistake; the compiler has to say what it is. Compiled by ctest, never linked.
#include <samepage/view/format.hpp>

#include <array>
#include <string>

namespace {

struct quote {
    double price;
};
BOOST_DESCRIBE_STRUCT(quote, (), (price))

#if defined(SAMEPAGE_REFUSE_pointer_member)

struct record {
    const quote* best;
};
BOOST_DESCRIBE_STRUCT(record, (), (best))

#elif defined(SAMEPAGE_REFUSE_pointer_in_an_inner_struct) || defined(SAMEPAGE_REFUSE_pointer_by_concept)

struct link {
    link* next;
};
BOOST_DESCRIBE_STRUCT(link, (), (next))
struct record {
    std::array<link, 2> links;
};
BOOST_DESCRIBE_STRUCT(record, (), (links))

#elif defined(SAMEPAGE_REFUSE_string_member)

struct record {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(record, (), (text))

#elif defined(SAMEPAGE_REFUSE_virtual_function)

struct record {
    virtual void act() {}
    int member;
};
BOOST_DESCRIBE_STRUCT(record, (), (member))

#elif defined(SAMEPAGE_REFUSE_reference_member)

struct record {
    int& member;
};
BOOST_DESCRIBE_STRUCT(record, (), (member))

#elif defined(SAMEPAGE_REFUSE_bit_field)

struct record {
    int member : 3;
};
BOOST_DESCRIBE_STRUCT(record, (), (member))

#elif defined(SAMEPAGE_REFUSE_undescribed_struct)

struct record {
    int member;
};

#elif defined(SAMEPAGE_REFUSE_described_base)

struct record : quote {
    int member;
};
BOOST_DESCRIBE_STRUCT(record, (quote), (member))

#elif defined(SAMEPAGE_REFUSE_members_out_of_order)

struct record {
    int first, second;
};
BOOST_DESCRIBE_STRUCT(record, (), (second, first))

#elif defined(SAMEPAGE_REFUSE_packed_struct)

struct __attribute__((packed)) record {
    char tag;
    int member;
};
BOOST_DESCRIBE_STRUCT(record, (), (tag, member))

#elif defined(SAMEPAGE_REFUSE_member_left_out_between)

struct record {
    int first, forgotten, last;
};
BOOST_DESCRIBE_STRUCT(record, (), (first, last))

#elif defined(SAMEPAGE_REFUSE_member_left_out_in_front)

struct record {
    double forgotten;
    int last;
};
BOOST_DESCRIBE_STRUCT(record, (), (last))

#elif defined(SAMEPAGE_REFUSE_member_left_out_at_the_end)

struct record {
    int first, forgotten;
};
BOOST_DESCRIBE_STRUCT(record, (), (first))

#elif defined(SAMEPAGE_REFUSE_every_member_left_out)

struct record {
    char forgotten;
};
BOOST_DESCRIBE_STRUCT(record, (), ())

#elif defined(SAMEPAGE_REFUSE_base_left_out) || defined(SAMEPAGE_REFUSE_base_left_out_by_concept)

struct record : quote {
    double member;
};
BOOST_DESCRIBE_STRUCT(record, (), (member))

#elif defined(SAMEPAGE_REFUSE_union_member)

union either {
    int integer;
    float real;
};
struct record {
    either member;
};
BOOST_DESCRIBE_STRUCT(record, (), (member))

#elif defined(SAMEPAGE_REFUSE_empty_array)

struct record {
    std::array<int, 0> members;
};
BOOST_DESCRIBE_STRUCT(record, (), (members))

#elif defined(SAMEPAGE_REFUSE_wide_integer)

__extension__ typedef __int128 wide;
struct record {
    wide member;
};
BOOST_DESCRIBE_STRUCT(record, (), (member))

#else // SAMEPAGE_REFUSE_nothing: what the others do compiles when there is no mistake

using record = quote;

#endif

#if defined(SAMEPAGE_REFUSE_pointer_by_concept) || defined(SAMEPAGE_REFUSE_base_left_out_by_concept)

template <samepage::describable_record Record>
struct channel_of {
};
[[maybe_unused]] channel_of<record> channel;

#else

[[maybe_unused]] constexpr auto format = samepage::format_of<record>();

#endif

} // namespace
