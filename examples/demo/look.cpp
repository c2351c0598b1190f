// SPDX-License-Identifier: BSL-1.0
// look.cpp: a child's last act: to say which pages it used, as often as its parent asks.
#include "look.hpp"

#include "report.hpp"
#include "same_pages.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <string>

#include <sys/sysmacros.h>

namespace demo {
namespace {

void tell_pages(std::string_view channel, const samepage::channel_info& info)
{
    tell(fmt::format("{}.place.told", channel),
         describe_place(major(info.device), minor(info.device), info.inode, info.ring_offset_bytes));
    tell(fmt::format("{}.place.seen", channel), place_of(info.ring));
    tell(fmt::format("{}.protection", channel), protection_of(info.ring));
    tell(fmt::format("{}.frames", channel),
         fmt::format("{:x}", fmt::join(page_frames(info.ring, info.capacity_bytes), " ")));
}

} // namespace

void answer_looks(const std::vector<std::pair<std::string_view, samepage::channel_info>>& channels)
{
    tell("state", "ready");
    for (std::string line; std::getline(std::cin, line);) {
        for (const auto& [channel, info] : channels) {
            tell_pages(channel, info);
        }
        tell("state", "after " + line);
    }
}

} // namespace demo
