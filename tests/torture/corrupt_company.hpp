// SPDX-License-Identifier: BSL-1.0
// corrupt_company.hpp: producers and consumers of one damaged channel, at random work that never waits.
// Thread safety: none.
#pragma once

#include "process/kinds.hpp"
#include "torture/corrupt_pages.hpp"
#include "torture/risked.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace torture::damage {

/// Counters in the logbook.
enum : std::size_t { changed, records, found_corrupt, attach_refused, attached, episode };

/// Producers and consumers of one channel, all in this process, at random work that never waits.
template <class Kind>
class company {
    using producer = typename Kind::producer;
    using consumer = typename Kind::consumer;
    using batch = decltype(std::declval<consumer&>().try_take(1));

public:
    company(files at, random_numbers& random, logbook& book) : at_(std::move(at)), random_(random), book_(book)
    {
        const bool few = random.below(2) == 0;
        const bool wide = random.below(4) == 0; // cells of a consumer that is not there lie far outside
        options_ = {.capacity_bytes = std::size_t{4096} << random.below(2),
                    .max_producers = wide && random.below(8) == 0 ? 64 : 1 + static_cast<unsigned>(random.below(4)),
                    .max_consumers = few ? 1 + static_cast<unsigned>(random.below(3)) : 64,
                    .room_for_producers = 1, // what lies there for nobody is no word to change
                    .room_for_consumers = 1,
                    .max_held = wide ? 63 : 1 + static_cast<unsigned>(random.below(7)),
                    .payload_alignment = std::size_t{8} << random.below(4),
                    .directory = at_.directory};
        capacity_ = options_.capacity_bytes;
        producers_.resize(std::min(options_.max_producers, 2U));
        consumers_.resize(few ? options_.max_consumers : 3);
        for (auto& each : producers_) {
            each = std::make_unique<producer>(at_.name, options_);
        }
        for (auto& each : consumers_) {
            join(each);
        }
    }

    /// One thing that somebody does.
    void step()
    {
        book_.beat();
        switch (random_.below(16)) {
        case 0: rejoin(); break;
        case 1: succeed(); break;
        case 2: look_about(); break;
        case 3:
        case 4:
        case 5:
        case 6:
        case 7: publish(); break;
        case 8: release(); break;
        default: take(); break;
        }
    }

private:
    struct member {
        std::unique_ptr<consumer> end;
        std::vector<batch> held; // goes before its consumer
        const std::byte* ring = nullptr;

        void leave()
        {
            held.clear();
            end.reset();
        }
        ~member() { held.clear(); }
        member() = default;
        member(member&&) noexcept = default;
    };

    template <class Attempt>
    void attempt(Attempt&& what)
    {
        try {
            what();
            ++book_.counts[attached];
        } catch (const samepage::error& fault) {
            // A joined bit of a slot, or a mask, may be anything: the locks are the authority, and are not damaged.
            if (fault.code() != samepage::errc::corrupt) {
                throw std::runtime_error(std::string{"refused with something else than corrupt: "} + fault.what());
            }
            if (std::string_view{fault.what()}.find(".data") == std::string_view::npos) {
                throw std::runtime_error(std::string{"an error that does not name the file: "} + fault.what());
            }
            ++book_.counts[attach_refused];
        }
    }

    void join(member& who)
    {
        samepage::consumer_options options{
            .from = random_.below(2) == 0 ? samepage::start::newest : samepage::start::oldest,
            .wants = random_.below(2) == 0 ? samepage::demand::lossless : samepage::demand::lossy,
            .held = 1 + static_cast<unsigned>(random_.below(options_.max_held)),
            .directory = at_.directory};
        attempt([&] {
            who.end = std::make_unique<consumer>(at_.name, options);
            who.ring = who.end->info().ring;
        });
    }

    void rejoin()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        who.leave();
        join(who);
    }

    void succeed()
    {
        auto& who = producers_[random_.below(producers_.size())];
        who.reset();
        attempt([&] { who = std::make_unique<producer>(at_.name, options_); });
    }

    void look_about()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        if (!who.end) {
            return;
        }
        using namespace std::chrono_literals;
        switch (random_.below(8)) {
        case 0: keep(who, who.end->take_for(0ns, 1 + random_.below(9))); break;
        case 1: keep(who, who.end->take_latest_for(0ns)); break;
        case 2:
            if (who.end->arm()) {
                who.end->disarm();
            }
            break;
        case 3: static_cast<void>(who.end->waiting().over()); break;
        case 4: static_cast<void>(who.end->next()); break;
        default: static_cast<void>(who.end->waiting().ready()); break;
        }
    }

    void publish()
    {
        auto& who = producers_[random_.below(producers_.size())];
        if (!who) {
            succeed();
            return;
        }
        for (auto times = 1 + random_.below(12); times != 0; --times) {
            if constexpr (std::is_same_v<Kind, process::dense>) {
                auto slot = who->try_loan(1 + random_.below(9));
                if (!slot) {
                    break;
                }
                std::fill(slot.begin(), slot.end(), support::tick_of(number_++));
                if (random_.below(8) != 0) {
                    slot.publish();
                }
            } else {
                const auto wanted =
                    random_.below(16) == 0 ? random_.below(who->max_record_bytes() + 1) : random_.below(200);
                auto slot =
                    random_.below(64) == 0 ? who->loan_for(std::chrono::nanoseconds{0}, wanted) : who->try_loan(wanted);
                if (!slot) {
                    break;
                }
                std::fill_n(slot.bytes().data(), slot.bytes().size(), std::byte{0xff});
                if (random_.below(8) != 0) {
                    slot.publish();
                }
            }
        }
    }

    void take()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        if (!who.end) {
            join(who);
            return;
        }
        keep(who, random_.below(6) == 0 ? who.end->try_take_latest() : who.end->try_take(1 + random_.below(40)));
    }

    void release()
    {
        auto& who = consumers_[random_.below(consumers_.size())];
        if (!who.held.empty()) {
            const auto which = random_.below(who.held.size());
            touch(who, who.held[which]);
            who.held.erase(who.held.begin() + static_cast<std::ptrdiff_t>(which));
        }
    }

    void keep(member& who, batch got)
    {
        if (!got) {
            if (got.why() == samepage::outcome::corrupt) {
                ++book_.counts[found_corrupt];
                if (random_.below(4) == 0) {
                    who.leave();
                }
            }
            return;
        }
        touch(who, got);
        if (random_.below(3) == 0) {
            who.held.push_back(std::move(got));
        }
    }

    /// Reads every byte of it, and holds it to the ring where this process knows where that lies.
    void touch(const member& who, const batch& got)
    {
        const auto see = [&](const std::byte* data, std::size_t count) {
            if (got.lane() >= options_.max_producers) {
                throw std::runtime_error("a batch of a lane that the channel does not have");
            }
            if (count > capacity_ ||
                (got.lane() == 0 && (data < who.ring || data + count > who.ring + 2 * capacity_))) {
                throw std::runtime_error(fmt::format("a record of {} bytes that does not lie in the ring", count));
            }
            unsigned sum = 0;
            for (std::size_t i = 0; i < count; ++i) {
                sum += static_cast<unsigned>(data[i]);
            }
            sink_ = sink_ + sum;
            ++book_.counts[records];
        };
        if constexpr (std::is_same_v<Kind, process::dense>) {
            see(reinterpret_cast<const std::byte*>(got.data()), got.records().size_bytes());
        } else {
            for (const auto record : got) {
                see(record.data(), record.size());
            }
        }
    }

    files at_;
    random_numbers& random_;
    logbook& book_;
    samepage::channel_options options_;
    std::size_t capacity_ = 0;
    std::vector<std::unique_ptr<producer>> producers_;
    std::vector<member> consumers_;
    std::uint64_t number_ = 0;
    volatile unsigned sink_ = 0;
};

} // namespace torture::damage
