// SPDX-License-Identifier: BSL-1.0
// stream_rows.cpp: large records, and arrays of small ones, one way: all is written and all is read.
#include "channels.hpp"
#include "kernels.hpp"
#include "limits.hpp"
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
#include <string>
#include <utility>

namespace bench {

namespace {

using samepage::wait_policy;

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

} // namespace bench
