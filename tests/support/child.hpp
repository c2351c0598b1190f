// SPDX-License-Identifier: BSL-1.0
// child.hpp: other processes of a test: this executable again, in a named role, with lines of text both ways.
// Thread safety: none; one thread starts children, talks to them and waits for them.
#pragma once

#include <csignal>
#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace support {

/// The other side ended before it said what was expected of it.
class disconnected : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// One end of a conversation between parent and child, a line at a time.
class lines {
public:
    explicit lines(int descriptor) noexcept : descriptor_(descriptor) {}
    lines(const lines&) = delete;
    lines& operator=(const lines&) = delete;
    ~lines();

    void say(std::string_view line);
    /// The next line; waits. @throws disconnected
    [[nodiscard]] std::string hear();
    /// Hears this very line. @throws std::runtime_error for another one; disconnected
    void expect(std::string_view line);

private:
    int descriptor_;
    std::string heard_;
};

using words = std::vector<std::string>;
using role = void (*)(lines& parent, const words& told);

/// Makes a role known by its name. Use SAMEPAGE_CHILD.
struct role_entry {
    role_entry(const char* name, role body);
};

/// Defines what a child does in the role `name`: `parent` is the conversation, `told` what it was started with. When
/// the body ends, the child exits with 0; when it throws, the parent's hear() throws the same words.
#define SAMEPAGE_CHILD(name)                                                                                           \
    static void name(support::lines& parent, const support::words& told);                                              \
    static const support::role_entry name##_entry{#name, &name};                                                       \
    static void name([[maybe_unused]] support::lines& parent, [[maybe_unused]] const support::words& told)

/// For children, who have no test framework.
/// @throws std::runtime_error naming the place if `fact` is false
void require(bool fact, std::string_view what, const char* file = __builtin_FILE(), int line = __builtin_LINE());

/// How a child ended.
struct ending {
    bool killed = false; ///< by a signal
    int value = 0;       ///< the signal or the exit status
    friend bool operator==(const ending&, const ending&) = default;
    friend std::ostream& operator<<(std::ostream& to, const ending& of);
};
inline constexpr ending ended_well{};
[[nodiscard]] constexpr ending killed_by(int signal) noexcept
{
    return {true, signal};
}

/// A running child; killed and reaped when this goes, whatever happens.
class child {
public:
    explicit child(std::string_view name, words told = {});
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child();

    [[nodiscard]] ::pid_t pid() const noexcept { return pid_; }

    void say(std::string_view line) { talk_.say(line); }
    /// @throws std::runtime_error with the child's own words if it failed, or if it ended
    [[nodiscard]] std::string hear();
    [[nodiscard]] std::uint64_t hear_number() { return std::stoull(hear()); }
    void expect(std::string_view line);

    /// Sends SIGKILL and reaps. @return how it ended, if it had not been killed by then
    ending kill();
    void send(int signal) const;
    /// SIGSTOP, and waits until it has stopped.
    void stop();
    /// SIGCONT.
    void go_on() const { send(SIGCONT); }
    /// Waits for its end.
    ending wait();

private:
    std::string role_;
    int descriptor_[2];
    ::pid_t pid_;
    lines talk_;
    ending ended_{};
    bool reaped_ = false;
};

/// Runs the role if the arguments say so. @return false if this process is no child.
bool run_as_child(int argc, char** argv, int& status);

} // namespace support
