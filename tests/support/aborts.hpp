// SPDX-License-Identifier: BSL-1.0
// aborts.hpp: whether an assertion stops a caller's bug.
// Thread safety: none; one thread, the test's.
#pragma once

#include <boost/test/unit_test.hpp>

#include <csignal>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace support {

/// Whether `call` ends its process by abort(); it runs in a child of fork(), and must make its own channels there.
template <class Call>
[[nodiscard]] bool aborts(Call call)
{
    const ::pid_t child = ::fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL); // Boost.Test's handler would report and go on
        // Not closed: the next file opened would be it, and get what the assertion says.
        ::dup2(::open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        call();
        ::_exit(0);
    }
    int status = 0;
    BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

} // namespace support
