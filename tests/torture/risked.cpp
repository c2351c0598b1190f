// SPDX-License-Identifier: BSL-1.0
// risked.cpp: fork, a shared page, and an eye on the worker's beat.
#include "torture/risked.hpp"

#include "support/sanitized.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iterator>
#include <new>
#include <system_error>
#include <thread>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace torture {
namespace {

constexpr int threw = 3; // exit status

template <std::size_t N>
void copy(std::array<char, N>& to, std::string_view text) noexcept
{
    const auto n = std::min(text.size(), N - 1);
    std::memcpy(to.data(), text.data(), n);
    to[n] = '\0';
}

} // namespace

void logbook::begin(std::string_view what) noexcept
{
    copy(doing_, what);
    changed_.store(0, std::memory_order_relaxed);
    said_.front() = '\0';
    beat();
}

void logbook::note(const change& what) noexcept
{
    const auto n = changed_.load(std::memory_order_relaxed);
    changes_[n % most_changes] = what;
    changed_.store(n + 1, std::memory_order_relaxed);
}

void logbook::say(std::string_view why) noexcept
{
    copy(said_, why);
}

std::string logbook::tell() const
{
    std::string all{doing_.data()};
    if (said_.front() != '\0') {
        all += fmt::format(": {}", said_.data());
    }
    const auto end = changed_.load(std::memory_order_relaxed);
    for (auto i = end - std::min<std::uint64_t>(end, most_changes); i < end; ++i) {
        const change& each = changes_[i % most_changes];
        all += fmt::format("\n      {} +{}: {:#x} became {:#x}", each.where, each.offset, each.before, each.after);
    }
    return all;
}

shared_logbook::shared_logbook()
{
    void* const memory = ::mmap(nullptr, sizeof(logbook), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::system_error(errno, std::system_category(), "mmap of a logbook");
    }
    page_ = ::new (memory) logbook;
}

shared_logbook::~shared_logbook()
{
    ::munmap(page_, sizeof(logbook));
}

ending_of_work risk(logbook& book, std::chrono::seconds patience, const std::function<void()>& work)
{
    std::fflush(nullptr); // or the child prints it again
    const ::pid_t pid = ::fork();
    if (pid < 0) {
        throw std::system_error(errno, std::system_category(), "fork");
    }
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const ::rlimit none{0, 0};
        ::setrlimit(RLIMIT_CORE, &none);
        try {
            work();
        } catch (const std::exception& fault) {
            book.say(fault.what());
            ::_exit(threw);
        }
        ::_exit(0);
    }
    using clock = std::chrono::steady_clock;
    auto last = book.beats();
    auto heard = clock::now();
    bool killed = false;
    for (;;) {
        int status = 0;
        const ::pid_t ended = ::waitpid(pid, &status, WNOHANG);
        if (ended == pid) {
            if (killed) {
                return {fate::hung, SIGKILL};
            }
            if (WIFSIGNALED(status)) {
                return {fate::crashed, WTERMSIG(status)};
            }
            const int code = WEXITSTATUS(status);
            return {code == 0 ? fate::well : code == threw ? fate::failed : fate::crashed, code};
        }
        const auto now = clock::now();
        if (const auto beats = book.beats(); beats != last) {
            last = beats;
            heard = now;
        } else if (now - heard > patience && !killed) {
            killed = true;
            ::kill(pid, SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
}

std::string in_words(const ending_of_work& of)
{
    switch (of.how) {
    case fate::well: return "ended well";
    case fate::failed: return "failed";
    case fate::hung: return "hung";
    case fate::crashed: break;
    }
    return of.number < 64 && of.number != 1 ? fmt::format("crashed (signal {})", of.number)
                                            : fmt::format("crashed (exit status {})", of.number);
}

std::chrono::seconds patience() noexcept
{
    return std::chrono::seconds{support::sanitized ? 40 : 10};
}

} // namespace torture
