// SPDX-License-Identifier: BSL-1.0
// forked.hpp: a child of fork(), a copy of the test, for what only such a child can show.
// Thread safety: none; one thread, the test's.
#pragma once

#include "support/watchdog.hpp"

#include <csignal>

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

/// Runs `body` in a child of fork(); its result is the exit status. No BOOST_TEST in there: the child's words would go
/// into the test's own report. Waited for when this goes.
class forked {
public:
    template <class Body>
    explicit forked(Body&& body) : pid_(::fork())
    {
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that is killed leaves none running
            ::_exit(body());
        }
        if (pid_ > 0) {
            watchdog::watch_child(pid_);
        }
    }
    forked(const forked&) = delete;
    forked& operator=(const forked&) = delete;
    ~forked() { wait(); }

    /// Waits for its end. @return its exit status; -1 if it was killed, or never was
    int wait()
    {
        if (pid_ > 0) {
            int status = 0;
            ::waitpid(pid_, &status, 0);
            watchdog::forget_child(pid_);
            pid_ = -1;
            result_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        return result_;
    }

private:
    ::pid_t pid_;
    int result_ = -1;
};

} // namespace support
