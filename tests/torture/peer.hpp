// SPDX-License-Identifier: BSL-1.0
// peer.hpp: a child of fork() to talk to, in a pid namespace of its own if asked for; facts, and what cannot be shown.
// Thread safety: none; one thread starts peers and talks to them.
#pragma once

#include "support/child.hpp"
#include "torture/part.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace torture {

/// This machine does not let us.
class not_permitted : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Ends itself after some minutes, so that nobody waits for it for ever; killed and reaped when this goes.
class peer {
public:
    using body = std::function<void(support::lines& parent)>;
    enum class where { here, own_pid_namespace };

    /// @throws not_permitted
    peer(std::string name, const body& what, where place = where::here);
    peer(const peer&) = delete;
    peer& operator=(const peer&) = delete;
    ~peer();

    void say(std::string_view line) { talk_->say(line); }
    /// @throws std::runtime_error with the child's own words if it failed, or if it ended
    [[nodiscard]] std::string hear();
    [[nodiscard]] std::uint64_t hear_number() { return std::stoull(hear()); }
    void expect(std::string_view line);
    /// Says `line`, and hears the answer.
    std::string ask(std::string_view line);
    [[nodiscard]] std::uint64_t ask_number(std::string_view line) { return std::stoull(ask(line)); }

    /// SIGSTOP, and waits until it has stopped.
    void stop();
    void go_on() const;
    /// SIGKILL.
    void kill();
    /// SIGKILL. @throws std::runtime_error if it had failed by itself before, with what it said; not for one in a
    /// namespace of its own
    void kill_at_work();
    /// Its end must be a good one.
    void end_well();

private:
    void run(const body& what, int descriptor, where place);

    std::string name_;
    ::pid_t direct_ = -1; ///< our own child
    ::pid_t pid_ = -1;    ///< who does the work: the same, or its child
    std::unique_ptr<support::lines> talk_;
};

/// Runs scenarios, and counts what they show.
class scenarios {
public:
    explicit scenarios(report& to) noexcept : to_(to) {}

    /// A throw is a violation, not_permitted a skip that is told.
    void run(const std::string& what, const std::function<void()>& body);

    [[nodiscard]] std::uint64_t shown() const noexcept { return shown_; }
    [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }

private:
    report& to_;
    std::uint64_t shown_ = 0;
    std::uint64_t skipped_ = 0;
};

/// Into a mount, pid or other namespace of our own, as root or as a user who may.
/// @throws not_permitted
void leave_for_own(int namespaces);

void stopped_peers(const settings& how, scenarios& all);
void peers_that_ring(const settings& how, scenarios& all);
void peers_in_namespaces(const settings& how, scenarios& all);
void peers_without_room(const settings& how, scenarios& all);
void peers_in_a_crowd(const settings& how, scenarios& all);
void peers_of_other_users(const settings& how, scenarios& all);

} // namespace torture
