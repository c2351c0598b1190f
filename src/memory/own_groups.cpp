// SPDX-License-Identifier: BSL-1.0
// own_groups.cpp: as the kernel lists them.
#include "memory/own_groups.hpp"

#include <algorithm>
#include <cstddef>

#include <unistd.h>

namespace samepage::memory {

std::vector<::gid_t> own_groups()
{
    std::vector<::gid_t> more(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
    const int count = ::getgroups(static_cast<int>(more.size()), more.data());
    more.resize(static_cast<std::size_t>(std::max(0, count)));
    more.insert(more.begin(), ::getegid());
    return more;
}

} // namespace samepage::memory
