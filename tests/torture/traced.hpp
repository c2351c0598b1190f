// SPDX-License-Identifier: BSL-1.0
// traced.hpp: a copy of this process that is led an instruction at a time, and killed where one likes.
// Thread safety: none; one thread leads and reaps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <sys/types.h>

namespace torture {

/// Where a traced process hands the turn to who leads it; it dies of it if nobody does.
inline void trap() noexcept
{
    asm volatile("int3" ::: "memory");
}

/// Why a traced process is not running.
enum class halt {
    trap,  ///< it came to a trap()
    step,  ///< it made the step it was told to
    call,  ///< at the begin or the end of a system call; only within a step
    ended, ///< exited
    fault, ///< a signal that nobody sent: see words()
};

/// Which steps count. Whichever they are, support::number_of(), which only reads, is one step.
enum class counting {
    every,  ///< every instruction
    inside, ///< those of the program and of samepage; a call of a shared library is one, and one more for each of its
            ///< system calls but the first
};

/// Pages that children write to and that stay when they die.
class note_page {
public:
    note_page();
    note_page(const note_page&) = delete;
    note_page& operator=(const note_page&) = delete;
    ~note_page();
    void clear() noexcept { text_[0] = '\0'; }
    void write(const char* text) noexcept;
    [[nodiscard]] std::string text() const { return text_; }

private:
    char* text_;
};

/// A child of fork() that does `body(context)`, traced. Killed and reaped when this goes.
class traced {
public:
    using body = void (*)(void* context);

    traced(body what, void* context, note_page& notes);
    traced(const traced&) = delete;
    traced& operator=(const traced&) = delete;
    ~traced();

    /// Lets it run to its next trap or its end.
    halt go();
    /// One instruction, or a call of a library.
    halt step(counting which);
    /// As so many steps. @return step, or what came before
    halt steps(std::uint64_t count, counting which);
    /// Runs until it is about to do the instruction at `address`. @return step; trap: it came to one first
    halt run_to(std::uintptr_t address);
    /// Where it stands.
    [[nodiscard]] std::uintptr_t place() const;
    /// SIGKILL, and waits until it is gone.
    void kill();
    /// Lets it run to its end. @return whether it ended well
    bool finish();

    /// What went wrong with it, for people.
    [[nodiscard]] std::string words() const;

private:
    halt wait();
    /// In a library: goes on to its next system call, or back to where it was called from.
    halt step_outside();

    /// Where a call of a library comes back to.
    struct way_back {
        std::uintptr_t address;
        std::uintptr_t stack;
    };

    ::pid_t pid_ = -1;
    note_page* notes_;
    bool gone_ = false;
    int status_ = 0;
    std::optional<way_back> outside_; ///< it stands in a call of a library
    unsigned calls_outside_ = 0;      ///< stops at the begins and ends of its system calls
};

/// The way of an operation: where each of its steps stands.
class way {
public:
    /// Leads it, standing at the begin, to the next trap.
    way(traced& who, counting which, std::uint64_t most);

    [[nodiscard]] std::uint64_t steps() const noexcept { return places_.size(); }
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    /// Leads another one, standing at the begin, to where it has made `steps`: at full speed up to the last place
    /// before it that the first one had not been at before, and on step by step.
    halt lead(traced& who, std::uint64_t steps) const;

private:
    counting which_;
    bool complete_ = false;
    std::vector<std::uintptr_t> places_;
    std::vector<std::uint64_t> anchors_; ///< for each number of steps, that of the place to run to
};

} // namespace torture
