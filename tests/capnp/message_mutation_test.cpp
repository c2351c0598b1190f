// SPDX-License-Identifier: BSL-1.0
// message_mutation_test.cpp: what a check says of spoilt messages, held against what Cap'n Proto's readers do with
// them.
#include "check_samples.hpp"
#include "guarded_record.hpp"
#include "mutation.hpp"
#include "pointer_words.hpp"
#include "whole_message.hpp"
#include "wrapped_record.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_check.hpp>
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/page_reader.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <boost/test/unit_test.hpp>
#include <kj/exception.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

using samepage::check_message;
using samepage::message_plan;
using samepage::page_reader;

namespace {

// A sanitizer makes each exception slow.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t usual_mutations = 20000;
#elif defined(__has_feature)
constexpr std::size_t usual_mutations =
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ? 20000 : 200000;
#else
constexpr std::size_t usual_mutations = 200000;
#endif

struct kept_plan {
    check_samples::type type;
    message_plan plan;
};

std::vector<kept_plan> plans()
{
    std::vector<kept_plan> made;
    for (const auto& type : check_samples::types()) {
        made.push_back({type, message_plan{type.schema}});
    }
    return made;
}

/// What Cap'n Proto throws when it reads everything with these limits.
std::optional<std::string> thrown(const auto& read, std::span<const std::byte> record,
                                  const capnp::ReaderOptions& limits)
{
    try {
        page_reader reader(record, limits);
        static_cast<void>(read(reader));
        return std::nullopt;
    } catch (const kj::Exception& fault) {
        return fault.getDescription().cStr();
    }
}

struct tally {
    std::size_t sound = 0;
    std::size_t faulty = 0;
    std::vector<std::size_t> by_kind = std::vector<std::size_t>(32);
};

/// Aborts the test at the first message of which check and readers do not say the same.
void compare(std::span<const std::byte> record, const kept_plan& with, const capnp::ReaderOptions& limits, tally& count,
             const std::string& what)
{
    page_reader reader(record, limits);
    if (!reader) {
        return;
    }
    const auto fault = check_message(with.plan, reader, limits);
    ++count.by_kind[static_cast<std::size_t>(fault.what)];
    ++(fault ? count.faulty : count.sound);
    const auto dynamic = [&](capnp::MessageReader& message) {
        return whole_message::sum_of(message, with.type.schema);
    };
    if (fault) {
        const auto by_reader = thrown(dynamic, record, limits);
        BOOST_REQUIRE_MESSAGE(by_reader.has_value(), what << ": readers read all of it, but " << fault.text(with.plan));
        return;
    }
    auto unlimited = limits;
    unlimited.traversalLimitInWords = UINT64_MAX;
    for (const auto& by_reader : {thrown(dynamic, record, unlimited), thrown(with.type.sum_of, record, unlimited)}) {
        BOOST_REQUIRE_MESSAGE(!by_reader, what << ": called sound, but a reader throws " << by_reader.value_or(""));
    }
}

std::vector<std::size_t> places_of(const std::vector<std::uint64_t>& message)
{
    if (static_cast<std::uint32_t>(message[0]) != 0) {
        return {};
    }
    auto places = spoiling::pointer_words(std::span{message}.subspan(1), true);
    std::for_each(places.begin(), places.end(), [](auto& place) { ++place; }); // behind the stream header
    return places;
}

std::mt19937_64 seeded()
{
    const char* const told = std::getenv("SAMEPAGE_TEST_SEED");
    const auto seed = told != nullptr ? std::strtoull(told, nullptr, 10) : 20261127;
    BOOST_TEST_MESSAGE("seed " << seed);
    return std::mt19937_64{seed};
}

std::vector<check_samples::message> all_messages()
{
    auto messages = check_samples::messages();
    auto scattered = check_samples::scattered_messages();
    std::move(scattered.begin(), scattered.end(), std::back_inserter(messages));
    return messages;
}

/// Changes words of a copy of `pristine` here and there.
void spoil(std::span<std::uint64_t> words, const std::vector<std::uint64_t>& pristine, std::mt19937_64& random)
{
    const auto places = places_of(pristine);
    for (auto changes = 1 + random() % 4; changes != 0; --changes) {
        spoiling::spoil(words.subspan(random() % 8 == 0 ? 0 : 1), {}, random);
        if (!places.empty()) {
            spoiling::spoil(words, places, random);
        }
    }
}

/// The name of a channel, which is gone with this.
struct ring_of_messages {
    ring_of_messages() = default;
    ring_of_messages(const ring_of_messages&) = delete;
    ring_of_messages& operator=(const ring_of_messages&) = delete;
    ~ring_of_messages() { samepage::remove_channel(name); }
    std::string name = "test-capnp-mutation-" + std::to_string(::getpid());
};

/// Spoils SAMEPAGE_TEST_MUTATIONS messages, each where `put(words, random)` copied it, and holds the check against the
/// readers.
void compare_spoilt_messages(std::size_t usual, const auto& put)
{
    const char* const told = std::getenv("SAMEPAGE_TEST_MUTATIONS");
    const std::size_t mutations = told != nullptr ? std::strtoull(told, nullptr, 10) : usual;
    auto random = seeded();
    const auto known = plans();
    const auto messages = all_messages();
    tally count;
    for (std::size_t i = 0; i < mutations; ++i) {
        const auto& pristine = messages[random() % messages.size()];
        const auto words = put(pristine.words, random);
        spoil(words, pristine.words, random);
        capnp::ReaderOptions limits;
        limits.traversalLimitInWords = std::size_t{1} << (9 + random() % 8);
        limits.nestingLimit = random() % 4 == 0 ? static_cast<int>(random() % 12) : 64;
        const auto& as = known[random() % 4 != 0 ? pristine.type : random() % known.size()];
        compare(std::as_bytes(words), as, limits, count, "mutation " + std::to_string(i));
    }
    BOOST_TEST_MESSAGE("sound " << count.sound << ", faulty " << count.faulty);
    for (std::size_t kind = 0; kind < count.by_kind.size(); ++kind) {
        BOOST_TEST_MESSAGE("kind " << kind << ": " << count.by_kind[kind]);
    }
    BOOST_TEST(count.sound > mutations / 50);
    BOOST_TEST(count.faulty > mutations / 50);
}

} // namespace

BOOST_AUTO_TEST_SUITE(message_mutation)

BOOST_AUTO_TEST_CASE(sound_messages_are_called_sound_whatever_their_segments)
{
    const samepage::read_limits limits;
    const auto known = plans();
    for (const auto& messages : {check_samples::messages(), check_samples::scattered_messages()}) {
        for (const auto& message : messages) {
            const auto record = std::as_bytes(std::span{message.words});
            page_reader reader(record);
            BOOST_REQUIRE(reader);
            const auto fault = check_message(known[message.type].plan, reader, limits.for_check(record.size()));
            BOOST_TEST(!fault, fault.text(known[message.type].plan));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_check_says_of_spoilt_messages_what_the_readers_find)
{
    guarded_record page;
    compare_spoilt_messages(usual_mutations,
                            [&](const auto& words, auto& random) { return page.put(words, random() % 4 != 0); });
}

BOOST_AUTO_TEST_CASE(a_check_says_the_same_of_spoilt_messages_over_the_end_of_a_ring)
{
    wrapped_record ring;
    compare_spoilt_messages(
        20000, [&](const auto& words, auto& random) { return ring.put(words, 1 + random() % (words.size() - 1)); });
}

// As they lie in a ring that its producer filled: a take with the check, and a copy, come to the verdict of a message
// that lies nowhere near a wrap.
BOOST_AUTO_TEST_CASE(spoilt_messages_taken_over_the_wrap_of_a_ring_have_the_verdict_they_have_elsewhere)
{
    auto random = seeded();
    auto messages = all_messages();
    std::erase_if(messages, [](const auto& each) { return each.type != 0; }); // checks::All
    const ring_of_messages ring;
    samepage::bytes_producer producer{ring.name, {.capacity_bytes = 16384}, samepage::describe_messages<checks::All>()};
    const samepage::read_limits limits{.least_words = 4096}; // for what leads in circles
    samepage::message_consumer<checks::All> consumer{ring.name, {}, limits};
    const auto info = consumer.info();
    const message_plan plan{capnp::Schema::from<checks::All>()};
    guarded_record elsewhere;
    samepage::message_copy<checks::All> copy;
    std::size_t over_the_wrap = 0;
    std::size_t sound = 0;
    constexpr std::size_t mutations = 10000;
    for (std::size_t i = 0; i < mutations; ++i) {
        const auto& pristine = messages[random() % messages.size()].words;
        {
            auto loan = producer.try_loan(pristine.size() * 8);
            BOOST_REQUIRE(loan);
            std::memcpy(loan.data(), pristine.data(), pristine.size() * 8);
            if (random() % 4 != 0) {
                spoil({reinterpret_cast<std::uint64_t*>(loan.data()), pristine.size()}, pristine, random);
            }
            loan.publish();
        }
        const auto message = consumer.try_take();
        const auto record = message.bytes();
        BOOST_REQUIRE(record.size() == pristine.size() * 8);
        const auto there = elsewhere.room(pristine.size());
        std::memcpy(there.data(), record.data(), record.size());
        page_reader reader(std::as_bytes(there), limits.once_checked());
        const auto verdict =
            reader ? check_message(plan, reader, limits.for_check(record.size())).why() : samepage::outcome::corrupt;
        BOOST_REQUIRE_MESSAGE(message.why() == verdict, "mutation " << i << ": " << message.fault());
        BOOST_REQUIRE((message.copy_into(copy) == verdict));
        if (message) {
            ++sound;
            const auto expected = whole_message::sum_of(reader, capnp::Schema::from<checks::All>());
            BOOST_REQUIRE(whole_message::sum_of(message.reader(), capnp::Schema::from<checks::All>()) == expected);
            BOOST_REQUIRE(whole_message::sum_of(copy.reader(), capnp::Schema::from<checks::All>()) == expected);
        }
        const auto offset = static_cast<std::size_t>(record.data() - info.ring);
        over_the_wrap += offset < info.capacity_bytes && offset + record.size() > info.capacity_bytes ? 1U : 0U;
    }
    BOOST_TEST_MESSAGE(sound << " sound, " << over_the_wrap << " over the wrap");
    BOOST_TEST(over_the_wrap > mutations / 100);
    BOOST_TEST(sound > mutations / 5);
    BOOST_TEST(sound < mutations / 2);
}

BOOST_AUTO_TEST_SUITE_END()
