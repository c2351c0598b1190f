// SPDX-License-Identifier: BSL-1.0
// running_demo.hpp: the demo's program, started with its output caught, and its children found.
#pragma once

#include "descriptor.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace demo {

/// Ended, if it still runs, and cleared away in the destructor.
class running_demo {
public:
    /// @param path  its PATH, if not this process's
    explicit running_demo(const std::vector<std::string>& arguments, const std::string& path = {});
    running_demo(const running_demo&) = delete;
    running_demo& operator=(const running_demo&) = delete;
    ~running_demo();

    [[nodiscard]] pid_t pid() const { return pid_; }

    /// Waits for its children to be there and to have attached: both consumers map the third channel. A demo that ends
    /// before that fails the test.
    void wait_until_under_way() const;
    /// The children of that role, by their command lines.
    [[nodiscard]] std::vector<pid_t> children(std::string_view role) const;

    /// Waits for the end: its status as of waitpid(). Output is caught until then.
    int wait();
    [[nodiscard]] const std::string& output() const { return output_; }

    /// Files of this run's channels that are still there.
    [[nodiscard]] std::vector<std::string> files_left() const;

private:
    pid_t pid_ = -1;
    bool running_ = true;
    descriptor pipe_;
    std::string output_;
};

/// Waits until the process is gone, or a zombie.
void wait_until_gone(pid_t pid);

} // namespace demo
