// SPDX-License-Identifier: BSL-1.0
// round_trip_rows.cpp: requests and replies over a channel each way, through the calls that a user makes.
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
#include <samepage/channel/wait_any.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <poll.h>

namespace bench {

namespace {

using samepage::wait_policy;

enum class waiting : std::uint8_t { polls, sleeps };

constexpr wait_policy policy(waiting how)
{
    return how == waiting::polls ? wait_policy::busy() : wait_policy::sleep();
}

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

/// As dense_link; the consumer's descriptor is polled, as an event loop would.
class polled_dense_link {
public:
    explicit polled_dense_link(site& here)
        : channels_(here, producing(here, round_trip_ring_bytes, wait_policy::sleep()), wait_policy::sleep()),
          watched_{channels_.in.native_handle(), POLLIN, 0}
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
        for (;;) {
            const auto batch = channels_.in.try_take();
            if (batch) {
                return batch.front();
            }
            if (batch.why() != samepage::outcome::empty) [[unlikely]] {
                nothing_came(batch.why());
            }
            if (channels_.in.arm()) {
                ::poll(&watched_, 1, -1);
                channels_.in.disarm();
            }
        }
    }

private:
    both_ways<samepage::producer<std::uint64_t>, samepage::consumer<std::uint64_t>> channels_;
    pollfd watched_;
};

/// As dense_link, asleep on two channels at once, of which the one that comes first never has anything.
class either_dense_link {
public:
    explicit either_dense_link(site& here)
        : idle_(here, producing(here, round_trip_ring_bytes, wait_policy::sleep()), wait_policy::sleep(), "idle-"),
          channels_(here, producing(here, round_trip_ring_bytes, wait_policy::sleep()), wait_policy::sleep())
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
        const auto which = samepage::wait_any(wait_policy::sleep(), idle_.in, channels_.in);
        if (which != 1) [[unlikely]] {
            throw std::runtime_error("something came where nobody sends");
        }
        const auto batch = channels_.in.try_take();
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        return batch.front();
    }

private:
    using channels = both_ways<samepage::producer<std::uint64_t>, samepage::consumer<std::uint64_t>>;
    channels idle_;
    channels channels_;
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

void add_sleeping_rows(std::vector<row>& rows)
{
    rows.push_back(futex_limit());
    using link = dense_link<waiting::sleeps>;
    rows.push_back(round_trip_row<round_trip_from_sleep<link>>("rtt/dense/8/sleep", 8, 20, "limit/futex", {}));
    rows.push_back(
        round_trip_row<round_trip_from_sleep<either_dense_link>>("rtt/dense/8/wait-any", 8, 20, "limit/futex", {}));
    rows.push_back(datagram_limit());
    rows.push_back(round_trip_row<round_trip_from_sleep<polled_dense_link>>("rtt/dense/8/descriptor", 8, 20,
                                                                            "limit/datagram", {}));
}

} // namespace bench
