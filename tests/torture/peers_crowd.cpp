// SPDX-License-Identifier: BSL-1.0
// peers_crowd.cpp: 64 consumers that come and go while two producers publish: nobody loses what was promised, a 65th is
// refused.
#include "process/kinds.hpp"
#include "support/scratch.hpp"
#include "torture/peer.hpp"

#include <samepage/core/error.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace torture {
namespace {

using namespace std::chrono_literals;
using process::dense;
using process::framed;
using samepage::demand;
using samepage::errc;
using samepage::outcome;
using support::random_numbers;
using support::require;

constexpr std::size_t ring_bytes = std::size_t{1} << 15U;
constexpr unsigned slots = samepage::ring::most_consumers;
constexpr unsigned lanes = 2;

/// Follows two lanes, whose records' numbers are their own.
class two_lanes {
public:
    /// A consumer that came in the middle: whatever comes first is where it begins.
    template <class Batch>
    void see(const Batch& batch, bool lossless)
    {
        lane& of = lanes_.at(batch.lane());
        require(!lossless || batch.lost() == 0, "a lossless consumer loses nothing");
        if (of.began) {
            require(batch.number() == of.next + batch.lost(), "no record is skipped untold");
        }
        of.began = true;
        of.next = batch.number();
        for (const auto& record : batch) {
            require(number_in(record) == of.next, "a record is the one its number says, and whole");
            ++of.next;
            ++of.seen;
        }
    }
    [[nodiscard]] std::uint64_t seen() const noexcept { return lanes_[0].seen + lanes_[1].seen; }

private:
    static std::uint64_t number_in(const support::tick& record)
    {
        return support::whole(record) ? record.number : ~std::uint64_t{0};
    }
    static std::uint64_t number_in(std::span<const std::byte> record) { return support::number_of(record); }

    struct lane {
        bool began = false;
        std::uint64_t next = 0;
        std::uint64_t seen = 0;
    };
    std::array<lane, lanes> lanes_{};
};

template <class Kind>
peer::body producing(const support::scratch_channel& channel)
{
    return [&channel](support::lines& parent) {
        typename Kind::producer to{channel.name(),
                                   {.capacity_bytes = ring_bytes,
                                    .max_producers = lanes,
                                    .max_consumers = slots,
                                    .wait = samepage::wait_policy::sleep()}};
        parent.say("ready");
        std::chrono::milliseconds span{std::stoull(parent.hear())};
        const auto end = std::chrono::steady_clock::now() + span;
        while (std::chrono::steady_clock::now() < end) {
            for (int i = 0; i < 500; ++i) {
                process::publish<Kind>(to, to.next_number());
            }
            std::this_thread::sleep_for(200us); // 64 others want the processors
        }
        parent.say(std::to_string(to.next_number()));
        parent.expect("close");
        to.close();
        parent.say("closed");
    };
}

template <class Kind>
std::unique_ptr<typename Kind::consumer> join(const support::scratch_channel& channel, demand wants,
                                              samepage::start from)
{
    return std::make_unique<typename Kind::consumer>(
        channel.name(),
        samepage::consumer_options{.from = from, .wants = wants, .held = 3, .wait = samepage::wait_policy::sleep()});
}

/// The one who must see everything, from the first record on.
template <class Kind>
peer::body verifying(const support::scratch_channel& channel)
{
    return [&channel](support::lines& parent) {
        const auto from = join<Kind>(channel, demand::lossless, samepage::start::oldest);
        parent.say("ready");
        two_lanes with;
        for (;;) {
            const auto batch = from->take();
            if (!batch) {
                require(batch.why() == outcome::closed, "the stream ends because it was closed");
                break;
            }
            with.see(batch, true);
        }
        parent.say(std::to_string(with.seen()));
    };
}

/// Joins, takes for a while, holds something, leaves; without a word if it is one of those who die.
template <class Kind>
void visit(const support::scratch_channel& channel, random_numbers& random, bool dies)
{
    const bool lossless = random.below(3) != 0;
    const auto from = join<Kind>(channel, lossless ? demand::lossless : demand::lossy,
                                 random.below(2) == 0 ? samepage::start::newest : samepage::start::oldest);
    two_lanes with;
    using batch_type = decltype(from->try_take());
    std::vector<batch_type> held;
    for (auto takes = random.below(30); takes != 0; --takes) {
        auto batch = from->take_for(5ms, 1 + random.below(200));
        if (batch) {
            with.see(batch, lossless);
            if (held.size() < 2 && random.below(4) == 0) {
                held.push_back(std::move(batch));
            }
        } else if (batch.why() != outcome::timed_out) {
            require(batch.why() == outcome::closed,
                    std::string{"a stream ends by closing, not: "} + std::string{to_string(batch.why())});
            break;
        }
        if (random.below(8) == 0) {
            held.clear();
        }
    }
    if (dies) {
        ::kill(::getpid(), SIGKILL);
    }
}

/// Comes and goes until told to end. Every eighth lets a child of its own come and die.
template <class Kind>
peer::body visiting(const support::scratch_channel& channel, std::uint64_t seed, unsigned index)
{
    return [&channel, seed, index](support::lines& parent) {
        random_numbers random{support::scatter(seed + index)};
        {
            const auto first = join<Kind>(channel, demand::lossless, samepage::start::newest);
            parent.say("joined");
            parent.expect("go");
        }
        std::uint64_t visits = 0;
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{std::stoull(parent.hear())};
        while (std::chrono::steady_clock::now() < end) {
            if (index % 8 == 0) {
                const auto own = random();
                const ::pid_t pid = ::fork();
                require(pid >= 0, "fork");
                if (pid == 0) {
                    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
                    try {
                        random_numbers its{own};
                        visit<Kind>(channel, its, true);
                    } catch (const std::exception& fault) {
                        fmt::print(stderr, "  a visitor: {}\n", fault.what());
                    }
                    ::_exit(1);
                }
                int status = 0;
                ::waitpid(pid, &status, 0);
                require(WIFSIGNALED(status), "a visitor that dies sees nothing wrong before");
            } else {
                visit<Kind>(channel, random, false);
            }
            ++visits;
            std::this_thread::sleep_for(
                std::chrono::microseconds{random.below(20'000)}); // the producers need to run, too
        }
        parent.say(std::to_string(visits));
    };
}

template <class Kind>
void come_and_go(const settings& how, const char* kind)
{
    const support::scratch_channel channel;
    std::vector<std::unique_ptr<peer>> producers;
    for (unsigned i = 0; i < lanes; ++i) {
        producers.push_back(std::make_unique<peer>("a producer", producing<Kind>(channel)));
        producers.back()->expect("ready");
    }
    peer verifier{"the verifier", verifying<Kind>(channel)};
    verifier.expect("ready");
    std::vector<std::unique_ptr<peer>> visitors;
    for (unsigned i = 0; i + 1 < slots; ++i) {
        visitors.push_back(std::make_unique<peer>("a visitor", visiting<Kind>(channel, how.seed, i)));
        visitors.back()->expect("joined");
    }
    {
        peer late{"the 65th", [&](support::lines& parent) {
                      try {
                          join<Kind>(channel, demand::lossy, samepage::start::newest);
                      } catch (const samepage::error& fault) {
                          require(fault.code() == errc::too_many_consumers,
                                  std::string{"it is too_many_consumers, but: "} + fault.what());
                          parent.say("refused");
                          return;
                      }
                      parent.say("let in");
                  }};
        late.expect("refused");
    }
    const auto span = std::to_string(how.amount(60'000, 2'500));
    for (auto& each : producers) {
        each->say(span);
    }
    for (auto& each : visitors) {
        each->say("go");
        each->say(span);
    }
    std::uint64_t visits = 0;
    for (auto& each : visitors) {
        visits += each->hear_number();
        each->end_well();
    }
    std::uint64_t published = 0;
    for (auto& each : producers) {
        published += each->hear_number();
    }
    for (auto& each : producers) {
        each->say("close");
        each->expect("closed");
        each->end_well();
    }
    require(verifier.hear_number() == published, "the verifier saw all that was published");
    fmt::print("  {}: {} visits of 63 consumers, {} records seen by the 64th\n", kind, visits, published);
}

} // namespace

void peers_in_a_crowd(const settings& how, scenarios& all)
{
    all.run("64 consumers that come and go, dense", [&] { come_and_go<dense>(how, "dense"); });
    all.run("64 consumers that come and go, framed", [&] { come_and_go<framed>(how, "framed"); });
}

} // namespace torture
