// SPDX-License-Identifier: BSL-1.0
// message_failure_test.cpp: whatever fails while a message is built, it reads back what was set, or is dropped, and the
// next one is right.
#include "failing_allocations.hpp"
#include "garbage_page.hpp"
#include "random_building.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/page_builder.hpp>
#include <samepage/channel/page_reader.hpp>

#include <boost/test/unit_test.hpp>
#include <kj/exception.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>

using everything::Everything;
using random_messages::expected_message;
using random_messages::no_room;
using random_messages::numbers;
using samepage::message_consumer;
using samepage::message_producer;
using samepage::outcome;
using samepage::page_builder;
using samepage::page_reader;

namespace {

/// Lends more, but not at one call, or not from it on.
class failing_room final : public samepage::page_room {
public:
    failing_room(std::size_t bytes, int fails_at, bool for_good)
        : bytes_(bytes), fails_at_(fails_at), for_good_(for_good)
    {
    }
    outcome extend(std::size_t bytes, need /*how*/) noexcept override
    {
        const int call = calls++;
        if (bytes > bytes_) {
            return outcome::too_large;
        }
        return call == fails_at_ || (for_good_ && call > fails_at_) ? outcome::full : outcome::ok;
    }
    int calls = 0;

private:
    std::size_t bytes_;
    int fails_at_;
    bool for_good_;
};

/// Builds with growth failing at one place. @return calls for room that there were; sets `wrong`
int build_with_failure(std::uint64_t seed, std::size_t first_bytes, int fails_at, bool for_good,
                       const expected_message& expected, std::string& wrong)
{
    garbage_page page(1 << 18);
    failing_room room(page.bytes().size(), fails_at, for_good);
    page_builder builder(page.bytes().first(first_bytes), SIZE_MAX, {0, 0}, &room);
    samepage::blob_fields known;
    bool whole = true;
    try {
        random_messages::build(builder, seed, known);
    } catch (const no_room&) {
        whole = false; // and the message is as it was before
    }
    const auto root = [&] { return builder.message().getRoot<Everything>().asReader(); };
    if (whole ? !expected.equals(root()) : random_messages::canonical(root()).size() == 0) {
        wrong = "it does not read back";
    }
    const bool fits = builder.overflow() == outcome::ok;
    const auto message = builder.finish();
    if (fits == message.empty()) {
        wrong = "finish() and overflow() disagree";
    }
    if (fits) {
        page_reader reader(message);
        if (reader.segment_count() != 1 || (whole && !expected.equals(reader.getRoot<Everything>()))) {
            wrong = "it is another message once finished";
        }
    }
    const auto clean = builder.clean(message.size());
    const auto end = std::min(clean.end, page.bytes().size());
    const auto begin = std::min(clean.begin, end);
    if (!std::ranges::all_of(page.bytes().subspan(begin, end - begin),
                             [](std::byte each) { return each == std::byte{0}; })) {
        wrong = "what is said to be zero is not";
    }
    if (!page.guards_intact()) {
        wrong = "something was written beside the page";
    }
    return room.calls;
}

} // namespace

BOOST_AUTO_TEST_SUITE(message_failures)

BOOST_AUTO_TEST_CASE(growth_that_fails_at_any_place_leaves_what_was_set_and_zeros_where_they_are_said_to_be)
{
    int failures = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        numbers next(seed);
        const std::size_t first_bytes = next.one_in(3) ? 16 : 8 * next.below(200);
        const expected_message expected(seed);
        std::string wrong;
        const int calls = build_with_failure(seed, first_bytes, -1, false, expected, wrong);
        BOOST_REQUIRE_MESSAGE(wrong.empty(), wrong << ", seed " << seed);
        for (int at = 0; at < std::min(calls, 30); ++at) {
            for (const bool for_good : {false, true}) {
                build_with_failure(seed, first_bytes, at, for_good, expected, wrong);
                BOOST_REQUIRE_MESSAGE(wrong.empty(), wrong << ", seed " << seed << ", call " << at << " fails"
                                                           << (for_good ? ", and all after it" : ""));
                ++failures;
            }
        }
    }
    BOOST_TEST(failures > 1000);
}

BOOST_AUTO_TEST_CASE(an_allocation_that_fails_at_any_place_leaves_a_draft_to_discard)
{
    const support::scratch_channel channel;
    message_producer<Everything> producer{channel.name(), {.capacity_bytes = 65536}};
    message_consumer<Everything> consumer{channel.name()};
    unsigned failures = 0;
    unsigned published = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        bool happened = true;
        for (std::size_t which = 1; happened && which < 400; ++which) {
            auto draft = producer.loan(16);
            BOOST_REQUIRE(draft);
            bool failed = false;
            {
                const failing_allocation fails(which);
                try {
                    random_messages::build(draft, seed);
                } catch (const std::bad_alloc&) {
                    failed = true;
                } catch (const kj::Exception&) { // as Cap'n Proto puts it where it catches all
                    failed = true;
                } catch (const no_room&) {
                }
                happened = failing_allocation::happened();
            }
            draft.discard();
            failures += static_cast<unsigned>(failed);
            if (which % 8 != 0) {
                continue;
            }
            auto after = producer.loan(16);
            try {
                random_messages::build(after, seed + 1);
            } catch (const no_room&) {
                continue;
            }
            if (after.publish() == outcome::ok) {
                ++published;
                const auto message = consumer.try_take();
                BOOST_REQUIRE_MESSAGE(message, message.fault());
                BOOST_REQUIRE_MESSAGE(expected_message(seed + 1).equals(message.root()),
                                      "after seed " << seed << ", allocation " << which);
            }
        }
    }
    BOOST_TEST(failures > 1000U);
    BOOST_TEST(published > 100U);
}

BOOST_AUTO_TEST_CASE(a_publish_that_found_no_memory_to_join_a_grown_message_may_be_tried_again)
{
    const support::scratch_channel channel;
    message_producer<Everything> producer{channel.name(), {.capacity_bytes = 262144}};
    message_consumer<Everything> consumer{channel.name()};
    unsigned failures = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        auto draft = producer.loan(16);
        try {
            random_messages::build(draft, seed);
        } catch (const no_room&) {
            continue;
        }
        auto result = outcome::empty;
        for (std::size_t which = 1; result == outcome::empty; ++which) {
            const failing_allocation fails(which);
            try {
                result = draft.publish();
            } catch (const std::bad_alloc&) {
                ++failures;
            }
        }
        BOOST_REQUIRE((result == outcome::ok));
        const auto message = consumer.try_take();
        BOOST_REQUIRE_MESSAGE(message, message.fault());
        BOOST_REQUIRE_MESSAGE(expected_message(seed).equals(message.root()), "seed " << seed);
    }
    BOOST_TEST(failures > 400U);
}

BOOST_AUTO_TEST_SUITE_END()
