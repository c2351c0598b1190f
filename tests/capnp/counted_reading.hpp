// SPDX-License-Identifier: BSL-1.0
// counted_reading.hpp: a sample read by its generated getters, each counted, each text and data held against the record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include <samples.capnp.h>

/// What getters did, over any number of messages.
struct counted_reading {
    std::uint64_t reads = 0;         ///< calls of getters, elements of lists included
    std::uint64_t out_of_bounds = 0; ///< texts, data and lists of which some part lies outside the record
    std::uint64_t sum = 0;           ///< of what was read, so that it is

    void read(samples::Sample::Reader sample, std::span<const std::byte> record)
    {
        bounds_ = record;
        all(sample);
    }

private:
    void all(samples::Sample::Reader sample)
    {
        number(sample.getFlag());
        number(sample.getSmall());
        number(sample.getSequence());
        number(static_cast<std::uint64_t>(sample.getSide()));
        text(sample.getText());
        const auto blob = sample.getBlob();
        bytes(blob.begin(), blob.size());
        numbers(sample.getNumbers());
        numbers(sample.getFlags());
        for (const auto name : sample.getNames()) {
            text(name);
        }
        for (const auto level : sample.getLevels()) {
            number(level.getQuantity());
        }
        for (const auto row : sample.getTable()) {
            numbers(row);
        }
        number(sample.getBest().getQuantity());
        text(sample.getOrigin().getHost());
        const auto payload = sample.getPayload();
        switch (payload.which()) {
        case samples::Sample::Payload::NOTE: text(payload.getNote()); break;
        case samples::Sample::Payload::LEVEL: number(payload.getLevel().getQuantity()); break;
        default: number(0);
        }
        if (sample.hasInner()) {
            all(sample.getInner());
        }
    }

    void number(std::uint64_t value)
    {
        ++reads;
        sum += value;
    }
    template <class List>
    void numbers(const List& list)
    {
        ++reads;
        for (const auto each : list) {
            number(each);
        }
    }
    void text(capnp::Text::Reader text)
    {
        if (text.size() != 0) { // else perhaps the schema's own
            bytes(reinterpret_cast<const capnp::byte*>(text.begin()), text.size() + 1);
        }
        ++reads;
    }
    void bytes(const capnp::byte* begin, std::size_t count)
    {
        ++reads;
        if (count == 0) {
            return;
        }
        const auto* const first = reinterpret_cast<const std::byte*>(begin);
        const std::less<> before;
        if (before(first, bounds_.data()) || count > bounds_.size() ||
            before(bounds_.data() + (bounds_.size() - count), first)) {
            ++out_of_bounds;
        }
        for (std::size_t i = 0; i < count; ++i) {
            sum += begin[i];
        }
    }

    std::span<const std::byte> bounds_;
};
