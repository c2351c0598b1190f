// SPDX-License-Identifier: BSL-1.0
// checks.cpp: what must hold at the end of the demo, and whether it does.
#include "checks.hpp"

#include "units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace demo {
namespace {

using frames = std::vector<std::uint64_t>;

std::string key(std::string_view channel, std::string_view what)
{
    return fmt::format("{}.{}", channel, what);
}

check equal(std::string_view channel, std::string what, std::string expected, std::string found)
{
    const auto result = expected == found ? check::result::held : check::result::broken;
    return {result, std::string(channel), std::move(what), std::move(expected), std::move(found)};
}

bool hidden(const frames& seen)
{
    return std::ranges::all_of(seen, [](std::uint64_t frame) { return frame == 0; });
}

std::string describe(const frames& seen)
{
    return fmt::format("{} pages, frames {} … {}", seen.size(), in_hex(seen.front()), in_hex(seen.back()));
}

/// A page that is not present (swapped out) proves nothing either way, so only those that both see are compared.
check equal_frames(std::string_view channel, const report& producer, const report& consumer)
{
    check made{check::result::held, std::string(channel), consumer.process() + ": physical frames", {}, {}};
    const frames expected = producer.hex_numbers(key(channel, "frames"));
    const frames found = consumer.hex_numbers(key(channel, "frames"));
    if (hidden(expected) || hidden(found)) {
        made.outcome = check::result::not_permitted;
        made.found = "their numbers are not permitted (CAP_SYS_ADMIN shows them)";
        return made;
    }
    made.expected = describe(expected);
    made.found = describe(found);
    if (expected.size() != found.size()) {
        made.outcome = check::result::broken;
        return made;
    }
    std::size_t compared = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (expected[i] == 0 || found[i] == 0) {
            continue;
        }
        ++compared;
        if (expected[i] != found[i]) {
            made.outcome = check::result::broken;
            made.expected = fmt::format("page {} in frame {}", i, in_hex(expected[i]));
            made.found = in_hex(found[i]);
            return made;
        }
    }
    if (compared == 0) {
        made.outcome = check::result::broken;
        made.found = "no page that both have";
    } else if (compared != expected.size()) {
        made.found += fmt::format(" ({} compared, the others are not in memory)", compared);
    }
    return made;
}

void judge_traffic(std::vector<check>& checks, std::string_view channel, const findings& all)
{
    for (const report& consumer : all.consumers) {
        const auto compare = [&](std::string_view what) {
            checks.push_back(equal(channel, fmt::format("{}: {}", consumer.process(), what),
                                   all.producer.text(key(channel, what)), consumer.text(key(channel, what))));
        };
        compare("records");
        compare("bytes");
        if (channel != "bytes") { // there the hash is held against somebody else's, sha256sum's
            compare("checksum");
        }
    }
}

void judge_pages(std::vector<check>& checks, std::string_view channel, const findings& all)
{
    const std::string& expected = all.producer.text(key(channel, "place.told"));
    const auto judge_process = [&](const report& process, std::string_view protection) {
        const std::string& name = process.process();
        checks.push_back(
            equal(channel, name + ": ring, says the kernel", expected, process.text(key(channel, "place.seen"))));
        checks.push_back(
            equal(channel, name + ": protection", std::string(protection), process.text(key(channel, "protection"))));
    };
    judge_process(all.producer, "rw-s");
    for (const report& consumer : all.consumers) {
        checks.push_back(equal(channel, consumer.process() + ": ring, says the library", expected,
                               consumer.text(key(channel, "place.told"))));
        judge_process(consumer, "r--s");
        checks.push_back(equal_frames(channel, all.producer, consumer));
    }
}

} // namespace

std::vector<check> judge(const findings& all)
{
    std::vector<check> checks;
    for (const std::string_view channel : channels) {
        judge_traffic(checks, channel, all);
    }
    for (const report& consumer : all.consumers) {
        checks.push_back(
            equal("bytes", consumer.process() + ": SHA-256", all.sha256sum, consumer.text("bytes.checksum")));
    }
    for (const std::string_view channel : channels) {
        judge_pages(checks, channel, all);
    }
    return checks;
}

bool all_held(const std::vector<check>& checks)
{
    return std::ranges::none_of(checks, [](const check& one) { return one.outcome == check::result::broken; });
}

bool same_frames(const report& producer, const std::vector<report>& consumers)
{
    return std::ranges::all_of(channels, [&](std::string_view channel) {
        return std::ranges::all_of(consumers, [&](const report& consumer) {
            return equal_frames(channel, producer, consumer).outcome != check::result::broken;
        });
    });
}

} // namespace demo
