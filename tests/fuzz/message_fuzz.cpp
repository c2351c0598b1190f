// SPDX-License-Identifier: BSL-1.0
// message_fuzz.cpp: any bytes as a message, or a sound one that the input changes: what the check says of it is what
// Cap'n Proto's readers find, and nothing outside it is read. Pages without access watch the library's own reads. Or it
// lies over the end of a ring, where all other bytes are poisoned.
#include "capnp/check_samples.hpp"
#include "capnp/guarded_record.hpp"
#include "capnp/mutation.hpp"
#include "capnp/pointer_words.hpp"
#include "capnp/whole_message.hpp"
#include "capnp/wrapped_record.hpp"
#include "fuzz/input.hpp"

#include <samepage/channel/message_check.hpp>
#include <samepage/channel/message_copy.hpp>
#include <samepage/channel/page_reader.hpp>

#include <kj/exception.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using samepage::message_plan;
using samepage::page_reader;

[[noreturn]] void fail(const std::string& what)
{
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

/// The pristine messages, the types they are read as, and what the check has of each.
struct bench {
    std::vector<check_samples::message> messages = check_samples::messages();
    std::vector<std::vector<std::size_t>> places; ///< of each message's pointers
    std::vector<std::unique_ptr<message_plan>> plans;
    guarded_record page;
    wrapped_record ring;

    bench()
    {
        for (auto& message : check_samples::scattered_messages()) {
            messages.push_back(std::move(message));
        }
        for (const auto& message : messages) {
            auto& found = places.emplace_back();
            if (static_cast<std::uint32_t>(message.words[0]) == 0) {
                found = spoiling::pointer_words(std::span{message.words}.subspan(1), true);
                for (auto& place : found) {
                    ++place;
                }
            }
        }
        for (const auto& type : check_samples::types()) {
            plans.push_back(std::make_unique<message_plan>(type.schema));
        }
    }
};

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

/// Of one record in one place.
void look(const bench& here, std::span<const std::byte> record, std::size_t type, const capnp::ReaderOptions& limits)
{
    page_reader reader(record, limits);
    samepage::message_copy<samples::Sample> copy;
    const auto copied = copy.assign(record, {.nesting = limits.nestingLimit});
    if (!reader) {
        if (copied != samepage::outcome::corrupt) {
            fail("a copy of what is no message");
        }
        return;
    }
    const auto& as = check_samples::types()[type];
    const auto& plan = *here.plans[type];
    const auto dynamic = [&](capnp::MessageReader& message) { return whole_message::sum_of(message, as.schema); };
    const auto fault = samepage::check_message(plan, reader, limits);
    if (fault) {
        if (!thrown(dynamic, record, limits)) {
            fail("readers read all of it, but " + fault.text(plan));
        }
        static_cast<void>(thrown(as.sum_of, record, limits)); // as read() would: an exception, or what it reads
    } else {
        auto unlimited = limits;
        unlimited.traversalLimitInWords = UINT64_MAX;
        if (const auto by_reader = thrown(dynamic, record, unlimited)) {
            fail("called sound, but DynamicStruct throws " + *by_reader);
        }
        if (const auto by_reader = thrown(as.sum_of, record, unlimited)) {
            fail("called sound, but a generated getter throws " + *by_reader);
        }
    }
    if (copied == samepage::outcome::ok) {
        if (const auto by_reader =
                thrown([&](auto&) { return check_samples::types()[4].sum_of(copy.reader()); }, record, limits)) {
            fail("a copy that is sound throws " + *by_reader);
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count)
{
    static bench here;
    fuzz::input from{bytes, count};
    const auto how = from.take<std::uint8_t>();
    capnp::ReaderOptions limits;
    limits.traversalLimitInWords = std::uint64_t{1} << (4 + from.take<std::uint8_t>() % 11U);
    limits.nestingLimit = (how & 3U) == 0 ? from.take<std::uint8_t>() % 16 : 64;
    const bool at_end = (how & 4U) == 0;
    if ((how & 0x38U) == 0x38U) { // as it comes
        const std::size_t type = from.take<std::uint8_t>() % here.plans.size();
        const auto words = here.page.room(std::min(from.size(), guarded_record::most_bytes) / 8, at_end);
        from.take(words.data(), words.size_bytes());
        look(here, std::as_bytes(words), type, limits);
        return 0;
    }
    const auto index = from.take<std::uint8_t>() % here.messages.size();
    const auto& message = here.messages[index];
    const auto words = (how & 0x38U) == 0x30U
                           ? here.ring.put(message.words, 1 + from.take<std::uint16_t>() % (message.words.size() - 1))
                           : here.page.put(message.words, at_end);
    const auto next = [&] {
        const auto small = from.take<std::uint16_t>();
        return (small & 0x8000U) == 0 ? small : from.take<std::uint64_t>();
    };
    for (int changes = 0; changes < 32 && !from.empty(); ++changes) {
        spoiling::spoil(words, here.places[index], next);
    }
    look(here, std::as_bytes(words), (how & 0xC0U) == 0xC0U ? how % here.plans.size() : message.type, limits);
    return 0;
}
