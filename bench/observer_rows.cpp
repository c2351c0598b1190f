// SPDX-License-Identifier: BSL-1.0
// observer_rows.cpp: what a process that looks at a channel 1,000 times a second costs those who use it.
#include "helper.hpp"
#include "patterns.hpp"
#include "row.hpp"
#include "site.hpp"
#include "sizes.hpp"
#include "small_records.hpp"

#include <samepage/core/error.hpp>
#include <samepage/ring/observer.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/mman.h>

namespace bench {

namespace {

constexpr std::chrono::milliseconds between_looks{1};

/// A word that a helper shares with its starter. Made before the helper.
class shared_word {
public:
    shared_word()
        : page_(::mmap(nullptr, sizeof(std::atomic<std::uint32_t>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0))
    {
        if (page_ == MAP_FAILED) {
            throw std::system_error(errno, std::generic_category(), "mmap");
        }
        word_ = new (page_) std::atomic<std::uint32_t>{0};
    }
    shared_word(const shared_word&) = delete;
    shared_word& operator=(const shared_word&) = delete;
    ~shared_word() { ::munmap(page_, sizeof(std::atomic<std::uint32_t>)); }

    std::atomic<std::uint32_t>* operator->() const noexcept { return word_; }

private:
    void* page_;
    std::atomic<std::uint32_t>* word_;
};

samepage::observer observe(const std::string& name, const site& here)
{
    constexpr int patience = 30'000; // the other side may be slower to create its channel
    for (int i = 0;; ++i) {
        try {
            return samepage::observer{name, here.directory()};
        } catch (const samepage::error& problem) {
            if (i == patience || problem.code() != samepage::make_error_code(samepage::errc::not_found)) {
                throw;
            }
        }
        std::this_thread::sleep_for(between_looks);
    }
}

/// The working consumer, and an observer beside it on the same processor, which looks while it works: at its channel,
/// or at the other of the two, which rests meanwhile.
template <make_side Working, bool AtTheOther = false>
class receives_observed final : public side {
public:
    explicit receives_observed(site& here)
        : observing_([&here, this](const talk& starter) { look_when_told(here, starter); }), working_(Working(here))
    {
        static_cast<void>(observing_.talks().hear()); // it has found the channel
    }

    void go(std::uint64_t count) override
    {
        looks_->store(1, std::memory_order_relaxed);
        observing_.talks().say(0);
        working_->go(count);
        looks_->store(0, std::memory_order_relaxed);
    }

private:
    void look_when_told(site& here, const talk& starter)
    {
        if constexpr (AtTheOther) {
            here.begin_names_with("tried-"); // as in_turns has it
        }
        samepage::observer looking = observe(here.channel("records"), here);
        starter.say(0);
        for (;;) {
            static_cast<void>(starter.hear());
            while (looks_->load(std::memory_order_relaxed) != 0) {
                const auto seen = looking.look();
                if (seen.lanes.empty() || !seen.lanes.front().contradiction.empty()) {
                    throw std::runtime_error("an observer saw what cannot be");
                }
                std::this_thread::sleep_for(between_looks);
            }
        }
    }

    shared_word looks_; ///< 1 while it is to look
    helper observing_;  // forked before there is anything of ours in the channel
    std::unique_ptr<side> working_;
};

template <make_side Tried, make_side Plain>
using observed_and_not = in_turns<Tried, Plain, std::uint64_t{1} << 22U>; ///< records: some 20 looks

/// `tried` in turns with `plain`, which is measured in the bursts of the other, and is its limit.
void add_pair(std::vector<row>& rows, const std::string& name, std::size_t bytes, const char* plain, const char* tried,
              make_side a, make_side b)
{
    constexpr double keeps = 0.97;
    row limit{.name = name + plain,
              .unit = unit::million_records_second,
              .bytes_each = bytes,
              .records_each = 1,
              .warm_up = 2 * rate_ring_bytes / bytes,
              .a = nullptr,
              .b = nullptr,
              .limit = name + "/single",
              .shares_processors = true};
    row measured = limit;
    measured.name = name + tried;
    measured.a = a;
    measured.b = b;
    measured.limit = limit.name;
    measured.target = keeps;
    rows.push_back(std::move(limit));
    rows.push_back(std::move(measured));
}

/// Watched against alone: the time that the observer takes from the consumer's processor, and what its looks cost.
/// Watched against somebody else watched: what its looks cost.
template <make_side Source, make_side Sink>
void add_rows_of(std::vector<row>& rows, const std::string& name, std::size_t bytes)
{
    constexpr make_side watched = make<receives_observed<Sink>>;
    constexpr make_side other = make<receives_observed<Sink, true>>;
    const make_side sources = make<observed_and_not<Source, Source>>;
    add_pair(rows, name, bytes, "/unobserved", "/observed", sources, make<observed_and_not<watched, Sink>>);
    add_pair(rows, name, bytes, "/other-observed", "/itself-observed", sources, make<observed_and_not<watched, other>>);
}

} // namespace

void add_observer_rows(std::vector<row>& rows)
{
    add_rows_of<dense_source_side, dense_sink_side>(rows, "rate/dense/8", 8);
    add_rows_of<framed_source_side, framed_sink_side>(rows, "rate/framed/64", framed_record_bytes);
}

} // namespace bench
