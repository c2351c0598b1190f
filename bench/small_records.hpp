// SPDX-License-Identifier: BSL-1.0
// small_records.hpp: one producer and one consumer of small records, each loaned and published alone.
#pragma once

#include "channels.hpp"
#include "kernels.hpp"
#include "site.hpp"
#include "sizes.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace bench {

class dense_source {
public:
    explicit dense_source(site& here)
        : out_(here.channel("records"), producing(here, rate_ring_bytes, samepage::wait_policy::busy()))
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
    explicit dense_sink(site& here) : in_(here.channel("records"), consuming(here, samepage::wait_policy::busy()))
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
    static constexpr std::size_t bytes = 64;

    explicit framed_source(site& here)
        : out_(here.channel("records"), producing(here, rate_ring_bytes, samepage::wait_policy::busy()))
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
    explicit framed_sink(site& here) : in_(here.channel("records"), consuming(here, samepage::wait_policy::busy()))
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

} // namespace bench
