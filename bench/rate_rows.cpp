// SPDX-License-Identifier: BSL-1.0
// rate_rows.cpp: small records one way, each loaned and published alone.
#include "channels.hpp"
#include "kernels.hpp"
#include "limits.hpp"
#include "patterns.hpp"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"
#include "small_records.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace bench {

namespace {

using samepage::wait_policy;

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

class framed_source {
public:
    static constexpr std::size_t bytes = framed_record_bytes;

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

} // namespace

std::unique_ptr<side> dense_source_side(site& here)
{
    return make<sends<dense_source>>(here);
}
std::unique_ptr<side> dense_sink_side(site& here)
{
    return make<receives<dense_sink>>(here);
}
std::unique_ptr<side> framed_source_side(site& here)
{
    return make<sends<framed_source>>(here);
}
std::unique_ptr<side> framed_sink_side(site& here)
{
    return make<receives<framed_sink>>(here);
}

void add_rate_rows(std::vector<row>& rows)
{
    rows.push_back(ring_8_limit());
    rows.push_back({.name = "rate/dense/8/single",
                    .unit = unit::million_records_second,
                    .bytes_each = 8,
                    .records_each = 1,
                    .warm_up = 2 * rate_ring_bytes / 8,
                    .a = dense_source_side,
                    .b = dense_sink_side,
                    .limit = "limit/ring/8",
                    .target = 1.2});
    rows.push_back(paced_ring_8_limit());
    rows.push_back(ring_64_limit());
    rows.push_back({.name = "rate/framed/64/single",
                    .unit = unit::million_records_second,
                    .bytes_each = framed_source::bytes,
                    .records_each = 1,
                    .warm_up = 2 * rate_ring_bytes / framed_source::bytes,
                    .a = framed_source_side,
                    .b = framed_sink_side,
                    .limit = "limit/ring/64",
                    .target = 0.9});
    rows.push_back(paced_ring_64_limit());
}

} // namespace bench
