// SPDX-License-Identifier: BSL-1.0
// death_rows.cpp: how soon a producer goes on whose consumer was killed.
#include "channels.hpp"
#include "helper.hpp"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"

#include <samepage/channel/consumer.hpp>
#include <samepage/channel/producer.hpp>
#include <samepage/ring/remove_channel.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace bench {

namespace {

using clock = std::chrono::steady_clock; // one clock for all processes
using samepage::wait_policy;

/// Not the site's: a channel whose name stays until the end, for consumers that come later.
constexpr const char* channel = "deaths";
constexpr std::size_t ring_bytes = 64 * kibibyte;

/// How far the two sides are, in deaths.
struct alignas(128) progress {
    std::atomic<std::uint64_t> joined, full, killed, freed;
    std::atomic<clock::rep> killed_at;

    [[nodiscard]] static progress& open(site& here)
    {
        return *reinterpret_cast<progress*>(here.shared_memory(sizeof(progress)));
    }
};

/// Sleeps: who spins comes last where others want the processor, and this is no part of what is measured.
void wait_until(const std::atomic<std::uint64_t>& word, std::uint64_t value)
{
    while (word.load(std::memory_order_acquire) != value) {
        std::this_thread::sleep_for(std::chrono::microseconds{50});
    }
}

/// Side A fills the ring, and sleeps until the consumer that holds it full is dead and found.
class freed_producer final : public side {
public:
    explicit freed_producer(site& here)
        : progress_(&progress::open(here)),
          directory_(here.directory()),
          out_(channel, producing(here, ring_bytes, wait_policy::sleep()))
    {
    }
    ~freed_producer() override { samepage::remove_channel(channel, directory_); }

    void go(std::uint64_t count) override
    {
        longest_ = {};
        for (std::uint64_t i = 0; i != count; ++i) {
            wait_until(progress_->joined, ++deaths_);
            while (auto slot = out_.try_loan()) {
                slot.publish();
            }
            progress_->full.store(deaths_, std::memory_order_release);
            auto slot = out_.loan();
            const auto freed = clock::now();
            if (!slot) {
                nothing_came(slot.why());
            }
            if (progress_->killed.load(std::memory_order_acquire) != deaths_) {
                throw std::runtime_error("there was room before the consumer was killed");
            }
            const clock::time_point killed{clock::duration{progress_->killed_at.load(std::memory_order_relaxed)}};
            longest_ = std::max(longest_, freed - killed);
            slot.publish();
            progress_->freed.store(deaths_, std::memory_order_release);
        }
        all_as_long_ = std::chrono::duration<double>(longest_) * static_cast<double>(count);
    }

    /// As if each took as long as the longest: what is asked for holds for every one.
    [[nodiscard]] std::optional<double> own_clock() const override { return all_as_long_.count(); }

private:
    progress* progress_;
    std::filesystem::path directory_;
    samepage::producer<std::uint64_t> out_;
    std::uint64_t deaths_ = 0;
    clock::duration longest_{};
    std::chrono::duration<double> all_as_long_{};
};

/// Side B starts the consumers, one at a time, and kills them.
class killer final : public side {
public:
    explicit killer(site& here) : progress_(&progress::open(here)), options_(consuming(here, wait_policy{})) {}

    void go(std::uint64_t count) override
    {
        for (std::uint64_t i = 0; i != count; ++i) {
            helper victim([this](const talk& starter) { hold_for_ever(starter); });
            static_cast<void>(victim.talks().hear()); // it has joined
            progress_->joined.store(++deaths_, std::memory_order_release);
            wait_until(progress_->full, deaths_);
            rest();
            progress_->killed_at.store(clock::now().time_since_epoch().count(), std::memory_order_relaxed);
            progress_->killed.store(deaths_, std::memory_order_release);
            victim.kill();
            wait_until(progress_->freed, deaths_); // who joins looks after the dead as well
        }
    }

private:
    void hold_for_ever(const talk& starter) const
    {
        samepage::consumer<std::uint64_t> in(channel, options_);
        starter.say(0);
        const auto batch = in.take();
        if (!batch) {
            nothing_came(batch.why());
        }
        for (;;) {
            ::pause();
        }
    }

    /// 2 to 12 ms, spread evenly: the producer looks after the dead once in 10 ms, and is met at any time of that.
    void rest() const
    {
        constexpr double golden = 0.6180339887498949;
        const double part = std::fmod(first_rest_ + static_cast<double>(deaths_) * golden, 1.0);
        std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(2 + 10 * part));
    }

    progress* progress_;
    samepage::consumer_options options_;
    std::uint64_t deaths_ = 0;
    double first_rest_ = std::chrono::duration<double>(clock::now().time_since_epoch()).count(); ///< any
};

} // namespace

void add_death_rows(std::vector<row>& rows)
{
    rows.push_back({.name = "death/lossless",
                    .unit = unit::milliseconds,
                    .bytes_each = 8,
                    .records_each = 1,
                    .warm_up = 1,
                    .a = make<freed_producer>,
                    .b = make<killer>,
                    .bound = 50});
}

} // namespace bench
