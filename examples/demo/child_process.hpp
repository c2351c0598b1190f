// SPDX-License-Identifier: BSL-1.0
// child_process.hpp: programs started as processes of their own, and what they write.
// Thread safety: distinct objects are independent.
#pragma once

#include "descriptor.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace demo {

using deadline = std::chrono::steady_clock::time_point;

/// What is left until then, for poll(); 0 if it has passed.
[[nodiscard]] int milliseconds_until(deadline limit);

/// A process whose standard input and output are one socket, whose other end is here. It runs the program of this
/// process again, with other arguments. Still alive in the destructor, it is killed.
class child_process {
public:
    /// @param name  for messages, "consumer 1"
    /// @param arguments  without the program's name
    /// @throws std::system_error if the process cannot be started.
    child_process(std::string name, const std::vector<std::string>& arguments);
    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&&) = delete;
    ~child_process();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Readable when the process wrote something or ended.
    [[nodiscard]] int socket() const { return socket_.get(); }

    /// Appends what is there to `text`; false once the process has closed its end. Waits if nothing is there.
    [[nodiscard]] bool read(std::string& text);

    /// A process that is gone does not get it; its end is noticed by reading.
    void write(std::string_view text);

    /// The process reads the end of its input.
    void end_input();

    /// Waits for the end of the process: its status as of waitpid().
    int wait();

private:
    std::string name_;
    descriptor socket_;
    pid_t pid_ = -1;
};

/// "ended with status 1", "was killed by signal 9 (Killed)".
[[nodiscard]] std::string describe_status(int wait_status);

struct program_output {
    bool ended_well = false;
    std::string text;    ///< what it wrote to its standard output
    std::string problem; ///< if it did not end well: why, for people
};

/// Runs a program, found along PATH, to its end; kills it at the deadline.
[[nodiscard]] program_output run_program(const std::vector<std::string>& command, deadline limit);

} // namespace demo
