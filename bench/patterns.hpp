// SPDX-License-Identifier: BSL-1.0
// patterns.hpp: the loops of round trips and one-way streams, the same for our rows and for the limits.
#pragma once

#include "kernels.hpp"
#include "row.hpp"
#include "site.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>

namespace bench {

/// A sends 1, 2, 3, …; B sends each back; A waits for it before it sends the next.
/// Link: Link(site&); void send(std::uint64_t); std::uint64_t receive(), which waits.
template <class Link>
class round_trip final : public side {
public:
    explicit round_trip(site& here) : who_(here.who()), link_(here) {}

    void go(std::uint64_t count) override
    {
        const std::uint64_t end = done_ + count;
        if (who_ == role::a) {
            while (done_ != end) {
                link_.send(++done_);
                if (link_.receive() != done_) [[unlikely]] {
                    wrong_value(done_);
                }
            }
        } else {
            while (done_ != end) {
                if (link_.receive() != ++done_) [[unlikely]] {
                    wrong_value(done_);
                }
                link_.send(done_);
            }
        }
    }

private:
    role who_;
    std::uint64_t done_ = 0;
    Link link_;
};

/// As round_trip, but A lets some time pass before each request, so that B is surely asleep by then: else the two may
/// fall in step, each answering before the other has gone to sleep. That time does not count.
template <class Link>
class round_trip_from_sleep final : public side {
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::microseconds rest{100};

public:
    explicit round_trip_from_sleep(site& here) : trips_(here), asks_(here.who() == role::a) {}

    void go(std::uint64_t count) override
    {
        if (!asks_) {
            trips_.go(count);
            return;
        }
        counted_ = {};
        for (std::uint64_t i = 0; i < count; ++i) {
            for (const auto until = clock::now() + rest; clock::now() < until;) {
                pause();
            }
            const auto begin = clock::now();
            trips_.go(1);
            counted_ += clock::now() - begin;
        }
    }

    [[nodiscard]] std::optional<double> own_clock() const override
    {
        return asks_ ? std::optional(counted_.count()) : std::nullopt;
    }

private:
    round_trip<Link> trips_;
    bool asks_;
    std::chrono::duration<double> counted_{};
};

/// Calls `loop` with a copy on the stack, where there can be one: a bare ring's state is then kept in registers. Kept
/// in memory it would cost a store a record, which makes the limit a third slower.
template <class End, class Loop>
void in_registers(End& end, Loop&& loop)
{
    if constexpr (std::is_copy_assignable_v<End>) {
        End copy = end;
        loop(copy);
        end = copy;
    } else {
        loop(end);
    }
}

/// Source: Source(site&); void put(std::uint64_t n), the n-th operation, counted from 0; waits for room.
template <class Source>
class sends final : public side {
public:
    explicit sends(site& here) : source_(here) {}

    void go(std::uint64_t count) override
    {
        const std::uint64_t end = done_ + count;
        in_registers(source_, [&](Source& source) {
            for (std::uint64_t n = done_; n != end; ++n) {
                source.put(n);
            }
        });
        done_ = end;
    }

private:
    std::uint64_t done_ = 0;
    Source source_;
};

/// Sink: Sink(site&); std::uint64_t take(std::uint64_t n): waits, checks the n-th operation and those behind it that
/// came, and says how many.
template <class Sink>
class receives final : public side {
public:
    explicit receives(site& here) : sink_(here) {}

    void go(std::uint64_t count) override
    {
        const std::uint64_t end = done_ + count;
        std::uint64_t n = done_;
        in_registers(sink_, [&](Sink& sink) {
            while (n < end) {
                n += sink.take(n);
            }
        });
        if (n != end) {
            throw std::runtime_error("more came than was sent");
        }
        done_ = n;
    }

private:
    std::uint64_t done_ = 0;
    Sink sink_;
};

/// Two channels in turns of `Turn` operations, so that whatever else the machine does meets both. `Tried` makes this
/// side's end of the one that counts, `Plain` of the other, which is the row's limit.
template <make_side Tried, make_side Plain, std::uint64_t Turn>
class in_turns final : public side {
public:
    explicit in_turns(site& here) : here_(&here)
    {
        here.begin_names_with("tried-");
        tried_ = Tried(here);
        here.begin_names_with("plain-");
        plain_ = Plain(here);
    }

    void go(std::uint64_t count) override
    {
        tried_seconds_ = plain_seconds_ = 0;
        while (count != 0) {
            const std::uint64_t now = std::min(count, Turn);
            plain_seconds_ += timed(*plain_, now);
            tried_seconds_ += timed(*tried_, now);
            count -= now;
        }
    }

    [[nodiscard]] std::optional<double> own_clock() const override { return tried_seconds_; }
    [[nodiscard]] std::optional<double> limits_clock() const override { return plain_seconds_; }

private:
    /// From both sides' start until both are done.
    [[nodiscard]] double timed(side& end, std::uint64_t count)
    {
        using clock = std::chrono::steady_clock;
        here_->meet();
        const auto begin = clock::now();
        end.go(count);
        here_->meet();
        return std::chrono::duration<double>(clock::now() - begin).count();
    }

    site* here_;
    std::unique_ptr<side> tried_, plain_;
    double tried_seconds_ = 0;
    double plain_seconds_ = 0;
};

} // namespace bench
