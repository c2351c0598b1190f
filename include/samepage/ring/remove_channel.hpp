// SPDX-License-Identifier: BSL-1.0
// remove_channel.hpp: taking a channel's name away.
#pragma once

#include <filesystem>
#include <string_view>

namespace samepage {

/// Removes the files of channel `name`. Who has it open keeps working on the nameless pages; who comes next finds none,
/// or makes a new one. Once there is a new one, those who have the old one are told outcome::retired: consumers after
/// all that is there, producers instead of room. The pages are freed when the last process has closed them.
/// @return false if there was no such channel.
/// @throws error invalid_name, permission_denied, not_a_channel, system
bool remove_channel(std::string_view name, const std::filesystem::path& directory = "/dev/shm");

} // namespace samepage
