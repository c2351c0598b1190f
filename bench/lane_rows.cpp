// SPDX-License-Identifier: BSL-1.0
// lane_rows.cpp: several producers or consumers of small records, more of them than processors.
#include "channels.hpp"
#include "helper.hpp"
#include "kernels.hpp"
#include "patterns.hpp"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"
#include "small_records.hpp"

#include <samepage/channel/consumer.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include <sched.h>

namespace bench {

namespace {

using samepage::wait_policy;

/// Does what its starter asks for, so many operations at a time, until it is killed.
template <class End>
void serve(const talk& starter, End& end)
{
    starter.say(0); // there
    for (;;) {
        const std::uint64_t count = starter.hear();
        end.go(count);
        starter.say(count);
    }
}

/// Processes that share a processor take turns of so many records, a quarter of a ring: some times longer than the
/// switch between them. Left to the scheduler, a turn would take some milliseconds, or a whole burst.
constexpr std::uint64_t turn = rate_ring_bytes / sizeof(std::uint64_t) / 4;

/// One of several producers on one processor.
class dense_producer {
public:
    explicit dense_producer(site& here) : out_(dense_source_side(here)) {}

    void go(std::uint64_t count)
    {
        while (count != 0) {
            const std::uint64_t now = std::min(count, turn);
            out_->go(now);
            count -= now;
            ::sched_yield();
        }
    }

private:
    std::unique_ptr<side> out_;
};

/// Side A: itself and its helpers are `Producers` processes, each with a lane of its own and the same share.
template <unsigned Producers>
class dense_producers final : public side {
public:
    explicit dense_producers(site& here) : others_(start_others(here)), own_(here)
    {
        for (const helper& each : others_) {
            static_cast<void>(each.talks().hear());
        }
    }

    void go(std::uint64_t count) override
    {
        const std::uint64_t share = count / Producers;
        for (const helper& each : others_) {
            each.talks().say(share);
        }
        own_.go(count - share * (Producers - 1));
        for (const helper& each : others_) {
            static_cast<void>(each.talks().hear());
        }
    }

private:
    [[nodiscard]] static std::list<helper> start_others(site& here)
    {
        std::list<helper> others;
        while (others.size() != Producers - 1) {
            others.emplace_back([&here](const talk& starter) {
                dense_producer out(here);
                serve(starter, out);
            });
        }
        return others;
    }

    std::list<helper> others_; // first: forked before there is anything of ours in the channel
    dense_producer own_;
};

/// Side B of those: each lane counts from 0.
class dense_lanes_sink {
public:
    explicit dense_lanes_sink(site& here) : in_(here.channel("records"), consuming(here, wait_policy::busy())) {}

    std::uint64_t take(std::uint64_t n)
    {
        const auto batch = in_.take();
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        std::uint64_t wrong = 0;
        std::uint64_t& next = next_[batch.lane()];
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
    std::array<std::uint64_t, 64> next_{};
};

/// One of several consumers on one processor. None is ever so far behind that the producer waits for it.
class dense_consumer {
public:
    dense_consumer(const std::string& name, const samepage::consumer_options& options) : in_(name, options)
    {
        map_pages(in_.info());
    }

    void go(std::uint64_t count)
    {
        const std::uint64_t end = done_ + count;
        while (done_ != end) {
            for (const std::uint64_t until = std::min(end, done_ + turn); done_ != until;) {
                take(until - done_);
            }
            ::sched_yield();
        }
    }

private:
    void take(std::uint64_t most)
    {
        const auto batch = in_.take(most);
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        std::uint64_t wrong = 0;
        std::uint64_t next = done_;
        for (const std::uint64_t record : batch) {
            wrong |= record ^ next++;
        }
        if (wrong != 0) [[unlikely]] {
            wrong_value(done_);
        }
        done_ = next;
    }

    samepage::consumer<std::uint64_t> in_;
    std::uint64_t done_ = 0;
};

/// Side B: itself and a helper, each of which takes every record.
class two_dense_consumers final : public side {
public:
    explicit two_dense_consumers(site& here)
        : other_([name = here.channel("records"), options = options(here)](const talk& starter) {
              dense_consumer in(name, options);
              serve(starter, in);
          }),
          own_("records", options(here))
    {
        static_cast<void>(other_.talks().hear());
    }

    void go(std::uint64_t count) override
    {
        other_.talks().say(count);
        own_.go(count);
        static_cast<void>(other_.talks().hear());
    }

private:
    [[nodiscard]] static samepage::consumer_options options(const site& here)
    {
        return consuming(here, wait_policy::busy());
    }

    helper other_; // first, as there
    dense_consumer own_;
};

[[nodiscard]] row shared_row(std::string name, unsigned rings, make_side a, make_side b)
{
    return {.name = std::move(name),
            .unit = unit::million_records_second,
            .bytes_each = 8,
            .records_each = 1,
            .warm_up = 2 * rings * rate_ring_bytes / 8,
            .a = a,
            .b = b,
            .limit = "rate/dense/8/single",
            .shares_processors = true};
}

} // namespace

void add_lane_rows(std::vector<row>& rows)
{
    rows.push_back(
        shared_row("rate/dense/8/2producers", 2, make<dense_producers<2>>, make<receives<dense_lanes_sink>>));
    rows.push_back(
        shared_row("rate/dense/8/4producers", 4, make<dense_producers<4>>, make<receives<dense_lanes_sink>>));
    rows.push_back(shared_row("rate/dense/8/2consumers", 1, dense_source_side, make<two_dense_consumers>));
}

} // namespace bench
