// SPDX-License-Identifier: BSL-1.0
// message_growth_test.cpp: messages that outgrow what they were lent, and what is zeroed for them.
#include "allocation_counter.hpp"
#include "capnp_tool.hpp"
#include "garbage_page.hpp"
#include "sample_messages.hpp"
#include "support/forked.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_blob.hpp>
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_page.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/page_builder.hpp>
#include <samepage/channel/page_reader.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>
#include <capnp/serialize.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace std::chrono_literals;
using samepage::message_consumer;
using samepage::message_producer;
using samepage::outcome;
using samepage::page_builder;
using samepage::page_reader;
using sample_messages::view;
using samples::Sample;

namespace {

/// Lends more of a page that there is anyway.
class rest_of_page final : public samepage::page_room {
public:
    explicit rest_of_page(std::size_t bytes) : bytes_(bytes) {}
    outcome extend(std::size_t bytes, need how) noexcept override
    {
        ++asked;
        needed = how;
        return bytes <= bytes_ ? outcome::ok : outcome::too_large;
    }
    int asked = 0;
    need needed = need::of_all; ///< of what was asked for last

private:
    std::size_t bytes_;
};

kj::ArrayPtr<const capnp::word> words_of(std::span<const std::byte> message)
{
    return {reinterpret_cast<const capnp::word*>(message.data()), message.size() / sizeof(capnp::word)};
}

std::string difference(std::span<const std::byte> message, std::uint32_t seed)
{
    capnp::FlatArrayMessageReader reader(words_of(message));
    return sample_messages::difference(reader.getRoot<Sample>(), seed);
}

/// A page of `room` bytes of which the first are lent, and the rest if it is asked for.
struct growing_page {
    explicit growing_page(std::size_t first, std::size_t room = 1 << 20)
        : page(room), rest(room), builder(page.bytes().first(first), SIZE_MAX, {0, 0}, &rest)
    {
    }
    capnp::MessageBuilder& message() { return builder.message(); }

    garbage_page page;
    rest_of_page rest;
    page_builder builder;
};

struct fixture {
    fixture() = default;
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;
    ~fixture() { samepage::remove_channel(name); }

    std::string name = "test-growth-" + std::to_string(::getpid());
};

samepage::channel_options ring_of(std::size_t bytes)
{
    return {.capacity_bytes = bytes};
}

} // namespace

BOOST_AUTO_TEST_SUITE(growing_pages)

BOOST_AUTO_TEST_CASE(a_message_that_outgrows_its_first_piece_ends_as_one_segment)
{
    for (const std::size_t first : {0U, 8U, 16U, 24U, 64U, 256U, 512U, 1000U, 1024U}) {
        for (std::uint32_t seed = 0; seed < 200; ++seed) {
            growing_page place(first);
            sample_messages::fill(place.message().initRoot<Sample>(), seed);
            BOOST_REQUIRE((place.builder.overflow() == outcome::ok));
            const auto message = place.builder.finish();
            page_reader reader(message);
            BOOST_REQUIRE_EQUAL(reader.segment_count(), 1U);
            BOOST_REQUIRE_EQUAL(sample_messages::difference(reader.getRoot<Sample>(), seed), "");
            BOOST_REQUIRE_EQUAL(difference(message, seed), "");
            BOOST_REQUIRE(place.page.guards_intact());
        }
    }
}

BOOST_AUTO_TEST_CASE(capnp_decode_prints_a_message_that_grew_as_one_that_did_not)
{
    growing_page grown(64);
    growing_page roomy(8192);
    for (auto* place : {&grown, &roomy}) {
        sample_messages::fill(place->message().initRoot<Sample>(), 321);
    }
    BOOST_TEST(grown.builder.grew());
    BOOST_TEST(!roomy.builder.grew());
    BOOST_TEST(capnp_decode(grown.builder.finish(), "Sample") == capnp_decode(roomy.builder.finish(), "Sample"));
}

BOOST_AUTO_TEST_CASE(what_moves_between_pieces_by_orphans_is_found_where_it_went)
{
    std::mt19937 random{1};
    for (int round = 0; round < 300; ++round) {
        growing_page place(16 + 8 * (random() % 20));
        const auto root = place.message().initRoot<Sample>();
        std::vector<Sample::Builder> all{root};
        std::vector<std::string> texts{""};
        for (int step = 0; step < 40; ++step) {
            const auto at = random() % all.size();
            if (random() % 3 == 0 && all[at].hasText()) { // taken away and given to another one: a far pointer, perhaps
                auto text = all[at].disownText();
                const auto to = random() % all.size();
                all[to].adoptText(kj::mv(text));
                texts[to] = std::exchange(texts[at], to == at ? texts[at] : "");
            } else if (random() % 2 == 0 && !all[at].hasInner()) {
                all.push_back(all[at].initInner());
                texts.emplace_back();
            } else {
                texts[at] = std::string(random() % 40, static_cast<char>('a' + step % 26));
                all[at].setText(texts[at]);
            }
        }
        std::vector<std::string> before;
        for (auto each : all) {
            before.emplace_back(view(each.getText().asReader()));
        }
        BOOST_REQUIRE(before == texts);
        const auto expected = kj::str(root.asReader());
        page_reader reader(place.builder.finish());
        BOOST_REQUIRE_EQUAL(reader.segment_count(), 1U);
        BOOST_REQUIRE_EQUAL(std::string{kj::str(reader.getRoot<Sample>()).cStr()}, std::string{expected.cStr()});
    }
}

BOOST_AUTO_TEST_CASE(a_message_deeper_than_a_stack_is_joined)
{
    growing_page place(16, 64 << 20);
    auto at = place.message().initRoot<Sample>();
    constexpr std::uint64_t depth = 200'000;
    for (std::uint64_t i = 0; i < depth; ++i) {
        at.setSequence(i);
        at = at.initInner();
    }
    samepage::read_limits limits;
    limits.nesting = 1 << 20;
    page_reader reader(place.builder.finish(), limits);
    auto found = reader.getRoot<Sample>();
    for (std::uint64_t i = 0; i < depth; ++i) {
        BOOST_REQUIRE_EQUAL(found.getSequence(), i);
        found = found.getInner();
    }
}

BOOST_AUTO_TEST_CASE(empty_structs_and_lists_of_structs_survive_the_joining)
{
    growing_page place(16);
    auto root = place.message().initRoot<capnp::AnyPointer>().initAsListOfAnyStruct(2, 3, 100);
    for (capnp::uint i = 0; i < 100; ++i) {
        auto pointers = root[i].getPointerSection();
        pointers[0].initAsAnyStruct(0, 0);
        pointers[1].setAs<capnp::Text>(std::to_string(i));
        pointers[2].initAsAnyStruct(0, 1).getPointerSection()[0].initAsAnyStruct(0, 0);
    }
    page_reader reader(place.builder.finish());
    const auto list = reader.getRoot<capnp::AnyPointer>().getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>();
    for (capnp::uint i = 0; i < 100; ++i) {
        const auto pointers = list[i].getPointerSection();
        BOOST_REQUIRE(pointers[0].isStruct());
        BOOST_REQUIRE_EQUAL(view(pointers[1].getAs<capnp::Text>()), std::to_string(i));
        BOOST_REQUIRE(pointers[2].getAs<capnp::AnyStruct>().getPointerSection()[0].isStruct());
    }
}

BOOST_AUTO_TEST_CASE(few_pieces_are_asked_for)
{
    growing_page place(64);
    auto names = place.message().initRoot<Sample>().initNames(5000);
    for (capnp::uint i = 0; i < names.size(); ++i) {
        names.set(i, "a name");
    }
    BOOST_REQUIRE((place.builder.overflow() == outcome::ok));
    BOOST_TEST(place.builder.message_bytes() > 5000U * 16U);
    BOOST_TEST(place.rest.asked < 20);
}

BOOST_AUTO_TEST_CASE(nothing_is_waited_for_that_a_message_can_do_without)
{
    growing_page place(512);
    place.message().initRoot<Sample>().initNumbers(120); // more than a half of what there is, and so in a piece like it
    BOOST_TEST(place.rest.asked == 1);
    BOOST_TEST((place.rest.needed == samepage::page_room::need::of_less_perhaps));

    growing_page narrow(512, 1100);
    narrow.message().initRoot<Sample>().initNumbers(120);
    narrow.message().getRoot<Sample>().initInner().initNumbers(120);
    BOOST_TEST((narrow.rest.needed == samepage::page_room::need::of_all));
}

BOOST_AUTO_TEST_CASE(where_the_room_ends_the_message_overflows_and_goes_on_in_private)
{
    growing_page place(64, 2048);
    sample_messages::fill(place.message().initRoot<Sample>(), 4321);
    place.message().getRoot<Sample>().initInner().initBlob(4096)[4095] = 7;
    BOOST_TEST((place.builder.overflow() == outcome::too_large));
    BOOST_TEST(place.builder.finish().empty());
    BOOST_TEST(place.message().getRoot<Sample>().getInner().getBlob()[4095] == 7);
    BOOST_TEST(place.page.guards_intact());
}

BOOST_AUTO_TEST_CASE(what_the_last_message_left_zero_is_not_zeroed_again_and_holds_the_next_one)
{
    // A row of messages in one piece of stale memory, as in a ring, some dropped; beside it the same over zeros.
    std::mt19937 random{2};
    garbage_page ring(4 << 20);
    std::size_t at = 0;
    page_builder::clean_range clean{0, 0}; // from the ring's beginning
    while (at + 65536 < ring.bytes().size()) {
        const auto seed = static_cast<std::uint32_t>(random());
        const std::size_t room = std::size_t{1024} << random() % 6;
        const auto zero_before = clean;
        rest_of_page rest(65536);
        page_builder builder(ring.bytes().subspan(at, 1024), SIZE_MAX,
                             {clean.begin > at ? clean.begin - at : 0, clean.end > at ? clean.end - at : 0}, &rest);
        sample_messages::fill(builder.message().initRoot<Sample>(), seed);
        if (random() % 2 == 0) {
            builder.message().getRoot<Sample>().getInner().initNumbers(static_cast<capnp::uint>(room / 8));
        }
        garbage_page apart(65536, 0);
        page_builder clear(apart.bytes());
        const bool dropped = random() % 4 == 0;
        if (!dropped) {
            const auto message = builder.finish();
            BOOST_REQUIRE(!message.empty());
            BOOST_REQUIRE_EQUAL(difference(message, seed), "");
            at += message.size() + 8;
        }
        const std::size_t begin = at - (dropped ? 0 : builder.message_bytes() + 8);
        const auto after = builder.clean();
        clean = {begin + after.begin, begin + after.end};
        BOOST_REQUIRE(clean.end >= zero_before.end);
        const auto zeros = ring.bytes().subspan(clean.begin, clean.end - clean.begin);
        BOOST_REQUIRE(std::ranges::all_of(zeros, [](std::byte each) { return each == std::byte{0}; }));
    }
    BOOST_TEST(ring.guards_intact());
}

BOOST_AUTO_TEST_CASE(what_is_known_to_be_zero_is_left_alone)
{
    garbage_page page(8192); // is not zero, and the builder is told that it was
    page_builder told(page.bytes(), SIZE_MAX, {16, 4096});
    BOOST_TEST(std::ranges::all_of(page.bytes().subspan(16, 4080), [](std::byte b) { return b == std::byte{0xff}; }));
    BOOST_TEST(std::ranges::all_of(page.bytes().subspan(4096), [](std::byte b) { return b == std::byte{0}; }));
    BOOST_TEST(std::ranges::all_of(page.bytes().subspan(8, 8), [](std::byte b) { return b == std::byte{0}; }));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(growing_messages, fixture)

BOOST_AUTO_TEST_CASE(messages_larger_than_their_loans_cross_the_wrap_of_a_small_ring_unchanged)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> consumer{name};
    std::mt19937 random{3};
    for (int round = 0; round < 5000; ++round) {
        const auto seed = static_cast<std::uint32_t>(random());
        auto draft = producer.loan(16 + random() % 500);
        BOOST_REQUIRE(draft);
        sample_messages::fill(draft.root(), seed);
        if (random() % 5 == 0) {
            continue; // dropped
        }
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        const auto message = consumer.try_take();
        BOOST_REQUIRE(message);
        BOOST_REQUIRE_EQUAL(sample_messages::difference(message.root(), seed), "");
    }
}

BOOST_AUTO_TEST_CASE(a_producer_lends_at_once_what_its_messages_took_lately)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    std::array<std::size_t, 3> allocated{};
    for (auto& each : allocated) {
        auto draft = producer.loan();
        const allocation_counter building;
        draft.root().initNumbers(10'000).set(9'999, 1);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        each = building.count();
        BOOST_TEST(consumer.take().root().getNumbers()[9'999] == 1U);
    }
    BOOST_TEST(allocated[0] != 0U);
    BOOST_TEST(allocated[1] == 0U);
    BOOST_TEST(allocated[2] == 0U);
}

BOOST_AUTO_TEST_CASE(a_blob_that_was_disowned_and_cut_off_counts_for_no_more_than_the_message)
{
    samepage::bytes_producer producer{name};
    samepage::message_page page{producer, capnp::Schema::from<Sample>()};
    for (int i = 0; i < 64; ++i) { // after so many it learns
        page.begin(producer.loan(20'000), 4096, {});
        auto root = page.builder().message().initRoot<Sample>();
        const samepage::blob_room blob{page.builder(),
                                       {Sample::Builder{root}, capnp::Schema::from<Sample>()},
                                       "blob",
                                       samepage::message_blob<std::byte>::item(),
                                       10'000,
                                       8,
                                       page.known_fields()};
        BOOST_REQUIRE((blob.why() == outcome::ok));
        root.disownBlob().truncate(1);
        BOOST_REQUIRE((page.publish() == outcome::ok));
    }
    BOOST_TEST(page.usual_bytes() <= samepage::message_page::at_first);
}

BOOST_AUTO_TEST_CASE(one_large_message_does_not_bind_room_for_ever)
{
    message_producer<Sample> producer{name, ring_of(65536)};
    message_consumer<Sample> consumer{name};
    auto large = producer.loan();
    large.root().initNumbers(10'000);
    BOOST_REQUIRE((large.publish() == outcome::ok));
    BOOST_REQUIRE(consumer.take());
    for (int i = 0; i < 400; ++i) {
        auto draft = producer.try_loan();
        BOOST_REQUIRE(draft);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        BOOST_REQUIRE(consumer.take());
    }
    unsigned published = 0;
    while (auto draft = producer.try_loan()) { // the consumer takes none of them
        BOOST_REQUIRE((draft.publish() == outcome::ok));
        ++published;
    }
    BOOST_TEST(published > 2000U); // 24 bytes each, and 4096 free for the last
}

BOOST_AUTO_TEST_CASE(growing_allocates_a_little_for_each_piece)
{
    message_producer<Sample> producer{name};
    auto draft = producer.loan(page_builder::smallest_message_bytes);
    const auto counted = [](auto&& step) {
        const allocation_counter counter;
        step();
        return counter.count();
    };
    BOOST_TEST(counted([&] { static_cast<void>(draft.root()); }) <= 5U); // does not fit there
    for (unsigned texts = 400; texts < 50'000; texts *= 3) {
        const auto before = draft.message_bytes();
        BOOST_TEST(counted([&] { draft.root().initText(texts); }) <= 3U);
        BOOST_TEST(draft.message_bytes() > before);
    }
    BOOST_TEST(counted([&] { BOOST_REQUIRE((draft.publish() == outcome::ok)); }) <= 6U);
}

BOOST_AUTO_TEST_CASE(an_orphan_that_does_not_fit_leaves_a_hole_as_a_larger_loan_does_not)
{
    message_producer<Sample> producer{name};
    const auto with_cut_orphan = [&](std::size_t message_bytes) {
        auto draft = producer.loan(message_bytes);
        draft.root().setText("root");
        const auto before = draft.message_bytes();
        auto orphan = draft.builder().getOrphanage().newOrphan<capnp::List<std::uint32_t>>(1000);
        orphan.truncate(10);
        draft.root().adoptNumbers(kj::mv(orphan));
        return std::pair{draft.message_bytes(), draft.message_bytes() - before};
    };
    BOOST_TEST(with_cut_orphan(4096).first == 4096U + 40 + 8); // and a far pointer's pad
    BOOST_TEST(with_cut_orphan(8192).second == 40U);
}

BOOST_AUTO_TEST_CASE(a_message_that_finds_no_room_to_grow_is_not_published_and_a_new_loan_finds_it_later)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> consumer{name};
    for (int i = 0; i < 2; ++i) {
        auto draft = producer.loan(7000);
        draft.root().initBlob(6000);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
    }
    auto draft = producer.try_loan(1024);
    BOOST_REQUIRE(draft);
    draft.root().initBlob(5000)[4999] = 9;
    BOOST_TEST((draft.overflow() == outcome::full));
    BOOST_TEST((draft.publish() == outcome::full));
    BOOST_TEST(draft.root().getBlob()[4999] == 9);
    BOOST_REQUIRE(consumer.take());
    BOOST_REQUIRE(consumer.take());
    BOOST_TEST((consumer.try_take().why() == outcome::empty));
    const auto bytes = draft.message_bytes();
    draft.discard();
    draft = producer.try_loan(bytes);
    BOOST_REQUIRE(draft);
    draft.root().initBlob(5000)[4999] = 9;
    BOOST_TEST((draft.publish() == outcome::ok));
    BOOST_TEST(consumer.take().root().getBlob()[4999] == 9);
}

BOOST_AUTO_TEST_CASE(growing_waits_for_consumers_as_its_loan_did)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> consumer{name};
    for (int i = 0; i < 2; ++i) {
        auto draft = producer.loan(7000);
        draft.root().initBlob(6000);
        BOOST_REQUIRE((draft.publish() == outcome::ok));
    }
    auto late = producer.loan_for(20ms, 1024);
    late.root().initBlob(5000);
    BOOST_TEST((late.publish() == outcome::timed_out));
    late.discard();

    auto draft = producer.loan(1024);
    std::thread releases([&] {
        std::this_thread::sleep_for(20ms);
        static_cast<void>(consumer.take());
        static_cast<void>(consumer.take());
    });
    draft.root().initBlob(5000)[4999] = 9;
    releases.join();
    BOOST_TEST((draft.publish() == outcome::ok));
    BOOST_TEST(consumer.take().root().getBlob()[4999] == 9);
}

BOOST_AUTO_TEST_CASE(growing_does_not_wait_for_more_than_it_needs)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> consumer{name};
    auto large = producer.loan(7000);
    large.root().initBlob(6500);
    BOOST_REQUIRE((large.publish() == outcome::ok));
    const auto held = consumer.take(); // and not released before the next one comes
    BOOST_REQUIRE(held);
    auto draft = producer.loan(5000);
    draft.root().initBlob(4700);
    draft.root().initNames(100); // 5,000 more would be as much as there was, but do not fit
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(consumer.take().root().getNames().size() == 100U);

    auto with_blob = producer.loan(2000); // what is left of them behind the blob would not fit
    BOOST_REQUIRE(with_blob.init_blob("blob", 2500));
    BOOST_REQUIRE((with_blob.publish() == outcome::ok));
}

BOOST_AUTO_TEST_CASE(a_sleeping_lossy_holder_behind_a_loan_stops_its_growth_and_nothing_else)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> holder{name, {.wants = samepage::demand::lossy}};
    message_consumer<Sample> reader{name, {.wants = samepage::demand::lossy}};
    const auto publish = [&](capnp::uint bytes) {
        auto draft = producer.loan(bytes + 512);
        draft.root().initBlob(bytes)[bytes - 1] = 9;
        return draft.publish();
    };
    BOOST_REQUIRE((publish(1000) == outcome::ok));
    const auto held = holder.take();
    BOOST_REQUIRE(held);
    for (int i = 0; i < 2; ++i) {
        BOOST_REQUIRE((publish(5000) == outcome::ok)); // the ring's end comes near, and with it what is held
    }
    auto draft = producer.loan(1024);
    draft.root().initBlob(6000);
    BOOST_TEST((draft.publish() == outcome::full)); // and did not wait for the holder
    draft.discard();
    BOOST_REQUIRE((publish(6000) == outcome::ok)); // steps over it
    const auto newest = reader.take_latest();
    BOOST_REQUIRE(newest);
    BOOST_TEST(newest.root().getBlob().size() == 6000U);
    BOOST_TEST(held.root().getBlob()[999] == 9);
}

BOOST_AUTO_TEST_CASE(growing_waits_for_a_lossless_consumer_while_a_lossy_one_holds_something_elsewhere)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> holder{name, {.wants = samepage::demand::lossy}};
    message_consumer<Sample> slow{name};
    const auto publish = [&](capnp::uint bytes) {
        auto draft = producer.loan(bytes + 512);
        draft.root().initBlob(bytes)[bytes - 1] = 9;
        return draft.publish();
    };
    BOOST_REQUIRE((publish(1000) == outcome::ok));
    const auto held = holder.take();
    BOOST_REQUIRE(held);
    for (int i = 0; i < 4; ++i) {
        BOOST_REQUIRE((publish(2900) == outcome::ok));
    }
    for (int i = 0; i < 3; ++i) {
        BOOST_REQUIRE(slow.take());
    }
    BOOST_REQUIRE((publish(2900) == outcome::ok)); // steps over what is held, which is a lap away then
    auto draft = producer.loan(1024);
    std::thread releases([&] {
        std::this_thread::sleep_for(20ms);
        while (slow.try_take()) {
        }
    });
    draft.root().initBlob(5000)[4999] = 9;
    releases.join();
    BOOST_TEST((draft.publish() == outcome::ok));
    BOOST_TEST(held.root().getBlob()[999] == 9);
}

BOOST_AUTO_TEST_CASE(a_draft_of_a_producer_that_closed_says_so_instead_of_being_published)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan();
    draft.root().setText("late");
    producer.close();
    BOOST_REQUIRE((draft.publish() == outcome::closed));
    BOOST_TEST(view(draft.root().getText().asReader()) == "late");
    draft.root().initNumbers(5000); // outgrows it
    BOOST_REQUIRE((draft.publish() == outcome::closed));
    BOOST_TEST((consumer.take().why() == outcome::closed));
}

BOOST_AUTO_TEST_CASE(a_draft_in_the_child_of_a_fork_is_the_parents)
{
    message_producer<Sample> producer{name};
    message_consumer<Sample> consumer{name};
    auto draft = producer.loan();
    draft.root().setText("the parent's");
    support::forked child([&] {
        if (draft.publish() != outcome::invalid_after_fork || draft.init_blob("blob", 50'000)) {
            return 1;
        }
        draft.discard();
        return producer.try_loan().why() == outcome::invalid_after_fork ? 0 : 2;
    });
    BOOST_TEST(child.wait() == 0);
    BOOST_REQUIRE((draft.publish() == outcome::ok));
    BOOST_TEST(view(consumer.take().root().getText()) == "the parent's");
}

BOOST_AUTO_TEST_CASE(a_message_of_the_largest_size_grows_to_it_and_one_word_more_does_not)
{
    message_producer<Sample> producer{name, ring_of(16384)};
    message_consumer<Sample> consumer{name};
    const auto beside = [&] {
        auto draft = producer.loan();
        draft.root().initBlob(8);
        return draft.message_bytes() - 8;
    }();
    // Before what lies in another piece Cap'n Proto puts a pointer to it.
    const auto most = static_cast<capnp::uint>(producer.max_message_bytes() - beside - 8);
    for (const capnp::uint bytes : {most & ~7U, (most & ~7U) + 8}) {
        auto draft = producer.loan(beside); // without room for the blob
        draft.root().initBlob(bytes)[bytes - 1] = 9;
        const bool fits = bytes <= most;
        BOOST_TEST((draft.publish() == (fits ? outcome::ok : outcome::too_large)));
        if (fits) {
            BOOST_TEST(consumer.take().root().getBlob()[bytes - 1] == 9);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
