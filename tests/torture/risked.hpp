// SPDX-License-Identifier: BSL-1.0
// risked.hpp: work in a process that may crash or hang over it, and what it was doing then.
// Thread safety: one thread starts workers; a logbook is the worker's to write and its parent's to read.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace torture {

/// A change of one word, as the logbook keeps it.
struct change {
    const char* where = ""; ///< a literal: it lies at one address in parent and child
    std::uint64_t offset = 0;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
};

/// Memory that a worker shares with its parent. Written so that it can be read after any death.
class logbook {
public:
    static constexpr std::size_t most_changes = 64;

    /// The worker lives: called at least once in each `patience` of risk().
    void beat() noexcept { beats_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t beats() const noexcept { return beats_.load(std::memory_order_relaxed); }

    /// What it is about to do; the changes before are forgotten.
    void begin(std::string_view what) noexcept;
    void note(const change& what) noexcept;
    void say(std::string_view why) noexcept;

    /// All of that in words.
    [[nodiscard]] std::string tell() const;

    /// Counters of the worker's, by its own numbers.
    std::array<std::atomic<std::uint64_t>, 16> counts{};

private:
    std::atomic<std::uint64_t> beats_{0};
    std::array<char, 512> doing_{};
    std::array<char, 1024> said_{};
    std::array<change, most_changes> changes_{};
    std::atomic<std::uint64_t> changed_{0};
};

/// A logbook in memory that children of fork() share.
class shared_logbook {
public:
    shared_logbook();
    shared_logbook(const shared_logbook&) = delete;
    shared_logbook& operator=(const shared_logbook&) = delete;
    ~shared_logbook();

    [[nodiscard]] logbook& operator*() const noexcept { return *page_; }
    [[nodiscard]] logbook* operator->() const noexcept { return page_; }

private:
    logbook* page_;
};

enum class fate {
    well,    ///< it came to its end
    failed,  ///< it threw: the logbook says what
    crashed, ///< a signal, or a sanitizer's exit
    hung,    ///< no beat for `patience`; it was killed
};

struct ending_of_work {
    fate how = fate::well;
    int number = 0; ///< the signal, or the exit status
};

/// Runs `work` in a child of fork(), single-threaded at its beginning, and waits for its end.
[[nodiscard]] ending_of_work risk(logbook& book, std::chrono::seconds patience, const std::function<void()>& work);

/// "crashed (signal 11)"
[[nodiscard]] std::string in_words(const ending_of_work& of);

/// A hang under a sanitizer takes longer to be one.
[[nodiscard]] std::chrono::seconds patience() noexcept;

} // namespace torture
