// SPDX-License-Identifier: BSL-1.0
// message_mutation_test.cpp: what a check says of spoilt messages, held against what Cap'n Proto's readers do with
// them.
#include "check_samples.hpp"
#include "guarded_record.hpp"
#include "mutation.hpp"
#include "pointer_words.hpp"
#include "whole_message.hpp"

#include <samepage/channel/message_check.hpp>
#include <samepage/channel/page_reader.hpp>

#include <boost/test/unit_test.hpp>
#include <kj/exception.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>

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

// SAMEPAGE_TEST_MUTATIONS of them.
BOOST_AUTO_TEST_CASE(a_check_says_of_spoilt_messages_what_the_readers_find)
{
    const char* const told = std::getenv("SAMEPAGE_TEST_MUTATIONS");
    const std::size_t mutations = told != nullptr ? std::strtoull(told, nullptr, 10) : usual_mutations;
    const char* const told_seed = std::getenv("SAMEPAGE_TEST_SEED");
    const auto seed = told_seed != nullptr ? std::strtoull(told_seed, nullptr, 10) : 20261127;
    BOOST_TEST_MESSAGE("seed " << seed);
    std::mt19937_64 random(seed);

    const auto known = plans();
    auto messages = check_samples::messages();
    const auto scattered = check_samples::scattered_messages();
    messages.insert(messages.end(), scattered.begin(), scattered.end());
    guarded_record page;
    tally count;
    for (std::size_t i = 0; i < mutations; ++i) {
        const auto& pristine = messages[random() % messages.size()];
        const auto words = page.put(pristine.words, random() % 4 != 0);
        const auto places = places_of(pristine.words);
        for (auto changes = 1 + random() % 4; changes != 0; --changes) {
            spoiling::spoil(words.subspan(random() % 8 == 0 ? 0 : 1), {}, random);
            if (!places.empty()) {
                spoiling::spoil(words, places, random);
            }
        }
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

BOOST_AUTO_TEST_SUITE_END()
