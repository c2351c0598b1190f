// SPDX-License-Identifier: BSL-1.0
// traced.cpp: ptrace, and nothing else.
#include "torture/traced.hpp"

#include "support/watchdog.hpp"

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <exception>
#include <system_error>
#include <unordered_set>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" const char __executable_start; // NOLINT: the linker's names
extern "C" const char etext;
extern "C" const char __start_record_checks; // NOLINT
extern "C" const char __stop_record_checks;  // NOLINT

namespace torture {
namespace {

constexpr std::size_t note_bytes = 4096;

[[noreturn]] void fail(const char* call)
{
    throw std::system_error(errno, std::system_category(), call);
}

long call(__ptrace_request what, ::pid_t pid, std::uintptr_t address, std::uintptr_t value = 0)
{
    errno = 0;
    const long result = ::ptrace(what, pid, address, value);
    if (result == -1 && errno != 0) {
        fail("ptrace");
    }
    return result;
}

bool inside(std::uintptr_t place) noexcept
{
    return place >= reinterpret_cast<std::uintptr_t>(&__executable_start) &&
           place < reinterpret_cast<std::uintptr_t>(&etext);
}

bool checks_a_record(std::uintptr_t place) noexcept
{
    return place >= reinterpret_cast<std::uintptr_t>(&__start_record_checks) &&
           place < reinterpret_cast<std::uintptr_t>(&__stop_record_checks);
}

constexpr std::size_t place_word = offsetof(::user_regs_struct, rip);
constexpr std::size_t stack_word = offsetof(::user_regs_struct, rsp);

} // namespace

note_page::note_page()
    : text_(static_cast<char*>(::mmap(nullptr, note_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)))
{
    if (text_ == MAP_FAILED) {
        fail("mmap");
    }
}

note_page::~note_page()
{
    ::munmap(text_, note_bytes);
}

void note_page::write(const char* text) noexcept
{
    std::strncpy(text_, text, note_bytes - 1);
}

traced::traced(body what, void* context, note_page& notes) : pid_(::fork()), notes_(&notes)
{
    if (pid_ == -1) {
        fail("fork");
    }
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::ptrace(PTRACE_TRACEME, 0, 0, 0);
        try {
            what(context);
        } catch (const std::exception& fault) {
            notes.write(fault.what());
            ::_exit(1);
        }
        ::_exit(0);
    }
    support::watchdog::watch_child(pid_);
}

traced::~traced()
{
    kill();
}

halt traced::wait()
{
    while (::waitpid(pid_, &status_, __WALL) != pid_) {
        if (errno != EINTR) {
            fail("waitpid");
        }
    }
    if (WIFSTOPPED(status_)) {
        constexpr int call_mark = 0x80; // PTRACE_O_TRACESYSGOOD
        return WSTOPSIG(status_) == SIGTRAP                 ? halt::trap
               : WSTOPSIG(status_) == (SIGTRAP | call_mark) ? halt::call
                                                            : halt::fault;
    }
    gone_ = true;
    support::watchdog::forget_child(pid_);
    return halt::ended;
}

halt traced::go()
{
    if (gone_) {
        return halt::ended;
    }
    outside_.reset();
    if (status_ != 0) { // not before its first stop, to which it runs by itself
        call(PTRACE_CONT, pid_, 0);
        return wait();
    }
    const halt how = wait();
    if (!gone_) {
        call(PTRACE_SETOPTIONS, pid_, 0, PTRACE_O_TRACESYSGOOD);
    }
    return how;
}

std::uintptr_t traced::place() const
{
    return static_cast<std::uintptr_t>(call(PTRACE_PEEKUSER, pid_, place_word));
}

halt traced::step(counting which)
{
    if (gone_) {
        return halt::ended;
    }
    if (outside_) {
        return step_outside();
    }
    call(PTRACE_SINGLESTEP, pid_, 0);
    const halt how = wait();
    if (how != halt::trap) {
        return how;
    }
    ::siginfo_t what{};
    call(PTRACE_GETSIGINFO, pid_, 0, reinterpret_cast<std::uintptr_t>(&what));
    if (what.si_code != TRAP_TRACE && what.si_code != TRAP_BRKPT) {
        return halt::trap;
    }
    if (const auto at = place(); (which == counting::inside && !inside(at)) || checks_a_record(at)) {
        const auto stack = static_cast<std::uintptr_t>(call(PTRACE_PEEKUSER, pid_, stack_word));
        outside_ = {static_cast<std::uintptr_t>(call(PTRACE_PEEKDATA, pid_, stack)), stack};
        calls_outside_ = 0;
        return step_outside();
    }
    return halt::step;
}

halt traced::step_outside()
{
    const auto [address, stack] = *outside_;
    const auto word = static_cast<std::uintptr_t>(call(PTRACE_PEEKTEXT, pid_, address));
    call(PTRACE_POKETEXT, pid_, address, (word & ~std::uintptr_t{0xff}) | 0xccU);
    for (;;) {
        call(PTRACE_SYSCALL, pid_, 0);
        halt how = wait();
        if (gone_) {
            return how;
        }
        if (how == halt::call) { // at its begin and at its end
            if (++calls_outside_ % 2 == 0 || calls_outside_ == 1) {
                continue;
            }
            how = halt::step;
        } else if (how == halt::trap && place() == address + 1) {
            call(PTRACE_POKEUSER, pid_, place_word, address);
            if (static_cast<std::uintptr_t>(call(PTRACE_PEEKUSER, pid_, stack_word)) <= stack) {
                // A callback came by the same place, deeper in the stack.
                call(PTRACE_POKETEXT, pid_, address, word);
                call(PTRACE_SINGLESTEP, pid_, 0);
                if (how = wait(); how == halt::trap) {
                    call(PTRACE_POKETEXT, pid_, address, (word & ~std::uintptr_t{0xff}) | 0xccU);
                    continue;
                }
                return how;
            }
            outside_.reset();
            how = halt::step;
        }
        call(PTRACE_POKETEXT, pid_, address, word);
        return how;
    }
}

halt traced::steps(std::uint64_t count, counting which)
{
    for (; count != 0; --count) {
        if (const halt how = step(which); how != halt::step) {
            return how;
        }
    }
    return halt::step;
}

halt traced::run_to(std::uintptr_t address)
{
    if (gone_) {
        return halt::ended;
    }
    if (place() == address) {
        return halt::step;
    }
    const auto word = static_cast<std::uintptr_t>(call(PTRACE_PEEKTEXT, pid_, address));
    call(PTRACE_POKETEXT, pid_, address, (word & ~std::uintptr_t{0xff}) | 0xccU);
    call(PTRACE_CONT, pid_, 0);
    const halt how = wait();
    if (gone_) {
        return how;
    }
    call(PTRACE_POKETEXT, pid_, address, word);
    if (how == halt::trap && place() == address + 1) {
        call(PTRACE_POKEUSER, pid_, place_word, address);
        return halt::step;
    }
    return how;
}

void traced::kill()
{
    if (!gone_) {
        ::kill(pid_, SIGKILL);
        while (!gone_) {
            wait();
        }
    }
}

bool traced::finish()
{
    halt how = halt::trap;
    while (how == halt::trap) {
        how = go();
    }
    return how == halt::ended && WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
}

std::string traced::words() const
{
    std::string text = WIFSTOPPED(status_)    ? "stopped by signal " + std::to_string(WSTOPSIG(status_))
                       : WIFSIGNALED(status_) ? "ended by signal " + std::to_string(WTERMSIG(status_))
                                              : "exit status " + std::to_string(WEXITSTATUS(status_));
    if (const auto said = notes_->text(); !said.empty()) {
        text += ": " + said;
    }
    return text;
}

way::way(traced& who, counting which, std::uint64_t most) : which_(which)
{
    std::unordered_set<std::uintptr_t> been;
    std::uint64_t anchor = 0;
    for (halt how = halt::step; how == halt::step && places_.size() < most; how = who.step(which)) {
        const std::uintptr_t place = who.place();
        if (been.insert(place).second && inside(place)) {
            anchor = places_.size();
        }
        places_.push_back(place);
        anchors_.push_back(anchor);
    }
    complete_ = places_.size() < most;
}

halt way::lead(traced& who, std::uint64_t steps) const
{
    if (steps >= places_.size()) {
        return who.go();
    }
    const std::uint64_t anchor = anchors_[steps];
    const halt how = who.run_to(places_[anchor]);
    return how == halt::step ? who.steps(steps - anchor, which_) : how;
}

} // namespace torture
