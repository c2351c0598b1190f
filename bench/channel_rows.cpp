// SPDX-License-Identifier: BSL-1.0
// channel_rows.cpp: dense and framed channels, each beside its limit, through the calls that a user makes.
#include "kernels.hpp"
#include "limits.hpp"
#include "opening.hpp"
#include "patterns.hpp"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace bench {

namespace {

using samepage::wait_policy;

std::uint64_t* words_of(const samepage::bytes_loan& loan)
{
    return reinterpret_cast<std::uint64_t*>(loan.data());
}

const std::uint64_t* words_of(std::span<const std::byte> record)
{
    return reinterpret_cast<const std::uint64_t*>(record.data());
}

enum class waiting : std::uint8_t { polls, sleeps };

constexpr wait_policy policy(waiting how)
{
    return how == waiting::polls ? wait_policy::busy() : wait_policy::sleep();
}

// ---- round trips ----

/// Records of 8 bytes, each loaned, published and taken alone.
template <waiting How>
class dense_link {
public:
    explicit dense_link(site& here) : channels_(here, producing(here, round_trip_ring_bytes, policy(How)), policy(How))
    {
    }

    void send(std::uint64_t n)
    {
        auto slot = channels_.out.loan();
        if (!slot) [[unlikely]] {
            nothing_came(slot.why());
        }
        *slot = n;
        slot.publish();
    }

    std::uint64_t receive()
    {
        const auto batch = channels_.in.take();
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        return batch.front();
    }

private:
    both_ways<samepage::producer<std::uint64_t>, samepage::consumer<std::uint64_t>> channels_;
};

/// Records of `Bytes`, of which the first `Touched` are written, read and checked.
template <std::size_t Bytes, std::size_t Touched, std::size_t RingBytes>
class framed_link {
    static constexpr std::size_t words = Touched / sizeof(std::uint64_t);

public:
    explicit framed_link(site& here)
        : channels_(here, producing(here, RingBytes, wait_policy::busy()), wait_policy::busy())
    {
    }

    void send(std::uint64_t n)
    {
        auto record = channels_.out.loan(Bytes);
        if (!record) [[unlikely]] {
            nothing_came(record.why());
        }
        write_record<words>(words_of(record), n);
        record.publish();
    }

    std::uint64_t receive()
    {
        const auto batch = channels_.in.take(1); // one answer is awaited
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        const std::span<const std::byte> record = batch.front();
        const std::uint64_t n = *words_of(record);
        if (record.size() != Bytes || differences<words>(words_of(record), n) != 0) [[unlikely]] {
            wrong_value(n);
        }
        return n;
    }

private:
    both_ways<samepage::bytes_producer, samepage::bytes_consumer> channels_;
};

template <class Pattern>
[[nodiscard]] row round_trip_row(std::string name, std::size_t bytes, std::uint64_t warm_up, std::string limit,
                                 std::optional<double> target)
{
    return {.name = std::move(name),
            .unit = unit::nanoseconds,
            .bytes_each = bytes,
            .records_each = 1,
            .warm_up = warm_up,
            .a = make<Pattern>,
            .b = make<Pattern>,
            .limit = std::move(limit),
            .target = target};
}

// ---- rates of small records ----

class dense_source {
public:
    explicit dense_source(site& here)
        : out_(here.channel("records"), producing(here, rate_ring_bytes, wait_policy::busy()))
    {
        map_pages(out_.info());
    }

    void put(std::uint64_t n)
    {
        auto slot = out_.loan();
        if (!slot) [[unlikely]] {
            nothing_came(slot.why());
        }
        *slot = n;
        slot.publish();
    }

private:
    samepage::producer<std::uint64_t> out_;
};

class dense_sink {
public:
    explicit dense_sink(site& here) : in_(here.channel("records"), consuming(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }

    std::uint64_t take(std::uint64_t n)
    {
        const auto batch = in_.take();
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        std::uint64_t wrong = 0;
        std::uint64_t next = n;
        for (const std::uint64_t record : batch) {
            wrong |= record ^ next++;
        }
        if (wrong != 0) [[unlikely]] {
            wrong_value(n);
        }
        return batch.size();
    }

private:
    samepage::consumer<std::uint64_t> in_;
};

/// Loans of so many records, written as arrays; whatever is there is read as one array.
constexpr std::size_t loan_records = 256;
constexpr std::size_t batch_ring_bytes = stream_ring_bytes<loan_records * sizeof(std::uint64_t)>;

class dense_batch_source {
public:
    explicit dense_batch_source(site& here)
        : out_(here.channel("batches"), producing(here, batch_ring_bytes, wait_policy::busy()))
    {
        map_pages(out_.info());
    }

    void put(std::uint64_t n)
    {
        auto slots = out_.loan(loan_records);
        if (!slots) [[unlikely]] {
            nothing_came(slots.why());
        }
        write_block(slots.data(), slots.size(), n * loan_records);
        slots.publish();
    }

private:
    samepage::producer<std::uint64_t> out_;
};

class dense_batch_sink {
public:
    explicit dense_batch_sink(site& here) : in_(here.channel("batches"), consuming(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }

    std::uint64_t take(std::uint64_t n)
    {
        const auto batch = in_.take();
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        const std::span<const std::uint64_t> records = batch;
        if (records.size() % loan_records != 0 ||
            sum_block(records.data(), records.size()) != expected_sum(records.size(), n * loan_records)) [[unlikely]] {
            wrong_value(n);
        }
        return records.size() / loan_records;
    }

private:
    samepage::consumer<std::uint64_t> in_;
};

class framed_source {
public:
    static constexpr std::size_t bytes = 64;

    explicit framed_source(site& here)
        : out_(here.channel("records"), producing(here, rate_ring_bytes, wait_policy::busy()))
    {
        map_pages(out_.info());
    }

    void put(std::uint64_t n)
    {
        auto record = out_.loan(bytes);
        if (!record) [[unlikely]] {
            nothing_came(record.why());
        }
        write_record<bytes / sizeof n>(words_of(record), n);
        record.publish();
    }

private:
    samepage::bytes_producer out_;
};

class framed_sink {
public:
    explicit framed_sink(site& here) : in_(here.channel("records"), consuming(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }

    std::uint64_t take(std::uint64_t n)
    {
        const auto batch = in_.take();
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        std::uint64_t wrong = 0;
        std::uint64_t next = n;
        for (const std::span<const std::byte> record : batch) {
            wrong |= record.size() ^ framed_source::bytes;
            wrong |= differences<framed_source::bytes / sizeof n>(words_of(record), next++);
        }
        if (wrong != 0) [[unlikely]] {
            wrong_value(n);
        }
        return batch.size();
    }

private:
    samepage::bytes_consumer in_;
};

// ---- streams of large records, written in full and read in full ----

template <std::size_t Bytes>
class stream_source {
public:
    explicit stream_source(site& here)
        : out_(here.channel("blocks"), producing(here, stream_ring_bytes<Bytes>, wait_policy::busy(), 64))
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
class stream_sink {
public:
    explicit stream_sink(site& here) : in_(here.channel("blocks"), consuming(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }

    std::uint64_t take(std::uint64_t n)
    {
        const auto batch = in_.take(1); // the next one's pages are given back before this one's are read
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        const std::span<const std::byte> record = batch.front();
        if (record.size() != Bytes ||
            sum_block(words_of(record), Bytes / sizeof n) != expected_sum(Bytes / sizeof n, n)) [[unlikely]] {
            wrong_value(n);
        }
        return 1;
    }

private:
    samepage::bytes_consumer in_;
};

template <std::size_t Bytes>
[[nodiscard]] row stream_row(std::string name, std::string limit, double target)
{
    return {.name = std::move(name),
            .unit = unit::gigabytes_second,
            .bytes_each = Bytes,
            .records_each = 1,
            .warm_up = 3 * stream_ring_bytes<Bytes> / Bytes,
            .a = make<sends<stream_source<Bytes>>>,
            .b = make<receives<stream_sink<Bytes>>>,
            .limit = std::move(limit),
            .target = target};
}

} // namespace

void add_round_trip_rows(std::vector<row>& rows)
{
    // Of a large record only its first word is written and read: what a record costs that nobody reads.
    using small = framed_link<8, 8, round_trip_ring_bytes>;
    using middle = framed_link<1024, 1024, round_trip_ring_bytes>;
    using large = framed_link<mebibyte, 8, large_record_ring_bytes>;
    // Twice around the ring, so that each page was met by both sides.
    constexpr std::size_t lap = round_trip_ring_bytes;
    rows.push_back(two_lines_limit());
    rows.push_back(
        round_trip_row<round_trip<dense_link<waiting::polls>>>("rtt/dense/8", 8, lap / 8, "limit/two-lines", 1.6));
    rows.push_back(walking_limit());
    rows.push_back(round_trip_row<round_trip<small>>("rtt/framed/8", 8, 2 * lap / 16, "limit/walking", 1.6));
    rows.push_back(round_trip_row<round_trip<large>>("rtt/framed/1048576", mebibyte, 64, "rtt/framed/8", 1.5));
    rows.push_back(round_trip_row<round_trip<middle>>("rtt/framed/1024", 1024, 2 * lap / 1032, "limit/walking", {}));
}

void add_rate_rows(std::vector<row>& rows)
{
    rows.push_back(ring_8_limit());
    rows.push_back({.name = "rate/dense/8/single",
                    .unit = unit::million_records_second,
                    .bytes_each = 8,
                    .records_each = 1,
                    .warm_up = 2 * rate_ring_bytes / 8,
                    .a = make<sends<dense_source>>,
                    .b = make<receives<dense_sink>>,
                    .limit = "limit/ring/8",
                    .target = 1.2});
    rows.push_back(ring_64_limit());
    rows.push_back({.name = "rate/framed/64/single",
                    .unit = unit::million_records_second,
                    .bytes_each = framed_source::bytes,
                    .records_each = 1,
                    .warm_up = 2 * rate_ring_bytes / framed_source::bytes,
                    .a = make<sends<framed_source>>,
                    .b = make<receives<framed_sink>>,
                    .limit = "limit/ring/64",
                    .target = 0.9});
}

void add_stream_rows(std::vector<row>& rows)
{
    rows.push_back({.name = "rate/dense/8/batch256",
                    .unit = unit::million_records_second,
                    .bytes_each = 8 * loan_records,
                    .records_each = loan_records,
                    .warm_up = 3 * batch_ring_bytes / (8 * loan_records),
                    .a = make<sends<dense_batch_source>>,
                    .b = make<receives<dense_batch_sink>>,
                    .limit = "limit/stream/65536",
                    .target = 0.6});
    rows.insert(rows.end() - 1, stream_65536_limit());
    rows.push_back(stream_row<65536>("stream/framed/65536/full", "limit/stream/65536", 0.9));
    rows.push_back(stream_1048576_limit());
    rows.push_back(stream_row<1048576>("stream/framed/1048576/full", "limit/stream/1048576", 0.9));
}

void add_sleeping_rows(std::vector<row>& rows)
{
    rows.push_back(futex_limit());
    using link = dense_link<waiting::sleeps>;
    rows.push_back(round_trip_row<round_trip_from_sleep<link>>("rtt/dense/8/sleep", 8, 20, "limit/futex", {}));
}

} // namespace bench
