// SPDX-License-Identifier: BSL-1.0
// counted_reading.hpp: a sample read by its generated getters, each counted, and where it lies held against the record.
#pragma once

#include <capnp/any.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include <samples.capnp.h>

/// What getters did, over any number of messages.
struct counted_reading {
    std::uint64_t reads = 0;         ///< calls of getters, elements of lists included
    std::uint64_t out_of_bounds = 0; ///< structs, lists, texts and data not all of which is in the record
    std::uint64_t sum = 0;           ///< of what was read, so that it is

    void read(samples::Sample::Reader sample, std::span<const std::byte> record)
    {
        bounds_ = record;
        all(sample);
    }

private:
    void all(samples::Sample::Reader sample)
    {
        structure(sample);
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
        for (const auto each : sample.getLevels()) {
            level(each);
        }
        for (const auto row : sample.getTable()) {
            numbers(row);
        }
        level(sample.getBest());
        text(sample.getOrigin().getHost());
        const auto payload = sample.getPayload();
        switch (payload.which()) {
        case samples::Sample::Payload::NOTE: text(payload.getNote()); break;
        case samples::Sample::Payload::LEVEL: level(payload.getLevel()); break;
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
        const capnp::AnyList::Reader any{list};
        if (any.getElementSize() == capnp::ElementSize::INLINE_COMPOSITE) { // numbers that grew into structs
            for (const auto each : any.as<capnp::List<capnp::AnyStruct>>()) {
                structure(each);
            }
        } else {
            within(any.getRawBytes());
        }
        for (const auto each : list) {
            number(each);
        }
    }
    void level(samples::Level::Reader level)
    {
        structure(level);
        number(level.getQuantity());
    }
    void structure(capnp::AnyStruct::Reader any)
    {
        const auto data = any.getDataSection();
        within({data.begin(), data.size() + any.getPointerSection().size() * 8}); // the pointers are behind the data
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
        within({begin, count});
        for (std::size_t i = 0; i < count; ++i) {
            sum += begin[i];
        }
    }
    void within(kj::ArrayPtr<const capnp::byte> part)
    {
        const auto* const first = reinterpret_cast<const std::byte*>(part.begin());
        const std::less<> before;
        if (part.size() != 0 && (before(first, bounds_.data()) || part.size() > bounds_.size() ||
                                 before(bounds_.data() + (bounds_.size() - part.size()), first))) {
            ++out_of_bounds;
        }
    }

    std::span<const std::byte> bounds_;
};
