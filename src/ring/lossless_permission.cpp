// SPDX-License-Identifier: BSL-1.0
// lossless_permission.cpp: the class of this process.
#include "memory/own_groups.hpp"

#include <samepage/ring/lossless_permission.hpp>

#include <algorithm>

#include <unistd.h>

namespace samepage::ring {
namespace {

bool is_of_group(::gid_t group)
{
    const auto groups = memory::own_groups();
    return std::find(groups.begin(), groups.end(), group) != groups.end();
}

} // namespace

const char* to_string(lossless_for whom) noexcept
{
    switch (whom) {
    case lossless_for::nobody: return "nobody";
    case lossless_for::everyone: return "everyone";
    case lossless_for::owner: return "the owner of its data file";
    case lossless_for::group: return "the owner of its data file and the members of its group";
    }
    return "nobody that this release knows";
}

bool admits_this_process(lossless_for whom, const struct ::stat& data)
{
    switch (whom) {
    case lossless_for::nobody: return false;
    case lossless_for::everyone: return true;
    case lossless_for::owner: return ::geteuid() == data.st_uid;
    case lossless_for::group: return ::geteuid() == data.st_uid || is_of_group(data.st_gid);
    }
    return false;
}

} // namespace samepage::ring
