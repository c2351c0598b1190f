// SPDX-License-Identifier: BSL-1.0
// message_rows.cpp: Cap'n Proto messages, built in the ring's pages and read there, against building them elsewhere.
#include "channels.hpp"
#include "kernels.hpp"
#include "message_kinds.hpp"
#include "patterns.hpp"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

namespace bench {

namespace {

using samepage::wait_policy;

/// Every field is set, and every field is read and checked.
class quote_link {
    static constexpr std::size_t message_bytes = 128;
    static constexpr const char* symbol = "SAMEPAGE";

public:
    explicit quote_link(site& here)
        : channels_(here, producing(here, round_trip_ring_bytes, wait_policy::busy()), wait_policy::busy())
    {
    }

    void send(std::uint64_t n)
    {
        auto draft = channels_.out.loan(message_bytes);
        if (!draft) [[unlikely]] {
            nothing_came(draft.why());
        }
        auto quote = draft.root();
        quote.setNumber(n);
        quote.setPrice(static_cast<double>(n));
        quote.setQuantity(static_cast<std::uint32_t>(n));
        quote.setSymbol(symbol);
        if (const auto why = draft.publish(); why != samepage::outcome::ok) [[unlikely]] {
            nothing_came(why);
        }
    }

    std::uint64_t receive()
    {
        const auto message = channels_.in.take();
        if (!message) [[unlikely]] {
            nothing_came(message.why());
        }
        const auto quote = message.root();
        const std::uint64_t n = quote.getNumber();
        if (quote.getPrice() != static_cast<double>(n) || quote.getQuantity() != static_cast<std::uint32_t>(n) ||
            std::strcmp(quote.getSymbol().cStr(), symbol) != 0) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }

private:
    both_ways<samepage::message_producer<Quote>, samepage::message_consumer<Quote>> channels_;
};

/// What a row sends, and how.
template <class Kind, class Schema, std::size_t RingBytes>
struct message_link_of {
    using producer = typename Kind::template producer<Schema>;
    using consumer = typename Kind::template consumer<Schema>;

    explicit message_link_of(site& here)
        : channels(here, producing(here, RingBytes, wait_policy::busy()), wait_policy::busy())
    {
    }

    both_ways<producer, consumer> channels;
};

/// A reading each way, of which only the head is read.
template <class Kind>
class reading_link : message_link_of<Kind, Reading, round_trip_ring_bytes> {
public:
    using message_link_of<Kind, Reading, round_trip_ring_bytes>::message_link_of;

    void send(std::uint64_t n)
    {
        Kind::template send<Reading>(this->channels.out,
                                     [n](auto root, auto& message) { reading<>::fill(n, root, message); });
    }
    std::uint64_t receive() { return Kind::template receive<Reading>(this->channels.in, &reading<>::glance); }
};

/// A frame each way, of whose pixels only the first word is written and read.
template <std::size_t Bytes>
class blob_link : message_link_of<in_place, Frame, large_record_ring_bytes> {
    using content = frame<in_place, Bytes>;

public:
    using message_link_of<in_place, Frame, large_record_ring_bytes>::message_link_of;

    void send(std::uint64_t n)
    {
        in_place::send<Frame>(this->channels.out, [n](auto root, auto& draft) { content::touch(n, root, draft); });
    }
    std::uint64_t receive() { return in_place::receive<Frame>(this->channels.in, &content::glance); }
};

/// The same with no message around the bytes.
template <std::size_t Bytes>
class bare_blob_link {
public:
    explicit bare_blob_link(site& here)
        : channels_(here, producing(here, large_record_ring_bytes, wait_policy::busy()), wait_policy::busy())
    {
    }

    void send(std::uint64_t n)
    {
        auto record = channels_.out.loan(Bytes);
        if (!record) [[unlikely]] {
            nothing_came(record.why());
        }
        *words_of(record) = n;
        record.publish();
    }

    std::uint64_t receive()
    {
        const auto batch = channels_.in.take(1);
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        return *words_of(batch.front());
    }

private:
    both_ways<samepage::bytes_producer, samepage::bytes_consumer> channels_;
};

/// A builds a few messages one after the other, B reads them and builds as many, A reads those. What counts is A's
/// building and reading, from the first set to the last get; what a record takes to come over is the round trips'
/// matter.
template <class Kind, class Schema, class Content, std::size_t RingBytes, auto Read, std::size_t Block>
class work final : public side {
    using clock = std::chrono::steady_clock;
    static constexpr std::uint64_t block = Block;

public:
    explicit work(site& here)
        : who_(here.who()),
          link_(here),
          turns_(here, producing(here, round_trip_ring_bytes, wait_policy::busy()), wait_policy::busy(), "turn-")
    {
    }

    void go(std::uint64_t count) override
    {
        counted_ = {};
        for (std::uint64_t left = count; left != 0; --left) {
            if (who_ == role::a) {
                build();
                hand_over();
                await_turn();
                read();
            } else {
                await_turn();
                read();
                build();
                hand_over();
            }
            done_ += block;
        }
    }

    [[nodiscard]] std::optional<double> own_clock() const override
    {
        return who_ == role::a ? std::optional(counted_.count() / block) : std::nullopt;
    }

private:
    void build()
    {
        const auto begin = clock::now();
        for (std::uint64_t n = done_; n != done_ + block; ++n) {
            Kind::template send<Schema>(link_.channels.out,
                                        [n](auto root, auto& message) { Content::fill(n, root, message); });
        }
        counted_ += clock::now() - begin;
    }

    void read()
    {
        const auto begin = clock::now();
        for (std::uint64_t n = done_; n != done_ + block; ++n) {
            if (Kind::template receive<Schema>(link_.channels.in, Read) != n) [[unlikely]] {
                wrong_value(n);
            }
        }
        counted_ += clock::now() - begin;
    }

    void hand_over()
    {
        auto slot = turns_.out.loan();
        if (!slot) [[unlikely]] {
            nothing_came(slot.why());
        }
        *slot = done_;
        slot.publish();
    }

    void await_turn()
    {
        const auto batch = turns_.in.take();
        if (!batch || batch.front() != done_) [[unlikely]] {
            wrong_value(done_);
        }
    }

    role who_;
    message_link_of<Kind, Schema, RingBytes> link_;
    both_ways<samepage::producer<std::uint64_t>, samepage::consumer<std::uint64_t>> turns_;
    std::uint64_t done_ = 0;
    std::chrono::duration<double> counted_{};
};

/// As in the streams of records without messages.
template <std::size_t Bytes>
inline constexpr std::size_t frame_ring_bytes = Bytes > mebibyte ? large_record_ring_bytes : stream_ring_bytes<Bytes>;

template <class Kind, std::size_t Bytes>
class frame_source {
public:
    explicit frame_source(site& here)
        : out_(here.channel("frames"), producing(here, frame_ring_bytes<Bytes>, wait_policy::busy(), 64))
    {
        map_pages(out_.info());
    }
    void put(std::uint64_t n)
    {
        Kind::template send<Frame>(out_, [n](auto root, auto& message) { frame<Kind, Bytes>::fill(n, root, message); });
    }

private:
    typename Kind::template producer<Frame> out_;
};

template <class Kind, std::size_t Bytes>
class frame_sink {
public:
    explicit frame_sink(site& here) : in_(here.channel("frames"), consuming(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }
    std::uint64_t take(std::uint64_t n)
    {
        if (Kind::template receive<Frame>(in_, &frame<Kind, Bytes>::read) != n) [[unlikely]] {
            wrong_value(n);
        }
        return 1;
    }

private:
    typename Kind::template consumer<Frame> in_;
};

/// Bytes alone, as large as a frame.
template <std::size_t Bytes>
class bare_source {
public:
    explicit bare_source(site& here)
        : out_(here.channel("blocks"), producing(here, frame_ring_bytes<Bytes>, wait_policy::busy(), 64))
    {
        map_pages(out_.info());
    }
    void put(std::uint64_t n)
    {
        auto record = out_.loan(Bytes);
        if (!record) [[unlikely]] {
            nothing_came(record.why());
        }
        write_block(words_of(record), Bytes / sizeof n, n);
        record.publish();
    }

private:
    samepage::bytes_producer out_;
};

template <std::size_t Bytes>
class bare_sink {
public:
    explicit bare_sink(site& here) : in_(here.channel("blocks"), consuming(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }
    std::uint64_t take(std::uint64_t n)
    {
        const auto batch = in_.take(1);
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        if (sum_block(words_of(batch.front()), Bytes / sizeof n) != expected_sum(Bytes / sizeof n, n)) [[unlikely]] {
            wrong_value(n);
        }
        return 1;
    }

private:
    samepage::bytes_consumer in_;
};

template <class Kind, class Content = reading<>>
[[nodiscard]] row reading_work(std::string name)
{
    using side = work<Kind, Reading, Content, round_trip_ring_bytes, &Content::read, 16>;
    return {.name = std::move(name),
            .unit = unit::nanoseconds,
            .bytes_each = reading<>::samples * sizeof(std::uint64_t),
            .records_each = 1,
            .warm_up = 2 * round_trip_ring_bytes / (16 * 1200),
            .a = make<side>,
            .b = make<side>};
}

/// Of the pixels all are written and read; or the first word, since what fills them, a read(2) say, costs the same both
/// ways.
template <class Kind, std::size_t Bytes>
[[nodiscard]] row frame_work(std::string name, bool all)
{
    using full = work<Kind, Frame, frame<Kind, Bytes>, large_record_ring_bytes, &frame<Kind, Bytes>::read, 4>;
    using touched =
        work<Kind, Frame, touched_frame<Kind, Bytes>, large_record_ring_bytes, &frame<Kind, Bytes>::glance, 4>;
    return {.name = std::move(name),
            .unit = unit::nanoseconds,
            .bytes_each = Bytes,
            .records_each = 1,
            .warm_up = 2 * large_record_ring_bytes / (4 * Bytes),
            .a = all ? make<full> : make<touched>,
            .b = all ? make<full> : make<touched>};
}

template <class Source, class Sink>
[[nodiscard]] row large_stream(std::string name, std::size_t bytes)
{
    return {.name = std::move(name),
            .unit = unit::gigabytes_second,
            .bytes_each = bytes,
            .records_each = 1,
            .warm_up = 3 * large_record_ring_bytes / bytes,
            .a = make<sends<Source>>,
            .b = make<receives<Sink>>};
}

template <class Kind, std::size_t Bytes>
[[nodiscard]] row frame_stream(std::string name)
{
    return large_stream<frame_source<Kind, Bytes>, frame_sink<Kind, Bytes>>(std::move(name), Bytes);
}

[[nodiscard]] row held_against(row of, std::string limit, double target)
{
    of.limit = std::move(limit);
    of.target = target;
    return of;
}

template <class Link>
[[nodiscard]] row message_trip(std::string name, std::size_t bytes, std::uint64_t warm_up)
{
    return {.name = std::move(name),
            .unit = unit::nanoseconds,
            .bytes_each = bytes,
            .records_each = 1,
            .warm_up = warm_up,
            .a = make<round_trip<Link>>,
            .b = make<round_trip<Link>>};
}

} // namespace

void add_message_rows(std::vector<row>& rows)
{
    constexpr std::size_t lap = 2 * round_trip_ring_bytes;
    constexpr std::size_t large = 4 * mebibyte;
    auto small = message_trip<quote_link>("rtt/capnp/small", sizeof(std::uint64_t), lap / 64);
    small.limit = "limit/walking";
    rows.push_back(std::move(small));
    rows.push_back(held_against(message_trip<reading_link<in_place>>("rtt/capnp/1024", 1024, lap / 1200),
                                "limit/walking", 1300.0 / 300));
    rows.push_back(message_trip<bare_blob_link<large>>("rtt/framed/4194304", large, 64));
    auto blob = message_trip<blob_link<large>>("rtt/capnp/4194304", large, 64);
    blob.limit = "rtt/framed/4194304";
    rows.push_back(std::move(blob));

    // Less time by so much is wanted: the ratio's reciprocal.
    rows.push_back(reading_work<unwrapped, numbers>("work/unwrapped/1024"));
    rows.push_back(reading_work<copied>("work/copied/1024"));
    rows.push_back(held_against(reading_work<in_place>("work/capnp/1024"), "work/copied/1024", 1 / 1.6));
    using spans = reading<lists::by_span>;
    rows.push_back(reading_work<copied, spans>("work/copied/1024/span"));
    rows.push_back(
        held_against(reading_work<in_place, spans>("work/capnp/1024/span"), "work/copied/1024/span", 1 / 1.6));
    rows.push_back(frame_work<copied, 65536>("work/copied/65536", false));
    rows.push_back(held_against(frame_work<in_place, 65536>("work/capnp/65536", false), "work/copied/65536", 1 / 4.0));
    rows.push_back(frame_work<copied, 65536>("work/copied/65536/full", true));
    auto full = frame_work<in_place, 65536>("work/capnp/65536/full", true);
    full.limit = "work/copied/65536/full";
    rows.push_back(std::move(full));
}

void add_message_stream_rows(std::vector<row>& rows)
{
    constexpr std::size_t large = 4 * mebibyte;
    rows.push_back(frame_stream<copied, mebibyte>("stream/copied/1048576/full"));
    rows.push_back(
        held_against(frame_stream<in_place, mebibyte>("stream/capnp/1048576/copied"), "stream/copied/1048576/full", 3));
    rows.push_back(held_against(frame_stream<in_place, mebibyte>("stream/capnp/1048576/full"),
                                "stream/framed/1048576/full", 0.95));
    rows.push_back(large_stream<bare_source<large>, bare_sink<large>>("stream/framed/4194304/full", large));
    rows.push_back(
        held_against(frame_stream<in_place, large>("stream/capnp/4194304/full"), "stream/framed/4194304/full", 0.95));
}

} // namespace bench
