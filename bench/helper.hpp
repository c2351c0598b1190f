// SPDX-License-Identifier: BSL-1.0
// helper.hpp: a further process in a burst: one more producer or consumer, one that is stopped, one that is killed.
// Thread safety: none; each belongs to the side that started it.
#pragma once

#include <cstdint>
#include <functional>

#include <sys/types.h>

namespace bench {

/// One end of what a helper and its starter say to each other: numbers, and what went wrong.
class talk {
public:
    explicit talk(int socket) noexcept : socket_(socket) {}

    void say(std::uint64_t number) const noexcept;
    void complain(const char* problem) const noexcept;
    /// Sleeps until the other says something. @throws std::runtime_error if it complains, or is gone
    [[nodiscard]] std::uint64_t hear() const;

private:
    int socket_;
};

/// Runs on its starter's processor, and as far ahead of others as that; ends with it, however that ends.
class helper {
public:
    /// Runs `work` in a child of fork(). What it throws, the starter's next hear() throws.
    explicit helper(const std::function<void(const talk&)>& work);
    helper(const helper&) = delete;
    helper& operator=(const helper&) = delete;
    ~helper() { kill(); }

    [[nodiscard]] const talk& talks() const noexcept { return talk_; }

    /// Returns once it has stopped itself. @throws std::runtime_error if it ended instead
    void wait_for_stop();
    /// Returns once it has ended. Idempotent.
    void kill() noexcept;

private:
    pid_t pid_ = -1;
    int socket_ = -1;
    talk talk_{-1};
};

} // namespace bench
