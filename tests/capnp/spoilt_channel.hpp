// SPDX-License-Identifier: BSL-1.0
// spoilt_channel.hpp: a channel of samples whose producer publishes any bytes it likes.
#pragma once

#include "sample_messages.hpp"

#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_type.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

struct spoilt_channel {
    spoilt_channel() : producer{name, {}, samepage::describe_messages<samples::Sample>()} {}
    spoilt_channel(const spoilt_channel&) = delete;
    spoilt_channel& operator=(const spoilt_channel&) = delete;
    ~spoilt_channel() { samepage::remove_channel(name); }

    /// A sound message; the root pointer is its second word.
    static std::vector<std::uint64_t> sample(std::uint32_t seed)
    {
        capnp::MallocMessageBuilder builder(4096);
        sample_messages::fill(builder.initRoot<samples::Sample>(), seed);
        const auto flat = capnp::messageToFlatArray(builder);
        std::vector<std::uint64_t> words(flat.size());
        std::memcpy(words.data(), flat.begin(), flat.asBytes().size());
        return words;
    }
    /// Pointer `slot` of its root.
    static std::uint64_t& pointer(std::vector<std::uint64_t>& sample, std::size_t slot)
    {
        return sample[2 + (sample[1] >> 32U & 0xFFFFU) + slot];
    }

    void publish(const std::vector<std::uint64_t>& words)
    {
        auto loan = producer.loan(words.size() * 8);
        std::memcpy(loan.data(), words.data(), words.size() * 8);
        loan.publish();
    }

    std::string name = "test-capnp-spoilt-" + std::to_string(::getpid());
    samepage::bytes_producer producer;
};

inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}
