// SPDX-License-Identifier: BSL-1.0
// message_kinds.hpp: the two ways of sending a Cap'n Proto message: built in the ring's pages; and built on the heap,
// flattened and copied to the same ring, as one would without samepage.
#pragma once

#include "channels.hpp"
#include "kernels.hpp"
#include "messages.capnp.h"
#include "site.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/message_consumer.hpp>
#include <samepage/channel/message_producer.hpp>
#include <samepage/channel/message_views.hpp>

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bench {

struct in_place {
    template <class Schema>
    using producer = samepage::message_producer<Schema>;
    template <class Schema>
    using consumer = samepage::message_consumer<Schema>;

    /// fill(root, draft)
    template <class Schema, class Fill>
    static void send(producer<Schema>& to, Fill&& fill)
    {
        auto draft = to.loan();
        if (!draft) [[unlikely]] {
            nothing_came(draft.why());
        }
        fill(draft.root(), draft);
        if (const auto why = draft.publish(); why != samepage::outcome::ok) [[unlikely]] {
            nothing_came(why);
        }
    }

    template <class Schema, class Read>
    static auto receive(consumer<Schema>& from, Read&& read)
    {
        const auto message = from.take();
        if (!message) [[unlikely]] {
            nothing_came(message.why());
        }
        return read(message.root());
    }

    /// Pixels of the message, to be written.
    static std::byte* pixels(Frame::Builder, samepage::message_draft<Frame>& draft, std::size_t bytes)
    {
        const auto blob = draft.init_blob("pixels", bytes, 64);
        if (!blob) [[unlikely]] {
            nothing_came(blob.why());
        }
        return blob.data();
    }
};

struct copied {
    template <class>
    using producer = samepage::bytes_producer;
    template <class>
    using consumer = samepage::bytes_consumer;

    template <class Schema, class Fill>
    static void send(samepage::bytes_producer& to, Fill&& fill)
    {
        capnp::MallocMessageBuilder message;
        fill(message.initRoot<Schema>(), message);
        const auto words = capnp::messageToFlatArray(message);
        const auto bytes = words.asBytes();
        auto record = to.loan(bytes.size());
        if (!record) [[unlikely]] {
            nothing_came(record.why());
        }
        std::memcpy(record.data(), bytes.begin(), bytes.size());
        record.publish();
    }

    template <class Schema, class Read>
    static auto receive(samepage::bytes_consumer& from, Read&& read)
    {
        const auto batch = from.take(1);
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        const auto record = batch.front();
        capnp::ReaderOptions unlimited;
        unlimited.traversalLimitInWords = UINT64_MAX;
        capnp::FlatArrayMessageReader message(
            {reinterpret_cast<const capnp::word*>(record.data()), record.size() / sizeof(capnp::word)}, unlimited);
        return read(message.getRoot<Schema>());
    }

    static std::byte* pixels(Frame::Builder root, capnp::MessageBuilder&, std::size_t bytes)
    {
        return reinterpret_cast<std::byte*>(root.initPixels(static_cast<unsigned>(bytes)).begin());
    }
};

/// As many bytes as a Reading takes, with no message around them: what the ring and the processor's caches take for it.
struct unwrapped {
    static constexpr std::size_t words = 152;

    template <class>
    using producer = samepage::bytes_producer;
    template <class>
    using consumer = samepage::bytes_consumer;

    template <class Schema, class Fill>
    static void send(samepage::bytes_producer& to, Fill&& fill)
    {
        auto record = to.loan(words * sizeof(std::uint64_t));
        if (!record) [[unlikely]] {
            nothing_came(record.why());
        }
        fill(reinterpret_cast<std::uint64_t*>(record.data()), record);
        record.publish();
    }

    template <class Schema, class Read>
    static auto receive(samepage::bytes_consumer& from, Read&& read)
    {
        const auto batch = from.take(1);
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        return read(reinterpret_cast<const std::uint64_t*>(batch.front().data()));
    }
};

/// All of it is written and read.
struct numbers {
    template <class Message>
    static void fill(std::uint64_t n, std::uint64_t* to, Message&)
    {
        write_record<unwrapped::words>(to, n);
    }
    static std::uint64_t read(const std::uint64_t* from)
    {
        const std::uint64_t n = *from;
        if (differences<unwrapped::words>(from, n) != 0) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }
};

/// How a list of numbers is written and read.
enum class lists {
    by_item, ///< with its operator[] and set()
    by_span  ///< with list_span()
};

/// Every field is set, and every field is read and checked.
template <lists How = lists::by_item>
struct reading {
    static constexpr unsigned samples = 128;

    template <class Message>
    static void fill(std::uint64_t n, Reading::Builder to, Message&)
    {
        const auto number = static_cast<double>(n);
        const auto small = static_cast<float>(n % 4096);
        const auto word = static_cast<std::uint32_t>(n);
        to.setNumber(n);
        to.setTime(n + 1);
        to.setPosition0(number);
        to.setPosition1(number + 1);
        to.setPosition2(number + 2);
        to.setSpeed0(number + 3);
        to.setSpeed1(number + 4);
        to.setSpeed2(number + 5);
        to.setRate0(small);
        to.setRate1(small + 1);
        to.setRate2(small + 2);
        to.setTemperature(small + 3);
        to.setVoltage(small + 4);
        to.setCurrent(small + 5);
        to.setSensor(word);
        to.setFirmware(word + 1);
        to.setSatellites(static_cast<std::uint16_t>(n));
        to.setRetries(static_cast<std::uint16_t>(n + 1));
        to.setMode(static_cast<std::uint8_t>(n));
        to.setValid(n % 2 == 0);
        auto list = to.initSamples(samples);
        if constexpr (How == lists::by_span) {
            write_record<samples>(samepage::list_span(list).data(), n);
        } else {
            for (unsigned i = 0; i < samples; ++i) {
                list.set(i, n + i);
            }
        }
    }

    static std::uint64_t read(Reading::Reader from)
    {
        const std::uint64_t n = from.getNumber();
        const auto number = static_cast<double>(n);
        const auto small = static_cast<float>(n % 4096);
        const auto word = static_cast<std::uint32_t>(n);
        bool same = from.getTime() == n + 1 && from.getPosition0() == number && from.getPosition1() == number + 1 &&
                    from.getPosition2() == number + 2 && from.getSpeed0() == number + 3 &&
                    from.getSpeed1() == number + 4 && from.getSpeed2() == number + 5 && from.getRate0() == small &&
                    from.getRate1() == small + 1 && from.getRate2() == small + 2 &&
                    from.getTemperature() == small + 3 && from.getVoltage() == small + 4 &&
                    from.getCurrent() == small + 5 && from.getSensor() == word && from.getFirmware() == word + 1 &&
                    from.getSatellites() == static_cast<std::uint16_t>(n) &&
                    from.getRetries() == static_cast<std::uint16_t>(n + 1) &&
                    from.getMode() == static_cast<std::uint8_t>(n) && from.getValid() == (n % 2 == 0);
        const auto list = from.getSamples();
        same = same && list.size() == samples;
        if (!same || differences_in(list, n) != 0) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }

    /// Of the whole message the root's first field, and the list's size: what a request costs whose content is passed
    /// on.
    static std::uint64_t glance(Reading::Reader from)
    {
        const std::uint64_t n = from.getNumber();
        if (from.getSamples().size() != samples) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }

private:
    static std::uint64_t differences_in(capnp::List<std::uint64_t>::Reader list, std::uint64_t n)
    {
        if constexpr (How == lists::by_span) {
            return differences<samples>(samepage::list_span(list).data(), n);
        } else {
            std::uint64_t found = 0;
            for (unsigned i = 0; i < samples; ++i) {
                found |= list[i] ^ (n + i);
            }
            return found;
        }
    }
};

/// A frame whose pixels are written in full, and read in full or not at all.
template <class Kind, std::size_t Bytes>
struct frame {
    static constexpr std::size_t words = Bytes / sizeof(std::uint64_t);

    template <class Message>
    static void fill(std::uint64_t n, Frame::Builder to, Message& message)
    {
        write_block(reinterpret_cast<std::uint64_t*>(begin(n, to, message)), words, n);
    }

    /// Only the first word of the pixels is written.
    template <class Message>
    static void touch(std::uint64_t n, Frame::Builder to, Message& message)
    {
        std::memcpy(begin(n, to, message), &n, sizeof n);
    }

    static std::uint64_t read(Frame::Reader from)
    {
        const std::uint64_t n = from.getNumber();
        if (sum_block(pixels(from), words) != expected_sum(words, n)) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }

    static std::uint64_t glance(Frame::Reader from)
    {
        const std::uint64_t n = from.getNumber();
        if (*pixels(from) != n) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }

private:
    template <class Message>
    static std::byte* begin(std::uint64_t n, Frame::Builder to, Message& message)
    {
        to.setNumber(n);
        to.setWidth(1024);
        to.setHeight(static_cast<std::uint32_t>(Bytes / 1024));
        return Kind::pixels(to, message, Bytes);
    }

    static const std::uint64_t* pixels(Frame::Reader from)
    {
        const auto found = from.getPixels();
        if (found.size() != Bytes || from.getWidth() * from.getHeight() != Bytes) [[unlikely]] {
            wrong_value(from.getNumber());
        }
        return reinterpret_cast<const std::uint64_t*>(found.begin());
    }
};

/// A frame of whose pixels only the first word is written.
template <class Kind, std::size_t Bytes>
struct touched_frame {
    template <class Message>
    static void fill(std::uint64_t n, Frame::Builder to, Message& message)
    {
        frame<Kind, Bytes>::touch(n, to, message);
    }
};

} // namespace bench
