// SPDX-License-Identifier: BSL-1.0
// engine.hpp: runs a program of a few processes again and again, each time with other choices: who makes the next step,
// which value a load reads, who dies. Depth first with partial order reduction; or every execution with at most so many
// deviations from a plain one; or at random.
// Thread safety: none; one engine a program.
#pragma once

#include "model/fiber.hpp"
#include "model/memory.hpp"
#include "model/mutant.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <experimental/source_location>

namespace model {

using where_in_source = std::experimental::source_location;

/// What runs: its bodies may touch each other only by the engine's operations.
class program {
public:
    program() = default;
    program(const program&) = delete;
    program& operator=(const program&) = delete;
    virtual ~program() = default;

    [[nodiscard]] virtual unsigned processes() const = 0;
    /// Bit i: process i may die, once, before any step of its own that another process could notice.
    [[nodiscard]] virtual unsigned mortals() const { return 0; }
    /// Before the processes start; its operations are no steps.
    virtual void set_up() {}
    virtual void run(unsigned process) = 0;
    /// After all have ended; its operations are no steps.
    virtual void finish() {}
    /// A process changes the word whose id this is; not while the scene is set.
    virtual void changes(const std::uint32_t& /*id*/, std::uint64_t /*before*/, std::uint64_t /*after*/) {}
    /// The lock of `byte` got another owner, or lost its owner (-1), perhaps by the owner's death.
    virtual void owner_changed(unsigned /*byte*/, int /*owner*/, bool /*by_death*/) {}
};

enum class kind : std::uint8_t {
    load,
    store,
    modify,
    plain_store,
    fence,
    fence_other,
    lock,
    held,
    sleep,
    wake,
    awake,
    join,
    end,
    die
};

inline constexpr std::size_t most_steps = 3000; ///< of an execution
inline constexpr unsigned nobody = ~0U;         ///< among processes

/// A step, as far as others can tell.
struct step {
    kind what = kind::load;
    std::int8_t other = -1;  ///< fence_other: whose; lock: `once_free`, if the step comes only once it is free
    std::int16_t where = -1; ///< location
    std::uint32_t mask = 0;  ///< lock bytes, or processes joined
};

inline constexpr std::int8_t once_free = -2;

struct limits {
    std::uint64_t executions = ~std::uint64_t{0};
    double seconds = 1e9;
    bool random = false;
    std::uint64_t seed = 1;
    bool reduce = true; ///< leave out executions that differ in the order of independent steps only
    /// Not negative: every execution with at most so many deviations, and no other. One is: a process that could go on
    /// does not, a load reads another value than the newest, a process dies.
    int deviations = -1;
};

struct report {
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0; ///< begun, and left when they turned out to repeat others
    std::uint64_t steps = 0;
    std::uint64_t deaths = 0;
    std::uint64_t timeouts = 0;
    unsigned longest = 0; ///< steps of an execution
    bool exhausted = false;
    double seconds = 0;
    std::string violation; ///< the first one; none: empty
    std::string choices;   ///< for replay()
};

class engine {
public:
    engine();
    ~engine();

    report explore(program& what, const limits& bounds);
    /// Once more, with a line a step to `trace`.
    report replay(program& what, const std::string& choices, std::string& trace);

    // ---- what processes do ----

    std::uint64_t load(std::uint32_t& id, std::memory_order order, const where_in_source& at);
    void store(std::uint32_t& id, std::uint64_t value, std::memory_order order, const where_in_source& at);
    template <class Change>
    std::uint64_t modify(std::uint32_t& id, std::memory_order order, const where_in_source& at, Change&& change)
    {
        begin_modify(id, at);
        const std::uint64_t before = memory_.newest(location_of(id));
        end_modify(id, change(before), order, at);
        return before;
    }
    /// As std::atomic's strong one: it succeeds on the newest value alone; a failure is a load, perhaps of an older
    /// one.
    bool compare_exchange(std::uint32_t& id, std::uint64_t& expected, std::uint64_t value, std::memory_order order,
                          const where_in_source& at);
    void fence(std::memory_order order, const where_in_source& at);
    /// A full fence of ours, of each other process alive, one by one, and of ours.
    void heavy_fence(const where_in_source& at);
    void plain_store(std::uint32_t& id, std::uint64_t value, bool noticed, const where_in_source& at);
    std::uint64_t plain_load(std::uint32_t& id, const where_in_source& at);

    bool try_lock(unsigned byte, const where_in_source& at);
    bool try_share(unsigned byte, const where_in_source& at);
    /// Until nobody else has it: for a call that tries it again and again.
    void lock(unsigned byte, const where_in_source& at);
    void unlock(unsigned byte, const where_in_source& at);
    bool held_elsewhere(unsigned first, unsigned count, const where_in_source& at);

    /// Until woken if the newest value is `expected`; after a death, or let_time_pass(), also until a slice has passed.
    void sleep(std::uint32_t& id, std::uint64_t expected, const where_in_source& at);
    void wake(std::uint32_t& id, const where_in_source& at);
    /// Sleeps may end by the clock from here on: somebody left whom others wait for, up to a time.
    void let_time_pass() noexcept { time_passes_ = true; }
    /// Until all of `processes` ended; and from then on what they stored is read: it is visible in finite time.
    void join(unsigned processes);

    [[noreturn]] void fail(const std::string& what);
    [[nodiscard]] std::int64_t slices() const noexcept { return slices_; }
    [[nodiscard]] unsigned process() const noexcept { return current_; }
    [[nodiscard]] bool died(unsigned process) const noexcept { return actors_[process].at == place::dead; }
    /// The newest value, as nobody may read it: for checks.
    [[nodiscard]] std::uint64_t peek(std::uint32_t& id) { return memory_.newest(location_of(id)); }
    [[nodiscard]] bool tracing() const noexcept { return trace_ != nullptr; }
    void note(const std::string& line);

    /// While the scene is set: `process` holds the lock of `byte`, if it is to.
    void own(unsigned byte, unsigned process)
    {
        locks_[byte].owner = process == nobody ? -1 : static_cast<int>(process);
    }
    /// Who owns the lock of `byte`; -1: nobody.
    [[nodiscard]] int owner(unsigned byte) const noexcept { return locks_[byte].owner; }
    [[nodiscard]] bool shares(unsigned byte) const noexcept { return (locks_[byte].sharers >> current_ & 1U) != 0; }
    /// Of this execution, so far.
    [[nodiscard]] std::size_t steps() const noexcept { return depth_; }

    /// Reads only the newest values from here on, or all that are allowed again.
    void read_newest(bool on) { memory_.of(current_).fresh = on; }

private:
    enum class place : std::uint8_t { ready, asleep, joining, locking, ended, dead };

    struct participant {
        std::unique_ptr<fiber> stack;
        place at = place::ready;
        bool woken = false;
        std::uint8_t timeouts = 0;
        step next;
        unsigned mortal_steps = 0; ///< at which it could have died
        unsigned dies_at = 0;      ///< random: at that one
        unsigned priority = 0;     ///< random
    };
    struct node {
        std::uint8_t process = 0;
        std::uint8_t outcome = 0;
        std::uint8_t outcomes = 1;
        std::uint8_t enabled = 0, sleep = 0, done = 0, backtrack = 0;
        std::uint8_t free = 0;  ///< who may go on without that being a deviation
        std::uint8_t spent = 0; ///< deviations before
        step made;
        std::array<step, most_processes> next;
        std::array<std::int16_t, most_processes> clock{};
    };
    struct held_back_store {
        mutation how = mutation::none;
        std::uint32_t* id = nullptr;
        std::uint64_t value = 0;
        std::memory_order order{};
    };
    struct lock_state {
        int owner = -1;
        std::uint32_t sharers = 0; ///< a bit a process; none beside an owner
        view released;
    };

    [[nodiscard]] unsigned location_of(std::uint32_t& id) { return id != 0 ? id - 1 : add_location(id); }
    unsigned add_location(std::uint32_t& id);
    void begin_modify(std::uint32_t& id, const where_in_source& at);
    void end_modify(std::uint32_t& id, std::uint64_t value, std::memory_order order, const where_in_source& at);

    [[nodiscard]] bool in_scene() const noexcept { return current_ == most_processes; }
    unsigned arrive(const step& what, unsigned outcomes_now, const where_in_source& at);
    void announce(const step& what);
    unsigned choose(unsigned outcomes, const where_in_source& at);
    void schedule();
    [[nodiscard]] unsigned enabled() const noexcept;
    [[nodiscard]] std::uint32_t locks_of(unsigned process) const noexcept;
    [[nodiscard]] bool is_free(unsigned byte, unsigned process) const noexcept
    {
        const auto& lock = locks_[byte];
        return (lock.owner == -1 && (lock.sharers & ~(1U << process)) == 0) || lock.owner == static_cast<int>(process);
    }
    unsigned pick(node& fresh);
    void count_deviations(node& fresh) const noexcept;
    [[nodiscard]] int deviations_left(const node& at) const noexcept;
    unsigned pick_random(unsigned enabled);
    void make(node& at, const step& what);
    void reverse(std::size_t first);
    [[noreturn]] void die();
    void leave_execution();
    void forget_locations() noexcept;
    void run_once(program& what);
    bool next_path();
    void begin_program(program& what, const limits& bounds);
    void begin_random(std::uint64_t seed);
    void store_now(std::uint32_t& id, std::uint64_t value, std::memory_order order, const where_in_source& at);
    void store_held_back(mutation how, const where_in_source& at);
    void set_owner(unsigned byte, int owner, bool by_death = false);
    void check_race(race found, const where_in_source& at);
    std::uint64_t random() noexcept;
    void say(const where_in_source& at, const std::string& what);
    [[nodiscard]] std::string choice_string() const;

    static void body(void* self);

    memory memory_;
    std::array<participant, most_processes> actors_;
    fiber main_;
    program* program_ = nullptr;
    unsigned processes_ = 0, mortals_ = 0;
    unsigned current_ = most_processes;
    bool random_mode_ = false, reduce_ = true, replaying_ = false;
    int deviations_ = -1;
    std::vector<node> path_;
    std::size_t depth_ = 0;   ///< steps of this execution
    std::size_t planned_ = 0; ///< of the path, so many are given
    bool redundant_ = false, stop_ = false, starting_ = false;
    std::array<lock_state, 32> locks_;
    std::array<held_back_store, most_processes> held_back_;
    std::array<std::array<std::uint64_t, most_locations>, most_processes> last_read_{}; ///< for mutants
    std::int64_t slices_ = 0;
    bool time_passes_ = false;
    unsigned deaths_ = 0, timeouts_ = 0;
    std::vector<std::uint32_t*> ids_;
    std::string violation_;
    std::string* trace_ = nullptr;
    std::uint64_t random_state_ = 0;
    unsigned change_left_ = 0;
    std::size_t longest_ = 64;
    std::array<unsigned, most_processes> most_mortal_steps_{};
};

/// The engine that the operations of the atomics policy go to.
engine& the_engine();

} // namespace model
