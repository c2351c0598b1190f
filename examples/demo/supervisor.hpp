// SPDX-License-Identifier: BSL-1.0
// supervisor.hpp: one producer and two consumer processes, listened to and ended in every case.
#pragma once

#include "child_process.hpp"
#include "descriptor.hpp"
#include "report.hpp"
#include "settings.hpp"

#include <string>
#include <vector>

namespace demo {

/// Starts the children; its destructor kills whichever still live. Ends in a std::runtime_error that names the child
/// and the reason when one dies, ends otherwise than with 0, or hangs, and when a signal asks this process to stop.
class supervisor {
public:
    explicit supervisor(const settings& asked);

    /// Waits until each child has told this state.
    void wait_for_state(std::string_view state);

    /// Sends each child a line.
    void send_line(const std::string& line);

    /// Waits for the end of all.
    void finish();

    /// The producer's, then the consumers'.
    [[nodiscard]] std::vector<report> reports() const;
    [[nodiscard]] deadline limit() const { return limit_; }

private:
    struct member {
        child_process process;
        report told;
        std::string text{}; ///< not yet a whole line
        bool ended = false;
    };

    void start(const std::string& name, const settings& asked, const std::string& role);
    /// Waits for something to read, and reads it.
    void listen();
    void hear(member& from);
    template <class Predicate>
    void listen_until(const Predicate& holds_for_member);

    deadline limit_;
    descriptor signals_;
    std::vector<member> members_;
    bool finishing_ = false; ///< only now may a child end
};

} // namespace demo
