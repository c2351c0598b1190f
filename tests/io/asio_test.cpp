// SPDX-License-Identifier: BSL-1.0
// asio_test.cpp: Boost.Asio's sockets fill loans and send records, in the ring's own pages.
#define BOOST_TEST_MODULE samepage_asio
#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/io/asio.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <unistd.h>

namespace {

struct channel {
    channel() = default;
    channel(const channel&) = delete;
    channel& operator=(const channel&) = delete;
    ~channel() { samepage::remove_channel(name); }

    std::string name = "test-asio-" + std::to_string(::getpid());
    samepage::bytes_producer producer{name};
    samepage::bytes_consumer consumer{name};
};

struct connection {
    connection() { boost::asio::local::connect_pair(near, far); }

    boost::asio::io_context context{};
    boost::asio::local::stream_protocol::socket near{context};
    boost::asio::local::stream_protocol::socket far{context};
};

std::string_view text(std::span<const std::byte> bytes)
{
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_loans_buffer_is_the_loans_own_bytes, channel)
{
    auto loan = producer.loan(1000);
    const boost::asio::mutable_buffer bytes = buffer(loan);
    BOOST_TEST(bytes.data() == static_cast<void*>(loan.data()));
    BOOST_TEST(bytes.size() == 1000U);
}

BOOST_FIXTURE_TEST_CASE(an_empty_loan_has_an_empty_buffer, channel)
{
    auto loan = producer.loan(producer.max_record_bytes() + 1);
    BOOST_TEST(!loan);
    BOOST_TEST(buffer(loan).size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_socket_receives_into_the_ring, channel)
{
    connection sockets;
    boost::asio::write(sockets.far, boost::asio::buffer("through the socket", 18));
    auto loan = producer.loan(4096);
    const std::byte* const where = loan.data();
    const std::size_t received = sockets.near.read_some(buffer(loan));
    loan.publish(received);

    const auto batch = consumer.try_take();
    BOOST_REQUIRE(batch.size() == 1U);
    BOOST_TEST(text(batch.front()) == "through the socket");
    // The same place in the ring, as each of the two mappings has it.
    BOOST_TEST(where - producer.info().ring == batch.front().data() - consumer.info().ring);
}

BOOST_FIXTURE_TEST_CASE(a_record_is_sent_from_the_ring, channel)
{
    auto loan = producer.loan(5);
    std::memcpy(loan.data(), "hello", 5);
    loan.publish();

    const auto batch = consumer.try_take();
    BOOST_REQUIRE(batch.size() == 1U);
    const auto bytes = samepage::buffer(batch.front());
    static_assert(std::is_same_v<decltype(bytes), const boost::asio::const_buffer>);
    BOOST_TEST(bytes.data() == static_cast<const void*>(batch.front().data()));

    connection sockets;
    boost::asio::write(sockets.near, bytes);
    std::string got(5, '\0');
    boost::asio::read(sockets.far, boost::asio::buffer(got));
    BOOST_TEST(got == "hello");
}
