// SPDX-License-Identifier: BSL-1.0
// channel_listing.hpp: the files of a directory that are called as channels' files.
// Thread safety: none needed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <vector>

namespace samepage::ring {

/// The files that are called as one channel's.
struct files_of_channel {
    bool data = false;
    bool control = false;
    std::vector<std::filesystem::path> bells{}; ///< sorted
};

struct channel_listing {
    std::map<std::string, files_of_channel> channels{}; ///< by name, which may be none that a channel can have
    std::vector<std::filesystem::path> unfinished{};    ///< bells in the making; sorted
    std::error_code problem{};                          ///< why the listing is not whole
};

[[nodiscard]] channel_listing list_channels(const std::filesystem::path& directory);

} // namespace samepage::ring
