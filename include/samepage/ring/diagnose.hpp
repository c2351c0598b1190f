// SPDX-License-Identifier: BSL-1.0
// diagnose.hpp: what on this machine is, or will be, in the way of channels, and what to do about it.
// Thread safety: may be called at any time; it changes nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace samepage {

/// What a finding is about.
enum class concern : std::uint8_t {
    space,         ///< the file system that the channels are on, against what they may still reserve
    remove_ipc,    ///< logind takes a user's shared memory away when the last session ends
    locked_memory, ///< RLIMIT_MEMLOCK
    descriptors,   ///< RLIMIT_NOFILE
    file_size,     ///< RLIMIT_FSIZE
    huge_pages,    ///< transparent ones for shared memory, and hugetlbfs
    stale,         ///< what processes left that are no more
    permissions,   ///< files that this user cannot use, or others can that should not
    damage,        ///< files that are no channel's though they are called so
    file_system,   ///< one that no channel can lie on
};

enum class severity : std::uint8_t {
    notice,  ///< worth knowing
    warning, ///< something will fail, under circumstances that the finding names
    fault,   ///< something fails now
};

[[nodiscard]] const char* to_string(concern) noexcept;
[[nodiscard]] const char* to_string(severity) noexcept;

struct finding {
    concern about = concern::space;
    severity weight = severity::notice;
    std::string subject; ///< a path, a limit, a setting
    std::string expected;
    std::string found;
    std::string remedy;

    /// In one line: "warning: /dev/shm: expected …, found …; …".
    [[nodiscard]] std::string text() const;
};

struct diagnosis_options {
    /// Where the channels are.
    std::filesystem::path directory = "/dev/shm";
    /// Where /proc, /sys, /etc, /run, /usr and /var are read: a test's own tree.
    std::filesystem::path root = "/";
    /// Who uses the channels; this process's effective user unless told.
    std::optional<::uid_t> user{};
    /// Instead of what the file system of `directory` says of itself.
    std::optional<std::filesystem::space_info> space{};
};

/// Looks at the machine and at all channels in a directory. What cannot be read, since a kernel or a container lacks
/// it, is passed over. The worst come first.
/// @throws std::bad_alloc; nothing else: what fails is a finding.
[[nodiscard]] std::vector<finding> diagnose(const diagnosis_options& options = {});

} // namespace samepage
