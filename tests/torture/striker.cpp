// SPDX-License-Identifier: BSL-1.0
// striker.cpp: a process that starts, stops and kills the others of a storm, and has no end of the channel itself.
#include "support/child.hpp"
#include "support/watchdog.hpp"
#include "torture/storm_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace torture {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr unsigned hang_seconds = 60;
constexpr auto most_patience = 20s; ///< for progress of who survives
constexpr std::uint64_t kills_a_measurement = 8;
constexpr auto poll = 20us;
constexpr std::uint64_t stops_a_long_one = 6;
constexpr auto shortest_long_stop = 12ms; ///< more than a slice

/// Shared by all that are forked from here on.
class shared_board {
public:
    shared_board()
        : at_(::mmap(nullptr, sizeof(storm_board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
    {
        if (at_ == MAP_FAILED) {
            throw std::system_error(errno, std::system_category(), "mmap");
        }
        new (at_) storm_board{};
    }
    shared_board(const shared_board&) = delete;
    shared_board& operator=(const shared_board&) = delete;
    ~shared_board() { ::munmap(at_, sizeof(storm_board)); }
    [[nodiscard]] storm_board* get() const noexcept { return static_cast<storm_board*>(at_); }

private:
    void* at_;
};

template <class Kind>
class striker {
public:
    striker(support::lines& parent, const std::filesystem::path& directory, std::uint64_t kills, std::uint64_t seed)
        : parent_(parent),
          random_(seed),
          due_(kills),
          site_{directory, std::string{"storm-"} + Kind::name, board_.get()}
    {
    }

    void run()
    {
        begin();
        while (kills_ < due_ && good_) {
            support::watchdog::begin_case(Kind::name, hang_seconds);
            std::this_thread::sleep_for(std::chrono::microseconds{random_.below(2000)});
            reap();
            if (good_) {
                strike();
            }
        }
        if (good_) {
            end();
        }
        for (auto& each : all_) {
            put_down(each);
        }
        support::watchdog::end_case();
        tell();
    }

private:
    enum class role { producer, consumer, lossless_verifier, lossy_verifier, last_producer };
    struct member {
        role what;
        unsigned index;
        ::pid_t pid = -1;
    };

    // ---- its processes ----

    int act(const member& who, std::uint64_t seed)
    {
        switch (who.what) {
        case role::producer: return storm_roles<Kind>::produce(site_, seed, who.index);
        case role::consumer: return storm_roles<Kind>::consume(site_, seed, who.index);
        case role::last_producer: return storm_roles<Kind>::produce_the_end(site_, seed);
        case role::lossless_verifier: return storm_roles<Kind>::verify(site_, seed, samepage::demand::lossless);
        case role::lossy_verifier: return storm_roles<Kind>::verify(site_, seed, samepage::demand::lossy);
        }
        return 1;
    }

    void start(member& who)
    {
        if (who.what == role::producer) {
            site_.board->lane_of.at(who.index).store(0, std::memory_order_relaxed);
        }
        const std::uint64_t seed = random_();
        who.pid = ::fork();
        if (who.pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            int status = 1;
            try {
                status = act(who, seed);
            } catch (const std::exception& fault) {
                site_.board->say(fault.what());
            }
            ::_exit(status);
        }
        if (who.pid == -1) {
            throw std::system_error(errno, std::system_category(), "fork");
        }
        support::watchdog::watch_child(who.pid);
    }

    /// It ended: was that right?
    void bury(member& who, int status)
    {
        support::watchdog::forget_child(who.pid);
        who.pid = -1;
        const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        kills_ += killed ? 1 : 0;
        if (!killed && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
            fail(fmt::format("a process ended with wait status {:#x}: {}", status, site_.board->note.data()));
        }
    }

    void put_down(member& who)
    {
        if (who.pid != -1) {
            ::kill(who.pid, SIGKILL);
            int status = 0;
            ::waitpid(who.pid, &status, 0);
            bury(who, status);
        }
    }

    /// Who left by itself is started again.
    void reap()
    {
        for (auto& each : all_) {
            int status = 0;
            if (each.pid != -1 && ::waitpid(each.pid, &status, WNOHANG) == each.pid) {
                bury(each, status);
                if (each.what == role::producer || each.what == role::consumer) {
                    start(each);
                } else {
                    fail("a verifier ended before its time");
                }
            }
        }
    }

    // ---- the storm ----

    void begin()
    {
        for (unsigned i = 0; i < storm_lanes; ++i) {
            all_.push_back({role::producer, i});
        }
        for (unsigned i = 0; i < storm_consumers; ++i) {
            all_.push_back({role::consumer, i});
        }
        all_.push_back({role::lossless_verifier, 0});
        all_.push_back({role::lossy_verifier, 0});
        start(all_.front()); // makes the channel
        start(all_[all_.size() - 2]);
        start(all_.back());
        support::watchdog::begin_case(Kind::name, hang_seconds);
        while (site_.board->ready.load(std::memory_order_acquire) != 2) {
            std::this_thread::sleep_for(poll);
        }
        for (auto& each : all_) {
            if (each.pid == -1) {
                start(each);
            }
        }
    }

    member& any_victim() { return all_[random_.below(storm_lanes + storm_consumers)]; }

    void strike()
    {
        const auto dice = random_.below(100);
        if (dice < 80) {
            member& victim = any_victim();
            put_down(victim);
            if (kills_ / kills_a_measurement != measured_) {
                measured_ = kills_ / kills_a_measurement;
                measure(after_kill_ms_);
            }
            start(victim);
        } else if (dice < 85) { // several at once
            std::vector<member*> victims;
            for (std::size_t i = 0; i < storm_lanes + storm_consumers; ++i) {
                if (random_.below(2) == 0) {
                    victims.push_back(&all_[i]);
                    put_down(all_[i]);
                }
            }
            for (auto* const each : victims) {
                start(*each);
            }
        } else { // stopped in mid-stride, anyone; a victim is perhaps killed so
            member& stopped = all_[random_.below(all_.size())];
            ::kill(stopped.pid, SIGSTOP);
            ++stops_;
            if (random_.below(stops_a_long_one) == 0) {
                stand_long(stopped);
            } else {
                std::this_thread::sleep_for(std::chrono::microseconds{random_.below(5000)});
            }
            if (dice < 93 && stopped.what != role::lossless_verifier && stopped.what != role::lossy_verifier) {
                put_down(stopped);
                start(stopped);
            } else {
                ::kill(stopped.pid, SIGCONT);
            }
        }
    }

    /// Somebody is stopped for some slices: those whom he does not bind must go on.
    void stand_long(const member& stopped)
    {
        const auto end = clock::now() + shortest_long_stop + std::chrono::microseconds{random_.below(50'000)};
        ++long_stops_;
        // A lossless consumer binds the producers, and what comes shows at the lossless verifier.
        if (stopped.what != role::lossless_verifier && !(stopped.what == role::consumer && stopped.index == 0)) {
            measure(beside_stopped_ms_, &stopped);
        }
        std::this_thread::sleep_until(end);
    }

    /// How long until the lossless verifier has a record of each surviving producer, but for `stopped`, that was
    /// published after this.
    void measure(std::vector<double>& times_ms, const member* stopped = nullptr)
    {
        const auto begin = clock::now();
        std::vector<std::pair<unsigned, std::uint64_t>> goals;
        for (std::size_t i = 0; i < storm_lanes; ++i) {
            const auto lane = board_.get()->lane_of.at(i).load(std::memory_order_acquire);
            if (all_[i].pid != -1 && &all_[i] != stopped && lane != 0) {
                // One more: the last one before may not be told of yet.
                const auto number = board_.get()->published.at(lane - 1).load(std::memory_order_relaxed);
                goals.emplace_back(static_cast<unsigned>(lane - 1), number + 1);
            }
        }
        const auto reached = [&] {
            return std::all_of(goals.begin(), goals.end(), [&](const auto& goal) {
                return board_.get()->taken.at(goal.first).load(std::memory_order_relaxed) > goal.second;
            });
        };
        while (!reached()) {
            std::this_thread::sleep_for(poll);
            if (clock::now() - begin > most_patience) {
                fail(stopped == nullptr ? "the survivors of a death do not go on"
                                        : "the others do not go on beside one that is stopped");
                return;
            }
            if (any_left()) { // by itself: whoever comes may take another lane
                return;
            }
        }
        times_ms.push_back(std::chrono::duration<double, std::milli>(clock::now() - begin).count());
    }

    [[nodiscard]] bool any_left() const
    {
        return std::any_of(all_.begin(), all_.end(), [](const member& each) {
            ::siginfo_t what{};
            return each.pid != -1 &&
                   ::waitid(P_PID, static_cast<::id_t>(each.pid), &what, WEXITED | WNOWAIT | WNOHANG) == 0 &&
                   what.si_pid == each.pid;
        });
    }

    /// All victims die; the lanes' last producers publish a little more, and close. The verifiers see all.
    void end()
    {
        std::vector<member> last;
        for (auto& each : all_) {
            if (each.what == role::producer || each.what == role::consumer) {
                put_down(each);
            }
        }
        for (unsigned i = 0; i < storm_lanes; ++i) {
            start(last.emplace_back(member{role::last_producer, i}));
        }
        support::watchdog::begin_case("the end of a storm", hang_seconds);
        for (auto& each : all_) {
            if (each.pid != -1) {
                last.push_back(std::exchange(each, member{each.what, each.index}));
            }
        }
        for (auto& each : last) {
            int status = 0;
            ::waitpid(each.pid, &status, 0);
            bury(each, status);
        }
    }

    void fail(const std::string& what)
    {
        good_ = false;
        parent_.say(fmt::format("violation {}, after {} kills: {}", Kind::name, kills_, what));
    }

    void tell()
    {
        const auto& board = *board_.get();
        const auto say = [&](const char* what, std::uint64_t count) {
            parent_.say(fmt::format("count {} {}", count, what));
        };
        for (const double each : after_kill_ms_) {
            parent_.say(fmt::format("after-kill {:.4f}", each));
        }
        for (const double each : beside_stopped_ms_) {
            parent_.say(fmt::format("beside-stopped {:.4f}", each));
        }
        say("kills", kills_);
        say("stops", stops_);
        say("stops of a slice and more", long_stops_);
        say("sleeps for a record ended by a bell", board.consumers_rung.load());
        say("sleeps for a record ended by the clock", board.consumers_unrung.load());
        say("sleeps for room ended by a bell", board.producers_rung.load());
        say("sleeps for room ended by the clock", board.producers_unrung.load());
        say("records looked at", board.records.load());
        say("losses told of", board.skipped.load());
        say("lost", board.lost.load());
        say("duplicated", board.duplicated.load());
        say("torn", board.torn.load());
        say("wrong loss counts", board.miscounted.load());
        std::uint64_t published = 0;
        for (const auto& each : board.published) {
            published += each.load();
        }
        say("records published", published);
        parent_.say("done");
    }

    support::lines& parent_;
    support::random_numbers random_;
    std::uint64_t due_;
    shared_board board_;
    storm_site site_;
    std::vector<member> all_;
    std::uint64_t kills_ = 0;
    std::uint64_t stops_ = 0;
    std::uint64_t measured_ = 0;
    std::uint64_t long_stops_ = 0;
    std::vector<double> after_kill_ms_; ///< told at the end: nobody listens before
    std::vector<double> beside_stopped_ms_;
    bool good_ = true;
};

} // namespace
} // namespace torture

SAMEPAGE_CHILD(torture_striker)
{
    const auto kills = std::stoull(told.at(1));
    const auto seed = std::stoull(told.at(2));
    if (told.at(0) == torture::dense::name) {
        torture::striker<torture::dense>(parent, told.at(3), kills, seed).run();
    } else {
        torture::striker<torture::framed>(parent, told.at(3), kills, seed).run();
    }
}
