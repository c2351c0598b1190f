// SPDX-License-Identifier: BSL-1.0
// lossy_rows.cpp: a lossy consumer that keeps up as it can, and what one that is stopped costs the producer.
#include "channels.hpp"
#include "helper.hpp"
#include "kernels.hpp"
#include "patterns.hpp"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"
#include "small_records.hpp"

#include <samepage/channel/bytes_consumer.hpp>
#include <samepage/channel/bytes_producer.hpp>
#include <samepage/channel/consumer.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace bench {

namespace {

using samepage::wait_policy;

[[nodiscard]] samepage::consumer_options lossy(const site& here, wait_policy wait)
{
    samepage::consumer_options options = consuming(here, wait);
    options.wants = samepage::demand::lossy;
    options.held = 1;
    return options;
}

/// Operations that the taking side has done, for the publishing side, which does not know how many are lost.
class taken_so_far {
    struct alignas(128) lone_word {
        std::atomic<std::uint64_t> value;
    };

public:
    explicit taken_so_far(site& here) : word_(&reinterpret_cast<lone_word*>(here.shared_memory(sizeof *word_))->value)
    {
    }

    // Nothing is told by it but the number.
    void is(std::uint64_t count) noexcept { word_->store(count, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t count() const noexcept { return word_->load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t>* word_;
};

/// Publishes until the other side has taken enough, `AtOnce` records between two looks at that.
template <make_side Source, std::uint64_t AtOnce>
class publishes_for_lossy final : public side {
public:
    explicit publishes_for_lossy(site& here) : taken_(here), source_(Source(here)) {}

    void go(std::uint64_t count) override
    {
        for (wanted_ += count; taken_.count() != wanted_;) {
            source_->go(AtOnce);
        }
    }

private:
    taken_so_far taken_;
    std::unique_ptr<side> source_;
    std::uint64_t wanted_ = 0;
};

/// Sink: Sink(site&); std::uint64_t take(std::uint64_t most): waits, checks those that came, and says how many.
template <class Sink>
class takes_lossy final : public side {
public:
    explicit takes_lossy(site& here) : taken_(here), sink_(here) {}

    void go(std::uint64_t count) override
    {
        for (std::uint64_t left = count; left != 0;) {
            left -= sink_.take(left);
        }
        done_ += count;
        taken_.is(done_);
    }

private:
    taken_so_far taken_;
    Sink sink_;
    std::uint64_t done_ = 0;
};

class lossy_dense_sink {
public:
    explicit lossy_dense_sink(site& here) : in_(here.channel("records"), lossy(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }

    std::uint64_t take(std::uint64_t most)
    {
        const auto batch = in_.take(most);
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        std::uint64_t wrong = 0;
        std::uint64_t next = batch.number();
        for (const std::uint64_t record : batch) {
            wrong |= record ^ next++;
        }
        if (wrong != 0) [[unlikely]] {
            wrong_value(batch.number());
        }
        return batch.size();
    }

private:
    samepage::consumer<std::uint64_t> in_;
};

constexpr std::size_t frame_bytes = 65536;
constexpr std::size_t frame_words = frame_bytes / sizeof(std::uint64_t);

[[nodiscard]] std::uint64_t now_ns() noexcept
{
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch() /
                                      std::chrono::nanoseconds{1}); // one clock for all processes
}

/// Frames that are written in full, and say when that was done.
class frame_source {
public:
    explicit frame_source(site& here)
        : out_(here.channel("frames"), producing(here, stream_ring_bytes<frame_bytes>, wait_policy::busy(), 64))
    {
        map_pages(out_.info());
    }

    void put(std::uint64_t n)
    {
        auto record = out_.loan(frame_bytes);
        if (!record) [[unlikely]] {
            nothing_came(record.why());
        }
        write_block(words_of(record), frame_words, n);
        *words_of(record) = now_ns();
        record.publish();
    }

private:
    samepage::bytes_producer out_;
};

/// Takes the newest frame alone, and reads it in full.
class latest_frame_sink {
public:
    explicit latest_frame_sink(site& here) : in_(here.channel("frames"), lossy(here, wait_policy::busy()))
    {
        map_pages(in_.info());
    }

    std::uint64_t take(std::uint64_t)
    {
        const auto batch = in_.take_latest();
        if (!batch) [[unlikely]] {
            nothing_came(batch.why());
        }
        const std::uint64_t* const words = words_of(batch.front());
        ages_ns_ += now_ns() - *words;
        const std::uint64_t n = batch.number();
        if (batch.front().size() != frame_bytes ||
            sum_block(words, frame_words) - *words != expected_sum(frame_words, n) - n) [[unlikely]] {
            wrong_value(n);
        }
        return 1;
    }

    [[nodiscard]] std::uint64_t ages_ns() const noexcept { return ages_ns_; }

private:
    samepage::bytes_consumer in_;
    std::uint64_t ages_ns_ = 0; ///< of all frames so far, when they were taken
};

/// Counts the frames' ages instead of the time that taking them takes.
class frame_ages final : public side {
public:
    explicit frame_ages(site& here) : taken_(here), sink_(here) {}

    void go(std::uint64_t count) override
    {
        const std::uint64_t before = sink_.ages_ns();
        for (std::uint64_t i = 0; i != count; ++i) {
            sink_.take(1);
        }
        ages_ns_ = sink_.ages_ns() - before;
        done_ += count;
        taken_.is(done_);
    }

    [[nodiscard]] std::optional<double> own_clock() const override { return static_cast<double>(ages_ns_) * 1e-9; }

private:
    taken_so_far taken_;
    latest_frame_sink sink_;
    std::uint64_t done_ = 0;
    std::uint64_t ages_ns_ = 0;
};

/// The working consumer, lossless, and beside it a lossy one that was stopped with a record in its hands, so that the
/// producer steps over that in each lap.
template <make_side Working, class Consumer>
class receives_beside_a_stopped final : public side {
public:
    explicit receives_beside_a_stopped(site& here)
        : stopped_([&here](const talk& starter) { hold_and_stop(here, starter); }), working_(Working(here))
    {
        static_cast<void>(stopped_.talks().hear()); // it has joined
    }

    void go(std::uint64_t count) override
    {
        if (!std::exchange(holds_, true)) {
            stopped_.wait_for_stop(); // the producer cannot lap it: it waits for us as well
        }
        working_->go(count);
    }

private:
    static void hold_and_stop(site& here, const talk& starter)
    {
        auto options = lossy(here, wait_policy{});
        options.from = samepage::start::oldest;
        Consumer in(here.channel("records"), options);
        starter.say(0);
        const auto held = in.take(1);
        if (!held) {
            nothing_came(held.why());
        }
        ::raise(SIGSTOP);
    }

    helper stopped_; // first: forked before there is anything of ours in the channel
    std::unique_ptr<side> working_;
    bool holds_ = false;
};

/// `Held` makes this side's end of the channel with a stopped consumer, `Unheld` of the other.
template <make_side Held, make_side Unheld>
using held_and_unheld = in_turns<Held, Unheld, std::uint64_t{1} << 18U>; // records: some laps

[[nodiscard]] row rate_row(std::string name, std::size_t bytes, make_side a, make_side b, std::string limit,
                           std::optional<double> target)
{
    return {.name = std::move(name),
            .unit = unit::million_records_second,
            .bytes_each = bytes,
            .records_each = 1,
            .warm_up = 2 * rate_ring_bytes / bytes,
            .a = a,
            .b = b,
            .limit = std::move(limit),
            .target = target};
}

} // namespace

void add_lossy_rows(std::vector<row>& rows)
{
    constexpr double held_keeps = 0.95;
    rows.push_back(rate_row("rate/dense/8/lossy", 8, make<publishes_for_lossy<dense_source_side, 4096>>,
                            make<takes_lossy<lossy_dense_sink>>, "rate/dense/8/single", {}));
    using samepage::consumer;
    rows.push_back(rate_row("rate/dense/8/unheld", 8, nullptr, nullptr, "rate/dense/8/single", {}));
    rows.push_back(
        rate_row("rate/dense/8/held", 8, make<held_and_unheld<dense_source_side, dense_source_side>>,
                 make<held_and_unheld<make<receives_beside_a_stopped<dense_sink_side, consumer<std::uint64_t>>>,
                                      dense_sink_side>>,
                 "rate/dense/8/unheld", held_keeps));
    constexpr std::size_t framed = framed_record_bytes;
    rows.push_back(rate_row("rate/framed/64/unheld", framed, nullptr, nullptr, "rate/framed/64/single", {}));
    rows.push_back(
        rate_row("rate/framed/64/held", framed, make<held_and_unheld<framed_source_side, framed_source_side>>,
                 make<held_and_unheld<make<receives_beside_a_stopped<framed_sink_side, samepage::bytes_consumer>>,
                                      framed_sink_side>>,
                 "rate/framed/64/unheld", held_keeps));
}

void add_latest_rows(std::vector<row>& rows)
{
    using source = publishes_for_lossy<make<sends<frame_source>>, 1>;
    rows.push_back({.name = "latest/framed/65536",
                    .unit = unit::gigabytes_second,
                    .bytes_each = frame_bytes,
                    .records_each = 1,
                    .warm_up = 2 * stream_ring_bytes<frame_bytes> / frame_bytes,
                    .a = make<source>,
                    .b = make<takes_lossy<latest_frame_sink>>,
                    .limit = "limit/stream/65536"});
    rows.push_back({.name = "latest/framed/65536/age",
                    .unit = unit::nanoseconds,
                    .bytes_each = frame_bytes,
                    .records_each = 1,
                    .warm_up = 2 * stream_ring_bytes<frame_bytes> / frame_bytes,
                    .a = make<frame_ages>,
                    .b = make<source>});
}

} // namespace bench
