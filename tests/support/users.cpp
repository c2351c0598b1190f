// SPDX-License-Identifier: BSL-1.0
// users.cpp: real user and group ids.
#include "support/users.hpp"

#include "support/child.hpp"

#include <boost/test/unit_test.hpp>

#include <grp.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace support {

bool is_root()
{
    if (::geteuid() == 0) {
        return true;
    }
    BOOST_TEST_MESSAGE("SKIPPED: only root can become another user");
    return false;
}

void become(::uid_t user, ::gid_t group, const std::vector<::gid_t>& more)
{
    require(::setgroups(more.size(), more.data()) == 0 && ::setresgid(group, group, group) == 0 &&
                ::setresuid(user, user, user) == 0,
            "root can become another user");
    ::prctl(PR_SET_DUMPABLE, 1); // so that /proc/self is this user's again
}

} // namespace support
