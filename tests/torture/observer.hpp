// SPDX-License-Identifier: BSL-1.0
// observer.hpp: a consumer that knows what must come next, and counts what is wrong with what comes.
// Thread safety: none; the consumer's.
#pragma once

#include "torture/kinds.hpp"

#include <samepage/core/outcome.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace torture {

/// What a consumer was given, and what was wrong with it.
struct tally {
    std::uint64_t records = 0;
    std::uint64_t skipped = 0;    ///< that a lossy consumer was told it lost
    std::uint64_t lost = 0;       ///< that nobody told of
    std::uint64_t duplicated = 0; ///< that came again
    std::uint64_t torn = 0;       ///< whose bytes are not what they must be
    std::uint64_t miscounted = 0; ///< batches with a wrong count of losses
    std::string first;            ///< what was wrong first

    [[nodiscard]] bool good() const noexcept { return lost + duplicated + torn + miscounted == 0; }
};

/// Follows the lanes by their numbers.
class lanes_followed {
public:
    /// Expects what a consumer that just joined says it finds next.
    /// @param resume  where it asked to go on; what is gone of that it is told of.
    explicit lanes_followed(const std::vector<samepage::record_place>& next,
                            const std::vector<samepage::record_place>& resume = {})
    {
        for (const auto& each : next) {
            next_.push_back(each.number);
        }
        for (const auto& each : resume) {
            next_.at(each.lane) = each.number;
        }
        begun_ = next_;
    }

    /// Looks at a batch that follows on the one before. `passes`: of take_latest, which passes over some.
    template <class Kind>
    void see(const typename Kind::batch& batch, bool lossless, bool passes = false)
    {
        const unsigned lane = batch.lane();
        if (lane >= next_.size()) {
            ++said_.torn;
            note("a batch of lane " + std::to_string(lane), lane, batch.number());
            return;
        }
        see_number(lane, batch.number(), batch.lost(), lossless, passes);
        read<Kind>(batch);
        next_[lane] = batch.number() + batch.size();
        said_.records += batch.size();
    }

    /// Looks at a batch's bytes alone, now or again.
    template <class Kind>
    void read(const typename Kind::batch& batch)
    {
        const unsigned lane = batch.lane();
        std::uint64_t number = batch.number();
        Kind::read(batch, [&](std::uint64_t key) {
            if (key != key_of(lane, number)) [[unlikely]] {
                ++(key == torn_key ? said_.torn : key < key_of(lane, number) ? said_.duplicated : said_.lost);
                note(key == torn_key ? "a torn record" : "the bytes of key " + std::to_string(key), lane, number);
            }
            ++number;
        });
        if (number != batch.number() + batch.size()) {
            ++said_.torn;
            note("a batch that ends early", lane, number);
        }
    }

    /// A lane's next number, and how many of it came or were told of as lost.
    [[nodiscard]] std::uint64_t next(unsigned lane) const { return next_.at(lane); }
    [[nodiscard]] std::uint64_t begun(unsigned lane) const { return begun_.at(lane); }
    [[nodiscard]] std::size_t lanes() const noexcept { return next_.size(); }
    [[nodiscard]] const tally& said() const noexcept { return said_; }

private:
    void see_number(unsigned lane, std::uint64_t number, std::uint64_t lost, bool lossless, bool passes)
    {
        const std::uint64_t expected = next_[lane] + lost;
        said_.skipped += lost;
        if (lossless && lost != 0) {
            said_.lost += lost;
            note(std::to_string(lost) + " lost by a lossless consumer", lane, number);
        } else if (number < next_[lane]) {
            ++said_.duplicated;
            note("a number where " + std::to_string(next_[lane]) + " was due", lane, number);
        } else if (passes ? number < expected : number != expected) {
            ++(lossless ? said_.lost : said_.miscounted);
            note("a number where " + std::to_string(next_[lane]) + " was due and " + std::to_string(lost) +
                     " were told of as lost",
                 lane, number);
        }
    }

    void note(const std::string& what, unsigned lane, std::uint64_t number)
    {
        if (said_.first.empty()) {
            said_.first = what + ", lane " + std::to_string(lane) + " number " + std::to_string(number);
        }
    }

    std::vector<std::uint64_t> next_;
    std::vector<std::uint64_t> begun_;
    tally said_;
};

/// A consumer that looks at all it takes.
template <class Kind>
class observer {
public:
    observer(const std::string& channel, const samepage::consumer_options& options)
        : lossless_(options.wants == samepage::demand::lossless),
          consumer_(channel, options),
          seen_(consumer_.next(), options.resume)
    {
    }

    [[nodiscard]] typename Kind::consumer& consumer() noexcept { return consumer_; }
    [[nodiscard]] const lanes_followed& seen() const noexcept { return seen_; }

    /// Looks at it, and gives it back.
    samepage::outcome see(const typename Kind::batch& batch, bool passes = false)
    {
        if (batch) {
            seen_.template see<Kind>(batch, lossless_, passes);
        }
        return batch.why();
    }

    /// Takes until there is nothing. @return why: empty, closed, producer_died, or something bad
    samepage::outcome drain()
    {
        for (;;) {
            const auto why = see(consumer_.try_take());
            if (why != samepage::outcome::ok) {
                return why;
            }
        }
    }

    /// Takes at most `most` records and keeps them, unseen as yet. @return false: there are none
    bool hold(std::size_t most) { return keep(consumer_.try_take(most)); }

    bool hold_latest() { return keep(consumer_.try_take_latest(), true); }

    /// Keeps it, unseen as yet. @return false: there is none
    bool keep(typename Kind::batch&& batch, bool passes = false)
    {
        const bool any = static_cast<bool>(batch);
        if (any) {
            held_.push_back({std::move(batch), passes, false});
        }
        return any;
    }

    /// Looks at what it keeps, once more if it did before.
    void look()
    {
        for (auto& [batch, passes, seen] : held_) {
            if (std::exchange(seen, true)) {
                seen_.template read<Kind>(batch);
            } else {
                see(batch, passes);
            }
        }
    }

    [[nodiscard]] std::size_t holding() const noexcept { return held_.size(); }

    /// Looks at it, and gives it back.
    void let_go()
    {
        look();
        held_.clear();
    }

private:
    struct kept {
        typename Kind::batch batch;
        bool passes;
        bool seen;
    };

    bool lossless_;
    typename Kind::consumer consumer_;
    lanes_followed seen_;
    std::vector<kept> held_;
};

} // namespace torture
