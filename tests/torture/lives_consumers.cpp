// SPDX-License-Identifier: BSL-1.0
// lives_consumers.cpp: what named consumers and the workers of a group do in the part `lives`.
#include "support/child.hpp"
#include "torture/lives_attach.hpp"

#include <stdexcept>
#include <vector>

namespace torture {
namespace {

using namespace std::chrono_literals;
using samepage::outcome;

/// Whether who got an empty batch is to go on, and if not for ever, why.
enum class next_step { take, leave, end };

/// What a named consumer and a worker do with a batch that is empty.
class stream_end {
public:
    stream_end(const lives_site& where, std::size_t generation) : where_(where), generation_(generation) {}

    /// Before each take: what was so then.
    void before_take()
    {
        over_ = where_.all->over != 0;
        left_ = where_.retires && where_.all->is_left(generation_);
    }
    next_step after(outcome why)
    {
        switch (why) {
        case outcome::empty:
        case outcome::timed_out: return next_step::take;
        case outcome::closed:
            if (over_) {
                return next_step::end;
            }
            [[fallthrough]];
        case outcome::producer_died: // others are about to come
            std::this_thread::sleep_for(100us);
            return next_step::take;
        case outcome::retired:
            support::require(where_.retires, "nobody removed the channel, and a consumer is told so");
            if (!std::exchange(told_, true)) {
                ++where_.all->consumers_told;
            }
            if (left_) { // and still nothing came: that was all
                return next_step::leave;
            }
            std::this_thread::sleep_for(500us);
            return next_step::take;
        default: throw std::runtime_error("a take is " + std::string{to_string(why)});
        }
    }
    [[nodiscard]] bool was_told() const noexcept { return told_; }

private:
    const lives_site& where_;
    std::size_t generation_;
    bool over_ = false;
    bool left_ = false;
    bool told_ = false;
};

/// Looks at a record.
void check(const lives_site& where, std::uint64_t key, std::size_t generation, unsigned lane, std::uint64_t number)
{
    if (key != key_in(generation, lane, number)) {
        auto& all = *where.all;
        const bool foreign = key != torn_key && generation_in(key) != generation;
        all.count(foreign ? all.foreign : all.wrong,
                  "record " + std::to_string(number) + " of lane " + std::to_string(lane) + " in channel " +
                      std::to_string(generation) + " has the bytes of " + std::to_string(key));
    }
}

/// Takes, checks and releases records by a name.
template <class Kind>
class named_life {
public:
    named_life(const lives_site& where, unsigned which, typename Kind::consumer& from, std::size_t generation)
        : where_(where), which_(which), from_(from), generation_(generation)
    {
    }
    next_step live(support::random_numbers& random)
    {
        stream_end end{where_, generation_};
        for (std::uint64_t batches = 1 + random.below(2000); batches != 0 || end.was_told();) {
            end.before_take();
            auto batch = random.below(4) != 0 ? from_.take(1 + random.below(50)) : from_.take_for(1ms);
            if (!batch) {
                const auto next = end.after(batch.why());
                if (next == next_step::leave) {
                    check_end();
                }
                if (next != next_step::take) {
                    return next;
                }
                continue;
            }
            batches -= batches != 0 ? 1U : 0U;
            look(batch);
            if (random.below(32) == 0) { // something to do, with records in its hands
                nap(random, 2000);
            }
            if (random.below(500) == 0) {
                ++where_.all->left_in_hands;
                from_.close();
                return next_step::leave;
            }
            release(batch);
        }
        return next_step::leave;
    }

private:
    [[nodiscard]] auto& own() const { return where_.all->generations.at(generation_).names.at(which_); }

    void look(const typename Kind::batch& batch)
    {
        auto& all = *where_.all;
        const unsigned lane = batch.lane();
        auto& released = own().released.at(lane);
        // Killed between the two, the last one may or may not have released.
        const std::uint64_t here = batch.number() + 1;
        const bool first = !std::exchange(went_on_.at(lane), true);
        if (released != 0 && here != released && !(first && here == own().releasing.at(lane))) {
            all.count(all.misplaced, std::string{lives_names.at(which_)} + " got " + std::to_string(here - 1) +
                                         " of lane " + std::to_string(lane) + " where " + std::to_string(released - 1) +
                                         " was due");
        }
        if (batch.lost() != 0) {
            all.lost += batch.lost();
            all.count(all.failed, std::string{lives_names.at(which_)} + " is told of a loss");
        }
        own().releasing.at(lane) = here;
        released = here;
        std::uint64_t number = batch.number();
        Kind::read(batch, [&](std::uint64_t key) { check(where_, key, generation_, lane, number++); });
        all.taken += batch.size();
    }
    void release(typename Kind::batch& batch)
    {
        const std::uint64_t next = batch.number() + batch.size() + 1;
        own().releasing.at(batch.lane()) = next;
        batch.release();
        own().released.at(batch.lane()) = next;
    }
    /// It took everything that was there once no producer was left.
    void check_end()
    {
        auto& all = *where_.all;
        for (unsigned lane = 0; lane != lives_lanes; ++lane) {
            const auto& written = all.generations.at(generation_).lanes.at(lane);
            const std::uint64_t released = own().released.at(lane);
            if (released != 0 && (released - 1 < written.sure || released - 1 > written.published)) {
                all.count(all.left_over, std::string{lives_names.at(which_)} + " was told it is retired and got " +
                                             std::to_string(released - 1) + " of " + std::to_string(written.sure) +
                                             " in lane " + std::to_string(lane));
            }
        }
        ++all.seen_to_the_end;
    }

    const lives_site& where_;
    unsigned which_;
    typename Kind::consumer& from_;
    std::size_t generation_;
    std::array<bool, lives_lanes> went_on_{};
};

/// A member of the group: takes, does and releases.
template <class Kind>
next_step work_with(const lives_site& where, typename Kind::consumer& from, std::size_t generation,
                    support::random_numbers& random)
{
    auto& all = *where.all;
    stream_end end{where, generation};
    std::vector<typename Kind::batch> held;
    // If all of them left a channel that is removed, nobody would do what is left there.
    for (std::uint64_t batches = 1 + random.below(2000); batches != 0 || where.retires;) {
        end.before_take();
        // Who holds something does not wait for what cannot come because of that.
        auto batch = held.empty() && random.below(4) != 0 ? from.take(1 + random.below(32))
                                                          : from.take_for(2ms, 1 + random.below(32));
        if (!batch) {
            held.clear();
            if (batch.why() == outcome::too_many_held) {
                continue;
            }
            if (const auto next = end.after(batch.why()); next != next_step::take) {
                return next;
            }
            continue;
        }
        batches -= batches != 0 ? 1U : 0U;
        if (!where.retires && random.below(500) == 0) { // not done: another member gets it
            ++all.left_in_hands;
            from.close();
            return next_step::leave;
        }
        std::uint64_t number = batch.number();
        const unsigned lane = batch.lane();
        const bool again = batch.redelivered();
        if (batch.lost() != 0) {
            all.lost += batch.lost();
            all.count(all.failed, "the group is told of a loss");
        }
        Kind::read(batch, [&](std::uint64_t key) {
            check(where, key, generation, lane, number);
            if (where.done_with(generation, lane, number).fetch_add(1) != 0 && !again) {
                all.count(all.unmarked, "record " + std::to_string(number) + " of lane " + std::to_string(lane) +
                                            " was done before, and is not marked");
            }
            all.redelivered += again ? 1U : 0U;
            ++number;
        });
        all.worked += batch.size();
        if (random.below(16) == 0) {
            nap(random, 1000);
        }
        if (held.size() < 3 && random.below(8) == 0) {
            held.push_back(std::move(batch));
        } else if (!held.empty() && random.below(3) == 0) {
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(random.below(held.size())));
        }
    }
    return next_step::leave;
}

} // namespace

template <class Kind>
typename Kind::consumer lives_consumers_of<Kind>::open_named(const lives_site& where, unsigned which)
{
    return typename Kind::consumer{where.name,
                                   {.name = lives_names.at(which),
                                    .from = samepage::start::oldest,
                                    .wait_for_channel = 10s,
                                    .directory = where.directory}};
}

template <class Kind>
typename Kind::consumer lives_consumers_of<Kind>::open_worker(const lives_site& where)
{
    return typename Kind::consumer{
        where.name,
        {.group = lives_group, .from = samepage::start::oldest, .wait_for_channel = 10s, .directory = where.directory}};
}

template <class Kind>
void lives_consumers_of<Kind>::consume(const lives_site& where, unsigned which, std::uint64_t seed)
{
    support::random_numbers random{seed};
    for (auto next = next_step::take; next != next_step::end;) {
        auto [from, generation] = attach(where, lives_who::named + which, [&] { return open_named(where, which); });
        next = named_life<Kind>{where, which, from, generation}.live(random);
    }
}

template <class Kind>
void lives_consumers_of<Kind>::work(const lives_site& where, unsigned which, std::uint64_t seed)
{
    support::random_numbers random{seed};
    for (auto next = next_step::take; next != next_step::end;) {
        auto [from, generation] = attach(where, lives_who::worker + which, [&] { return open_worker(where); });
        next = work_with<Kind>(where, from, generation, random);
    }
}

template struct lives_consumers_of<dense>;
template struct lives_consumers_of<framed>;

} // namespace torture
