// SPDX-License-Identifier: BSL-1.0
// patterns.hpp: the loops of round trips and one-way streams, the same for our rows and for the limits.
#pragma once

#include "kernels.hpp"
#include "row.hpp"
#include "site.hpp"

#include <chrono>
#include <cstdint>
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

} // namespace bench
