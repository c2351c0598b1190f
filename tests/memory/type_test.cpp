// SPDX-License-Identifier: BSL-1.0
// type_test.cpp: a channel carries one type, and who means another is told both.
#include "support/refusal.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>

using samepage::errc;
using support::refusal;
using support::says;

namespace {

struct quote {
    std::uint64_t time_ns;
    double bid, ask;
};
BOOST_DESCRIBE_STRUCT(quote, (), (time_ns, bid, ask))

struct trade {
    std::uint64_t time_ns;
    double price;
    std::uint32_t lots;
};
BOOST_DESCRIBE_STRUCT(trade, (), (time_ns, price, lots))

struct renamed {
    std::uint64_t time_ns;
    double buy, sell;
};
BOOST_DESCRIBE_STRUCT(renamed, (), (time_ns, buy, sell))

struct pair {
    std::uint64_t a, b;
};
BOOST_DESCRIBE_STRUCT(pair, (), (a, b))

struct alignas(16) aligned_pair {
    std::uint64_t a, b;
};
BOOST_DESCRIBE_STRUCT(aligned_pair, (), (a, b))

void names_both(const samepage::error& fault, std::string_view meant, std::string_view carried)
{
    BOOST_TEST(fault.parts().expected.find(meant) != std::string::npos, fault.what());
    BOOST_TEST(fault.parts().found.find(carried) != std::string::npos, fault.what());
    BOOST_TEST(fault.parts().expected != fault.parts().found);
}

} // namespace

BOOST_AUTO_TEST_SUITE(types)

BOOST_AUTO_TEST_CASE(a_consumer_of_another_type_is_refused_with_both_formats)
{
    const support::scratch_channel channel;
    const samepage::producer<quote> made{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::consumer<trade>{channel.name()}; }),
               samepage::format_of<trade>(), samepage::format_of<quote>());
}

BOOST_AUTO_TEST_CASE(and_the_other_way_round)
{
    const support::scratch_channel channel;
    const samepage::producer<trade> made{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::consumer<quote>{channel.name()}; }),
               samepage::format_of<quote>(), samepage::format_of<trade>());
}

BOOST_AUTO_TEST_CASE(a_producer_of_another_type_is_refused_with_both_formats)
{
    const support::scratch_channel channel;
    samepage::producer<quote>{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::producer<trade>{channel.name()}; }),
               samepage::format_of<trade>(), samepage::format_of<quote>());
}

BOOST_AUTO_TEST_CASE(members_of_other_names_are_another_type)
{
    const support::scratch_channel channel;
    const samepage::producer<quote> made{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::consumer<renamed>{channel.name()}; }), "buy", "bid");
}

BOOST_AUTO_TEST_CASE(bytes_are_refused_where_records_are_carried)
{
    const support::scratch_channel channel;
    samepage::producer<quote>{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::bytes_consumer{channel.name()}; }), "framed",
               samepage::format_of<quote>());
    names_both(refusal(errc::wrong_type, [&] { samepage::bytes_producer{channel.name()}; }), "framed",
               samepage::format_of<quote>());
}

BOOST_AUTO_TEST_CASE(records_are_refused_where_bytes_are_carried)
{
    const support::scratch_channel channel;
    samepage::bytes_producer{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::consumer<quote>{channel.name()}; }),
               samepage::format_of<quote>(), "framed");
    names_both(refusal(errc::wrong_type, [&] { samepage::producer<quote>{channel.name()}; }),
               samepage::format_of<quote>(), "framed");
}

BOOST_AUTO_TEST_CASE(a_dense_byte_is_not_a_framed_one_though_their_formats_agree)
{
    const support::scratch_channel channel;
    samepage::producer<std::uint8_t>{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::bytes_consumer{channel.name()}; }), "framed", "1 byte");
}

BOOST_AUTO_TEST_CASE(bytes_of_another_meaning_are_refused)
{
    const support::scratch_channel channel;
    samepage::bytes_producer{channel.name(), {}, "image/png"};
    names_both(refusal(errc::wrong_type, [&] { samepage::bytes_consumer(channel.name(), {}, "text/html"); }),
               "text/html", "image/png");
    samepage::bytes_consumer(channel.name(), {}, "image/png");
}

BOOST_AUTO_TEST_CASE(types_that_differ_in_alignment_alone_are_told_apart_in_words)
{
    static_assert(samepage::format_of<pair>() == samepage::format_of<aligned_pair>());
    const support::scratch_channel channel;
    samepage::producer<pair>{channel.name()};
    names_both(refusal(errc::wrong_type, [&] { samepage::consumer<aligned_pair>{channel.name()}; }), "aligned to 16",
               "aligned to 8");
}

BOOST_AUTO_TEST_CASE(the_channel_says_its_own_format)
{
    const support::scratch_channel channel;
    const samepage::producer<quote> made{channel.name()};
    const samepage::consumer<quote> joined{channel.name()};
    BOOST_TEST(joined.info().format == samepage::format_of<quote>());
}

BOOST_AUTO_TEST_SUITE_END()
