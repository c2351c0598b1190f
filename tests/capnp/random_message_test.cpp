// SPDX-License-Identifier: BSL-1.0
// random_message_test.cpp: messages with every kind of field, built by random programs in small rings and on the heap,
// are equal once they went over the wrap.
//
// Messages come in rounds of `per_round`, each in a channel of its own. A round depends on its seed alone:
//     capnp_random_test -- SEED COUNT
// publishes COUNT messages (SEED alone: one round in each case) and those that the last rounds have more; the first
// round of each case has SEED. Without arguments COUNT is 100,000, a tenth of it under a sanitizer, as decided when
// compiled.
#include "random_building.hpp"
#include "random_program.hpp"
#include "support/child.hpp"
#include "support/scratch.hpp"

#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/page_builder.hpp>
#include <samepage/channel/page_reader.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <capnp/dynamic.h>
#include <capnp/message.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SAMEPAGE_TEST_SANITIZED 1
#endif
#endif

using everything::Everything;
using random_messages::expected_message;
using random_messages::no_room;
using random_messages::numbers;
using samepage::message_consumer;
using samepage::message_draft;
using samepage::message_producer;
using samepage::outcome;
using samepage::page_builder;
using samepage::page_reader;

namespace {

#ifdef SAMEPAGE_TEST_SANITIZED
constexpr std::uint64_t default_count = 10'000;
#else
constexpr std::uint64_t default_count = 100'000;
#endif
constexpr unsigned per_round = 500;

struct ring_kind {
    std::size_t capacity_bytes;
    std::size_t payload_alignment;
    friend std::ostream& operator<<(std::ostream& to, const ring_kind& kind)
    {
        return to << kind.capacity_bytes << " bytes, payloads aligned to " << kind.payload_alignment;
    }
};
constexpr std::array<ring_kind, 8> kinds{
    {{16384, 8}, {32768, 8}, {32768, 64}, {65536, 8}, {65536, 512}, {65536, 4096}, {131072, 16}, {262144, 8}}};

std::optional<std::uint64_t> argument(int index)
{
    const auto& suite = boost::unit_test::framework::master_test_suite();
    return index < suite.argc ? std::optional{std::stoull(suite.argv[index])} : std::nullopt;
}

std::uint64_t count_in_a_case()
{
    return argument(1) && !argument(2) ? 1 : argument(2).value_or(default_count) / kinds.size();
}

/// Zeros at an address that lies in its page as another one does, of which as much is lent as that one's draft was.
class zeroed_page final : public samepage::page_room {
public:
    explicit zeroed_page(std::size_t bytes) : bytes_(bytes), words_((bytes + page_builder::most_alignment) / 8 + 512) {}

    outcome extend(std::size_t bytes, need /*how*/) noexcept override
    {
        return bytes <= bytes_ ? outcome::ok : outcome::too_large;
    }

    /// The record of the same program. Lifetime: until the next one.
    std::span<const std::byte> build(std::uint64_t seed, const std::byte* other, std::size_t message_bytes,
                                     std::size_t blob_bytes)
    {
        std::ranges::fill(words_, 0);
        auto* const begin = reinterpret_cast<std::byte*>(words_.data());
        const auto shift = (reinterpret_cast<std::uintptr_t>(other) - reinterpret_cast<std::uintptr_t>(begin)) %
                           page_builder::most_alignment;
        page_builder builder({begin + shift, message_bytes + blob_bytes}, message_bytes, {0, SIZE_MAX}, this);
        random_messages::build(builder, seed, known_fields_);
        return builder.finish();
    }

private:
    std::size_t bytes_;
    std::vector<std::uint64_t> words_;
    samepage::blob_fields known_fields_;
};

struct counts {
    std::uint64_t published = 0;
    std::uint64_t discarded = 0;
    std::uint64_t no_room = 0;      ///< too large for the ring, or for what was left of it
    std::uint64_t compared = 0;     ///< byte for byte, to a page of zeros
    std::uint64_t grown = 0;        ///< larger than what they were lent
    std::uint64_t laps = 0;         ///< of the ring
    std::uint64_t over_the_end = 0; ///< lay over it
};

/// A channel full of stale bytes and the messages that pass through it.
class round_of_messages {
public:
    round_of_messages(std::uint64_t seed, const ring_kind& kind, counts& all)
        : next_(seed),
          all_(&all),
          producer_(channel_.name(),
                    {.capacity_bytes = kind.capacity_bytes, .payload_alignment = kind.payload_alignment}),
          consumer_(channel_.name(), {.held = 8}),
          zeroed_(producer_.max_message_bytes()),
          ring_(consumer_.info().ring),
          capacity_bytes_(consumer_.info().capacity_bytes)
    {
        make_stale();
    }

    /// @return what is wrong
    std::string pass(unsigned how_many)
    {
        while (how_many != 0) {
            std::string wrong;
            if (next_.one_in(5)) {
                wrong = pass_together(std::min(1 + next_.below(4), how_many), how_many);
            } else {
                wrong = pass_alone();
                --how_many;
            }
            if (!wrong.empty()) {
                return wrong + ", " + std::to_string(how_many) + " before the end of the round";
            }
        }
        return {};
    }

private:
    struct sent {
        std::uint64_t seed;
        std::uint64_t sum;
    };

    /// All of the ring is written to, and not with zeros.
    void make_stale()
    {
        std::vector<std::uint64_t> words(producer_.max_message_bytes() / 8 / 3, 0x5555'5555'5555'5555);
        const std::uint32_t size = static_cast<std::uint32_t>(words.size() - 1);
        words[0] = std::uint64_t{size} << 32U;
        for (int i = 0; i < 8; ++i) {
            BOOST_REQUIRE((producer_.publish_copy(std::as_bytes(std::span{words})) == outcome::ok));
            static_cast<void>(consumer_.take());
        }
    }

    std::size_t loan_bytes() // so that growing is common
    {
        switch (next_.below(8)) {
        case 0: return 0; // as usual
        case 1: return 16;
        case 2: return 1 + next_.below(64);
        case 3: return 1024;
        case 4: return producer_.max_message_bytes() / 2;
        default: return 1 + next_.below(4000);
        }
    }

    /// Nothing else is in the ring: the record is, byte for byte, that of a page of zeros.
    std::string pass_alone()
    {
        const auto seed = next_();
        const auto message_bytes = loan_bytes();
        const std::size_t blob_bytes = next_.one_in(4) ? next_.below(5000) : 0;
        auto draft =
            next_.one_in(2) ? producer_.loan(message_bytes, blob_bytes) : producer_.try_loan(message_bytes, blob_bytes);
        if (!draft) {
            return "no loan: " + std::string{samepage::to_string(draft.why())};
        }
        const auto built = send(draft, seed);
        if (!built) {
            return check_what_had_no_room(seed);
        }
        if (!draft_was_published_) {
            return {};
        }
        auto message = consumer_.try_take();
        if (auto wrong = check(message, *built); !wrong.empty()) {
            return wrong;
        }
        const auto record = message.bytes();
        if (message_bytes != 0) {
            const auto least = std::max(message_bytes, page_builder::smallest_message_bytes);
            const auto same = zeroed_.build(seed, record.data(), least, blob_bytes);
            ++all_->compared;
            all_->grown += static_cast<unsigned>(record.size() > least + blob_bytes);
            if (!std::ranges::equal(record, same)) {
                const auto [here, there] = std::ranges::mismatch(record, same);
                return "seed " + std::to_string(seed) + " differs from a page of zeros at byte " +
                       std::to_string(here - record.begin()) + " of " + std::to_string(record.size()) + ", " +
                       std::to_string(same.size());
            }
        }
        return {};
    }

    /// Several are in the ring, taken together and released in any order.
    std::string pass_together(unsigned most, unsigned& left)
    {
        std::vector<sent> waiting;
        for (unsigned i = 0; i < most; ++i, --left) {
            auto draft = producer_.try_loan(loan_bytes() / 2);
            if (!draft) {
                ++all_->no_room;
                continue;
            }
            const auto built = send(draft, next_());
            if (built && draft_was_published_) {
                waiting.push_back(*built);
            }
        }
        std::vector<samepage::message<Everything>> taken;
        for (const auto& each : waiting) {
            taken.push_back(consumer_.try_take());
            if (auto wrong = check(taken.back(), each); !wrong.empty()) {
                return wrong;
            }
        }
        while (!taken.empty()) {
            taken.erase(taken.begin() + next_.below(taken.size()));
        }
        return {};
    }

    /// @return nothing if there was no room for all of it
    std::optional<sent> send(message_draft<Everything>& draft, std::uint64_t seed)
    {
        draft_was_published_ = false;
        try {
            const auto sum = random_messages::build(draft, seed);
            if (next_.one_in(12)) {
                ++all_->discarded;
                draft.discard();
                return sent{seed, sum};
            }
            if (draft.publish() == outcome::ok) {
                draft_was_published_ = true;
                return sent{seed, sum};
            }
            overflowed_equal_ = expected_message(seed).equals(draft.root());
        } catch (const no_room&) {
            overflowed_equal_ = true; // it is half a message
        }
        ++all_->no_room;
        return std::nullopt;
    }

    /// A message that outgrew the ring holds what was set all the same.
    std::string check_what_had_no_room(std::uint64_t seed) const
    {
        return overflowed_equal_ ? "" : "seed " + std::to_string(seed) + " differs after it outgrew the ring";
    }

    std::string check(samepage::message<Everything>& message, const sent& what)
    {
        const auto of = "seed " + std::to_string(what.seed) + ": ";
        if (!message) {
            return of + std::string{samepage::to_string(message.why())} + " " + message.fault();
        }
        ++all_->published;
        const auto record = message.bytes();
        const auto offset = static_cast<std::size_t>(record.data() - ring_);
        all_->over_the_end += static_cast<unsigned>(offset + record.size() > capacity_bytes_);
        all_->laps += static_cast<unsigned>(offset < last_offset_);
        last_offset_ = offset;
        if (page_reader{record}.segment_count() != 1) {
            return of + "several segments";
        }
        const expected_message expected(what.seed);
        if (expected.sum() != what.sum) {
            return of + "the builders said different things while it was built";
        }
        return expected.equals(message.root()) ? "" : of + "it differs from what was built on the heap";
    }

    support::scratch_channel channel_;
    numbers next_;
    counts* all_;
    message_producer<Everything> producer_;
    message_consumer<Everything> consumer_;
    zeroed_page zeroed_;
    const std::byte* ring_;
    std::size_t capacity_bytes_;
    std::size_t last_offset_ = 0;
    bool draft_was_published_ = false;
    bool overflowed_equal_ = true;
};

/// Fields by type and name: those that a schema reaches, less those that a message has set.
class fields_not_set {
public:
    explicit fields_not_set(capnp::StructSchema root) { add(root); }

    void look_at(capnp::DynamicStruct::Reader message)
    {
        for (const auto field : message.getSchema().getFields()) {
            bool is_set = message.has(field, capnp::HasMode::NON_DEFAULT) || field.getType().isVoid();
            if (field.getProto().getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT) {
                is_set = false;
                KJ_IF_MAYBE (member, message.which()) {
                    is_set = *member == field;
                }
            }
            if (is_set) {
                left_.erase(name_of(message.getSchema(), field));
                look_into(message.get(field));
            }
        }
    }

    [[nodiscard]] const std::set<std::string>& left() const noexcept { return left_; }

private:
    static std::string name_of(capnp::StructSchema schema, capnp::StructSchema::Field field)
    {
        return std::string{schema.getProto().getDisplayName().cStr()} + "." + field.getProto().getName().cStr();
    }

    void add(capnp::StructSchema schema)
    {
        if (!types_.insert(schema.getProto().getId()).second) {
            return;
        }
        for (const auto field : schema.getFields()) {
            left_.insert(name_of(schema, field));
            auto type = field.getType();
            while (type.isList()) {
                type = type.asList().getElementType();
            }
            if (type.isStruct()) {
                add(type.asStruct());
            }
        }
    }

    void look_into(const capnp::DynamicValue::Reader& value)
    {
        if (value.getType() == capnp::DynamicValue::STRUCT) {
            look_at(value.as<capnp::DynamicStruct>());
        } else if (value.getType() == capnp::DynamicValue::LIST) {
            const auto list = value.as<capnp::DynamicList>();
            const auto element = list.getSchema().whichElementType();
            if (element == capnp::schema::Type::STRUCT || element == capnp::schema::Type::LIST) {
                for (const auto each : list) {
                    look_into(each);
                }
            }
        }
    }

    std::set<std::uint64_t> types_;
    std::set<std::string> left_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(random_messages_in_rings)

BOOST_AUTO_TEST_CASE(random_programs_set_every_field_of_every_type)
{
    fields_not_set fields(capnp::Schema::from<Everything>());
    const auto all = fields.left().size();
    for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
        capnp::MallocMessageBuilder message;
        random_messages::heap_workshop place(message);
        random_messages::run(seed, place);
        fields.look_at(message.getRoot<Everything>().asReader());
    }
    BOOST_TEST(all > 100U);
    BOOST_TEST(fields.left() == std::set<std::string>{}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(messages_of_random_programs_equal_those_built_on_the_heap_over_the_wrap, kinds, kind)
{
    counts all;
    const auto total = count_in_a_case();
    const auto first_seed = argument(1).value_or(1);
    auto seed = first_seed;
    for (; all.published < total; ++seed) {
        const auto wrong = round_of_messages(seed, kind, all).pass(per_round);
        BOOST_REQUIRE_MESSAGE(wrong.empty(), wrong << "; again with: -- " << seed);
    }
    BOOST_TEST_MESSAGE("  seeds " << first_seed << " to " << seed - 1 << ", rings of " << kind << ": " << all.published
                                  << " published, " << all.discarded << " discarded, " << all.no_room
                                  << " without room, " << all.compared << " compared with zeroed pages, " << all.grown
                                  << " larger than their loan, " << all.laps << " laps, " << all.over_the_end
                                  << " over the end");
    BOOST_TEST(all.grown > total / 20);
    BOOST_TEST(all.laps > total / 200);
    if (kind.payload_alignment < 4096) {
        BOOST_TEST(all.over_the_end > total / 400);
    }
}

SAMEPAGE_CHILD(publishes)
{
    numbers next(std::stoull(told.at(1)));
    message_producer<Everything> producer{told.at(0), {.capacity_bytes = 65536}};
    parent.say("there");
    parent.expect("go");
    for (auto left = std::stoull(told.at(2)); left != 0;) {
        const auto seed = next();
        auto draft = producer.loan(next.one_in(3) ? 0 : next.below(2000)); // waits, as its growth does
        try {
            random_messages::build(draft, seed);
        } catch (const no_room&) {
            continue;
        }
        const auto published = draft.publish();
        support::require(published == outcome::ok || published == outcome::too_large, samepage::to_string(published));
        left -= published == outcome::ok ? 1 : 0;
    }
}

BOOST_AUTO_TEST_CASE(messages_of_random_programs_in_another_process_equal_those_built_here)
{
    const auto count = std::max<std::uint64_t>(count_in_a_case() / 4, 1);
    const auto seed = argument(1).value_or(1);
    const support::scratch_channel channel;
    support::child producer("publishes", {channel.name(), std::to_string(seed), std::to_string(count)});
    producer.expect("there");
    message_consumer<Everything> consumer{channel.name()};
    producer.say("go");
    std::deque<samepage::message<Everything>> held;
    for (std::uint64_t i = 0; i < count; ++i) {
        auto next = consumer.try_take();
        if (next.why() == outcome::empty || next.why() == outcome::too_many_held) {
            held.clear(); // what is held may be in the way of a large one
            next = consumer.take();
        }
        held.push_back(std::move(next));
        BOOST_REQUIRE_MESSAGE(held.back(), held.back().fault() << "; again with: -- " << seed);
        const auto message = held.back().root();
        BOOST_REQUIRE_MESSAGE(expected_message(message.getSeed()).equals(message),
                              "program " << message.getSeed() << "; again with: -- " << seed);
        if (i % 3 != 0) {
            held.pop_front();
        }
    }
    held.clear();
    BOOST_TEST((consumer.take().why() == outcome::closed));
    BOOST_TEST(producer.wait() == support::ended_well);
    BOOST_TEST_MESSAGE("  " << count << " messages from seed " << seed << " of another process");
}

BOOST_AUTO_TEST_SUITE_END()
