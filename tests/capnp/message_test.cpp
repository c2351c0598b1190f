// SPDX-License-Identifier: BSL-1.0
// message_test.cpp: typed messages through channels, in one process and between two.
#include "allocation_counter.hpp"
#include "capnp_tool.hpp"
#include "sample_messages.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/message_views.hpp>
#include <samepage/core/error.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/serialize.h>
#include <kj/exception.h>

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using samepage::channel_options;
using samepage::consumer_options;
using samepage::message_consumer;
using samepage::message_producer;
using samepage::outcome;
using sample_messages::view;
using samples::Level;
using samples::Other;
using samples::Sample;

static_assert(samepage::message_schema<Sample>);
static_assert(samepage::message_schema<Other::Nested>);
static_assert(!samepage::message_schema<int>);
static_assert(!samepage::message_schema<samples::Side>);
static_assert(!samepage::message_schema<capnp::Text>);
static_assert(std::is_nothrow_move_constructible_v<samepage::message_draft<Sample>>);
static_assert(std::is_nothrow_move_assignable_v<samepage::message<Sample>>);
static_assert(!std::is_copy_constructible_v<samepage::message<Sample>>);

namespace {

struct fixture {
    fixture() = default;
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() { samepage::remove_channel(name); }

    std::string name = "test-capnp-" + std::to_string(::getpid());
};

channel_options ring_of(std::size_t bytes)
{
    return {.capacity_bytes = bytes};
}

void publish(message_producer<Sample>& producer, std::uint32_t seed)
{
    auto draft = producer.loan();
    sample_messages::fill(draft.root(), seed);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
}

std::string taken(message_consumer<Sample>& consumer, std::uint32_t seed)
{
    const auto message = consumer.try_take();
    return message ? sample_messages::difference(message.root(), seed)
                   : "no message: " + std::string{to_string(message.why())};
}

std::string refusal(const auto& attach)
{
    try {
        attach();
    } catch (const samepage::error& refused) {
        BOOST_TEST((refused.code() == samepage::errc::wrong_type));
        return refused.what();
    }
    return "not refused";
}

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

class peer {
public:
    peer(std::string role, std::string channel, std::uint32_t count)
    {
        std::string program = SAMEPAGE_TEST_PEER;
        std::string number = std::to_string(count);
        std::array<char*, 5> arguments{program.data(), role.data(), channel.data(), number.data(), nullptr};
        if (::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
            throw std::runtime_error("cannot start " + program);
        }
    }
    ~peer() { join(); }
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;

    [[nodiscard]] bool runs() const
    {
        ::siginfo_t ended{};
        return ::waitid(P_PID, static_cast<::id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
               ended.si_pid == 0;
    }

    /// Its exit status; -1 if it was killed.
    int join()
    {
        if (pid_ > 0) {
            int status = 0;
            ::waitpid(pid_, &status, 0);
            pid_ = 0;
            status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        return status_;
    }

private:
    ::pid_t pid_ = 0;
    int status_ = -1;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(messages, fixture)

BOOST_AUTO_TEST_CASE(a_message_is_read_as_it_was_built)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    publish(producer, 1717);
    BOOST_TEST(taken(consumer, 1717) == "");
}

BOOST_AUTO_TEST_CASE(what_is_read_lies_in_the_ring)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    const auto producers = producer.info();
    const auto consumers = consumer.info();
    BOOST_TEST(producers.inode == consumers.inode);

    auto draft = producer.loan();
    draft.root().setText("here");
    const auto* const written = reinterpret_cast<const std::byte*>(draft.root().getText().begin());
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    const auto message = consumer.take();
    const auto* const read = reinterpret_cast<const std::byte*>(message.root().getText().begin());
    BOOST_TEST((read >= consumers.ring && read < consumers.ring + 2 * consumers.capacity_bytes));
    BOOST_TEST(written - producers.ring == read - consumers.ring); // the same place of the same file
}

BOOST_AUTO_TEST_CASE(messages_of_all_sizes_cross_the_wrap_of_a_small_ring_unchanged)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> consumer{name};
    for (std::uint32_t seed = 0; seed < 10000; seed += 4) {
        for (std::uint32_t i = 0; i < 4; ++i) { // several in the ring at a time
            publish(producer, seed + i);
        }
        for (std::uint32_t i = 0; i < 4; ++i) {
            BOOST_REQUIRE_EQUAL(taken(consumer, seed + i), "");
        }
    }
}

BOOST_AUTO_TEST_CASE(another_process_reads_what_this_one_built)
{
    constexpr std::uint32_t count = 20000;
    message_producer<Sample> producer{name, ring_of(16384)};
    peer consumer("consume", name, count);
    while (producer.consumer_count() == 0) {
        BOOST_REQUIRE(consumer.runs());
        std::this_thread::yield();
    }
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        publish(producer, seed);
    }
    producer.close();
    BOOST_TEST(consumer.join() == 0);
}

BOOST_AUTO_TEST_CASE(this_process_reads_what_another_one_built)
{
    constexpr std::uint32_t count = 20000;
    peer producer("produce", name, count);
    message_consumer<Sample> consumer{name, {.wait_for_channel = 60s}};
    for (std::uint32_t seed = 0; seed < count; ++seed) {
        const auto message = consumer.take();
        BOOST_REQUIRE(message);
        BOOST_REQUIRE_EQUAL(sample_messages::difference(message.root(), seed), "");
    }
    BOOST_TEST((consumer.take().why() == outcome::closed));
    BOOST_TEST(producer.join() == 0);
}

BOOST_AUTO_TEST_CASE(capnp_decode_prints_a_record)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan();
    auto sample = draft.root();
    sample.setText("hello");
    sample.setSequence(7);
    sample.getPayload().initLevel().setQuantity(3);
    auto numbers = sample.initNumbers(2);
    numbers.set(0, 5);
    numbers.set(1, 6);
    BOOST_REQUIRE((draft.publish() == outcome::ok));

    const std::string printed = capnp_decode(consumer.take().bytes(), "Sample");
    BOOST_TEST(contains(printed, "sequence = 7,"), printed);
    BOOST_TEST(contains(printed, "text = \"hello\","), printed);
    BOOST_TEST(contains(printed, "numbers = [5, 6],"), printed);
    BOOST_TEST(contains(printed, "payload = (level = (price = 0, quantity = 3)),"), printed);
    BOOST_TEST(contains(printed, "answer = 42"), printed);
}

BOOST_AUTO_TEST_CASE(a_record_is_as_large_as_what_was_used)
{
    message_producer<Level> producer{name};
    message_consumer<Level> consumer{name};
    auto draft = producer.loan(4096);
    draft.root().setQuantity(1);
    BOOST_TEST(draft.message_bytes() == 32U); // header, root pointer, two words of data
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(consumer.take().bytes().size() == 32U);
}

BOOST_AUTO_TEST_CASE(what_a_message_did_not_use_goes_back_to_the_ring)
{
    message_producer<Level> producer{name, ring_of(16384)};
    const message_consumer<Level> consumer{name}; // holds everything back
    unsigned published = 0;
    while (auto draft = producer.try_loan(4096)) {
        draft.root().setQuantity(published++);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
    }
    BOOST_TEST(published > 16384U / 4096U * 10);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_from_loan_to_publish_or_from_take_to_release)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    for (int round = 0; round < 3; ++round) {
        const allocation_counter building;
        {
            auto draft = producer.loan();
            auto sample = draft.root();
            sample.setText("no heap");
            sample.initNumbers(50).set(49, 1);
            sample.initInner().initBest().setPrice(2);
            if (draft.publish() != outcome::ok) {
                sample = nullptr;
            }
        }
        const std::size_t built = building.count();

        const allocation_counter reading;
        std::uint32_t found = 0;
        {
            const auto message = consumer.take();
            const auto sample = message.root();
            found = sample.getNumbers()[49] + static_cast<std::uint32_t>(sample.getText().size()) +
                    static_cast<std::uint32_t>(sample.getInner().getBest().getPrice());
        }
        const std::size_t read = reading.count();
        BOOST_TEST(built == 0U);
        BOOST_TEST(read == 0U);
        BOOST_TEST(found == 1U + 7U + 2U);
    }
}

BOOST_AUTO_TEST_CASE(a_draft_that_was_discarded_or_dropped_is_never_seen)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    {
        auto discarded = producer.loan();
        sample_messages::fill(discarded.root(), 1);
        discarded.discard();
        BOOST_TEST(!discarded);
    }
    {
        auto dropped = producer.loan();
        sample_messages::fill(dropped.root(), 2);
    }
    BOOST_TEST((consumer.try_take().why() == outcome::empty));
    publish(producer, 3);
    BOOST_TEST(taken(consumer, 3) == "");
    BOOST_TEST((consumer.try_take().why() == outcome::empty));
}

BOOST_AUTO_TEST_CASE(a_message_that_outgrew_the_channel_is_not_published_and_can_still_be_read)
{
    message_producer<Sample> producer{name, ring_of(4096)};
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan(256);
    sample_messages::fill(draft.root(), 500);
    draft.root().initInner().initBlob(4096);
    BOOST_TEST((draft.overflow() == outcome::too_large));
    BOOST_TEST((draft.publish() == outcome::too_large));
    BOOST_TEST(static_cast<bool>(draft));
    draft.root().initInner().initBlob(0);
    BOOST_TEST(sample_messages::text_bytes(500) == draft.root().getText().size());
    draft.root().setText("and changed");
    BOOST_TEST(view(draft.root().getText().asReader()) == "and changed");
    BOOST_TEST((draft.publish() == outcome::too_large));
    BOOST_TEST((consumer.try_take().why() == outcome::empty));
}

BOOST_AUTO_TEST_CASE(a_message_from_elsewhere_can_be_set_as_the_root)
{
    capnp::MallocMessageBuilder elsewhere;
    sample_messages::fill(elsewhere.initRoot<Sample>(), 900);
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan();
    draft.builder().setRoot(elsewhere.getRoot<Sample>().asReader());
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(taken(consumer, 900) == "");
}

BOOST_AUTO_TEST_CASE(a_draft_published_untouched_reads_as_defaults)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    for (const std::size_t bytes : {0U, 1U, 8U, 16U, 17U}) {
        auto draft = producer.loan(bytes);
        BOOST_REQUIRE(draft);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto message = consumer.take();
        BOOST_TEST(message.root().getAnswer() == 42);
        BOOST_TEST(message.bytes().size() == 16U);
    }
}

BOOST_AUTO_TEST_CASE(moving_a_draft_leaves_its_builders_valid)
{
    std::optional<message_producer<Sample>> original(std::in_place, name);
    message_consumer<Sample> consumer{name};
    auto draft = original->loan();
    auto sample = draft.root();
    auto moved = std::move(draft);
    const message_producer<Sample> producer = std::move(*original);
    original.reset();
    sample_messages::fill(sample, 12);
    BOOST_REQUIRE((moved.publish() == outcome::ok));
    BOOST_TEST(!moved);
    BOOST_TEST(taken(consumer, 12) == "");
}

BOOST_AUTO_TEST_CASE(moving_a_message_leaves_its_readers_valid)
{
    message_producer<Sample> producer{name};
    std::optional<message_consumer<Sample>> original(std::in_place, name);
    std::optional<message_consumer<Sample>> consumer; // outlives the message
    publish(producer, 13);
    auto message = original->take();
    const auto sample = message.root();
    const auto moved = std::move(message);
    consumer.emplace(std::move(*original));
    original.reset();
    BOOST_TEST(sample_messages::difference(sample, 13) == "");
    BOOST_TEST(static_cast<bool>(moved));
}

BOOST_AUTO_TEST_CASE(a_message_is_kept_from_the_producer_until_it_is_released)
{
    message_producer<Sample> producer{name, ring_of(8192)};
    message_consumer<Sample> consumer{name};
    publish(producer, 211 * 10 + 200); // some text
    auto message = consumer.take();
    const auto sample = message.root();
    while (auto draft = producer.try_loan(512)) {
        draft.root().setText("overwrites");
        BOOST_REQUIRE((draft.publish() == outcome::ok));
    }
    BOOST_TEST(sample_messages::difference(sample, 211 * 10 + 200) == "");
    message.release();
    BOOST_TEST(!message);
    BOOST_TEST(message.bytes().empty());
    BOOST_TEST(static_cast<bool>(producer.try_loan(512)));
}

BOOST_AUTO_TEST_CASE(a_view_that_has_the_message_keeps_it_from_the_producer_until_the_last_view_goes)
{
    for (const auto how : {samepage::demand::lossless, samepage::demand::lossy}) {
        message_producer<Sample> producer{name, ring_of(8192)};
        message_consumer<Sample> consumer{name, {.wants = how}};
        {
            auto draft = producer.loan(512);
            draft.root().setNumbers({1, 2, 3});
            BOOST_REQUIRE((draft.publish() == outcome::ok));
        }
        auto message = consumer.take();
        const auto numbers = message.root().getNumbers();
        auto view = samepage::list_view(numbers, samepage::lease{std::move(message)});
        auto last = view[samepage::slice{1, 3}];
        view = {};
        for (int i = 0; i < 100; ++i) { // several laps, as far as it is let
            if (auto draft = producer.try_loan(512)) {
                draft.root().initNumbers(10).set(9, 7);
                BOOST_REQUIRE((draft.publish() == outcome::ok));
            }
        }
        BOOST_TEST(last.at<int>(1) == 3);
        BOOST_TEST(static_cast<bool>(producer.try_loan(512)) == (how == samepage::demand::lossy));
        last = {};
        BOOST_TEST(static_cast<bool>(producer.try_loan(512)));
        BOOST_TEST(static_cast<bool>(consumer.try_take()));
    }
}

BOOST_AUTO_TEST_CASE(a_full_ring_is_a_value)
{
    message_producer<Sample> producer{name, ring_of(4096)};
    const message_consumer<Sample> consumer{name};
    while (auto draft = producer.try_loan(1024)) {
        draft.root().initBlob(512);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
    }
    auto draft = producer.try_loan(1024);
    BOOST_TEST((draft.why() == outcome::full));
    BOOST_TEST((draft.publish() == outcome::full));
    BOOST_TEST((producer.loan_for(1ms, 1024).why() == outcome::timed_out));
    BOOST_TEST((producer.loan_until(std::chrono::system_clock::now() + 1ms, 1024).why() == outcome::timed_out));
}

BOOST_AUTO_TEST_CASE(a_loan_that_never_fits_is_a_value)
{
    message_producer<Sample> producer{name, ring_of(4096)};
    BOOST_TEST((producer.try_loan(producer.max_message_bytes() + 1).why() == outcome::too_large));
    BOOST_TEST((producer.try_loan(SIZE_MAX).why() == outcome::too_large));
    BOOST_TEST(static_cast<bool>(producer.try_loan(producer.max_message_bytes())));
}

BOOST_AUTO_TEST_CASE(nothing_to_take_is_a_value)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    BOOST_TEST((consumer.try_take().why() == outcome::empty));
    BOOST_TEST((consumer.take_for(1ms).why() == outcome::timed_out));
    BOOST_TEST((consumer.take_until(std::chrono::steady_clock::now() + 1ms).why() == outcome::timed_out));
    BOOST_TEST(consumer.try_take().bytes().empty());
}

BOOST_AUTO_TEST_CASE(the_end_of_the_stream_comes_after_the_last_message)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    publish(producer, 21);
    producer.close();
    BOOST_TEST((producer.loan().why() == outcome::closed));
    BOOST_TEST(taken(consumer, 21) == "");
    BOOST_TEST((consumer.take().why() == outcome::closed));
    consumer.close();
    BOOST_TEST((consumer.take().why() == outcome::closed));
}

BOOST_AUTO_TEST_CASE(payloads_may_be_aligned_to_lines_and_pages)
{
    for (const std::size_t alignment : {64U, 4096U}) {
        message_producer<Sample> producer{name, {.capacity_bytes = 65536, .payload_alignment = alignment}};
        message_consumer<Sample> consumer{name};
        for (std::uint32_t seed = 0; seed < 100; ++seed) {
            publish(producer, seed);
            const auto message = consumer.take();
            BOOST_REQUIRE(reinterpret_cast<std::uintptr_t>(message.bytes().data()) % alignment == 0);
            BOOST_REQUIRE_EQUAL(sample_messages::difference(message.root(), seed), "");
        }
        samepage::remove_channel(name);
    }
}

BOOST_AUTO_TEST_CASE(the_channel_names_its_schema_without_the_place_of_its_file)
{
    BOOST_TEST(samepage::describe_messages<Other::Nested>().ends_with(" Other.Nested"));
    const std::string description = samepage::describe_messages<Sample>();
    BOOST_TEST(description.size() == std::string_view{"capnp:0123456789abcdef Sample"}.size());
    BOOST_TEST(description.starts_with("capnp:"));
    BOOST_TEST(description.ends_with(" Sample"));
    BOOST_TEST(std::stoull(description.substr(6, 16), nullptr, 16) == capnp::typeId<Sample>());
    const message_producer<Sample> producer{name};
    BOOST_TEST(producer.info().format == description);
}

BOOST_AUTO_TEST_CASE(another_schema_is_refused_with_both_names)
{
    const message_producer<Sample> producer{name};
    const std::string told = refusal([&] { const message_consumer<Other> consumer{name}; });
    BOOST_TEST(contains(told, samepage::describe_messages<Sample>()), told);
    BOOST_TEST(contains(told, samepage::describe_messages<Other>()), told);
}

BOOST_AUTO_TEST_CASE(a_producer_of_another_schema_is_refused_with_both_names)
{
    {
        const message_producer<Sample> producer{name};
    }
    const std::string told = refusal([&] { const message_producer<Other> producer{name}; });
    BOOST_TEST(contains(told, samepage::describe_messages<Sample>()), told);
    BOOST_TEST(contains(told, samepage::describe_messages<Other>()), told);
}

BOOST_AUTO_TEST_CASE(bytes_that_say_nothing_of_a_schema_are_refused)
{
    const samepage::bytes_producer producer{name};
    const std::string told = refusal([&] { const message_consumer<Sample> consumer{name}; });
    BOOST_TEST(contains(told, samepage::describe_messages<Sample>()), told);
}

BOOST_AUTO_TEST_CASE(a_record_that_is_no_message_is_corrupt_and_the_next_one_is_read)
{
    samepage::bytes_producer bytes{name, {}, samepage::describe_messages<Sample>()};
    message_consumer<Sample> consumer{name};
    for (const std::string_view text : {"", "short", "this is no message of Cap'n Proto"}) {
        auto loan = bytes.loan(text.size());
        std::memcpy(loan.data(), text.data(), text.size());
        loan.publish();
        const auto message = consumer.take();
        BOOST_TEST(!message);
        BOOST_TEST((message.why() == outcome::corrupt));
        BOOST_TEST(message.bytes().size() == text.size());
    }
    auto loan = bytes.loan(16);
    std::memset(loan.data(), 0, 16);
    loan.data()[4] = std::byte{1}; // one segment of one word: a null root
    loan.publish();
    BOOST_TEST(consumer.take().root().getAnswer() == 42);
}

BOOST_AUTO_TEST_CASE(a_message_of_several_segments_from_another_writer_is_read)
{
    samepage::bytes_producer bytes{name, {}, samepage::describe_messages<Sample>()};
    message_consumer<Sample> consumer{name};
    capnp::MallocMessageBuilder builder(64, capnp::AllocationStrategy::FIXED_SIZE);
    sample_messages::fill(builder.initRoot<Sample>(), 250);
    const auto words = capnp::messageToFlatArray(builder);
    BOOST_REQUIRE(builder.getSegmentsForOutput().size() > 1);
    auto loan = bytes.loan(words.asBytes().size());
    std::memcpy(loan.data(), words.begin(), words.asBytes().size());
    loan.publish();
    BOOST_TEST(taken(consumer, 250) == "");
}

BOOST_AUTO_TEST_CASE(a_consumers_limits_hold_for_each_message)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name, {}, {.nesting = 2}};
    message_consumer<Sample> unchecked{name, {}, {.nesting = 2, .check = false}};
    for (int round = 0; round < 2; ++round) {
        publish(producer, 5);
        BOOST_TEST((consumer.take().why() == outcome::corrupt));
        const auto message = unchecked.take();
        const auto outer = message.root();
        BOOST_CHECK_THROW(static_cast<void>(outer.getInner().getInner()), kj::Exception);
    }
}

BOOST_AUTO_TEST_SUITE_END()
