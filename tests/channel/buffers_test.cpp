// SPDX-License-Identifier: BSL-1.0
// buffers_test.cpp: batches and loans are exporters; a view of a batch keeps the ring's pages, and no longer than
// needed.
#define BOOST_TEST_MODULE channel
#include "../support/refusal.hpp"

#include <samepage/channel/buffers.hpp>
#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/describe/class.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include <unistd.h>

using samepage::buffer_request;
using samepage::errc;
using samepage::get_buffer;
using samepage::memory_view;
using samepage::outcome;
using samepage::slice;
using samepage::view_of;
using support::refusal;

namespace {

struct tick {
    std::uint64_t number;
    double price;
};
BOOST_DESCRIBE_STRUCT(tick, (), (number, price))

constexpr std::size_t page_bytes = 4096;
constexpr std::size_t ring_records = page_bytes / sizeof(tick);

struct channel_name {
    explicit channel_name(const char* kind) : text{"test-buffers-" + std::string{kind} + std::to_string(::getpid())} {}
    ~channel_name() { samepage::remove_channel(text); }
    channel_name(const channel_name&) = delete;
    channel_name& operator=(const channel_name&) = delete;

    std::string text;
};

struct ticks {
    channel_name name{"ticks"};
    samepage::producer<tick> producer{name.text, {.capacity_bytes = page_bytes}};
    samepage::consumer<tick> consumer{name.text};

    bool publish(std::size_t count, double price)
    {
        auto loan = producer.try_loan(count);
        if (!loan) {
            return false;
        }
        for (std::size_t i = 0; i < count; ++i) {
            loan[i] = {i, price + static_cast<double>(i)};
        }
        loan.publish();
        return true;
    }
};

struct texts {
    channel_name name{"texts"};
    samepage::bytes_producer producer{name.text, {.capacity_bytes = page_bytes}};
    samepage::bytes_consumer consumer{name.text};

    void publish(const std::string& text)
    {
        auto loan = producer.loan(text.size());
        std::memcpy(loan.data(), text.data(), text.size());
        loan.publish();
    }
};

} // namespace

static_assert(samepage::buffer_exporter<samepage::batch<tick>>);
static_assert(samepage::buffer_exporter<const samepage::batch<tick>&>);
static_assert(samepage::buffer_exporter<samepage::loan<tick>&>);
static_assert(!samepage::buffer_exporter<samepage::loan<tick>>);
static_assert(samepage::buffer_exporter<samepage::bytes_loan&>);
static_assert(!samepage::buffer_exporter<samepage::bytes_loan>);
static_assert(!samepage::buffer_exporter<samepage::bytes_batch&>);

BOOST_AUTO_TEST_SUITE(channel_buffers)

BOOST_FIXTURE_TEST_CASE(a_batch_is_borrowed_as_read_only_records, ticks)
{
    BOOST_TEST_REQUIRE(publish(3, 10));
    const auto batch = consumer.take();
    const auto view = view_of(batch);
    BOOST_TEST(!view.held());
    BOOST_TEST(view.is_readonly());
    BOOST_TEST(view.data() == reinterpret_cast<const std::byte*>(batch.data()));
    BOOST_TEST(view.field("price").at<double>(2) == 12.);
    refusal(errc::buffer_refused, [&] { static_cast<void>(get_buffer(batch, buffer_request::records)); });
}

BOOST_FIXTURE_TEST_CASE(a_batch_moved_into_a_view_keeps_its_pages_until_the_last_slice_goes, ticks)
{
    BOOST_TEST_REQUIRE(publish(ring_records, 10));
    auto view = view_of(consumer.take());
    BOOST_TEST(view.shape()[0] == ring_records);
    auto prices = view.field("price")(slice{5, 8});
    view.release();
    BOOST_TEST(!publish(1, 0)); // the ring is full of what is held
    BOOST_TEST(prices.at<double>(0) == 15.);
    prices.release();
    BOOST_TEST(publish(ring_records, 20));
    BOOST_TEST(view_of(consumer.take()).field("price").at<double>(0) == 20.);
}

BOOST_FIXTURE_TEST_CASE(a_buffer_of_a_batch_keeps_its_pages_too, ticks)
{
    BOOST_TEST_REQUIRE(publish(ring_records, 10));
    {
        const auto got = get_buffer(consumer.take(), buffer_request::simple);
        BOOST_TEST(got.nbytes() == page_bytes);
        BOOST_TEST(!publish(1, 0));
    }
    BOOST_TEST(publish(1, 0));
}

BOOST_FIXTURE_TEST_CASE(the_batch_is_found_in_the_lease, ticks)
{
    BOOST_TEST_REQUIRE(publish(2, 10));
    const auto view = view_of(consumer.take());
    const auto* const batch = view.held().get<samepage::batch<tick>>();
    BOOST_TEST_REQUIRE(batch != nullptr);
    BOOST_TEST(batch->number() == 0U);
    BOOST_TEST(batch->size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_loan_is_filled_through_a_view, ticks)
{
    auto loan = producer.loan(4);
    const auto view = view_of(loan);
    BOOST_TEST(!view.is_readonly());
    view.field("number").fill(7);
    view.field("price").set(2.5, -1);
    loan.publish();
    const auto batch = consumer.take();
    BOOST_TEST(batch[0].number == 7U);
    BOOST_TEST(batch[3].price == 2.5);
}

BOOST_FIXTURE_TEST_CASE(bytes_are_filled_through_a_view, texts)
{
    auto loan = producer.loan(8);
    view_of(loan).cast("=I").fill(0x01020304);
    loan.publish();
    const auto batch = consumer.take();
    BOOST_TEST(std::to_integer<int>(batch.front()[4]) == 4);
}

BOOST_FIXTURE_TEST_CASE(records_of_bytes_share_a_lease, texts)
{
    const std::string large(page_bytes / 4, 'x');
    publish("ab");
    publish(large);
    publish(large);
    auto records = samepage::record_views(consumer.take());
    BOOST_TEST_REQUIRE(records.size() == 3U);
    BOOST_TEST(records[0].is_readonly());
    BOOST_TEST((records[0] == view_of(std::string{"ab"}).cast("B")));
    BOOST_TEST(records[1].nbytes() == large.size());
    const auto last = records[2](slice{0, 2});
    records.clear();
    BOOST_TEST(last.held().count() == 1U);
    BOOST_TEST((producer.try_loan(page_bytes / 2).why() == outcome::full));
    BOOST_TEST(last.at<int>(0) == 'x');
}

BOOST_FIXTURE_TEST_CASE(the_view_of_one_record_keeps_its_batch, texts)
{
    const std::string large(page_bytes / 4, 'x');
    publish("ab");
    publish(large);
    publish(large);
    auto record = samepage::record_view(consumer.take());
    BOOST_TEST(record.is_readonly());
    BOOST_TEST((record == view_of(std::string{"ab"}).cast("B")));
    BOOST_TEST((producer.try_loan(page_bytes / 2).why() == outcome::full));
    record.release();
    BOOST_TEST(!!producer.try_loan(page_bytes / 2));
}

BOOST_AUTO_TEST_CASE(of_no_batch_there_are_no_records)
{
    texts channel_of_texts;
    BOOST_TEST(samepage::record_views(channel_of_texts.consumer.try_take()).empty());
    ticks channel_of_ticks;
    BOOST_TEST(view_of(channel_of_ticks.consumer.try_take()).nbytes() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
