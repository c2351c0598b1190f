// SPDX-License-Identifier: BSL-1.0
// sample_messages.cpp: what the fields hold, as functions of the seed.
#include "sample_messages.hpp"

namespace sample_messages {
namespace {

std::string text_of(std::uint32_t seed)
{
    std::string text;
    for (std::size_t i = 0; i < text_bytes(seed); ++i) {
        text += static_cast<char>('a' + (seed + i) % 26);
    }
    return text;
}

std::uint32_t blob_bytes(std::uint32_t seed)
{
    return seed % 517;
}
std::uint8_t blob_byte(std::uint32_t seed, std::uint32_t i)
{
    return static_cast<std::uint8_t>((seed * 31 + i * 7) & 0xFFU);
}
std::uint32_t number_count(std::uint32_t seed)
{
    return seed % 97;
}
std::uint32_t level_count(std::uint32_t seed)
{
    return seed % 13;
}

} // namespace

std::size_t text_bytes(std::uint32_t seed)
{
    return seed % 211;
}

void fill(samples::Sample::Builder sample, std::uint32_t seed)
{
    sample.setFlag(seed % 2 == 1);
    sample.setTiny(static_cast<std::int8_t>(-static_cast<int>(seed % 100)));
    sample.setSmall(static_cast<std::uint16_t>(seed % 60000));
    sample.setNumber(-static_cast<std::int32_t>(seed % 1000000));
    sample.setSequence(std::uint64_t{seed} << 32U);
    sample.setRatio(static_cast<float>(seed % 1000) / 8);
    sample.setValue(seed / 3.0);
    sample.setSide(seed % 2 == 1 ? samples::Side::BID : samples::Side::ASK);

    sample.setText(text_of(seed));
    auto blob = sample.initBlob(blob_bytes(seed));
    for (std::uint32_t i = 0; i < blob.size(); ++i) {
        blob[i] = blob_byte(seed, i);
    }
    auto numbers = sample.initNumbers(number_count(seed));
    auto flags = sample.initFlags(number_count(seed));
    for (std::uint32_t i = 0; i < numbers.size(); ++i) {
        numbers.set(i, seed ^ i);
        flags.set(i, (seed + i) % 3 == 0);
    }
    auto names = sample.initNames(3);
    names.set(0, "first");
    names.set(1, "");
    names.set(2, std::to_string(seed));
    auto levels = sample.initLevels(level_count(seed));
    for (std::uint32_t i = 0; i < levels.size(); ++i) {
        levels[i].setPrice(seed + i / 4.0);
        levels[i].setQuantity(i);
    }
    auto table = sample.initTable(2);
    table.init(0, 2).set(1, 11);
    table.init(1, 0);

    sample.initBest().setPrice(seed + 0.5);
    sample.initInner().initInner().setText("innermost");
    switch (seed % 4) {
    case 0: sample.getPayload().setNone(); break;
    case 1: sample.getPayload().setCount(seed); break;
    case 2: sample.getPayload().setNote("a note"); break;
    default: sample.getPayload().initLevel().setQuantity(seed); break;
    }
    auto origin = sample.initOrigin();
    origin.setHost("localhost");
    origin.setPort(static_cast<std::uint16_t>(seed % 1000));
}

#define SAMEPAGE_SAME(condition)                                                                                       \
    if (!(condition))                                                                                                  \
    return "seed " + std::to_string(seed) + ": not so: " #condition

std::string difference(samples::Sample::Reader sample, std::uint32_t seed)
{
    SAMEPAGE_SAME(sample.getFlag() == (seed % 2 == 1));
    SAMEPAGE_SAME(sample.getTiny() == -static_cast<int>(seed % 100));
    SAMEPAGE_SAME(sample.getSmall() == seed % 60000);
    SAMEPAGE_SAME(sample.getNumber() == -static_cast<std::int32_t>(seed % 1000000));
    SAMEPAGE_SAME(sample.getSequence() == std::uint64_t{seed} << 32U);
    SAMEPAGE_SAME(sample.getRatio() == static_cast<float>(seed % 1000) / 8);
    SAMEPAGE_SAME(sample.getValue() == seed / 3.0);
    SAMEPAGE_SAME(sample.getSide() == (seed % 2 == 1 ? samples::Side::BID : samples::Side::ASK));

    SAMEPAGE_SAME(sample.getText() == text_of(seed).c_str());
    const auto blob = sample.getBlob();
    SAMEPAGE_SAME(blob.size() == blob_bytes(seed));
    for (std::uint32_t i = 0; i < blob.size(); ++i) {
        SAMEPAGE_SAME(blob[i] == blob_byte(seed, i));
    }
    const auto numbers = sample.getNumbers();
    const auto flags = sample.getFlags();
    SAMEPAGE_SAME(numbers.size() == number_count(seed));
    SAMEPAGE_SAME(flags.size() == number_count(seed));
    for (std::uint32_t i = 0; i < numbers.size(); ++i) {
        SAMEPAGE_SAME(numbers[i] == (seed ^ i));
        SAMEPAGE_SAME(flags[i] == ((seed + i) % 3 == 0));
    }
    SAMEPAGE_SAME(sample.getNames().size() == 3);
    SAMEPAGE_SAME(sample.getNames()[0] == "first");
    SAMEPAGE_SAME(sample.getNames()[1] == "");
    SAMEPAGE_SAME(sample.getNames()[2] == std::to_string(seed).c_str());
    const auto levels = sample.getLevels();
    SAMEPAGE_SAME(levels.size() == level_count(seed));
    for (std::uint32_t i = 0; i < levels.size(); ++i) {
        SAMEPAGE_SAME(levels[i].getPrice() == seed + i / 4.0);
        SAMEPAGE_SAME(levels[i].getQuantity() == i);
    }
    SAMEPAGE_SAME(sample.getTable().size() == 2);
    SAMEPAGE_SAME(sample.getTable()[0].size() == 2);
    SAMEPAGE_SAME(sample.getTable()[0][0] == 0);
    SAMEPAGE_SAME(sample.getTable()[0][1] == 11);
    SAMEPAGE_SAME(sample.getTable()[1].size() == 0);

    SAMEPAGE_SAME(sample.getBest().getPrice() == seed + 0.5);
    SAMEPAGE_SAME(sample.getBest().getQuantity() == 0);
    SAMEPAGE_SAME(sample.getInner().getInner().getText() == "innermost");
    SAMEPAGE_SAME(!sample.getInner().getInner().hasInner());
    const auto payload = sample.getPayload();
    SAMEPAGE_SAME(static_cast<std::uint32_t>(payload.which()) == seed % 4);
    SAMEPAGE_SAME(!payload.isCount() || payload.getCount() == seed);
    SAMEPAGE_SAME(!payload.isNote() || payload.getNote() == "a note");
    SAMEPAGE_SAME(!payload.isLevel() || payload.getLevel().getQuantity() == seed);
    SAMEPAGE_SAME(sample.getOrigin().getHost() == "localhost");
    SAMEPAGE_SAME(sample.getOrigin().getPort() == seed % 1000);

    // Not set by fill(): the schema's defaults.
    SAMEPAGE_SAME(sample.getAnswer() == 42);
    SAMEPAGE_SAME(sample.getUnit() == "EUR");
    SAMEPAGE_SAME(sample.getLimits().size() == 3);
    SAMEPAGE_SAME(sample.getLimits()[2] == 3);
    SAMEPAGE_SAME(sample.getSpread().getPrice() == 0.25);
    SAMEPAGE_SAME(sample.getSpread().getQuantity() == 7);
    return {};
}

} // namespace sample_messages
