// SPDX-License-Identifier: BSL-1.0
// channel_listing.cpp: names, taken apart.
#include "ring/channel_listing.hpp"

#include <algorithm>
#include <string_view>

namespace samepage::ring {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "samepage.";

/// "samepage.NAME.bell.SLOT": NAME, or nothing.
std::string channel_of_bell(std::string_view file)
{
    constexpr std::string_view middle = ".bell.";
    const auto at = file.rfind(middle);
    if (at == std::string_view::npos || at <= prefix.size()) {
        return {};
    }
    const auto slot = file.substr(at + middle.size());
    const bool digits = !slot.empty() && slot.find_first_not_of("0123456789") == std::string_view::npos;
    return digits ? std::string{file.substr(prefix.size(), at - prefix.size())} : std::string{};
}

/// NAME of a file "samepage.NAME" + ending; empty if it is called otherwise.
std::string channel_of(std::string_view file, std::string_view ending)
{
    if (!file.ends_with(ending) || file.size() <= prefix.size() + ending.size()) {
        return {};
    }
    return std::string{file.substr(prefix.size(), file.size() - prefix.size() - ending.size())};
}

} // namespace

channel_listing list_channels(const fs::path& directory)
{
    channel_listing found;
    for (fs::directory_iterator each{directory, found.problem}, end; !found.problem && each != end;
         each.increment(found.problem)) {
        const std::string file = each->path().filename().string();
        if (!file.starts_with(prefix)) {
            continue;
        }
        if (file.starts_with("samepage.~")) {
            found.unfinished.push_back(each->path());
        } else if (const auto of_data = channel_of(file, ".data"); !of_data.empty()) {
            found.channels[of_data].data = true;
        } else if (const auto of_control = channel_of(file, ".ctl"); !of_control.empty()) {
            found.channels[of_control].control = true;
        } else if (const auto of_bell = channel_of_bell(file); !of_bell.empty()) {
            found.channels[of_bell].bells.push_back(each->path());
        }
    }
    for (auto& [name, files] : found.channels) {
        std::sort(files.bells.begin(), files.bells.end());
    }
    std::sort(found.unfinished.begin(), found.unfinished.end());
    return found;
}

} // namespace samepage::ring
